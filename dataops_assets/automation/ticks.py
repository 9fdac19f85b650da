"""Ticks of schedules: which partitions one is to run, so that none is left out whatever the cron expression says."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import dagster as dg

# Dagster has no public way to the ticks before a moment; the daemon finds its own by this.
from dagster._utils.schedules import schedule_execution_time_iterator

from dataops_assets.automation.flows import Flow
from dataops_assets.model.partitions import Partition, TimePartitions
from dataops_assets.pruning.runs import LOOKED_AT


def due_partitions(flow: Flow, tick: datetime, covered: datetime | None = None) -> list[Partition]:
    """The partitions that a tick of a flow with partitions runs, in the order of time, as far as they are on the
    calendar and kept: those that closed since the tick before, and those whose sources are read again.

    Of sources, that is the newest closed partition and the lookback before it, also after the end of the calendar. A
    flow that follows sources of other calendars has all closed partitions that overlap with what is read of these.
    covered: the end of the last partition that an earlier tick asked for, if that is longer ago than the tick before.
    """
    calendar = flow.partition
    assert calendar is not None
    since = next(_before(flow.crons, tick))
    since = min(since, covered) if covered else since
    if flow.level == 0:
        return list(_closed(calendar, min(since, _read_from(calendar, flow.lookback, tick)), tick))
    sources = [source.partition for source in flow.scheduled if source.partition]
    return list(
        _closed(calendar, min([since, *(_read_from(source, source.lookback, tick) for source in sources)]), tick)
    )


def _read_from(calendar: TimePartitions, lookback: int, moment: datetime) -> datetime:
    """Where the oldest partition begins that a tick at this moment reads of a source."""
    newest = calendar.before(moment)
    return [*calendar.history(newest, lookback), newest][0].start


def _closed(calendar: TimePartitions, after: datetime, until: datetime) -> Iterator[Partition]:
    """The partitions that end after the one moment, and by the other."""
    current = calendar.at(max(after, calendar.kept_from()))
    if current.end <= after:
        current = calendar.at(current.end)
    while current.end <= until and (calendar.end is None or current.start < calendar.end):
        if current.end > after and current.start >= calendar.start and calendar.keeps(current):
            yield current
        current = calendar.at(current.end)


def asked_for(instance: dg.DagsterInstance, flow: Flow, tick: datetime) -> list[Partition]:
    """The partitions that a tick runs: those that are due, and of those that closed after the last one that an earlier
    tick has asked for, since no tick came in between, the ones that nobody has run meanwhile.
    """
    due = due_partitions(flow, tick)
    covered = covered_before(instance, flow, tick)
    gap = [p for p in due_partitions(flow, tick, covered) if p not in due] if covered else []
    if not gap:
        return due
    cut = {table.name for table in (*flow.sources, *flow.derived) if table.partition}
    keys = [key for key in flow.keys if key.partition("/")[2] in cut]
    made = [instance.get_materialized_partitions(dg.AssetKey(key.split("/"))) for key in keys]
    return sorted([*due, *(p for p in gap if not all(p.key in each for each in made))])


def covered_before(instance: dg.DagsterInstance, flow: Flow, tick: datetime) -> datetime | None:
    """Where the last partition ends that an earlier tick of this schedule has asked for; None if none is known."""
    calendar = flow.partition
    found = []
    for run in instance.get_runs(dg.RunsFilter(tags={"dagster/schedule_name": flow.name}), limit=LOOKED_AT):
        moment = run.tags.get("dagster/run_key", "").partition(" ")[0]
        last = run.tags.get("dagster/asset_partition_range_end") or run.tags.get("dagster/partition")
        if calendar and last and moment and moment < stamp(tick):
            try:
                found.append(calendar.of(last).end)
            except ValueError:
                continue  # the calendar was another one
    return max(found, default=None)


def stamp(tick: datetime) -> str:
    """A tick as run keys have it; these sort as the ticks do."""
    return f"{tick.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _before(crons: Sequence[str], moment: datetime) -> Iterator[datetime]:
    """The ticks before a moment, from the last on."""
    for tick in schedule_execution_time_iterator(moment.timestamp(), list(crons), "UTC", ascending=False):
        if tick < moment:
            yield tick
