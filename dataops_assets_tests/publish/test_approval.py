"""A version that waits for an approval is published once it has that, and no other version is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.io.operation import to_report
from dataops_assets.model import DatasetError, Derived
from dataops_assets.publish import approve as approving
from dataops_assets.publish import publish as publishing
from dataops_assets.publish.approve import approve
from dataops_assets.publish.decisions import DecisionRefused, Who
from dataops_assets.recovery import rebuild
from dataops_assets_tests.place import DAY, RUN, Place, Scripted, csv, daily, place, source
from dataops_assets_tests.publish.test_difference import Rows

NEXT = "2024-01-02"

MADE = Derived(
    name="made",
    contract=Rows,
    key=["day", "id"],
    partition=daily(),
    publish="approval",
    personal={"who": "keep"},
    sql="select day, id, amount, word, who from staged.t where day >= @window_start and day < @window_end",
)


def validated(at: Place, scripted: Scripted, amount: int, day: str = DAY) -> str:
    """A version with this amount; returns what it is called."""
    scripted.answer(day, csv("day,id,amount,word,who", f"{day},1,{amount},,"))
    at.take("t", day)
    return at.transform("made", day)[0].entry.version


def approved(at: Place, version: str | None = None, day: str = DAY) -> Any:
    table = at.project.catalog.derived["made"]
    who = Who("anna", "looked at it")
    return approve(at.project.storage, table, at.partitions(table, [day]), version, who, RUN)[day]


@pytest.mark.usefixtures("each_backend")
def test_each_version_needs_an_approval_of_its_own(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Rows, scripted), MADE)
    first = validated(at, scripted, 10)
    assert "it waits for an approval" in at.publish("made", DAY)[0].refusal
    entry = approved(at, first)
    assert (entry.verdict, entry.decision.version, entry.difference.rows_added) == ("held", first, 1)
    [made] = at.publish("made", DAY)
    assert made.refusal == ""
    assert made.entry.decision == entry.decision

    second = validated(at, scripted, 20)
    assert "it waits for an approval" in at.publish("made", DAY)[0].refusal
    with pytest.raises(DecisionRefused, match=f"the validated version is {second}, not {first}"):
        approved(at, first)
    assert approved(at).difference.rows_changed == 1
    validated(at, scripted, 30)
    assert "it waits for an approval" in at.publish("made", DAY)[0].refusal
    assert at.rows("SELECT amount FROM production.made") == [{"amount": 10}]
    assert validated(at, scripted, 20) == second
    assert at.publish("made", DAY)[0].refusal == "", "it was approved before, and nothing else since"
    assert at.rows("SELECT amount FROM production.made") == [{"amount": 20}]
    at.verify()


def test_what_waits_says_what_it_would_change(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Rows, scripted), MADE)
    version = validated(at, scripted, 10)
    [waits] = at.publish("made", DAY)
    assert to_report(DAY, waits).metadata["difference"].value.startswith("0 → 1 rows: 1 added, nothing was published")
    entry = approved(at, version)
    assert approved(at).id == entry.id, "the same again says nothing new"
    at.publish("made", DAY)
    validated(at, scripted, 20)
    [waits] = at.publish("made", DAY)
    assert "1 → 1 rows: 1 changed" in to_report(DAY, waits).metadata["difference"].value


def test_what_is_decided_during_a_publication_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Rows, scripted), MADE)
    validated(at, scripted, 10, NEXT)
    approved(at, None, NEXT)
    validated(at, scripted, 10)
    copy = publishing.copy_versions

    def meanwhile(*given: Any) -> None:
        copy(*given)
        monkeypatch.setattr(publishing, "copy_versions", copy)
        approved(at)

    monkeypatch.setattr(publishing, "copy_versions", meanwhile)
    assert [outcome.refusal for outcome in at.publish("made", DAY, NEXT)] == ["", ""]


def test_what_was_looked_at_is_what_is_approved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Rows, scripted), MADE)
    approved(at, validated(at, scripted, 10))
    changes = approving.changes

    def and_then(*given: Any) -> Any:
        found = changes(*given)
        at.publish("made", DAY)
        return found

    monkeypatch.setattr(approving, "changes", and_then)
    with pytest.raises(DecisionRefused, match="another version was published meanwhile"):
        approved(at)


@pytest.mark.slow
def test_a_warehouse_that_is_lost_shows_what_was_approved_and_nothing_else(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Rows, scripted), MADE)
    approved(at, validated(at, scripted, 10))
    at.publish("made", DAY)
    validated(at, scripted, 20)
    for file in tmp_path.glob("warehouse.duckdb*"):
        file.unlink()
    at = place(tmp_path, source(Rows, scripted), MADE)
    storage, every = at.project.storage, ("staged/t", "transformed/made", "production/made")
    [waits] = rebuild(storage, at.project.catalog, every, RUN, lambda line: None)
    assert "waits for an approval" in waits
    assert at.rows("SELECT amount FROM production.made") == [{"amount": 10}]
    assert at.rows("SELECT amount FROM staging.made") == [{"amount": 20}]
    at.verify()
    assert approved(at).difference.rows_changed == 1


def test_a_declaration_that_cannot_be_kept() -> None:
    for wrong in ({"publish": "auto"}, {"approve_above": 1.5}, {"publish": False, "approve_above": 0.5}):
        with pytest.raises(DatasetError, match=r"derived table 'made': (publish is|approve_above is)"):
            replace(MADE, **wrong)
