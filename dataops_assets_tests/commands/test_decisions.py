"""`dataops rollback`, `release` and `approve`: who decides what about production, and what the other commands say."""

import getpass
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.build import load_project
from dataops_assets.discovery import Datasets
from dataops_assets.runs.runner import open_instance
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs.shop import DAYS, ORDERS_ALONE, offer, sources, take
from dataops_assets_tests.support import rows

ONE, TWO, *_ = DAYS
BY = ("--by", "anna", "--reason", "prices in dollars")


@pytest.fixture(autouse=True)
def _small(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sell(monkeypatch, home, publish=True)


def sell(monkeypatch: pytest.MonkeyPatch, home: Path, **how: Any) -> None:
    """Let there be orders, and the sales that are made of them, published in this way."""
    use(monkeypatch, Datasets(sources(home)[:1], (replace(ORDERS_ALONE, **how),)))


def shown() -> dict[str, int]:
    """The sum of the prices in production, by day."""
    found = rows(
        load_project(), "SELECT CAST(day AS VARCHAR) AS day, SUM(cents) AS cents FROM production.sales GROUP BY 1"
    )
    return {row["day"]: int(row["cents"]) for row in found}


def test_a_rollback_is_said_everywhere_until_it_is_released(dataops: Dataops, home: Path) -> None:
    offer(home, {ONE: "old", TWO: "old"})
    take(load_project(), [ONE, TWO])
    first = shown()
    assert "no other version" in dataops("rollback", "sales", "--partitions", ONE, *BY).err
    offer(home, {ONE: "new"})
    take(load_project(), [ONE])
    second = shown()

    refused = dataops("rollback", "sales", "--partitions", f"{ONE}..{TWO}", *BY)
    assert (refused.code, shown()) == (2, second), "all of them or none"
    assert f"production/sales {TWO}: no other version than" in refused.err
    done = dataops("rollback", "sales", "--partitions", ONE, *BY)
    assert (done.code, shown()) == (0, first)
    assert f"production/sales {ONE}: holds version" in done.out

    words = "by anna because prices in dollars"
    for command in (("status",), ("plan",), ("verify",)):
        assert words in dataops(*command).out, command
    assert dataops("verify").code == 0
    held = [each for each in json.loads(dataops("plan", "--format", "json").out) if each["status"] == "held"]
    assert [(each["asset"], each["planned"], each["cause"]["code"]) for each in held] == [
        ("production/sales", False, "rolled_back")
    ]
    assert "held: rolled back by anna" in dataops("diff", "sales").out
    [refusal] = take(load_project(), [ONE], ["production/sales"])["production/sales"]
    assert (words in refusal.refusal, shown()) == (True, first)
    assert words in dataops("status").out

    assert dataops("release", "sales", "--partitions", ONE, "--by", "otto", "--reason", "mended").code == 0
    assert "is not rolled back" in dataops("release", "sales", "--partitions", TWO, *BY).err
    plan = json.loads(dataops("plan", "--format", "json", "--select", "production/sales", "--partitions", ONE).out)
    assert [each["planned"] for each in plan] == [True]
    take(load_project(), [ONE], ["production/sales"])
    assert shown() == second
    history = json.loads(dataops("history", "sales", "--partition", ONE, "--format", "json").out)
    assert [each["what"] for each in history] == ["published", "released", "rolled back", "published", "published"]
    assert "rollback by anna: prices in dollars" in dataops("history", "sales", "--partition", ONE).out


def test_somebody_decides(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError("No username set in the environment")

    monkeypatch.setattr(getpass, "getuser", nobody)
    for command in ("approve", "rollback", "release"):
        refused = dataops(command, "sales", "--partitions", f"{ONE}..9999-11", "--reason", "so")
        assert (refused.code, "--by: say who you are" in refused.err) == (2, True)


def test_nothing_is_published_without_the_approval_of_that_version(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sell(monkeypatch, home, publish="approval")
    offer(home, {ONE: "old"})
    [waits] = take(load_project(), [ONE])["production/sales"]
    assert f"run: dataops approve sales --partitions {ONE}" in waits.refusal
    assert "waits for an approval" in dataops("status").out
    [pending] = json.loads(dataops("diff", "sales", "--format", "json").out)
    assert "waits for an approval" in dataops("diff", "sales").out
    wrong = dataops("approve", "sales", "--partitions", ONE, "--version", "0" * 20, *BY)
    assert (wrong.code, f"the validated version is {pending['version']}" in wrong.err) == (2, True)
    done = dataops("approve", "sales", "--partitions", ONE, "--version", pending["version"][:6], *BY)
    assert (done.code, "0 → 3 rows: 3 added" in done.out) == (0, True)
    assert "approved by anna" in dataops("status").out

    offer(home, {ONE: "new"})  # another version than the one that was approved
    [waits] = take(load_project(), [ONE])["production/sales"]
    assert "waits for an approval" in waits.refusal
    offer(home, {ONE: "newer"})
    take(load_project(), [ONE], ["raw/orders", "staged/orders", "transformed/sales"])
    assert dataops("approve", "sales", "--partitions", ONE, *BY).code == 0
    [made] = take(load_project(), [ONE], ["production/sales"])["production/sales"]
    assert made.refusal == ""
    assert made.entry.decision
    assert made.entry.decision.by == "anna"
    assert "no other version waits" in dataops("approve", "sales", "--partitions", ONE, *BY).err
    [published, approved, *_] = json.loads(dataops("history", "sales", "--partition", ONE, "--format", "json").out)
    assert (published["what"], approved["what"]) == ("approved, published", "approved")
    assert published["version"] == approved["version"]
    assert dataops("verify").code == 0


def test_a_large_change_asks_for_an_approval(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sell(monkeypatch, home, publish=True, approve_above=0.5, automation="follow")
    offer(home, {ONE: "old"})
    assert take(load_project(), [ONE])["production/sales"][0].refusal == "", "nobody has read anything before"
    offer(home, {ONE: "new"})
    [waits] = take(load_project(), [ONE])["production/sales"]
    assert "more than 50.0% of the rows in production would change (approve_above), and it waits" in waits.refusal
    assert waits.entry.difference
    assert waits.entry.difference.rows_changed == 3
    done = dataops("approve", "sales", "--partitions", ONE, *BY)
    assert "not published yet; publish it, or leave it to the sensor follow:" in done.out
    with open_instance(load_project().settings) as instance:  # by whose events the sensor goes
        check = dg.AssetCheckKey(dg.AssetKey(["production", "sales"]), "receipt")
        [told] = instance.event_log_storage.get_asset_check_execution_history(check, limit=9)
    assert told.evaluation
    assert (told.evaluation.passed, told.evaluation.partition) == (True, ONE)
    assert take(load_project(), [ONE], ["production/sales"])["production/sales"][0].refusal == ""
