"""Values of Parquet columns as a contract wants them: exactly, or as the text that says exactly what they are.

An engine reads most types value by value. Others it does not have, or has in another form: DuckDB makes a decimal of
more than 38 digits a float and a list its own display text, BigQuery cuts nanoseconds, both show a float in their own
way. `read_by_engines` tells them apart; the others are read here, alike for all engines.
"""

import re
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from dataops_assets.load.arrow_text import as_text, from_its_beginning, is_bytes

_INTEGER, _FLOAT, _NUMERIC, _TEXT = pa.int64(), pa.float64(), pa.decimal128(38, 9), pa.string()
_DATE, _TIMESTAMP, _BYTES = pa.date32(), pa.timestamp("us", tz="UTC"), pa.binary()
_MOMENTS = frozenset({_TIMESTAMP, _DATE})

_READ: list[tuple[str, frozenset[pa.DataType] | None]] = [
    (r"u?int(8|16|32)|int64|bool", None),
    (r"string|large_string|string_view|dictionary<values=(large_)?string,.*", None),
    # Text under a name of the database's: numbers of PostgreSQL.
    (r"extension<arrow\.opaque\[storage_type=string,.*", None),
    (r"double", frozenset({_FLOAT})),
    (r"date32\[day\]", _MOMENTS),
    (r"timestamp\[us(, tz=.*)?\]", _MOMENTS),
    (r"binary|large_binary", frozenset({_BYTES})),
]
"""Names of Arrow types, as the footer of a file has them, and the types of a contract that any engine makes of them
without changing a value; None: all that are not nested.
"""
_DECIMAL = re.compile(r"decimal128\((\d+), (\d+)\)")


class UnfitValues(ValueError):
    """Values of a nested column that the nested type of the contract cannot hold."""


def read_by_engines(kind: str, wanted: Collection[pa.DataType]) -> bool:
    """Does every engine read a Parquet column of the Arrow type of this name as these types, value by value?"""
    if any(map(pa.types.is_nested, wanted)):
        return False  # its items, one by one
    if found := _DECIMAL.fullmatch(kind):
        precision, scale = map(int, found.groups())
        # BigQuery's load job ends at others.
        return set(wanted) <= {_NUMERIC, _FLOAT, _INTEGER} and 0 <= scale <= 9 and precision - scale <= 29
    for pattern, targets in _READ:
        if re.fullmatch(pattern, kind):
            return targets is None or set(wanted) <= targets
    return False


def as_wanted(column: pa.ChunkedArray, wanted: Collection[pa.DataType]) -> pa.ChunkedArray:
    """The values as the one type that is wanted, where it holds each of them; otherwise all of them as text.

    Raises UnfitValues where a nested type is wanted that does not.
    """
    column = _unwrapped(column)
    if len(set(wanted)) == 1:
        [kind] = set(wanted)
        if pa.types.is_nested(kind):
            return _nested(column, kind)
        if not pa.types.is_string(kind):
            exact = _exact(column, kind)
            if exact is not None:
                return exact
    elif any(map(pa.types.is_nested, wanted)):
        raise UnfitValues(f"it is wanted as {' and as '.join(sorted(map(str, wanted)))} at once")
    return pa.chunked_array([as_text(chunk) for chunk in column.chunks], _TEXT)


def _unwrapped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Values that come under another name or in a dictionary, as they are; a UUID keeps its name."""
    kind = column.type
    if isinstance(kind, pa.DictionaryType):
        return _unwrapped(column.cast(kind.value_type))
    if isinstance(kind, pa.BaseExtensionType) and not isinstance(kind, pa.UuidType):
        return _unwrapped(pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type))
    return column


def _exact(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """The values as this type; None if one of them is no value of it, or if it takes more than a cast to tell."""
    given = column.type
    if isinstance(given, pa.UuidType):
        if kind != _BYTES:
            return None
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], given.storage_type)
        given = column.type
    try:
        if given == kind and kind not in _MOMENTS:
            return column
        if pa.types.is_floating(kind) and pa.types.is_floating(given):
            return column.cast(pa.float32()).cast(kind)
        if pa.types.is_binary(kind) and (pa.types.is_fixed_size_binary(given) or is_bytes(given)):
            return column.cast(kind)
        if pa.types.is_decimal(kind) and pa.types.is_decimal(given):
            return column.cast(kind)
        if pa.types.is_timestamp(kind) and pa.types.is_timestamp(given):
            # A moment without a time zone is UTC, here as in a text.
            moments = column.cast(pa.timestamp("us", tz=given.tz)).cast(kind)
            return moments if _has_a_year(moments) else None
        if pa.types.is_date(kind) and pa.types.is_date(given):
            days = column.cast(kind)
            return days if _has_a_year(days.cast(pa.timestamp("us"))) else None
    except pa.ArrowInvalid:
        return None
    return None


def _has_a_year(moments: pa.ChunkedArray) -> bool:
    """Are they of the years 0001 to 9999, which every engine has?"""
    ticks = moments.cast(pa.int64())
    least, most = pc.call_function("min_max", [ticks]).as_py().values()
    return least is None or (least >= -62_135_596_800_000_000 and most <= 253_402_300_799_999_999)


def _nested(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """A nested column as another nested type: item by item, exactly."""
    try:
        return pa.chunked_array([_recast(chunk, kind) for chunk in column.chunks], kind)
    except (pa.ArrowException, UnfitValues) as error:
        raise UnfitValues(f"not every value of {column.type} is one of {kind}: {error}") from error


def _recast(array: pa.Array, kind: pa.DataType) -> pa.Array:
    given = array.type
    if isinstance(given, pa.FixedSizeListType):
        array = array.cast(pa.list_(given.value_type))
        given = array.type
    if pa.types.is_list(kind) and (pa.types.is_list(given) or pa.types.is_large_list(given)):
        array = from_its_beginning(array.cast(pa.list_(given.value_type)))
        items = _recast(array.values, kind.value_type)
        if items.null_count:
            raise UnfitValues("a list has a missing item")
        return pa.ListArray.from_arrays(array.offsets, items, type=kind, mask=array.is_null())
    if pa.types.is_struct(kind) and pa.types.is_struct(given):
        names = [field.name for field in given]
        if sorted(names) != sorted(field.name for field in kind):
            raise UnfitValues(f"the fields {names} are not {[field.name for field in kind]}")
        fields = dict(zip(names, array.flatten(), strict=True))
        children = [_recast(fields[field.name], field.type) for field in kind]
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=array.is_null())
    if pa.types.is_nested(kind) or pa.types.is_nested(given):
        raise UnfitValues(f"{given} is no {kind}")
    column = _unwrapped(pa.chunked_array([array]))
    if pa.types.is_string(kind):
        return as_text(column.combine_chunks())
    exact = _exact(column, kind)
    if exact is None and pa.types.is_integer(kind) and pa.types.is_integer(column.type):
        exact = column.cast(kind)  # ArrowInvalid for one that is too large
    if exact is None and not pa.types.is_null(column.type):
        raise UnfitValues(f"{column.type} is no {kind}, or one of the values is none")
    if exact is not None and pa.types.is_floating(kind):
        finite = pc.call_function("all", [pc.call_function("is_finite", [exact])])
        if finite.as_py() is False:
            raise UnfitValues("one of the values is no finite number")
    return pa.nulls(len(array), kind) if exact is None else exact.combine_chunks()
