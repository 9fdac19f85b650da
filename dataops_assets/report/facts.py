"""What a report shows of a table: its newest partitions, what checks measured of them, and how values are spread.

All of it is read from the books (ledger, profiles, results, rulings), never from rows, and nothing depends on the order
in which partitions were written. Of a column that is tagged `pii` by now no value is shown, whatever is on record.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import numpy as np

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger import measuring, profiles, rulings
from dataops_assets.ledger.entry import Entry, is_current
from dataops_assets.ledger.history import history
from dataops_assets.ledger.measuring import Result
from dataops_assets.ledger.ruling import said_today
from dataops_assets.model.partitions import UNPARTITIONED, Partition
from dataops_assets.model.statistics import Drift, Freshness, Volume
from dataops_assets.report.slots import NEWEST, Slot, is_of, moment_of, public, slot_of, window_of, write_of
from dataops_assets.validation.measured import Figure
from dataops_assets.validation.profile import ColumnProfile, Profile, merged
from dataops_assets.validation.rulings import Rulings
from dataops_assets.validation.scores import WINDOW, Past
from dataops_assets.validation.seasons import depth_of, season_of, special
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


@dataclass(frozen=True)
class CheckLine:
    """A statistical check through the slots. points: of each its worst figure, None where it is not known."""

    check: str
    severity: str
    description: str
    points: Sequence[Figure | None]


@dataclass(frozen=True)
class Spread:
    """A column in the newest partition, and in those that it is compared with. private: no value is to be shown.

    drift: what the check of this name says of it, if it is asked.
    """

    column: str
    now: ColumnProfile
    before: ColumnProfile | None = None
    private: bool = False
    drift: Figure | None = None


@dataclass(frozen=True)
class Facts:
    """slots: in the order of time. newest: label of the partition that `spreads` are of; compared: of how many.

    rows_failing: by check of the contract, the rows that fail it, by slot key.
    """

    asset: str
    partitioned: bool
    slots: Sequence[Slot] = ()
    checks: Sequence[CheckLine] = ()
    spreads: Sequence[Spread] = ()
    newest: str = ""
    compared: int = 0
    rows_failing: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    said: Rulings = field(default_factory=Rulings)


def gather(session: Session, schema: str, table: StagedTable | DerivedTable, now: datetime | None = None) -> Facts:
    """Of one table, inside `reading`. now: UTC."""
    if table.calendar is None:
        return _whole(session, schema, table)
    calendar, asset = table.calendar, table.asset
    known = [key for key in ledger.newest(session, schema, asset)() if is_of(calendar, key)]
    if not known:
        return Facts(asset, partitioned=True)
    window = window_of(calendar, known, now or datetime.now(UTC))
    keys = [partition.key for partition in window]
    states = {
        key: state for key, state in ledger.states(session, schema, asset, keys).items() if is_current(table, state)
    }
    every = [*calendar.history(window[0], depth_of(calendar)), *window]
    found = profiles.between(session, schema, asset, every[0].key, keys[-1])()
    said = rulings.of(session, schema, asset)()
    results = {
        key: list(said_today(table, of, said))
        for (_, key), of in measuring.newest(session, schema, asset, first=keys[0]).items()
    }
    checks = _checks(table, keys, results)
    usual = _usual(table, every, found, said, keys, checks)
    slots = [slot_of(table, key, states.get(key), usual.get(key)) for key in keys]
    newest = next((key for key in reversed(keys) if key in found and states.get(key) and states[key].passed), "")
    before = [p.key for p in every if p.key < newest and p.key in found][-WINDOW:]
    left_out = said.left_out(found)
    reference = [found[key] for key in before if key not in left_out]
    return Facts(
        asset,
        partitioned=True,
        slots=slots,
        checks=checks,
        spreads=_spreads(table, found.get(newest), reference, results.get(newest, ())),
        newest=newest,
        compared=len(reference),
        rows_failing=_rows_failing({key: state.latest for key, state in states.items()}),
        said=said,
    )


def _whole(session: Session, schema: str, table: StagedTable | DerivedTable) -> Facts:
    """Of a table without partitions: its writes, in the order in which they were numbered."""
    asset = table.asset
    entries = history(session, schema, asset, [UNPARTITIONED]).get(UNPARTITIONED, [])
    entries = [entry for entry in entries if entry.calendar_id in (None, "")][:NEWEST]
    found = profiles.between(session, schema, asset, UNPARTITIONED, UNPARTITIONED)().get(UNPARTITIONED)
    said = rulings.of(session, schema, asset)()
    results = list(said_today(table, measuring.newest(session, schema, asset).get((asset, UNPARTITIONED), ()), said))
    slots = [write_of(table, entry) for entry in reversed(entries)]
    passed = next((entry for entry in entries if entry.verdict == "passed"), None)
    points: list[Figure | None] = [None] * max(len(slots) - 1, 0)
    checks = [
        CheckLine(line.check, line.severity, line.description, [*points, *line.points] if slots else [])
        for line in _checks(table, [UNPARTITIONED], {UNPARTITIONED: results})
    ]
    return Facts(
        asset,
        partitioned=False,
        slots=slots,
        checks=checks,
        spreads=_spreads(table, found if passed else None, [], results),
        newest=moment_of(passed) if passed else "",
        rows_failing=_rows_failing({moment_of(entry): entry for entry in entries}),
        said=said,
    )


def _checks(
    table: StagedTable | DerivedTable, keys: Sequence[str], results: Mapping[str, Sequence[Result]]
) -> list[CheckLine]:
    """The declared ones that measure partitions; freshness is of the table, and told by the clock."""
    lines = []
    for each in table.statistics:
        if isinstance(each, Freshness):
            continue
        found = {key: r for key in keys for r in results.get(key, ()) if r.check == each.check}
        points = [_shown(table, found[key].measured.worst) if key in found else None for key in keys]
        lines.append(CheckLine(each.check, str(each.severity), each.description, points))
    return lines


def _shown(table: StagedTable | DerivedTable, figure: Figure | None) -> Figure | None:
    return figure and msgspec.structs.replace(figure, reason=public(table, figure.reason))


def _usual(
    table: StagedTable | DerivedTable,
    every: Sequence[Partition],
    found: Mapping[str, Profile],
    said: Rulings,
    keys: Sequence[str],
    checks: Sequence[CheckLine],
) -> dict[str, tuple[float, float]]:
    """How many rows would pass, by partition, as far as the check `volume` has a threshold for it."""
    line = next((each for each in checks if each.check == Volume.name), None)
    if line is None or table.calendar is None:
        return {}
    left_out = said.left_out(found)
    there = [None if p.key in left_out else found.get(p.key) for p in every]
    past = Past([p.key for p in every], there, season_of(table.calendar), special(every, table.holidays))
    expected = dict(zip([p.key for p in every], past.expected_sizes.tolist(), strict=True))
    return {
        key: (math.exp(expected[key] - point.threshold), math.exp(expected[key] + point.threshold))
        for key, point in zip(keys, line.points, strict=True)
        if point and point.threshold and not np.isnan(expected[key])
    }


def _spreads(
    table: StagedTable | DerivedTable,
    profile: Profile | None,
    reference: Sequence[Profile],
    results: Sequence[Result],
) -> list[Spread]:
    """The columns of the contract, those that have drifted most first."""
    if profile is None:
        return []
    before = merged(reference).columns if reference else {}
    drifts = {
        figure.column: figure
        for result in results
        if result.check == Drift.name
        for figure in result.measured.figures
        if figure.verdict != "no history"
    }
    spreads = [
        Spread(column.name, now, before.get(column.name), column.pii, None if column.pii else drifts.get(column.name))
        for column in table.spec.columns
        if (now := profile.columns.get(column.name))
    ]
    return sorted(spreads, key=lambda each: -(each.drift.excess if each.drift else 0.0))


def _rows_failing(entries: Mapping[str, Entry]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for key, entry in entries.items():
        for each in entry.checks:
            if isinstance(count := each.get("failed"), int) and count:
                of = found.setdefault(str(each["check"]), {})
                of[key] = of.get(key, 0) + count
    return found
