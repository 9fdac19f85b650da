"""Lists and records of a contract: of Parquet by their types, of any format by their text, row by row.

BigQuery has no list with a missing item; a row that has one, or a value that its type does not hold, is set aside as a
row that cannot be read, with the text of its fields. So is one of a list in PostgreSQL's form, `{1,NULL}`.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.load.arrow_text import as_text
from dataops_assets.load.parquet_values import UnfitValues, as_wanted

_POSTGRES_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,{}"\\]+))\s*(,|$)')
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])

Texts = Sequence[str | None]


def fitted(columns: Mapping[str, pa.ChunkedArray], kinds: Mapping[str, Collection[pa.DataType]]) -> pa.Table:
    """These columns as `as_wanted` gives them, and `_unreadable`: of a row that does not fit, its fields as JSON text.

    kinds: the columns, each with the types it is wanted as. Raises UnfitValues for one that is wanted as several.
    """
    found: dict[str, pa.ChunkedArray] = {}
    unfit: set[int] = set()
    for name, wanted in kinds.items():
        try:
            found[name] = as_wanted(columns[name], wanted)
        except UnfitValues:
            if len(set(wanted)) > 1:
                raise
            [kind] = set(wanted)
            values, fits = from_text(_texts(columns[name]), kind)
            unfit |= {row for row, fit in enumerate(fits) if not fit}
            found[name] = pa.chunked_array([values])
    rows = len(next(iter(columns.values()))) if columns else 0
    lines: list[str | None] = [None] * rows
    for row in unfit:
        fields = {name: _texts(column.slice(row, 1))[0] for name, column in columns.items() if name in kinds}
        lines[row] = json.dumps(fields, ensure_ascii=False)
    return pa.table(found | {"_unreadable": pa.array(lines, pa.string())})


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    return [text for chunk in column.chunks for text in as_text(chunk).to_pylist()]


def from_text(texts: Texts, kind: pa.DataType) -> tuple[pa.Array, list[bool]]:
    """Values of any type out of their texts, of lists and records out of JSON; and which of the texts are values.

    A text that is none is null among the values. A missing text is a value, except as the item of a list.
    """
    if pa.types.is_list(kind):
        given = [None if text is None else _items(text) for text in texts]
        items, item_fits = from_text([item for each in given for item in each or ()], kind.value_type)
        fits, offsets, place = [], [0], 0
        for text, each in zip(texts, given, strict=True):
            after = place + len(each or ())
            whole = all(item_fits[place:after]) and items[place:after].null_count == 0
            fits.append(text is None or (each is not None and whole))
            place = after
            offsets.append(after)
        missing = pa.array([text is None or not fit for text, fit in zip(texts, fits, strict=True)])
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items, type=kind, mask=missing), fits
    if pa.types.is_struct(kind):
        members = [None if text is None else _members(text) for text in texts]
        fits = [text is None or each is not None for text, each in zip(texts, members, strict=True)]
        children = []
        for field in kind:
            child, child_fits = from_text([(each or {}).get(field.name) for each in members], field.type)
            fits = [one and other for one, other in zip(fits, child_fits, strict=True)]
            children.append(child)
        missing = pa.array([text is None or not fit for text, fit in zip(texts, fits, strict=True)])
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=missing), fits
    return _scalars(texts, kind)


def _scalars(texts: Texts, kind: pa.DataType) -> tuple[pa.Array, list[bool]]:
    given = pa.array(texts, pa.string())
    if pa.types.is_string(kind):
        return given, [True] * len(texts)
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("texts", pa.table({"x": given}))
        found = (
            connection.sql(f"SELECT {DUCKDB.cast('x', kind)} AS x FROM texts")
            .to_arrow_table()["x"]
            .combine_chunks()
            .cast(kind)
        )
    return found, [text is None or there for text, there in zip(texts, found.is_valid().to_pylist(), strict=True)]


def _items(text: str) -> list[str | None] | None:
    """The items of a list in JSON, or in PostgreSQL's form; None if it is none."""
    try:
        return [_token(bytes(raw)) for raw in _ITEMS.decode(text)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _postgres_items(text)


def _members(text: str) -> dict[str, str | None] | None:
    try:
        return {name: _token(bytes(raw)) for name, raw in _MEMBERS.decode(text).items()}
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _token(raw: bytes) -> str | None:
    if raw == b"null":
        return None
    return msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else raw.decode()


def _postgres_items(text: str) -> list[str | None] | None:
    if not (text.startswith("{") and text.endswith("}")):
        return None
    inside, place = text[1:-1], 0
    items: list[str | None] = []
    while place < len(inside):
        found = _POSTGRES_ITEM.match(inside, place)
        if found is None:
            return None
        quoted, plain, separator = found.groups()
        if quoted is not None:
            items.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            items.append(None if plain.strip().upper() == "NULL" else plain.strip())
        place = found.end()
        if separator == "," and place == len(inside):
            return None
    return items


def has_nested(kinds: Mapping[str, Collection[Any]]) -> bool:
    """Is one of the columns wanted as a list or a record?"""
    return any(pa.types.is_nested(kind) for wanted in kinds.values() for kind in wanted)
