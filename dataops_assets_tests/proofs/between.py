"""A server between a run and both stand-ins, through which all its requests come: numbered, and failing on demand.

HTTP and gRPC are one row of requests: a call of the Storage Read API is a request of the method GRPC. The faults are
those of `faulty_server.py`; for a gRPC client, a connection that breaks is UNAVAILABLE.
"""

import contextlib
import http.client
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import grpc
import msgspec

from dataops_assets_tests.lake.faulty_server import FaultyServer, serving
from dataops_assets_tests.lake.strict_gcs import Answer, Request

PASSING = ("429", "503", "503 after", "reset", "reset after", "cut")
"""429 and 503, and a connection that is reset, before and after the effect; an answer that breaks off."""

FAULTS = (*PASSING, "slow")
"""And an answer that comes too late, which takes its time."""

_STORAGE, _JOBS, _READ = "STORAGE_EMULATOR_HOST", "BIGQUERY_EMULATOR_HOST", "BIGQUERY_STORAGE_EMULATOR_HOST"
_NOT_PASSED_ON = ("host", "accept-encoding", "transfer-encoding", "content-length", "connection", "date", "server")
_LAST_FAULTS = 4
_SCRATCH = re.compile(r"s[0-9a-f]{12}_")


class Both:
    """The stand-ins, as who answers behind the server. done: called after each request that has had its effect."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._upstream = environment
        self._channel = grpc.insecure_channel(environment[_READ], options=[("grpc.max_receive_message_length", -1)])
        self.url = ""
        self.done: Callable[[], object] = lambda: None

    def answer(self, request: Request) -> Answer:
        answer = self._called(request) if request.method == "GRPC" else self._forwarded(request)
        self.done()
        return answer

    def _forwarded(self, request: Request) -> Answer:
        upstream = self._upstream[_JOBS if "/bigquery/" in request.path else _STORAGE]
        path = request.path + ("?" + urlencode(request.query) if request.query else "")
        headers = {key: value for key, value in request.headers.items() if key not in _NOT_PASSED_ON}
        body = request.body if request.body or request.method not in ("GET", "DELETE") else None
        with contextlib.closing(http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=120)) as connection:
            connection.request(request.method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        # The servers say their own address for what is to be asked next, which would then go past this one.
        if request.query.get("alt") != "media":
            content = content.replace(upstream.encode(), self.url.encode())
        kept = {k: v.replace(upstream, self.url) for k, v in response.getheaders() if k.lower() not in _NOT_PASSED_ON}
        return Answer(response.status, content, kept)

    def _called(self, request: Request) -> Answer:
        """The messages of the answer, packed."""
        routing = tuple((k, v) for k, v in request.headers.items() if k == "x-goog-request-params")
        call = self._channel.unary_stream(request.path)(request.body, metadata=routing, timeout=120)
        return Answer(200, msgspec.msgpack.encode(list(call)))


class _ReadApi(grpc.GenericRpcHandler):
    """Whatever is called, as bytes, by way of the server's numbers and faults."""

    def __init__(self, server: FaultyServer) -> None:
        self._server = server

    def service(self, handler_call_details: Any) -> Any:
        details = handler_call_details

        def respond(message: bytes, context: Any) -> Iterator[bytes]:
            request = Request("GRPC", details.method, {}, dict(details.invocation_metadata), message)
            with self._server.lock:
                answer, end = self._server.respond(request)
            if answer.status == 429:
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many at once")
            if answer.status != 200 or end == "reset":
                context.abort(grpc.StatusCode.UNAVAILABLE, "failed to connect to all addresses")
            if end == "slow":
                time.sleep(self._server.slow_seconds)
            messages: list[bytes] = msgspec.msgpack.decode(answer.body)
            yield from messages[: len(messages) // 2] if end == "cut" else messages
            if end == "cut":
                context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")

        return grpc.unary_stream_rpc_method_handler(respond)


class EachOnce:
    """Every request fails when it comes, and not when it comes again; with these faults, one after the other.

    start: which of them is the first. kinds: of each kind of request only the first one fails. failed: how many have.
    """

    def __init__(self, faults: Sequence[str], start: int = 0, kinds: bool = False) -> None:
        self._faults, self._start, self._kinds = faults, start, kinds
        self._had: set[str] = set()
        self.failed = 0
        self._last: deque[str] = deque(maxlen=_LAST_FAULTS)

    def __call__(self, request: Request) -> str:
        same = name(request)
        if same in self._last:
            self._last.remove(same)
            return ""
        about = kind(request)
        if self._kinds and about in self._had:
            return ""
        self._had.add(about)
        self._last.append(same)
        self.failed += 1
        return self._faults[(self.failed + self._start) % len(self._faults)]


class Outage:
    """From the request of this number on, counted from 1, all fail; or only so many of them."""

    def __init__(self, fault: str, first: int, count: int | None = None) -> None:
        self._fault, self._first, self._count, self._seen = fault, first, count, 0

    def __call__(self, request: Request) -> str:
        self._seen += 1
        past = self._seen - self._first
        return self._fault if past >= 0 and (self._count is None or past < self._count) else ""


def name(request: Request) -> str:
    """What a request is about, the same each time that it is made again."""
    job = _job(request)
    what = job.get("jobReference", {}).get("jobId") or request.query.get("name", "")
    if job.get("configuration", {}).get("dryRun"):  # has another number each time
        what = job["configuration"]["query"]["query"]
    return f"{request.method} {request.path} {what} {request.query.get('uploadType', '')}".rstrip()


def _job(request: Request) -> dict[str, Any]:
    """The job that is submitted, if it is one."""
    if request.method == "POST" and request.path.endswith("/jobs") and request.headers.get("content-encoding") is None:
        return json.loads(request.body)
    return {}


def kind(request: Request) -> str:
    """What a request is about, in the same words in each run; of a job, its statement or the table it loads."""
    does = _job(request).get("configuration", {})
    table = does.get("load", {}).get("destinationTable", {})
    job = does.get("query", {}).get("query", "")[:90] or ".".join(
        filter(None, map(table.get, ("datasetId", "tableId")))
    )
    path = re.sub(r"dataops-[0-9a-f]+-|created_at%3D[^%]+%3A[^%]+%3A[^%]+Z|version%3D[0-9a-f]+", "*", request.path)
    return _SCRATCH.sub("", " ".join(f"{request.method} {path.rsplit('/b/', 1)[-1]} {job}".split()))


def writes(request: Request) -> bool:
    """Is it for more than an answer? A SELECT alone leaves nothing."""
    if request.method in ("GET", "GRPC"):
        return False
    sql = _job(request).get("configuration", {}).get("query", {}).get("query", "")
    return not sql.lstrip().startswith(("SELECT", "WITH"))


@contextlib.contextmanager
def between(environment: dict[str, str]) -> Iterator[tuple[FaultyServer, Both, dict[str, str]]]:
    """The server, who is behind it, and the environment that leads to it. environment: that of the stand-ins."""
    both = Both(environment)
    with serving(both) as server:
        both.url = server.url
        api = grpc.server(ThreadPoolExecutor(4), handlers=[_ReadApi(server)])
        port = api.add_insecure_port("127.0.0.1:0")
        api.start()
        try:
            own = {_STORAGE: server.url, _JOBS: server.url, _READ: f"127.0.0.1:{port}"}
            yield server, both, environment | own
        finally:
            api.stop(None).wait()
            both._channel.close()
