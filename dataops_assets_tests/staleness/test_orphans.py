"""What no dataset makes any more is named, and removed from the warehouse when asked; and so is another calendar."""

import dataclasses
from pathlib import Path

import pytest

from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Monthly, TimePartitions, column
from dataops_assets.staleness.orphans import drop, orphans
from dataops_assets.staleness.snapshot import take
from dataops_assets.verification.verify import verify_all
from dataops_assets_tests.place import DAY, Place, Scripted, daily, jsonl, place, source
from dataops_assets_tests.staleness.place import plan, reasons_by_asset, run_plan, tables
from dataops_assets_tests.transform.test_made_by import NEXT, SUMMED, Sums, Wide, total

EACH_BACKEND = pytest.mark.usefixtures("each_backend")
THIRD = "2024-01-03"
BY = daily(days=3)


def scripted() -> Scripted:
    rows = {day: [jsonl({"day": day, "id": 1, "amount": 10})] for day in (DAY, NEXT, THIRD)}
    every = [jsonl(*({"day": day, "id": 1, "amount": 10} for day in (DAY, NEXT, THIRD)))]
    return Scripted({**rows, "": every})


def shop(home: Path, by: TimePartitions | None = BY, name: str = "sums") -> Place:
    sql = SUMMED if by else "select day, sum(amount) as amount from staged.t group by day"
    sums = Derived(name=name, contract=Sums, key=["day"], partition=by, publish=True, sql=sql)
    whole = dataclasses.replace(total, sql=f"select 1 as one, sum(amount) as amount from transformed.{name}")
    return place(home, source(Wide, scripted(), partition=by), sums, whole)


def found(at: Place) -> dict[str, dict[str, object]]:
    storage, catalog = at.project.storage, at.project.catalog
    every = orphans(storage, catalog, take(storage, catalog, {}))
    return {name: {**each.assets, **each.older, "lake": each.folders} for name, each in every.items()}


def drop_all(at: Place) -> None:
    storage, catalog = at.project.storage, at.project.catalog
    for orphan in orphans(storage, catalog, take(storage, catalog, {})).values():
        drop(storage, catalog, orphan)


@EACH_BACKEND
def test_a_renamed_table_is_named_and_removed_but_for_the_lake(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    new = shop(tmp_path, name="renamed")
    assert found(new) == {"sums": {"transformed/sums": 3, "production/sums": 3, "lake": ["sums"]}}
    run_plan(new)
    drop_all(new)
    assert found(new) == {"sums": {"lake": ["sums"]}}
    assert reasons_by_asset(new) == {}
    new.verify()
    warehouse = new.project.storage.warehouse
    with warehouse.session() as session, session.reading():
        assert not session.exists(warehouse.staging, "sums")
        assert not session.exists(warehouse.production, "sums")
        assert session.exists(warehouse.production, "renamed")


def test_a_removed_source_keeps_its_raw_attempts(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    empty = place(tmp_path)
    assert found(empty)["t"] == {"staged/t": 3, "lake": ["raw_t"]}
    drop_all(empty)
    assert {name: each["lake"] for name, each in found(empty).items()} == {
        "t": ["raw_t"],
        "sums": ["sums"],
        "total": ["total"],
    }
    again = shop(tmp_path)
    assert not any("raw/t" in step.assets for step in plan(again))
    run_plan(again)
    assert tables(again, "production.total")["production.total"] == [{"one": 1, "amount": 30}]
    again.verify()


CALENDARS = {
    "later": Daily(start=NEXT, end="2024-01-04", column="day"),
    "monthly": Monthly(start="2024-01-01", end="2024-02-01", column="day"),
    "whole": None,
}


@pytest.mark.parametrize(
    "word", [word if word == "whole" else pytest.param(word, marks=pytest.mark.slow) for word in CALENDARS]
)
@EACH_BACKEND
def test_a_changed_calendar_is_recognised_never_summed_and_made_again(tmp_path: Path, word: str) -> None:
    by = CALENDARS[word]
    run_plan(shop(tmp_path))
    new = shop(tmp_path, by)
    older = found(new)["t"]["staged/t"]
    assert older == ([DAY] if word == "later" else [DAY, NEXT, THIRD])
    drop_all(new)
    run_plan(new)
    assert reasons_by_asset(new) == {}
    assert run_plan(new) == []
    new.verify()
    names = ("staging.raw_t", "production.sums", "production.total")
    fresh = shop(tmp_path / "fresh", by)
    run_plan(fresh)
    assert tables(new, *names) == tables(fresh, *names)


class Moments(Contract):
    """Rows with two days."""

    day: Date = column("Day.")
    other: Date = column("Another day.")
    id: Integer = column("Number.")


def test_verify_and_plan_live_with_a_calendar_that_is_not_dropped_yet(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    for by in CALENDARS.values():
        new = shop(tmp_path, by)
        assert reasons_by_asset(new)
        storage = new.project.storage
        report = verify_all(storage.warehouse, storage.staging, storage.production, new.project.catalog)
        assert {problem.command for problem in report.problems} <= {"dataops drop t", "dataops drop sums"}
        # What reads all of a table does not mix the two.
        [held] = new.transform("total")
        assert held.entry.cause is not None
        assert held.entry.cause.code == ("older_calendar" if by else "not_loaded")


def test_a_calendar_by_another_column_is_another_one(tmp_path: Path) -> None:
    rows = {day: [jsonl({"day": day, "other": day, "id": 1})] for day in (DAY, NEXT)}
    at = place(tmp_path, source(Moments, Scripted(rows), partition=daily(days=2), key=["id"]))
    run_plan(at)
    new = place(tmp_path, source(Moments, Scripted(rows), partition=daily("other", days=2), key=["id"]))
    assert found(new)["t"]["staged/t"] == [DAY, NEXT]
    drop_all(new)
    run_plan(new)
    new.verify()
