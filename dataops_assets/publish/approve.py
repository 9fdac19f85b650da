"""Approvals: somebody has looked at what would change, and lets exactly this version into production."""

from collections.abc import Mapping, Sequence

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.difference import Difference
from dataops_assets.ledger.entry import Cause, Entry, State, command, is_rolled_back, key_of, sequences
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.changes import changes
from dataops_assets.publish.decisions import command_of
from dataops_assets.publish.names import published, published_label
from dataops_assets.publish.rollback import DecisionRefused, Who
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
    """Approve the validated version of each of these partitions, all or none; by key, the new entries.

    version: the one that was looked at, or its beginning: another one is not approved. The entry says what it would
    change as of now. Nothing is published by it: the next run of the asset does that. Raises DecisionRefused.
    """
    warehouse, asset = storage.warehouse, published(table)
    keys = [key_of(partition) for partition in partitions]
    found = changes(warehouse, table, partitions)
    coming: dict[str, Entry] = {}
    for key in keys:
        change, label = found.get(key), published_label(table, key)
        if change is None or change.comes is None:
            stands = change.stands.version if change and change.stands else ""
            what = f"version {stands} is published" if stands else "nothing is validated"
            raise DecisionRefused(f"{label}: {what}, and no other version waits for an approval")
        if version and not change.comes.version.startswith(version):
            raise DecisionRefused(
                f"{label}: the validated version is {change.comes.version}, not {version}; look at it once more: "
                f"{command_of('diff', table, key)}"
            )
        coming[key] = change.comes
    differences = {key: found[key].difference for key in keys}

    def swap_in(session: Session) -> dict[str, Entry]:
        with session.swapping(asset, reads=[table.asset]) as swap:
            validated = ledger.states_later(session, warehouse.staging, table.asset, keys)
            before = ledger.states(session, warehouse.staging, asset, keys)
            entries = _entries(table, coming, validated(), before, differences, who, run)
            ledger.stage(session, list(entries.values()), sequences(before))
            ledger.ensure(session, swap, warehouse.staging)
            ledger.append(session, swap, warehouse.staging, list(entries.values()))
        return entries

    with warehouse.session() as session:
        return retry_on_conflict(lambda: swap_in(session))


def _entries(
    table: DerivedTable,
    coming: Mapping[str, Entry],
    validated: Mapping[str, State],
    before: Mapping[str, State],
    differences: Mapping[str, Difference | None],
    who: Who,
    run: RunInfo,
) -> dict[str, Entry]:
    asset, entries = published(table), dict[str, Entry]()
    for key, receipt in coming.items():
        label, state = published_label(table, key), before.get(key)
        if validated[key].latest.version != receipt.version or validated[key].latest.verdict != "passed":
            raise DecisionRefused(f"{label}: another version was validated meanwhile; look at that one")
        if is_rolled_back(state):
            raise DecisionRefused(f"{label}: it is rolled back; run first: {command_of('release', table, key)}")
        decision = who.decides("approve", receipt.version)
        words = f"{label}: approved by {who.by} because {who.reason}, and not published yet; {command(asset, key)}"
        entries[key] = Entry.refused(
            asset,
            key,
            state,
            "held",
            words,
            Cause("approved", asset, key),
            inputs={table.asset: {key: receipt.version}},
            code_version=run.code_version,
            run_id=run.run_id,
            decision=decision,
            difference=differences[key],
        )
    return entries
