"""What is to be said of each partition: whether it is as it would be made now, and whether a run would make it.

A partition is stale when what made it differs from what would make it now: its contract, its code, the versions of its
inputs, or what these were made by. One that was refused is tried again when one of these has changed since. Whether it
can be built is told by the same `readiness_of`, and the same choice of raw attempts, as in a run.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.entry import Cause, Entry, State, is_rolled_back, made_by, validated_version
from dataops_assets.load.admission import choose
from dataops_assets.load.committed import corrected
from dataops_assets.model.partitions import UNPARTITIONED, TimePartitions
from dataops_assets.publish.decisions import rollback_words
from dataops_assets.staleness.finding import Finding, Place, Reason, Scope, Status, everything
from dataops_assets.staleness.reasons import differences, may_pass, own_reasons
from dataops_assets.staleness.snapshot import Raw, Snapshot, due, tables_of
from dataops_assets.transform.inputs import Input, Readiness, readiness_of
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


def judge(
    catalog: Catalog, snapshot: Snapshot, scope: Scope = everything, refreshed: Collection[Place] = ()
) -> dict[Place, Finding]:
    """Of all partitions that are over or were ever made, and are kept; each after what it is made of.

    refreshed: raw partitions that the source is asked for whatever is there of them, and whatever the scope is.
    """
    return _Judge(catalog, snapshot, scope, refreshed).every()


@dataclass
class _Judge:
    """there: the states, with those of other calendars. projected: as the planned runs would leave them, if all goes
    well. coming: the assets that they write.
    """

    catalog: Catalog
    snapshot: Snapshot
    scope: Scope
    refreshed: Collection[Place] = ()
    found: dict[Place, Finding] = field(default_factory=dict)
    tables: Mapping[str, StagedTable | DerivedTable] = field(default_factory=dict)
    there: dict[str, dict[str, State]] = field(default_factory=dict)
    projected: dict[str, dict[str, State]] = field(default_factory=dict)
    coming: set[str] = field(default_factory=set)

    def every(self) -> dict[Place, Finding]:
        older, self.tables = self.snapshot.older, tables_of(self.catalog)
        self.there = {asset: {**older.get(asset, {}), **known} for asset, known in self.snapshot.states.items()}
        self.projected = {asset: dict(known) for asset, known in self.there.items()}
        for name, table in self.catalog.staged.items():
            raw = self.snapshot.raw[name]
            for key in _keys(table.calendar, raw.there):
                self._add(self._raw(f"raw/{name}", table.calendar, key, raw))
            for key in _keys(table.calendar, raw.there, self.snapshot.states[table.asset]):
                finding = self._staged(table, key, raw)
                # A whole table that is only looked at again, such as reference data, is not taken to have changed.
                unchanged = finding.status == "current" and table.calendar is None
                self._add(finding, None if unchanged else made_by(table))
        for name, table in self.catalog.derived.items():
            inputs = self.catalog.inputs[name]
            for key in _keys(table.calendar, self.snapshot.states[table.asset]):
                finding, code = self._derived(table, inputs, key)
                self._add(finding, code)
            if table.derived.publish:
                asset = f"production/{name}"
                transformed = [key for (of, key) in self.found if of == table.asset]
                for key in _keys(table.calendar, self.snapshot.states[asset], transformed):
                    self._add(self._production(table, asset, key))
        return self.found

    def _add(self, finding: Finding, code: Mapping[str, Sequence[str]] | None = None) -> None:
        self.found[finding.asset, finding.key] = finding
        table = self.tables.get(finding.asset) if finding.planned and code else None
        if table and code:
            entry = Entry.passed(
                finding.asset,
                finding.key,
                _TO_COME,
                finding.rows,
                contract=table.spec.fingerprint,
                made_by=code,
                id=_TO_COME,
            )
            self.projected[finding.asset][finding.key] = State(entry, entry)
            self.coming.add(finding.asset)

    def _raw(self, asset: str, calendar: TimePartitions | None, key: str, raw: Raw) -> Finding:
        refreshed = (asset, key) in self.refreshed
        if key in raw.there:
            return Finding(asset, key, "current", planned=refreshed)
        if key in raw.failed:
            return Finding(asset, key, "failed", planned=refreshed, words=raw.failed[key])
        return Finding(asset, key, "missing", planned=refreshed or self.scope(asset, calendar, key))

    def _staged(self, table: StagedTable, key: str, raw: Raw) -> Finding:
        asset, state = table.asset, self.snapshot.states[table.asset].get(key)
        extraction = self.found.get((f"raw/{table.source.name}", key))
        extracted = bool(extraction and extraction.planned)
        passed = state.passed if state else None
        rows = passed.rows if passed else 0
        may = self.scope(asset, table.calendar, key)
        if state is None and not (key in raw.there or extracted):
            cause = Cause("not_extracted", asset, key)
            if extraction and extraction.status == "failed":
                cause = Cause("failed", extraction.asset, key)
            return Finding(asset, key, "missing", cause=cause)
        work = None
        if key in raw.attempts:
            partition = table.calendar.of(key) if table.calendar else None
            work = choose(table, key, partition, raw.attempts[key], state)
        to_load = bool(work and work.chosen and not work.failure)
        if state is None:
            status: Status = "late" if key in raw.there else "missing"
            return Finding(asset, key, status, planned=may and (extracted or to_load))
        if state.latest.verdict != "passed":
            chosen = [choice.manifest.attempt for choice in work.chosen] if work else []
            tried = [attempt["attempt"] for attempt in state.latest.attempts]
            changed = chosen != tried or state.latest.made_by != made_by(table) or may_pass(table, state.latest)
            changed |= bool(work) and work.corrections.id != corrected(state.latest)
            planned = may and (extracted or (to_load and changed))
            cause = state.latest.cause
            if cause and cause.code == "not_extracted" and extraction and extraction.status == "failed":
                cause = Cause("failed", extraction.asset, key)
            return Finding(asset, key, "failed", (), planned, _short(state.latest), cause, rows)
        reasons = own_reasons(table, state.latest)
        if reasons:
            return Finding(asset, key, "stale", reasons, may and key in raw.there, rows=rows, changed=reasons)
        if to_load:
            return Finding(asset, key, "late", planned=may, rows=rows)
        refreshed = (f"raw/{table.source.name}", key) in self.refreshed
        return Finding(asset, key, "current", planned=may and refreshed, rows=rows)

    def _derived(
        self, table: DerivedTable, inputs: Sequence[Input], key: str
    ) -> tuple[Finding, Mapping[str, Sequence[str]]]:
        asset, state = table.asset, self.snapshot.states[table.asset].get(key)
        partition = table.calendar.of(key) if table.calendar else None
        now = readiness_of(table, inputs, self.there, None, partition)
        then = now
        if not self.coming.isdisjoint(needed.table.asset for needed in inputs):
            then = readiness_of(table, inputs, self.projected, None, partition)
        code = made_by(table, then.made_by.values())
        upstream = sorted({of for of, keys in then.versions.items() if _TO_COME in keys.values()})
        may = self.scope(asset, table.calendar, key) and not then.held
        downstream = tuple(Reason("input", of) for of in upstream)
        rows = state.passed.rows if state and state.passed else 0
        if state is None:
            return Finding(asset, key, "missing", downstream, may, cause=self._began(then.cause)), code
        latest = state.latest
        if latest.verdict != "passed":
            changed = (
                latest.made_by != code or _plain(latest.inputs) != _plain(then.versions) or may_pass(table, latest)
            )
            if latest.verdict == "held":
                # The gate lets it through now: so what held it is gone, unless the ledger does not show that.
                changed = not self._same_as_then(latest.cause)
            planned = may and bool(changed or upstream)
            return Finding(asset, key, latest.verdict, downstream, planned, _short(latest), latest.cause, rows), code
        reasons = self._reasons(
            table, inputs, latest, now, code if then is now else made_by(table, now.made_by.values())
        )
        status: Status = "stale" if reasons else "current"
        every = (*reasons, *(reason for reason in downstream if reason not in reasons))
        cause, planned = self._began(then.cause), may and bool(every)
        return Finding(asset, key, status, every, planned, cause=cause, rows=rows, changed=reasons), code

    def _began(self, cause: Cause | None) -> Cause | None:
        """Where it began that an input is not fit."""
        at = self.found.get((cause.asset, cause.partition)) if cause else None
        return at.cause if at and at.cause and not at.planned else cause

    def _same_as_then(self, cause: Cause | None) -> bool:
        """Was it held by rows that somebody had changed, or by a lost receipt, and nobody has made them again?"""
        if cause is None or cause.code not in ("changed_rows", "no_receipt"):
            return False
        state = self.projected.get(cause.asset, {}).get(cause.partition)
        return bool(state and state.latest.id == cause.entry)

    def _reasons(
        self,
        table: DerivedTable,
        inputs: Sequence[Input],
        entry: Entry,
        now: Readiness,
        would: Mapping[str, Sequence[str]],
    ) -> tuple[Reason, ...]:
        """Why the rows of a partition are not those that would be made of what is there now. would: their `made_by`."""
        found = dict.fromkeys(own_reasons(table, entry))
        if Reason("unknown", table.asset) in found:
            return tuple(found)
        for needed in inputs:
            asset, calendar = needed.table.asset, needed.table.calendar
            states, was, there = self.snapshot.states[asset], entry.inputs.get(asset, {}), now.versions.get(asset, {})
            for key, version in was.items():
                state = states.get(key)
                if state is None or state.passed is None:
                    # Of another calendar, or no longer kept: the rows that were read may be gone.
                    if self._of_older_calendar(asset, key) or not _is_on(calendar, key):
                        found[Reason("calendar", asset)] = None
                elif state.passed.version != version and (calendar is None or calendar.keeps_key(key)):
                    found[Reason("input", asset)] = None
            if not now.held and there.keys() - was.keys():
                found[Reason("input", asset)] = None
        if not now.held:
            for asset in would.keys() | entry.made_by.keys():
                if asset != table.asset and list(entry.made_by.get(asset, ())) != list(would.get(asset, ())):
                    found |= dict.fromkeys(differences(asset, entry.made_by.get(asset, ()), would.get(asset, ())))
        return tuple(found)

    def _of_older_calendar(self, asset: str, key: str) -> bool:
        return key in self.snapshot.older.get(asset, {})

    def _production(self, table: DerivedTable, asset: str, key: str) -> Finding:
        transformed = self.found.get((table.asset, key))
        made = self.snapshot.states[table.asset].get(key)
        state = self.snapshot.states[asset].get(key)
        rows = state.passed.rows if state and state.passed else 0
        coming = bool(transformed and transformed.planned)
        receipt = made.latest if made and made.latest.verdict == "passed" else None
        fits = bool(receipt and receipt.contract == table.spec.fingerprint)
        may = self.scope(asset, table.calendar, key) and (coming or fits)
        downstream = (Reason("input", table.asset),) if coming else ()
        cause = None if coming or fits else self._began(Cause("not_loaded", table.asset, key))
        if state is None:
            return Finding(asset, key, "missing", downstream, may, cause=cause)
        latest = state.latest
        if is_rolled_back(state):
            words = rollback_words(table, key, state)
            return Finding(asset, key, "held", words=words, cause=Cause("rolled_back", asset, key), rows=rows)
        if latest.verdict != "passed":
            judged = latest.cause.entry if latest.cause else None
            planned = may and (coming or bool(receipt and receipt.id != judged))
            return Finding(asset, key, "held", downstream, planned, _short(latest), latest.cause, rows)
        found: dict[Reason, None] = {}
        if receipt and fits:
            if receipt.version != validated_version(latest):
                found[Reason("input", table.asset)] = None
            elif (latest.provenance.hides if latest.provenance else "") != table.hides_code:
                found[Reason("personal", asset)] = None
            elif not latest.made_by and receipt.made_by:
                found[Reason("unknown", asset)] = None
            else:
                for of in receipt.made_by:
                    was, would = latest.made_by.get(of, ()), receipt.made_by[of]
                    if list(was) != list(would):
                        found |= dict.fromkeys(differences(of, was, would))
        reasons = (*found, *(reason for reason in downstream if reason not in found))
        status: Status = "stale" if found else "current"
        return Finding(asset, key, status, reasons, may and bool(reasons), rows=rows, changed=tuple(found))


_TO_COME = "(to come)"
"""The version, and the entry, of what a planned run would make."""


def _keys(calendar: TimePartitions | None, *known: object) -> list[str]:
    """Those that are over, and those that are known besides, without those that are no longer kept; in order."""
    keys = dict.fromkeys(due(calendar))
    for some in known:
        keys |= dict.fromkeys(some)  # type: ignore[call-overload]
    return sorted(key for key in keys if calendar is None or calendar.keeps_key(key))


def _is_on(calendar: TimePartitions | None, key: str) -> bool:
    """Is there such a partition? Entries of another calendar may have been dropped."""
    if calendar is None:
        return key == UNPARTITIONED
    try:
        return bool(calendar.of(key))
    except ValueError:
        return False


def _plain(versions: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {asset: dict(keys) for asset, keys in versions.items() if keys}


def _short(entry: Entry) -> str:
    """Why it was refused, without the words that say of what this is."""
    return entry.reason.removeprefix(f"{entry.asset} {entry.partition}".strip() + ": ")
