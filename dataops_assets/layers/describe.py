"""What the UI shows of a table: columns with descriptions, tags and constraints, column lineage, where it lies."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage as column_lineage

from dataops_assets.contracts.spec import TableSpec
from dataops_assets.dialects.base import Dialect
from dataops_assets.profiles.profile import dialect_of
from dataops_assets.settings import Settings
from dataops_assets.transform.inputs import Input
from dataops_assets.warehouse.schema import LINEAGE
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

GROUPS = {"raw": "1_raw", "staged": "2_staged", "transformed": "3_transformed", "production": "4_production"}
"""Groups are listed by name: the numbers put them in the order of the way of a row."""

_SHOWN_ALREADY = (".not_null", ".finite")  # by the column's type

_LINEAGE_WORDS = {
    "created_at": "When the row was first staged, UTC.",
    "updated_at": "When the row last changed, UTC.",
    "_attempt": "The raw attempt the row comes from.",
    "_run_id": "The Dagster run that wrote the row.",
}


def column_schema(
    spec: TableSpec, lineage: dg.TableColumnLineage | None, dialect: Dialect, *, staged: bool
) -> dg.TableSchema:
    """The columns as the UI lists them; the description also says where a column comes from."""
    columns = []
    for column in spec.columns:
        rules = [c.description for c in spec.checks if c.column == column.name and not c.id.endswith(_SHOWN_ALREADY)]
        unit = f" [{column.unit}]" if column.unit else ""
        columns.append(
            dg.TableColumn(
                column.name,
                type=dialect.type_of(column.type),
                description=f"{column.description}{unit}{_origin(lineage, column.name)}",
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable, unique=spec.key == (column.name,), other=rules
                ),
                tags=dict.fromkeys(column.tags, ""),
            )
        )
    if staged:
        columns += [dg.TableColumn(name, dialect.type_of(kind), _LINEAGE_WORDS[name]) for name, kind in LINEAGE.items()]
    return dg.TableSchema(columns)


def table_metadata(
    settings: Settings,
    schema: str,
    table: StagedTable | DerivedTable,
    lineage: dg.TableColumnLineage | None,
    *,
    staged: bool = False,
) -> dict[str, Any]:
    """Definition metadata of a table of the warehouse; plain assets read it by the same entries."""
    project = f"{settings.cloud.project}." if settings.cloud else ""
    metadata: dict[str, Any] = {
        "dagster/column_schema": column_schema(table.spec, lineage, dialect_of(settings), staged=staged),
        "dagster/table_name": f"{project}{schema}.{table.relation}",
        "schema": schema,
        "table": table.relation,
        "key": ", ".join(table.spec.key) or "none",
    }
    if lineage:
        metadata["dagster/column_lineage"] = lineage
    if table.calendar:
        metadata["partition_expr"] = table.calendar.column
    return metadata


def _origin(lineage: dg.TableColumnLineage | None, column: str) -> str:
    deps = lineage.deps_by_column.get(column, ()) if lineage else ()
    return " ← " + ", ".join(f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in deps) if deps else ""


def staged_lineage(table: StagedTable) -> dg.TableColumnLineage:
    """Which raw field each staged column is read from, or computed from."""
    raw = dg.AssetKey(["raw", table.source.name])
    deps: dict[str, Sequence[dg.TableColumnDep]] = {}
    for column in table.spec.columns:
        if column.sql is None:
            deps[column.name] = [dg.TableColumnDep(raw, column.source)]
        else:
            used = {node.name for node in sqlglot.parse_one(column.sql, dialect="bigquery").find_all(exp.Column)}
            deps[column.name] = [dg.TableColumnDep(raw, name) for name in sorted(used)]
    return dg.TableColumnLineage(deps)


def derived_lineage(table: DerivedTable, inputs: Sequence[Input]) -> dg.TableColumnLineage | None:
    """Which input columns each column comes from: read out of the query, or as declared for a function."""
    if table.derived.sql is None:
        return _declared_lineage(table, inputs)
    schema: dict[str, Mapping[str, Mapping[str, str]]] = {}
    keys: dict[tuple[str, str], dg.AssetKey] = {}
    for needed in inputs:
        layer = needed.table.asset.partition("/")[0]
        schema.setdefault(layer, {})[needed.name] = dict.fromkeys(needed.table.spec.names, "STRING")  # type: ignore[index]
        keys[layer, needed.name] = dg.AssetKey([layer, needed.name])
    try:  # all columns in one go: asked for one by one, the query is parsed and qualified again for each
        roots = column_lineage(None, table.derived.sql, schema=schema, dialect="bigquery", trim_selects=False)
    except SqlglotError:
        return None
    deps: dict[str, Sequence[dg.TableColumnDep]] = {}
    for column in table.spec.names:
        if not (root := roots.get(column.lower())):  # the names of BigQuery's columns have no case
            return None
        found: set[tuple[dg.AssetKey, str]] = set()
        for node in root.walk():
            source = node.expression
            if not node.downstream and isinstance(source, exp.Table) and (source.db, source.name) in keys:
                found.add((keys[source.db, source.name], node.name.rpartition(".")[2].strip('`"')))
        deps[column] = [dg.TableColumnDep(key, name) for key, name in sorted(found)]
    return dg.TableColumnLineage(deps)


def _declared_lineage(table: DerivedTable, inputs: Sequence[Input]) -> dg.TableColumnLineage | None:
    assets = {needed.name: dg.AssetKey(needed.table.asset.split("/")) for needed in inputs}
    deps: dict[str, Sequence[dg.TableColumnDep]] = {}
    for column, origins in table.derived.lineage.items():
        pairs = [origin.split(".", 1) for origin in origins]
        deps[column] = [dg.TableColumnDep(assets[name], origin) for name, origin in pairs]
    return dg.TableColumnLineage(deps) if deps else None


def published_lineage(table: DerivedTable) -> dg.TableColumnLineage:
    """Each published column is the transformed one."""
    key = dg.AssetKey(["transformed", table.derived.name])
    return dg.TableColumnLineage({name: [dg.TableColumnDep(key, name)] for name in table.spec.names})


def described(spec: TableSpec, words: str) -> str:
    """A description for people who do not know the machinery."""
    return f"{spec.description}\n\n{words}"
