"""Accept what a statistical check has found of a partition, confirm it as a defect, or take back what was said."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import msgspec

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger import measuring, rulings
from dataops_assets.ledger.entry import Cause, Entry, State, command, key_of, version_of
from dataops_assets.ledger.measuring import Result
from dataops_assets.model.partitions import Partition
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import Freshness, Statistic
from dataops_assets.nearest import suggestion
from dataops_assets.validation.measured import Figure, Measured
from dataops_assets.validation.rulings import Ruling, RulingKind, Rulings
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_SAID = re.compile(r"; (accepted|confirmed) by ")


class RulingRefused(ValueError):
    """What was to be accepted or confirmed is not there to be: why, and what to do instead."""


@dataclass(frozen=True)
class Wanted:
    """What somebody says of a partition. check: "" of a defect that no check has found. column: "" for all that failed.

    until: the last day, UTC, on which an acceptance holds.
    """

    kind: RulingKind
    check: str
    column: str
    by: str
    reason: str
    until: date | None = None


@dataclass(frozen=True)
class Ruled:
    """What holds now. unwritten: the entry of a partition that a check had stopped, and that can be written now. now:
    what the check says, if it is about one.
    """

    rulings: Sequence[Ruling]
    unwritten: Entry | None = None
    now: Measured | None = None


def rule(
    warehouse: Warehouse, table: StagedTable | DerivedTable, partition: Partition | None, wanted: Wanted, run_id: str
) -> Ruled:
    """Record it; what it is about becomes "accepted", or "failed" once more.

    The same a second time changes nothing. Where a write was stopped by what is accepted now, the ledger says that it
    can be made. Raises RulingRefused.
    """
    _refuse_unknown(table, wanted)
    key = key_of(partition)
    with warehouse.session() as session:
        return retry_on_conflict(lambda: _rule(session, warehouse.staging, table, key, wanted, run_id))


def _refuse_unknown(table: StagedTable | DerivedTable, wanted: Wanted) -> None:
    declared = [each.check for each in table.statistics]
    if not wanted.check and wanted.kind != "accept":
        return
    if wanted.check == Freshness.name and Freshness.name in declared:
        raise RulingRefused(
            f"{table.asset}: {Freshness.name} is of the table, and over once the partition is there; give it more time "
            "(within=…), or for a while the severity 'log' (DATAOPS_SEVERITIES)"
        )
    if wanted.check in {check.id for check in table.spec.checks}:
        raise RulingRefused(
            f"{table.asset}: {wanted.check} is a check of rows: the contract says what a row is, and is not accepted "
            "for some. Change the contract, or the severity of the check"
        )
    if wanted.check not in declared:
        hint = suggestion(wanted.check, declared)
        raise RulingRefused(f"{table.asset} has no statistical check {wanted.check!r}; {hint}")


def _rule(
    session: Session, schema: str, table: StagedTable | DerivedTable, key: str, wanted: Wanted, run_id: str
) -> Ruled:
    asset = table.asset
    with session.swapping(asset) as swap:
        asked = rulings.of(session, schema, asset)
        states = ledger.states_later(session, schema, asset, [key])
        before, state = asked(), states().get(key)
        if not wanted.check:
            said = [_of_all(table, key, state, wanted)]
            if not _known(before, said):
                rulings.append(session, swap, schema, asset, said, run_id)
            return Ruled(said)
        results = measuring.newest(session, schema, asset, key).get((asset, key), [])
        result = next((each for each in results if each.check == wanted.check), None)
        if result is None:
            raise RulingRefused(f"{table.label(key)}: {wanted.check} has measured nothing of it yet; run it first")
        statistic = next(each for each in table.statistics if each.check == wanted.check)
        version = result.measured.version or version_of(state) or ""
        found = _as_found(result.measured, statistic)
        about = _about(table, key, before.applied(found, key, version), wanted)
        said = [
            Ruling(key, wanted.check, f.column, wanted.kind, version, f.value, wanted.by, wanted.reason, wanted.until)
            for f in about
        ]
        if _known(before, said):
            now = before.applied(found, key, version)
            return Ruled(said, state.latest if state and _is_accepted(state.latest) else None, now)
        rulings.append(session, swap, schema, asset, said, run_id)
        ruled = Rulings({**before.newest, **{(key, each.check, each.column): each for each in said}})
        now = ruled.applied(found, key, version)
        measuring.record(session, swap, schema, asset, {key: [now]}, run_id, result.recorded)
        entry = _entry(table, state.latest, results, now, said[0], run_id) if state else None
        if state and entry:
            ledger.stage(session, [entry], {key: state.latest.sequence})
            ledger.ensure(session, swap, schema)
            ledger.append(session, swap, schema, [entry])
    return Ruled(said, entry if entry and _is_accepted(entry) else None, now)


def _of_all(table: StagedTable | DerivedTable, key: str, state: State | None, wanted: Wanted) -> Ruling:
    """A defect of the whole partition, which no check has found."""
    if state is None or state.passed is None:
        raise RulingRefused(f"{table.label(key)}: nothing of it is in the table, so nothing is compared with it")
    return Ruling(key, "", "", wanted.kind, state.passed.version, None, wanted.by, wanted.reason)


def _about(table: StagedTable | DerivedTable, key: str, measured: Measured, wanted: Wanted) -> list[Figure]:
    """The figures that are accepted or confirmed. Raises RulingRefused."""
    label, check = table.label(key), wanted.check
    columns = [figure.column for figure in measured.figures]
    if wanted.column and wanted.column not in columns:
        hint = suggestion(wanted.column, columns)
        raise RulingRefused(f"{label}: {check} has no figure of {wanted.column!r}; {hint}")
    found = [
        each
        for each in measured.figures
        if each.verdict in ("failed", "accepted") and wanted.column in ("", each.column)
    ]
    if not found:
        of = f" of {wanted.column}" if wanted.column else ""
        verdict = next((f.verdict for f in measured.figures if f.column == wanted.column), measured.verdict)
        raise RulingRefused(f"{label}: there is nothing to {wanted.kind}: {check}{of} says {verdict!r}")
    return found


def _known(before: Rulings, said: Sequence[Ruling]) -> bool:
    """Was all of it said already?"""
    known = [(before.newest.get((each.partition, each.check, each.column)), each) for each in said]
    return all(one == each or (one is None and each.kind == "withdraw") for one, each in known)


def _as_found(measured: Measured, statistic: Statistic) -> Measured:
    """Before anybody said anything of it; with the severity that was in force."""
    figures = [
        msgspec.structs.replace(each, verdict="failed", reason=_SAID.split(each.reason)[0])
        if each.verdict in ("failed", "accepted")
        else each
        for each in measured.figures
    ]
    return replace(measured, figures=figures, statistic=replace(statistic, severity=measured.statistic.severity))


def _entry(
    table: StagedTable | DerivedTable,
    latest: Entry,
    results: Sequence[Result],
    now: Measured,
    said: Ruling,
    run_id: str,
) -> Entry | None:
    """Of a partition that statistical checks have stopped: the entry that says that none of them does any more, or, if
    that was said, that one does.
    """
    key, check = latest.partition, now.statistic.check
    if latest.verdict != "failed" or latest.cause is None:
        return None
    if _is_accepted(latest) and _stops(now):
        cause, reason = Cause("rejected", table.asset, key), measuring.stopped([now], table.asset, key)
    else:
        stopping = {each.check for each in results if each.run_id == latest.run_id and _stops(each.measured)}
        if latest.cause.code != "rejected" or stopping != {check} or _stops(now):
            return None
        cause = Cause("accepted", table.asset, key)
        reason = f"{table.label(key)}: {check} {said.words}; it is not written yet: {command(table.asset, key)}"
    return latest.again(reason=reason, cause=cause, run_id=run_id)


def _is_accepted(entry: Entry) -> bool:
    return entry.cause is not None and entry.cause.code == "accepted"


def _stops(measured: Measured) -> bool:
    return Severity(measured.statistic.severity).stops and measured.verdict == "failed"


def said_today(table: StagedTable | DerivedTable, results: Sequence[Result], said: Rulings) -> Iterator[Result]:
    """Of the checks that are declared, what was found, and what people say of it today."""
    declared = {each.check: each for each in table.statistics}
    for result in results:
        if statistic := declared.get(result.check):
            found = replace(result.measured, statistic=replace(statistic, severity=result.measured.statistic.severity))
            yield replace(result, measured=said.applied(found, result.partition, found.version))
