"""Rows in quarantine have a way back: they are read corrected, or are given up, and the books balance."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake.corrections import Correction
from dataops_assets.ledger.outcome import Outcome, RunInfo
from dataops_assets.load.correcting import CorrectionRefused, Deciding
from dataops_assets.model import Contract, Date, Integer, Text, column
from dataops_assets.recovery import rebuild
from dataops_assets_tests.place import DAY, Answer, Place, Scripted, csv, jsonl, place, source
from dataops_assets_tests.support import make_project


class Orders(Contract, quarantine_above=0.5):
    """Orders of a day."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", ge=0, severity={"ge": "stop"})
    note: Text = column("Note.", nullable=True, required=False)


class MoreOrders(Orders, quarantine_above=0.5):
    """The same, with another field."""

    shop: Text = column("Shop.", nullable=True, required=False)


def record(number: int, amount: Any = 1, **more: Any) -> dict[str, Any]:
    return {"day": DAY, "id": number, "amount": amount, **more}


GOOD = [record(n) for n in range(4)]


def deciding(at: Place) -> Deciding:
    storage, table = at.project.storage, at.project.catalog.staged["t"]
    return Deciding(storage.warehouse, storage.staging, table, at.partitions(table, [DAY])[0], "otto", "a typo")


def replay(at: Place, *rows: dict[str, Any]) -> Correction | None:
    made = deciding(at).replay(rows)
    (outcome,) = at.load("t", DAY)
    assert not outcome.refusal, outcome.refusal
    at.verify()
    return made


def discard(at: Place, **which: Any) -> Correction | None:
    made = deciding(at).discard(**which)
    (outcome,) = at.load("t", DAY)
    assert not outcome.refusal, outcome.refusal
    at.verify()
    return made


def take(at: Place, scripted: Scripted, *answers: Answer) -> Outcome:
    scripted.answer(DAY, *answers)
    (outcome,) = at.take("t", DAY)
    at.verify()
    return outcome


def orders(at: Place) -> dict[int, int]:
    return {row["id"]: row["amount"] for row in at.staged("t", "id, amount")}


def bad(at: Place) -> list[tuple[Any, ...]]:
    """What is in quarantine: the order, what it is read as, if it was given up or stopped the load."""
    return [
        (
            json.loads(row["raw"])["id"],
            json.loads(row["replayed"])["amount"] if row["replayed"] else None,
            "given up" if row["given_up"] else "stopped" if row["stopped"] else "",
        )
        for row in at.quarantine("t")
    ]


def quarantined(at: Place) -> int:
    return at.load("t", DAY)[0].entry.rows_quarantined


@pytest.mark.usefixtures("each_backend")
def test_corrected_rows_and_those_given_up(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    take(at, scripted, jsonl(*GOOD, record(7, "free"), record(8, "gone"), record(9, "typo", note="n")))
    assert bad(at) == [("7", None, ""), ("8", None, ""), ("9", None, "")]

    assert replay(at, record(7, 70), record(8, "lost"))  # by their key
    assert (orders(at)[7], bad(at)) == (70, [("8", "lost", ""), ("9", None, "")])
    [eight] = [row for row in at.quarantine("t") if row["replayed"]]
    assert (eight["reasons"], eight["decided_by"], eight["decided_because"]) == (
        "amount is a whole number of 64 bits",
        "otto",
        "a typo",
    )
    assert replay(at, record(7, 70), record(8, "lost")) is None  # the same again changes nothing
    assert at.load("t", DAY)[0].changed is False

    assert discard(at)  # what is left
    assert (bad(at), quarantined(at)) == ([("8", None, "given up"), ("9", None, "given up")], 2)
    assert discard(at) is None

    # Another answer of the source, with one of these rows as it was and another one mended.
    take(at, scripted, jsonl(*GOOD, record(7, "free"), record(8, 80)))
    assert (orders(at)[7], orders(at)[8], bad(at)) == (70, 80, [])


def test_each_is_named_by_its_key_its_id_or_its_text(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    take(at, scripted, csv("day,id,amount,note", f"{DAY},1,free,n", f"{DAY},x,2,", f"{DAY},3,3,", f"{DAY},4,4,"))
    rows = {json.loads(row["raw"])["id"]: row["raw"] for row in at.quarantine("t")}
    for given, words in (
        ([{"id": "1", "amount": 5, "price": 3}], "the contract reads no field 'price'; it reads amount, day, id, note"),
        ([{"_row": "abc", "amount": 5}], "'abc' is the _row of no bad row; see dataops quarantine show t --partition"),
        ([{"amount": 5}], "1 rows are given, 2 different ones are in quarantine; say which is which in a column _row"),
        ([{"_partition": "2024-01-02", "amount": 5}], "there are rows of 2024-01-02; give one partition at a time"),
        ([{"_raw": rows["1"], "amount": 5}] * 2, "is given twice"),
        ([], "no row is given"),
    ):
        with pytest.raises(CorrectionRefused, match=words):
            deciding(at).replay(given)
    with pytest.raises(CorrectionRefused, match="no bad row is called abc"):
        deciding(at).discard(["abc"])
    assert replay(at, {"_raw": rows["x"], "id": 2}, {"_raw": rows["1"]})  # the second says nothing
    assert orders(at) == {2: 2, 3: 3, 4: 4}
    assert replay(at, {"day": DAY, "id": "1", "amount": 9, "note": None})
    assert at.staged("t", "id, amount, note")[0] == {"id": 1, "amount": 9, "note": None}
    # What was said can be said otherwise, also of a row that is not bad any more.
    assert replay(at, {"_raw": rows["x"], "id": 22})
    assert orders(at) == {1: 9, 22: 2, 3: 3, 4: 4}


@pytest.mark.parametrize("write", ["replace", "merge", "append"])
def test_it_survives_what_comes_after(tmp_path: Path, write: Any) -> None:
    """Loads, a row that comes twice, a contract with another field, and a warehouse that is made again."""
    scripted = Scripted()
    key = [] if write == "append" else ["day", "id"]
    at = place(tmp_path, declared := source(Orders, scripted, write=write, key=key))
    take(at, scripted, jsonl(*GOOD, record(7, "free"), record(7, "free"), record(8, "gone")))
    assert replay(at, {"_raw": at.quarantine("t")[0]["raw"], "amount": 70})
    assert discard(at)
    outcome = take(at, scripted, jsonl(*GOOD, record(5), record(7, "free"), record(8, "gone"), record(10, "new")))
    assert not outcome.refusal
    staged, aside = at.staged("t", "id, amount"), bad(at)
    assert [row["amount"] for row in staged if row["id"] == 7] == [70] * (2 if write == "append" else 1)
    assert ("10", None, "") in aside
    assert {state for number, _, state in aside if number == "8"} == {"given up"}

    again = Place(make_project(tmp_path, replace(declared, contract=MoreOrders)))
    assert not again.load("t", DAY)[0].refusal
    again.verify()
    assert (again.staged("t", "id, amount"), bad(again)) == (staged, aside)

    storage = again.project.storage
    with storage.warehouse.session() as session, session.swapping("staged/t") as swap:
        for name in ("raw_t", "quarantine_t", "_ledger"):
            swap.execute(f"DROP TABLE {session.relation('staging', name)}")
    assert rebuild(storage, again.project.catalog, {"raw/t", "staged/t"}, RunInfo("r"), lambda line: None) == []
    again.verify()
    assert (again.staged("t", "id, amount"), bad(again)) == (staged, aside)


def test_a_stopped_load_has_a_way_back_too(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    assert "break the check 'amount.ge'" in take(at, scripted, jsonl(*GOOD, record(7, -7), record(8, -8))).refusal
    assert bad(at) == [("7", None, "stopped"), ("8", None, "stopped")]
    deciding(at).replay([record(7, 7)])
    assert "1 of 6 rows break the check" in at.load("t", DAY)[0].refusal
    assert bad(at) == [("8", None, "stopped")]
    assert discard(at, check="amount.ge")
    assert (orders(at)[7], bad(at), quarantined(at)) == (7, [("8", None, "given up")], 1)


def test_a_line_that_cannot_be_read(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    take(at, scripted, jsonl(*GOOD, b'{"day": "2024-01-01", "id": 7, "amo'))
    [line] = at.quarantine("t")
    assert replay(at, {"_raw": line["raw"], **record(7, 70)})
    assert (orders(at)[7], at.quarantine("t")) == (70, [])


def test_a_correction_that_is_damaged_is_named(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    take(at, scripted, jsonl(*GOOD, record(7, "free")))
    replay(at, record(7, 70))
    [path] = (tmp_path / "lake").rglob("correction.json")
    path.chmod(0o600)
    path.write_text("{")
    assert "correction.json cannot be read" in at.load("t", DAY)[0].refusal
    assert orders(at)[7] == 70
