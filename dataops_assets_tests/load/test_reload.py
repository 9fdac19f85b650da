"""Loading again changes nothing that is the same, and of the rest only the rows that differ."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.model import Contract, Date, Float, Integer, Numeric, Text, column
from dataops_assets.warehouse.schema import ColumnTypeFixed
from dataops_assets_tests.place import DAY, Place, Scripted, check_of, jsonl, on_standin, parquet, place, source

pytestmark = pytest.mark.usefixtures("each_backend")

NEXT = "2024-01-02"


class Narrow(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True)


class Lenient(Contract, quarantine_above=0.9):
    """Rows, most of which may be in quarantine."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True)


class Wide(Contract):
    """Rows, with one more column, and one that holds more."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Float = column("Amount.", nullable=True)
    note: Text = column("Note.")


class Short(Contract):
    """Rows, as Wide ones without the column more."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Float = column("Amount.", nullable=True)


class Exact(Contract):
    """Rows, with one that holds more."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Numeric = column("Amount.", nullable=True)


class Tagged(Contract):
    """Rows with lists."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    tags: Annotated[pd.ArrowDtype, pa.list_(pa.string())] = column("Tags.", nullable=True)


def record(number: int, day: str = DAY, **more: Any) -> dict[str, Any]:
    return {"day": day, "id": number, "amount": 1, "note": "n"} | more


@pytest.mark.parametrize("write", ["replace", "merge", "append"])
def test_an_unchanged_partition_stays_as_it_is(tmp_path: Path, write: str) -> None:
    bad = record(3, amount="many")
    scripted = Scripted({DAY: [jsonl(record(1), record(2), bad)], NEXT: [jsonl(record(1, NEXT))]})
    at = place(tmp_path, source(Lenient, scripted, write=write, key=[] if write == "append" else ["day", "id"]))
    said = [check_of(outcome, "contract") for outcome in at.take("t", DAY, NEXT)]
    assert said[0].figures == {"rows": 3, "rows_failing": 1, "amount.type": 1}
    before = at.staged("t")
    entries = at.rows("SELECT * FROM staging._ledger")
    for outcome, first in zip(at.load("t", DAY, NEXT), said, strict=True):
        assert not outcome.changed
        again = check_of(outcome, "contract")
        assert (again.description, again.figures) == (first.description, first.figures), "it is true all the same"
    assert at.rows("SELECT * FROM staging._ledger") == entries
    for _ in range(2):
        at.extract("t", DAY, NEXT)
    at.load("t", NEXT)
    at.load("t", DAY, NEXT)
    assert at.staged("t") == before
    # The same records in another order, in two files: another content, the same rows.
    scripted.answer(DAY, jsonl(record(2)), jsonl(bad, record(1)))
    at.take("t", DAY)
    assert at.staged("t") == before
    at.verify()


@pytest.mark.parametrize("write", ["replace", "merge"])
def test_a_late_correction_touches_the_rows_that_differ(tmp_path: Path, write: str) -> None:
    scripted = Scripted({DAY: [jsonl(record(1), record(2), record(3, amount=None))]})
    at = place(tmp_path, source(Narrow, scripted, write=write))
    at.take("t", DAY)
    before = {row["id"]: row for row in at.staged("t")}
    scripted.answer(DAY, jsonl(record(1), record(2, amount=5), record(3, amount=None), record(4)))
    (outcome,) = at.take("t", DAY)
    after = {row["id"]: row for row in at.staged("t")}
    assert (after[1], after[3]) == (before[1], before[3])
    assert after[2]["amount"] == 5
    assert after[2]["created_at"] == before[2]["created_at"] < after[2]["updated_at"]
    assert after[4]["created_at"] == after[4]["updated_at"] == after[2]["updated_at"]
    assert after[2]["_attempt"] == after[4]["_attempt"] != before[1]["_attempt"]
    assert (outcome.entry.rows_inserted, outcome.entry.rows_updated, outcome.entry.rows_deleted) == (1, 1, 0)
    at.verify()


def test_zeros_of_either_sign_are_what_verify_reads(tmp_path: Path) -> None:
    """They are equal, and BigQuery's fingerprint tells them apart."""
    scripted = Scripted()
    at = place(tmp_path, source(Wide, scripted, write="merge"))
    for zero in (0.0, -0.0):
        columns = {"day": [DAY], "id": [1], "note": ["a"], "amount": [zero]}
        scripted.answer(DAY, parquet(pa.table(columns)))
        (outcome,) = at.take("t", DAY)
        assert not outcome.refusal, outcome.refusal
        at.verify()


def test_a_row_that_is_gone_and_comes_back(tmp_path: Path) -> None:
    scripted = Scripted({DAY: [jsonl(record(1), record(2))]})
    at = place(tmp_path, source(Narrow, scripted))
    at.take("t", DAY)
    scripted.answer(DAY, jsonl(record(1)))
    (outcome,) = at.take("t", DAY)
    assert outcome.entry.rows_deleted == 1
    scripted.answer(DAY, jsonl(record(1), record(2)))
    (outcome,) = at.take("t", DAY)
    assert [row["id"] for row in at.staged("t")] == [1, 2]
    at.verify()


def test_equal_rows_of_one_answer_are_all_kept_by_append(tmp_path: Path) -> None:
    scripted = Scripted({DAY: [jsonl(record(1), record(1), record(2))]})
    at = place(tmp_path, source(Narrow, scripted, write="append", key=[]))
    at.take("t", DAY)
    assert [row["id"] for row in at.staged("t")] == [1, 1, 2]
    scripted.answer(DAY, jsonl(record(1), record(1), record(1), record(3)))
    at.take("t", DAY)
    assert [row["id"] for row in at.staged("t")] == [1, 1, 1, 2, 3]
    at.verify()


def test_a_refused_answer_does_not_stand_in_the_way_of_the_next(tmp_path: Path) -> None:
    scripted = Scripted({DAY: [jsonl(record(1))]})
    at = place(tmp_path, source(Narrow, scripted, write="merge"))
    at.take("t", DAY)
    scripted.answer(DAY, jsonl(*(record(n, amount="x") for n in range(5))))
    assert at.take("t", DAY)[0].refusal
    scripted.answer(DAY, jsonl(record(2)))
    (outcome,) = at.take("t", DAY)
    assert not outcome.refusal
    assert "changed its type" in outcome.entry.reason
    assert [row["id"] for row in at.staged("t")] == [1, 2]
    at.verify()


def grown(tmp_path: Path, scripted: Scripted, wide: type[Contract]) -> tuple[Place, Place]:
    old = place(tmp_path, source(Narrow, scripted))
    old.take("t", DAY, NEXT)
    return old, place(tmp_path, source(wide, scripted))


def test_a_column_that_the_contract_gains_is_null_until_the_partition_is_loaded_again(tmp_path: Path) -> None:
    scripted = Scripted({DAY: [jsonl(record(1))], NEXT: [jsonl(record(1, NEXT))]})
    _, new = grown(tmp_path, scripted, Wide)
    before = new.staged("t", "day, created_at")
    (outcome,) = new.load("t", NEXT)  # the same raw attempt, another contract
    assert outcome.changed
    assert [row["note"] for row in new.staged("t", "day, note")] == [None, "n"]
    assert [row["amount"] for row in new.staged("t", "day, amount")] == [1.0, 1.0]
    assert new.staged("t", "day, created_at") == before
    new.load("t", DAY)
    assert [row["note"] for row in new.staged("t", "day, note")] == ["n", "n"]
    new.verify()


def test_a_type_that_holds_more(tmp_path: Path) -> None:
    scripted = Scripted({DAY: [jsonl(record(1))], NEXT: [jsonl(record(1, NEXT))]})
    _, new = grown(tmp_path, scripted, Exact)
    scripted.answer(NEXT, jsonl(record(1, NEXT), record(2, NEXT, amount=0.5)))
    new.take("t", NEXT)
    found = [str(row["amount"]) for row in new.staged("t", "day, id, amount")]
    assert found == ["1.000000000", "1.000000000", "0.500000000"]
    new.load("t", DAY)
    new.verify()


def test_a_contract_that_loses_a_column_leaves_what_is_there(tmp_path: Path) -> None:
    scripted = Scripted({DAY: [jsonl(record(1))], NEXT: [jsonl(record(1, NEXT))]})
    wide = place(tmp_path, source(Wide, scripted))
    wide.take("t", DAY, NEXT)
    short = place(tmp_path, source(Short, scripted))
    short.load("t", DAY)
    assert [row["note"] for row in short.staged("t", "day, note")] == ["n", "n"]
    scripted.answer(NEXT, jsonl(record(2, NEXT)))
    short.take("t", NEXT)
    assert [row["note"] for row in short.staged("t", "day, note")] == ["n", None]
    short.verify()


def test_a_column_is_narrowed_where_the_warehouse_can(tmp_path: Path, each_backend: str) -> None:
    scripted = Scripted({DAY: [jsonl(record(1))]})
    wide = place(tmp_path, source(Wide, scripted))
    wide.take("t", DAY)
    narrow = place(tmp_path, source(Narrow, scripted))
    if each_backend == "cloud":
        with pytest.raises(ColumnTypeFixed, match="'amount' is FLOAT64, the contract Narrow says INT64"):
            narrow.load("t", DAY)
        assert wide.staged("t", "id, amount") == [{"id": 1, "amount": 1.0}]
        return
    narrow.load("t", DAY)
    assert narrow.staged("t", "id, amount") == [{"id": 1, "amount": 1}]
    narrow.verify()


def test_a_list_that_is_null_is_an_empty_one_on_bigquery(tmp_path: Path, each_backend: str) -> None:
    """It stores no other: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#array_nulls"""

    def rows(second: list[str] | None) -> pa.Table:
        tags = pa.array([["a", "b"], second], pa.list_(pa.string()))
        return pa.table({"day": [DAY] * 2, "id": [1, 2], "tags": tags})

    scripted = Scripted({DAY: [parquet(rows([]))]})
    at = place(tmp_path, source(Tagged, scripted))
    first = at.take("t", DAY)[0].entry.version
    scripted.answer(DAY, parquet(rows(None)))
    (outcome,) = at.take("t", DAY)
    found = [row["tags"] for row in at.staged("t", "id, tags")]
    assert found == [["a", "b"], [] if each_backend == "cloud" else None]
    # The stand-in gives no NULL list either, but its tables know one from an empty list, as BigQuery's do not.
    same = each_backend == "cloud" and not on_standin(each_backend)
    assert (outcome.entry.version == first, outcome.changed) == (same, not same)
    at.verify()
