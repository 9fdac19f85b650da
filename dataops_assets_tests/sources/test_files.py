"""Files from real folders: kept byte for byte, counted on the way."""

import csv
import glob
import gzip
import io
import os

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataops_assets.sources import Env, Files, PermanentSourceError, Request, TransientSourceError
from dataops_assets.sources.folders import LocalFolder
from dataops_assets_tests.sources.conftest import take


def test_a_file_of_a_partition(tmp_path, monkeypatch):
    data = b"\xef\xbb\xbforigin,temp\r\nEWR,39.02\r\n"
    (tmp_path / "weather-2013-01-05.csv").write_bytes(data)
    monkeypatch.setenv("WEATHER_DIR", str(tmp_path))
    source = Files(Env("WEATHER_DIR") / "weather-{partition.start:%Y-%m-%d}.csv")
    taken = take(source, "2013-01-05")
    ((file, stored),) = taken.files
    assert stored == data
    assert (file.name, file.format, file.compression, file.rows) == ("weather-2013-01-05.csv", "csv", None, 1)
    assert file.columns == {"origin": "text", "temp": "text"}
    assert taken.watermark is None
    with pytest.raises(PermanentSourceError, match=r"weather \[2013-01-06\]: there is no file .*2013-01-06\.csv"):
        take(source, "2013-01-06", table="weather")
    assert take(Files(source.path, missing="empty"), "2013-01-06").files == []


CSV_TEXTS = [
    b'a,b\n1,"two\nlines"\n2,"say ""hi"", then\r\nleave"\n',
    b"a,b\n1,2",
    b"a,b\n\n1,2\n\n\n3,4\n",
    b"a,b\r\n1,2\r\n",
    b"a\n1\n\n2\n",
    b"a,b\n",
    b"a,b",
    b'a,b\n1,5" pipe\n2,6" pipe\n3,7\n',
    b'"a","b ""x"""\n1,2\n',
]


@pytest.mark.parametrize("data", CSV_TEXTS)
@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_csv_rows_are_those_a_reader_finds(tmp_path, data, suffix):
    stored = gzip.compress(data) if suffix.endswith("gz") else data
    (tmp_path / f"x.{suffix}").write_bytes(stored)
    ((file, kept),) = take(Files(f"{tmp_path}/x.{suffix}")).files
    assert kept == stored
    header, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    assert file.rows == len([row for row in rows if row or len(header) == 1])
    assert list(file.columns) == header
    assert file.compression == ("gzip" if suffix.endswith("gz") else None)
    if len(header) > 1:
        read = f"from read_csv('{tmp_path}/x.{suffix}', header=true, all_varchar=true, delim=',', quote='\"')"
        found = duckdb.sql(f"select count(*) {read}")
        assert found is not None
        assert found.fetchall() == [(file.rows,)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=5), min_size=2, max_size=2), max_size=9))
def test_any_text_can_be_in_a_csv(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    ((file, kept),) = take(Files(str(path))).files
    assert (kept, file.rows) == (path.read_bytes(), len(rows))


def test_long_fields_and_long_files(tmp_path):
    long = "x" * 1_500_000
    (tmp_path / "x.csv").write_text("a,b\n" + f'1,"{long}\n{long}"\n' * 3)
    ((file, kept),) = take(Files(f"{tmp_path}/x.csv")).files
    assert (file.rows, kept) == (3, (tmp_path / "x.csv").read_bytes())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "has no header"),
        (b"\n1,2\n", "has no header"),
        (b"EWR,2013,39.02\nJFK,2013,40\n", "has no header: its first line holds values such as '2013'"),
        (b"EWR,2013-01-05\n", "holds values such as '2013-01-05'"),
        (b"a,b,a\n1,2,3\n", r"names the columns \['a'\] more than once"),
        (b"a,,c\n1,2,3\n", "column 2 of its header without a name"),
        (b"a,b\n1,caf\xe9\n", "not UTF-8"),
        (b"\xff\xfea\x00,\x00b\x00", "not UTF-8"),
    ],
)
def test_unusable_csv(tmp_path, data, message):
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(PermanentSourceError, match=rf"things: .*x\.csv .*{message}"):
        take(Files(f"{tmp_path}/x.csv"))


def test_a_bad_header_stops_before_the_first_byte(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"a,a\n" + b"1,2\n" * 1_000_000)
    (file,) = Files(f"{tmp_path}/x.csv").extract(Request("things")).files
    with pytest.raises(PermanentSourceError, match="more than once"):
        next(file.chunks)


def test_json_lines(tmp_path):
    data = b'\xef\xbb\xbf{"a": 1}\n\n{"b": "x", "a": null}\r\n{"a": "y"}'
    (tmp_path / "x.jsonl").write_bytes(data)
    (tmp_path / "y.ndjson.gz").write_bytes(gzip.compress(data))
    for name in ("x.jsonl", "y.ndjson.gz"):
        ((file, kept),) = take(Files(f"{tmp_path}/{name}")).files
        assert kept == (tmp_path / name).read_bytes()
        assert (file.format, file.rows, file.columns) == ("jsonl", 3, {"a": "number|string", "b": "string"})


def test_a_broken_line_is_kept_and_counted(tmp_path):
    broken = b'{"a": 1}\n{"a": 2\n'
    (tmp_path / "x.jsonl").write_bytes(broken)
    ((file, kept),) = take(Files(f"{tmp_path}/x.jsonl")).files
    assert (file.rows, file.columns, kept) == (2, {"a": "number"}, broken)
    (tmp_path / "x.jsonl").write_bytes(b'[\n{"a": 1},\n{"a": 2}\n]\n')
    with pytest.raises(PermanentSourceError, match=r"x\.jsonl, line 1 is no JSON object: .* \(3 of 4 lines\)"):
        take(Files(f"{tmp_path}/x.jsonl"))


def test_a_line_nested_too_deep_is_counted_as_broken(tmp_path):
    deep = b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    (tmp_path / "x.jsonl").write_bytes(content := b'{"a": 1}\n' + deep + b'\n{"a": 2}\n')
    ((file, kept),) = take(Files(f"{tmp_path}/x.jsonl")).files
    assert (file.rows, file.columns, kept) == (3, {"a": "number"}, content)


def test_parquet(tmp_path):
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", None]}), tmp_path / "x.parquet")
    ((file, kept),) = take(Files(f"{tmp_path}/x.parquet")).files
    assert kept == (tmp_path / "x.parquet").read_bytes()
    assert (file.rows, file.columns) == (2, {"a": "int64", "b": "string"})
    (tmp_path / "x.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(PermanentSourceError, match="no Parquet file"):
        take(Files(f"{tmp_path}/x.parquet"))


def test_a_parquet_file_with_two_columns_of_a_name_is_refused(tmp_path):
    numbers = pa.array([1, 2])
    pq.write_table(pa.Table.from_arrays([numbers, numbers, numbers], ["a", "b", "a"]), tmp_path / "x.parquet")
    with pytest.raises(PermanentSourceError, match=r"x\.parquet names the columns \['a'\] more than once"):
        take(Files(f"{tmp_path}/x.parquet"))


def test_a_broken_gzip_is_named(tmp_path):
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a,b\n" + os.urandom(9999).hex().encode())[:-20])
    with pytest.raises(PermanentSourceError, match=r"x\.csv\.gz cannot be read"):
        take(Files(f"{tmp_path}/x.csv.gz"))


def test_a_pattern_with_folders(tmp_path):
    for name in ("a/x.csv", "a/b/x.csv", "a/b/ö y.csv", "a/no.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"n\n{len(name)}\n")
    taken = take(Files(f"{tmp_path}/**/*.csv"))
    assert sorted(file.name for file, _ in taken.files) == ["a__b__x.csv", "a__b__ö_y.csv", "a__x.csv"]
    assert taken.rows == 3
    with pytest.raises(PermanentSourceError, match=r"format of .* cannot be told"):
        take(Files(f"{tmp_path}/a/*.txt"))
    assert take(Files(f"{tmp_path}/a/*.txt", format="csv")).rows == 1
    with pytest.raises(PermanentSourceError, match="no file matches"):
        take(Files(f"{tmp_path}/a/*.pdf"))


@pytest.fixture
def linked(tmp_path):
    """A folder with files, with links of each kind, and a place outside."""
    folder, outside = tmp_path / "in", tmp_path / "outside"
    (folder / "a").mkdir(parents=True)
    outside.mkdir()
    for file in (folder / "x.csv", folder / "a" / "x.csv", outside / "secret.csv"):
        file.write_text(f"n\n{file.parent.name}\n")
    (folder / "itself.csv").symlink_to("itself.csv")
    (folder / "gone.csv").symlink_to("nothing.csv")
    (folder / "same.csv").symlink_to("a/x.csv")
    (folder / "secret.csv").symlink_to(outside / "secret.csv")
    (folder / "a" / "up").symlink_to("..")
    (folder / "b").symlink_to(outside)
    return folder


def test_links_in_a_folder(linked):
    taken = Files(f"{linked}/*.csv").extract(Request("things"))
    assert [file.name for file in taken.files if list(file.chunks)] == ["same.csv", "x.csv"]
    left_out = {path.removeprefix(f"{linked}/"): reason for path, reason in taken.left_out.items()}
    assert left_out == {
        "itself.csv": "a link that leads nowhere (Too many levels of symbolic links)",
        "gone.csv": "a link that leads nowhere (No such file or directory)",
        "secret.csv": f"a link that leads out of {linked}/; follow_links=True has such links followed",
    }
    followed = take(Files(f"{linked}/*.csv", follow_links=True))
    assert [file.name for file, _ in followed.files] == ["same.csv", "secret.csv", "x.csv"]


@pytest.mark.parametrize("pattern", ["**/*.csv", "*/*.csv", "a/up/a/up/*.csv"])
def test_links_to_folders(linked, pattern):
    names = {
        "**/*.csv": ["a__x.csv", "same.csv", "x.csv"],
        "*/*.csv": ["a__x.csv"],
        "a/up/a/up/*.csv": ["same.csv", "x.csv"],  # the folder that is named is where the links are
    }
    assert [file.name for file, _ in take(Files(f"{linked}/{pattern}")).files] == names[pattern]
    followed = take(Files(f"{linked}/{pattern}", follow_links=True))
    more = {
        "**/*.csv": ["b__secret.csv", "secret.csv"],
        "*/*.csv": ["b__secret.csv"],
        "a/up/a/up/*.csv": ["secret.csv"],
    }
    assert [file.name for file, _ in followed.files] == sorted(names[pattern] + more[pattern])
    left_out = Files(f"{linked}/**/*.csv", follow_links=True).extract(Request("things")).left_out
    assert left_out[f"{linked}/a/up"] == "a link that leads back to a folder it is in"


def test_a_file_that_is_a_link_out_of_its_folder(linked):
    with pytest.raises(PermanentSourceError, match=r"no file .*secret\.csv is a link that leads out of .*follow_links"):
        take(Files(f"{linked}/secret.csv"))
    assert take(Files(f"{linked}/secret.csv", follow_links=True)).rows == 1


def test_what_is_found_is_what_glob_finds(tmp_path, monkeypatch):
    for name in ("a/x.csv", "a/b/x.csv", ".hidden/x.csv", "a/.x.csv", "[a].csv", "x.csv", "a/b/c/y.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("n\n1\n")
    monkeypatch.chdir(tmp_path)
    for base in ("", f"{tmp_path}/"):
        for pattern in (
            "*.csv",
            "**/*.csv",
            "**",
            "a/**",
            "**/b/**/*.csv",
            "*/x.csv",
            "?/[a-b]/*",
            ".*/x.csv",
            "[[]a].csv",
        ):
            found = [entry.path for entry in LocalFolder().find(base + pattern).entries]
            assert found == sorted({p for p in glob.glob(base + pattern, recursive=True) if os.path.isfile(p)}), pattern


def test_incremental_takes_each_file_once(tmp_path):
    source = Files(f"{tmp_path}/*.csv", incremental=True, missing="empty")
    assert take(source).watermark == {"files": {}}
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text("n\n1\n")
    first = take(source)
    assert [file.name for file, _ in first.files] == ["a.csv", "b.csv"]
    assert take(source, watermark=first.watermark).files == []
    (tmp_path / "b.csv").write_text("n\n1\n2\n")
    (tmp_path / "c.csv").write_text("n\n1\n")
    (tmp_path / "a.csv").unlink()
    second = take(source, watermark=first.watermark)
    assert [file.name for file, _ in second.files] == ["b.csv", "c.csv"]
    assert take(source, watermark=second.watermark).watermark == second.watermark
    with pytest.raises(
        PermanentSourceError, match=r"not one of files.*: dataops run --select \+staged/things --full-refresh$"
    ):
        take(source, watermark={"cursor": "at"})


def test_a_file_that_grows_while_it_is_read(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 600_000)
    (file,) = Files(str(path)).extract(Request("things")).files
    next(file.chunks)
    with path.open("ab") as more:
        more.write(b"3,4\n")
    with pytest.raises(TransientSourceError, match="changed while it was read"):
        b"".join(file.chunks)
