"""Who is about to use a version that nothing has needed before, loses nothing to a pruning at the same time."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake.versions import Version, are_there, version_problem
from dataops_assets.pruning import delete
from dataops_assets.publish import publish as publishing
from dataops_assets.publish import rollback
from dataops_assets.publish.decisions import DecisionRefused
from dataops_assets.retention import Retention
from dataops_assets.transform import transform as transforming
from dataops_assets_tests.place import DAY
from dataops_assets_tests.pruning.scene import Scene

VERSIONS = Retention(versions=1)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Of three versions the first can be pruned."""
    made = Scene(tmp_path)
    for amount in (1, 2, 3):
        made.publish(amount)
    return made


def once_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, then: Callable[[], object]) -> None:
    """Let something happen after the first call of a function."""
    original, done = getattr(module, name), []

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        answer = original(*args, **kwargs)
        if not done:
            done.append(True)
            then()
        return answer

    monkeypatch.setattr(module, name, wrapped)


def is_sound(scene: Scene, version: str) -> bool:
    """In both lakes."""
    storage, made = scene.at.project.storage, scene.at.project.catalog.derived["made"]
    assert made.calendar
    where = Version("made", made.calendar.of(DAY), version, {})
    return not version_problem(storage.staging, where) and not version_problem(storage.production, where)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name"), [(transforming, "_copy_to_lake"), (publishing, "copy_versions")], ids=["made", "published"]
)
@pytest.mark.usefixtures("each_backend")
def test_a_version_that_comes_back(scene: Scene, monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    gone = []
    once_after(monkeypatch, module, name, lambda: gone.extend(scene.prune(VERSIONS).lake.items))
    version = scene.publish(1).version
    assert version in {item.name for item in gone}
    assert is_sound(scene, version)
    assert [row["amount"] for row in scene.shown()] == [1]
    scene.at.verify()


@pytest.mark.slow
@pytest.mark.usefixtures("each_backend")
def test_a_version_that_is_rolled_back_to(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pruning comes after its rows were read, and before the swap."""
    [item] = scene.look(VERSIONS).lake.production
    first, done = item.name, []
    with scene.at.project.storage.warehouse.session() as session:
        kind: Any = type(session)
    swapping = kind.swapping

    def after_a_pruning(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not done:
            done.append(True)
            scene.prune(VERSIONS)
        return swapping(self, *args, **kwargs)

    monkeypatch.setattr(kind, "swapping", after_a_pruning)
    with pytest.raises(DecisionRefused, match="was pruned on"):
        scene.back(first)
    assert [row["amount"] for row in scene.shown()] == [3]
    scene.at.verify()


@pytest.mark.slow
def test_a_version_that_is_looked_at_before_and_shown_after_its_manifest_is_gone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pruning comes in the middle of the swap: it waits for that to end, and puts the manifest back."""
    first = next(item.name for item in scene.look(VERSIONS).lake.production)
    storage, made = scene.at.project.storage, scene.at.project.catalog.derived["made"]
    assert made.calendar
    place = Version("made", made.calendar.of(DAY), first, {})
    reached, looked, deleted = (threading.Event() for _ in range(3))
    put_back: list[str] = []
    delete_one, restore_one, look = delete._delete, delete._put_back, rollback.are_there

    def waits(store: Any, item: Any, only: int | None = None) -> None:
        if item.asset == "production/made":
            reached.set()
            assert looked.wait(30)
        delete_one(store, item, only)
        if item.asset == "production/made":
            deleted.set()

    def noticed(store: Any, item: Any) -> None:
        put_back.append(item.name)
        restore_one(store, item)

    looks: list[bool] = []

    def looks_within_the_swap(store: Any, versions: Any) -> bool:
        looks.append(look(store, versions))
        if len(looks) == 2:
            looked.set()
            assert deleted.wait(30)
            assert not are_there(storage.production, [place])
        return looks[-1]

    monkeypatch.setattr(delete, "_delete", waits)
    monkeypatch.setattr(delete, "_put_back", noticed)
    monkeypatch.setattr(rollback, "are_there", looks_within_the_swap)
    worker = threading.Thread(target=lambda: scene.prune(Retention(versions=1)), daemon=True)
    worker.start()
    assert reached.wait(30)
    assert scene.back(first).version == first
    worker.join(60)
    assert first in put_back
    assert version_problem(storage.production, place) is None
    scene.at.verify()


def _work(home: Path, kind: str, seconds: float) -> None:
    scene, until, amount = Scene(home), time.monotonic() + seconds, 0
    while time.monotonic() < until:
        if kind == "prune":
            scene.prune(VERSIONS)
        else:
            amount = amount % 4 + 1
            scene.publish(amount)


@pytest.mark.slow
def test_two_prunings_and_a_publisher_all_the_time(tmp_path: Path) -> None:
    Scene(tmp_path).publish(1)
    context = multiprocessing.get_context("forkserver")
    processes = [context.Process(target=_work, args=(tmp_path, kind, 8.0)) for kind in ("publish", "prune", "prune")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    scene = Scene(tmp_path)
    scene.at.verify()
    scene.prune(VERSIONS)
    assert len(scene.versions()) == 2
    assert all(is_sound(scene, version) for version in scene.versions())
    scene.at.verify()
