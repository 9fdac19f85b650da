"""A session on BigQuery: scratch tables under a prefix of one's own, and the jobs that fill them.

Rows stay in BigQuery: files are loaded from the lake by load jobs, everything else is SQL. Scratch tables are tables of
a dataset of their own, in which they expire after a day should a run be killed; small ones are not made at all, but
travel as query parameters.
"""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.warehouse.base import Answer, Mark, RawFiles
from dataops_assets.warehouse.bigquery.asking import run_asked
from dataops_assets.warehouse.bigquery.context import WarehouseContext
from dataops_assets.warehouse.bigquery.errors import QueryRefused, UnreadableFiles
from dataops_assets.warehouse.bigquery.files import load_config, parquet_config, select_nothing, select_rows
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.bigquery.reader import read_table
from dataops_assets.warehouse.bigquery.schema import arrow_schema, fits_a_parameter, parquet, table_parameter
from dataops_assets.warehouse.bigquery.script import Question, Script
from dataops_assets.warehouse.bigquery.swap import BigQuerySwap, Counters
from dataops_assets.warehouse.bigquery.table_options import set_options
from dataops_assets.warehouse.parquet import write_partitions

if TYPE_CHECKING:
    from google.cloud import bigquery

_LOADS_AT_ONCE = 16
_NAMED = r"(\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+)"


class BigQuerySession:
    """Scratch tables, jobs, and the way to the committed tables."""

    exact_json = True
    unreadable_errors: tuple[type[Exception], ...] = (UnreadableFiles,)
    sql_errors: tuple[type[Exception], ...] = (QueryRefused,)

    def __init__(self, warehouse: WarehouseContext, jobs: Jobs) -> None:
        self.warehouse = warehouse
        self.dialect = warehouse.dialect
        self.jobs = jobs
        self._prefix = f"s{uuid.uuid4().hex[:12]}"
        self._tables: dict[str, str] = {}  # scratch name → table
        self._small: dict[str, pa.Table] = {}  # scratch name → rows that travel as a parameter
        self._queries: dict[str, tuple[str, list[str]]] = {}  # scratch name → query, and the tables that it reads
        self._script = Script()  # what is put off until somebody asks for an answer
        self._answers: list[Question] = []  # what is asked after these statements
        self._leaving: dict[str, None] = {}  # tables that are to be dropped once these statements have run

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        self._put_off(*self.bound(sql, parameters))

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self.later(sql, parameters)()

    def later(self, sql: str, parameters: Mapping[str, Any] | None = None, otherwise: str = "") -> Answer:
        instead = self.bound(otherwise, parameters) if otherwise else None
        answer = Question(self._script.bind(*self.bound(sql, parameters)), instead)
        self._answers.append(answer)

        def rows() -> list[tuple[Any, ...]]:
            if answer in self._answers:
                self.settle()
            if answer.error:
                raise answer.error
            if answer.rows is None:  # never taken for an answer without rows
                raise LookupError(f"nobody fetched the answer to {sql[:80]!r} before its block ended")
            return answer.rows

        return rows

    def arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        self.settle()
        return self.warehouse.arrow(self.jobs, self.jobs.query(*self.bound(sql, parameters)))

    def settle(self) -> None:
        """Run what is put off, in one job, and fetch the answers."""
        script, self._script = self._script, Script()
        answers, self._answers = self._answers, []
        leaving, self._leaving = self._leaving, {}
        try:
            run_asked(self.jobs, script, answers)
        except Exception as error:
            for answer in answers:
                answer.error = error
            self._leaving |= leaving  # for `close`
            raise
        self._remove(*leaving)

    def forget(self) -> None:
        """Ask no more for the answers that nobody has fetched."""
        self._answers.clear()

    def _put_off(self, sql: str, parameters: Mapping[str, Any]) -> None:
        if self._answers:  # they are about what is there without this statement
            self.settle()
        self._script.add(sql, parameters)

    def fetch(
        self, schema: str, table: str, columns: Sequence[str], between: tuple[str, Any, Any] | None = None
    ) -> pa.Table:
        existing, condition = self.schema(self.relation(schema, table)), ""
        if between:
            name, first, after = between
            condition = self.dialect.between(self.dialect.quote(name), first, after, existing.field(name).type)
        wanted = pa.schema([existing.field(name) for name in columns])
        project, limit = self.warehouse.client.project, self.warehouse.limit
        return self.jobs.read(
            f"rows of {schema}.{table}",
            lambda: read_table(self.warehouse.reader, project, schema, table, wanted, condition, limit),
        )

    def bound(self, sql: str, parameters: Mapping[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """The statement with scratch tables by their full names and parameters as `@name`, and the parameters."""
        values = dict(parameters or {})
        for name in values:
            sql = re.sub(rf"\${re.escape(name)}\b", f"@{name}", sql)

        def full(match: re.Match[str]) -> str:
            before, name = match.group(1), match.group(2)
            if name in self._tables:
                return before + self.dialect.quote(*self._tables[name].split("."))
            if name in self._queries:
                return f"{before}({self._queries[name][0]})"
            table = self._small[name]
            values[f"t{name}"] = table_parameter(f"t{name}", table)
            return f"{before}(SELECT {self.dialect.columns(table.column_names, 'e.')} FROM UNNEST(@t{name}) AS e)"

        scratch = [*self._tables, *self._small, *self._queries]
        known = "|".join(map(re.escape, sorted(scratch, key=len, reverse=True)))
        return (re.sub(rf"{_NAMED}({known})\b", full, sql) if known else sql), values

    def scratch(self, name: str, query: str, parameters: Mapping[str, Any] | None = None) -> None:
        sql, values = self.bound(query, parameters)
        table = self._table(name)
        self._put_off(f"CREATE OR REPLACE TABLE {self.dialect.quote(*table.split('.'))} AS {sql}", values)
        if name not in self._tables:
            self.drop(name)
        self._tables[name] = table

    def scratch_arrow(self, name: str, table: pa.Table) -> None:
        if fits_a_parameter(table):
            self.drop(name)
            self._small[name] = table
            return
        self.settle()
        self.jobs.load_file(parquet(table), self._table(name), parquet_config(table.schema))
        if name not in self._tables:
            self.drop(name)
        self._tables[name] = self._table(name)

    def raw_query(self, files: Iterable[RawFiles], wanted: Sequence[str]) -> None:
        return None

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
            selects = parallel_map(load, range(len(single)), _LOADS_AT_ONCE)
        except BaseException:
            self.drop(*parts)
            raise
        query, _ = self.bound(" UNION ALL ".join(selects) or select_nothing(self.dialect, wanted))
        self.drop(name)
        # Read where they were loaded: a copy of them would be billed.
        self._queries[name] = (query, [self._tables.pop(part) for part in parts])

    def drop(self, *names: str) -> None:
        for name in names:
            self._small.pop(name, None)
            _, tables = self._queries.pop(name, ("", []))
            tables += [table] if (table := self._tables.pop(name, None)) else []
            if self._script.statements or self._answers:  # they may read it
                self._leaving |= dict.fromkeys(tables)
            else:
                self._remove(*tables)

    def _remove(self, *tables: str) -> None:
        for table in tables:
            request = partial(self.warehouse.client.delete_table, table, not_found_ok=True)
            self.jobs.ask(f"removal of scratch table {table}", request)

    def schema(self, name: str) -> pa.Schema:
        if name in self._small:
            return self._small[name].schema
        if name in self._queries:
            return self.schema_of(f"SELECT * FROM {name}")
        if name in self._tables:
            self.settle()
        full = self._tables.get(name) or name.replace("`", "")
        table = self._look(full)
        if table is None:
            raise LookupError(f"table {full} is not there any more; run the same command again")
        return arrow_schema(table.schema)

    def schema_of(self, query: str, parameters: Mapping[str, Any] | None = None) -> pa.Schema:
        # Asked, not run: LIMIT 0 would cost what all the rows do.
        self.settle()
        return arrow_schema(self.jobs.query(*self.bound(query, parameters), dry_run=True).schema or ())

    def relation(self, schema: str, table: str) -> str:
        return self.dialect.quote(self.warehouse.client.project, schema, table)

    def exists(self, schema: str, table: str) -> bool:
        return self._look(f"{self.warehouse.client.project}.{schema}.{table}") is not None

    def columns(self, schema: str, table: str) -> Sequence[str]:
        found = self._look(f"{self.warehouse.client.project}.{schema}.{table}")
        return [field.name for field in found.schema] if found else []

    def estimate(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int | None:
        self.settle()
        return self.jobs.estimate(*self.bound(sql, parameters))

    def set_options(self, schema: str, table: str, options: TableOptions) -> None:
        if self.warehouse.options_set.get((schema, table)) != options:
            labels = {**self.warehouse.labels, **options.labels}
            set_options(self.jobs, f"{self.warehouse.client.project}.{schema}.{table}", options, labels)
            self.warehouse.options_set[schema, table] = options

    @contextmanager
    def reading(self) -> Iterator[None]:
        # No lock: what was read is compared again within the transaction that is built on it.
        yield

    def mark(self, target: str, reads: Sequence[str] = ()) -> Mark:
        self.warehouse.prepare(self.jobs)
        return Counters(self, self.warehouse.staging, (target, *reads)).made().ask()

    @contextmanager
    def swapping(self, target: str, reads: Sequence[str] = (), since: Mark | None = None) -> Iterator[BigQuerySwap]:
        self.warehouse.prepare(self.jobs)
        swap = BigQuerySwap(self, self.warehouse.staging, target, reads, since)
        try:
            yield swap
        except BaseException:
            self.forget()
            raise
        swap.commit()

    def export(self, query: str, folder: Path, partitions: Sequence[str]) -> Iterator[tuple[str, bytes | Path]]:
        self.settle()
        rows = self.jobs.answer(self.jobs.query(*self.bound(query)), lambda rows: rows)
        # One stream: several would not keep the order.
        batches = rows.to_arrow_iterable(bqstorage_client=self.warehouse.reader, max_stream_count=1)
        checked = self.jobs.stream("rows for the lake", batches)
        reader = pa.RecordBatchReader.from_batches(arrow_schema(rows.schema), checked)
        return write_partitions(reader, folder, partitions)

    def close(self) -> None:
        """Drop what is left; what cannot be dropped expires."""
        self.forget()
        self._script = Script()  # nobody will look at what it would make
        with suppress(Exception):
            self.drop(*self._tables, *self._queries)
            self._remove(*self._leaving)

    def _look(self, table: str) -> "bigquery.Table | None":
        return self.jobs.ask(f"table {table}", partial(self.warehouse.client.get_table, table))

    def _table(self, name: str) -> str:
        """The full name for a scratch table, with a place to make it in."""
        self.warehouse.prepare(self.jobs)
        table = f"{self.warehouse.client.project}.{self.warehouse.scratch}.{self._prefix}{name}"
        self._leaving.pop(table, None)  # it is made anew
        return table
