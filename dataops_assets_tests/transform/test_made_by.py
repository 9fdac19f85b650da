"""What was made by an older contract or older code is not built upon in silence."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.ledger import entries as ledger
from dataops_assets.model import Contract, Date, Derived, Integer, column
from dataops_assets_tests.place import DAY, Place, Scripted, check_of, daily, jsonl, place, source

EACH_BACKEND = pytest.mark.usefixtures("each_backend")
NEXT = "2024-01-02"


class Narrow(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


class Wide(Contract):
    """Rows with an amount."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True)


class Sums(Contract):
    """Sums."""

    day: Date = column("Day.")
    amount: Integer = column("Sum.", nullable=True)


class Total(Contract):
    """One sum."""

    one: Integer = column("One.")
    amount: Integer = column("Sum.", nullable=True)


WINDOW = "day >= @window_start and day < @window_end"
COUNTED = f"select day, count(*) as amount from staged.t where {WINDOW} group by day"
SUMMED = f"select day, sum(amount) as amount from staged.t where {WINDOW} group by day"

total = Derived(
    name="total",
    contract=Total,
    key=["one"],
    publish=True,
    sql="select 1 as one, sum(amount) as amount from transformed.sums",
)


def a_place(home: Path, contract: type[Contract], sql: str, **more: Any) -> Place:
    rows = {day: [jsonl(*({"day": day, "id": n, "amount": n * 10} for n in (1, 2)))] for day in (DAY, NEXT)}
    sums = Derived(name="sums", contract=Sums, key=["day"], partition=daily(), publish=True, sql=sql, **more)
    return place(home, source(contract, Scripted(rows)), sums, total)


@EACH_BACKEND
def test_inputs_of_an_older_contract_hold_the_table_and_are_loaded_again_from_raw(tmp_path: Path) -> None:
    old = a_place(tmp_path, Narrow, COUNTED)
    old.take("t", DAY, NEXT)
    assert [outcome.refusal for outcome in old.transform("sums", DAY, NEXT)] == ["", ""]

    new = a_place(tmp_path, Wide, SUMMED)
    [held] = new.transform("sums", DAY)
    assert held.entry.verdict == "held"
    assert f"staged/t {DAY} was made under an older contract" in held.refusal
    assert held.refusal.endswith(f"dataops run --select staged/t --partitions {DAY}")
    assert [row["amount"] for row in new.rows("SELECT * FROM staging.sums")] == [2, 2]

    assert [outcome.changed for outcome in new.load("t", DAY, NEXT)] == [True, True]
    assert [outcome.refusal for outcome in new.transform("sums", DAY, NEXT)] == ["", ""]
    assert [row["amount"] for row in new.rows("SELECT * FROM staging.sums")] == [30, 30]
    new.verify()


def test_a_whole_table_names_all_partitions_that_are_to_be_made_again(tmp_path: Path) -> None:
    everything = replace(total, sql="select 1 as one, sum(id) as amount from staged.t", name="everything")
    scripted = Scripted({day: [jsonl({"day": day, "id": 1, "amount": 1})] for day in (DAY, NEXT)})
    old = place(tmp_path, source(Narrow, scripted), everything)
    old.take("t", DAY, NEXT)
    assert old.transform("everything")[0].refusal == ""
    [held] = place(tmp_path, source(Wide, scripted), everything).transform("everything")
    assert held.refusal.endswith(f"dataops run --select staged/t --partitions {DAY}..{NEXT}")


def test_a_description_of_a_contract_makes_nothing_older(tmp_path: Path) -> None:
    class Described(Contract):
        """Rows, said better."""

        day: Date = column("The day.")
        id: Integer = column("The number.")

    a_place(tmp_path, Narrow, COUNTED).take("t", DAY)
    new = a_place(tmp_path, Described, COUNTED)
    assert new.load("t", DAY)[0].changed is False
    assert new.transform("sums", DAY)[0].refusal == ""


def test_how_a_source_is_written_is_code(tmp_path: Path) -> None:
    scripted = Scripted({DAY: [jsonl({"day": DAY, "id": 1, "amount": 1}, {"day": DAY, "id": 1, "amount": 2})]})
    place(tmp_path, source(Wide, scripted, order_by=["amount"])).take("t", DAY)
    same = place(tmp_path, source(Wide, scripted, order_by=["amount"]))
    assert same.load("t", DAY)[0].changed is False
    assert place(tmp_path, source(Wide, scripted, order_by=["id"])).load("t", DAY)[0].changed is True
    assert place(tmp_path, source(Wide, scripted, order_by=["id"], code_version="2")).load("t", DAY)[0].changed is True


@EACH_BACKEND
def test_a_table_over_partitions_of_different_code_warns_and_names_them(tmp_path: Path) -> None:
    old = a_place(tmp_path, Wide, SUMMED)
    old.take("t", DAY, NEXT)
    old.transform("sums", DAY, NEXT)
    [one] = old.transform("total")
    assert check_of(one, "one_code").passed

    new = a_place(tmp_path, Wide, SUMMED.replace("sum(amount)", "2 * sum(amount)"))
    new.transform("sums", NEXT)
    [mixed] = new.transform("total")
    assert not mixed.refusal
    check = check_of(mixed, "one_code")
    assert (check.passed, check.severity.stops) == (False, False)
    assert f"transformed/sums {DAY} were made by older code" in check.description
    assert NEXT not in check.description

    new.transform("sums", DAY)
    assert check_of(new.transform("total")[0], "one_code").passed


def test_a_code_version_says_what_cannot_be_seen(tmp_path: Path) -> None:
    old = a_place(tmp_path, Wide, SUMMED)
    old.take("t", DAY, NEXT)
    old.transform("sums", DAY, NEXT)
    new = a_place(tmp_path, Wide, SUMMED, code_version="2")
    new.transform("sums", NEXT)
    assert not check_of(new.transform("total")[0], "one_code").passed


def test_code_further_back_is_seen_too(tmp_path: Path) -> None:
    scripted = Scripted({day: [jsonl({"day": day, "id": 1, "amount": 1})] for day in (DAY, NEXT)})
    first = Derived(name="first", contract=Sums, key=["day"], partition=daily(), sql=SUMMED)
    sums = Derived(
        name="sums",
        contract=Sums,
        key=["day"],
        partition=daily(),
        sql=f"select day, amount from transformed.first where {WINDOW}",
    )
    old = place(tmp_path, source(Wide, scripted), first, sums, total)
    old.take("t", DAY, NEXT)
    old.transform("first", DAY, NEXT)
    old.transform("sums", DAY, NEXT)
    new = place(tmp_path, source(Wide, scripted), replace(first, code_version="2"), sums, total)
    new.transform("first", NEXT)
    new.transform("sums", NEXT)
    assert not check_of(new.transform("total")[0], "one_code").passed
    new.transform("first", DAY)
    new.transform("sums", DAY)
    assert check_of(new.transform("total")[0], "one_code").passed


@EACH_BACKEND
def test_a_ledger_of_before_is_read_and_gets_its_columns(tmp_path: Path) -> None:
    at = a_place(tmp_path, Wide, SUMMED)
    at.take("t", DAY)
    assert [outcome.refusal for step in (at.transform, at.publish) for outcome in step("sums", DAY)] == ["", ""]
    forget(at)
    # What is not known to be of an older contract holds nothing back, and is loaded once more.
    assert at.transform("sums", DAY)[0].refusal == ""
    assert at.load("t", DAY)[0].changed is True
    assert at.load("t", DAY)[0].changed is False
    assert [outcome.refusal for step in (at.transform, at.publish) for outcome in step("sums", DAY)] == ["", ""]
    at.verify()


def forget(at: Place) -> None:
    """Make the ledger what an earlier version would have written."""
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.swapping("old") as swap:
        for name in ("made_by", "cause", "provenance", "difference", "decision"):
            swap.define(f"ALTER TABLE {session.relation(warehouse.staging, ledger.TABLE)} DROP COLUMN {name}")
