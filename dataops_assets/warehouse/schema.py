"""Tables of the warehouse, made from contracts, and changed when their contract grows."""

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

LINEAGE: dict[str, pa.DataType] = {
    "created_at": pa.timestamp("us", tz="UTC"),
    "updated_at": pa.timestamp("us", tz="UTC"),
    "_attempt": pa.string(),
    "_run_id": pa.string(),
}
"""Columns of every staged table: when a row was first staged and last changed (UTC), by which attempt and run."""


class ColumnTypeFixed(TypeError):
    """A column has another type than its contract says, and the warehouse cannot change it in its place."""


def ensure_table(
    session: Session,
    swap: Swap,
    schema: str,
    table: StagedTable | DerivedTable,
    *,
    lineage: bool = False,
    published: bool = False,
) -> None:
    """Make the table if there is none, add the columns its contract has gained, and say again what it says of them.

    A column the contract no longer names stays, and is null in new rows; one of another type is changed if all its
    values can be, and the warehouse changes types; raises ColumnTypeFixed otherwise.
    """
    dialect, spec, options = session.dialect, table.spec, _options(table, published)
    wanted = {column.name: column.type for column in spec.columns} | (LINEAGE if lineage else {})
    relation = session.relation(schema, table.relation)
    if not session.exists(schema, table.relation):
        swap.define_schema(schema)
        swap.define(dialect.create_table(relation, wanted, options))
        return
    session.set_options(schema, table.relation, options)
    existing = {field.name: field.type for field in session.schema(relation)}
    for column, kind in wanted.items():
        quoted, sql_type = dialect.quote(column), dialect.type_of(kind)
        if column not in existing:
            swap.define(f"ALTER TABLE {relation} ADD COLUMN {quoted} {sql_type}")
        elif existing[column] == kind or (pa.types.is_string(kind) and pa.types.is_large_string(existing[column])):
            continue
        elif not dialect.retypes(existing[column], kind):
            raise ColumnTypeFixed(
                f"{relation}: column {column!r} is {dialect.type_of(existing[column])}, the contract "
                f"{spec.contract.__name__} says {sql_type}, and {dialect.name} does not change the one into the other; "
                "nothing was written. Give the contract's column another name, or drop the table and run "
                f"{table.asset} for all its partitions again: what it is made of is still there"
            )
        else:
            swap.define(f"ALTER TABLE {relation} ALTER COLUMN {quoted} SET DATA TYPE {sql_type}")


def _options(table: StagedTable | DerivedTable, published: bool) -> TableOptions:
    """What a table's dataset and contract say of it, beside its columns."""
    spec, calendar = table.spec, table.calendar
    layer, _, name = table.asset.partition("/")
    return TableOptions(
        description=spec.description,
        descriptions={column.name: column.description for column in spec.columns},
        partition_by=(calendar.column, spec.column(calendar.column).type, calendar.unit.granularity)
        if calendar
        else None,
        key=spec.key,
        labels={"dataset": name, "layer": "production" if published else layer},
        require_filter=bool(calendar and calendar.require_filter),
        keep_days=calendar.keep_days if calendar else None,
    )
