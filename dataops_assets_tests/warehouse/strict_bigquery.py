"""A server that takes BigQuery jobs as documented, refuses what is not, and fails on demand at any request.

It runs no SQL: what a job would do is written into `effects`, once for each job that ends well. What is documented
where:
jobs.insert, jobs.get, jobs.list: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs
  The client gives the id, and a second insertion of it is 409 `duplicate`; jobs.get wants the location unless it is
  US or EU; a job that is DONE has failed if there is `status.errorResult`; int64 are strings.
Uploads: https://cloud.google.com/bigquery/docs/reference/api-uploads (multipart/related: metadata, then the content).
Errors: https://cloud.google.com/bigquery/docs/error-messages (reason and HTTP code).
"""

import email
import email.policy
import json
import re
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dataops_assets_tests.warehouse.strict_requests import CHECKS, Refused, check_labels, want

PROJECT = "strict"
LOCATION = "europe-west1"

FAULTS = (
    "503 before",
    "503 after",
    "502 page after",
    "reset before",
    "reset after",
    "truncated after",
    "half an answer after",
    "slow after",
    "429 before",
    "rateLimitExceeded before",
)
"""Instead of a good answer; "before": the request has no effect, "after": it has."""


@dataclass
class Outcome:
    """How a job ends. reason: none if it ends well. children: statement types of a script's that ended well."""

    reason: str = ""
    message: str = ""
    children: tuple[str, ...] = ()
    errors: tuple[dict[str, str], ...] = ()


@dataclass
class StrictBigQuery:
    """polls: how often a job is shown as RUNNING. outcomes: of the jobs to come; then they end well.

    faults: by the number of the request, from 0. after: the fault of all requests that have none, if not empty.
    """

    url: str
    polls: int = 2
    outcomes: deque[Outcome] = field(default_factory=deque)
    faults: dict[int, str] = field(default_factory=dict)
    after: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    slow_seconds: float = 1.0
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def heal(self) -> None:
        self.faults, self.after = {}, ""

    def insert(self, resource: dict[str, Any], content: bytes | None = None) -> dict[str, Any]:
        reference, configuration = resource.get("jobReference", {}), resource.get("configuration", {})
        job_id = reference.get("jobId", "")
        kinds = [kind for kind in ("query", "load", "copy", "extract") if kind in configuration]
        want(reference.get("projectId") == PROJECT and reference.get("location") == LOCATION, "project and location")
        want(re.fullmatch(r"[A-Za-z0-9_-]{1,1024}", job_id), "jobId of letters, digits, _ and -")
        want(len(kinds) == 1, "exactly one kind of job")
        check_labels(configuration.get("labels", {}))
        kind = kinds[0]
        dry = configuration.get("dryRun", False)
        CHECKS[kind](configuration[kind], content, dry)
        if dry:
            statistics = {"query": {"totalBytesProcessed": "12345"}, "totalBytesProcessed": "12345"}
            return resource | {"status": {"state": "DONE"}, "statistics": statistics}
        if job_id in self.jobs:
            raise Refused(409, "duplicate", f"Already Exists: Job {PROJECT}:{LOCATION}.{job_id}")
        outcome = self.outcomes.popleft() if self.outcomes else Outcome()
        job = resource | {
            "id": f"{PROJECT}:{LOCATION}.{job_id}",
            "status": {"state": "RUNNING"},
            "statistics": {"creationTime": str(int(time.time() * 1000))},
            "_polls": self.polls,
            "_outcome": outcome,
        }
        configuration["jobType"] = kind.upper()
        configuration[kind].setdefault("createDisposition", "CREATE_IF_NEEDED")  # a default that the server fills in
        self.jobs[job_id] = job
        return self._shown(job)

    def get(self, job_id: str, location: str | None) -> dict[str, Any]:
        job = self.jobs.get(job_id)
        if job is None or location != LOCATION:
            raise Refused(404, "notFound", f"Not found: Job {PROJECT}:{job_id}")
        return self._shown(job)

    def children(self, parent: str) -> dict[str, Any]:
        job = self.jobs.get(parent)
        kinds = job["_outcome"].children if job else ()
        shown = [
            {
                "jobReference": {"projectId": PROJECT, "jobId": f"script_job_{number}", "location": LOCATION},
                "configuration": {"query": {"query": kind}},
                "statistics": {"query": {"statementType": kind}, "parentJobId": parent},
                "status": {"state": "DONE"},
            }
            for number, kind in enumerate(kinds)
        ]
        return {"jobs": shown}

    def _shown(self, job: dict[str, Any]) -> dict[str, Any]:
        if job["status"]["state"] == "RUNNING":
            if job["_polls"] > 0:
                job["_polls"] -= 1
            else:
                self._end(job)
        return {key: value for key, value in job.items() if not key.startswith("_")}

    def _end(self, job: dict[str, Any]) -> None:
        outcome: Outcome = job["_outcome"]
        job["status"] = {"state": "DONE"}
        job["statistics"] |= {"endTime": str(int(time.time() * 1000)), "totalSlotMs": "17"}
        if "query" in job["configuration"]:
            job["statistics"]["query"] = {
                "statementType": "SCRIPT" if outcome.children else "INSERT",
                "totalBytesProcessed": "100",
                "totalBytesBilled": "10485760",
                "totalSlotMs": "17",
            }
        if outcome.reason:
            error = {"reason": outcome.reason, "message": outcome.message}
            job["status"] |= {"errorResult": error, "errors": [error, *outcome.errors]}
        if not outcome.reason or "COMMIT_TRANSACTION" in outcome.children:
            self.effects.append(job["jobReference"]["jobId"])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two wait for each other
    state: StrictBigQuery

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        state = self.state
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with state.lock:
            number = len(state.requests)
            state.requests.append(f"{self.command} {self.path}")
            fault = state.faults.get(number, state.after)
            if fault.endswith("before"):
                return self._fail(fault)
            code, answer = self._answer(body)
        if fault == "slow after":
            time.sleep(state.slow_seconds)
        elif fault:
            return self._fail(fault, json.dumps(answer).encode())
        return self._send(code, json.dumps(answer).encode())

    def _answer(self, body: bytes) -> tuple[int, Any]:
        try:
            return 200, self._route(body)
        except Refused as refused:
            if refused.code == 400:
                self.state.refusals.append(refused.message)
            return refused.code, _error(refused.code, refused.reason, refused.message)

    def _route(self, body: bytes) -> dict[str, Any]:
        parts, base = urlsplit(self.path), f"/bigquery/v2/projects/{PROJECT}/jobs"
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if self.command == "POST" and parts.path == base:
            return self.state.insert(json.loads(body))
        if self.command == "POST" and parts.path == f"/upload{base}" and query.get("uploadType") == "multipart":
            metadata, content = self._multipart(body)
            return self.state.insert(metadata, content)
        if self.command == "GET" and parts.path == base and "parentJobId" in query:
            return self.state.children(query["parentJobId"])
        if self.command == "GET" and parts.path.startswith(f"{base}/"):
            return self.state.get(parts.path.rsplit("/", 1)[1], query.get("location"))
        raise Refused(400, "invalid", f"{self.command} {self.path} is not known here")

    def _multipart(self, body: bytes) -> tuple[dict[str, Any], bytes]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts = list(email.message_from_bytes(head + body, policy=email.policy.HTTP).iter_parts())
        want(len(parts) == 2, "metadata and content")
        content = parts[1].get_payload(decode=True)
        assert isinstance(content, bytes)
        return json.loads(parts[0].get_content()), content

    def _fail(self, fault: str, answer: bytes = b"") -> None:
        if fault.startswith("503"):
            return self._send(503, json.dumps(_error(503, "backendError", "try again")).encode())
        if fault.startswith("502"):
            return self._send(502, b"<html>bad gateway</html>")
        if fault.startswith("429"):
            return self._send(429, b"slow down")
        if fault.startswith("rateLimitExceeded"):
            return self._send(403, json.dumps(_error(403, "rateLimitExceeded", "too many at once")).encode())
        if fault.startswith("404"):
            return self._send(404, json.dumps(_error(404, "notFound", "Not found: Job, for a moment")).encode())
        if fault.startswith("409 table"):
            return self._send(409, json.dumps(_error(409, "duplicate", "Already Exists: Table strict:d.t")).encode())
        if fault.startswith("half"):
            return self._send(200, answer[: len(answer) // 2])
        if fault.startswith("truncated"):
            self._send(200, answer[: len(answer) // 2], length=len(answer))
        # A reset, not an orderly end.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
        return None

    def _send(self, code: int, body: bytes, length: int | None = None) -> None:
        try:
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in self.state.headers.items() if code >= 400 else ():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):  # who asked has given up
            self.close_connection = True


def _error(code: int, reason: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "errors": [{"reason": reason, "message": message}]}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # connections are cut on purpose


@contextmanager
def running() -> Iterator[StrictBigQuery]:
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        handler.state = StrictBigQuery(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield handler.state
        finally:
            server.shutdown()
            thread.join()
