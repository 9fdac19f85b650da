# pyright: reportMissingImports=false
"""A request takes the same however many tables there are, and have been.

The emulator asks `duckdb_tables()` and `duckdb_columns()` several times for each request. These list every table there
is, and for that DuckLake counts the rows of each: 2 ms a table, which after some hundred tables is nearly all that a
test waits for. Besides, it keeps each table that was dropped for ever.
"""

from typing import Any

import duckdb
from local_bigquery.catalog import datasets, names, tables
from local_bigquery.engine import database, types
from local_bigquery.errors import not_found
from local_bigquery.jobs import query
from local_bigquery.sql.rules import partitions
from sqlglot import exp

_objects, _delete_dataset, _hidden = database.objects, datasets.delete, partitions._hidden
_TEMPORARY = "SELECT table_name FROM duckdb_tables() WHERE temporary"
_CHEAPER = "SELECT DISTINCT table_name FROM duckdb_columns() WHERE database_name = 'temp'"


def objects(project_id: str, dataset_id: str, table_id: str | None = None) -> list[tuple[str, str, int]]:
    """Name, kind and number of rows of the tables and views of a dataset, or of one of them."""
    if project_id != "emulator":
        lake = database.quote(f"__ducklake_metadata_{project_id}")
        found = f"JOIN {lake}.ducklake_schema AS s USING (schema_id) "
        current = "WHERE o.end_snapshot IS NULL AND s.end_snapshot IS NULL AND s.schema_name = $1"
        return database.fetch(
            f"SELECT table_name, 'TABLE', coalesce(record_count, 0) FROM {lake}.ducklake_table AS o {found}"
            f"LEFT JOIN {lake}.ducklake_table_stats USING (table_id) {current} "
            "AND table_name = coalesce($2, table_name) "
            f"UNION ALL SELECT view_name, 'VIEW', 0 FROM {lake}.ducklake_view AS o {found}{current} "
            "AND view_name = coalesce($2, view_name) ORDER BY 1",
            [dataset_id, table_id],
        )
    if table_id is None:
        return _objects(project_id, dataset_id)
    try:
        [(rows,)] = database.fetch(f"SELECT count(*) FROM {database.quote(project_id, dataset_id, table_id)}")
    except duckdb.CatalogException:
        return []
    return [(table_id, "TABLE", rows)]


def columns(project_id: str, dataset_id: str, table_id: str) -> list[Any]:
    """The fields of one table, which alone is asked for."""
    table, result = tables.name(project_id, dataset_id, table_id), dataset_id == tables.RESULTS
    with database.cursor() as cur:
        try:
            relation = cur.sql(f"SELECT * FROM {table} LIMIT 0")
        except duckdb.CatalogException:
            raise not_found("Table", names.label(project_id, dataset_id, table_id)) from None
    required = () if result else _columns(project_id, dataset_id, table_id, "NOT nulls_allowed")
    return [
        types.field(column, kind, column in required)
        for column, kind in zip(relation.columns, relation.types, strict=True)
        if column != tables.INGESTION_TIME or result
    ]


def hidden(table: Any) -> bool:
    """Whether a table has the column that BigQuery hides."""
    if not (table.catalog and table.db) or not isinstance(table.this, exp.Identifier):
        return False
    if table.catalog == "emulator":
        return _hidden(table)
    return tables.INGESTION_TIME in _columns(table.catalog, table.db, table.name, "TRUE")


def _columns(project_id: str, dataset_id: str, table_id: str, condition: str) -> list[str]:
    """The names of a table's columns that the condition holds for; none, if there is no such table."""
    lake = database.quote(f"__ducklake_metadata_{project_id}")
    found = database.fetch(
        f"SELECT column_name FROM {lake}.ducklake_column AS c JOIN {lake}.ducklake_table AS t USING (table_id) "
        f"JOIN {lake}.ducklake_schema AS s USING (schema_id) WHERE s.schema_name = $1 AND t.table_name = $2 "
        "AND c.end_snapshot IS NULL AND t.end_snapshot IS NULL AND s.end_snapshot IS NULL "
        f"AND parent_column IS NULL AND {condition}",
        [dataset_id, table_id],
    )
    return [name for (name,) in found]


def delete_dataset(project_id: str, dataset_id: str, delete_contents: bool) -> None:
    """A dataset goes with its history; that of the others goes as well, which nothing reads."""
    _delete_dataset(project_id, dataset_id, delete_contents)
    database.execute(f"CALL ducklake_expire_snapshots('{project_id}', older_than => now())")


def install() -> None:
    database.objects = objects
    datasets.delete = delete_dataset
    partitions._hidden = hidden
    code = query.execute.__code__
    assert _TEMPORARY in code.co_consts
    constants = tuple(_CHEAPER if each == _TEMPORARY else each for each in code.co_consts)
    query.execute.__code__ = code.replace(co_consts=constants)
