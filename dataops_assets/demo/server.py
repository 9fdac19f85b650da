"""The demo's API of flights, and the faults it can be told to have.

`GET /v1/flights?date=2013-01-05&page_size=500&page_token=…` answers `{"flights": […], "next_page_token": … or null}`.
"""

import base64
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from dataops_assets.demo.data import flights

MAX_PAGE_SIZE = 5000
Day = Callable[[int, int, int], tuple[bytes, ...]]


@dataclass(frozen=True)
class Fault:
    """What happens instead of an answer.

    kind: `status` answers `status`; `reset` breaks the connection before any byte; `truncate` breaks it in the middle
        of the body; `cut` leaves out the end of the body without a sign; `hang` answers after `seconds`.
    """

    kind: Literal["status", "reset", "truncate", "cut", "hang"]
    status: int = 503
    headers: Mapping[str, str] | None = None
    body: bytes = b"something is wrong"
    seconds: float = 0.0


class FlightsServer:
    """The API on a port of 127.0.0.1, in threads of this process.

    port: 0 takes a free one. faults: number of the request (from 0) → what goes wrong with it.
    day: where records come from: year, month, day → records as JSON; the demo's flights unless told otherwise.
    """

    def __init__(self, port: int = 0, faults: Mapping[int, Fault] | None = None, day: Day | None = None) -> None:
        self._faults = dict(faults or {})
        self._day = day
        self._count = 0
        self._lock = threading.Lock()
        self.requests: list[tuple[str, dict[str, str]]] = []
        self._server = _Server(("127.0.0.1", port), _handler(self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> "FlightsServer":
        """Serve in a daemon thread, which ends with the process."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="demo-flights", daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> "FlightsServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def next_fault(self, path: str, headers: Mapping[str, str]) -> Fault | None:
        with self._lock:
            number, self._count = self._count, self._count + 1
            if self._faults or self._day:
                self.requests.append((path, dict(headers)))  # only tests look at them
        return self._faults.get(number)

    def answer(self, path: str) -> tuple[int, bytes]:
        """(status, body) for the path and query of a request."""
        parts = urlsplit(path)
        if parts.path.rstrip("/") != "/v1/flights":
            return _error(404, f"there is no {parts.path}; ask for /v1/flights")
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        try:
            day = date.fromisoformat(query.get("date", ""))
            size = int(query.get("page_size", "500"))
            token = query.get("page_token")
            offset = int(base64.urlsafe_b64decode(token).decode().removeprefix("after:")) if token else 0
        except ValueError:
            return _error(400, "date is YYYY-MM-DD, page_size a number, page_token what the last page named")
        if not 1 <= size <= MAX_PAGE_SIZE or offset < 0:
            return _error(400, f"page_size is between 1 and {MAX_PAGE_SIZE}")
        records = (self._day or flights().day)(day.year, day.month, day.day)
        end = offset + size
        following = b"null"
        if end < len(records):
            following = b'"%b"' % base64.urlsafe_b64encode(b"after:%d" % end)
        return 200, b'{"flights":[%b],"next_page_token":%b}' % (b",".join(records[offset:end]), following)


def _error(status: int, message: str) -> tuple[int, bytes]:
    return status, json.dumps({"error": message}).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


def _handler(api: FlightsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave in one packet; two would wait 40 ms for each other (Nagle)
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            fault = api.next_fault(self.path, dict(self.headers.items()))
            if fault is None or fault.kind == "hang":
                if fault is not None:
                    threading.Event().wait(fault.seconds)
                self._send(*api.answer(self.path))
            elif fault.kind == "status":
                self._send(fault.status, fault.body, fault.headers)
            elif fault.kind == "cut":
                status, body = api.answer(self.path)
                self._send(status, body[: len(body) // 2])
            else:
                if fault.kind == "truncate":
                    status, body = api.answer(self.path)
                    self._send(status, body[: len(body) // 2], length=len(body))
                    self.wfile.flush()
                else:
                    # Linger 0: the connection ends with a reset instead of a polite goodbye.
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True

        def _send(
            self, status: int, body: bytes, headers: Mapping[str, str] | None = None, length: int | None = None
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: requests are the client's to log."""

    return Handler
