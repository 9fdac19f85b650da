"""Approvals: somebody has looked at what would change, and lets exactly this version into production."""

from collections.abc import Sequence

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Cause, Entry, State, command, is_rolled_back, key_of, version_of
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.changes import Change, changes
from dataops_assets.publish.decisions import DecisionRefused, Who, command_of, is_approved, note
from dataops_assets.publish.names import published, published_label
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable


def approve(
    storage: Storage,
    table: DerivedTable,
    partitions: Sequence[Partition | None],
    version: str | None,
    who: Who,
    run: RunInfo,
) -> dict[str, Entry]:
    """Approve the validated version of each of these partitions, all or none; by key, the entries that say so.

    version: the one that was looked at, or its beginning: another one is not approved. The entry says what it would
    change as of now. Nothing is published by it: the next run of the asset does that. What is approved already stays
    as it is. Raises DecisionRefused.
    """
    warehouse, asset = storage.warehouse, published(table)
    keys = [key_of(partition) for partition in partitions]
    found = changes(warehouse, table, partitions)
    coming = {key: _coming(table, key, found.get(key), version) for key in keys}

    def swap_in(session: Session) -> dict[str, Entry]:
        with session.swapping(asset, reads=[table.asset]) as swap:
            validations = ledger.states_later(session, warehouse.staging, table.asset, keys)
            before = ledger.states(session, warehouse.staging, asset, keys)
            validated = validations()
            for key in keys:
                _check(table, key, found[key], coming[key], validated.get(key), before.get(key))
            entries = {
                key: _entry(table, key, coming[key], before.get(key), found[key], who, run)
                for key in keys
                if not is_approved(coming[key], before.get(key))
            }
            note(session, swap, warehouse.staging, entries, before)
        return {key: entries[key] if key in entries else before[key].latest for key in keys}

    with warehouse.session() as session:
        return retry_on_conflict(lambda: swap_in(session))


def _coming(table: DerivedTable, key: str, change: Change | None, version: str | None) -> Entry:
    """The receipt of the version that is to be approved."""
    label = published_label(table, key)
    if change is None or change.comes is None:
        stands = change.stands.version if change and change.stands else ""
        what = f"version {stands} is published" if stands else "nothing is validated"
        raise DecisionRefused(f"{label}: {what}, and no other version waits for an approval")
    if version and not change.comes.version.startswith(version):
        raise DecisionRefused(
            f"{label}: the validated version is {change.comes.version}, not {version}; look at it once more: "
            f"{command_of('diff', table, key)}"
        )
    return change.comes


def _check(
    table: DerivedTable, key: str, change: Change, receipt: Entry, validated: State | None, before: State | None
) -> None:
    """Is what somebody has looked at still what there is?"""
    label = published_label(table, key)
    now = validated.latest if validated else None
    if now is None or (now.version, now.verdict) != (receipt.version, "passed"):
        raise DecisionRefused(f"{label}: another version was validated meanwhile; look at that one")
    if version_of(before) != (change.stands.version if change.stands else None):
        raise DecisionRefused(f"{label}: another version was published meanwhile; look at the difference to that one")
    if is_rolled_back(before):
        raise DecisionRefused(f"{label}: it is rolled back; run first: {command_of('release', table, key)}")


def _entry(
    table: DerivedTable, key: str, receipt: Entry, before: State | None, change: Change, who: Who, run: RunInfo
) -> Entry:
    asset = published(table)
    words = (
        f"{published_label(table, key)}: approved by {who.by} because {who.reason}, and not published yet; "
        f"{command(asset, key)}"
    )
    about: dict[str, object] = {
        "inputs": {table.asset: {key: receipt.version}},
        "code_version": run.code_version,
        "run_id": run.run_id,
        "decision": who.decides("approve", receipt.version),
        "difference": change.difference,
    }
    return Entry.refused(asset, key, before, "held", words, Cause("approved", asset, key), **about)
