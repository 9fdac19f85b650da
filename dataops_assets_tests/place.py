"""A source that says what a test tells it to, and the operations of a project without Dagster around them."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataops_assets.build import Project
from dataops_assets.extract.extract import extract
from dataops_assets.ledger.outcome import CheckOutcome, Outcome, RunInfo
from dataops_assets.load.load import load
from dataops_assets.model import Contract, Daily, Derived, Partition, Source, TimePartitions
from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.publish.publish import publish
from dataops_assets.sources.base import DataFile, Extraction, Format, Request
from dataops_assets.sources.jsonlines import Columns
from dataops_assets.transform.transform import transform
from dataops_assets.verification.verify import verify_all
from dataops_assets.warehouse.storage import Storage
from dataops_assets_tests.support import make_project, rows

RUN = RunInfo("test")


@dataclass
class Answer:
    """One file of an answer, with the rows and columns that a source counts."""

    content: bytes
    format: Format
    rows: int
    columns: dict[str, str]


def jsonl(*records: Any) -> Answer:
    """JSON lines: records, or lines as they are (bytes; one that is no object counts as a row without columns)."""
    lines = [r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() for r in records]
    columns = Columns()
    for line in lines:
        try:
            columns.record(line)
        except Exception:
            continue
    return Answer(b"".join(line + b"\n" for line in lines), "jsonl", len(lines), columns.seen())


def csv(header: str, *lines: str, rows: int | None = None) -> Answer:
    """A CSV file of these lines."""
    content = "".join(f"{line}\n" for line in (header, *lines)).encode()
    return Answer(content, "csv", len(lines) if rows is None else rows, dict.fromkeys(header.split(","), "text"))


def parquet(table: pa.Table) -> Answer:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return Answer(sink.getvalue().to_pybytes(), "parquet", table.num_rows, {f.name: str(f.type) for f in table.schema})


@dataclass
class Scripted:
    """An extractor: answers a partition with what `answers` has for its key, and with nothing for others."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)

    def answer(self, key: str, *answers: Answer) -> None:
        self.answers[key] = list(answers)

    def extract(self, request: Request) -> Extraction:
        key = request.partition.key if request.partition else UNPARTITIONED
        return Extraction({"kind": "scripted"}, {}, self._files(self.answers.get(key, ())))

    def _files(self, answers: Iterable[Answer]) -> Iterator[DataFile]:
        for number, answer in enumerate(answers):
            yield DataFile(
                f"part-{number:05d}.{answer.format}",
                answer.format,
                None,
                iter([answer.content]),
                answer.rows,
                answer.columns,
            )


def daily(column: str = "day", days: int = 10) -> TimePartitions:
    return Daily(start="2024-01-01", end=f"2024-01-{days + 1:02d}", column=column)


DAY = "2024-01-01"


@dataclass
class Place:
    """A project and short words for what is done with it."""

    project: Project

    def partitions(self, table: Any, keys: Sequence[str]) -> list[Partition | None]:
        return [table.calendar.of(key) if table.calendar else None for key in (keys or [UNPARTITIONED])]

    def extract(self, name: str, *keys: str, full_refresh: bool = False) -> None:
        table, lake = self.project.catalog.staged[name], self.project.storage.staging
        for outcome in extract(lake, table.source, self.partitions(table, keys), RUN, full_refresh):
            assert not outcome.refusal, outcome.refusal

    def load(self, name: str, *keys: str) -> list[Outcome]:
        storage, table = self.project.storage, self.project.catalog.staged[name]
        return load(storage.warehouse, storage.staging, table, self.partitions(table, keys), RUN)

    def transform(self, name: str, *keys: str) -> list[Outcome]:
        storage, table = self.project.storage, self.project.catalog.derived[name]
        inputs = self.project.catalog.inputs[name]
        return transform(storage.warehouse, storage.staging, table, inputs, self.partitions(table, keys), RUN)

    def publish(self, name: str, *keys: str) -> list[Outcome]:
        storage, table = self.project.storage, self.project.catalog.derived[name]
        return publish(storage.warehouse, storage.staging, storage.production, table, self.partitions(table, keys), RUN)

    def take(self, name: str, *keys: str, full_refresh: bool = False) -> list[Outcome]:
        """Extract and load."""
        self.extract(name, *keys, full_refresh=full_refresh)
        return self.load(name, *keys)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a query of staging and production answers, ordered by its values."""
        warehouse = self.project.storage.warehouse
        for schema in ("staging", "production"):
            sql = sql.replace(f" {schema}.", f" {getattr(warehouse, schema)}.")
        return sorted(rows(self.project, sql), key=_by_values)

    def staged(self, name: str, columns: str = "*") -> list[dict[str, Any]]:
        return self.rows(f"SELECT {columns} FROM staging.raw_{name}")

    def quarantine(self, name: str) -> list[dict[str, Any]]:
        return sorted(self.rows(f"SELECT * FROM staging.quarantine_{name}"), key=lambda row: row["raw"])

    def verify(self) -> None:
        """Lake, warehouse and ledger say the same, and the books balance."""
        storage = self.project.storage
        problems = verify_all(storage.warehouse, storage.staging, storage.production, self.project.catalog).problems
        assert not problems, "\n".join(map(str, problems))


STORAGE: list[Callable[[Path], Storage]] = []
"""What the fixture `each_backend` puts in the place of files and DuckDB."""


def place(home: Path, *datasets: Source | Derived | Any) -> Place:
    project = make_project(home, *datasets)
    if STORAGE:
        project.storage = STORAGE[-1](home)
    return Place(project)


def on_standin(backend: str) -> bool:
    """Does `each_backend` stand for BigQuery's stand-in? That has DuckDB's JSON: the digits of a number are lost."""
    return backend == "cloud" and not os.environ.get("DATAOPS_TEST_PROJECT")


def _by_values(row: dict[str, Any]) -> list[tuple[bool, str]]:
    return [(value is None, f"{value:020}" if isinstance(value, int) else str(value)) for value in row.values()]


def source(contract: type[Contract], scripted: Any, **more: Any) -> Source:
    """A source `t` by day (column `day`), with key `id` unless it appends, unless said otherwise."""
    options: dict[str, Any] = {"name": "t", "partition": daily(), "key": ["day", "id"]} | more
    return Source(extract=scripted, contract=contract, **options)


def check_of(outcome: Outcome, check: str) -> CheckOutcome:
    """The check of that name."""
    return next(found for found in outcome.checks if found.name == check)
