"""What the machinery asks of a warehouse; one that answers it keeps all promises.

A `Session` is a private place to work: scratch tables that nobody else sees. It reads committed tables inside
`reading()`, and changes them only inside `swapping()`, where all that is done becomes visible at once or not at all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from dataops_assets.dialects.base import Dialect, TableOptions
from dataops_assets.sources.base import Format

MAX_FRAME_ROWS = 5_000_000

Answer = Callable[[], list[tuple[Any, ...]]]
"""What gives the rows of an answer, once it is there."""


Mark = Callable[[], Mapping[str, int]]
"""How often each target had been changed at some moment, once it is known; nothing where a lock shuts others out."""


class TooManyRows(Exception):
    """More rows than `max_frame_rows` were to be brought into memory. limit: that number."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit:,} rows")
        self.limit = limit


@dataclass(frozen=True)
class RawFiles:
    """Data files of one format with the same columns, to be read as text (or typed, for Parquet).

    uris: what the engine opens. columns: names in the files, in order, with the type as seen.
    """

    format: Format
    uris: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    compression: str | None = None


class Session(Protocol):
    """Scratch tables, which statements name as they are, without quotes, and the way to the committed ones."""

    dialect: Dialect
    exact_json: bool
    """Does `scratch_raw` give the numbers in JSON digit by digit?"""
    unreadable_errors: tuple[type[Exception], ...]
    """What `scratch_raw` raises for a file with a broken line."""
    sql_errors: tuple[type[Exception], ...]
    """What the engine raises for a query it cannot run."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement, at the latest before the next answer: its errors may be raised there."""
        ...

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a query and fetch a small answer, in no order."""
        ...

    def later(self, sql: str, parameters: Mapping[str, Any] | None = None, otherwise: str = "") -> Answer:
        """The answer of `rows`, as things are now, fetched at the latest when it is asked for.

        Where each query is a job, all that were not asked for yet are one. Each column has a name of its own.
        otherwise: a query of the same parameters, which is asked instead where the engine cannot answer the first.
        """
        ...

    def arrow(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Run a query and fetch the answer as Arrow."""
        ...

    def fetch(
        self, schema: str, table: str, columns: Sequence[str], between: tuple[str, Any, Any] | None = None
    ) -> pa.Table:
        """Columns of a committed table, in this order, for Python to work on.

        between: a column, and bounds of its values: from the first, below the second; all rows without. Raises
        TooManyRows, with no more than the limit in memory.
        """
        ...

    def estimate(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int | None:
        """Bytes that a statement over committed tables would be billed for reading; None where nobody bills."""
        ...

    def scratch(self, name: str, query: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Make or replace a scratch table from a query, as `execute` does."""
        ...

    def scratch_arrow(self, name: str, table: pa.Table) -> None:
        """Make or replace a scratch table from Arrow."""
        ...

    def scratch_raw(self, name: str, files: Iterable[RawFiles], wanted: Sequence[str]) -> None:
        """Make or replace a scratch table with the wanted columns (missing ones null) and `_file`, the file's URI.

        Columns without a type in the format are text. `_unreadable` is the text of a line that cannot be read, where
        the engine does not raise one of `unreadable_errors` for it, and null in all other rows.
        """
        ...

    def raw_query(self, files: Iterable[RawFiles], wanted: Sequence[str]) -> str | None:
        """What gives the rows of `scratch_raw` as it is read itself; None where the files have to be loaded first."""
        ...

    def drop(self, *names: str) -> None:
        """Drop scratch tables, if they are there."""
        ...

    def schema(self, name: str) -> pa.Schema:
        """The columns of a scratch table, or of a quoted `relation`, which is there."""
        ...

    def schema_of(self, query: str, parameters: Mapping[str, Any] | None = None) -> pa.Schema:
        """The columns that a query would give; it is not run."""
        ...

    def relation(self, schema: str, table: str) -> str:
        """The quoted full name of a committed table."""
        ...

    def exists(self, schema: str, table: str) -> bool:
        """Is there such a committed table? Inside `reading` or `swapping`."""
        ...

    def columns(self, schema: str, table: str) -> Sequence[str]:
        """The names of a committed table's columns; none, if there is no such table. Inside `reading` or `swapping`."""
        ...

    def set_options(self, schema: str, table: str, options: TableOptions) -> None:
        """Let a table that is there be described, labelled and kept as the options say; no row or column changes."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Committed tables can be read, one consistent state for the whole block."""
        ...

    def mark(self, target: str, reads: Sequence[str] = ()) -> Mark:
        """The moment before whatever is asked next, for a swap of these to begin with. Inside `reading`."""
        ...

    def swapping(
        self, target: str, reads: Sequence[str] = (), since: Mark | None = None
    ) -> AbstractContextManager["Swap"]:
        """A change of `target`, any name that all who change the same thing use, made of what is under `reads`.

        From the beginning of the block to its end nobody else changes these. Raises SwapConflict if somebody did; then
        nothing is changed, and the caller starts over with what is there now. Within the block the session reads what
        was committed before, and prepares scratch tables.

        since: a mark of these, by which the engine need not ask what it would ask first. Where no lock is taken, the
        block begins then.
        """
        ...

    def export(self, query: str, folder: Path, partitions: Sequence[str]) -> Iterator[tuple[str, bytes | Path]]:
        """Write a query's rows to a Parquet file for each of these partitions, in their order.

        The rows name their partition in the last column, `_slice`, and are ordered by it. Yields partitions and
        files as they are complete, large ones below `folder`; they are the caller's.
        """
        ...


class Swap(Protocol):
    """A change in the making: its statements become visible together with the end of the block, or not at all.

    unchanged: nobody has changed the target since the mark that was given, or the block ends with a SwapConflict.
    """

    unchanged: bool

    @property
    def committed(self) -> Mark:
        """The moment at which the change became visible, after the end of the block."""
        ...

    def define_schema(self, name: str) -> None:
        """Make a schema, if there is none of this name."""
        ...

    def define(self, sql: str) -> None:
        """Make or alter a table so that it holds what is to come. Before all else; it may stay if the rest fails."""
        ...

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """A statement of the change. It may be run at once or at the end of the block."""
        ...

    def expect_none(self, query: str, error: Exception) -> None:
        """The query must give no row after the statements so far; otherwise nothing is changed, and error raised."""
        ...


class Warehouse(Protocol):
    """A database with a staging and a production schema."""

    dialect: Dialect
    staging: str
    production: str

    def session(self) -> AbstractContextManager[Session]:
        """A private place to work."""
        ...

    def address(self, schema: str, table: str) -> tuple[str, str]:
        """What other systems know a table by: namespace and name, as OpenLineage has them."""
        ...

    def for_work(self, asset: str, partitions: Sequence[str | None], run_id: str) -> "Warehouse":
        """The same warehouse for the work on one asset, with books of its own of what that costs."""
        ...

    def spent(self) -> Mapping[str, int | str]:
        """What the work since the last call cost, by name: numbers, and links as text. Nothing locally."""
        ...

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """One query over committed tables, in the warehouse's own dialect; waits while a swap is on its way."""
        ...

    def damage(self) -> str:
        """What is wrong with the file that the tables are in, all of it read; nothing where a service keeps them."""
        ...

    def purge(self) -> None:
        """Leave nothing on this disk of rows that were deleted; what a service keeps for a while is its own matter."""
        ...

    def set_aside(self) -> Path | None:
        """Move a damaged file away, and begin with an empty one; returns where it is now."""
        ...
