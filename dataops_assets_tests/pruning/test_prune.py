"""What nothing needs goes, and nothing else; and what was pruned is no damage."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.publish.decisions import DecisionRefused
from dataops_assets.recovery import rebuild
from dataops_assets.retention import Retention
from dataops_assets.verification.verify import verify_all
from dataops_assets_tests.lake.places import objects
from dataops_assets_tests.place import DAY, csv
from dataops_assets_tests.pruning.scene import KEEPS, Scene


@pytest.mark.usefixtures("each_backend")
def test_what_stands_and_what_it_can_be_rolled_back_to_stay(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    versions = [scene.publish(amount).version for amount in (1, 2, 3, 4)]
    attempts, shown = scene.attempts(), scene.shown()
    storage = scene.at.project.storage
    before = objects(storage.staging), objects(storage.production)

    found = scene.look()
    assert (objects(storage.staging), objects(storage.production)) == before, "a look changes nothing"
    going = {(item.asset, item.partition, item.name) for item in found.lake.items}
    layers = ("transformed", "production")
    assert going == {
        *((f"{layer}/made", DAY, version) for layer in layers for version in versions[:2]),
        *(("raw/t", DAY, attempt) for attempt in attempts[:2]),  # the third is what the version before came from
    }
    assert all(item.bytes > 100 for item in found.lake.items)

    scene.prune()
    for layer in ("staging", "production"):
        assert sorted(scene.versions(layer)) == sorted(versions[2:])
    assert scene.attempts() == attempts[2:]
    assert scene.shown() == shown
    scene.at.verify()
    assert scene.look().is_empty
    with pytest.raises(
        DecisionRefused, match=f"version {versions[0]} was pruned on .* by otto, its rows are no longer"
    ):
        scene.back(versions[0])
    assert scene.back().version == versions[2]
    scene.at.verify()
    assert scene.look(Retention(versions=1)).is_empty, "what is held by a rollback is left alone"
    scene.release()
    assert scene.at.publish("made", DAY)[0].entry.version == versions[3]
    assert scene.shown() == shown

    made_again = scene.publish(1).version
    assert made_again == versions[0], "what was pruned can be made and published again"
    scene.at.verify()


def test_without_a_retention_nothing_goes_and_what_is_young_stays(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for amount in (1, 2, 3):
        scene.publish(amount)
    assert scene.look(Retention()).is_empty
    assert not scene.look(Retention(versions=1)).lake.kept.keys() & {"raw/t"}
    assert {item.kind for item in scene.look(Retention(raw_days=1)).lake.items} == {"attempt"}
    scene.now = datetime.now(UTC) + timedelta(hours=23)
    assert scene.look().is_empty


@pytest.mark.parametrize("write", ["merge", "append"])
def test_of_a_merged_table_all_attempts_stay(tmp_path: Path, write: str) -> None:
    scene = Scene(tmp_path, write=write, **({"key": []} if write == "append" else {}))
    for amount in (1, 2, 3):
        scene.offer(amount)
        scene.at.take("t", DAY)
    found = scene.look()
    assert found.is_empty
    assert f"raw/t: all attempts stay, since staged/t is made of all of them ({write})" in found.lake.notes


def test_attempts_that_others_refer_to_or_are_judged_by_stay(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for amount in (1, 1, 2, 3, 3):  # the last one holds no objects of its own
        scene.offer(amount)
        scene.at.take("t", DAY)
    scene.scripted.answer(DAY, csv("day,id,amount"))
    scene.at.extract("t", DAY)
    assert "has no rows" in scene.at.load("t", DAY)[0].refusal
    before = scene.attempts()
    scene.prune()
    assert scene.attempts() == before[-3:]
    scene.at.verify()
    assert "has no rows" in scene.at.load("t", DAY)[0].refusal, "an answer without rows is refused as before"


@pytest.mark.slow
def test_a_lost_warehouse_is_made_again_of_what_is_left(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for amount in (1, 2, 3):
        scene.publish(amount)
    shown = scene.shown()
    scene.prune()
    (tmp_path / "warehouse.duckdb").unlink()
    scene = Scene(tmp_path)
    storage, catalog = scene.at.project.storage, scene.at.project.catalog
    assets = {"raw/t", "staged/t", "transformed/made", "production/made"}
    assert rebuild(storage, catalog, assets, RunInfo("r"), print) == []
    assert scene.shown() == shown
    scene.at.verify()
    report = verify_all(storage.warehouse, storage.staging, storage.production, catalog)
    assert report.checked["raw attempts that were pruned (not looked for)"] == 1, report
    assert report.checked["lake copies that were pruned (not looked for)"] == 2


@pytest.mark.slow
def test_a_lake_whose_ledger_is_lost_is_left_alone(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for amount in (1, 2, 3):
        scene.publish(amount)
    (tmp_path / "warehouse.duckdb").unlink()
    found = Scene(tmp_path).look(KEEPS)
    assert found.is_empty
    assert "nobody knows what is needed" in found.lake.notes[0]
