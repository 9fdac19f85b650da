"""Partitions older than a table keeps are neither loaded nor built nor read, and nobody looks for their rows."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Source, TimePartitions, column
from dataops_assets.model import partitions as model
from dataops_assets_tests.place import Place, Scripted, jsonl, place

DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(6)]
KEYS = [str(day) for day in DAYS]


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the clock: `at(day)` is noon of that day."""

    def set_clock(day: str) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:
                return datetime.fromisoformat(f"{day}T12:00:00+00:00").astimezone(tz)

        monkeypatch.setattr(model, "datetime", Clock)

    return set_clock


def daily(keep_days: int | None) -> TimePartitions:
    return Daily(start=KEYS[0], end="2024-01-11", column="day", keep_days=keep_days)


def a_place(home: Path, source_keeps: int | None, derived_keeps: int | None) -> Place:
    scripted = Scripted({key: [jsonl({"day": key, "id": 1})] for key in KEYS})
    source = Source(name="t", extract=scripted, contract=Rows, key=["day", "id"], partition=daily(source_keeps))
    kind: Any = {"contract": Rows, "key": ["day", "id"], "partition": daily(derived_keeps), "history": {"t": 2}}
    made = Derived(name="made", function=lambda t, window: t[t.day >= pd.Timestamp(window.start.date())], **kind)
    return place(home, source, made)


@pytest.mark.parametrize(
    ("day", "now", "kept"),
    [(1, "2024-01-03T23:59:59", True), (1, "2024-01-04T00:00:00", False), (2, "2024-01-04T00:00:00", True)],
)
def test_a_partition_is_kept_so_many_days_from_its_beginning(
    monkeypatch: pytest.MonkeyPatch, day: int, now: str, kept: bool
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.fromisoformat(f"{now}+00:00")

    monkeypatch.setattr(model, "datetime", Clock)
    by = daily(3)
    assert by.keeps(by.of(f"2024-01-0{day}")) is kept
    assert daily(None).keeps(by.of("2024-01-01"))


def test_too_old_is_not_loaded_and_says_so(tmp_path: Path, at: Any) -> None:
    at(KEYS[4])
    there = a_place(tmp_path, 3, 3)
    old, young = there.take("t", KEYS[0], KEYS[3])
    assert "2024-01-01: older than the 3 days that the table keeps (keep_days)" in old.refusal
    assert not young.refusal
    assert [row["day"] for row in there.staged("t", "day")] == [DAYS[3]]


def test_what_was_kept_and_is_no_longer(tmp_path: Path, at: Any) -> None:
    at(KEYS[3])
    there = a_place(tmp_path, 4, 4)
    assert [outcome.refusal for outcome in there.take("t", *KEYS[:4])] == [""] * 4
    assert [outcome.refusal for outcome in there.transform("made", *KEYS[:4])] == [""] * 4
    there.verify()

    at(KEYS[5])
    warehouse = there.project.storage.warehouse
    with warehouse.session() as session, session.swapping("test") as swap:  # what BigQuery does by itself
        for table in ("raw_t", "made"):
            relation = session.relation(warehouse.staging, table)
            swap.execute(f"DELETE FROM {relation} WHERE day < DATE '2024-01-03'")
    there.verify()
    [held] = there.transform("made", KEYS[0])
    assert "2024-01-01: older than the 4 days that the table keeps (keep_days); not built" in held.refusal
    [built] = there.transform("made", KEYS[3])
    assert not built.refusal
    assert built.entry.inputs == {"staged/t": {key: _version(there, key) for key in KEYS[2:4]}}


def test_rows_that_were_not_deleted_yet_are_no_problem(tmp_path: Path, at: Any) -> None:
    at(KEYS[3])
    there = a_place(tmp_path, 4, None)
    there.take("t", *KEYS[:4])
    at(KEYS[5])
    there.verify()
    [held] = there.transform("made", KEYS[1])
    assert "staged/t 2024-01-02 is older than what staged/t keeps (keep_days)" in held.refusal


def test_days_are_counted() -> None:
    with pytest.raises(ValueError, match="keep_days counts days and cannot be 0"):
        daily(0)


def _version(there: Place, key: str) -> str:
    [row] = there.rows(
        f"SELECT MAX(version) AS v FROM staging._ledger WHERE asset = 'staged/t' AND partition = '{key}'"
    )
    return row["v"]
