"""JSON records are kept to the letter, and their columns are seen."""

import gzip
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataops_assets.sources import jsonlines

# Texts of numbers that a detour through Python values would change.
NUMBERS = st.sampled_from(
    ["1.50", "1e400", "-0", "-0.0", "1E5", "0.10000000000000000001", "9" * 30]
) | st.integers().map(str)
BLANK = st.text(" \t\n\r", max_size=2)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8).map(json.dumps) | st.text(
    st.characters(codec="utf-8", min_codepoint=32), max_size=8
).map(lambda text: json.dumps(text, ensure_ascii=False))
ESCAPES = st.sampled_from([r'"\ud83d\ude00"', r'"\u0000"', r'"\/"'])
SCALARS = NUMBERS | TEXTS | ESCAPES | st.sampled_from(["null", "true", "false"])


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = TEXTS | st.sampled_from(['"a"', '"b"', '"c"'])
    pair = st.tuples(BLANK, names, BLANK, BLANK, values, BLANK).map(lambda p: f"{p[0]}{p[1]}{p[2]}:{p[3]}{p[4]}{p[5]}")
    return st.lists(pair, max_size=5).map(lambda pairs: "{" + ",".join(pairs) + "}")


ANY = st.recursive(
    SCALARS, lambda v: objects(v) | st.lists(v, max_size=3).map(lambda i: f"[{','.join(i)}]"), max_leaves=8
)
ARRAYS = st.lists(objects(ANY), max_size=30)


def tokens(text: str) -> Any:
    """A JSON text with all that a parser may drop: the texts of numbers, repeated names, their order."""
    return json.loads(
        text,
        parse_int=lambda t: ("number", t),
        parse_float=lambda t: ("number", t),
        object_pairs_hook=lambda pairs: ("object", pairs),
    )


def kept(records: list[str], part_bytes: int = 100) -> tuple[list[bytes], dict[str, str]]:
    pages = []
    for start in range(0, len(records), 7):
        array = f"[{' ,'.join(records[start : start + 7])}]".encode()
        pages.append(jsonlines.RecordPage(array, jsonlines.split(array)))
    found, columns = [], {}
    for file in jsonlines.parts(pages, part_bytes):
        data = gzip.decompress(b"".join(file.chunks))
        assert data.endswith(b"\n")
        assert data.count(b"\n") == file.rows
        found += data.removesuffix(b"\n").split(b"\n")
        columns |= file.columns
    return found, columns


@settings(deadline=None, max_examples=50)
@given(ARRAYS)
def test_records_are_kept_to_the_letter(records):
    lines, columns = kept(records)
    assert len(lines) == len(records)
    for line, record in zip(lines, records, strict=True):
        if "\n" in record or "\r" in record:
            assert b"\r" not in line
            assert tokens(line.decode()) == tokens(record)
        else:
            assert line == record.encode()
    names = {name for record in records for name, _ in tokens(record)[1]}
    assert set(columns) == names


@settings(deadline=None, max_examples=50)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), SCALARS | st.sampled_from(["{}", "[]", "[1]"])), max_size=60))
def test_types_are_those_of_all_values(rows):
    records = ["{" + ",".join(f'"{name}":{value}' for name, value in row.items()) + "}" for row in rows]
    _, columns = kept(records, part_bytes=1 << 30)
    expected: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.items():
            kinds = expected.setdefault(name, set())
            if value != "null":
                first = value[0]
                kinds.add(
                    {'"': "string", "{": "object", "[": "array", "t": "boolean", "f": "boolean"}.get(first, "number")
                )
    assert columns == {name: "|".join(sorted(kinds)) or "null" for name, kinds in expected.items()}


def test_a_column_that_appears_late_is_seen():
    records = [b'{"a":1}'] * 499 + [b'{"a":"x","b":null}'] + [b'{"a":1}'] * 500
    array = b"[" + b",".join(records) + b"]"
    columns = jsonlines.Columns()
    columns.page(array, jsonlines.split(array))
    assert columns.seen() == {"a": "number|string", "b": "null"}


def test_format_does_not_touch_numbers():
    # `lines` relies on it for records that are written over several lines.
    text = b'{"a": 1.50,\n "b":1e400, "c":123456789012345678901234567890, "d":-0.0, "a":"\\u00e9\\n"}'
    assert msgspec.json.format(text, indent=-1) == text.replace(b"\n", b"").replace(b" ", b"")


@pytest.mark.parametrize("first", [b'{"a":1}\n', b'{"a":"\xc3\xa9"}'])
def test_a_file_has_no_time_or_name_in_its_header(first):
    array = b"[" + first + b"]"
    file = next(jsonlines.parts([jsonlines.RecordPage(array, jsonlines.split(array))]))
    data = b"".join(file.chunks)
    assert data[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
