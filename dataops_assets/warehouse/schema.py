"""Tables of the warehouse, made from contracts, and changed when their contract grows."""

import pyarrow as pa

from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

LINEAGE: dict[str, pa.DataType] = {
    "created_at": pa.timestamp("us", tz="UTC"),
    "updated_at": pa.timestamp("us", tz="UTC"),
    "_attempt": pa.string(),
    "_run_id": pa.string(),
}
"""Columns of every staged table: when a row was first staged and last changed (UTC), by which attempt and run."""


def ensure_table(
    session: Session, swap: Swap, schema: str, table: StagedTable | DerivedTable, *, lineage: bool
) -> None:
    """Make the table if there is none, and add the columns its contract has gained.

    A column the contract no longer names stays, and is null in new rows; one of another type is changed if all its
    values can be.
    """
    dialect, spec = session.dialect, table.spec
    wanted = {column.name: column.type for column in spec.columns} | (LINEAGE if lineage else {})
    relation = session.relation(schema, table.relation)
    by = (table.by.column, spec.column(table.by.column).type, table.by.unit) if table.by else None
    descriptions = {column.name: column.description for column in spec.columns}
    swap.define(dialect.create_table(relation, wanted, spec.description, descriptions, by, spec.key))
    held = {field.name: field.type for field in session.schema(relation)}
    for column, kind in wanted.items():
        quoted, sql_type = dialect.quote(column), dialect.type_of(kind)
        if column not in held:
            swap.define(f"ALTER TABLE {relation} ADD COLUMN {quoted} {sql_type}")
        elif held[column] != kind and not (pa.types.is_string(kind) and pa.types.is_large_string(held[column])):
            swap.define(f"ALTER TABLE {relation} ALTER COLUMN {quoted} SET DATA TYPE {sql_type}")
