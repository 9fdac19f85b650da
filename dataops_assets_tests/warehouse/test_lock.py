"""Who waits for the warehouse in vain is told which process it is that holds it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dataops_assets.warehouse.duckdb import lock
from dataops_assets.warehouse.duckdb.lock import LockTimeout, file_lock

HOLD = """
import sys
from pathlib import Path
from dataops_assets.warehouse.duckdb.lock import file_lock
with file_lock(Path(sys.argv[1]), exclusive=sys.argv[2] == "writer", timeout=10):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(path: Path, by: str) -> Iterator[int]:
    """By a process that reads or writes; its id."""
    command = [sys.executable, "-c", HOLD, str(path), by]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process.pid
        process.communicate("")
    assert process.returncode == 0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The lock, which a process had that has ended since."""
    with held(tmp_path / "lock", "writer"):
        pass
    return tmp_path / "lock"


def refused(path: Path) -> str:
    with pytest.raises(LockTimeout) as raised, file_lock(path, exclusive=True, timeout=0.1):
        pass
    return str(raised.value)


@pytest.mark.parametrize("by", ["reader", "writer"])
def test_the_process_that_holds_it_is_named(path: Path, by: str) -> None:
    with held(path, by) as pid:
        assert f"still held by process {pid} after 0 s" in refused(path)
    with file_lock(path, exclusive=True, timeout=0):
        pass


def test_all_that_read_are_named(path: Path) -> None:
    with held(path, "reader") as one, held(path, "reader") as other:
        assert f"still held by processes {min(one, other)}, {max(one, other)} after" in refused(path)


def test_where_the_system_does_not_tell_the_last_writer_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_LOCKS", path.with_name("locks"))
    with held(path, "writer") as pid:
        assert f"still held by another process (the last one to write was {pid}) after" in refused(path)


def test_readers_do_not_wait_for_each_other(path: Path) -> None:
    with held(path, "reader"), file_lock(path, exclusive=False, timeout=0):
        pass
