"""Folders for what is on its way: nothing of them stays, whatever happens to a process; and nobody else looks in."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.scratch import Scratch
from dataops_assets.model import Contract, Integer, Source, column
from dataops_assets.settings import Settings, SettingsError
from dataops_assets.sources import Files
from dataops_assets_tests.support import make_project, succeed

KILLED = """
import os, signal, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from dataops_assets.lake.scratch import Scratch
with Scratch(Path(sys.argv[1])).folder() as folder:
    (folder / "content").write_text("x")
    print(folder, flush=True)
    {then}
"""


class Numbers(Contract):
    """Numbers."""

    id: Integer = column("Number.")


def started(root: Path, then: str) -> tuple[subprocess.Popen[str], Path]:
    """A process that has a folder below `root`, and that folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(then=then), str(root)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_a_killed_process_leaves_nothing_for_long(tmp_path: Path) -> None:
    killed, left = started(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    assert killed.wait() == -signal.SIGKILL
    living, used = started(tmp_path, "signal.pause()")
    try:
        assert not left.exists()
        with Scratch(tmp_path).folder() as mine:
            assert used.exists()
            assert sorted(tmp_path.iterdir()) == sorted([mine, used])
    finally:
        living.kill()
        living.wait()
    with Scratch(tmp_path).folder() as mine:
        assert list(tmp_path.iterdir()) == [mine]
    assert list(tmp_path.iterdir()) == []


def test_many_at_a_time_keep_their_folders(tmp_path: Path) -> None:
    """Each sweeps while the others make theirs."""

    def work(_: int) -> bool:
        with Scratch(tmp_path).folder() as folder:
            (folder / "content").write_text("x")
            return (folder / "content").read_text() == "x"

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(400)))
    assert list(tmp_path.iterdir()) == []


def test_all_that_a_run_makes_is_below_its_home_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    (tmp_path / "x.csv").write_text("id\n1\n")
    seen: list[Path] = []
    made = os.mkdir

    def mkdir(path: str | Path, mode: int = 0o777, **more: int) -> None:
        seen.append(Path(path))
        made(path, mode, **more)

    monkeypatch.setattr(os, "mkdir", mkdir)
    succeed(make_project(home, Source(name="t", extract=Files(f"{tmp_path}/x.csv"), contract=Numbers, key=["id"])))
    assert [path for path in seen if path.name.startswith("dataops-") and home / "scratch" != path.parent] == []
    assert len([path for path in seen if path.parent == home / "scratch"]) >= 2  # an extraction's, and a session's
    assert list((home / "scratch").iterdir()) == []
    readable = [path for path in (home, *home.rglob("*")) if path.is_dir() and path.stat().st_mode & 0o077]
    assert readable == []


def test_who_may_look_into_the_home_is_a_setting(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        settings = Settings.from_environment({"DATAOPS_HOME": str(tmp_path / "home"), "DATAOPS_HOME_MODE": "0750"})
        settings.make_home("dagster")
        LocalStore(settings.home / "lake", mode=settings.home_mode).create("a/b", b"x")
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in (settings.home, *settings.home.rglob("*")) if path.is_dir()}
    assert modes == {0o750}
    for wrong in ("rwx", "0644", "99", "01777"):
        with pytest.raises(SettingsError, match="DATAOPS_HOME_MODE="):
            Settings.from_environment({"DATAOPS_HOME_MODE": wrong})
