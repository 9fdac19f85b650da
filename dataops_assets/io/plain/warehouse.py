"""Tables of plain Dagster assets, which know nothing of sources, contracts or derived tables: stored and read.

An asset that was written for Dagster's own DuckDB or BigQuery pandas IO managers keeps its metadata (`schema`,
`partition_expr`, `columns` on an input) and gains: everything is checked before anything is written, and a partition is
replaced as a whole or not at all. Further metadata of an asset: `table`, its table's name, else the last part of its
key; `allow_empty: True`, if no rows may replace rows; `schema_evolution: "add"`, if new columns are added to its table.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from dataops_assets.io.plain.columns import Plan, existing_columns, plan
from dataops_assets.io.plain.partition_predicate import Predicate, predicate
from dataops_assets.io.plain.query import answer
from dataops_assets.io.plain.target import PlainTableError, Target, check_own_table, target_of, wanted_type
from dataops_assets.io.plain.values import Query, sql_type, to_arrow
from dataops_assets.model.types import to_pandas
from dataops_assets.warehouse.base import Session, Swap, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict

__all__ = ["PlainTableError", "Query", "load_plain", "store_plain"]

NEW = "_new_rows"


def store_plain(context: dg.OutputContext, warehouse: Warehouse, obj: Any) -> dict[str | None, int]:
    """Put what an asset returned in the place of its table, or of the partitions of the run, all in one transaction.

    obj: a pandas DataFrame (without its index), a pyarrow Table or RecordBatchReader, a Query; None writes nothing.
    Returns the rows of each partition, under None for an asset without partitions. Raises PlainTableError, and
    TypeError for another type; the table then is as it was.
    """
    if obj is None:
        return {}
    definition = context._asset_partitions_def
    keys = context.asset_partition_keys if context.has_asset_partitions else None
    target = target_of(context, context, warehouse.staging, keys)
    check_own_table(context, target)
    if definition is not None and not keys:
        raise target.refuse("the asset has partitions, but the run names none", "Materialize a partition of it.")
    with warehouse.session() as session:
        if isinstance(obj, Query):
            with session.reading():
                answer(session, target, definition, obj, NEW)
            columns = session.schema(NEW).names
            some = bool(session.rows(f"SELECT 1 FROM {NEW} LIMIT 1"))
        else:
            table = to_arrow(target, obj)
            columns, some = table.column_names, len(table) > 0
            if columns:
                try:
                    session.scratch_arrow(NEW, table)
                except TypeError as error:
                    raise target.refuse(f"{error}", "Convert the column.") from error
            elif some:
                raise target.refuse(f"{len(table)} rows without a column", "Return columns (an index is not stored).")
        if columns and some:
            counts, schema = _replace(session, target, definition)
        else:
            counts, schema = _empty(session, target, definition, bool(columns))
    _describe(context, target, counts, schema)
    return counts


def load_plain(context: dg.InputContext, warehouse: Warehouse) -> Any:
    """The rows of an upstream asset, or of those of its partitions that the run needs.

    Returns a pandas DataFrame (times in UTC, integers as Int64), a pyarrow Table if the input is annotated so, or a
    dict of these by partition key, if it is annotated `dict[str, …]`; only the columns in the input's metadata
    `columns`, if any are. Empty where no upstream partition exists, and where an
    asset reads itself before its first write. Raises PlainTableError if the table is missing, TypeError for another
    annotation.
    """
    upstream = context.upstream_output
    assert upstream is not None
    keys = context.asset_partition_keys if context.has_asset_partitions else None
    target = target_of(context, upstream, warehouse.staging, keys)
    kind, by_key = _wanted_type(context, target)
    names = (context.definition_metadata or {}).get("columns")
    names = list(names.value if isinstance(names, dg.MetadataValue) else names) if names else None
    with warehouse.session() as session, session.reading():
        existing = existing_columns(session, target)
        if existing is None:
            if keys == [] or reads_itself(context):
                return {} if by_key else _as(kind, pa.table({name: pa.array([], pa.string()) for name in names or []}))
            raise PlainTableError(
                f"{target.label}: the table {target.name} does not exist; materialize {target.asset} first"
            )
        unknown = [name for name in names or [] if name not in existing.names]
        if unknown:
            raise PlainTableError(
                f"{target.label}: the input's metadata asks for the columns {unknown}, the table {target.name} has "
                f"{existing.names}; correct metadata={{'columns': …}}"
            )
        relation = session.relation(target.schema, target.table)
        selected = session.dialect.columns(names or existing.names)

        def rows_of(some: Sequence[str] | None) -> pd.DataFrame | pa.Table:
            where = "TRUE" if some is None else "FALSE"
            if some:
                those = replace(target, keys=tuple(some))
                where = predicate(session, relation, those, context.asset_partitions_def).holds(session.dialect)
            return _as(kind, session.arrow(f"SELECT {selected} FROM {relation} WHERE {where}"))

        return {key: rows_of([key]) for key in keys or ()} if by_key else rows_of(keys)


def _replace(
    session: Session, target: Target, definition: dg.PartitionsDefinition | None
) -> tuple[dict[str | None, int], pa.Schema]:
    with session.reading():
        planned, where, counts = _checked(session, target, definition)

    def swap_in() -> None:
        nonlocal planned, where, counts
        with session.swapping(target.name) as swap:
            # Another process may have written since: what depends on the table holds as long as the table is that one.
            if planned.retyped or existing_columns(session, target) != planned.existing:
                planned, where, counts = _checked(session, target, definition)
            _write(session, swap, target, planned, where, whole=definition is None)

    try:
        retry_on_conflict(swap_in)
    except session.sql_errors as error:
        raise target.refuse(f"the warehouse refused the rows: {error}", "Correct the rows or the table.") from error
    with session.reading():
        schema = existing_columns(session, target)
    assert schema is not None
    return counts, schema


def _checked(
    session: Session, target: Target, definition: dg.PartitionsDefinition | None
) -> tuple[Plan, Predicate | None, dict[str | None, int]]:
    """How the rows are written, where, and how many each partition has."""
    planned = plan(session, target, NEW, whole=definition is None)
    if definition is None:
        return planned, None, {None: session.rows(f"SELECT COUNT(*) FROM {planned.rows}")[0][0]}
    where = predicate(session, planned.rows, target, definition)
    total = where.check(session, planned.rows, target)
    if len(where.parts) > 1:
        return planned, where, {**where.counts(session, planned.rows)}
    return planned, where, dict.fromkeys(where.parts, total)


def _write(
    session: Session, swap: Swap, target: Target, planned: Plan, where: Predicate | None, *, whole: bool
) -> None:
    dialect, relation = session.dialect, session.relation(target.schema, target.table)
    known = {field.name: field.type for field in planned.existing or ()}

    def kind(name: str) -> str:
        return sql_type(dialect, planned.columns[name])

    reshaped = planned.existing is not None and set(planned.columns.items()) != set(known.items())
    if planned.existing is None:
        swap.define_schema(target.schema)
    if whole and (planned.existing is None or reshaped):
        cast = ", ".join(f"CAST({dialect.quote(c)} AS {kind(c)}) AS {dialect.quote(c)}" for c in planned.columns)
        swap.define(f"CREATE OR REPLACE TABLE {relation} AS SELECT {cast} FROM {planned.rows}")
        return
    if planned.existing is None:
        # Not with its rows: another run may be about to make it for other partitions.
        columns = ", ".join(f"{dialect.quote(name)} {kind(name)}" for name in planned.columns)
        swap.define(f"CREATE TABLE IF NOT EXISTS {relation} ({columns})")
    for name in planned.added:
        swap.define(f"ALTER TABLE {relation} ADD COLUMN IF NOT EXISTS {dialect.quote(name)} {kind(name)}")
    for name in planned.retyped:
        if dialect.retypes(known[name], planned.columns[name]):
            swap.define(f"ALTER TABLE {relation} ALTER COLUMN {dialect.quote(name)} SET DATA TYPE {kind(name)}")
    rewritten = [name for name in planned.retyped if not dialect.retypes(known[name], planned.columns[name])]
    if rewritten:
        columns = ", ".join(
            f"{dialect.without_value(dialect.quote(name), kind(name))} AS {dialect.quote(name)}"
            if name in rewritten
            else dialect.quote(name)
            for name in (*known, *planned.added)
        )
        swap.define(f"CREATE OR REPLACE TABLE {relation} AS SELECT {columns} FROM {relation}")
    swap.execute(f"DELETE FROM {relation} WHERE {where.holds(dialect) if where else 'TRUE'}")
    names = dialect.columns(list(planned.columns))
    swap.execute(f"INSERT INTO {relation} ({names}) SELECT {names} FROM {planned.rows}")


def _empty(
    session: Session, target: Target, definition: dg.PartitionsDefinition | None, columns: bool
) -> tuple[dict[str | None, int], pa.Schema | None]:
    """No rows: what is there goes if it may, and a table is made so that others find it."""
    keys: Sequence[str | None] = target.keys or (None,)
    counts = dict.fromkeys(keys, 0)

    def swap_in() -> pa.Schema | None:
        with session.swapping(target.name) as swap:
            existing = existing_columns(session, target)
            if existing is None:
                if columns:
                    planned = plan(session, target, NEW, whole=True)
                    _write(session, swap, target, planned, None, whole=definition is None)
                return None
            relation = session.relation(target.schema, target.table)
            where = "TRUE"
            if definition is not None:
                where = predicate(session, relation, target, definition).holds(session.dialect)
            there = session.rows(f"SELECT COUNT(*) FROM {relation} WHERE {where}")[0][0]
            if there and target.metadata.get("allow_empty") is not True:
                raise target.refuse(
                    f"no rows came back, where {there} rows are",
                    "If that is right, say so with metadata={'allow_empty': True} on the asset.",
                )
            swap.execute(f"DELETE FROM {relation} WHERE {where}")
        return existing

    existing = retry_on_conflict(swap_in)
    if existing is None and columns:
        with session.reading():
            existing = existing_columns(session, target)
    return counts, existing


def _describe(
    context: dg.OutputContext, target: Target, counts: dict[str | None, int], schema: pa.Schema | None
) -> None:
    total = sum(counts.values())
    entries: dict[str, Any] = {"dagster/table_name": target.name, "rows_written": total}
    if target.keys is None:
        entries["dagster/row_count"] = total
    elif len(target.keys) == 1:
        entries["dagster/partition_row_count"] = total
    if schema is not None:
        columns = [dg.TableColumn(field.name, str(field.type)) for field in schema]
        entries["dagster/column_schema"] = dg.TableSchema(columns)
    for name, value in entries.items():
        try:
            context.add_output_metadata({name: value})
        except dg.DagsterInvalidMetadata:
            continue  # the asset has said it itself


def _wanted_type(context: dg.InputContext, target: Target) -> tuple[type, bool]:
    """What the rows are wanted as, and whether for each partition."""
    if found := wanted_type(context, target):
        return found
    raise TypeError(
        f"{target.label}: the input is annotated {context.dagster_type.typing_type!r}; a table can be read as "
        "pandas.DataFrame or pyarrow.Table, and that of an asset with partitions as dict[str, pandas.DataFrame] or "
        "dict[str, pyarrow.Table]"
    )


def _as(kind: type, table: pa.Table) -> pd.DataFrame | pa.Table:
    return table if kind is pa.Table else to_pandas(table)


def reads_itself(context: dg.InputContext) -> bool:
    """Is the input of the very asset that the step writes?"""
    written: Sequence[dg.AssetKey] = []
    if context._step_context is not None:
        written = list(context._step_context.get_output_asset_keys())
    return context.asset_key in written if context.has_asset_key else False
