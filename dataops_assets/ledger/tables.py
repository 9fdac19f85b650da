"""The tables of the books: made by the first write that needs them, appended to in swaps."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.warehouse.base import Session, Swap


def _define(session: Session, swap: Swap, schema: str, table: str, columns: pa.Schema, options: TableOptions) -> None:
    """Make a table that is not there."""
    kinds = {field.name: field.type for field in columns}
    swap.define(session.dialect.create_table(session.relation(schema, table), kinds, options))


def ensure(session: Session, swap: Swap, schema: str, table: str, columns: pa.Schema, options: TableOptions) -> None:
    """Make the table if there is none, and add columns that one of an older version lacks, null in what is there."""
    known = session.columns(schema, table)
    if not known:
        swap.define_schema(schema)
        _define(session, swap, schema, table, columns, options)
        return
    for field in columns:
        if field.name not in known:
            name, kind = session.dialect.quote(field.name), session.dialect.type_of(field.type)
            swap.define(f"ALTER TABLE {session.relation(schema, table)} ADD COLUMN IF NOT EXISTS {name} {kind}")


def append(session: Session, swap: Swap, schema: str, table: str, columns: pa.Schema, scratch: str) -> None:
    """Append the rows of a scratch table that has the same columns."""
    names = session.dialect.columns(columns.names)
    swap.execute(f"INSERT INTO {session.relation(schema, table)} ({names}) SELECT {names} FROM {scratch}")


def remove(session: Session, swap: Swap, schema: str, table: str, asset: str, partitions: Sequence[str]) -> None:
    """Take out what it says of partitions of an asset, if the table is there."""
    if partitions and session.exists(schema, table):
        keys = ", ".join(session.dialect.literal(key) for key in partitions)
        swap.execute(
            f"DELETE FROM {session.relation(schema, table)} AS l "
            f"WHERE l.asset = {session.dialect.literal(asset)} AND l.partition IN ({keys})"
        )


def rows_of(
    columns: pa.Schema,
    count: int,
    each: Mapping[str, Sequence[Any]],
    common: Mapping[str, Sequence[Any]],
    lines: pa.Array,
    same: Mapping[str, Any],
) -> pa.Table:
    """So many rows of these columns. each: values of each row, by column; common: values that rows have in common, and
    lines: which of them each row has; same: what is the same of all.
    """
    arrays = []
    for name, kind in zip(columns.names, columns.types, strict=True):
        if name in same:
            arrays.append(pa.repeat(pa.scalar(same[name], kind), count))
        else:
            arrays.append(pa.array(common[name], kind).take(lines) if name in common else pa.array(each[name], kind))
    return pa.Table.from_arrays(arrays, schema=columns)
