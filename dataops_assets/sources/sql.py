"""`SqlTable` and `SqlQuery`: rows of a database, through ADBC as Arrow batches, kept as Parquet.

The driver's types are kept where they are exact; nothing is coerced (SQLite, whose columns have no types:
`sqlite_types.py`; what PostgreSQL's driver does not give as it is: `postgresql_types.py`).
Memory: one row group, and the batch the driver holds.
"""

from dataclasses import dataclass
from typing import Any

from dataops_assets.sources.base import Extraction, PermanentSourceError, Request
from dataops_assets.sources.drivers import driver_of
from dataops_assets.sources.secrets import Redactor, clean_url
from dataops_assets.sources.sql_read import Options, Read, Relation
from dataops_assets.sources.values import Text, render


@dataclass(frozen=True, kw_only=True)
class _Sql(Options):
    @property
    def incremental(self) -> bool:
        return self.cursor is not None

    def _extract(self, request: Request, url: Text, source: dict[str, Any], relation: Relation) -> Extraction:
        address = render(url, request)
        clean = clean_url(address, request.label)
        redact = Redactor(clean.secrets)
        driver = driver_of(address, request.label)
        if self.partition_column and request.partition is None:
            raise PermanentSourceError(
                f"{request.label}: {self.partition_column!r} cuts it by partition, but no partition was asked for; "
                "give the dataset a partition, or take partition_column out"
            )
        read = Read(self, request, driver, address, relation, redact)
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
    max_row_bytes: what the texts of a row may hold; above it nothing of the partition is kept.
    """

    url: Text
    table: str
    schema: str | None = None
    columns: tuple[str, ...] | None = None

    def extract(self, request: Request) -> Extraction:
        """Read the table while the files are consumed. Raises SourceError."""
        name = f"{self.schema}.{self.table}" if self.schema else self.table
        return self._extract(request, self.url, {"table": name}, Relation(self.table, self.schema, self.columns, None))


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
        return self._extract(request, self.url, {"query": query}, Relation(None, None, None, query))
