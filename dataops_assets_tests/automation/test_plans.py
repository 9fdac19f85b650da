"""What a tick runs beside what is due: what a plan names, in an order in which nothing is built on what is stale."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.automation import plans
from dataops_assets.automation.flows import flows
from dataops_assets.automation.plans import Run, TickPlan, tick_plan
from dataops_assets.automation.unfinished import Unfinished
from dataops_assets.model import Contract, Date, Derived, Integer, Monthly, Text, column
from dataops_assets.staleness.snapshot import take
from dataops_assets_tests.place import Place, Scripted, daily, jsonl, place, source
from dataops_assets_tests.staleness.place import make, reasons_by_asset

DAYS = [f"2024-01-{day:02}" for day in range(1, 6)]
BY = daily(days=5)
CHANGED = {"code_version": "2"}


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


class Counts(Contract):
    """Counts."""

    day: Date = column("Day.")
    count: Integer = column("How many.")


class Names(Contract):
    """Names."""

    id: Integer = column("Number.")
    name: Text = column("Name.")


IN_WINDOW = "where day >= @window_start and day < @window_end group by 1"


def derived(name: str, sql: str, **more: Any) -> Derived:
    return Derived(name=name, contract=Counts, key=["day"], sql=sql, **{"partition": BY, **more})


def counts(**more: Any) -> Derived:
    sql = f"select day, count(*) + 0 * max(n.id) as count from staged.t cross join staged.names n {IN_WINDOW}"
    return derived("counts", sql, publish=True, **more)


def smooth() -> Derived:
    """Of a day and the two before."""
    sql = "select date(@window_start) as day, sum(count) as count from transformed.counts group by 1"
    return derived("smooth", sql, history={"counts": 2})


def months() -> Derived:
    by = Monthly(start="2024-01-01", end="2024-02-01", column="day")
    sql = f"select date_trunc(day, month) as day, sum(count) as count from transformed.counts {IN_WINDOW}"
    return derived("months", sql, partition=by, publish=True)


@pytest.fixture
def scripted() -> Scripted:
    return Scripted(dict(SAID))


SAID = {day: [jsonl(*({"day": day, "id": n} for n in range(3)))] for day in DAYS}
SAID[""] = [jsonl({"id": 1, "name": "one"})]


def shop(home: Path, scripted: Scripted, *tables: Derived) -> Place:
    """Of counts and what is smoothed of them, unless others are said."""
    tables = tables or (counts(), smooth(), months())
    names = source(Names, scripted, name="names", partition=None, key=["id"])
    return place(home, source(Rows, scripted, partition=BY, schedule="0 5 * * *"), names, *tables)


NEXT_MONTH = datetime(2024, 2, 1, tzinfo=UTC)


def tick(
    at: Place, *due: str, per_run: int = 100, under_way: Unfinished | None = None, moment: datetime = NEXT_MONTH
) -> TickPlan:
    """What a tick runs for which these days are due."""
    catalog = at.project.catalog
    flow, *followers = sorted(flows(catalog), key=lambda each: each.level)
    asked = [[BY.of(day) for day in due], *([] for _ in followers)]
    snapshot = take(at.project.storage, catalog, {})
    return tick_plan(flow, followers, catalog, snapshot, moment, asked, per_run, under_way or Unfinished())


def done(at: Place, *due: str, per_run: int = 100) -> list[str]:
    """The runs of a tick, which are made; of each its layers and tables, and its days."""
    runs = tick(at, *due, per_run=per_run).runs
    for run in runs:
        for asset in run.assets:
            name = asset.partition("/")[2]
            table = at.project.catalog.staged.get(name) or at.project.catalog.derived[name]
            make(at, [asset], [p.key for p in run.partitions] if table.calendar else [])
    return [text(at, run) for run in runs]


def text(at: Place, run: Run) -> str:
    whole = next(flow.keys for flow in flows(at.project.catalog) if flow.level == 0)
    names = "all" if run.assets == whole else " ".join(run.assets)
    days = [p.key[-2:] for p in run.partitions]
    return f"{names} {days[0]}-{days[-1]}" if days else names


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a tick has made all but the last day."""
    home = tmp_path_factory.mktemp("made")
    scripted = Scripted(dict(SAID))
    assert done(shop(home, scripted, counts(), smooth(), months()), *DAYS[:4], per_run=3) == ["all 01-03", "all 04-04"]
    return home


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "home"))


def test_what_code_has_made_stale_is_made_before_what_reads_it_and_no_source_is_asked(
    home: Path, scripted: Scripted
) -> None:
    """What is due reads the days before. No source is asked for these."""
    assert tick(shop(home, scripted)).runs == []
    scripted.answer(DAYS[0])  # the source has lost it
    at = shop(home, scripted, counts(**CHANGED), smooth(), months())
    assert done(at, DAYS[4], per_run=3) == [
        "transformed/counts production/counts transformed/smooth 01-03",
        "transformed/counts production/counts transformed/smooth 04-04",
        "all 05-05",
        "transformed/months production/months 01-01",
    ]
    assert at.rows("select sum(count) as n from production.months") == [{"n": 15}]
    assert reasons_by_asset(at) == {}
    assert tick(at).runs == []


def test_what_does_not_read_the_days_before_does_not_wait_for_them(home: Path, scripted: Scripted) -> None:
    at = shop(home, scripted, counts(**CHANGED))
    assert [text(at, run) for run in tick(at, DAYS[4]).runs] == [
        "all 05-05",
        "transformed/counts production/counts 01-04",
    ]


def test_a_tick_that_is_looked_at_late_leaves_alone_what_closed_since(home: Path, scripted: Scripted) -> None:
    at = shop(home, scripted, counts(**CHANGED))
    moment = datetime(2024, 1, 4, 6, tzinfo=UTC)
    assert [text(at, run) for run in tick(at, moment=moment).runs] == ["transformed/counts production/counts 01-03"]


def test_what_is_read_again_is_followed_by_what_was_made_of_it(home: Path, scripted: Scripted) -> None:
    at = shop(home, scripted)
    assert [text(at, run) for run in tick(at, DAYS[1]).runs] == ["all 02-02", "transformed/smooth 03-04"]


def test_late_attempts_are_loaded(home: Path, scripted: Scripted) -> None:
    at = shop(home, scripted, counts())
    scripted.answer(DAYS[1], jsonl({"day": DAYS[1], "id": 7}))
    at.extract("t", DAYS[1])
    assert done(at) == ["staged/t transformed/counts production/counts 02-02"]
    assert tick(at).runs == []


def test_what_fails_is_tried_again_once_something_has_changed(home: Path, scripted: Scripted) -> None:
    at = shop(home, scripted, counts())
    scripted.answer(DAYS[4], jsonl(*({"day": DAYS[4], "id": "no"} for _ in range(5))))
    assert done(at, DAYS[4]) == ["all 05-05"]
    assert tick(at).runs == []
    at.extract("t", DAYS[4])
    scripted.answer(DAYS[4], jsonl({"day": DAYS[4], "id": 1}))
    at.extract("t", DAYS[4])
    assert [text(at, run) for run in tick(at).runs] == ["staged/t transformed/counts production/counts 05-05"]


def test_reference_data_make_old_days_again_once_they_have_changed(home: Path, scripted: Scripted) -> None:
    at = shop(home, scripted, counts())
    scripted.answer("", jsonl({"id": 2, "name": "two"}))
    assert done(at, DAYS[4]) == ["all 05-05"]
    assert [text(at, run) for run in tick(at).runs] == ["transformed/counts production/counts 01-04"]


def test_runs_that_are_not_over_are_not_asked_for_again(home: Path, scripted: Scripted) -> None:
    at = shop(home, scripted, counts(**CHANGED), smooth())
    every = [(asset, day) for asset in ("transformed/counts", "production/counts") for day in DAYS[:4]]
    assert [text(at, run) for run in tick(at, under_way=Unfinished(ahead=frozenset(every))).runs] == [
        "transformed/smooth 01-04"
    ]
    some = frozenset(place for place in every if place[1] < DAYS[2])
    assert [text(at, run) for run in tick(at, under_way=Unfinished(ahead=some)).runs] == [
        "transformed/counts production/counts 03-04",
        "transformed/smooth 01-04",
    ]
    assert [text(at, run) for run in tick(at, under_way=Unfinished(elsewhere=some)).runs] == [
        "transformed/counts production/counts transformed/smooth 03-04"
    ], "what somebody else is making is built upon at the next tick"


def test_so_many_runs_a_tick_and_what_is_due_in_any_case(
    home: Path, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "RUNS_A_TICK", 2)
    at = shop(home, scripted, counts(**CHANGED), smooth())
    found = tick(at, DAYS[4], per_run=1)
    assert [text(at, run)[-5:] for run in found.runs] == ["01-01", "02-02", "05-05"]
    assert found.left == 2
