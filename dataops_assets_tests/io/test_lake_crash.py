"""The lake's tables while they are rewritten: by a process that is killed, and under the eyes of a reader."""

import multiprocessing
import shutil
import signal
import threading
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.paths import AssetPartition
from dataops_assets.lake.tables import current_content
from dataops_assets_tests.io import lake_place
from dataops_assets_tests.io.lake_place import LakePlace, by_day
from dataops_assets_tests.lake.killing_store import KillingStore, KillSwitch

DAYS = ["2024-01-02", "2024-01-03"]
WRITES = len(DAYS) * 3  # files, then manifests, then pointers

# Each run is a process of its own, forked from one that has imported everything: starting afresh takes seconds.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([lake_place.__name__])


def rewrite(folder: Path, at: int) -> None:
    """Write both days, or die (SIGKILL) before a write."""
    store = KillingStore(LocalStore(folder / "lake"), KillSwitch(at))
    LakePlace(folder, store).wrote(by_day(2), key=DAYS[0], to=DAYS[1])


def values(place: LakePlace, day: str) -> list[int]:
    content = current_content(place.store, "assets/sales/daily", AssetPartition.of(day))
    assert content is not None
    return pd.read_parquet(pa.BufferReader(content))["value"].to_list()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with both days, to be copied."""
    folder = tmp_path_factory.mktemp("written")
    LakePlace(folder, LocalStore(folder / "lake")).wrote(by_day(1), key=DAYS[0], to=DAYS[1])
    return folder


@pytest.mark.parametrize("at", range(1, WRITES + 2))
def test_killed_at_any_write(written: Path, tmp_path: Path, at: int) -> None:
    shutil.copytree(written / "lake", tmp_path / "lake")
    process = PROCESSES.Process(target=rewrite, args=(tmp_path, at))
    process.start()
    process.join(120)
    assert process.exitcode == (-signal.SIGKILL if at <= WRITES else 0), "a write was added: the kills must reach it"
    place = LakePlace(tmp_path, LocalStore(tmp_path / "lake"))
    moved = max(0, at - 1 - 2 * len(DAYS))  # pointers
    old, new = [1, 1], [2, 2]
    assert [values(place, day) for day in DAYS] == [new] * moved + [old] * (len(DAYS) - moved)
    place.wrote(by_day(2), key=DAYS[0], to=DAYS[1])
    assert [values(place, day) for day in DAYS] == [new, new]


def test_who_reads_during_rewrites_sees_one_or_the_other(tmp_path: Path) -> None:
    place = LakePlace(tmp_path, LocalStore(tmp_path / "lake"))
    place.wrote(by_day(0), key=DAYS[0])
    done, seen = threading.Event(), set()

    def read() -> None:
        while not done.is_set():
            seen.add(tuple(values(place, DAYS[0])))

    reader = threading.Thread(target=read)
    reader.start()
    for value in range(1, 6):
        place.wrote(by_day(value), key=DAYS[0])
    done.set()
    reader.join()
    assert seen <= {(value, value) for value in range(6)}
    assert len(seen) > 1
