"""`dataops prune`: nothing without a retention, nothing without --apply, and what went is no damage."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets import build
from dataops_assets.commands import prune
from dataops_assets.discovery import Datasets
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs.shop import DAYS, ORDERS_ALONE, offer, sources

ONE = DAYS[0]
KEEPS = {"VERSIONS": "1", "RAW_DAYS": "1", "RUNS_DAYS": "7", "MESSAGES_DAYS": "31"}


def test_the_command(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Datasets(sources(home)[1:], ()))
    for amount in ("old", "new"):
        offer(home, {ONE: amount})
        assert dataops("run", "--select", "raw/stock,staged/stock", "--partitions", ONE).code == 0
    said = dataops("prune", "--apply")
    assert (said.code, "nothing is ever pruned without a retention" in said.out) == (0, True)

    for name, value in KEEPS.items():
        monkeypatch.setenv(f"DATAOPS_KEEP_{name}", value)
    build.load_project.cache_clear()
    assert "there is nothing to prune" in dataops("prune").out, "what is young stays"
    monkeypatch.setattr(prune, "now", lambda: datetime.now(UTC) + timedelta(days=40))
    found = json.loads(dataops("prune", "--format", "json").out)
    assert [(item["asset"], item["partition"]) for item in found["lake"]] == [("raw/stock", ONE)]
    assert (len(found["runs"]), found["runs_kept"]) == (1, 1)
    status, checks = dataops("status").out, dataops("checks", "--format", "csv").out
    with dg.DagsterInstance.get() as instance:
        assert instance.get_runs_count() == 2, "nothing was changed"

    shown = dataops("prune")
    assert "nothing was changed; to delete it: dataops prune --apply" in shown.out
    assert "attempts  raw/stock" in shown.out
    applied = dataops("prune", "--apply", "--by", "anna")
    assert (applied.code, "deleted; now: dataops verify" in applied.out) == (0, True), applied.err
    verified = dataops("verify")
    assert verified.code == 0, verified.err
    assert "1 raw attempts that were pruned (not looked for)" in verified.out
    assert (dataops("status").out, dataops("checks", "--format", "csv").out) == (status, checks)
    folder = Path(os.environ["DAGSTER_HOME"])
    assert len([file for file in (folder / "history" / "runs").glob("*.db") if len(file.stem) == 36]) == 1
    assert not any(file.is_file() for file in (folder / "storage").rglob("*"))
    with dg.DagsterInstance.get() as instance:
        [run] = instance.get_runs()
        key = dg.AssetKey(["staged", "stock"])
        assert instance.get_materialized_partitions(key) == {ONE}
        assert instance.fetch_materializations(key, limit=5).records[0].run_id == run.run_id
    [record] = (home / "lake" / "staging" / "_pruned").glob("at=*/pruning.json")
    kept = json.loads(record.read_text())
    assert (kept["by"], len(kept["items"]), sorted(kept["runs"])) == ("anna", 1, sorted(found["runs"]))
    assert "there is nothing to prune" in dataops("prune", "--apply", "--by", "anna").out


@pytest.mark.slow
def test_history_says_what_was_pruned(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Datasets(sources(home)[:1], (replace(ORDERS_ALONE, publish=True),)))
    for amount in ("old", "new", "blue"):
        offer(home, {ONE: amount})
        assert dataops("run", "--partitions", ONE).code == 0
    monkeypatch.setenv("DATAOPS_KEEP_VERSIONS", "1")
    build.load_project.cache_clear()
    monkeypatch.setattr(prune, "now", lambda: datetime.now(UTC) + timedelta(days=40))
    assert dataops("prune", "--apply", "--by", "anna").code == 0
    lines = dataops("history", "sales", "--partition", ONE).out.splitlines()
    assert [("pruned" in line) for line in lines[1:4]] == [False, False, True]
    records = json.loads(dataops("history", "sales", "--partition", ONE, "--format", "json").out)
    assert [bool(record["pruned"]) for record in records] == [False, False, True]
    refused = dataops("rollback", "sales", "--partitions", ONE, "--to", records[2]["version"], "--reason", "r")
    assert (refused.code, "was pruned on" in refused.err) == (2, True)
    assert dataops("rollback", "sales", "--partitions", ONE, "--reason", "r", "--by", "b").code == 0
    assert dataops("verify").code == 0


@pytest.mark.slow
def test_the_job(home: Path, monkeypatch: pytest.MonkeyPatch, dataops: Dataops) -> None:
    use(monkeypatch, Datasets(sources(home)[1:], ()))
    offer(home, {ONE: "old"})
    assert dataops("run", "--select", "raw/stock,staged/stock", "--partitions", ONE).code == 0
    assert not _jobs(), "without a retention there is none"
    monkeypatch.setenv("DATAOPS_KEEP_RUNS_DAYS", "7")
    build.load_project.cache_clear()
    assert _jobs() == ["prune"]
    with dg.DagsterInstance.get() as instance:
        job = build.load_project().definitions().resolve_job_def("prune")
        assert job.execute_in_process(instance=instance).success


def _jobs() -> list[str]:
    repository = build.load_project().definitions().get_repository_def()
    assert all(each.default_status == dg.DefaultScheduleStatus.STOPPED for each in repository.schedule_defs)
    return [job.name for job in repository.get_all_jobs() if job.name == "prune"]
