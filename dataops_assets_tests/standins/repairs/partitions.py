# pyright: reportMissingImports=false
"""Partition decorators: `table$20130101` is that day of the table, wherever a job or a request names it.

The emulator takes it for a table of its own: a load to it succeeds, and changes nothing that anyone reads.
"""

import datetime as dt
import re
from typing import Any

from local_bigquery.catalog import names, tabledata, tables
from local_bigquery.engine import database, results
from local_bigquery.engine.database import quote
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import copy, extract, runner
from local_bigquery.models import JobStatistics4, Table

from dataops_assets_tests.standins.repairs import catalog

Reference = tuple[str, str, str]

_DECORATED = re.compile(r"^(.+)\$(\d{4}|\d{6}|\d{8}|\d{10})$")
_KINDS = {4: ("YEAR", "%Y"), 6: ("MONTH", "%Y%m"), 8: ("DAY", "%Y%m%d"), 10: ("HOUR", "%Y%m%d%H")}
_write, _load, _delete = tables.write, tables.load, tables.delete
_copy_source, _copy, _extract = copy._source, copy.run, extract.run


def split(reference: Reference) -> tuple[Reference, str | None]:
    """(table, partition id) of what may be a decorated name."""
    found = _DECORATED.match(reference[2])
    return ((reference[0], reference[1], found[1]), found[2]) if found else (reference, None)


def rows_of(base: Reference, partition: str) -> str:
    """The condition for a row to be of this partition; raises as BigQuery does if the table has no such partitions."""
    layout = tables.load(*base).timePartitioning
    if not layout or not layout.field:
        raise BigQueryError("invalid", f"Partition decorators need a column-partitioned table: {names.label(*base)}")
    kind, pattern = _KINDS[len(partition)]
    if kind != (layout.type or "DAY"):
        raise BigQueryError("invalid", f"Invalid partition id ${partition} for a table partitioned by {layout.type}")
    first = dt.datetime.strptime(partition, pattern)
    beyond = {
        "YEAR": first.replace(year=first.year + 1),
        "MONTH": (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1),
        "DAY": first + dt.timedelta(days=1),
        "HOUR": first + dt.timedelta(hours=1),
    }[kind]
    column = f"CAST({quote(layout.field)} AS TIMESTAMP)"
    return f"({column} >= TIMESTAMP '{first}' AND {column} < TIMESTAMP '{beyond}')"


def write(
    cur: Any,
    sql: str,
    params: Any,
    reference: Reference,
    config: Any,
    default: str = "WRITE_EMPTY",
    prefix: str = "Invalid schema update. ",
    isolated: bool = False,
) -> bool:
    """Rows into one partition in one step; rows of another day are refused, as BigQuery refuses them."""
    base, partition = split(reference)
    if partition is None:
        return _write(cur, sql, params, reference, config, default, prefix, isolated)
    created = False
    if not tables.exists(*base):  # a decorator with a partitioning given makes the table
        created = _write(cur, f"SELECT * FROM ({sql}) LIMIT 0", params, base, config, default, prefix)
    inside, disposition = rows_of(base, partition), config.writeDisposition or default
    [(strays,)] = cur.sql(f"SELECT count(*) FROM ({sql}) WHERE ({inside}) IS NOT TRUE", params=params).fetchall()
    if strays:
        message = f"Some rows belong to different partitions rather than destination partition {partition}"
        raise BigQueryError("invalid", message)
    table = tables.name(*base)
    with database.writing(*base):
        if disposition == "WRITE_EMPTY" and cur.sql(f"SELECT 1 FROM {table} WHERE {inside} LIMIT 1").fetchall():
            raise BigQueryError("duplicate", f"Already Exists: Table {names.label(*reference)}")
        options = getattr(config, "schemaUpdateOptions", None)
        tables.evolve(cur, base, cur.sql(sql, params=params), options, prefix)
        cur.execute("BEGIN TRANSACTION")
        try:
            if disposition == "WRITE_TRUNCATE":
                cur.execute(f"DELETE FROM {table} WHERE {inside}")
            results.materialise(cur, sql, table, params, True)
            cur.execute("COMMIT")
        except Exception:
            cur.execute("ROLLBACK")
            raise
    return created


def columns(*reference: str) -> Any:
    return catalog.columns(*split(reference)[0])  # type: ignore[arg-type]


def load(*reference: str) -> Any:
    base, partition = split(reference)  # type: ignore[arg-type]
    table = _load(*base)
    if partition is None:
        return table
    return table.replace(tableReference=dict(zip(("projectId", "datasetId", "tableId"), reference, strict=True)))


def readable(*reference: str) -> str:
    """What a SELECT reads for a name: the table, or those of its rows that are of the partition."""
    base, partition = split(reference)  # type: ignore[arg-type]
    if partition is None:
        return tables.name(*reference)
    return f"(SELECT rowid, * FROM {tables.name(*base)} WHERE {rows_of(base, partition)})"


def delete(*reference: str) -> None:
    base, partition = split(reference)  # type: ignore[arg-type]
    if partition is None:
        _delete(*reference)
    else:
        database.execute(f"DELETE FROM {tables.name(*base)} WHERE {rows_of(base, partition)}")


def copy_source(reference: Reference) -> str:
    base, partition = split(reference)
    if partition is None:
        return _copy_source(reference)
    return f"(SELECT * FROM {tables.name(*base)} WHERE {rows_of(base, partition)})"


def copy_job(cur: Any, config: Any, upload: str | None) -> Any:
    """A copy of a whole table takes its partitioning and clustering along."""
    origin, _ = split(tables.reference((config.sourceTables or [config.sourceTable])[0]))
    done = _copy(cur, config, upload)
    destination, partition = split(tables.reference(config.destinationTable))
    if partition is None and not config.operationType and config.writeDisposition != "WRITE_APPEND":
        layout = tables.load(*origin).model_dump(include=set(tables.LAYOUT), exclude_none=True)
        tables.annotate(destination, Table.model_validate(layout))
    return done


def extract_job(cur: Any, config: Any, upload: str | None) -> Any:
    reference = tables.reference(config.sourceTable)
    base, partition = split(reference)
    if partition is None:
        return _extract(cur, config, upload)
    extract.write(cur, f"SELECT * FROM {tables.name(*base)} WHERE {rows_of(base, partition)}", {}, config)
    return JobStatistics4(destinationUriFileCounts=["1" for _ in extract._uris(config)], inputBytes="0")


def install() -> None:
    tables.write, tables.load, tables.columns, tables.delete = write, load, columns, delete
    tabledata.load, tabledata.columns, tabledata.name = load, columns, readable
    copy._source, copy.run, extract.run = copy_source, copy_job, extract_job
    runner.HANDLERS["copy"], runner.HANDLERS["extract"] = copy_job, extract_job
