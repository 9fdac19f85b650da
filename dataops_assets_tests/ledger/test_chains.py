"""The ledger of a table that is loaded over and over grows with the loads, and not with their square."""

import json
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.ledger import entries as ledger
from dataops_assets.model import Contract, Derived, Integer, column
from dataops_assets.verification.verify import verify_all
from dataops_assets_tests.place import Place, Scripted, jsonl, place, source
from dataops_assets_tests.staleness.place import reasons_by_asset

BOTH = pytest.mark.usefixtures("each_backend")


class Rows(Contract):
    """Rows."""

    id: Integer = column("Number.")


MADE = Derived(name="made", contract=Rows, key=["id"], publish=True, sql="select id from staged.t")


def a_place(home: Path) -> tuple[Place, Scripted]:
    scripted = Scripted()
    return place(home, source(Rows, scripted, partition=None, key=["id"], write="merge"), MADE), scripted


def refresh(at: Place, scripted: Scripted, number: int) -> None:
    scripted.answer("", jsonl({"id": number}))
    [outcome] = at.take("t")
    assert (outcome.refusal, outcome.entry.rows_read) == ("", number)


def recorded(at: Place, asset: str = "staged/t") -> list[dict[str, Any]]:
    """The entries of the ledger, the oldest first."""
    found = at.rows(f"SELECT sequence, id, follows, attempts FROM staging.{ledger.TABLE} WHERE asset = '{asset}'")
    return [entry | {"attempts": json.loads(entry["attempts"])} for entry in found]


def change(at: Place, statement: str) -> None:
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.swapping("staged/t") as swap:
        swap.execute(statement.replace("LEDGER", session.relation(warehouse.staging, ledger.TABLE)))


def problems(at: Place) -> list[str]:
    storage = at.project.storage
    found = verify_all(storage.warehouse, storage.staging, storage.production, at.project.catalog).problems
    return [str(problem) for problem in found]


def nothing_is_late(at: Place) -> bool:
    return "staged/t" not in reasons_by_asset(at)


@BOTH
def test_an_entry_names_what_it_adds_and_what_it_goes_on_from(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path)
    for number in (1, 2, 3):
        refresh(at, scripted, number)
    first, second, third = recorded(at)
    assert [len(entry["attempts"]) for entry in (first, second, third)] == [1, 1, 1]
    assert [entry["follows"] for entry in (first, second, third)] == ["", first["id"], second["id"]]
    assert not at.load("t")[0].changed, "all of them are loaded"
    assert nothing_is_late(at)
    at.transform("made")
    at.publish("made")
    [published] = recorded(at, "production/made")
    attempt = third["attempts"][0]["attempt"]
    assert published["attempts"] == [{"raw": "raw/t", "attempts": [attempt], "after": [second["id"]]}]
    at.verify()


def test_entries_that_name_all_attempts_are_gone_on_from(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path)
    for number in (1, 2):
        refresh(at, scripted, number)
    first, second = recorded(at)
    both = json.dumps(first["attempts"] + second["attempts"])
    change(at, f"UPDATE LEDGER SET attempts = '{both}' WHERE id = '{second['id']}'")
    change(at, "ALTER TABLE LEDGER DROP COLUMN follows")
    assert not at.load("t")[0].changed
    assert nothing_is_late(at)
    refresh(at, scripted, 3)
    *_, last = recorded(at)
    assert (len(last["attempts"]), last["follows"]) == (1, second["id"])
    assert nothing_is_late(at)
    at.verify()


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM LEDGER WHERE id = '%s'", "UPDATE LEDGER SET attempts = '{}' WHERE id = '%s'"],
    ids=["gone", "unreadable"],
)
def test_an_entry_that_is_lost_is_named_and_read_again(tmp_path: Path, damage: str) -> None:
    at, scripted = a_place(tmp_path)
    for number in (1, 2, 3):
        refresh(at, scripted, number)
    lost = recorded(at)[1]["id"]
    change(at, damage % lost)
    [problem] = problems(at)
    assert f"the ledger has lost entry {lost}" in problem
    assert "dataops run --select staged/t" in problem
    assert not at.load("t")[0].refusal
    last = recorded(at)[-1]
    assert (len(last["attempts"]), last["follows"]) == (3, "")
    assert [row["id"] for row in at.staged("t", "id")] == [1, 2, 3]
    at.verify()


@pytest.mark.slow
def test_the_ledger_grows_with_the_refreshes(tmp_path: Path) -> None:
    at, scripted = a_place(tmp_path)
    for number in range(1, 41):
        refresh(at, scripted, number)
    sizes = [len(json.dumps(entry["attempts"])) for entry in recorded(at)]
    assert sum(sizes[20:]) < 1.1 * sum(sizes[:20])
    assert nothing_is_late(at)
    at.verify()
