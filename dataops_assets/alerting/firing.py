"""Which alerts fire: what ledger, statistical checks and Dagster's event log say is wrong, each cause once.

What is only held back by another partition is no alert of its own: it is counted at the one in which it began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dataops_assets.alerting.alert import ERROR, EXTRACTION, Alert, Gathering
from dataops_assets.alerting.judge import Judge, Seen, Unjudged, is_let_through, was_not_extracted
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.entry import Entry, State, root_reason
from dataops_assets.ledger.freshness import fresh, there
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import Freshness
from dataops_assets.staleness.finding import Place
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_BEGAN_BEFORE = ("failed", "rejected", "not_loaded", "not_extracted")
"""Codes of causes that are gone once the partition in which it began has passed."""

Unbuilt = dict[Place, dict[str, list[str]]]
"""What was held back and can be built now, by asset and partition in which it began, then by asset."""


@dataclass(frozen=True)
class Firing:
    """alerts: those that fire, by key. passing: what went wrong and has passed since, of what was not known before.
    assets: those that were looked at; instance: the Dagster that was asked, as of `Unjudged`. due: when the next
    partition has to be there, UTC, of those whose checks `freshness` say.
    """

    alerts: Mapping[str, Alert]
    passing: Sequence[Alert] = ()
    unbuilt: Mapping[Place, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    assets: frozenset[str] = frozenset()
    instance: str = ""
    due: datetime | None = None

    def covers(self, asset: str, instance: str) -> bool:
        """Is an alert that does not fire resolved? Nobody says so of another project's, or for another Dagster."""
        return asset in self.assets and instance in ("", self.instance)


def firing(catalog: Catalog, seen: Seen, unjudged: Unjudged, known: set[str], now: datetime) -> Firing:
    """What fires. known: ids of what went wrong and was looked at before. now: for what has no time of its own, UTC."""
    judge, gathering = Judge(catalog, seen, unjudged), Gathering()
    unbuilt: Unbuilt = {}
    since: dict[Place, datetime] = {}
    for each in seen.refusals:
        if each.standing:
            since.setdefault((each.entry.asset, each.entry.partition), each.entry.recorded_at)
    _add_unextracted(gathering, judge, unjudged, since, now)
    for asset, found in judge.states.items():
        for key, state in found.items():
            began = since.get((asset, key)) or state.latest.recorded_at
            for alert in (*judge.refused(state.latest, began), *judge.warned(state.latest)):
                gathering.add(alert)
    for each in seen.exceeded:
        if judge.still_warns(each):
            gathering.add(judge.measured(each))
    _add_errors(gathering, judge, unjudged, now)
    for (asset, key), alert in list(gathering.at.items()):
        if asset.startswith("raw/"):  # of what was not extracted, the staged table says no more than that
            gathering.at.setdefault((f"staged/{asset.removeprefix('raw/')}", key), alert)
    due = [
        _add_late(gathering, asset, table, judge.states.get(asset, {}), now) for asset, table in judge.tables.items()
    ]
    for asset, found in judge.states.items():
        for key, state in found.items():
            if is_let_through(state.latest):
                unbuilt.setdefault((asset, key), {}).setdefault(asset, []).append(key)
            elif state.latest.verdict == "held" or was_not_extracted(state.latest):
                _hold(gathering, unbuilt, judge, state.latest, since.get((asset, key)))
    raw = {f"raw/{name}" for name in catalog.staged}
    owners = _owners(catalog, unjudged)
    return Firing(
        gathering.alerts(owners),
        [
            replace(alert, mended=True)
            for alert in _passing(gathering, judge, seen, unjudged, known).alerts(owners).values()
        ],
        unbuilt,
        frozenset({*judge.tables, *raw, *unjudged.assets}),
        unjudged.instance,
        min(filter(None, due), default=None),
    )


def _add_unextracted(
    gathering: Gathering, judge: Judge, unjudged: Unjudged, since: Mapping[Place, datetime], now: datetime
) -> None:
    for name, reasons in unjudged.extractions.items():
        for key, reason in reasons.items():
            if judge.keeps(f"staged/{name}", key):
                began = since.get((f"staged/{name}", key)) or now
                alert = Alert(f"raw/{name}", EXTRACTION, "stop", (key,), began, reason, instance=unjudged.instance)
                gathering.add(alert)


def _add_late(
    gathering: Gathering,
    asset: str,
    table: StagedTable | DerivedTable,
    states: Mapping[str, State],
    now: datetime,
) -> datetime | None:
    """Add the table whose newest partition is not there in time. Returns when the next one has to be, UTC."""
    found = None if asset.startswith("production/") else fresh(table, there(table, states), now)
    if found is None or not Severity(found.measured.statistic.severity).alerts:
        return None
    (figure,) = found.measured.figures
    if not found.late:
        return found.due
    alert = Alert(
        asset, Freshness.name, "warn", (found.newest,), found.due, figure.reason, figure.value, figure.threshold
    )
    gathering.add(alert)
    return None


def _add_errors(gathering: Gathering, judge: Judge, unjudged: Unjudged, now: datetime) -> None:
    """Of a partition for which there is a verdict already, an error after it says nothing new."""
    errors = [(asset, key, reason) for asset, found in unjudged.writes.items() for key, reason in found.items()]
    errors = [each for each in errors if each[:2] not in gathering.at and judge.keeps(*each[:2])]
    errors += [(asset, key, reason) for asset, found in unjudged.plain.items() for key, reason in found.items()]
    for asset, key, reason in errors:
        gathering.add(Alert(asset, ERROR, "stop", (key,), now, reason, instance=unjudged.instance))


def _hold(gathering: Gathering, unbuilt: Unbuilt, judge: Judge, entry: Entry, since: datetime | None) -> None:
    """Count it where it began; if nothing is wrong there any more, it can be built."""
    asset, key, cause = entry.asset, entry.partition, entry.cause
    began = (cause.asset, cause.partition) if cause else (asset, key)
    if was_not_extracted(entry):
        began = (f"raw/{asset.partition('/')[2]}", key)
    if alert := gathering.at.get(began):
        gathering.hold(alert, asset, key)
        return
    there = judge.states.get(began[0], {}).get(began[1])
    if cause and there and began != (asset, key):
        if cause.code in _BEGAN_BEFORE:
            gone = there.latest.verdict == "passed" or is_let_through(there.latest)
        else:
            gone = bool(cause.entry) and there.latest.id != cause.entry
        if gone:
            unbuilt.setdefault(began, {}).setdefault(asset, []).append(key)
            return
    code, moment = cause.code if cause else "held", since or entry.recorded_at
    alert = Alert(began[0], code, "stop", (began[1],), moment, root_reason(entry))
    gathering.add(alert)
    if began != (asset, key):
        gathering.hold(alert.key, asset, key)


def _passing(gathering: Gathering, judge: Judge, seen: Seen, unjudged: Unjudged, known: set[str]) -> Gathering:
    """What went wrong since the last look and is not wrong any more, by asset and check."""
    of_late = [
        alert
        for each in seen.refusals
        if each.entry.id not in known and judge.keeps(each.entry.asset, each.entry.partition)
        for alert in (*judge.refused(each.entry, each.entry.recorded_at), *judge.warned(each.entry))
    ]
    of_late += [
        judge.measured(each)
        for each in seen.exceeded
        if each.id not in known and each.severity == "warn" and each.asset in judge.tables
    ]
    of_late += [
        Alert(each.asset, EXTRACTION, "stop", (each.partition,), each.recorded_at, each.reason)
        for each in unjudged.past
        if each.id not in known and judge.keeps(f"staged/{each.asset.removeprefix('raw/')}", each.partition)
    ]
    gone = Gathering()
    for alert in of_late:
        (key,) = alert.partitions
        if (alert.asset, key) not in gathering.at and not gathering.has(alert.key, key):
            gone.add(alert)
    return gone


def _owners(catalog: Catalog, unjudged: Unjudged) -> dict[str, tuple[str, ...]]:
    found = {asset: tuple(owners) for asset, owners in unjudged.owners.items()}
    for name, staged in catalog.staged.items():
        found |= dict.fromkeys((f"raw/{name}", staged.asset), tuple(staged.source.owners))
    for name, table in catalog.derived.items():
        found |= dict.fromkeys((table.asset, f"production/{name}"), tuple(table.derived.owners))
    return found
