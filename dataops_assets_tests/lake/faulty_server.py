"""A server behind a socket with a fault at the request a test chooses: the strict Cloud Storage, or the stand-ins."""

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from dataops_assets_tests.lake.strict_gcs import PIECE, Answer, Bucketful, Refused, Request

PASSING = (
    "408",
    "429",
    "503",
    "503 after",  # the effect is there, the answer is an error
    "reset",
    "reset after",
    "cut",  # the answer breaks off in the middle
    "gone",  # what was begun in several requests is forgotten
    "less",  # a piece of an upload, of which only the beginning was kept
    "damaged",  # a bit of what is uploaded falls over on its way
    "altered",  # a bit of what is downloaded
)
"""Faults that a client should get over; the others are told by the tests themselves."""


class Behind(Protocol):
    """Who answers where there is no fault."""

    def answer(self, request: Request) -> Answer:
        """May raise Refused."""
        ...


class FaultyServer(ThreadingHTTPServer):
    """requests: what has come since `expect`. choose: the fault of a request, where `expect` says none.

    slow_seconds: how late the answer is with the fault "slow".
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, behind: Behind) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._behind = behind
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.requests: list[Request] = []
        self.choose: Callable[[Request], str] = lambda request: ""
        self.slow_seconds = 1.0
        self._faults: Mapping[int, str | Callable[[], object]] = {}
        self._from_then_on = False
        self.lock = threading.Lock()

    @property
    def state(self) -> Bucketful:
        """The strict Cloud Storage."""
        assert isinstance(self._behind, Bucketful)
        return self._behind

    def expect(self, faults: Mapping[int, str | Callable[[], object]], from_then_on: bool = False) -> None:
        """Faults by the number of the request from now, counted from 1; a function is called before its request, and
        may say the fault.

        from_then_on: the last of them comes at every later request too.
        """
        self.requests.clear()
        self._faults, self._from_then_on = faults, from_then_on

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what the tests are about."""

    def respond(self, request: Request) -> tuple[Answer, str]:
        """The answer, and what becomes of it: "", "cut", "slow" or "reset"."""
        self.requests.append(request)
        fault = self._faults.get(len(self.requests)) or self.choose(request)
        if self._from_then_on and len(self.requests) > max(self._faults):
            fault = self._faults[max(self._faults)]
        if callable(fault):
            output = fault()
            fault = output if isinstance(output, str) else ""
        if fault in ("408", "429", "503"):
            return _refusal(Refused(int(fault), "backendError")), ""
        if fault == "reset":
            return Answer(0), "reset"
        if fault == "gone":
            self.state.uploads.clear()
            self.state.rewrites.clear()
        if fault == "damaged":
            request = replace(request, body=_damaged(request))
        if isinstance(self._behind, Bucketful):
            self._behind.keep = PIECE if fault == "less" else None
        try:
            answer = self._behind.answer(request)
        except Refused as refused:
            answer = _refusal(refused)
        if fault == "altered" and "alt" in request.query:
            answer.body = answer.body[:-1] + bytes([answer.body[-1] ^ 1])
        if fault == "503 after":
            return _refusal(Refused(503, "backendError")), ""
        return answer, {"cut": "cut", "slow": "slow", "reset after": "reset"}.get(fault, "")


def _damaged(request: Request) -> bytes:
    """A bit of the content falls over, if there is content."""
    if request.method == "PUT":
        at = len(request.body) - 1
    elif request.query.get("uploadType") == "multipart":
        at = request.body.rindex(b"\r\n--") - 1
    else:
        return request.body
    return request.body[:at] + bytes([request.body[at] ^ 1]) + request.body[at + 1 :]


def _refusal(refused: Refused) -> Answer:
    error = {"code": refused.status, "message": refused.reason, "errors": [{"reason": refused.reason}]}
    return Answer(refused.status, json.dumps({"error": error}).encode(), {"Content-Type": "application/json"})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def respond(self) -> None:
        server = cast(FaultyServer, self.server)
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        with server.lock:
            answer, end = server.respond(Request(self.command, url.path, query, headers, body))
        if end == "slow":
            time.sleep(server.slow_seconds)
        if end == "reset":
            # Without lingering, closing sends a reset instead of a proper end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if end == "cut" else answer.body)
        self.wfile.flush()
        if end == "cut":
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = respond


@contextlib.contextmanager
def serving(behind: Behind) -> Iterator[FaultyServer]:
    server = FaultyServer(behind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
