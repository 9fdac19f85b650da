"""A raw file without somebody's rows: every other record is there byte for byte, in its place."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataops_assets.lake.manifest import StoredFile
from dataops_assets.lake.subjects import CannotRewrite, Field, Rewritten, Subjects, without
from dataops_assets.pseudonyms import hasher

WHO = 'zq,7"X\nü'
VALUES = st.one_of(st.just(WHO), st.sampled_from(["", "other", f"{WHO} ", WHO.lower(), "7"]), st.text(max_size=6))
ROWS = st.lists(st.tuples(st.text(max_size=5), VALUES, st.text(max_size=5)), max_size=12)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def subjects(value: str = WHO, integer: bool = False) -> Subjects:
    return Subjects([Field("Who", "who", integer)], {"who": frozenset((value,))})


def file_of(format: str, packed: bool = False) -> StoredFile:
    return StoredFile("raw_t/part", "part", format, "gzip" if packed else None, 0, "0" * 64, 0, {})


def rewritten(
    tmp_path: Path, content: bytes, format: str, about: Subjects, packed: bool = False
) -> tuple[bytes, Rewritten]:
    target = tmp_path / "target"
    source = io.BytesIO(gzip.compress(content) if packed else content)
    done = without(source, target, file_of(format, packed), about)
    found = target.read_bytes()
    return (gzip.decompress(found) if packed else found), done


def csv_record(row: Any, end: str) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator=end).writerow(row)
    return written.getvalue().encode("utf-8", "surrogatepass")


def _is_unicode(rows: Any) -> bool:
    return not any("\ud800" <= char <= "\udfff" for row in rows for value in row for char in value)


@FEW
@given(rows=ROWS.filter(_is_unicode), end=st.sampled_from(["\n", "\r\n"]), mark=st.booleans(), packed=st.booleans())
def test_csv(tmp_path: Path, rows: Any, end: str, mark: bool, packed: bool) -> None:
    rows = [[value.replace("\0", "").replace("\r", "") for value in row] for row in rows]
    header = (b"\xef\xbb\xbf" if mark else b"") + csv_record(["a", "Who", "b"], end)
    records = [csv_record(row, end) for row in rows]
    kept = [record for record, row in zip(records, rows, strict=True) if row[1] != WHO]
    found, done = rewritten(tmp_path, header + b"".join(records), "csv", subjects(), packed)
    assert found == header + b"".join(kept)
    assert done.removed == len(records) - len(kept)
    quoted = f'"\r\n","{WHO[:3]}\r\n","3"{end}'.encode()  # a line end within a field
    assert rewritten(tmp_path, header + records[0] + quoted if records else header, "csv", subjects())[0].endswith(
        quoted if records else header
    )
    by_hash = Subjects([Field("Who", "who")], {}, {"who": {hashed(WHO)}}, hashed)
    assert rewritten(tmp_path, header + b"".join(records), "csv", by_hash)[0] == found


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_PSEUDONYM_KEY", "k" * 32)


def hashed(value: str) -> str:
    return hasher()(value)


@FEW
@given(rows=ROWS, ascii=st.booleans(), packed=st.booleans())
def test_json_lines(tmp_path: Path, rows: Any, ascii: bool, packed: bool) -> None:
    rows = rows if ascii or _is_unicode(rows) else []
    rows = [row for row in rows if _is_unicode([row])]
    records = [json.dumps({"a": a, "Who": who, "b": [b]}, ensure_ascii=ascii).encode() + b"\n" for a, who, b in rows]
    kept = [record for record, row in zip(records, rows, strict=True) if row[1] != WHO]
    found, done = rewritten(tmp_path, b"\n" + b"".join(records), "jsonl", subjects(), packed)
    assert found == b"\n" + b"".join(kept)
    assert (done.removed, done.broken) == (len(records) - len(kept), 0)


@FEW
@given(rows=ROWS.filter(_is_unicode), groups=st.integers(1, 4), words=st.booleans())
def test_parquet(tmp_path: Path, rows: Any, groups: int, words: bool) -> None:
    columns = [[row[place] for row in rows] for place in range(3)]
    who = pa.array(columns[1], pa.string())
    table = pa.table(
        {"a": columns[0], "Who": who.dictionary_encode() if words else who, "b": columns[2]}, metadata={"k": "v"}
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=groups)
    found, done = rewritten(tmp_path, sink.getvalue().to_pybytes(), "parquet", subjects())
    after = pq.read_table(pa.BufferReader(found))
    assert after.schema.equals(table.schema)
    wanted = [row for row in table.to_pylist() if row["Who"] != WHO]
    assert after.to_pylist() == wanted
    assert done.removed == table.num_rows - len(wanted)
    assert any(WHO in row["Who"] for row in wanted) or WHO.encode() not in found


@pytest.mark.parametrize("text", ["7", "7.0", "+7", "007", "7e0", "70e-1"])
def test_a_number_is_judged_by_what_it_is(tmp_path: Path, text: str) -> None:
    about = subjects("7", integer=True)
    content = (
        f'{{"Who": {text if text[0] not in "+0" else json.dumps(text)}}}\n{{"Who": 70}}\n{{"Who": "7x"}}\n'.encode()
    )
    found, done = rewritten(tmp_path, content, "jsonl", about)
    assert done.removed == 1
    assert found.count(b"\n") == 2
    table = pa.table({"Who": pa.array([7, 70, None], pa.int32())})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    assert rewritten(tmp_path, sink.getvalue().to_pybytes(), "parquet", about)[1].removed == 1


def test_a_type_by_which_nobody_is_found_is_refused(tmp_path: Path) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"Who": pa.array([1.5])}), sink)
    with pytest.raises(CannotRewrite, match="'Who' is of type double"):
        rewritten(tmp_path, sink.getvalue().to_pybytes(), "parquet", subjects())


def test_a_broken_line_goes_if_it_names_them_as_a_word(tmp_path: Path) -> None:
    lines = [
        b'{"Who": "anna@x.org"\n',
        b'{"Who": "joanna@x.org"\n',
        b'"anna@x.org"\n',
        b'{"Who": "anna@x.org", "a": 1}\n',
    ]
    found, done = rewritten(tmp_path, b"".join(lines), "jsonl", subjects("anna@x.org"))
    assert found == lines[1]
    assert (done.removed, done.broken) == (3, 2)
    lines = [b"a,Who\n", b"1,anna@x.org,3\n", b"1,joanna@x.org,3\n", b'"1"x,anna@x.org\n', b"\n", b"2,otto\n"]
    found, done = rewritten(tmp_path, b"".join(lines), "csv", subjects("anna@x.org"))
    assert found == b"".join([lines[0], lines[2], *lines[4:]])
    assert done.broken == 2
