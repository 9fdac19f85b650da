"""Whatever the cron expressions say, the ticks of a schedule run every partition, those too that nobody looked for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator
from hypothesis import given, settings
from hypothesis import strategies as st

from dataops_assets.automation.flows import Flow, flows
from dataops_assets.automation.plans import own_runs
from dataops_assets.automation.ticks import asked_for, due_partitions, stamp
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model import Contract, Daily, Date, Derived, Hourly, Integer, Monthly, column
from dataops_assets.model.partitions import Partition, TimePartitions, contiguous
from dataops_assets_tests.automation.place import SeenVisits, sources

DAILY, HOURLY = Daily(start="2025-09-01", column="day"), Hourly(start="2025-09-01", column="seen_at")
OCTOBER = datetime(2025, 10, 1, tzinfo=UTC)
NOVEMBER = datetime(2025, 11, 1, tzinfo=UTC)


class Counts(Contract):
    """Counts."""

    day: Date = column("The day.")
    count: Integer = column("How many.")


def made(by: TimePartitions, cron: str, *roll_ups: TimePartitions) -> dict[str, Flow]:
    """The flows of one source, and of a table on it for each calendar, by name."""
    visits = replace(sources(Path("/nowhere"))["visits"], contract=SeenVisits, partition=by, schedule=cron)
    tables = [
        Derived(
            name=f"by_{each.unit.name}",
            contract=Counts,
            key=["day"],
            partition=each,
            sql="select day, count(*) as count from staged.visits group by day",
        )
        for each in roll_ups
    ]
    return {flow.name: flow for flow in flows(Catalog.of([visits], tables))}


def ticks(flow: Flow, first: datetime, last: datetime) -> list[datetime]:
    """The ticks of a flow between two moments, the last one past."""
    found = []
    for tick in schedule_execution_time_iterator(first.timestamp(), list(flow.crons), "UTC"):
        found.append(tick)
        if tick >= last:
            return found
    raise AssertionError


def run_by(flow: Flow, moments: Sequence[datetime], within: tuple[datetime, datetime]) -> list[str]:
    """The keys of the partitions that lie within, as often as the ticks run them."""
    first, last = within
    return sorted(p.key for tick in moments for p in due_partitions(flow, tick) if p.start >= first and p.end <= last)


@pytest.mark.parametrize(
    ("by", "cron", "count"),
    [
        (DAILY, "30 6 * * 1", 31),
        (DAILY, "30 6 * * 1-5", 31),
        (DAILY, "0 0 * * *", 31),
        (DAILY, "0 5 1,15 * *", 31),
        (DAILY, "0 5 29 2 *", 31),
        (HOURLY, "30 6 * * *", 744),
        (HOURLY, "5 * * * *", 744),
        (HOURLY, "0 0 * * 6", 744),
        (Monthly(start="2025-09-01", column="day"), "0 5 1 1 *", 1),
    ],
    ids=str,
)
def test_every_partition_is_run_once(by: TimePartitions, cron: str, count: int) -> None:
    (flow,) = made(by, cron).values()
    keys = run_by(flow, ticks(flow, OCTOBER, NOVEMBER), (OCTOBER, NOVEMBER))
    assert len(keys) == len(set(keys)) == count


FIELDS = st.tuples(
    st.sampled_from(["0", "30"]),
    st.sampled_from(["0", "6", "*/11"]),
    st.sampled_from(["*", "1", "28", "1,15", "30"]),
    st.just("*"),
    st.sampled_from(["*", "1", "1-5", "6"]),
)
CALENDARS = [HOURLY, DAILY, Monthly(start="2025-09-01", column="day")]
ROLL_UPS = [*(Daily(start=f"2025-09-{day}", column="day") for day in ("01", "10")), CALENDARS[2]]


@settings(max_examples=25, deadline=None)
@given(
    by=st.sampled_from(CALENDARS),
    roll_up=st.sampled_from(ROLL_UPS),
    cron=FIELDS.map(" ".join),
    lookback=st.integers(0, 3),
    per_run=st.integers(1, 30),
)
def test_whatever_the_cron_expression_says(
    by: TimePartitions, roll_up: TimePartitions, cron: str, lookback: int, per_run: int
) -> None:
    """Of each calendar all partitions, in order; and a roll-up whatever its source has read again."""
    for flow in made(replace(by, lookback=lookback), cron, *[roll_up] * (by.unit is not roll_up.unit)).values():
        calendar = flow.partition
        assert calendar
        moments = ticks(flow, OCTOBER, NOVEMBER)
        due = [due_partitions(flow, tick) for tick in moments]
        assert all([*found] == sorted(found) and len(contiguous(found)) <= 1 for found in due)
        for partitions in due:
            runs = own_runs(flow, partitions, per_run)
            assert [p for run in runs for p in run.partitions] == partitions
            assert all(run.assets == flow.keys and len(run.partitions) <= per_run for run in runs)
        began, ended = moments[0], moments[-1]
        found = {partition.key for partitions in due for partition in partitions}
        partition, wanted = calendar.at(began), set()
        while partition.end <= ended:
            wanted |= {partition.key} if partition.end > began and partition.start >= calendar.start else set()
            partition = calendar.at(partition.end)
        assert wanted <= found
        assert all(p.end <= tick for tick, found in zip(moments, due, strict=True) for p in found)


def test_a_lookback_comes_on_top() -> None:
    cron = "30 6 * * 1"
    (flow,) = made(replace(DAILY, lookback=2), cron).values()
    keys = run_by(flow, ticks(flow, OCTOBER, NOVEMBER), (OCTOBER, NOVEMBER))
    assert len(set(keys)) == len(keys) == 31  # seven days, of which the newest three
    (flow,) = made(replace(DAILY, lookback=9), cron).values()
    assert len(set(run_by(flow, ticks(flow, OCTOBER, NOVEMBER), (OCTOBER, NOVEMBER)))) == 31
    assert len(due_partitions(flow, datetime(2025, 10, 6, 6, 30, tzinfo=UTC))) == 10


def test_ticks_between_two_partitions_run_the_newest_again() -> None:
    (flow,) = made(DAILY, "0 */6 * * *").values()
    assert [[p.key for p in due_partitions(flow, tick)] for tick in ticks(flow, OCTOBER, OCTOBER + timedelta(1))] == [
        *[["2025-09-30"]] * 4,
        ["2025-10-01"],
    ]


@pytest.mark.parametrize(
    ("by", "cron", "roll_up", "count"),
    [
        (HOURLY, "5 * * * *", Daily(start="2025-09-01", column="day"), 31),
        (HOURLY, "30 6 * * *", Daily(start="2025-09-01", column="day"), 31),
        (HOURLY, "30 6 * * 1", Daily(start="2025-09-01", column="day"), 31),
        (HOURLY, "5 * * * *", Monthly(start="2025-09-01", column="day"), 1),
        (DAILY, "30 6 * * 1-5", Monthly(start="2025-09-01", column="day"), 1),
        (DAILY, "30 6 * * *", Daily(start="2025-09-10", column="day"), 31),
    ],
    ids=str,
)
def test_roll_ups_run_when_their_sources_are_loaded(
    by: TimePartitions, cron: str, roll_up: TimePartitions, count: int
) -> None:
    found = made(by, cron, roll_up)
    assert len(found) == 2
    (source,), (flow,) = ([f for f in found.values() if f.level == level] for level in (0, 1))
    moments = ticks(flow, OCTOBER, NOVEMBER + timedelta(14))
    keys = run_by(flow, moments, (OCTOBER, NOVEMBER))
    assert len(keys) == len(set(keys)) == count
    loaded: set[Partition] = set()
    for tick in moments:
        loaded |= {*due_partitions(source, tick)}
        ends = max((partition.end for partition in loaded), default=OCTOBER)
        assert all(partition.end <= ends for partition in due_partitions(flow, tick)), "with the tick that completes it"


def test_late_corrections_reach_the_roll_ups() -> None:
    month = Monthly(start="2025-09-01", column="day")
    flow = made(replace(DAILY, lookback=2), "30 6 * * *", month)["by_month_monthly"]
    due = {tick.day: due_partitions(flow, tick) for tick in ticks(flow, NOVEMBER, NOVEMBER + timedelta(8))}
    assert [day for day, partitions in due.items() if partitions] == [1, 2, 3]  # the 31st is read again until the 3rd


# What nobody looked for.


@pytest.fixture
def flow() -> Flow:
    return made(DAILY, "30 6 * * *")["visits_daily"]


def tick_at(day: int) -> datetime:
    return datetime(2025, 10, day, 6, 30, tzinfo=UTC)


def asked(instance: dg.DagsterInstance, flow: Flow, day: int) -> list[int]:
    """Which days of October a tick asks for; the runs are made, as the daemon does."""
    due = asked_for(instance, flow, tick_at(day))
    tags = {
        "dagster/schedule_name": flow.name,
        "dagster/run_key": f"{stamp(tick_at(day))} {due[0].key}..{due[-1].key}",
        "dagster/asset_partition_range_start": due[0].key,
        "dagster/asset_partition_range_end": due[-1].key,
    }
    instance.create_run_for_job(_nothing, tags=tags)
    return days(due)


def days(partitions: Sequence[Partition]) -> list[int]:
    return [p.start.day for p in partitions]


@dg.job
def _nothing() -> None:
    """Does nothing."""


def test_ticks_that_were_missed_are_made_up_for(instance: dg.DagsterInstance, flow: Flow) -> None:
    assert asked(instance, flow, 5) == [4]
    assert asked(instance, flow, 9) == [5, 6, 7, 8]
    assert asked(instance, flow, 10) == [9]


def test_what_somebody_has_run_meanwhile_is_not_run_again(instance: dg.DagsterInstance, flow: Flow) -> None:
    assert asked(instance, flow, 5) == [4]
    for key in ("raw/visits", "staged/visits"):
        for day in (5, 6) if key == "raw/visits" else (6,):
            instance.report_runless_asset_event(
                dg.AssetMaterialization(dg.AssetKey(key.split("/")), partition=f"2025-10-{day:02}")
            )
    assert days(asked_for(instance, flow, tick_at(9))) == [5, 7, 8]


def test_a_tick_that_is_evaluated_again_asks_for_the_same(instance: dg.DagsterInstance, flow: Flow) -> None:
    asked(instance, flow, 5)
    assert asked(instance, flow, 9) == asked(instance, flow, 9) == [5, 6, 7, 8]
