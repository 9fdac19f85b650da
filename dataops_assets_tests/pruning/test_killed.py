"""Killed at any write, a pruning is finished by the same command; and what is needed is there all the time."""

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dataops_assets.lake import checkpoints
from dataops_assets.verification.verify import verify_all
from dataops_assets.warehouse.storage import Storage
from dataops_assets_tests.lake.killing_store import KillingStore, KillSwitch
from dataops_assets_tests.lake.places import objects
from dataops_assets_tests.place import DAY
from dataops_assets_tests.pruning.scene import Scene

pytestmark = pytest.mark.slow

DAYS = (DAY, "2024-01-02")


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days, of three versions each, and with copies of manifests."""
    home = tmp_path_factory.mktemp("start") / "home"
    scene = Scene(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "SIZE", 2)
        for key in DAYS:
            for amount in (1, 2, 3):
                scene.publish(amount, key)
    return home


def forked(work: Callable[[], object]) -> int:
    """How it ended, in a process of its own: an exit code, or below zero the signal."""
    pid = os.fork()
    if not pid:
        try:
            work()
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def pruning(home: Path, switch: KillSwitch) -> Scene:
    scene = Scene(home)
    storage = scene.at.project.storage
    scene.at.project.storage = replace(
        storage,
        staging=KillingStore(storage.staging, switch),
        production=KillingStore(storage.production, switch),
    )
    return scene


def left(scene: Scene) -> dict[str, set[str]]:
    """All that is in the lakes, but for the records."""
    storage: Storage = scene.at.project.storage
    return {
        layer: {path for path in objects(getattr(storage, layer)) if not path.startswith("_pruned/")}
        for layer in ("staging", "production")
    }


@pytest.fixture(scope="module")
def whole(start: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, set[str]]]:
    """The writes of a pruning that is not killed, and what it leaves."""
    home = tmp_path_factory.mktemp("whole") / "home"
    shutil.copytree(start, home)
    switch = KillSwitch()
    pruning(home, switch).prune()
    return switch.writes, left(Scene(home))


def killed(start: Path, home: Path, at: int, after: bool, whole: tuple[list[str], dict[str, set[str]]]) -> None:
    shutil.copytree(start, home)
    assert forked(lambda: pruning(home, KillSwitch(at, after)).prune()) == -signal.SIGKILL
    storage = Scene(home).at.project.storage
    problems = verify_all(
        storage.warehouse, storage.staging, storage.production, Scene(home).at.project.catalog
    ).problems
    assert [p for p in problems if "is not finished" not in p.problem and "go by the copy of it" not in p.problem] == []
    Scene(home).prune()
    again = Scene(home)
    assert left(again) == whole[1]
    again.at.verify()
    assert again.look().is_empty
    assert again.look().interrupted == []


def test_killed_at_every_write(start: Path, tmp_path: Path, whole: tuple[list[str], dict[str, set[str]]]) -> None:
    assert any(write.startswith("delete") for write in whole[0])
    for at in range(1, len(whole[0]) + 1):
        home = tmp_path / f"{at}"
        killed(start, home, at, at % 3 == 0, whole)
        shutil.rmtree(home)
