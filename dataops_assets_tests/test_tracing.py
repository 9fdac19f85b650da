"""Traces, as a collector gets them: one for a run, from the source's request to the publication."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dataops_assets import tracing

MINE = """
from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Source, column
from dataops_assets.sources import RestApi
from dataops_assets.sources.values import Env

class Count(Contract):
    \"\"\"One row a day.\"\"\"

    day: Date = column("Day of the count.")
    pieces: Integer = column("How many there were.")

DAY = Daily(start="2024-01-01", end="2024-01-05", column="day")
api = RestApi(
    url=Env("COUNT_URL", default="") / "count",
    params={"date": "{partition.start:%Y-%m-%d}", "token": Env("COUNT_TOKEN", default="")},
    records="rows",
    max_attempts=2,
)
count = Source(name="count", extract=api, contract=Count, partition=DAY, key=["day"])
total = Derived(name="total", contract=Count, partition=DAY, key=["day"], publish=True, sql=\"\"\"
    select day, sum(pieces) as pieces from staged.count
    where day >= @window_start and day < @window_end group by day
\"\"\")
"""


@dataclass
class World:
    """A source that answers 503 once, and a collector of traces. spans: by name, in the order in which they ended."""

    port: int = 0
    asked: int = 0
    spans: list[Any] = field(default_factory=list)
    service: dict[str, str] = field(default_factory=dict)


@contextmanager
def world() -> Iterator[World]:
    made = World()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked += 1
            (day,) = parse_qs(urlsplit(self.path).query)["date"]
            self.answer(503 if made.asked == 1 else 200, json.dumps({"rows": [{"day": day, "pieces": 1}]}).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                made.service |= attributes(resource.resource)
                for scope in resource.scope_spans:
                    made.spans += scope.spans
            self.answer(200, b"")

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def attributes(of: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in of.attributes}


def run(home: Path, port: int, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    (home / "mine.py").write_text(MINE)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_", "OTEL_"))}
    environment |= {
        "DATAOPS_HOME": str(home / "state"),
        "DATAOPS_DATASETS": "mine",
        "DATAOPS_LOG_FORMAT": "json",
        "COUNT_URL": f"http://127.0.0.1:{port}",
        "COUNT_TOKEN": "SECRET",
        "PYTHONPATH": os.pathsep.join([str(home), *filter(None, sys.path)]),
        **more,
    }
    command = [sys.executable, "-m", "dataops_assets.cli", "run", "--partitions", "2024-01-02", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=home)


@pytest.mark.slow
def test_from_the_request_to_the_publication(tmp_path: Path) -> None:
    with world() as seen:
        ran = run(tmp_path, seen.port, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{seen.port}")
    assert ran.returncode == 0, ran.stderr
    (trace,) = {line["trace"] for line in map(json.loads, ran.stderr.splitlines()) if "trace" in line}
    assert {span.trace_id.hex() for span in seen.spans} == {trace}, "the one that the logs say"
    steps = [span for span in seen.spans if not span.parent_span_id]
    assert [span.name for span in steps] == ["raw/count", "staged/count", "transformed/total", "production/total"]
    assert [attributes(span)["dataops.partition"] for span in steps] == ["2024-01-02"] * 4
    first, second = (span for span in seen.spans if span.name == "GET")
    assert first.status.code == 2
    assert attributes(first)["error.type"] == "TransientSourceError"
    assert [attributes(span)["http.response.status_code"] for span in (first, second)] == [503, 200]
    (extraction,) = (span for span in seen.spans if span.name == "extract count")
    assert {first.parent_span_id, second.parent_span_id} == {extraction.span_id}
    assert extraction.parent_span_id == steps[0].span_id
    assert seen.service["service.name"] == "dataops_assets"
    assert "SECRET" not in str(seen.spans)


@pytest.mark.slow
def test_a_collector_that_is_gone_fails_nothing(tmp_path: Path) -> None:
    with world() as gone:
        pass
    with world() as seen:
        began = time.monotonic()
        ran = run(tmp_path, seen.port, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{gone.port}")
    assert ran.returncode == 0, ran.stderr
    assert time.monotonic() - began < 30, "four steps wait for two seconds each"


def test_without_an_address_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    tracing.configure("1")
    with tracing.step({}), tracing.span("any", {}) as span:
        assert span is None
