"""Which alerts fire: what ledger, statistical checks and Dagster's event log say is wrong, each cause once.

What is only held back by another partition is no alert of its own: it is counted at the one in which it began.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dataops_assets.alerting.alert import CONTRACT, ERROR, EXTRACTION, Alert, AlertSeverity, Gathering
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Entry, State, is_current, root_reason
from dataops_assets.ledger.refusals import Exceeded, Refusal, exceeded, refusals
from dataops_assets.model.severity import Severity
from dataops_assets.staleness.finding import Place
from dataops_assets.staleness.snapshot import tables_of
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

Reasons = Mapping[str, Mapping[str, str]]
"""By asset and partition."""

_BEGAN_BEFORE = ("failed", "rejected", "not_loaded", "not_extracted")
"""Codes of causes that are gone once the partition in which it began has passed."""


@dataclass(frozen=True)
class Unjudged:
    """What Dagster's event log alone knows: extractions that failed, by source; writes that an error ended, by asset;
    plain assets that failed. owners: of plain assets.
    """

    extractions: Reasons = field(default_factory=dict)
    writes: Reasons = field(default_factory=dict)
    plain: Reasons = field(default_factory=dict)
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What ledger and statistical checks say at one moment. refusals, exceeded: also of what has passed since."""

    states: Mapping[str, Mapping[str, State]] = field(default_factory=dict)
    refusals: Sequence[Refusal] = ()
    exceeded: Sequence[Exceeded] = ()

    @property
    def ids(self) -> set[str]:
        """Of all that went wrong of late."""
        return {each.entry.id for each in self.refusals} | {each.id for each in self.exceeded}


def look(session: Session, schema: str, after: datetime) -> Seen:
    """Look, inside `reading` or `swapping`. after: from when on what has passed since is of interest too, UTC."""
    return Seen(ledger.all_states(session, schema), refusals(session, schema, after), exceeded(session, schema, after))


@dataclass(frozen=True)
class Firing:
    """alerts: those that fire, by key. passing: what went wrong and has passed since, of what was not known before.
    unbuilt: what was held back and can be built now, by asset and partition in which it began, then by asset.
    """

    alerts: Mapping[str, Alert]
    passing: Sequence[Alert] = ()
    unbuilt: Mapping[Place, Mapping[str, Sequence[str]]] = field(default_factory=dict)


def firing(catalog: Catalog, seen: Seen, unjudged: Unjudged, known: set[str], now: datetime) -> Firing:
    """What fires. known: ids of what went wrong and was looked at before. now: for what has no time of its own, UTC."""
    return _Firing(catalog, seen, unjudged, now).all(known)


@dataclass
class _Firing:
    catalog: Catalog
    seen: Seen
    unjudged: Unjudged
    now: datetime
    gathering: Gathering = field(default_factory=Gathering)
    unbuilt: dict[Place, dict[str, list[str]]] = field(default_factory=dict)
    stopped_by: dict[tuple[str, str, str], Exceeded] = field(default_factory=dict)
    """By asset, partition and run, the statistical check by which a write was refused."""

    def all(self, known: set[str]) -> Firing:
        self.tables = tables_of(self.catalog)
        states = {
            asset: {key: state for key, state in self.seen.states.get(asset, {}).items() if _is_kept(table, key, state)}
            for asset, table in self.tables.items()
        }
        self.states: Mapping[str, Mapping[str, State]] = states
        self.stopped_by = {
            (each.asset, each.partition, each.run_id): each for each in self.seen.exceeded if each.severity == "stop"
        }
        since: dict[Place, datetime] = {}
        for each in self.seen.refusals:
            if each.standing:
                since.setdefault((each.entry.asset, each.entry.partition), each.entry.recorded_at)
        self._extractions(since)
        for asset, found in states.items():
            for key, state in found.items():
                for alert in self._of(state.latest, since.get((asset, key)) or state.latest.recorded_at):
                    self.gathering.add(alert)
        for each in self.seen.exceeded:
            # By what is declared now: of a check that is gone there will be no newer result.
            if each.newest and each.partition in states.get(each.asset, {}) and self._warned_of(each):
                self.gathering.add(self._warns(each))
        self._errors()
        at = self.gathering.at  # of what was not extracted, the staged table says no more than that
        for (asset, key), alert in list(at.items()):
            if asset.startswith("raw/"):
                at.setdefault((f"staged/{asset.removeprefix('raw/')}", key), alert)
        for asset, found in states.items():
            for key, state in found.items():
                if state.latest.verdict == "held" or _not_extracted(state.latest):
                    self._hold(asset, key, state.latest, since.get((asset, key)))
        return Firing(self.gathering.found, list(self._passing(known)), self.unbuilt)

    def _extractions(self, since: Mapping[Place, datetime]) -> None:
        for name, reasons in self.unjudged.extractions.items():
            table = self.catalog.staged[name]
            for key, reason in reasons.items():
                if _keeps(table, key):
                    began = since.get((table.asset, key)) or self.now
                    self.gathering.add(self._alert(f"raw/{name}", EXTRACTION, "stop", key, began, reason))

    def _errors(self) -> None:
        for asset, reasons in self.unjudged.writes.items():
            table = self.tables[asset]
            for key, reason in reasons.items():
                if (asset, key) not in self.gathering.at and _keeps(table, key):
                    self.gathering.add(self._alert(asset, ERROR, "stop", key, self.now, reason))
        for asset, reasons in self.unjudged.plain.items():
            for key, reason in reasons.items():
                self.gathering.add(self._alert(asset, ERROR, "stop", key, self.now, reason))

    def _of(self, entry: Entry, since: datetime) -> Iterator[Alert]:
        """The alerts of one entry; of one that passed, those of its checks that warn."""
        asset, key, table = entry.asset, entry.partition, self.tables[entry.asset]
        if entry.verdict == "failed":
            if _not_extracted(entry):
                raw = f"raw/{asset.partition('/')[2]}"
                reason = self.unjudged.extractions.get(raw.removeprefix("raw/"), {}).get(key) or _words(entry)
                yield self._alert(raw, EXTRACTION, "stop", key, since, reason, run_id=entry.run_id)
                return
            stopping = {check.id for check in table.spec.checks if check.severity.stops}
            counts = {check: rows for check, rows in _counts(entry).items() if check in stopping}
            check, value, threshold = CONTRACT, None, None
            if counts:
                check = max(counts, key=lambda name: counts[name])
                value = float(counts[check])
            elif by := self.stopped_by.get((asset, key, entry.run_id)):
                check, value, threshold = by.check, by.value, by.threshold
            yield self._alert(asset, check, "stop", key, since, _words(entry), value, threshold, entry.run_id)
        elif entry.verdict == "passed" and entry.checks and not asset.startswith("production/"):
            counts = _counts(entry)
            for check in table.spec.checks:
                if check.severity is Severity.WARN and (rows := counts.get(check.id)):
                    reason = f"{rows} of {entry.rows_read} rows: {check.description}"
                    yield self._alert(asset, check.id, "warn", key, since, reason, float(rows), run_id=entry.run_id)
            for each in entry.checks:
                if missing := each.get("missing"):
                    reason = f"{len(missing)} partitions that it reads are not loaded: {', '.join(missing[:5])}"
                    yield self._alert(asset, each["check"], "warn", key, since, reason, run_id=entry.run_id)

    def _warned_of(self, each: Exceeded) -> bool:
        declared = {statistic.check: statistic.severity for statistic in self.tables[each.asset].statistics}
        return each.severity == "warn" and declared.get(each.check) == "warn"

    def _warns(self, each: Exceeded) -> Alert:
        column = f"{each.column}: " if each.column else ""
        return self._alert(
            each.asset,
            each.check,
            "warn",
            each.partition,
            each.recorded_at,
            f"{column}{each.reason}",
            each.value,
            each.threshold,
            each.run_id,
        )

    def _hold(self, asset: str, key: str, entry: Entry, since: datetime | None) -> None:
        """Count it where it began; if nothing is wrong there any more, it can be built."""
        cause, at = entry.cause, self.gathering.at
        began = (cause.asset, cause.partition) if cause else (asset, key)
        if _not_extracted(entry):
            began = (f"raw/{asset.partition('/')[2]}", key)
        if alert := at.get(began):
            self.gathering.hold(alert, asset, key)
            return
        there = self.states.get(began[0], {}).get(began[1])
        if cause and began != (asset, key):
            gone = bool(there and there.latest.verdict == "passed")
            if cause.code not in _BEGAN_BEFORE:
                gone = bool(there and cause.entry and there.latest.id != cause.entry)
            if gone:
                self.unbuilt.setdefault(began, {}).setdefault(asset, []).append(key)
                return
        moment = since or entry.recorded_at
        root, partition = began
        alert = self._alert(root, cause.code if cause else "held", "stop", partition, moment, root_reason(entry))
        if alert.key not in self.gathering.found or began not in at:
            self.gathering.add(alert)
        if began != (asset, key):
            self.gathering.hold(alert.key, asset, key)

    def _passing(self, known: set[str]) -> Iterator[Alert]:
        """What went wrong since the last look and is not wrong any more, by asset and check."""
        gone = Gathering()
        now = {(alert.key, key) for alert in self.gathering.found.values() for key in alert.partitions}
        of_late = [
            (each.entry.id, alert)
            for each in self.seen.refusals
            if each.entry.asset in self.tables and _keeps(self.tables[each.entry.asset], each.entry.partition)
            for alert in self._of(each.entry, each.entry.recorded_at)
        ]
        of_late += [
            (each.id, self._warns(each))
            for each in self.seen.exceeded
            if each.asset in self.tables and each.severity == "warn"
        ]
        for mark, alert in of_late:
            standing = (alert.asset, alert.partitions[0]) in self.gathering.at
            if mark not in known and not standing and (alert.key, alert.partitions[0]) not in now:
                gone.add(alert)
        for alert in gone.found.values():
            yield replace(alert, mended=True)

    def _alert(
        self,
        asset: str,
        check: str,
        severity: AlertSeverity,
        partition: str,
        since: datetime,
        reason: str,
        value: float | None = None,
        threshold: float | None = None,
        run_id: str = "",
    ) -> Alert:
        owners = self._owners(asset)
        return Alert(asset, check, severity, (partition,), since, reason, value, threshold, owners, run_id=run_id)

    def _owners(self, asset: str) -> tuple[str, ...]:
        layer, _, name = asset.partition("/")
        if layer in ("raw", "staged") and name in self.catalog.staged:
            return tuple(self.catalog.staged[name].source.owners)
        if name in self.catalog.derived:
            return tuple(self.catalog.derived[name].derived.owners)
        return tuple(self.unjudged.owners.get(asset, ()))


def _counts(entry: Entry) -> dict[str, int]:
    """The rows that fail each check, of all attempts that were loaded together."""
    found: dict[str, int] = {}
    for each in entry.checks:
        if each.get("failed"):
            found[each["check"]] = found.get(each["check"], 0) + each["failed"]
    return found


def _words(entry: Entry) -> str:
    return entry.reason.removeprefix(f"{entry.asset} {entry.partition}".strip() + ": ")


def _not_extracted(entry: Entry) -> bool:
    """Was there nothing to load? It is the extraction that failed."""
    return entry.verdict == "failed" and bool(entry.cause and entry.cause.code == "not_extracted")


def _is_kept(table: StagedTable | DerivedTable, key: str, state: State) -> bool:
    return is_current(table, state) and _keeps(table, key)


def _keeps(table: StagedTable | DerivedTable, key: str) -> bool:
    try:
        return table.calendar is None or table.calendar.keeps_key(key)
    except ValueError:  # of another calendar
        return False
