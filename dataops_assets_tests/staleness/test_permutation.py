"""Whatever the order of code changes, corrections and runs: in the end a plan makes what a build from nothing makes."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataops_assets.commands.dry_run import estimates
from dataops_assets.model import Contract, Date, Derived, Integer, column
from dataops_assets.sources.base import Extraction, Request
from dataops_assets.staleness.scope import scope
from dataops_assets_tests import place as places
from dataops_assets_tests.backends import StorageIn
from dataops_assets_tests.place import DAY, Answer, Place, Scripted, daily, jsonl, place, source
from dataops_assets_tests.staleness.place import plan, reasons_by_asset, run_plan, tables
from dataops_assets_tests.transform.test_made_by import NEXT, WINDOW, Total

DAYS = (DAY, NEXT, "2024-01-03")
BY = daily(days=3)
TABLES = ("staging.raw_t", "production.sums", "production.trend", "production.total")


class Plain(Contract, quarantine_above=0.9):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True)


class Bounded(Contract, quarantine_above=0.9):
    """Rows of which some go to quarantine."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True, le=60)


class Sums(Contract):
    """Sums."""

    day: Date = column("Day.")
    amount: Integer = column("Sum.", nullable=True)
    rows: Integer = column("Rows.", nullable=True)


class Trend(Contract):
    """Sums and those of the day before."""

    day: Date = column("Day.")
    amount: Integer = column("Sum.", nullable=True)
    before: Integer = column("The same of the day before.", nullable=True)


def plus(factor: int) -> Callable[..., pd.DataFrame]:
    def trend(sums: pd.DataFrame, window: Any) -> pd.DataFrame:
        start = pd.Timestamp(window.start).tz_localize(None)
        end = pd.Timestamp(window.end).tz_localize(None)
        before = sums.assign(day=(sums["day"] + pd.Timedelta(days=1)).astype(sums["day"].dtype), before=sums["amount"])
        rows = sums.loc[(sums["day"] >= start) & (sums["day"] < end)]
        rows = rows.merge(before[["day", "before"]], on="day", how="left")
        return rows.assign(before=rows["before"] * factor)[["day", "amount", "before"]]

    return trend


@dataclass
class Remembered(Scripted):
    """Knows what it was asked for and what it answered, in order."""

    answered: list[tuple[str, list[Answer]]] = field(default_factory=list)

    def extract(self, request: Request) -> Extraction:
        assert request.partition
        self.answered.append((request.partition.key, self.answers[request.partition.key]))
        return super().extract(request)


@dataclass
class World:
    """Which source, contract and code are in force."""

    scripted: Remembered = field(default_factory=Remembered)
    contract: type[Contract] = Plain
    write: str = "merge"
    factor: int = 1
    trend: int = 1
    total: int = 1

    def place(self, home: Path) -> Place:
        sums = Derived(
            name="sums",
            contract=Sums,
            key=["day"],
            partition=BY,
            publish=True,
            sql=f"select day, sum(amount) * {self.factor} as amount, count(*) as rows from staged.t where {WINDOW} "
            "group by day",
        )
        trend = Derived(
            name="trend",
            contract=Trend,
            key=["day"],
            partition=BY,
            publish=True,
            function=plus(self.trend),
            history={"sums": 1},
        )
        total = Derived(
            name="total",
            contract=Total,
            key=["one"],
            publish=True,
            sql=f"select 1 as one, sum(amount) + {self.total} as amount from transformed.sums",
        )
        return place(home, source(self.contract, self.scripted, partition=BY, write=self.write), sums, trend, total)


AMOUNTS = st.lists(st.integers(0, 80), min_size=1, max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("correct"), st.sampled_from(DAYS), AMOUNTS),
        st.tuples(st.just("extract"), st.sampled_from(DAYS), st.none()),
        st.tuples(st.sampled_from(["factor", "trend", "total"]), st.integers(1, 3), st.none()),
        st.tuples(st.just("contract"), st.sampled_from([Plain, Bounded]), st.none()),
        st.tuples(
            st.just("run"),
            st.sampled_from(["staged/t", "transformed/sums", "transformed/trend"]),
            st.sampled_from(DAYS),
        ),
        st.tuples(st.just("plan"), st.none(), st.none()),
        st.tuples(st.just("plan of"), st.sampled_from(["transformed/sums", "production/sums"]), st.sampled_from(DAYS)),
    ),
    max_size=7,
)


def answer(day: str, amounts: list[int]) -> Any:
    return jsonl(*({"day": day, "id": n, "amount": amount} for n, amount in enumerate(amounts)))


def step(at: Place, world: World, home: Path, order: tuple[str, Any, Any]) -> Place:
    word, one, two = order
    if word == "correct":
        world.scripted.answer(one, answer(one, two))
    elif word == "extract":
        at.extract("t", one)
    elif word in ("factor", "trend", "total", "contract"):
        setattr(world, word, one)
        return world.place(home)
    elif word == "run":
        name = one.partition("/")[2]
        (at.load if name == "t" else at.transform)(name, *([two] if name != "total" else []))
    else:
        run_plan(at, scope({one}, two) if one else scope({f"{a}/{n}" for a in LAYERS for n in NAMES}))
    return at


LAYERS, NAMES = ("raw", "staged", "transformed", "production"), ("t", "sums", "trend", "total")


def ends_as_from_nothing(folder: Path, steps: list[tuple[str, Any, Any]]) -> None:
    world = World()
    for day in DAYS:
        world.scripted.answer(day, answer(day, [10, 20]))
    home = folder / "home"
    at = world.place(home)
    for order in steps:
        at = step(at, world, home, order)
    at = world.place(home)
    run_plan(at)
    at.extract("t", *DAYS)  # corrections of a source nobody hears of before it is asked
    run_plan(at)
    assert run_plan(at) == [], reasons_by_asset(at)
    assert reasons_by_asset(at) == {}
    # A merge keeps what a correction leaves out; from nothing there is only the last answer: so all that was heard.
    assert tables(at, *TABLES) == tables(replayed(folder, world), *TABLES)
    at.verify()


def replayed(folder: Path, world: World) -> Place:
    """A build from nothing, of the answers that were given."""
    answered, world.scripted.answered = world.scripted.answered, []
    again = world.place(folder / "again")
    for day, answers in answered:
        world.scripted.answer(day, *answers)
        again.extract("t", day)
    run_plan(again)
    return again


RELAXED: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.slow
@settings(max_examples=6, **RELAXED)
@given(STEPS)
def test_a_plan_ends_as_a_build_from_nothing(steps: list[tuple[str, Any, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ends_as_from_nothing(Path(folder), steps)


@pytest.mark.cloud
def test_a_plan_ends_as_a_build_from_nothing_on_the_standin(storage_in: StorageIn, tmp_path: Path) -> None:
    """One order in which everything happens that may, and half of it while something else is not rebuilt yet."""
    steps = [
        ("plan", None, None),
        ("factor", 2, None),
        ("run", "transformed/sums", DAYS[1]),
        ("correct", DAYS[0], [70, 5]),
        ("extract", DAYS[0], None),
        ("contract", Bounded, None),
        ("total", 3, None),
    ]
    places.STORAGE.append(storage_in)
    try:
        ends_as_from_nothing(tmp_path, steps)
        changed = World(factor=3).place(tmp_path / "home")
        read = estimates(changed.project, [(asset, step.keys) for step in plan(changed) for asset in step.assets])
        assert {asset for asset, each in read.items() if each > 0} >= {"transformed/sums", "production/sums"}
    finally:
        places.STORAGE.pop()


@pytest.mark.cloud
@settings(max_examples=10, **RELAXED)
@given(STEPS)
def test_a_plan_ends_as_a_build_from_nothing_on_the_standin_in_any_order(
    storage_in: StorageIn, steps: list[tuple[str, Any, Any]]
) -> None:
    places.STORAGE.append(storage_in)
    try:
        with tempfile.TemporaryDirectory() as folder:
            ends_as_from_nothing(Path(folder), steps)
    finally:
        places.STORAGE.pop()
