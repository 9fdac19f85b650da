"""An answer that cannot be right never takes the place of rows that were: they stand, and the error says why."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dataops_assets.ledger.outcome import Outcome
from dataops_assets.load import load as loading
from dataops_assets.load.merge import Merged
from dataops_assets.model import Contract, Date, Float, Integer, Text, Timestamp, column
from dataops_assets_tests.place import (
    DAY,
    Answer,
    Place,
    Scripted,
    check_of,
    csv,
    jsonl,
    on_standin,
    parquet,
    place,
    source,
)

pytestmark = pytest.mark.usefixtures("each_backend")


class Orders(Contract, quarantine_above=0.5):
    """Orders of a day."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Float = column("Amount.", nullable=True, le=1000)
    note: Text = column("Note.", nullable=True)


def record(number: int, **more: Any) -> dict[str, Any]:
    return {"day": DAY, "id": number, "amount": 1.5, "note": "n"} | more


OLD = [record(1), record(2), record(3)]


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def at(tmp_path: Path, scripted: Scripted) -> Place:
    """A day with three rows in it."""
    scripted.answer(DAY, jsonl(*OLD))
    found = place(tmp_path, source(Orders, scripted))
    assert not found.take("t", DAY)[0].refusal
    return found


def refused(at: Place, scripted: Scripted, *answers: Answer) -> str:
    """The reason why an answer is refused, the old rows untouched."""
    before = at.staged("t")
    scripted.answer(DAY, *answers)
    (outcome,) = at.take("t", DAY)
    assert outcome.refusal == check_of(outcome, "contract").description.splitlines()[0]
    assert not check_of(outcome, "contract").passed
    assert at.staged("t") == before
    at.verify()
    assert f"staged/t {DAY}" in outcome.refusal
    return outcome.refusal


def accepted(at: Place, scripted: Scripted, *answers: Answer) -> Outcome:
    scripted.answer(DAY, *answers)
    (outcome,) = at.take("t", DAY)
    assert not outcome.refusal, outcome.refusal
    at.verify()
    return outcome


def test_an_added_column_is_kept_in_raw_and_reported(at: Place, scripted: Scripted) -> None:
    outcome = accepted(at, scripted, jsonl(record(1, extra={"a": 1}), record(2)))
    check = check_of(outcome, "new_columns")
    assert not check.passed
    assert not check.severity.stops
    assert "extra" in check.description
    assert "extra" not in at.staged("t")[0]
    assert [row["id"] for row in at.staged("t")] == [1, 2]


def test_a_missing_column_is_named(at: Place, scripted: Scripted) -> None:
    reason = refused(at, scripted, csv("day,id,note", f"{DAY},1,n", f"{DAY},2,n"))
    assert "column 'amount' of the contract Orders is not in raw attempt" in reason
    assert "required=False" in reason


def test_swapped_columns_are_read_by_name(at: Place, scripted: Scripted) -> None:
    accepted(at, scripted, csv("note,amount,id,day", f"n,1.5,1,{DAY}"), csv("id,note,day,amount", f"2,n,{DAY},2.5"))
    assert at.staged("t", "id, amount, note") == [
        {"id": 1, "amount": 1.5, "note": "n"},
        {"id": 2, "amount": 2.5, "note": "n"},
    ]


def test_a_retyped_column_is_named_with_an_example(at: Place, scripted: Scripted) -> None:
    reason = refused(at, scripted, jsonl(*(record(n, amount=f"EUR {n}") for n in range(1, 6))))
    assert "column 'amount' changed its type: none of its 5 values is double" in reason
    assert "'EUR " in reason


def test_an_answer_without_rows_is_refused_where_there_were_some(at: Place, scripted: Scripted) -> None:
    for answer in ([], [csv("day,id,amount,note")], [jsonl()]):
        reason = refused(at, scripted, *answer)
        assert "has no rows, attempt" in reason
        assert "had 3" in reason
        assert "allow_empty=True in the source 't'" in reason
    accepted(at, scripted, jsonl(record(7)))
    assert [row["id"] for row in at.staged("t")] == [7]


def test_an_answer_without_rows_is_taken_where_that_is_allowed(tmp_path: Path, scripted: Scripted) -> None:
    at = place(tmp_path, source(Orders, scripted, allow_empty=True))
    accepted(at, scripted, jsonl(*OLD))
    accepted(at, scripted)
    assert at.staged("t") == []


def test_an_answer_without_rows_is_taken_where_there_were_none(tmp_path: Path, scripted: Scripted) -> None:
    at = place(tmp_path, source(Orders, scripted))
    accepted(at, scripted)
    accepted(at, scripted)
    accepted(at, scripted, jsonl(record(1)))


@pytest.mark.parametrize("write", ["merge", "append"])
def test_with_merge_and_append_rows_simply_stay(tmp_path: Path, scripted: Scripted, write: str) -> None:
    at = place(tmp_path, source(Orders, scripted, write=write, key=["day", "id"] if write == "merge" else []))
    accepted(at, scripted, jsonl(*OLD))
    before = at.staged("t")
    accepted(at, scripted)
    assert at.staged("t") == before


def test_rows_outside_the_window_go_to_quarantine(at: Place, scripted: Scripted) -> None:
    accepted(at, scripted, jsonl(record(1), record(2, day="2024-01-02"), record(3), record(4, day="2023-12-31")))
    assert [row["id"] for row in at.staged("t")] == [1, 3]
    assert [row["checks"] for row in at.quarantine("t")] == ["partition", "partition"]
    assert "day lies in the partition that was asked for" in at.quarantine("t")[0]["reasons"]


def test_duplicates_within_and_across_attempts(tmp_path: Path, scripted: Scripted) -> None:
    at = place(tmp_path, source(Orders, scripted, write="merge", order_by=["note"]))
    outcome = accepted(at, scripted, jsonl(record(1, note="b"), record(1, note="c", amount=9), record(1, note="a")))
    assert outcome.entry.duplicates_dropped == 2
    assert at.staged("t", "id, note, amount") == [{"id": 1, "note": "c", "amount": 9.0}]
    outcome = accepted(at, scripted, jsonl(record(1, note="a"), record(2)))
    assert outcome.entry.duplicates_dropped == 3
    assert at.staged("t", "id, note") == [{"id": 1, "note": "a"}, {"id": 2, "note": "n"}]


def test_a_share_in_quarantine_above_the_limit_stops(at: Place, scripted: Scripted) -> None:
    reason = refused(at, scripted, jsonl(record(1), record(2, amount=2000), record(3, amount=3000)))
    assert "2 of 3 rows would go to quarantine, more than the 50.0%" in reason
    assert "'amount.le' (amount is at most 1000): 2 rows" in reason


EXTREMES: dict[str, tuple[dict[str, Any] | bytes, str]] = {
    "nan": (b'{"day": "2024-01-01", "id": 9, "amount": "NaN", "note": "n"}', "amount.type"),
    "infinity": (record(9, amount="-Infinity"), "amount.type"),
    "too large a float": (b'{"day": "2024-01-01", "id": 9, "amount": 1e400, "note": "n"}', "amount.type"),
    "too large an integer": (record(2**63), "id.type"),
    "thirty digits": (record(10**30), "id.type"),
    "a fraction": (record(9) | {"id": 1.5}, "id.type"),
    "a NUL in a number": (record(9) | {"id": "1\0"}, "id.type"),
    "no such day": (record(9, day="2024-02-30"), "day.type"),
    "year 10000": (record(9, day="10000-01-01"), "day.type"),
    "year 1": (record(9, day="0001-01-01"), "partition"),
    "year 9999": (record(9, day="9999-12-31"), "partition"),
    "missing key": ({"day": DAY, "amount": 1, "note": "n"}, "id.not_null"),
    "null key": (record(9) | {"id": None}, "id.not_null"),
    "empty key": (record(9) | {"id": ""}, "id.type"),
    "a list for a number": (record(9, amount=[1, 2]), "amount.type"),
}


def test_what_is_no_value_goes_to_quarantine_with_its_text(tmp_path: Path, scripted: Scripted) -> None:
    class Marked(Contract, quarantine_above=0.9):
        """Orders of a day, with the name of the case."""

        day: Date = column("Day.")
        id: Integer = column("Number.")
        amount: Float = column("Amount.", nullable=True, le=1000)
        note: Text = column("Case.")

    lines = [
        bad.replace(b'"note": "n"', f'"note": "{case}"'.encode()) if isinstance(bad, bytes) else bad | {"note": case}
        for case, (bad, _) in EXTREMES.items()
    ]
    at = place(tmp_path, source(Marked, scripted))
    accepted(at, scripted, jsonl(record(1), *lines, record(3)))
    assert [row["id"] for row in at.staged("t")] == [1, 3]
    found = {json.loads(row["raw"])["note"]: row for row in at.quarantine("t")}
    assert found.keys() == EXTREMES.keys()
    for case, (_, check) in EXTREMES.items():
        assert check in found[case]["checks"].split(", "), case
        assert found[case]["_attempt"]
    assert json.loads(found["too large a float"]["raw"])["amount"] == "1e400"
    assert json.loads(found["thirty digits"]["raw"])["id"] == str(10**30)
    assert json.loads(found["a list for a number"]["raw"])["amount"].replace(" ", "") == "[1,2]"
    assert json.loads(found["a NUL in a number"]["raw"])["id"] == "1\0"
    assert "amount is a finite number" in found["nan"]["reasons"]


def test_texts_of_every_kind_are_staged_as_they_are(at: Place, scripted: Scripted) -> None:
    notes = ["", " ", "\x00", "a\x00b", "😀", "é", "x" * 1_000_000, "'\"\\\n\t", "null", "NaN", "\u2028", None]
    accepted(at, scripted, jsonl(*(record(n, note=note) for n, note in enumerate(notes))))
    assert [row["note"] for row in sorted(at.staged("t"), key=lambda row: row["id"])] == notes


def test_a_key_that_only_some_records_have(at: Place, scripted: Scripted) -> None:
    accepted(at, scripted, jsonl({"day": DAY, "id": 1}, record(2), {"id": 3, "day": DAY, "amount": 1}))
    assert at.staged("t", "id, amount, note") == [
        {"id": 1, "amount": None, "note": None},
        {"id": 2, "amount": 1.5, "note": "n"},
        {"id": 3, "amount": 1.0, "note": None},
    ]


def test_text_keeps_numbers_and_nested_values_as_the_source_wrote_them(
    at: Place, scripted: Scripted, each_backend: str
) -> None:
    notes = [b"1.10", b"1e3", b'{"a": [1, 2.50], "b": null}', b"12345678901234567890123", b"true", b'"x"']
    lines = [b'{"day": "2024-01-01", "id": %d, "amount": null, "note": %s}' % (n, note) for n, note in enumerate(notes)]
    accepted(at, scripted, jsonl(*lines))
    found = [row["note"] for row in sorted(at.staged("t"), key=lambda row: row["id"])]
    wrote = [*(note.decode() for note in notes[:-1]), "x"]
    if each_backend == "cloud":  # BigQuery takes the blanks out of JSON
        found, wrote = ([text.replace(" ", "") for text in texts] for texts in (found, wrote))
    if on_standin(each_backend):
        found, wrote = ([_value(text) for text in texts] for texts in (found, wrote))
    assert found == wrote


def _value(text: str) -> Any:
    return text if text == "x" else json.loads(text, parse_int=float)


class Moments(Contract):
    """Times."""

    moment: Timestamp = column("Moment.")
    id: Integer = column("Number.")


def test_parquet_with_matching_and_other_types(at: Place, scripted: Scripted) -> None:
    good = pa.table({"day": [DAY] * 2, "id": pa.array([1, 2], pa.int32()), "amount": [1, None], "note": ["a", None]})
    accepted(at, scripted, parquet(good))
    typed = good.cast(
        pa.schema([("day", pa.date32()), ("id", pa.int64()), ("amount", pa.float64()), ("note", pa.string())])
    )
    assert accepted(at, scripted, parquet(typed)).entry.rows_updated == 0
    assert at.staged("t", "id, amount, note") == [
        {"id": 1, "amount": 1.0, "note": "a"},
        {"id": 2, "amount": None, "note": None},
    ]
    odd = pa.table({
        "day": pa.array([DAY] * 4), "id": pa.array([1, 2, 3, 2**64 - 1], pa.uint64()),
        "amount": pa.array([1.5, float("nan"), float("inf"), 1.0]), "note": pa.array(list("abcd")),
    })  # fmt: skip
    reason = refused(at, scripted, parquet(odd))
    assert "3 of 4 rows would go to quarantine" in reason
    more = pa.concat_tables(odd.slice(0, 1).set_column(1, "id", pa.array([n], pa.uint64())) for n in (5, 6, 7))
    more = pa.concat_tables([odd, more])
    accepted(at, scripted, parquet(more))
    assert [row["id"] for row in at.staged("t")] == [1, 5, 6, 7]
    assert sorted(row["checks"] for row in at.quarantine("t")) == [
        "amount.finite, amount.le",
        "amount.finite, amount.le",
        "id.type",
    ]
    wrong = good.set_column(1, "id", pa.array([True, False]))
    assert "id" in refused(at, scripted, parquet(wrong))


def test_files_of_different_formats_and_types(at: Place, scripted: Scripted) -> None:
    typed = pa.table({"day": [dt.date(2024, 1, 1)], "id": pa.array([2], pa.int64()), "amount": [2.5], "note": ["b"]})
    wide = typed.set_column(1, "id", pa.array([3], pa.uint64()))
    accepted(at, scripted, jsonl(record(1)), parquet(typed), parquet(wide))
    assert at.staged("t", "id, amount, note") == [
        {"id": 1, "amount": 1.5, "note": "n"},
        {"id": 2, "amount": 2.5, "note": "b"},
        {"id": 3, "amount": 2.5, "note": "b"},
    ]


def test_times_of_parquet_are_utc(tmp_path: Path, scripted: Scripted) -> None:
    at = place(tmp_path, source(Moments, scripted, partition=None, key=["id"]))
    naive = pa.array([1704067200_000000, None], pa.int64()).cast(pa.timestamp("us"))
    scripted.answer("", parquet(pa.table({"moment": naive.slice(0, 1), "id": [1]})))
    at.take("t")
    assert at.staged("t", "moment") == [{"moment": dt.datetime(2024, 1, 1, tzinfo=dt.UTC)}]
    nano = pa.array([1704067200_000000_001], pa.timestamp("ns"))
    scripted.answer("", parquet(pa.table({"moment": nano, "id": [1]})))
    assert "1 of 1 rows would go to quarantine" in at.take("t")[0].refusal


def test_a_partition_whose_figures_do_not_add_up_is_refused_alone(
    at: Place, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of the load itself, which loses a row of one partition."""
    merge = loading.merge_rows

    def losing(*arguments: Any) -> Merged:
        merged = merge(*arguments)
        fewer = replace(merged.figures[DAY], rows=merged.figures[DAY].rows - 1)
        return replace(merged, figures={**merged.figures, DAY: fewer})

    monkeypatch.setattr(loading, "merge_rows", losing)
    before, other = at.staged("t"), "2024-01-02"
    scripted.answer(DAY, jsonl(record(1), record(2), record(5)))
    scripted.answer(other, jsonl(record(4, day=other)))
    lost, sound = at.take("t", DAY, other)
    check = check_of(lost, "conservation")
    assert lost.refusal == check.description
    assert "3 rows read are not 2 staged + 0 quarantined + 0 duplicates; nothing was written" in lost.refusal
    assert not check.passed
    assert check.severity.stops
    assert (sound.refusal, check_of(sound, "conservation").passed) == ("", True)
    assert [row for row in at.staged("t") if str(row["day"]) == DAY] == before
    at.verify()
