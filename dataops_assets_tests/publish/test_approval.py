"""A version that waits for an approval is published once it has that, and no other version is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.model import DatasetError, Derived
from dataops_assets.publish.approve import approve
from dataops_assets.publish.rollback import DecisionRefused, Who
from dataops_assets_tests.place import DAY, RUN, Place, Scripted, csv, daily, place, source
from dataops_assets_tests.publish.test_difference import Rows

MADE = Derived(
    name="made",
    contract=Rows,
    key=["day", "id"],
    partition=daily(),
    publish="approval",
    sql="select day, id, amount, word, who from staged.t where day >= @window_start and day < @window_end",
)


def validated(at: Place, scripted: Scripted, amount: int) -> str:
    """A version with this amount; returns what it is called."""
    scripted.answer(DAY, csv("day,id,amount,word,who", f"{DAY},1,{amount},,"))
    at.take("t", DAY)
    return at.transform("made", DAY)[0].entry.version


def approved(at: Place, version: str | None = None) -> Any:
    table = at.project.catalog.derived["made"]
    who = Who("anna", "looked at it")
    return approve(at.project.storage, table, at.partitions(table, [DAY]), version, who, RUN)[DAY]


@pytest.mark.usefixtures("each_backend")
def test_each_version_needs_an_approval_of_its_own(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Rows, scripted), MADE)
    first = validated(at, scripted, 10)
    assert f"version {first} is not approved" in at.publish("made", DAY)[0].refusal
    entry = approved(at, first)
    assert (entry.verdict, entry.decision.version, entry.difference.rows_added) == ("held", first, 1)
    [made] = at.publish("made", DAY)
    assert made.refusal == ""
    assert made.entry.decision == entry.decision

    second = validated(at, scripted, 20)
    assert f"version {second} is not approved" in at.publish("made", DAY)[0].refusal
    with pytest.raises(DecisionRefused, match=f"the validated version is {second}, not {first}"):
        approved(at, first)
    assert approved(at).difference.rows_changed == 1
    third = validated(at, scripted, 30)
    assert f"version {third} is not approved" in at.publish("made", DAY)[0].refusal
    assert at.rows("SELECT amount FROM production.made") == [{"amount": 10}]
    assert validated(at, scripted, 20) == second
    assert at.publish("made", DAY)[0].refusal == "", "it was approved before, and nothing else since"
    assert at.rows("SELECT amount FROM production.made") == [{"amount": 20}]
    at.verify()


def test_a_declaration_that_cannot_be_kept() -> None:
    for wrong in ({"publish": "auto"}, {"approve_above": 1.5}, {"publish": False, "approve_above": 0.5}):
        with pytest.raises(DatasetError, match=r"derived table 'made': (publish is|approve_above is)"):
            replace(MADE, **wrong)
