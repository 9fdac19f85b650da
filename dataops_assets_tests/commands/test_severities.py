"""The severity of a check is changed for an environment: what is written then, and what `dataops plan` says of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dataops_assets.build import load_project
from dataops_assets.discovery import Datasets
from dataops_assets.model import Completeness
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs import shop
from dataops_assets_tests.proofs.shop import DAYS, ORDERS_ALONE, offer, take

ONE, TWO, THREE, *_ = DAYS


@pytest.fixture(autouse=True)
def _orders(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders of which one a day goes to quarantine, and the sales that are made of them."""
    orders = replace(shop.sources(home)[0], statistics=[Completeness()])
    use(monkeypatch, Datasets((orders,), (ORDERS_ALONE,)))
    offer(home, {ONE: "old", THREE: "old"})


def test_a_partition_is_made_again_only_if_its_rows_change(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    def under(text: str) -> None:
        monkeypatch.setenv("DATAOPS_SEVERITIES", text)
        load_project.cache_clear()

    def stale() -> dict[str, str]:
        found = json.loads(dataops("plan", "--partitions", f"{ONE}..{ONE}", "--format", "json").out)
        return {e["asset"]: e["reasons"][0]["changed"] if e["reasons"] else "" for e in found if e["planned"]}

    def rows() -> list[int]:
        (outcome,) = take(load_project(), [ONE], ["staged/orders"])["staged/orders"]
        return [outcome.entry.rows, outcome.entry.rows_quarantined] if not outcome.refusal else []

    take(load_project(), [ONE])
    assert (stale(), rows()) == ({}, [8, 1])
    under("staged/orders.cents.ge=warn,staged/orders.day.not_null=stop,transformed/sales.orders.le=log")
    assert stale() == {}, "no row fails these"
    under("staged/orders.cents.type=stop")
    assert stale() == {"staged/orders": "severity", "transformed/sales": "input"}
    held = take(load_project(), [ONE], ["transformed/sales"])["transformed/sales"][0].refusal
    assert f"staged/orders {ONE} was made under another severity of a check" in held
    assert rows() == [], "it is refused now"
    assert stale() == {}
    lines = map(json.loads, dataops("checks", "--failed", "--format", "json").out.splitlines())
    assert ("cents.type", "stop") in [(each["check"], each["severity"]) for each in lines]
    under("")
    assert "staged/orders" in stale()
    assert (rows(), list(stale())) == ([8, 1], ["transformed/sales"]), "which was held back"
    take(load_project(), [ONE], ["transformed/sales"])
    assert stale() == {}
    assert dataops("verify").code == 0


def test_what_a_check_would_stop_by_now_is_not_published(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Datasets(shop.sources(home)[:1], (replace(ORDERS_ALONE, publish=True),)))
    offer(home, {ONE: "many"})
    monkeypatch.setenv("DATAOPS_SEVERITIES", "transformed/sales.orders.le=warn")
    project = load_project()
    take(project, [ONE], ["raw/orders", "staged/orders", "transformed/sales"])
    monkeypatch.delenv("DATAOPS_SEVERITIES")
    load_project.cache_clear()
    (refused,) = take(load_project(), [ONE], ["production/sales"])["production/sales"]
    assert "rows of transformed/sales fail orders.le, of severity 'stop' by now" in refused.refusal
    assert not take(project, [ONE], ["production/sales"])["production/sales"][0].refusal


def test_what_was_stopped_is_planned_once_it_is_no_longer(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAOPS_SEVERITIES", "staged/orders.completeness=stop")
    take(load_project(), [ONE], ["raw/orders", "staged/orders"])
    (refused,) = take(load_project(), [THREE], ["raw/orders", "staged/orders"])["staged/orders"]
    assert "partitions before it are missing" in refused.refusal
    plan = ("plan", "--select", "staged/orders", "--partitions", THREE, "--format", "json")
    assert [each["planned"] for each in json.loads(dataops(*plan).out)] == [False]
    monkeypatch.delenv("DATAOPS_SEVERITIES")
    load_project.cache_clear()
    assert [each["planned"] for each in json.loads(dataops(*plan).out)] == [True]
    take(load_project(), [THREE], ["staged/orders"])
    warned = f"{THREE}  completeness (warn): partitions before it are missing: {TWO}"
    assert warned in dataops("status").out
    (orders,) = json.loads(dataops("status", "--select", "staged/orders", "--format", "json").out)
    assert [each["check"] for each in orders["unusual"]] == ["completeness"]
    monkeypatch.setenv("DATAOPS_SEVERITIES", "staged/orders.completness=stop")
    load_project.cache_clear()
    misspelt = dataops("status")
    assert (misspelt.code, "did you mean completeness?" in misspelt.err) == (2, True)
