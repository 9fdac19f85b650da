"""`dataops accept` and `dataops confirm`: what a check found is how it is, or a defect, and what is said of it then."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dataops_assets.build import load_project
from dataops_assets.discovery import Datasets
from dataops_assets.model import Completeness
from dataops_assets.validation import rulings
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs import shop
from dataops_assets_tests.proofs.shop import DAYS, ORDERS_ALONE, offer, take

ONE, TWO, THREE, *_ = DAYS
WHICH = ("staged/orders", "--partition", THREE, "--check", "completeness", "--by", "anna", "--reason", "no shop then")


@pytest.fixture(autouse=True)
def _stopped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders of a day whose yesterday is missing are held back, and the sales that are made of them."""
    orders = replace(shop.sources(home)[0], statistics=[Completeness(severity="stop")])
    use(monkeypatch, Datasets((orders,), (ORDERS_ALONE,)))
    offer(home, {ONE: "old", THREE: "old"})
    take(load_project(), [ONE])
    take(load_project(), [THREE])


def verdicts(dataops: Dataops) -> list[str]:
    """What completeness says of the third day."""
    lines = map(json.loads, dataops("checks", "--partitions", THREE, "--format", "json").out.splitlines())
    return [each["verdict"] for each in lines if each["check"] == "completeness"]


def planned(dataops: Dataops) -> list[str]:
    found = json.loads(dataops("plan", "--partitions", THREE, "--format", "json").out)
    return [each["asset"] for each in found if each["planned"]]


def test_a_stopped_partition_is_accepted_planned_and_written(dataops: Dataops, monkeypatch: pytest.MonkeyPatch) -> None:
    command = f"dataops accept staged/orders --partition {THREE} --check completeness --reason …"
    assert command in dataops("status").out
    assert (verdicts(dataops), planned(dataops)) == (["failed"], [])
    until = str(rulings.today())
    done = dataops("accept", *WHICH, "--until", until)
    assert done.code == 0
    assert done.out.splitlines() == [
        f"staged/orders {THREE}: completeness: accepted until {until}",
        "it is not written yet; write it:",
        f"    dataops run --select staged/orders --partitions {THREE}",
    ]
    assert dataops("accept", *WHICH, "--until", until).out == done.out, "the same a second time"
    said = dataops("status").out
    assert "accepted by anna" in said
    assert "correct the source" not in said
    assert f"write what was accepted:\n    dataops run --select staged/orders+ --partitions {THREE}" in said
    assert verdicts(dataops) == ["accepted"]
    assert planned(dataops) == ["staged/orders", "transformed/sales"]

    take(load_project(), [THREE], ["staged/orders", "transformed/sales"])
    assert (verdicts(dataops), planned(dataops)) == (["accepted"], [])
    assert dataops("verify").code == 0
    monkeypatch.setattr(rulings, "today", lambda: date.max)
    assert verdicts(dataops) == ["failed"], "it is over"
    monkeypatch.undo()


def test_what_cannot_be_accepted(dataops: Dataops) -> None:
    for arguments, words in (
        (("accept", "order", *WHICH[1:]), "there is no table 'order'; did you mean orders"),
        (("accept", *WHICH, "--until", "2024-01-01"), "--until 2024-01-01: is over"),
        (("accept", *WHICH, "--until", "soon"), "--until soon: a date"),
        (("accept", *WHICH, "--reason", " "), "--reason: say why"),
        (("accept", *WHICH, "--partition", "May"), "--partition: partition key 'May' is not of the form"),
        (("accept", *WHICH, "--partition", TWO), "completeness has measured nothing of it yet"),
        (("accept", *WHICH, "--check", "contract"), "no statistical check 'contract'; there are completeness"),
        (("confirm", "staged/orders", "--partition", TWO, "--reason", "half"), "nothing of it is in the table"),
    ):
        found = dataops(*arguments)
        assert (found.code, words in found.err) == (2, True), found.err


def test_a_defect_is_confirmed_and_taken_back(dataops: Dataops) -> None:
    confirmed = dataops("confirm", *WHICH)
    assert (confirmed.code, confirmed.out) == (0, f"staged/orders {THREE}: completeness: a defect, confirmed\n")
    assert verdicts(dataops) == ["failed"]
    assert "confirmed by anna: no shop then" in dataops("checks", "--failed").out
    whole = ("confirm", "orders", "--partition", ONE, "--reason", "by eye", "--by", "anna")
    assert dataops(*whole).out == f"staged/orders {ONE}: a defect, confirmed\n"
    assert dataops(*whole, "--withdraw").out == f"staged/orders {ONE}: no longer accepted or confirmed\n"
    said = json.loads(
        "["
        + dataops("query", "from staging._rulings order by sequence", "--format", "json").out.strip().replace("\n", ",")
        + "]"
    )
    assert [(each["ruling"], each["check_name"], each["ruled_by"]) for each in said] == [
        ("confirm", "completeness", "anna"),
        ("confirm", "", "anna"),
        ("withdraw", "", "anna"),
    ]
