"""Values of Parquet columns as a contract wants them: exactly, or as the text that says exactly what they are.

An engine reads most types value by value. Others it does not have, or has in another form: DuckDB makes a decimal of
more than 38 digits a float and a list its own display text, BigQuery cuts nanoseconds, both show a float in their own
way. `read_by_engines` tells them apart; the others are read here, alike for all engines.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
_WHOLE_FROM = {pa.float16(): 2.0**11, pa.float32(): 2.0**24, pa.float64(): 2.0**53}
"""From where a float can only be a whole number."""


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
        if pa.types.is_binary(kind) and (pa.types.is_fixed_size_binary(given) or _is_bytes(given)):
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


def _is_bytes(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)


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
        array = _from_its_beginning(array.cast(pa.list_(given.value_type)))
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


def _from_its_beginning(array: pa.Array) -> Any:
    """The same as an array that is no part of a longer one, whose items begin elsewhere."""
    return pa.concat_arrays([array, array.slice(0, 0)]) if array.offset else array


def as_text(array: pa.Array) -> pa.Array:
    r"""Each value as text that says all of it: numbers with all digits, times in ISO 8601, lists and records as JSON.

    A moment is in UTC (`2024-01-31 10:00:00.5+00`), or without a zone as it came; a duration is in seconds
    (`PT1.5S`); a byte that is no printable ASCII character is written `\x00`. The items of a map with text keys are
    the members of a JSON object, of any other they are `{"key": …, "value": …}`.
    """
    kind = array.type
    if isinstance(kind, pa.DictionaryType):
        return as_text(array.cast(kind.value_type))
    if isinstance(kind, pa.UuidType):
        return pa.array([None if v is None else str(v) for v in array.to_pylist()], _TEXT)
    if isinstance(kind, pa.BaseExtensionType):
        return as_text(array.storage)
    if pa.types.is_nested(kind):
        missing = array.is_null().to_pylist()
        tokens = zip(_json(array), missing, strict=True)
        return pa.array([None if null else token for token, null in tokens], _TEXT)
    if pa.types.is_floating(kind):
        return _float_text(array)
    if pa.types.is_decimal(kind):
        texts = array.cast(_TEXT)
        if any(pc.call_function("match_substring", [texts], pc.MatchSubstringOptions("E")).to_pylist()):
            texts = pa.array([None if v is None else f"{v:f}" for v in array.to_pylist()], _TEXT)
        return texts
    if pa.types.is_timestamp(kind):
        zone = "+00" if kind.tz else ""
        naive = array.cast(pa.timestamp(kind.unit, tz="UTC")).cast(pa.timestamp(kind.unit)) if kind.tz else array
        return _replaced(_trimmed(naive.cast(_TEXT)), "$", zone) if zone else _trimmed(naive.cast(_TEXT))
    if pa.types.is_time(kind):
        return _trimmed(array.cast(_TEXT))
    if pa.types.is_duration(kind):
        places = {"s": 0, "ms": 3, "us": 6, "ns": 9}[kind.unit]
        return pa.array([_seconds(v, places) for v in array.cast(pa.int64()).to_pylist()], _TEXT)
    if pa.types.is_fixed_size_binary(kind) or _is_bytes(kind):
        return pa.array([None if v is None else _escaped(v) for v in array.to_pylist()], _TEXT)
    return array.cast(_TEXT)


def _json(array: pa.Array) -> list[str]:
    """Each value as JSON."""
    kind = array.type
    if isinstance(kind, pa.DictionaryType):
        return _json(array.cast(kind.value_type))
    if isinstance(kind, pa.BaseExtensionType) and not isinstance(kind, pa.UuidType):
        return _json(array.storage)
    if isinstance(kind, pa.FixedSizeListType):
        return _json(array.cast(pa.list_(kind.value_type)))
    if pa.types.is_nested(kind):
        array = _from_its_beginning(array)
        missing = array.is_null().to_pylist()
        found = _records(array) if pa.types.is_struct(kind) else _lists(array)
        return ["null" if null else text for text, null in zip(found, missing, strict=True)]
    texts = as_text(array).to_pylist()
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        return ["null" if text is None else text for text in texts]
    if pa.types.is_floating(kind):
        return ["null" if t is None else t if t[-1].isdigit() else _quoted(t) for t in texts]
    return ["null" if text is None else _quoted(text) for text in texts]


def _records(array: pa.Array) -> Iterator[str]:
    names = [_quoted(field.name) for field in array.type]
    members = [_json(child) for child in array.flatten()]
    for row in range(len(array)):
        yield _object((name, values[row]) for name, values in zip(names, members, strict=True))


def _lists(array: Any) -> Iterator[str]:
    starts = array.offsets.to_pylist()
    if pa.types.is_map(array.type):
        keys, values = _json(array.keys), _json(array.items)
        if pa.types.is_string(array.type.key_type) or pa.types.is_large_string(array.type.key_type):
            for first, after in pairwise(starts):
                yield _object((keys[n], values[n]) for n in range(first, after))
            return
        items: Sequence[str] = [f'{{"key":{k},"value":{v}}}' for k, v in zip(keys, values, strict=True)]
    else:
        items = _json(array.values)
    for first, after in pairwise(starts):
        yield f"[{','.join(items[first:after])}]"


def _object(members: Iterator[tuple[str, str]] | Any) -> str:
    return "{" + ",".join(f"{name}:{value}" for name, value in members) + "}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _float_text(array: pa.Array) -> pa.Array:
    """The shortest text that reads back as the same number, from where all are whole numbers on all their digits."""
    kind = array.type
    values = array.to_pylist()
    if pa.types.is_float16(kind):
        texts = pa.array([None if v is None else str(np.float16(v)) for v in values], _TEXT)
    else:
        texts = _replaced(array.cast(_TEXT), r"^(-?[0-9]+)$", r"\1.0")
    whole = _WHOLE_FROM[kind]
    large = [n for n, v in enumerate(values) if v is not None and whole <= abs(v) < 1e39]
    if not large:
        return texts
    found = texts.to_pylist()
    for n in large:
        found[n] = str(int(values[n]))
    return pa.array(found, _TEXT)


def _trimmed(texts: pa.Array) -> pa.Array:
    """Without zeros at the end of a fraction of seconds."""
    return _replaced(_replaced(texts, r"(\.[0-9]*?)0+$", r"\1"), r"\.$", "")


def _replaced(texts: pa.Array, pattern: str, replacement: str) -> pa.Array:
    return pc.call_function(
        "replace_substring_regex", [texts], pc.ReplaceSubstringOptions(pattern=pattern, replacement=replacement)
    )


def _seconds(ticks: int | None, places: int) -> str | None:
    if ticks is None:
        return None
    whole, part = divmod(abs(ticks), 10**places)
    fraction = f".{part:0{places}d}".rstrip("0") if part else ""
    return f"{'-' if ticks < 0 else ''}PT{whole}{fraction}S"


def _escaped(value: bytes) -> str:
    return "".join(chr(b) if 32 <= b < 127 and b != 92 else f"\\x{b:02X}" for b in value)
