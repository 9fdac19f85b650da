"""A machine that is short of something says what, in one line; nothing is lost, and the same command goes on."""

import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataops_assets.shortage import shortage
from dataops_assets_tests.commands.conftest import Result

DATASET = """
from dataops_assets.model import Contract, Integer, Source, Text, column
from dataops_assets.sources import Env, Files

class Notes(Contract):
    \"\"\"Notes.\"\"\"
    id: Integer = column("Number.")
    note: Text = column("Note.", nullable=True)

notes = Source(name="notes", extract=Files(Env("NOTES") / "x.*"), contract=Notes, key=["id"])
"""
KB, MB = 2**10, 2**20
# In the process itself, and not between fork and exec: where a test before has used gRPC, that may end the child.
LIMITED = """
import ast, os, resource, sys
for kind, value in ast.literal_eval(sys.argv[1]).items():
    resource.setrlimit(kind, (value, value))
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A package `short` with one dataset, its file of 20,000 rows, and a place for its home."""
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "__init__.py").write_text("")
    (tmp_path / "short" / "notes.py").write_text(DATASET)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "x.csv").write_text(
        "id,note\n" + "".join(f"{n},{os.urandom(50).hex()}\n" for n in range(20_000))
    )
    return tmp_path


def run(
    shop: Path, *arguments: str, limits: dict[int, int] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, with these limits of the system."""
    own = {name: text for name, text in os.environ.items() if not name.startswith(("DATAOPS_", "DAGSTER_"))}
    own |= {"DATAOPS_HOME": str(shop / "home"), "DATAOPS_DATASETS": "short", "NOTES": str(shop / "source")}
    own |= {"PYTHONPATH": os.pathsep.join([str(shop), *filter(None, sys.path)]), **more.pop("env", {})}
    command = [sys.executable, "-m", "dataops_assets.cli", *arguments]
    if limits:
        command = [sys.executable, "-c", LIMITED, repr(limits), *command]
    return subprocess.run(command, env=own, cwd=shop, capture_output=True, text=True, check=False, **more)


def count(shop: Path) -> int:
    result = run(shop, "query", "select count(*) as n from staging.raw_notes", "--format", "csv")
    return int(result.stdout.split()[1])


@pytest.mark.parametrize("size", [pytest.param(KB, marks=pytest.mark.slow), 60 * KB])
def test_a_full_disk_in_one_line(shop: Path, size: int) -> None:
    """First Dagster's own files cannot be written, then its database."""
    result = run(shop, "run", limits={resource.RLIMIT_FSIZE: size})
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("dataops run: the disk is full: ")
    assert result.stderr.endswith("nothing that was there is lost, and the same command goes on\n")


@pytest.mark.slow
def test_whatever_stops_a_run_the_same_command_goes_on(shop: Path) -> None:
    # Dagster's database, in the middle of a run; then the answer of the source.
    for value, step in ((200 * KB, ""), (1200 * KB, "raw/notes: ")):
        result = run(shop, "run", limits={resource.RLIMIT_FSIZE: value})
        assert result.returncode == 1, result
        assert "the disk is full" in result.stderr, result.stderr
        assert step in result.stderr, result.stderr
        assert "Traceback" not in result.stderr + result.stdout
        assert "is tried again" not in result.stdout  # a pause makes no room
    assert run(shop, "run").returncode == 0
    assert count(shop) == 20_000
    assert run(shop, "verify").returncode == 0
    assert list((shop / "home" / "scratch").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "spill", "words"),
    [("30MB", None, "the memory is short"), ("60MB", 45 * MB, "the disk is full")],
)
def test_a_sound_parquet_file_is_not_taken_for_a_damaged_one(
    shop: Path, limit: str, spill: int | None, words: str
) -> None:
    (shop / "source" / "x.csv").unlink()
    notes = [os.urandom(64).hex() for _ in range(300_000)]
    pq.write_table(pa.table({"id": range(300_000), "note": notes}), shop / "source" / "x.parquet")
    limits = {resource.RLIMIT_FSIZE: spill} if spill else {}
    result = run(shop, "run", limits=limits, env={"DATAOPS_MEMORY_LIMIT": limit})
    assert result.returncode == 1
    assert words in result.stderr, result.stderr
    assert "extract" not in result.stderr
    assert run(shop, "run").returncode == 0
    assert count(shop) == 300_000


@pytest.mark.parametrize("command", ["run", "query"])
def test_a_folder_that_may_not_be_written_in(
    dataops: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Not even by root, who runs the tests of CI."""
    monkeypatch.setenv("DATAOPS_HOME", "/sys/dataops")
    result = dataops(command, *(["select 1"] if command == "query" else []))
    assert result.code == 2
    assert result.err.count("\n") == 1, result.err
    assert "DATAOPS_HOME is to be a folder that this user may write in" in result.err


def raised(act: Callable[[], Any]) -> BaseException:
    with pytest.raises(Exception) as caught:
        act()
    return caught.value


def test_what_the_libraries_say_is_understood(tmp_path: Path) -> None:
    """Each error is a real one, and also understood where others are around it."""

    def full() -> None:
        with Path("/dev/full").open("wb", buffering=0) as disk:
            disk.write(b"x")

    def sqlite_full() -> None:
        with sqlite3.connect(tmp_path / "x.db") as connection:
            connection.execute("pragma max_page_count = 2")
            connection.execute("create table t (x)")
            connection.execute("insert into t values (zeroblob(1000000))")

    def memory() -> None:
        duckdb.connect(config={"memory_limit": "1MB"}).execute("select list(range) from range(1000000)")

    def files() -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        opened = []
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
            while True:
                opened.append(os.dup(0))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            for each in opened:
                os.close(each)

    def around() -> None:
        try:
            full()
        except OSError as error:
            raise RuntimeError("a step failed") from error

    for act, words in (
        (full, "the disk is full"),
        (around, "the disk is full: [Errno 28] No space left on device"),
        (sqlite_full, "the disk is full: database or disk is full"),
        (files, "too many files are open: [Errno 24]"),
        (memory, "the memory is short"),
        (lambda: pa.allocate_buffer(2**60), "the memory is short"),
        (lambda: sqlite3.connect(tmp_path / "no" / "x.db"), "cannot be opened"),
    ):
        result = shortage(raised(act))
        assert result is not None, raised(act)
        assert words in result
        assert "\n" not in result
    assert shortage(ValueError("disk I/O error")) is None
    assert shortage(raised(lambda: duckdb.sql("select * from nothing"))) is None
