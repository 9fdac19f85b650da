"""One reading of a table or query through ADBC: what is asked, and its answer as Parquet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from dataops_assets.interrupts import is_interrupt
from dataops_assets.sources import cursors, postgresql_types, watermark
from dataops_assets.sources.base import DataFile, Extraction, PermanentSourceError, Request, TransientSourceError
from dataops_assets.sources.drivers import Driver
from dataops_assets.sources.limits import ROW_BYTES, check_rows
from dataops_assets.sources.secrets import Redactor, clean_url
from dataops_assets.sources.sql_errors import explained, says_interrupted
from dataops_assets.sources.sqlite_types import affinity, typed, without_sample

_WINDOW = re.compile(r"@(window_start|window_end)\b")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What `SqlTable` and `SqlQuery` have in common; said there."""

    partition_column: str | None = None
    partition_format: str | None = None
    cursor: str | None = None
    lookback: watermark.Lookback = None
    row_group_rows: int = 131_072
    row_group_bytes: int = 64 * 2**20
    max_row_bytes: int = ROW_BYTES


@dataclass(frozen=True)
class Relation:
    """What is read: a table or view with some or all of its columns, or a query."""

    table: str | None
    schema: str | None
    columns: tuple[str, ...] | None
    query: str | None


@dataclass
class Read:
    """One reading of a relation."""

    options: Options
    request: Request
    driver: Driver
    url: str
    relation: Relation
    redact: Redactor
    parameters: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        options, label = self.options, self.request.label
        self._kinds: dict[str, str] = {}
        self._since = watermark.unpack(self.request.watermark, options.cursor, label)
        self._asked = watermark.back(self._since, options.lookback, label)
        self._from, self._relation_binds = self._relation_sql()
        self._where, self._binds = "", list(self._relation_binds)
        self._window = self._bounds()
        if options.cursor and self._asked is not None:
            self.parameters["since"] = self.driver.value(self._asked)

    def files(self, extraction: Extraction) -> Iterator[DataFile]:
        file = DataFile("part-00000.parquet", "parquet", None, iter(()))
        newest = [self._since]
        file.chunks = self._chunks(file, newest)
        yield file
        if self.options.cursor:
            extraction.watermark = watermark.pack(self.options.cursor, newest[0])

    def _chunks(self, file: DataFile, newest: list[Any]) -> Iterator[bytes]:
        from dataops_assets.sources.parquet import parquet_chunks

        label = self.request.label
        try:
            with self.driver.connect(self.url, label) as connection, connection.cursor() as cursor:
                schema, batches = self._batches(cursor)
                self._check_names(schema.names)
                file.columns = {column.name: str(column.type) for column in schema}
                watched = self._watch(batches, file, newest)
                yield from parquet_chunks(schema, watched, self.options.row_group_rows, self.options.row_group_bytes)
        except (PermanentSourceError, TransientSourceError):
            raise
        except Exception as error:
            # The driver manager hears Ctrl-C itself while a driver is at work, and has an error of its own for it.
            if is_interrupt(error) or says_interrupted(error):
                raise KeyboardInterrupt from error
            if type(error).__module__.split(".")[0] in ("adbc_driver_manager", "pyarrow") or isinstance(error, OSError):
                raise explained(error, self.url, label, self.driver, self.redact) from None
            raise

    def _batches(self, cursor: Any) -> tuple[Any, Iterator[Any]]:
        if self.driver.name == "SQLite":
            return self._sqlite_batches(cursor)
        columns = ", ".join(map(self.driver.identifier, self.relation.columns or ())) or "*"
        if self.driver.name == "PostgreSQL":
            columns = self._postgres_columns(cursor, f"SELECT {columns} FROM {self._from}")
        else:
            self._filter()
        cursor.execute(f"SELECT {columns} FROM {self._from}{self._where}", self._binds or None)
        reader = cursor.fetch_record_batch()
        return reader.schema, iter(reader)

    def _postgres_columns(self, cursor: Any, statement: str) -> str:
        postgresql_types.begin(cursor)
        names, described = postgresql_types.describe(cursor, statement, self._relation_binds)
        self._check_names(names)
        self._kinds = described.types
        if self.options.cursor:
            cursors.check_postgres(described.types[self.options.cursor], self.request.label, self.options.cursor)
        self._filter()
        return ", ".join(postgresql_types.expressions(cursor, names, described, self._from, self._where, self._binds))

    def _sqlite_batches(self, cursor: Any) -> tuple[Any, Iterator[Any]]:
        names, declared = self._sqlite_columns(cursor)
        self._check_names(names)
        self._check_bounds(cursor, declared)
        self._filter()
        query = typed(cursor, names, self._from, self._where, self._binds, declared)
        mixed = query.kinds.get(self.options.cursor or "", frozenset())
        inexact = mixed == {"integer", "real"} and query.sample[names.index(self.options.cursor or "")] == "x"
        if (len(mixed) > 1 and mixed != {"integer", "real"}) or inexact:
            raise PermanentSourceError(
                f"{self.request.label}: the cursor {self.options.cursor!r} holds values of several types "
                f"({', '.join(sorted(mixed))}), which have no common order; name another one, or extract in full"
            )
        cursor.execute(query.statement, self._binds or None)
        reader = cursor.fetch_record_batch()
        first = without_sample(reader.read_next_batch(), query.sample, self.request.label)

        def batches() -> Iterator[Any]:
            yield first
            yield from reader

        return reader.schema, batches()

    def _check_names(self, names: list[str]) -> None:
        label = self.request.label
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise PermanentSourceError(
                f"{label}: the columns {sorted(repeated)} come more than once; name them apart (AS …)"
            )
        if self.options.cursor and self.options.cursor not in names:
            raise PermanentSourceError(f"{label}: there is no cursor column {self.options.cursor!r} among {names}")

    def _sqlite_columns(self, cursor: Any) -> tuple[list[str], dict[str, str]]:
        if self.relation.table is None:
            # The names of the query itself: a subquery would rename the ones that come twice.
            cursor.execute(*self._query_alone())
            names = cursor.fetch_record_batch().schema.names
            return names, {}
        schema = f"{self.driver.identifier(self.relation.schema)}." if self.relation.schema else ""
        cursor.execute(f"PRAGMA {schema}table_info({self.driver.identifier(self.relation.table)})")
        declared = {row[1]: row[2] or "" for row in cursor.fetchall()}
        names = list(self.relation.columns or declared)
        missing = [name for name in names if name not in declared]
        if not declared or missing:
            what = f"columns {missing} in table" if declared else "table or view"
            raise PermanentSourceError(
                f"{self.request.label}: {clean_url(self.url, self.request.label).shown} has no {what} "
                f"{self.relation.table!r}; it has {self._has(cursor, declared)}"
            )
        return names, declared

    def _has(self, cursor: Any, declared: dict[str, str]) -> str:
        if declared:
            return f"the columns {list(declared)}"
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
        return f"{[row[0] for row in cursor.fetchall()][:20]}"

    def _check_bounds(self, cursor: Any, declared: dict[str, str]) -> None:
        """SQLite compares anything with anything: what the bounds cannot be compared with would never be found."""
        name, form = self.options.partition_column, self.options.partition_format
        if name is None or not self._window:
            return
        if name in declared and affinity(declared[name]) in ("integer", "real") and form != "epoch":
            raise PermanentSourceError(
                f"{self.request.label}: the partition column {name!r} is declared {declared[name]}; "
                'say how its numbers are meant (partition_format="epoch")'
            )
        column = self.driver.identifier(name)
        for end in ("min", "max"):
            cursor.execute(f"SELECT {end}({column}) FROM {self._from}", self._relation_binds or None)
            (value,) = cursor.fetchone()
            fits = isinstance(value, int | float) if form == "epoch" else isinstance(value, str)
            if value is not None and not (fits and (form or watermark.moment_of(value))):
                raise PermanentSourceError(
                    f"{self.request.label}: the partition column {name!r} holds {value!r}, which is "
                    f"{'no number' if form == 'epoch' else 'no date or time in ISO 8601'}; say how it is written "
                    "(partition_format), or read it with a query that converts it"
                )

    def _relation_sql(self) -> tuple[str, list[Any]]:
        if self.relation.query is not None:
            query, binds = self._query_alone()
            return f"({query}) AS extracted", binds
        names = [name for name in (self.relation.schema, self.relation.table) if name is not None]
        return ".".join(map(self.driver.identifier, names)), []

    def _query_alone(self) -> tuple[str, list[Any]]:
        """The query with its window's bounds as parameters."""
        binds: list[Any] = []

        def bind(match: re.Match[str]) -> str:
            partition = self.request.partition
            if partition is None:
                raise PermanentSourceError(
                    f"{self.request.label}: the query says {match[0]}, but the table has no partitions"
                )
            moment = partition.start if match[1] == "window_start" else partition.end
            value = self.driver.bound(moment, self.options.partition_format)
            binds.append(value)
            self.parameters[match[1]] = value
            return self.driver.mark(len(binds))

        return _WINDOW.sub(bind, self.relation.query or ""), binds

    def _bounds(self) -> list[tuple[str, Any]]:
        """Comparisons of the partition column with the window, and what is bound to each."""
        partition, name, form = self.request.partition, self.options.partition_column, self.options.partition_format
        if not name or not partition:
            return []
        column = self.driver.identifier(name)
        self.parameters["window_start"] = self.driver.bound(partition.start, form)
        self.parameters["window_end"] = self.driver.bound(partition.end, form)
        if self.driver.name == "SQLite" and form is None:
            return cursors.sqlite_window(column, partition.start, partition.end)
        if form not in (None, "date", "epoch"):
            cursors.check_format(form, self.request.label)
        return [(f"{column} >=", self.parameters["window_start"]), (f"{column} <", self.parameters["window_end"])]

    def _filter(self) -> None:
        conditions = []
        for compared, value in self._window:
            self._binds.append(value)
            conditions.append(f"{compared} {self.driver.mark(len(self._binds))}")
        name = self.options.cursor
        if name and self._asked is not None:
            column, mark = self.driver.identifier(name), self.driver.mark(len(self._binds) + 1)
            since = cursors.at_or_after(
                self.driver.name, column, self._asked, mark, self.request.label, name, self._kinds.get(name)
            )
            self._binds.append(since.value)
            conditions.append(since.sql)
        self._where = f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def _watch(self, batches: Iterator[Any], file: DataFile, newest: list[Any]) -> Iterator[Any]:
        import pyarrow as pa

        label, cursor = self.request.label, self.options.cursor
        for batch in batches:
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                try:
                    column.validate(full=True)
                except pa.ArrowInvalid as error:
                    raise PermanentSourceError(
                        f"{label}: column {name!r} holds what its type {column.type} cannot ({error}); "
                        "read it with a query that converts it, for example to a blob"
                    ) from None
            if batch.nbytes > self.options.max_row_bytes:
                check_rows(batch, self.options.max_row_bytes, label, file.rows)
            file.rows += batch.num_rows
            if cursor and batch.num_rows:
                numeric = self._kinds.get(cursor) in ("numeric", "money")  # read as text
                newest[0] = watermark.newest(newest[0], _candidates(batch[cursor], numeric), label, cursor)
            yield batch


def _candidates(column: Any, numeric: bool) -> list[Any]:
    """The values among which the newest of a batch is: its greatest where Arrow has their order, otherwise all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if numeric:
        return [None if text is None else Decimal(text) for text in column.unique().to_pylist()]
    if pa.types.is_floating(kind):
        column = column.filter(pc.call_function("is_finite", [column]))
    ordered = ("integer", "floating", "decimal", "date", "timestamp")
    if any(getattr(pa.types, f"is_{name}")(kind) for name in ordered):
        return [pc.call_function("max", [column]).as_py()]
    return column.unique().to_pylist()
