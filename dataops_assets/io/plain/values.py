"""What a plain asset may return, as Arrow; and the column types in which the warehouse keeps it.

Integers are kept in 64 bits, floats in 64, times to the microsecond, categories as text: what the first write happens
to hold does not freeze a narrower type. A value that would lose something on the way is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pandas as pd
import pyarrow as pa

from dataops_assets.dialects.base import Dialect
from dataops_assets.io.plain.target import Target

NUMERIC = pa.decimal128(38, 9)
ACCEPTED = "a pandas DataFrame, a pyarrow Table or RecordBatchReader, a Query, or None to write nothing"

_SQL_TYPES = {
    "duckdb": {
        pa.int8(): "TINYINT",
        pa.int16(): "SMALLINT",
        pa.int32(): "INTEGER",
        pa.uint8(): "UTINYINT",
        pa.uint16(): "USMALLINT",
        pa.uint32(): "UINTEGER",
        pa.uint64(): "UBIGINT",
        pa.float32(): "FLOAT",
        pa.timestamp("s"): "TIMESTAMP_S",
        pa.timestamp("ms"): "TIMESTAMP_MS",
        pa.timestamp("us"): "TIMESTAMP",
        pa.timestamp("ns"): "TIMESTAMP_NS",
        pa.time64("us"): "TIME",
    },
    "bigquery": {pa.timestamp("us"): "DATETIME", pa.time64("us"): "TIME"},
}
_TRY_CAST = {"duckdb": "TRY_CAST", "bigquery": "SAFE_CAST"}


@dataclass(frozen=True)
class Query:
    """A query whose answer is the asset's rows: computed in the warehouse, its rows never cross Python.

    sql: in BigQuery's dialect, tables named `schema.table`. parameters: values of its `@name` parameters.
    `@window_start` and `@window_end` are bound to the run's time window, of the type of the partition column.
    """

    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)


def to_arrow(target: Target, value: Any) -> pa.Table:
    """A DataFrame (its index left out) or Arrow data, with the types the warehouse keeps.

    Raises TypeError for another type, PlainTableError for columns that cannot be stored.
    """
    names, columns = columns_of(target, value)
    return pa.Table.from_arrays(
        [_stored(target, name, column) for name, column in zip(names, columns, strict=True)], names=names
    )


def columns_of(target: Target, value: Any, accepted: str = ACCEPTED) -> tuple[list[str], list[pa.ChunkedArray]]:
    """Names and columns of a DataFrame or of Arrow data, as they came; raises as `to_arrow`, which names `accepted`."""
    if isinstance(value, pd.DataFrame):
        names: list[Any] = list(value.columns)
        wrong = next((name for name in names if not isinstance(name, str)), None)
        if wrong is not None:
            raise target.refuse(f"column name {wrong!r} is not text", "Name the columns: df.rename(columns=str).")
        check_names(target, names)
        return names, [_from_pandas(target, name, value.loc[:, name]) for name in names]
    if isinstance(value, pa.Table | pa.RecordBatchReader):
        table = value if isinstance(value, pa.Table) else value.read_all()
        check_names(target, table.column_names)
        return table.column_names, table.columns
    raise TypeError(f"{target.label}: returned {type(value).__name__}; what can be stored is {accepted}")


def check_names(target: Target, names: Sequence[str]) -> None:
    """Raise PlainTableError if two columns have one name to the warehouse, or one has none."""
    seen: dict[str, str] = {}
    for name in names:
        if not name or "\0" in name:
            raise target.refuse(f"column name {name!r} is not a name", "Rename it.")
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise target.refuse(
                f"columns {other!r} and {name!r} are one name to the warehouse, which knows no upper and lower case",
                "Rename one of them.",
            )
        if names.count(name) > 1:
            raise target.refuse(f"column {name!r} is there {names.count(name)} times", "Drop or rename one of them.")


def stored_type(kind: pa.DataType) -> pa.DataType:
    """The type in which a new column is kept; raises TypeError for one that no warehouse table has."""
    t = pa.types
    if t.is_dictionary(kind):
        return stored_type(kind.value_type)
    if t.is_null(kind) or t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind):
        return pa.string()
    if t.is_binary(kind) or t.is_large_binary(kind) or t.is_fixed_size_binary(kind) or t.is_binary_view(kind):
        return pa.binary()
    if t.is_boolean(kind) or t.is_date(kind):
        return pa.bool_() if t.is_boolean(kind) else pa.date32()
    if t.is_integer(kind) or kind == pa.decimal128(38, 0):  # what DuckDB calls the sum of integers
        return pa.int64()
    if t.is_floating(kind):
        return pa.float64()
    if t.is_decimal(kind):
        return NUMERIC if kind.scale <= 9 and kind.precision - kind.scale <= 29 else pa.decimal128(38, kind.scale)
    if t.is_timestamp(kind):
        return pa.timestamp("us", tz="UTC" if kind.tz else None)
    if t.is_time(kind):
        return pa.time64("us")
    if t.is_list(kind) or t.is_large_list(kind) or t.is_fixed_size_list(kind):
        return pa.list_(stored_type(kind.value_type))
    if t.is_struct(kind):
        return pa.struct([pa.field(item.name, stored_type(item.type)) for item in kind])
    raise TypeError(f"{kind} has no column type of its own; turn it into numbers (seconds, say) or text")


def sql_type(dialect: Dialect, kind: pa.DataType) -> str:
    """The column type for an Arrow type, those included that only tables made elsewhere have; raises TypeError."""
    if pa.types.is_list(kind):
        return dialect.list_of(sql_type(dialect, kind.value_type))
    if pa.types.is_struct(kind):
        return dialect.struct_of([f"{dialect.quote(item.name)} {sql_type(dialect, item.type)}" for item in kind])
    if kind in _SQL_TYPES[dialect.name]:
        return _SQL_TYPES[dialect.name][kind]
    if pa.types.is_decimal(kind) and kind != NUMERIC:
        return f"{'DECIMAL' if dialect.name == 'duckdb' else 'BIGNUMERIC'}({kind.precision}, {kind.scale})"
    return dialect.type_of(pa.string() if pa.types.is_large_string(kind) else kind)


def same_type(one: pa.DataType, other: pa.DataType) -> bool:
    """Do both stand for the same column type?"""
    return one == other or (pa.types.is_nested(one) and pa.types.is_nested(other) and _unnamed(one) == _unnamed(other))


def lossless_cast(dialect: Dialect, column: str, found: pa.DataType, wanted: pa.DataType) -> tuple[str, str] | None:
    """Expressions: the column as the wanted type, and whether it still is the same value; None if never.

    Numbers become numbers, days and naive timestamps become each other. Text never becomes anything else, and nothing
    becomes text; a time without a zone is not taken for UTC.
    """
    if not _kin(found, wanted):
        return None
    try_cast = _TRY_CAST[dialect.name]
    value = f"{try_cast}({column} AS {sql_type(dialect, wanted)})"
    return value, f"{try_cast}({value} AS {sql_type(dialect, found)}) IS NOT DISTINCT FROM {column}"


def _kin(found: pa.DataType, wanted: pa.DataType) -> bool:
    t = pa.types

    def number(kind: pa.DataType) -> bool:
        return t.is_integer(kind) or t.is_floating(kind) or t.is_decimal(kind)

    def day(kind: pa.DataType) -> bool:
        return t.is_date(kind) or (t.is_timestamp(kind) and kind.tz is None)

    return (number(found) and number(wanted)) or (day(found) and day(wanted))


def _unnamed(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(pa.field("item", _unnamed(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(item.name, _unnamed(item.type)) for item in kind])
    return kind


_INSTEAD = (
    (pa.types.is_duration, "a span of time; Keep its seconds: {0}.dt.total_seconds()"),
    (lambda kind: "pandas.period" in str(kind), "a period; Keep its first day, {0}.dt.start_time, or {0}.astype(str)"),
    (lambda kind: "pandas.interval" in str(kind), "an interval; Keep {0}.array.left and {0}.array.right"),
)
"""Arrow types that no table of a warehouse has: what they are and what to do, by the expression of the column."""


def _from_pandas(target: Target, name: str, values: pd.Series) -> pa.ChunkedArray:
    try:
        array = pa.Array.from_pandas(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise target.refuse(f"column {name!r} {_odd_one(values)}", f"{_mend(name, values)}") from error
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _odd_one(values: pd.Series) -> str:
    """Which value Arrow stumbles over: the first of another type than the first, or one that has no type there."""
    first = None
    for row, value in enumerate(values):
        if value is None or value is pd.NA or value is pd.NaT or value != value:
            continue
        if first is None:
            first = row, value
        elif type(value) is not type(first[1]):
            return (
                f"holds values of several types: {first[1]!r} ({type(first[1]).__name__}) in row {first[0]}, "
                f"{value!r} ({type(value).__name__}) in row {row}"
            )
        if not _converts(value):
            return f"holds {value!r} ({type(value).__name__}) in row {row}, which no column can"
    return "holds values that are not of one type"


def _converts(value: Any) -> bool:
    try:
        pa.array([value])
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return False
    return True


def _mend(name: str, values: pd.Series) -> str:
    column = f"df[{name!r}]"
    if any(isinstance(value, Enum) for value in values):
        return f"Keep the value or the name of each: {column}.map(lambda item: item.name)."
    if any(isinstance(value, int) and not -(2**63) <= value < 2**64 for value in values):
        return f"Keep it as text, {column}.astype('string'), or as decimal.Decimal, up to 38 digits."
    return f"Make it one type, for example {column}.astype('string')."


def _stored(target: Target, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind, source = column.type, f"df[{name!r}]"
    if isinstance(kind, pa.UuidType):
        return pa.chunked_array([pa.array([None if u is None else str(u) for u in column.to_pylist()], pa.string())])
    for is_kind, words in _INSTEAD:
        if is_kind(kind):
            what, _, instead = words.format(source).partition("; ")
            shown = next((str(value) for value in column.to_pylist() if value is not None), "nothing")
            raise target.refuse(
                f"column {name!r} holds {shown}, {what}, which no table has", f"{instead.capitalize()}."
            )
    try:
        return column.cast(stored_type(kind), safe=True)
    except TypeError as error:
        raise target.refuse(f"column {name!r}: {error}", "Convert the column and return it again.") from error
    except pa.ArrowException as error:
        row, value = _first_lost(column, stored_type(kind))
        hint = "Round or convert the column and return it again."
        if pa.types.is_timestamp(kind):
            hint = (
                f"Times are kept to the microsecond: {source}.dt.floor('us'), or keep the rest in a column of its own."
            )
        elif pa.types.is_uint64(kind):
            hint = f"Integers are kept in 64 bits with a sign: {source}.astype('string'), or decimal.Decimal."
        raise target.refuse(
            f"column {name!r} holds {value} in row {row} ({kind}), which {stored_type(kind)} cannot hold without loss",
            hint,
        ) from error


def _first_lost(column: pa.ChunkedArray, wanted: pa.DataType) -> tuple[int, object]:
    """The first row whose value does not survive the cast, and the value."""
    first, after = 0, len(column)
    while after - first > 1:  # a value before the middle is lost if the cast of all of these fails
        middle = (first + after) // 2
        try:
            column.slice(first, middle - first).cast(wanted, safe=True)
            first = middle
        except pa.ArrowException:
            after = middle
    value = column.slice(first, 1)
    if pa.types.is_timestamp(column.type):  # Python's own moments end at the microsecond
        return first, value.cast(pa.string())[0].as_py()
    return first, value[0].as_py()
