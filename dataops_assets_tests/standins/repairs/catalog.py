# pyright: reportMissingImports=false
"""Looking up one table takes the same however many there are.

The emulator asks `duckdb_tables()` several times for each request, and DuckLake counts the rows of every table of every
dataset to answer it: 2 ms each, which after some hundred tables is nearly all that a test waits for.
"""

import duckdb
from local_bigquery.engine import database
from local_bigquery.jobs import query

_objects = database.objects
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


def install() -> None:
    database.objects = objects
    code = query.execute.__code__
    assert _TEMPORARY in code.co_consts
    constants = tuple(_CHEAPER if each == _TEMPORARY else each for each in code.co_consts)
    query.execute.__code__ = code.replace(co_consts=constants)
