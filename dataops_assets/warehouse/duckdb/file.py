"""The warehouse's file: made with its schemas, opened under its lock, and read by who has one question.

It imports DuckDB and nothing of what a run needs, so that a question is answered at once.
"""

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from dataops_assets.lake.scratch import Scratch
from dataops_assets.warehouse.duckdb import undo
from dataops_assets.warehouse.duckdb.lock import file_lock
from dataops_assets.warehouse.duckdb.memory import private_database
from dataops_assets.warehouse.errors import QueryRefused, WarehouseDamaged, WarehouseError

if TYPE_CHECKING:
    import pyarrow as pa

_QUESTIONS_ONLY = {
    "python_enable_replacements": "false",  # a table's name is no variable of ours
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "lock_configuration": "true",
}


# What a query of anybody's can end with that says nothing of the query: the file, the memory, DuckDB itself.
_NOT_THE_QUERY = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException, duckdb.InternalException)

_NO_TABLE = re.compile(r'^Catalog Error: Table with name "?(.+?)"? does not exist')

_OF_FILES = re.compile(r'"function_name":"(read_\w+|parquet_\w+|glob|sniff_csv)"', re.IGNORECASE)

_DAMAGE = re.compile(
    r"not a valid DuckDB database file|Could not read enough bytes from file|Corrupt|database file with version number"
    r"|Failed to deserialize|replaying (the )?WAL"
)
"""What DuckDB says of a file that is cut short, overwritten, or of a version that it cannot read."""


class DuckDBFile:
    """A DuckDB file with a staging and a production schema, made on first use.

    memory_limit: DuckDB's, such as "4GB"; beyond it, it spills to disk. lock_timeout: seconds to wait for another
    process.
    """

    def __init__(
        self,
        path: Path,
        staging: str = "staging",
        production: str = "production",
        memory_limit: str | None = "1GB",
        lock_timeout: float = 600.0,
    ) -> None:
        self.path = Path(path).absolute()
        self._scratch = Scratch(self.path.parent / "scratch")
        self.staging = staging
        self.production = production
        self._memory_limit = memory_limit
        self._lock_timeout = lock_timeout
        # DuckDB refuses a second connection of the same process to attach the file.
        self._one_at_a_time = threading.RLock()

    @contextmanager
    def locked(self, *, exclusive: bool) -> Iterator[None]:
        """Hold the file: nobody writes meanwhile, and if exclusive, nobody reads. Raises WarehouseDamaged, also for
        what is found within the block.
        """
        try:
            with self._locked(exclusive):
                yield
        except duckdb.Error as error:
            if _DAMAGE.search(str(error)):
                raise WarehouseDamaged(self._says(str(error))) from error
            raise

    @contextmanager
    def _locked(self, exclusive: bool) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._one_at_a_time:
            while True:
                with self._lock(exclusive):
                    if exclusive:
                        self._restore()
                    if not undo.needed(self.path):
                        yield
                        return
                with self._lock(exclusive=True):
                    self._restore()

    def _restore(self) -> None:
        try:
            undo.restore(self.path)
        except (ValueError, KeyError, TypeError) as error:  # not what `undo.keep` has written
            raise WarehouseDamaged(self._says(f"{self.path.name}.undo cannot be read: {error}")) from error

    def _says(self, reason: str) -> str:
        return f"{self.path} is damaged: {reason}; make it again from the lake: dataops rebuild"

    def damage(self) -> str:
        if not self.path.exists():
            return ""
        tables = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
        try:
            with self.locked(exclusive=False), self._reader() as reader:
                for schema, table in reader.execute(tables).fetchall():
                    reader.execute(f"SELECT BIT_XOR(HASH(t)) FROM {_quoted(schema)}.{_quoted(table)} AS t").fetchall()
        except WarehouseDamaged as damage:
            return str(damage)
        return ""

    def set_aside(self) -> Path | None:
        moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        with self._one_at_a_time, self._lock(exclusive=True):
            for suffix in ("", ".wal", ".undo"):  # the log belongs to the file
                file = self.path.with_name(f"{self.path.name}{suffix}")
                if file.exists():
                    os.replace(file, file.with_name(f"{self.path.name}.damaged-{moment}{suffix}"))
        return self.path.with_name(f"{self.path.name}.damaged-{moment}")

    def copy_to_fresh_file(self) -> None:
        """Put a copy of all tables in the place of the file, which keeps what was deleted in blocks that are free."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        with self.locked(exclusive=True):
            if self.path.with_name(f"{self.path.name}.wal").exists():
                raise WarehouseError(f"{self.path}: another process has written meanwhile; run this again")
            for leftover in (fresh, fresh.with_name(f"{fresh.name}.wal")):
                leftover.unlink(missing_ok=True)
            with self._in_memory() as writer:
                old, new = (str(file).replace("'", "''") for file in (self.path, fresh))
                writer.execute(f"ATTACH '{old}' AS old (READ_ONLY)")
                writer.execute(f"ATTACH '{new}' AS fresh (READ_WRITE)")
                writer.execute("COPY FROM DATABASE old TO fresh")
                writer.execute("DETACH fresh")
                writer.execute("DETACH old")
            with fresh.open("rb") as stream:
                os.fsync(stream.fileno())
            os.replace(fresh, self.path)

    def _lock(self, exclusive: bool) -> AbstractContextManager[None]:
        return file_lock(self.path.with_name(f"{self.path.name}.lock"), exclusive=exclusive, timeout=self._lock_timeout)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> "pa.Table":
        """One SELECT over committed tables; it reaches no file, network, extension or setting.

        Raises QueryRefused, also for a statement that is no SELECT, or another WarehouseError.
        """
        if not self.path.exists():
            self._create()
        try:
            with self.locked(exclusive=False), self._reader() as reader:
                for option, value in _QUESTIONS_ONLY.items():
                    reader.execute(f"SET {option} = {value}")
                _check_select(reader, sql)
                return reader.sql(sql, params=dict(parameters or {})).to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            what = str(error).partition("\n\nPossible solutions")[0]
            raise WarehouseError(f"{what}; ask for less at a time, or raise DATAOPS_MEMORY_LIMIT") from error
        except _NOT_THE_QUERY as error:
            raise WarehouseError(f"{self.path}: {error}") from error
        except duckdb.Error as error:
            refused = QueryRefused(str(error))
            if lacking := _NO_TABLE.search(str(error)):
                refused.table = lacking[1]
            raise refused from error

    def tables(self) -> list[str]:
        """The names of all tables, as `schema.table`."""
        found = self.query("SELECT table_schema, table_name FROM information_schema.tables")
        return [f"{row['table_schema']}.{row['table_name']}" for row in found.to_pylist()]

    @contextmanager
    def _in_memory(self) -> Iterator[duckdb.DuckDBPyConnection]:
        # Each its own folder: DuckDB gives what it spills the same names in every process.
        with self._scratch.folder() as spill, private_database(spill, self._memory_limit) as connection:
            yield connection

    @contextmanager
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        config: dict[str, Any] = {"preserve_insertion_order": False}
        if self._memory_limit:
            config["memory_limit"] = self._memory_limit
        with self._scratch.folder() as spill:
            config["temp_directory"] = str(spill)
            with duckdb.connect(str(self.path), read_only=True, config=config) as reader:
                # Not in the configuration: the time zones come with an extension that is loaded after it.
                reader.execute("SET TimeZone = 'UTC'")
                yield reader

    def _create(self) -> None:
        """Make the file beside its place: killed half-way, it would be there without its schemas, for good."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        with self.locked(exclusive=True):
            if self.path.exists():  # another process was first
                return
            for leftover in (fresh, fresh.with_name(f"{fresh.name}.wal")):
                leftover.unlink(missing_ok=True)
            with self._in_memory() as writer:
                file = str(fresh).replace("'", "''")
                writer.execute(f"ATTACH '{file}' AS fresh (READ_WRITE)")
                for schema in (self.staging, self.production):
                    writer.execute(f"CREATE SCHEMA IF NOT EXISTS fresh.{_quoted(schema)}")
                writer.execute("DETACH fresh")
            os.replace(fresh, self.path)


def _check_select(reader: duckdb.DuckDBPyConnection, sql: str) -> None:
    kind = " and ".join(each.type.name for each in reader.extract_statements(sql)) or "an empty text"
    if kind == duckdb.StatementType.SELECT.name:
        # No file can be opened but the warehouse's own, which would be read as bytes.
        parsed = str(reader.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchall())
        if found := _OF_FILES.search(parsed):
            raise QueryRefused(f"a query reads tables, and no file ({found[1]}); file system operations are disabled")
        return
    hint = " (PIVOT is one where it names its values: ON … IN (…))" if kind == duckdb.StatementType.MULTI.name else ""
    raise QueryRefused(f"this is no query but {kind}; give one SELECT: nothing else is run{hint}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
