"""The cloud's warehouse: a staging and a production dataset of BigQuery, through the official clients.

Rows stay in BigQuery: files are loaded from the lake by load jobs, everything else is SQL. Scratch tables are tables of
a dataset of their own, in which they expire after a day should a run be killed; small ones are not made at all, but
travel as query parameters.
"""

import contextlib
import re
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataops_assets.contracts.dialect import BIGQUERY, Dialect
from dataops_assets.lake.parallel import together
from dataops_assets.warehouse.base import MAX_FRAME_ROWS, RawFiles
from dataops_assets.warehouse.bigquery_errors import QueryRefused, UnreadableFiles
from dataops_assets.warehouse.bigquery_files import load_config, parquet_config, select_rows
from dataops_assets.warehouse.bigquery_jobs import Jobs
from dataops_assets.warehouse.bigquery_reader import read_table
from dataops_assets.warehouse.bigquery_schema import arrow_schema, fits_a_parameter, parquet, table_parameter
from dataops_assets.warehouse.bigquery_swap import BigQuerySwap
from dataops_assets.warehouse.parquet import write_partitions

if TYPE_CHECKING:
    from google.cloud import bigquery
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

_SCRATCH_DAYS = 1
_LOADS_AT_ONCE = 16
_NAMED = r"(\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+)"


class BigQueryWarehouse:
    """Three datasets of one project and location: staging, production, and one for scratch tables; made on first use.

    maximum_bytes_billed: of each query; None is no limit. labels: of all jobs and of the datasets made here.
    max_frame_rows: the most that `Session.fetch` gives.
    """

    dialect: Dialect = BIGQUERY

    def __init__(
        self,
        client: "bigquery.Client",
        reader: "BigQueryReadClient",
        location: str = "US",
        staging: str = "staging",
        production: str = "production",
        scratch: str = "staging_scratch",
        maximum_bytes_billed: int | None = None,
        labels: Mapping[str, str] | None = None,
        max_frame_rows: int = MAX_FRAME_ROWS,
    ) -> None:
        self.client = client
        self.reader = reader
        self.location = location
        self.staging = staging
        self.production = production
        self.scratch = scratch
        self._maximum_bytes_billed = maximum_bytes_billed
        self._labels = dict(labels or {})
        self.limit = max_frame_rows
        self._prepared = False
        self._lock = threading.Lock()
        self._running: list[Jobs] = []

    @contextmanager
    def session(self) -> Iterator["BigQuerySession"]:
        """A place for scratch tables, which are gone at the end of the block."""
        self._prepare()
        session = BigQuerySession(self, self.jobs())
        try:
            yield session
        finally:
            session.close()

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """One query over committed tables."""
        return self._arrow(self.jobs().query(sql, parameters))

    def jobs(self) -> Jobs:
        """A runner of jobs, with books of its own on what they cost."""
        jobs = Jobs(
            self.client,
            project=self.client.project,
            location=self.location,
            maximum_bytes_billed=self._maximum_bytes_billed,
            labels=self._labels,
        )
        with self._lock:
            self._running.append(jobs)
        return jobs

    def spent(self) -> dict[str, int | str]:
        """What the jobs since the last call cost: bytes billed, slot milliseconds, their number, and the costliest."""
        with self._lock:
            done, self._running = self._running, []
        records = [record for jobs in done for record in jobs.statistics]
        if not records:
            return {}
        costliest = max(records, key=lambda record: (record.bytes_billed, record.slot_ms))
        return {
            "bigquery/bytes_billed": sum(record.bytes_billed for record in records),
            "bigquery/slot_ms": sum(record.slot_ms for record in records),
            "bigquery/jobs": len(records),
            "bigquery/costliest_job": costliest.link,
        }

    def _arrow(self, job: "bigquery.QueryJob") -> pa.Table:
        return job.result().to_arrow(bqstorage_client=self.reader)

    def _prepare(self) -> None:
        with self._lock:
            if self._prepared:
                return
            for name in (self.staging, self.production, self.scratch):
                self.ensure_dataset(name)
            self._prepared = True

    def ensure_dataset(self, name: str) -> None:
        """Make the dataset, if there is none of this name."""
        from google.api_core.exceptions import NotFound
        from google.cloud import bigquery

        reference = bigquery.DatasetReference(self.client.project, name)
        try:
            self.client.get_dataset(reference)
        except NotFound:  # asked first: whoever may not make datasets can have them made
            dataset = bigquery.Dataset(reference)
            dataset.location = self.location
            dataset.labels = self._labels
            if name == self.scratch:
                dataset.default_table_expiration_ms = _SCRATCH_DAYS * 24 * 3600 * 1000
            self.client.create_dataset(dataset, exists_ok=True)


class BigQuerySession:
    """Scratch tables under a prefix of one's own, and the jobs that fill them."""

    dialect: Dialect = BIGQUERY
    exact_json = True
    # It has neither integers above 2**63 nor nanoseconds: such a file ends the load, or its values are cut.
    inexact_types: tuple[str, ...] = ("uint64", "timestamp[ns", "time64[ns")
    unreadable_errors: tuple[type[Exception], ...] = (UnreadableFiles,)
    sql_errors: tuple[type[Exception], ...] = (QueryRefused,)

    def __init__(self, warehouse: BigQueryWarehouse, jobs: Jobs) -> None:
        self.warehouse = warehouse
        self.jobs = jobs
        self._prefix = f"s{uuid.uuid4().hex[:12]}"
        self._tables: dict[str, str] = {}  # scratch name → table
        self._small: dict[str, pa.Table] = {}  # scratch name → rows that travel as a parameter

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        self.jobs.query(*self.bound(sql, parameters))

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return [row.values() for row in self.jobs.query(*self.bound(sql, parameters)).result()]

    def arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        return self.warehouse._arrow(self.jobs.query(*self.bound(sql, parameters)))

    def fetch(
        self, schema: str, table: str, columns: Sequence[str], between: tuple[str, Any, Any] | None = None
    ) -> pa.Table:
        held, condition = self.schema(self.relation(schema, table)), ""
        if between:
            name, first, after = between
            kind, column, literal = held.field(name).type, self.dialect.quote(name), self.dialect.literal
            condition = f"{column} >= {literal(first, kind)} AND {column} < {literal(after, kind)}"
        wanted = pa.schema([held.field(name) for name in columns])
        project, limit = self.warehouse.client.project, self.warehouse.limit
        return read_table(self.warehouse.reader, project, schema, table, wanted, condition, limit)

    def bound(self, sql: str, parameters: Mapping[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """The statement with scratch tables by their full names and parameters as `@name`, and the parameters."""
        values = dict(parameters or {})
        for name in values:
            sql = re.sub(rf"\${re.escape(name)}\b", f"@{name}", sql)

        def full(match: re.Match[str]) -> str:
            before, name = match.group(1), match.group(2)
            if name in self._tables:
                return before + self.dialect.quote(*self._tables[name].split("."))
            table = self._small[name]
            values[f"t{name}"] = table_parameter(f"t{name}", table)
            return f"{before}(SELECT {self.dialect.columns(table.column_names, 'e.')} FROM UNNEST(@t{name}) AS e)"

        known = "|".join(map(re.escape, sorted([*self._tables, *self._small], key=len, reverse=True)))
        return (re.sub(rf"{_NAMED}({known})\b", full, sql) if known else sql), values

    def scratch(self, name: str, query: str, parameters: Mapping[str, Any] | None = None) -> None:
        sql, values = self.bound(query, parameters)
        table = self._table(name)
        self.jobs.query(f"CREATE OR REPLACE TABLE {self.dialect.quote(*table.split('.'))} AS {sql}", values)
        self._tables[name] = table
        self._small.pop(name, None)

    def scratch_arrow(self, name: str, table: pa.Table) -> None:
        if fits_a_parameter(table):
            self.drop(name)
            self._small[name] = table
            return
        self.jobs.load_file(parquet(table), self._table(name), parquet_config(table.schema))
        self._tables[name] = self._table(name)
        self._small.pop(name, None)

    def scratch_raw(self, name: str, files: Iterable[RawFiles], wanted: Sequence[str]) -> None:
        # One load a file: a load job does not say of which file a row is.
        single = [(group, uri) for group in files for uri in group.uris]
        parts = [f"{name}_{number}" for number in range(len(single))]

        def load(number: int) -> str:
            group, uri = single[number]
            self.jobs.load([uri], self._table(parts[number]), load_config(group))
            return select_rows(self.dialect, group, parts[number], uri, wanted)

        self._tables |= {part: self._table(part) for part in parts}
        try:
            selects = together(load, range(len(single)), _LOADS_AT_ONCE)
            if not selects:
                names = ", ".join(
                    f"CAST(NULL AS STRING) AS {self.dialect.quote(column)}"
                    for column in (*wanted, "_file", "_unreadable")
                )
                selects = [f"SELECT {names} LIMIT 0"]
            self.scratch(name, " UNION ALL ".join(selects))
        finally:
            self.drop(*parts)

    def drop(self, *names: str) -> None:
        for name in names:
            self._small.pop(name, None)
            if table := self._tables.pop(name, None):
                self.warehouse.client.delete_table(table, not_found_ok=True)

    def schema(self, name: str) -> pa.Schema:
        if name in self._small:
            return self._small[name].schema
        return arrow_schema(self.warehouse.client.get_table(self._tables.get(name) or name.replace("`", "")).schema)

    def schema_of(self, query: str, parameters: Mapping[str, Any] | None = None) -> pa.Schema:
        # Asked, not run: LIMIT 0 would cost what all the rows do.
        return arrow_schema(self.jobs.query(*self.bound(query, parameters), dry_run=True).schema or ())

    def relation(self, schema: str, table: str) -> str:
        return self.dialect.quote(self.warehouse.client.project, schema, table)

    def exists(self, schema: str, table: str) -> bool:
        from google.api_core.exceptions import NotFound

        try:
            self.warehouse.client.get_table(f"{self.warehouse.client.project}.{schema}.{table}")
        except NotFound:
            return False
        return True

    @contextmanager
    def reading(self) -> Iterator[None]:
        # No lock: what was read is compared again within the transaction that is built on it.
        yield

    @contextmanager
    def swapping(self, target: str, reads: Sequence[str] = ()) -> Iterator[BigQuerySwap]:
        swap = BigQuerySwap(self, self.warehouse.staging, target, reads)
        yield swap
        swap.commit()

    def export(self, query: str, folder: Path, partitions: Sequence[str]) -> Iterator[tuple[str, Path]]:
        rows = self.jobs.query(*self.bound(query)).result()
        # One stream: several would not keep the order.
        batches = rows.to_arrow_iterable(bqstorage_client=self.warehouse.reader, max_stream_count=1)
        reader = pa.RecordBatchReader.from_batches(arrow_schema(rows.schema), batches)
        return write_partitions(reader, folder, partitions)

    def close(self) -> None:
        """Drop what is left; what cannot be dropped expires."""
        with contextlib.suppress(Exception):
            self.drop(*self._tables)

    def _table(self, name: str) -> str:
        return f"{self.warehouse.client.project}.{self.warehouse.scratch}.{self._prefix}{name}"
