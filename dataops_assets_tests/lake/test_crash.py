"""Killed at any write, the lake shows whole attempts and versions only, and the same run again ends the same."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dataops_assets.lake.attempts import attempts, current, verify_files
from dataops_assets.lake.store import LocalStore
from dataops_assets.lake.versions import read_current, verify_version
from dataops_assets_tests.lake.writer import PARTITIONS

WRITES = 3 * (3 + 2 + 2 + 1)  # partitions × (attempt, version, its copy, the pointer)


def run(folder: Path, at: int = 0, moment: str = "before") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dataops_assets_tests.lake.writer", str(folder), str(at), moment]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def state(folder: Path) -> list[tuple[str, bytes] | None]:
    """What a reader finds for each partition: published version and current raw bytes. Everything visible is whole."""
    staging, production = LocalStore(folder / "staging"), LocalStore(folder / "production")
    found: list[tuple[str, bytes] | None] = []
    for partition in PARTITIONS:
        for manifest in attempts(staging, "flights", partition):
            verify_files(staging, manifest)
        pointer = read_current(production, "delays", partition)
        if pointer is None:
            found.append(None)
            continue
        verify_version(production, "delays", partition, pointer["version"])
        raw = current(staging, "flights", partition)
        assert raw is not None
        found.append((pointer["version"], b"".join(staging.read(file.path) for file in raw.files)))
    return found


@pytest.fixture(scope="module")
def uncrashed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes] | None]:
    folder = tmp_path_factory.mktemp("uncrashed")
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == WRITES, "a write was added or removed: the crashes below must reach it"
    return state(folder)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES + 1))
def test_killed_at_any_write(tmp_path: Path, at: int, moment: str, uncrashed: list[tuple[str, bytes] | None]) -> None:
    killed = run(tmp_path, at, moment)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    for seen, final in zip(state(tmp_path), uncrashed, strict=True):
        assert seen in (None, final)
    again = run(tmp_path)
    assert again.returncode == 0, again.stderr
    assert state(tmp_path) == uncrashed
