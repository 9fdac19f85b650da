"""What the tick of a schedule runs, and in which order: the plan of `dataops plan` for the tables of its flow.

A source is asked for what is due at the tick and for nothing else. All the rest is what a plan names, with what is due
taken as coming: what changed code, a changed contract or corrected inputs have made stale, raw attempts that are not
loaded, and the tables of other calendars that can be built once what is due is there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from dataops_assets.automation.flows import Flow
from dataops_assets.automation.unfinished import Unfinished
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model.partitions import UNPARTITIONED, Partition, TimePartitions, contiguous
from dataops_assets.staleness.finding import Finding, Place
from dataops_assets.staleness.judge import judge
from dataops_assets.staleness.plan import steps
from dataops_assets.staleness.snapshot import Snapshot

RUNS_A_TICK = 20
"""How many runs of what is stale a tick asks for; the next one asks for those that are left."""


class Run(NamedTuple):
    """One run. partitions: adjacent, in the order of time."""

    assets: Sequence[str]
    partitions: Sequence[Partition]


@dataclass(frozen=True)
class TickPlan:
    """The runs of a tick, each after those that it needs. left: how many more there are for the ticks that follow."""

    runs: Sequence[Run] = field(default_factory=list)
    left: int = 0


def own_runs(flow: Flow, due: Sequence[Partition], per_run: int) -> list[Run]:
    """Of everything in a flow, for what is due."""
    if flow.partition is None:
        return [Run(flow.keys, ())]
    return [Run(flow.keys, run[i : i + per_run]) for run in contiguous(due) for i in range(0, len(run), per_run)]


def tick_plan(
    flow: Flow,
    followers: Sequence[Flow],
    catalog: Catalog,
    snapshot: Snapshot,
    tick: datetime,
    due: Sequence[Sequence[Partition]],
    per_run: int,
    under_way: Unfinished,
) -> TickPlan:
    """followers: the flows of other calendars on this one. due: what each of the two asks its sources for, this flow
    first; without partitions it is asked for in any case. per_run: how many partitions a run has at most.
    """
    first, *others = due
    whole = flow.partition is None
    own = (
        {(asset, key) for asset in flow.keys for key in _keys_of(catalog, flow, asset, first)}
        if whole or first
        else set()
    )
    asked = {place for place in own if place[0].startswith("raw/")}
    for follower, partitions in zip(followers, others, strict=True):
        raw = [f"raw/{source.name}" for source in follower.sources] if partitions else []
        asked |= {(asset, key) for asset in raw for key in _keys_of(catalog, follower, asset, partitions)}
    tables = {key for each in (flow, *followers) for key in each.keys if not key.startswith("raw/")}

    def within(asset: str, _calendar: TimePartitions | None, key: str) -> bool:
        # What somebody else is making is not there yet, and nobody knows when: it is left to the next tick.
        return asset in tables and (asset, key) not in under_way.elsewhere

    coming = asked | {place for place in under_way.ahead if place[0].startswith("raw/")}
    found = judge(catalog, snapshot, within, coming)
    rest = {
        place: finding
        for place, finding in found.items()
        if finding.planned and place not in own and place not in under_way.ahead and _over(catalog, place, tick)
    }
    before, after = _around(catalog, found, rest, own)
    mine = own_runs(flow, first, per_run)
    if _reads(catalog, own, before):
        parts = [_steps(catalog, before, per_run), mine, _steps(catalog, after, per_run)]
    else:
        parts = [mine, _steps(catalog, [*before, *after], per_run)]
    return _bounded(parts, mine)


def _bounded(parts: Iterable[list[Run]], mine: list[Run]) -> TickPlan:
    runs: list[Run] = []
    stale = left = 0
    for part in parts:
        if part is mine:
            runs += part
            continue
        taken = part[: RUNS_A_TICK - stale]
        runs, stale, left = [*runs, *taken], stale + len(taken), left + len(part) - len(taken)
    return TickPlan(runs, left)


def _keys_of(catalog: Catalog, flow: Flow, asset: str, partitions: Sequence[Partition]) -> list[str]:
    name = asset.partition("/")[2]
    table = catalog.staged.get(name) or catalog.derived[name]
    return [p.key for p in partitions] if table.calendar else [UNPARTITIONED]


def _over(catalog: Catalog, place: Place, tick: datetime) -> bool:
    """Dagster knows no partition at a tick that closed after it, though it is looked at later."""
    name = place[0].partition("/")[2]
    calendar = (catalog.staged.get(name) or catalog.derived[name]).calendar
    return calendar is None or calendar.of(place[1]).end <= tick


def _around(
    catalog: Catalog, found: Mapping[Place, Finding], rest: Mapping[Place, Finding], own: Collection[Place]
) -> tuple[list[Finding], list[Finding]]:
    """What can be made before the flow's own run, and what is made of it."""
    before: list[Finding] = []
    after: list[Finding] = []
    # Of reference data that are only looked at again nothing has to wait.
    made = {place for place in own if place[1] != UNPARTITIONED or found[place].status != "current"}
    for place in found:  # each after what it is made of
        if place in rest:
            if any(read in made for read in _read_by(catalog, place, made)):
                made.add(place)
                after.append(rest[place])
            else:
                before.append(rest[place])
    return before, after


def _reads(catalog: Catalog, own: Collection[Place], others: Sequence[Finding]) -> bool:
    made = {(finding.asset, finding.key) for finding in others}
    return any(read in made for place in own for read in _read_by(catalog, place, made))


def _read_by(catalog: Catalog, place: Place, known: Collection[Place]) -> Iterator[Place]:
    """What a place is made of; where that is all there is of an asset, those that are known."""
    layer, _, name = place[0].partition("/")
    if layer == "staged":
        yield f"raw/{name}", place[1]
    if layer == "production":
        yield f"transformed/{name}", place[1]
    if layer == "transformed":
        calendar = catalog.derived[name].calendar
        partition = calendar.of(place[1]) if calendar else None
        for needed in catalog.inputs[name]:
            asset = needed.table.asset
            keys = needed.keys([partition])
            yield from (each for each in known if each[0] == asset) if keys is None else ((asset, k) for k in keys)


def _steps(catalog: Catalog, findings: Sequence[Finding], per_run: int) -> list[Run]:
    found = []
    for step in steps(catalog, findings, per_run):
        name = step.assets[0].partition("/")[2]
        calendar = (catalog.staged.get(name) or catalog.derived[name]).calendar
        found.append(Run(step.assets, [calendar.of(key) for key in step.keys] if calendar else []))
    return found
