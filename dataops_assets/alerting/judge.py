"""What alerts follow from: what the ledger, the statistical checks and Dagster's event log say at one moment."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dataops_assets.alerting.alert import CONTRACT, EXTRACTION, Alert
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Entry, State, is_current
from dataops_assets.ledger.refusals import Exceeded, Refusal, exceeded, refusals
from dataops_assets.model.severity import Severity
from dataops_assets.staleness.snapshot import tables_of
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

Reasons = Mapping[str, Mapping[str, str]]
"""By asset and partition."""


PAST = "extraction "
"""Begins the ids of extractions that failed."""
PAST_KEPT = timedelta(days=7)
"""How far back extractions that failed are looked at, and their ids kept."""


@dataclass(frozen=True)
class Past:
    """An extraction that failed, whatever came after it. asset: its raw one. recorded_at: UTC."""

    id: str
    asset: str
    partition: str
    recorded_at: datetime
    reason: str


@dataclass(frozen=True)
class Unjudged:
    """What Dagster's event log alone knows: extractions that failed, by source; writes that an error ended, by asset;
    plain assets that failed. assets: the plain ones. owners: of them. instance: which Dagster, where there may be
    others that write to the same warehouse; empty otherwise. past: extractions that failed of late.
    """

    extractions: Reasons = field(default_factory=dict)
    writes: Reasons = field(default_factory=dict)
    plain: Reasons = field(default_factory=dict)
    assets: Sequence[str] = ()
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    instance: str = ""
    past: Sequence[Past] = ()


def still_known(ids: Iterable[str], now: datetime) -> set[str]:
    """Of these ids those of extractions, which another look may have seen, that are not too old. now: UTC."""
    first = f"{PAST}{now - PAST_KEPT - timedelta(days=1):%Y-%m-%d}"
    return {each for each in ids if each.startswith(PAST) and each >= first}


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


class Judge:
    """What is wrong by one entry or by one result of a statistical check, of the tables as they are declared now.

    states: by asset and partition, of the partitions that the tables have and keep. Alerts are without owners.
    """

    def __init__(self, catalog: Catalog, seen: Seen, unjudged: Unjudged) -> None:
        self.tables = tables_of(catalog)
        self.states = {
            asset: {
                key: state for key, state in sorted(seen.states.get(asset, {}).items()) if _is_kept(table, key, state)
            }
            for asset, table in self.tables.items()
        }
        self._unjudged = unjudged
        stops = [each for each in seen.exceeded if each.severity == "stop"]
        self._stopped_by = {(each.asset, each.partition, each.run_id): each for each in stops}

    def keeps(self, asset: str, key: str) -> bool:
        """Is this a partition of the table? One of another calendar, or that is too old, is not."""
        return asset in self.tables and _keeps(self.tables[asset], key)

    def refused(self, entry: Entry, since: datetime) -> Iterator[Alert]:
        """What stopped the write of an entry that failed."""
        if entry.verdict != "failed" or is_let_through(entry):
            return
        asset, key = entry.asset, entry.partition
        if was_not_extracted(entry):
            name = asset.partition("/")[2]
            reason = self._unjudged.extractions.get(name, {}).get(key) or _words(entry)
            yield Alert(f"raw/{name}", EXTRACTION, "stop", (key,), since, reason, run_id=entry.run_id)
            return
        counts = _counts(entry)
        stopping = [check.id for check in self.tables[asset].spec.checks if check.severity.stops and check.id in counts]
        alert = Alert(asset, CONTRACT, "stop", (key,), since, _words(entry), run_id=entry.run_id)
        if counts:
            check = max(stopping or counts, key=lambda name: counts[name])
            alert = replace(alert, check=check if stopping else CONTRACT, value=float(counts[check]))
        elif by := self._stopped_by.get((asset, key, entry.run_id)):
            alert = replace(alert, check=by.check, value=by.value, threshold=by.threshold, statistical=True)
        yield alert

    def warned(self, entry: Entry) -> Iterator[Alert]:
        """What the checks of an entry that passed warn of."""
        if entry.verdict != "passed" or entry.asset.startswith("production/"):
            return
        asset, at, counts = entry.asset, (entry.partition,), _counts(entry)
        for check in self.tables[asset].spec.checks if counts else ():
            if check.severity is Severity.WARN and (rows := counts.get(check.id)):
                reason = f"{rows} of {entry.rows_read} rows: {check.description}"
                yield Alert(asset, check.id, "warn", at, entry.recorded_at, reason, float(rows), run_id=entry.run_id)
        for each in entry.checks:
            if missing := each.get("missing"):
                reason = f"{len(missing)} partitions that it reads are not loaded: {', '.join(missing[:5])}"
                yield Alert(asset, each["check"], "warn", at, entry.recorded_at, reason, run_id=entry.run_id)

    def measured(self, each: Exceeded) -> Alert:
        """What a statistical check warns of."""
        at, figures = (each.partition,), (each.value, each.threshold)
        alert = Alert(each.asset, each.check, "warn", at, each.recorded_at, each.reason, *figures, run_id=each.run_id)
        return replace(alert, statistical=True)

    def still_warns(self, each: Exceeded) -> bool:
        """By what is declared now: of a check that is gone there will be no newer result."""
        if each.severity != "warn" or not each.newest or each.partition not in self.states.get(each.asset, {}):
            return False
        return (each.check, "warn") in [(one.check, one.severity) for one in self.tables[each.asset].statistics]


def was_not_extracted(entry: Entry) -> bool:
    """Was there nothing to load? It is the extraction that failed."""
    return entry.verdict == "failed" and bool(entry.cause and entry.cause.code == "not_extracted")


def is_let_through(entry: Entry) -> bool:
    """Did somebody accept or approve what it was refused for? Then it only has to be written."""
    return bool(entry.cause and entry.cause.code in ("accepted", "approved"))


def _counts(entry: Entry) -> dict[str, int]:
    """The rows that fail each check, of all attempts that were loaded together."""
    found: dict[str, int] = {}
    for each in entry.checks:
        if each.get("failed"):
            found[each["check"]] = found.get(each["check"], 0) + each["failed"]
    return found


def _words(entry: Entry) -> str:
    return entry.reason.removeprefix(f"{entry.asset} {entry.partition}".strip() + ": ")


def _is_kept(table: StagedTable | DerivedTable, key: str, state: State) -> bool:
    return is_current(table, state) and _keeps(table, key)


def _keeps(table: StagedTable | DerivedTable, key: str) -> bool:
    try:
        return table.calendar is None or table.calendar.keeps_key(key)
    except ValueError:  # of another calendar
        return False
