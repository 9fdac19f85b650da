"""`dataops checks`: what each check said of each partition when it was last written."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from dataops_assets.commands.checks import COLUMNS
from dataops_assets.discovery import Datasets
from dataops_assets.model import Categories, Completeness, Freshness
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs import shop
from dataops_assets_tests.proofs.shop import DAYS, offer


def test_checks_of_rows_and_statistics_in_each_form(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, stock = shop.sources(home)
    declared = replace(orders, statistics=[Categories(), Completeness(severity="log")])
    use(monkeypatch, Datasets((declared, stock), ()))
    offer(home, {DAYS[0]: "old", DAYS[2]: "old"})
    assert dataops("checks").out == "no check to list: none failed, or none was made yet\n"
    for day in (DAYS[0], DAYS[2]):  # and none between
        assert dataops("run", "--select", "+staged/orders", "--partitions", day).code == 0

    listed = dataops("checks", "--select", "staged/orders", "--partitions", DAYS[2], "--format", "csv")
    assert listed.code == 0, "nothing is held back"
    rows = {row["check"]: row for row in csv.DictReader(io.StringIO(listed.out))}
    assert list(next(iter(rows.values()))) == COLUMNS
    found = {name: (row["severity"], row["verdict"], row["value"], row["threshold"]) for name, row in rows.items()}
    assert found["day.not_null"] == ("quarantine", "passed", "0", "0")
    assert found["cents.type"] == ("quarantine", "failed", "1", "0")
    assert found["categories"] == ("warn", "no history", "", "")
    assert found["completeness"] == ("log", "failed", "1.0", "0.0")
    assert rows["completeness"]["reason"] == f"partitions before it are missing: {DAYS[1]}"

    failed = [json.loads(line) for line in dataops("checks", "--failed", "--format", "json").out.splitlines()]
    assert {(each["partition"], each["check"]) for each in failed} == {
        (DAYS[0], "cents.type"),
        (DAYS[2], "cents.type"),
        (DAYS[2], "completeness"),
    }
    text = dataops("checks", "--failed").out
    assert f"staged/orders {DAYS[2]} completeness: partitions before it are missing: {DAYS[1]}" in text
    assert dataops("checks", "--partitions", "May").code == 2

    moment = min(each["recorded"] for each in failed if each["partition"] == DAYS[2])
    later = dataops("checks", "--failed", "--since", moment, "--format", "json").out.splitlines()
    assert {json.loads(line)["partition"] for line in later} == {DAYS[2]}
    assert dataops("checks", "--since", "2100-01-01").out == "no check to list: none failed, or none was made yet\n"
    assert "--since 'May': a moment" in dataops("checks", "--since", "May").err


def test_what_holds_back_a_partition_is_an_exit_code(dataops: Dataops, home: Path) -> None:
    offer(home, {DAYS[0]: "bad"})
    assert dataops("run", "--select", "+transformed/sales", "--partitions", DAYS[0]).code == 1
    found = dataops("checks", "--failed", "--format", "json")
    assert found.code == 1
    stopped = [each for each in map(json.loads, found.out.splitlines()) if each["severity"] == "stop"]
    assert [(each["asset"], each["check"], each["verdict"]) for each in stopped] == [
        ("staged/stock", "contract", "failed")
    ]
    assert stopped[0]["reason"].startswith(f"staged/stock {DAYS[0]}: ")


def test_a_table_whose_newest_partition_is_late(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = replace(shop.sources(home)[0], statistics=[Freshness()], owners=["team:shop"])
    use(monkeypatch, Datasets((orders,), ()))
    reason = f"no partition is there; {DAYS[0]} had to be there by {DAYS[2]} 00:00 UTC"
    (line,) = map(json.loads, dataops("checks", "--failed", "--format", "json").out.splitlines())
    assert [line[name] for name in ("asset", "partition", "check", "severity", "verdict")] == [
        "staged/orders",
        "",
        "freshness",
        "warn",
        "failed",
    ]
    assert (line["reason"], line["value"] > line["threshold"]) == (reason, True)
    assert dataops("checks", "--partitions", DAYS[1]).out.startswith("no check to list")
    assert reason in dataops("status").out
    assert [each["late"] for each in json.loads(dataops("status", "--format", "json").out)] == [None, reason]
    refused = dataops("accept", "orders", "--partition", DAYS[0], "--check", "freshness", "--reason", "so")
    assert (refused.code, "freshness is of the table" in refused.err) == (2, True)
