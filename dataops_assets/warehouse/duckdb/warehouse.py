"""The local warehouse: one DuckDB file that is opened for writing only for the moment of a swap.

DuckDB lets one process write and then shuts out all others, so every opening happens under an advisory lock
(`lock.py`): shared to read, exclusive to swap. Work that takes long happens in a private in-memory database.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from dataops_assets.dialects.base import Dialect, TableOptions
from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.warehouse.base import MAX_FRAME_ROWS, Answer, Mark, RawFiles, TooManyRows
from dataops_assets.warehouse.duckdb import undo
from dataops_assets.warehouse.duckdb.file import DuckDBFile
from dataops_assets.warehouse.duckdb.swap import DuckDBSwap
from dataops_assets.warehouse.parquet import write_partitions

_log = logging.getLogger(__name__)

_BATCH_ROWS = 100_000
# A line of CSV above it is read as a broken one is. Each thread and each file that is read keeps room of this size;
# if it is not said, of 16 times the longest line in a compressed file.
_LINE_BYTES = 8 << 20


class DuckDBWarehouse(DuckDBFile):
    """One DuckDB file with a staging and a production schema.

    path: the file; made on first use. memory_limit: DuckDB's, such as "4GB"; beyond it, scratch tables spill to disk.
    lock_timeout: seconds to wait for another process. max_frame_rows: the most that `Session.fetch` gives.
    """

    dialect: Dialect = DUCKDB

    def __init__(
        self,
        path: Path,
        staging: str = "staging",
        production: str = "production",
        memory_limit: str | None = "1GB",
        lock_timeout: float = 600.0,
        max_frame_rows: int = MAX_FRAME_ROWS,
    ) -> None:
        super().__init__(path, staging, production, memory_limit, lock_timeout)
        self.limit = max_frame_rows

    def for_work(self, asset: str, partitions: Sequence[str | None], run_id: str) -> "DuckDBWarehouse":
        return self

    @contextmanager
    def session(self) -> Iterator["DuckDBSession"]:
        """A private in-memory database, gone at the end of the block."""
        if not self.path.exists():
            self._create()
        with self._in_memory() as connection:
            yield DuckDBSession(self, connection)

    def address(self, schema: str, table: str) -> tuple[str, str]:
        return f"duckdb://{self.path}", f"{self.path.stem}.{schema}.{table}"  # as dbt's adapter for DuckDB

    def purge(self) -> None:
        """DuckDB keeps deleted rows in blocks that are free: what is there is copied to a file that takes the place."""
        if not self.path.exists():
            return
        with self.session() as session, session.swapping("purge"):
            pass  # what a killed process has left in the log goes into the file
        self.copy_to_fresh_file()

    def spent(self) -> Mapping[str, int | str]:
        return {}


class DuckDBSession:
    """A private in-memory database, to which the warehouse is attached as `wh` while it is read or swapped."""

    dialect: Dialect = DUCKDB
    exact_json = False  # a number with a point becomes a float
    unreadable_errors: tuple[type[Exception], ...] = (
        duckdb.InvalidInputException,
        duckdb.ConversionException,
        duckdb.NotImplementedException,  # a line that is much longer than the room for it
    )
    sql_errors: tuple[type[Exception], ...] = (duckdb.Error,)

    def __init__(self, warehouse: DuckDBWarehouse, connection: duckdb.DuckDBPyConnection) -> None:
        self._warehouse = warehouse
        self._connection = connection
        # What tables there are while the file is attached: nobody else changes that, and DuckDB takes a millisecond to
        # say, or four for their columns.
        self._tables: set[tuple[str, str]] | None = None

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        self._connection.execute(sql, dict(parameters or {}))

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, dict(parameters or {})).fetchall()

    def later(self, sql: str, parameters: Mapping[str, Any] | None = None, otherwise: str = "") -> Answer:
        try:
            found = self.rows(sql, parameters)
        except duckdb.Error as error:
            if not otherwise:
                raise
            _log.warning("asked for less, as the warehouse could not answer: %s", error)
            found = self.rows(otherwise, parameters)
        return lambda: found

    def arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        return self._connection.sql(sql, params=dict(parameters or {})).to_arrow_table()

    def estimate(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int | None:
        return None

    def set_options(self, schema: str, table: str, options: TableOptions) -> None:
        """Tables have none of this here."""

    def fetch(
        self, schema: str, table: str, columns: Sequence[str], between: tuple[str, Any, Any] | None = None
    ) -> pa.Table:
        limit = self._warehouse.limit
        sql = f"SELECT {self.dialect.columns(columns)} FROM {self.relation(schema, table)}"
        values: dict[str, Any] = {}
        if between:
            column = self.dialect.quote(between[0])
            sql += f" WHERE {column} >= $first AND {column} < $after"
            values = {"first": between[1], "after": between[2]}
        found = self.arrow(f"{sql} LIMIT {limit + 1}", values)
        if found.num_rows > limit:
            raise TooManyRows(limit)
        return found

    def scratch(self, name: str, query: str, parameters: Mapping[str, Any] | None = None) -> None:
        self.execute(f"CREATE OR REPLACE TEMP TABLE {self.dialect.quote(name)} AS {query}", parameters)

    def scratch_arrow(self, name: str, table: pa.Table) -> None:
        self._connection.register("_arrow_input", table)
        try:
            self.scratch(name, "SELECT * FROM _arrow_input")
        finally:
            self._connection.unregister("_arrow_input")

    def scratch_raw(self, name: str, files: Iterable[RawFiles], wanted: Sequence[str]) -> None:
        self.scratch(name, self.raw_query(files, wanted))

    def raw_query(self, files: Iterable[RawFiles], wanted: Sequence[str]) -> str:
        parts = [self._read(group, wanted) for group in files]
        if not parts:
            nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {self.dialect.quote(column)}" for column in wanted)
            parts = [f"SELECT {nothing}, CAST(NULL AS VARCHAR) AS _file, CAST(NULL AS VARCHAR) AS _unreadable LIMIT 0"]
        return " UNION ALL ".join(parts)

    def drop(self, *names: str) -> None:
        for name in names:
            self.execute(f"DROP TABLE IF EXISTS temp.main.{self.dialect.quote(name)}")

    def schema(self, name: str) -> pa.Schema:
        return self.arrow(f"SELECT * FROM {name} LIMIT 0").schema

    def schema_of(self, query: str, parameters: Mapping[str, Any] | None = None) -> pa.Schema:
        return self.arrow(f"SELECT * FROM ({query}) AS query LIMIT 0", parameters).schema

    def relation(self, schema: str, table: str) -> str:
        return self.dialect.quote("wh", schema, table)

    def exists(self, schema: str, table: str) -> bool:
        if self._tables is None:
            self._tables = set(
                self.rows("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'wh'")
            )
        return (schema, table) in self._tables

    def columns(self, schema: str, table: str) -> Sequence[str]:
        if not self.exists(schema, table):  # a query of a table that is not there would end the transaction
            return []
        described = self._connection.execute(f"SELECT * FROM {self.relation(schema, table)} LIMIT 0").description
        return [name for name, *_ in described]

    def forget_tables(self) -> None:
        """Ask again which tables there are: the file was attached, or one of them is made or changed."""
        self._tables = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._warehouse.locked(exclusive=False), self._attached("READ_ONLY"):
            yield

    def mark(self, target: str, reads: Sequence[str] = ()) -> Mark:
        return dict

    @contextmanager
    def swapping(self, target: str, reads: Sequence[str] = (), since: Mark | None = None) -> Iterator["DuckDBSwap"]:
        # One lock for all: who holds it is alone with the file.
        with self._warehouse.locked(exclusive=True), self._attached("READ_WRITE"):
            swap = DuckDBSwap(self, self.forget_tables)
            try:
                yield swap
                swap.commit()
            except BaseException:
                swap.roll_back()
                raise

    def export(self, query: str, folder: Path, partitions: Sequence[str]) -> Iterator[tuple[str, bytes | Path]]:
        return write_partitions(self._connection.sql(query).to_arrow_reader(_BATCH_ROWS), folder, partitions)

    @contextmanager
    def _attached(self, mode: str) -> Iterator[None]:
        file = self.dialect.literal(str(self._warehouse.path))
        self._connection.execute(f"ATTACH {file} AS wh ({mode})")
        self.forget_tables()
        try:
            yield
        finally:
            self.forget_tables()
            if mode == "READ_WRITE" and undo.understood():
                self._keep_undo()
            self._connection.execute("DETACH wh")  # this is a checkpoint as well
            undo.drop(self._warehouse.path)

    def _keep_undo(self) -> None:
        log = self._warehouse.path.with_name(f"{self._warehouse.path.name}.wal")
        if not log.exists():  # nothing was committed: there will be no checkpoint
            return
        blocks = self.rows("SELECT block_id FROM pragma_metadata_info('wh')")
        [(size,)] = self.rows("SELECT block_size FROM pragma_database_size() WHERE database_name = 'wh'")
        undo.keep(self._warehouse.path, [block for (block,) in blocks], size)

    def _read(self, files: RawFiles, wanted: Sequence[str]) -> str:
        known = {name: place for place, (name, _) in enumerate(files.columns)}
        quote, literal = self.dialect.quote, self.dialect.literal
        # Columns of CSV by their position: names that differ in case only are one name to DuckDB.
        named = (lambda name: f"c{known[name]} AS {quote(name)}") if files.format == "csv" else quote
        select = ", ".join(
            named(column) if column in known else f"CAST(NULL AS VARCHAR) AS {quote(column)}" for column in wanted
        )
        uris = "[" + ", ".join(literal(uri) for uri in files.uris) + "]"
        options = "hive_partitioning = false, filename = '_file'"
        if files.compression:
            options += f", compression = {literal(files.compression)}"
        if files.format == "parquet":
            reader = f"read_parquet({uris}, hive_partitioning = false, filename = '_file')"
        elif files.format == "jsonl":
            columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in wanted if column in known)
            # Without a column of interest DuckDB refuses to read: a name nobody uses stands in.
            columns = columns or "'_nothing': 'VARCHAR'"
            # A line above DuckDB's 16 MiB is read as a broken one is: room for longer ones would be kept for each file.
            reader = f"read_json({uris}, format = 'newline_delimited', columns = {{{columns}}}, {options})"
        else:
            columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(files.columns)))
            reader = (
                f"read_csv({uris}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
                f"nullstr = '', columns = {{{columns}}}, max_line_size = {_LINE_BYTES}, "
                f"buffer_size = {_LINE_BYTES}, {options})"
            )
        # A broken line is an error here; other engines tell its text.
        return f"SELECT {select}, _file, CAST(NULL AS VARCHAR) AS _unreadable FROM {reader}"
