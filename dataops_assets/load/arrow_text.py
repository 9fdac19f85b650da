"""Values of Arrow arrays as text that says all of them, alike for all engines."""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_TEXT = pa.string()

_WHOLE_FROM = {pa.float16(): 2.0**11, pa.float32(): 2.0**24, pa.float64(): 2.0**53}
"""From where a float can only be a whole number."""


def is_bytes(kind: pa.DataType) -> bool:
    """Of any length?"""
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind)


def from_its_beginning(array: pa.Array) -> Any:
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
    if pa.types.is_fixed_size_binary(kind) or is_bytes(kind):
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
        array = from_its_beginning(array)
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
