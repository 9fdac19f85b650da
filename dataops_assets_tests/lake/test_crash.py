"""Killed at any write, the lake shows whole attempts and versions only, and the same run again ends the same."""

import json
import multiprocessing
import signal
from pathlib import Path

import pytest

from dataops_assets.lake.attempts import attempts, current, verify_files
from dataops_assets.lake.store import LocalStore
from dataops_assets.lake.versions import read_current, verify_version
from dataops_assets_tests.lake import writer
from dataops_assets_tests.lake.writer import PARTITIONS

WRITES = 3 * (3 + 2 + 2 + 1)  # partitions × (attempt, version, its copy, the pointer)


# Each run is a process of its own, forked from one that has imported everything: starting afresh takes seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([writer.__name__])


def run(folder: Path, at: int | None = None, moment: str = "before") -> int:
    """The exit code of a run that dies at a write, or of a whole one."""
    process = PROCESSES.Process(target=writer.run, args=(folder, at, moment == "after"))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


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
    assert run(folder) == 0
    assert len(json.loads((folder / "writes.json").read_text())) == WRITES, (
        "a write was added or removed: the crashes below must reach it"
    )
    return state(folder)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(1, WRITES + 1))
def test_killed_at_any_write(tmp_path: Path, at: int, moment: str, uncrashed: list[tuple[str, bytes] | None]) -> None:
    assert run(tmp_path, at, moment) == -signal.SIGKILL
    for seen, final in zip(state(tmp_path), uncrashed, strict=True):
        assert seen in (None, final)
    assert run(tmp_path) == 0
    assert state(tmp_path) == uncrashed
