"""`SqlTable` and `SqlQuery`: rows of a database, through ADBC as Arrow batches, kept as Parquet.

The driver's types are kept as they come; nothing is coerced (SQLite, whose columns have no types: `sqlite_types.py`).
Memory: one row group, and the batch the driver holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dataops_assets.sources import watermark
from dataops_assets.sources.base import (
    DataFile,
    Extraction,
    PermanentSourceError,
    Request,
    TransientSourceError,
)
from dataops_assets.sources.drivers import Driver, driver_of
from dataops_assets.sources.secrets import Redactor, clean_url
from dataops_assets.sources.sqlite_types import affinity, typed, without_sample
from dataops_assets.sources.values import Text, render

_WINDOW = re.compile(r"@(window_start|window_end)\b")
_TRANSIENT = {"IO", "TIMEOUT", "CANCELLED"}
_BUSY = re.compile(r"\b(locked|busy|timed? ?out|deadlock|too many connections|connection)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class _Sql:
    partition_column: str | None = None
    partition_format: str | None = None
    cursor: str | None = None
    lookback: watermark.Lookback = None
    row_group_rows: int = 131_072
    row_group_bytes: int = 64 * 2**20

    @property
    def incremental(self) -> bool:
        return self.cursor is not None

    def _extract(self, request: Request, url: Text, source: dict[str, Any], relation: "_Relation") -> Extraction:
        address = render(url, request)
        clean = clean_url(address)
        redact = Redactor(clean.secrets)
        driver = driver_of(address, request.label)
        if self.partition_column and request.partition is None:
            raise PermanentSourceError(
                f"{request.label}: {self.partition_column!r} cuts it by partition, but no partition was asked for; "
                "give the dataset a partition, or take partition_column out"
            )
        read = _Read(self, request, driver, address, relation, redact)
        shown = {name: str(value) for name, value in read.parameters.items()}
        extraction = Extraction({"kind": "sql", "url": clean.shown, **source}, shown)
        extraction.watermark = request.watermark
        extraction.files = read.files(extraction)
        return extraction


@dataclass(frozen=True)
class SqlTable(_Sql):
    """A table or view of a database: all of it, one partition, or what changed.

    url: `sqlite:///path`, `postgresql://…`, `bigquery://project/dataset`, or an `Env` that holds one.
    table, schema: names, unquoted. columns: the ones to read; all of them if `None`.
    partition_column: only rows with partition start ≤ column < end are read. partition_format: how the bounds are
        written where the column is no timestamp: `"date"`, `"epoch"` (seconds) or a strftime format. SQLite: text,
        `2013-01-05` or `2013-01-05 10:00:00`, unless told otherwise.
    cursor: column whose greatest value becomes the watermark; the next extraction reads rows at or after it, less
        `lookback`. Rows whose cursor is null are read every time: no watermark could tell when they changed.
    """

    url: Text
    table: str
    schema: str | None = None
    columns: tuple[str, ...] | None = None

    def extract(self, request: Request) -> Extraction:
        """Read the table while the files are consumed. Raises SourceError."""
        name = f"{self.schema}.{self.table}" if self.schema else self.table
        return self._extract(request, self.url, {"table": name}, _Relation(self.table, self.schema, self.columns, None))


@dataclass(frozen=True)
class SqlQuery(_Sql):
    """The result of a query in the database's own dialect; otherwise as `SqlTable`.

    query: one SELECT, which may say `@window_start` and `@window_end`: the partition's bounds, bound as parameters.
        `partition_column` and `cursor` filter its result.
    """

    url: Text
    query: str

    def extract(self, request: Request) -> Extraction:
        """Run the query while the files are consumed. Raises SourceError."""
        query = self.query.strip().rstrip(";")
        return self._extract(request, self.url, {"query": query}, _Relation(None, None, None, query))


@dataclass(frozen=True)
class _Relation:
    table: str | None
    schema: str | None
    columns: tuple[str, ...] | None
    query: str | None


@dataclass
class _Read:
    """One reading of a relation."""

    options: _Sql
    request: Request
    driver: Driver
    url: str
    relation: _Relation
    redact: Redactor
    parameters: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._binds: list[Any] = []
        options, label = self.options, self.request.label
        self._since = watermark.unpack(self.request.watermark, options.cursor, label)
        self._from = self._relation_sql()
        self._where = self._filter(watermark.back(self._since, options.lookback, label))

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
                repeated = {name for name in schema.names if schema.names.count(name) > 1}
                if repeated:
                    raise PermanentSourceError(
                        f"{label}: the columns {sorted(repeated)} come more than once; name them apart (AS …)"
                    )
                if self.options.cursor and self.options.cursor not in schema.names:
                    raise PermanentSourceError(
                        f"{label}: there is no cursor column {self.options.cursor!r} among {schema.names}"
                    )
                file.columns = {column.name: str(column.type) for column in schema}
                watched = self._watch(batches, file, newest)
                yield from parquet_chunks(schema, watched, self.options.row_group_rows, self.options.row_group_bytes)
        except (PermanentSourceError, TransientSourceError):
            raise
        except Exception as error:
            if type(error).__module__.split(".")[0] in ("adbc_driver_manager", "pyarrow") or isinstance(error, OSError):
                raise self._explained(error) from None
            raise

    def _batches(self, cursor: Any) -> tuple[Any, Iterator[Any]]:
        binds = self._binds or None
        if self.driver.name != "SQLite":
            columns = ", ".join(map(self.driver.identifier, self.relation.columns or ())) or "*"
            cursor.execute(f"SELECT {columns} FROM {self._from}{self._where}", binds)
            reader = cursor.fetch_record_batch()
            return reader.schema, iter(reader)
        names, declared = self._sqlite_columns(cursor)
        self._check_bounds(declared)
        query = typed(cursor, names, self._from, self._where, self._binds, declared)
        mixed = query.kinds.get(self.options.cursor or "", frozenset())
        if len(mixed) > 1 and mixed != {"integer", "real"}:
            raise PermanentSourceError(
                f"{self.request.label}: the cursor {self.options.cursor!r} holds values of several types "
                f"({', '.join(sorted(mixed))}), which have no common order; name another one, or extract in full"
            )
        cursor.execute(query.statement, binds)
        reader = cursor.fetch_record_batch()
        first = without_sample(reader.read_next_batch(), query.sample, self.request.label)

        def batches() -> Iterator[Any]:
            yield first
            yield from reader

        return reader.schema, batches()

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
                f"{self.request.label}: {self.redact(clean_url(self.url).shown)} has no {what} "
                f"{self.relation.table!r}; it has {self._has(cursor, declared)}"
            )
        return names, declared

    def _has(self, cursor: Any, declared: dict[str, str]) -> str:
        if declared:
            return f"the columns {list(declared)}"
        cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name")
        return f"{[row[0] for row in cursor.fetchall()][:20]}"

    def _check_bounds(self, declared: dict[str, str]) -> None:
        column = self.options.partition_column
        if column is None or column not in declared or not self._binds:
            return
        if affinity(declared[column]) in ("integer", "real") and self.options.partition_format != "epoch":
            # Text is greater than any number in SQLite: the filter would find nothing, and say nothing.
            raise PermanentSourceError(
                f"{self.request.label}: the partition column {column!r} is declared {declared[column]}; "
                'say how its numbers are meant (partition_format="epoch")'
            )

    def _relation_sql(self) -> str:
        if self.relation.query is not None:
            query, self._binds = self._query_alone()
            return f"({query}) AS extracted"
        names = [name for name in (self.relation.schema, self.relation.table) if name is not None]
        return ".".join(map(self.driver.identifier, names))

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

    def _filter(self, since: Any) -> str:
        conditions = []
        if self.options.partition_column and self.request.partition:
            column = self.driver.identifier(self.options.partition_column)
            for name, moment, sign in (
                ("window_start", self.request.partition.start, ">="),
                ("window_end", self.request.partition.end, "<"),
            ):
                self.parameters[name] = self.driver.bound(moment, self.options.partition_format)
                self._binds.append(self.parameters[name])
                conditions.append(f"{column} {sign} {self.driver.mark(len(self._binds))}")
        if self.options.cursor and since is not None:
            column = self.driver.identifier(self.options.cursor)
            self.parameters["since"] = self.driver.value(since)
            self._binds.append(self.parameters["since"])
            conditions.append(f"({column} >= {self.driver.mark(len(self._binds))} OR {column} IS NULL)")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""

    def _watch(self, batches: Iterator[Any], file: DataFile, newest: list[Any]) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.compute as pc

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
            file.rows += batch.num_rows
            if cursor and batch.num_rows:
                newest[0] = watermark.newer(newest[0], pc.call_function("max", [batch[cursor]]).as_py(), label, cursor)
            yield batch

    def _explained(self, error: Exception) -> Exception:
        said = self.redact(str(error))
        where = f"{self.request.label}: {self.redact(clean_url(self.url).shown)}"
        status = getattr(getattr(error, "status_code", None), "name", "")
        if _BUSY.search(said) or (status in _TRANSIENT and self.driver.name != "SQLite"):
            return TransientSourceError(f"{where} cannot be read now: {said}; run this partition again")
        return PermanentSourceError(
            f"{where} cannot be read: {said}; check the URL, the names and the query of this source"
        )
