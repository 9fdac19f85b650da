"""What belongs into one scheduled run: a source, all that is built on it, and what that needs besides.

A flow is made for each schedule that datasets name. It holds

- the sources of that schedule: those with the same cron expression and the same calendar, so that a table that is
  built from two of them waits for both;
- every table downstream of them that has the same calendar, or none;
- every other source and table these read that no schedule of its own refreshes, such as reference tables.

So a scheduled run needs nothing but itself. A table of another calendar (a monthly one on daily data) is not part of
it: give it a run of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dataops_assets.layers.catalog import Catalog
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.tables import Derived, Source


@dataclass(frozen=True)
class Flow:
    """Tables that are run together, on a schedule.

    name: of the job. cron: in UTC. scheduled: the sources that name the schedule. sources, derived: all tables of the
    flow. partition: the calendar of its partitions; None if all its tables are refreshed as a whole.
    """

    name: str
    cron: str
    scheduled: Sequence[Source]
    sources: Sequence[Source]
    derived: Sequence[Derived]
    partition: TimePartitions | None

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
            groups.setdefault((table.source.schedule, _calendar(table.by)), []).append(table.source)
    found = [_flow(catalog, cron, scheduled) for (cron, _), scheduled in groups.items()]
    return sorted(found, key=lambda flow: flow.name)


def source_keys(sources: Sequence[Source]) -> list[str]:
    """Asset keys of the raw and the staged layer."""
    return [f"{layer}/{source.name}" for layer in ("raw", "staged") for source in sources]


def _flow(catalog: Catalog, cron: str, scheduled: Sequence[Source]) -> Flow:
    by = scheduled[0].partition
    calendar = _calendar(by)
    own = {source.name for source in scheduled}
    fits = {name for name, table in (catalog.staged | catalog.derived).items() if _calendar(table.by) == calendar}
    if by is not None:
        fits |= {name for name, table in (catalog.staged | catalog.derived).items() if table.by is None}
    members = {name for name in _downstream(catalog, own) if name in fits}
    others = {name for name, table in catalog.staged.items() if table.source.schedule and name not in own}
    elsewhere = _downstream(catalog, others) - members
    for name in reversed(list(catalog.derived)):  # each after all that is built on it
        if name in members:
            members |= {needed.name for needed in catalog.inputs[name]} & fits - elsewhere
    cadence = by.unit.cadence if by else "refresh"
    return Flow(
        f"{'_and_'.join(source.name for source in scheduled)}_{cadence}",
        cron,
        scheduled,
        [table.source for name, table in catalog.staged.items() if name in members],
        [table.derived for name, table in catalog.derived.items() if name in members],
        by,
    )


def _downstream(catalog: Catalog, names: set[str]) -> set[str]:
    found = set(names)
    for name in catalog.derived:  # each after all that it reads
        if any(needed.name in found for needed in catalog.inputs[name]):
            found.add(name)
    return found


def _calendar(by: TimePartitions | None) -> tuple | None:
    """What makes two tables' partitions the same."""
    return (by.unit, by.start, by.end) if by else None
