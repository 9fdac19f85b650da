"""What the tests of sources share: partitions, a JSON server that answers as a function says, whole extractions."""

import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataops_assets.model.partitions import Daily, Partition
from dataops_assets.sources import DataFile, Extractor, Request

CALENDAR = Daily(start="2013-01-01", end="2014-01-01", column="day")


def day(key: str) -> Partition:
    return CALENDAR.of(key)


@dataclass
class Taken:
    """A whole extraction, in memory."""

    files: list[tuple[DataFile, bytes]]
    watermark: Any
    source: dict[str, Any]
    parameters: dict[str, Any]

    @property
    def rows(self) -> int:
        return sum(file.rows for file, _ in self.files)

    @property
    def lines(self) -> list[bytes]:
        return [line for _, data in self.files for line in gzip.decompress(data).splitlines()]

    @property
    def table(self) -> pa.Table:
        ((_, data),) = self.files
        return pq.read_table(io.BytesIO(data))


def take(extractor: Extractor, partition: str | None = None, watermark: Any = None, table: str = "things") -> Taken:
    extraction = extractor.extract(Request(table, day(partition) if partition else None, watermark))
    files = [(file, b"".join(file.chunks)) for file in extraction.files]
    json.dumps([extraction.source, extraction.parameters, extraction.watermark])
    return Taken(files, extraction.watermark, extraction.source, extraction.parameters)


Answer = tuple[int, bytes, dict[str, str]]


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[str, dict[str, str]], Answer]], str]]:
    """Start servers that answer (status, body, headers) for (path, request headers); their base URLs."""
    servers = []

    def start(answer: Callable[[str, dict[str, str]], Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                status, body, headers = answer(self.path, dict(self.headers.items()))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
