"""What is stale and why; a plan makes that and nothing else, and the second finds nothing to do."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.model import Contract, Date, Derived, Integer, Monthly, column
from dataops_assets.staleness.scope import scope
from dataops_assets_tests.place import DAY, Place, Scripted, daily, jsonl, place, source
from dataops_assets_tests.staleness.place import plan, reasons_by_asset, run_plan, statuses, tables
from dataops_assets_tests.transform.test_made_by import NEXT, SUMMED, WINDOW, Narrow, Sums, Wide, forget, total

EACH_BACKEND = pytest.mark.usefixtures("each_backend")
DOUBLED = SUMMED.replace("sum(amount)", "2 * sum(amount)")
PUBLISHED = ("production.sums", "production.total")
DAYS = (DAY, NEXT)


def two_days() -> Scripted:
    return Scripted({day: [jsonl(*({"day": day, "id": n, "amount": n * 10} for n in (1, 2)))] for day in DAYS})


def shop(
    home: Path, sql: str = SUMMED, contract: type[Contract] = Wide, scripted: Scripted | None = None, **more: Any
) -> Place:
    by = daily(days=2)
    sums = Derived(name="sums", contract=Sums, key=["day"], partition=by, publish=True, sql=sql, **more)
    return place(home, source(contract, scripted or two_days(), partition=by), sums, total)


@EACH_BACKEND
def test_a_plan_makes_everything_and_then_nothing(tmp_path: Path) -> None:
    at = shop(tmp_path)
    assert set(reasons_by_asset(at)["raw/t"].values()) == {"missing"}
    assert reasons_by_asset(at)["transformed/total"] == {"": "missing, input transformed/sums"}
    todo = run_plan(at)
    assert [(list(step.assets), list(step.keys)) for step in todo] == [
        (["raw/t", "staged/t", "transformed/sums", "production/sums"], list(DAYS)),
        (["transformed/total", "production/total"], []),
    ]
    assert [row["amount"] for row in at.rows("SELECT * FROM production.total")] == [60]
    assert reasons_by_asset(at) == {}
    assert run_plan(at) == []


def test_changed_sql_built_for_one_day_warns_and_a_plan_mends_it(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    new = shop(tmp_path, DOUBLED)
    new.transform("sums", NEXT)
    [mixed] = new.transform("total")
    warned = next(check for check in mixed.checks if check.name == "one_code")
    assert not warned.passed
    assert f"transformed/sums {DAY} were made by older code" in warned.description
    assert reasons_by_asset(new) == {
        "transformed/sums": {DAY: "stale, code transformed/sums"},
        "production/sums": {DAY: "current, input transformed/sums", NEXT: "stale, input transformed/sums"},
        "transformed/total": {"": "current, input transformed/sums"},
        "production/total": {"": "stale, input transformed/total"},
    }
    assert {asset: list(step.keys) for step in run_plan(new) for asset in step.assets} == {
        "transformed/sums": [DAY],
        "production/sums": [DAY, NEXT],
        "transformed/total": [],
        "production/total": [],
    }
    assert run_plan(new) == []
    assert [row["amount"] for row in new.rows("SELECT * FROM production.total")] == [120]
    new.verify()


@EACH_BACKEND
def test_a_changed_contract_is_loaded_again_from_raw_without_asking_the_source(tmp_path: Path) -> None:
    old = shop(tmp_path, f"select day, count(*) as amount from staged.t where {WINDOW} group by day", Narrow)
    run_plan(old)
    new = shop(tmp_path, SUMMED, Wide, scripted=Scripted())  # the source has nothing any more
    assert reasons_by_asset(new)["staged/t"] == dict.fromkeys(DAYS, "stale, contract staged/t")
    assert "raw/t" not in reasons_by_asset(new)
    assert not any("raw/t" in step.assets for step in run_plan(new))
    assert [row["amount"] for row in new.rows("SELECT * FROM production.sums")] == [30, 30]
    assert run_plan(new) == []


def test_what_is_built_on_changed_code_is_planned_and_named(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    new = shop(tmp_path, code_version="2")
    found = statuses(new)
    assert {found[asset, DAY].planned for asset in ("transformed/sums", "production/sums")} == {True}
    assert not found["staged/t", DAY].planned
    run_plan(new)
    assert run_plan(new) == []


def test_spelling_makes_nothing_stale(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    same = SUMMED.replace("select", "-- the sums\nSELECT").replace("group by", "\n GROUP   BY")
    assert same != SUMMED
    assert reasons_by_asset(shop(tmp_path, same)) == {}


def test_late_attempts_are_loaded_and_what_is_built_on_them(tmp_path: Path) -> None:
    scripted = two_days()
    at = shop(tmp_path, scripted=scripted)
    run_plan(at)
    scripted.answer(DAY, jsonl({"day": DAY, "id": 1, "amount": 1000}))
    at.extract("t", DAY)
    assert reasons_by_asset(at)["staged/t"] == {DAY: "late"}
    assert reasons_by_asset(at)["transformed/sums"] == {DAY: "current, input staged/t"}
    run_plan(at)
    assert [row["amount"] for row in at.rows("SELECT * FROM production.total")] == [1030]
    at.extract("t", DAY)  # the same again
    assert reasons_by_asset(at) == {}


def test_a_failed_load_is_named_and_tried_again_when_something_has_changed(tmp_path: Path) -> None:
    scripted = two_days()
    scripted.answer(DAY, jsonl(*({"day": DAY, "id": n, "amount": "no"} for n in range(4))))
    at = shop(tmp_path, scripted=scripted)
    run_plan(at)
    found = statuses(at)
    assert reasons_by_asset(at) == {
        "staged/t": {DAY: "failed (not planned)"},
        "transformed/sums": {DAY: "held (not planned)"},
        "production/sums": {DAY: "held (not planned)"},
        "transformed/total": {"": "held (not planned)"},
        "production/total": {"": "held (not planned)"},
    }
    assert "changed its type" in found["staged/t", DAY].words
    assert found["production/total", ""].cause.asset == "staged/t"  # type: ignore[union-attr]
    assert run_plan(at) == []
    scripted.answer(DAY, jsonl({"day": DAY, "id": 1, "amount": 1}))
    at.extract("t", DAY)
    assert reasons_by_asset(at)["staged/t"] == {DAY: "failed"}
    run_plan(at)
    assert reasons_by_asset(at) == {}
    assert [row["amount"] for row in at.rows("SELECT * FROM production.total")] == [31]


def test_a_failed_transformation_is_tried_again_by_other_code(tmp_path: Path) -> None:
    other_days = SUMMED.replace("day, sum", "date_add(day, interval 40 day) as day, sum").replace("by day", "by 1")
    at = shop(tmp_path, other_days)
    run_plan(at)
    assert set(reasons_by_asset(at)["transformed/sums"].values()) == {"failed (not planned)"}
    assert run_plan(at) == []
    mended = shop(tmp_path)
    assert set(reasons_by_asset(mended)["transformed/sums"].values()) == {"failed"}
    run_plan(mended)
    assert reasons_by_asset(mended) == {}


def test_rows_that_somebody_changed_hold_until_they_are_made_again(tmp_path: Path) -> None:
    at = shop(tmp_path)
    run_plan(at)
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session, session.swapping("broken") as swap:
        swap.execute(f"DELETE FROM {session.relation(warehouse.staging, 'raw_t')} WHERE id = 1")
    new = shop(tmp_path, DOUBLED)
    run_plan(new)
    assert set(reasons_by_asset(new)["transformed/sums"].values()) == {"held (not planned)"}
    assert run_plan(new) == []
    new.load("t", *DAYS)
    run_plan(new)
    assert reasons_by_asset(new) == {}
    assert [row["amount"] for row in new.rows("SELECT * FROM production.total")] == [120]


def test_a_plan_keeps_to_what_it_is_asked_for(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    new = shop(tmp_path, DOUBLED)
    first = scope({"transformed/sums"}, DAY)
    assert [(list(step.assets), list(step.keys)) for step in run_plan(new, first)] == [(["transformed/sums"], [DAY])]
    assert run_plan(new, first) == []
    assert [list(step.keys) for step in plan(new, scope({"transformed/sums"}))] == [[NEXT]]


def test_what_is_not_known_is_made_once_more(tmp_path: Path) -> None:
    at = shop(tmp_path)
    run_plan(at)
    forget(at)
    assert set(reasons_by_asset(at)["staged/t"].values()) == {"stale, unknown staged/t"}
    assert set(reasons_by_asset(at)["production/sums"].values()) == {"current, input transformed/sums"}
    run_plan(at)
    assert reasons_by_asset(at) == {}
    at.verify()


def test_code_further_back_makes_all_that_is_built_on_it_stale(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    by = daily(days=2)
    changed = place(
        tmp_path,
        source(Wide, two_days(), partition=by, code_version="2"),
        Derived(name="sums", contract=Sums, key=["day"], partition=by, publish=True, sql=SUMMED),
        total,
    )
    changed.load("t", *DAYS)
    assert reasons_by_asset(changed)["transformed/sums"] == dict.fromkeys(DAYS, "stale, code staged/t")
    run_plan(changed)
    assert reasons_by_asset(changed) == {}


def test_a_monthly_table_waits_for_its_days_and_follows_them(tmp_path: Path) -> None:
    class Months(Contract):
        """A month."""

        day: Date = column("First day.")
        amount: Integer = column("Sum.", nullable=True)

    by = daily(days=2)
    month = Derived(
        name="months",
        contract=Months,
        key=["day"],
        partition=Monthly(start="2024-01-01", end="2024-02-01", column="day"),
        sql=f"select cast(date_trunc(day, month) as date) as day, sum(amount) as amount from staged.t where {WINDOW} "
        "group by 1",
    )
    at = place(tmp_path, source(Wide, scripted := two_days(), partition=by), month)
    assert [list(step.assets) for step in run_plan(at)] == [["raw/t", "staged/t"], ["transformed/months"]]
    assert {found.words for found in statuses(at).values()} == {""}
    scripted.answer(DAY, jsonl({"day": DAY, "id": 1, "amount": 1}))
    at.take("t", DAY)
    assert reasons_by_asset(at) == {"transformed/months": {"2024-01-01": "stale, input staged/t"}}
    run_plan(at)
    assert reasons_by_asset(at) == {}
    assert tables(at, "staging.months")["staging.months"][0]["amount"] == 31


@pytest.mark.parametrize("text", ["yesterday", "2024-13"])
def test_a_range_that_names_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        scope(set(), text)


def test_replacing_a_published_table_by_one_that_is_not_leaves_no_plan(tmp_path: Path) -> None:
    run_plan(shop(tmp_path))
    by = daily(days=2)
    sums = Derived(name="sums", contract=Sums, key=["day"], partition=by, sql=SUMMED)
    assert (
        reasons_by_asset(place(tmp_path, source(Wide, two_days(), partition=by), sums, replace(total, publish=False)))
        == {}
    )
