"""What unpacks to more than any memory has room for is refused while it is read, by file and row; nothing is kept."""

import gzip
import json
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataops_assets.lake.attempts import commit_extraction
from dataops_assets.lake.local import LocalStore
from dataops_assets.model import Contract, Integer, Source, Text, column
from dataops_assets.sources import Extractor, Files, PermanentSourceError, Request, RestApi, SqlTable
from dataops_assets.sources.limits import ROW_BYTES, Limits
from dataops_assets_tests.sources.conftest import take
from dataops_assets_tests.support import make_project, materialize, rows, succeed

MB = 10**6


class Notes(Contract):
    """Notes."""

    id: Integer = column("Number.")
    note: Text = column("Note.", nullable=True)


def packed(*pieces: bytes | tuple[bytes, int]) -> bytes:
    """Bytes, and megabytes of bytes, as gzip; the size costs no time, since a file may have many members."""
    found = []
    for piece in pieces:
        content, times = (piece[0] * (MB // len(piece[0])), piece[1]) if isinstance(piece, tuple) else (piece, 1)
        compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
        found.append((compressor.compress(content) + compressor.flush()) * times)
    return b"".join(found)


def kept(store: LocalStore, extractor: Extractor) -> int:
    """The rows of an extraction that is committed."""
    return commit_extraction(store, "things", None, extractor.extract(Request("things"))).rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    yield LocalStore(tmp_path / "lake")
    assert not list((tmp_path / "lake").glob("**/manifest.json"))


TEXTS: dict[str, tuple[str, list[Any], str]] = {
    "a field": (
        "csv.gz",
        [b"id,note\n1,a\n2,", (b"x", 1000), b"\n3,c\n"],
        r"x\.csv\.gz: row 2 holds more than 67,108,864",
    ),
    "a header": ("csv.gz", [b"id,", (b"x", 100), b"\n3,c\n"], "row 1 or what is before it holds more"),
    "a quoted field of many lines": ("csv.gz", [b'id,note\n1,2\n1,"', (b"x\n", 100), b'"\n3,c\n'], "row 2 holds more"),
    "many fields": ("csv.gz", [b"id,note\n1,2\n", (b"abcd,", 100), b"\n3,c\n"], "row 2 holds more"),
    "a line of JSON": ("jsonl.gz", [b'{"id":1}\n{"note":"', (b"x", 100), b'"}\n'], "row 2 holds more"),
    "spaces": ("jsonl.gz", [b'{"id":1}\n', (b" ", 100), b'{"id":2}\n'], "row 2 holds more"),
    "a file of short rows": ("csv.gz", [b"id,note\n", (b"1,n\n", 1000)], r"unpacks to more than 900,000,000 .* by row"),
    "a file of blank lines": ("jsonl.gz", [b'{"id":1}\n', (b"\n", 1000)], "unpacks to more than 900,000,000"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_a_small_file_that_unpacks_to_too_much(tmp_path: Path, store: LocalStore, case: str) -> None:
    suffix, pieces, message = TEXTS[case]
    source = Files(f"{tmp_path}/x.{suffix}")
    if "lines" in case or "fields" in case or "rows" in case:  # these take longer to read
        source = Files(f"{tmp_path}/x.{suffix}", max_row_bytes=5 * MB, max_file_bytes=2 * MB * len(pieces))
        message = message.replace("900,000,000", f"{2 * MB * len(pieces):,}")
    (tmp_path / f"x.{suffix}").write_bytes(packed(*pieces))
    assert (tmp_path / f"x.{suffix}").stat().st_size < 2 * MB
    with pytest.raises(PermanentSourceError, match=message):
        kept(store, source)


def dictionary(texts: list[str], count: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array([n % len(texts) for n in range(count)], pa.int32()), pa.array(texts))


LONG = "x" * MB
MAP = pa.map_(pa.string(), pa.string())
AS_IT_IS = {"use_dictionary": False}
PREFIXES = {"use_dictionary": False, "column_encoding": {"note": "DELTA_BYTE_ARRAY"}}

# A column, how it is written, what is said; those of 100 MB are read with a limit of 90.
PARQUETS: dict[str, tuple[Callable[[], Any], dict[str, Any], str]] = {
    "a dictionary": (lambda: dictionary(["n", LONG], 3000), {}, "unpacks to more than 900,000,000 bytes"),
    "texts in lists": (lambda: pa.array([["n", LONG]] * 100), {}, "unpacks to more than 90,000,000"),
    "texts in records": (lambda: pa.array([{"a": LONG}] * 100), {}, "unpacks to more than 90,000,000"),
    "texts in a map": (lambda: pa.array([[("a", LONG)]] * 100, MAP), {}, "unpacks to more than 90,000,000"),
    "prefixes": (lambda: pa.array([LONG] * 100), PREFIXES, "unpacks to more than 90,000,000"),
    "runs of numbers": (lambda: pa.array([7] * 12_000_000), {}, "unpacks to more than 90,000,000"),
    "a long text": (lambda: dictionary(["n", "n", "x" * 70 * MB], 3), {}, "row 3 holds more than 67,108,864"),
    "a long text as it is": (lambda: pa.array(["n", "x" * 70 * MB, "n"]), AS_IT_IS, "row 2 holds"),
    "a long list": (lambda: pa.array([["n"], [LONG] * 70]), {}, "row 2 holds more"),
}


@pytest.mark.parametrize("case", PARQUETS)
def test_a_small_parquet_file_of_large_rows(tmp_path: Path, store: LocalStore, case: str) -> None:
    notes, options, message = PARQUETS[case]
    table = pa.table({"note": notes()})
    pq.write_table(table, tmp_path / "x.parquet", compression="zstd", row_group_size=table.num_rows, **options)
    assert (tmp_path / "x.parquet").stat().st_size < MB
    source = Files(f"{tmp_path}/x.parquet", max_file_bytes=90 * MB if " 90," in message else None)
    with pytest.raises(PermanentSourceError, match=rf"x\.parquet.* {message}"):
        kept(store, source)


def test_limits_are_settings_of_the_source(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "lake")
    (tmp_path / "x.csv.gz").write_bytes(packed(b"id,note\n2,", (b"x", 70), b"\n3,c\n"))
    pq.write_table(pa.table({"note": dictionary(["n", LONG], 2000)}), tmp_path / "x.parquet")
    assert kept(store, Files(f"{tmp_path}/x.csv.gz", max_row_bytes=80 * MB)) == 2
    assert kept(store, Files(f"{tmp_path}/x.parquet", max_file_bytes=2000 * MB)) == 2000
    for source in (
        Files(f"{tmp_path}/x.csv.gz", max_row_bytes=80 * MB, max_file_bytes=69 * MB),
        Files(f"{tmp_path}/x.parquet", max_file_bytes=69 * MB),
    ):
        with pytest.raises(PermanentSourceError, match="max_file_bytes"):
            kept(store, source)


def test_what_a_file_may_unpack_to_grows_with_it() -> None:
    """By default: so no sound file is refused, however large it is."""
    assert Limits.of(ROW_BYTES, None, 5 * MB).file_bytes == 900 * MB
    assert Limits.of(ROW_BYTES, None, 50 * MB).file_bytes == 5000 * MB
    assert Limits.of(ROW_BYTES, 7 * MB, 50 * MB).file_bytes == 7 * MB


def test_a_record_of_an_api(serve: Any) -> None:
    record = json.dumps({"note": "x" * 2 * MB}).encode()
    url = serve(lambda path, headers: (200, b'[{"id":1},' + record + b"]", {}))
    with pytest.raises(PermanentSourceError, match=r"record 2 of part-00000.* holds more than 1,000,000 bytes"):
        take(RestApi(url, max_row_bytes=MB))
    assert take(RestApi(url)).rows == 2


def test_a_row_of_a_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("create table t (id integer, note text, more text)")
        connection.executemany("insert into t values (?, ?, ?)", [(n, "x" * 600_000, "y" * n) for n in range(5)])
        connection.execute("update t set more = note where id = 3")
    with pytest.raises(PermanentSourceError, match=r"things: row 4 holds more than 1,000,000 bytes"):
        take(SqlTable(url=f"sqlite:///{tmp_path}/x.db", table="t", max_row_bytes=MB))
    assert take(SqlTable(url=f"sqlite:///{tmp_path}/x.db", table="t")).rows == 5


def test_a_run_refuses_it_before_it_is_kept(tmp_path: Path) -> None:
    """And the partition is loaded once the file is mended."""
    path = tmp_path / "x.csv.gz"
    path.write_bytes(packed(b"id,note\n1,a\n2,", (b"x", 1000), b"\n3,c\n"))
    project = make_project(tmp_path / "home", Source(name="t", extract=Files(str(path)), contract=Notes, key=["id"]))
    problems = [problem for result in materialize(project) for problem in result.problems]
    assert any("x.csv.gz: row 2 holds more than 67,108,864 bytes" in problem for problem in problems), problems
    assert not list((tmp_path / "home").glob("**/manifest.json"))
    path.write_bytes(gzip.compress(b"id,note\n1,a\n2,x\n3,c\n"))
    succeed(project)
    assert rows(project, "select count(*) as n from staging.raw_t") == [{"n": 3}]


MEASURE = """
import re, sys
from pathlib import Path
from dataops_assets.lake.attempts import commit_extraction
from dataops_assets.lake.local import LocalStore
from dataops_assets.sources import Files, PermanentSourceError, Request
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
def take(name):
    try: commit_extraction(LocalStore(Path(sys.argv[1])), "t", None, Files(sys.argv[1] + name).extract(Request("t")))
    except PermanentSourceError as error: print(error, file=sys.stderr)
    return peak()
take("/small.csv.gz"), take("/small.parquet")
before = peak()
print(take("/x.csv.gz") - before, take("/x.parquet") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from Linux's /proc")
def test_it_takes_the_memory_of_a_few_rows_to_refuse_it(tmp_path: Path) -> None:
    (tmp_path / "small.csv.gz").write_bytes(gzip.compress(b"id,note\n1,a\n"))
    pq.write_table(pa.table({"note": dictionary(["n", "m"], 10)}), tmp_path / "small.parquet")
    (tmp_path / "x.csv.gz").write_bytes(packed(b"id,note\n1,a\n2,", (b"x", 1000), b"\n3,c\n"))
    pq.write_table(pa.table({"note": dictionary(["n", LONG], 3000)}), tmp_path / "x.parquet")
    run = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "row 2 holds" in run.stderr
    assert "unpacks to" in run.stderr
    csv, parquet = map(float, run.stdout.split())
    print(csv, parquet)
    assert csv < 500
    assert parquet < 500
