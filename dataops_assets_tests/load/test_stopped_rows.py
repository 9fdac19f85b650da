"""Rows for which a load was stopped are kept, marked, until the partition is loaded again; nothing counts them."""

import json
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.load import quarantine
from dataops_assets.model import Contract, Date, Integer, Source, Text, column
from dataops_assets_tests.place import DAY, Place, Scripted, jsonl, place, source

NEXT = "2024-01-02"


class Orders(Contract, quarantine_above=0.5):
    """Orders of a day."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", ge=0, le=100, severity={"le": "stop", "ge": "stop"})
    code: Text = column("Code.", nullable=True, unique=True)


def record(number: int, amount: Any = 1, day: str = DAY, code: str | None = None) -> dict[str, Any]:
    return {"day": day, "id": number, "amount": amount, "code": code}


def shown(at: Place) -> list[tuple[Any, ...]]:
    """Of the quarantine: the day of the partition, the order, the checks, and of how many rows, where it is stopped."""
    return [
        (str(row["day"]), json.loads(row["raw"])["id"], row["checks"], row["stopped_of"] if row["stopped"] else None)
        for row in at.quarantine("t")
    ]


@pytest.mark.usefixtures("each_backend")
def test_a_stopped_load_leaves_its_rows_until_the_next(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    scripted.answer(DAY, jsonl(record(1), record(2, "free"), record(3)))
    scripted.answer(NEXT, jsonl(record(1, 5000, NEXT), record(2, "free", NEXT), record(3, 1, NEXT)))
    one, other = at.take("t", DAY, NEXT)
    assert (one.refusal, one.entry.rows_quarantined, other.entry.rows_quarantined) == ("", 1, 0)
    assert "break the check 'amount.le'" in other.refusal
    aside = (DAY, "2", "amount.type", None)
    assert shown(at) == [aside, (NEXT, "1", "amount.le", 2), (NEXT, "2", "amount.type", 2)]
    at.verify()

    scripted.answer(DAY, jsonl(record(1, -5)))  # stopped beside the rows that stand
    scripted.answer(NEXT, jsonl(record(1, 1, NEXT), record(4, None, NEXT)))
    at.take("t", DAY, NEXT)
    assert shown(at) == [(DAY, "1", "amount.ge", 1), aside, (NEXT, "4", "amount.not_null", None)]
    at.verify()
    assert [outcome.changed for outcome in at.load("t", NEXT)] == [False]

    scripted.answer(DAY, jsonl(record(1, 7)))
    assert not at.take("t", DAY)[0].refusal
    assert {row["stopped"] for row in at.quarantine("t")} == {False}
    at.verify()


@pytest.mark.usefixtures("each_backend")
def test_rows_that_should_be_one_are_kept_as_well(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    scripted.answer(DAY, jsonl(record(1, code="a"), record(2, code="a"), record(3, code="b"), record(4)))
    assert "rows repeat (code)" in at.take("t", DAY)[0].refusal
    assert shown(at) == [(DAY, "1", "uniqueness", 2), (DAY, "2", "uniqueness", 2)]
    assert {row["reasons"] for row in at.quarantine("t")} == {"(code) stands for one row"}


def test_no_more_are_kept_than_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "STOPPED_ROWS", 4)
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    scripted.answer(DAY, jsonl(*(record(n, 5000) for n in range(30)), record(31, "free"), record(32, -1)))
    assert at.take("t", DAY)[0].refusal
    found = shown(at)
    assert len(found) == 4
    assert {of for *_, of in found} == {32}
    assert {checks for _, _, checks, _ in found} == {"amount.le", "amount.type", "amount.ge"}  # of each some


def test_a_quarantine_of_before_gets_the_columns(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Orders, scripted))
    scripted.answer(DAY, jsonl(record(1), record(2, "free")))
    at.take("t", DAY)
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.swapping("staged/t") as swap:
        for name in ("stopped", "stopped_of", "day"):
            swap.execute(f"ALTER TABLE {session.relation(warehouse.staging, 'quarantine_t')} DROP COLUMN {name}")
    at.verify()
    scripted.answer(NEXT, jsonl(record(1, 5000, NEXT)))
    assert [outcome.changed for outcome in at.load("t", DAY)] == [False]
    assert at.take("t", NEXT)[0].refusal
    assert [(row["partition_key"], row["stopped"]) for row in at.quarantine("t")] == [(DAY, None), (NEXT, True)]
    at.verify()


def test_a_table_without_partitions_has_none_of_their_columns(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, Source(name="t", extract=scripted, contract=Orders, key=["day", "id"]))
    scripted.answer("", jsonl(record(1), record(2, 5000)))
    assert at.take("t")[0].refusal
    [row] = at.quarantine("t")
    assert (row["partition_key"], row["partition_date"], row["stopped"], "day" in row) == ("", None, True, False)
