"""What belongs into one scheduled run: a source, all that is built on it, and what that needs besides.

A flow is made for each schedule that datasets name. It holds

- the sources of that schedule: those with the same cron expression and the same calendar, so that a table that is
  built from two of them waits for both;
- every table downstream of them that has the same calendar, or none;
- every other source and table these read that no schedule of its own refreshes, such as reference tables.

So a scheduled run needs nothing but itself. Tables of another calendar (monthly ones on daily data) cannot share its
runs: they have flows of their own, with the ticks of the sources that they are built from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dataops_assets.layers.catalog import Catalog
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.tables import Derived, Source


@dataclass(frozen=True)
class Flow:
    """Tables that are run together, on a schedule.

    name: of the job. crons: the expressions that it ticks by, in UTC. scheduled: the sources that name the schedules.
    sources, derived: all tables of the flow. partition: the calendar of its partitions; None if all its tables are
    refreshed as a whole. level: 0 if it loads the scheduled sources itself, else how many flows there are one after the
    other until it can be run.
    """

    name: str
    crons: Sequence[str]
    scheduled: Sequence[Source]
    sources: Sequence[Source]
    derived: Sequence[Derived]
    partition: TimePartitions | None
    level: int = 0

    @property
    def keys(self) -> list[str]:
        """Asset keys, in the order of the layers."""
        published = [table for table in self.derived if table.publish]
        return [
            *source_keys(self.sources),
            *(f"transformed/{table.name}" for table in self.derived),
            *(f"production/{table.name}" for table in published),
        ]

    @property
    def lookback(self) -> int:
        """How many partitions before the newest closed one are run again: the longest that a source asks for."""
        return max((source.partition.lookback for source in self.sources if source.partition), default=0)


def flows(catalog: Catalog) -> list[Flow]:
    """The flows of all schedules, by name."""
    groups: dict[tuple[str, tuple | None], list[Source]] = {}
    for table in catalog.staged.values():
        if table.source.schedule:
            groups.setdefault((table.source.schedule, _calendar(table.calendar)), []).append(table.source)
    found = [_flow(catalog, cron, scheduled) for (cron, _), scheduled in groups.items()]
    return sorted([*found, *_roll_ups(catalog, found)], key=lambda flow: flow.name)


def source_keys(sources: Sequence[Source]) -> list[str]:
    """Asset keys of the raw and the staged layer."""
    return [f"{layer}/{source.name}" for layer in ("raw", "staged") for source in sources]


def _flow(catalog: Catalog, cron: str, scheduled: Sequence[Source]) -> Flow:
    calendar = scheduled[0].partition
    own = {source.name for source in scheduled}
    others = {name for name, table in catalog.staged.items() if table.source.schedule and name not in own}
    fits = _fitting(catalog, calendar)
    members = _downstream(catalog, own) & fits
    members |= _needed(catalog, members, fits - (_downstream(catalog, others) - members))
    return _made(
        catalog, _name([source.name for source in scheduled], calendar), [cron], scheduled, members, calendar, level=0
    )


def _roll_ups(catalog: Catalog, made: Sequence[Flow]) -> list[Flow]:
    """Flows of the tables with partitions that no flow of a source has, though they are built from scheduled ones."""
    placed = {table.name: flow.level for flow in made for table in flow.derived}
    upstream: dict[str, set[str]] = {name: {name} for name, table in catalog.staged.items() if table.source.schedule}
    groups: dict[tuple, list[str]] = {}
    of_table: dict[str, tuple] = {}
    for name, table in catalog.derived.items():  # each after all that it reads
        needed = [each.name for each in catalog.inputs[name]]
        upstream[name] = {source for each in needed for source in upstream.get(each, ())}
        if name in placed or table.calendar is None or not upstream[name]:
            continue
        crons = tuple(sorted({str(catalog.staged[source].source.schedule) for source in upstream[name]}))
        level = 1
        for each in needed:
            same = of_table.get(each, (None, None))[:2] == (_calendar(table.calendar), crons)
            level = max(level, placed.get(each, 0) + (0 if same else 1))
        group = of_table[name] = (_calendar(table.calendar), crons, level)
        placed[name] = level
        groups.setdefault(group, []).append(name)
    found = []
    for (_, crons, level), tables in groups.items():
        calendar = catalog.derived[tables[0]].calendar
        sources = {source for name in tables for source in upstream[name]}
        scheduled = [table.source for name, table in catalog.staged.items() if name in sources]
        elsewhere = {table.name for flow in made for table in (*flow.sources, *flow.derived)}
        fits = _fitting(catalog, calendar) - elsewhere - {name for name in placed if name not in tables}
        unscheduled = {name for name, table in catalog.staged.items() if not table.source.schedule}
        members = {*tables} | _needed(catalog, {*tables}, fits & (unscheduled | {*catalog.derived}))
        first = [name for name in tables if not {needed.name for needed in catalog.inputs[name]} & {*tables}]
        found.append(_made(catalog, _name(first, calendar), crons, scheduled, members, calendar, level))
    return found


def _fitting(catalog: Catalog, calendar: TimePartitions | None) -> set[str]:
    """The tables that can share the runs of this calendar."""
    calendars = {_calendar(calendar)} if calendar is None else {_calendar(calendar), None}
    return {
        name for name, table in (catalog.staged | catalog.derived).items() if _calendar(table.calendar) in calendars
    }


def _needed(catalog: Catalog, members: set[str], available: set[str]) -> set[str]:
    """What these tables read, and what that reads, as far as it is available."""
    found: set[str] = set()
    for name in reversed(list(catalog.derived)):  # each after all that is built on it
        if name in members | found:
            found |= {needed.name for needed in catalog.inputs[name]} & available
    return found


def _name(tables: Sequence[str], calendar: TimePartitions | None) -> str:
    return f"{'_and_'.join(tables)}_{calendar.unit.cadence if calendar else 'refresh'}"


def _made(
    catalog: Catalog,
    name: str,
    crons: Sequence[str],
    scheduled: Sequence[Source],
    members: set[str],
    calendar: TimePartitions | None,
    level: int,
) -> Flow:
    return Flow(
        name,
        crons,
        scheduled,
        [table.source for name, table in catalog.staged.items() if name in members],
        [table.derived for name, table in catalog.derived.items() if name in members],
        calendar,
        level,
    )


def _downstream(catalog: Catalog, names: set[str]) -> set[str]:
    found = set(names)
    for name in catalog.derived:  # each after all that it reads
        if any(needed.name in found for needed in catalog.inputs[name]):
            found.add(name)
    return found


def _calendar(calendar: TimePartitions | None) -> tuple | None:
    """What makes two tables' partitions the same."""
    return (calendar.unit, calendar.start, calendar.end) if calendar else None
