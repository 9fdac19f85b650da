"""What Dagster says of assets is the same when its old runs are gone."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.pruning.runs import delete_runs, old_runs, sweep
from dataops_assets.runs.failures import Failures
from dataops_assets.runs.runner import open_instance
from dataops_assets_tests.proofs.shop import DAYS, offer, shop
from dataops_assets_tests.support import materialize, succeed

pytestmark = pytest.mark.slow

LATER = timedelta(days=40)
ASSETS = "raw/stock,staged/stock"


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.delenv("DAGSTER_HOME")
    with open_instance(shop(tmp_path).settings) as opened:
        yield opened


def said(home: Path, instance: dg.DagsterInstance) -> dict[str, Any]:
    project, events = shop(home), instance.event_log_storage
    checks = project.definitions().resolve_asset_graph().asset_check_keys
    keys = [dg.AssetKey([layer, "stock"]) for layer in ("raw", "staged")]
    materialized = dg.DagsterEventType.ASSET_MATERIALIZATION
    return {
        "partitions": [sorted(instance.get_materialized_partitions(key)) for key in keys],
        "newest": [events.get_latest_storage_id_by_partition(key, materialized) for key in keys],
        "tried": [
            events.get_latest_asset_partition_materialization_attempts_without_materializations(key) for key in keys
        ],
        "records": [
            (record.asset_entry.last_run_id, record.asset_entry.last_materialization_storage_id)
            for record in events.get_asset_records(keys)
        ],
        "checks": sorted(map(repr, events.get_asset_check_partition_info(list(checks)))),
        "failures": Failures(instance).extractions(["stock"]),
    }


def test_old_runs(tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    project = shop(tmp_path)
    for variant in ("old", "new"):
        offer(tmp_path, dict.fromkeys(DAYS[:2], variant))
        for day in DAYS[:2]:
            succeed(project, ASSETS, day, day, instance)
    offer(tmp_path, {DAYS[2]: "bad"})
    for _ in range(2):
        assert materialize(project, ASSETS, DAYS[2], DAYS[2], instance)[0].problems
    before, count = said(tmp_path, instance), instance.get_runs_count()
    assert old_runs(instance, datetime.now(UTC) - timedelta(days=7)).going == [], "the young ones stay"
    moment = datetime.now(UTC) + LATER
    found = old_runs(instance, moment)
    assert count == 6
    assert len(found.going) + len(found.kept) == count
    assert len(found.going) >= 2
    assert found.bytes > len(found.going) * 50_000

    deleted, deletions = instance.delete_run, []

    def dies(run_id: str) -> None:
        deletions.append(run_id)
        if len(deletions) == 2:
            raise KeyboardInterrupt
        deleted(run_id)

    monkeypatch.setattr(instance, "delete_run", dies)
    with pytest.raises(KeyboardInterrupt):
        delete_runs(instance, found.going)
    monkeypatch.setattr(instance, "delete_run", deleted)
    assert said(tmp_path, instance) == before
    rest = old_runs(instance, moment)
    assert rest.going == found.going[1:]
    delete_runs(instance, rest.going, rest.kept)
    assert said(tmp_path, instance) == before
    assert {run.run_id for run in instance.get_runs()} == set(found.kept)
    assert old_runs(instance, moment).going == []
    folder = Path(os.environ["DAGSTER_HOME"])
    files = [file.stem for file in (folder / "history" / "runs").glob("*.db") if len(file.stem) == 36]
    assert set(files) == set(found.kept)
    assert not any(file.is_file() for file in (folder / "storage").rglob("*"))

    orphan = folder / "history" / "runs" / f"{'0' * 36}.db"
    orphan.write_bytes(b"")
    assert sweep(instance, datetime.now(UTC) - timedelta(days=1)) == 0, "it may be of a run that begins"
    assert sweep(instance, moment) == 1
    assert not orphan.exists()
    offer(tmp_path, {DAYS[0]: "green"})
    succeed(project, ASSETS, DAYS[0], DAYS[0], instance)


def test_the_newest_runs_of_a_schedule_stay(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataops_assets.pruning import runs

    monkeypatch.setattr(runs, "LOOKED_AT", 2)

    @dg.op
    def nothing() -> None:
        pass

    @dg.job
    def job() -> None:
        nothing()

    for _ in range(4):
        job.execute_in_process(instance=instance, tags={"dagster/schedule_name": "nightly"})
    by_hand = [job.execute_in_process(instance=instance).run_id for _ in range(2)]
    found = old_runs(instance, datetime.now(UTC) + LATER)
    assert len(found.going) == 3
    assert by_hand[0] in found.going
    assert by_hand[1] in found.kept, "after the newest of all go what sensors have seen"
