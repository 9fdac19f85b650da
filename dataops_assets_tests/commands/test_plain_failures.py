"""`dataops status` names the plain assets whose newest run failed, with the reason and the command."""

import json

import dagster as dg
import pytest

from dataops_assets.discovery import Datasets
from dataops_assets_tests.commands.conftest import Dataops, use

DAYS = dg.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-06")
sound = set()


@dg.asset(key_prefix="plain")
def whole() -> None:
    if "whole" not in sound:
        raise ValueError("the door is shut")


@dg.asset(key_prefix="plain", deps=[whole])
def after() -> None: ...


@dg.asset(key_prefix="plain", partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.multi_run(2))
def daily(context: dg.AssetExecutionContext) -> None:
    if "2024-01-02" in context.partition_keys and "daily" not in sound:
        raise ValueError("no such day")


@dg.multi_asset(specs=[dg.AssetSpec(["plain", "one"]), dg.AssetSpec(["plain", "two"])])
def both():
    yield dg.MaterializeResult(["plain", "one"])
    if "both" not in sound:
        raise ValueError("half of it")
    yield dg.MaterializeResult(["plain", "two"])


@dg.asset_check(asset=whole, blocking=True)
def checked() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed="checked" in sound, description="it is too small")


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch, home: object) -> None:
    sound.clear()
    use(monkeypatch, Datasets((), (), (dg.Definitions([whole, after], asset_checks=[checked]), daily, both)))


@pytest.mark.slow
def test_what_failed_is_named_until_it_succeeds(dataops: Dataops) -> None:
    assert "nothing failed" in dataops("status").out
    assert dataops("run", "--partitions", "2024-01").code == 1
    result = dataops("status")
    assert result.code == 0
    assert "nothing failed" not in result.out
    words = " ".join(result.out.split())
    assert "plain/whole the whole table ValueError: the door is shut" in words
    assert "plain/after the whole table not run, since others of run" in words
    assert "plain/daily 2024-01-01, 2024-01-02 ValueError: no such day" in words
    assert "plain/two the whole table ValueError: half of it" in words
    assert "plain/one" not in words
    assert "dataops run --select plain/daily --partitions '2024-01-02'" in words
    result = dataops("status", "--select", "plain/d*,plain/two", "--format", "json")
    found = {each["asset"]: each["failed"] for each in json.loads(result.out)}
    assert found["plain/daily"] == [
        {"partitions": [[day, day] for day in ("2024-01-01", "2024-01-02")], "reason": "ValueError: no such day"}
    ]
    assert list(found) == ["plain/daily", "plain/two"]
    sound.update({"daily", "both"})
    assert dataops("run", "--partitions", "2024-01").code == 1
    words = " ".join(dataops("status").out.split())
    assert "plain/after the whole table not run, since plain/whole: ValueError: the door is shut" in words
    sound.add("whole")
    assert dataops("run", "--partitions", "2024-01").code == 1
    words = " ".join(dataops("status").out.split())
    assert "plain/whole the whole table check 'checked' failed: it is too small" in words
    assert "plain/daily" not in words
    sound.add("checked")
    assert dataops("run", "--partitions", "2024-01").code == 0
    assert "nothing failed" in dataops("status").out
