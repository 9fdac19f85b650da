"""transformed → production: exactly the version that has a receipt, or nothing.

A version is published if its own validation passed, if each version it was made of has a receipt too, back to the
staged tables, and if the rows that stand in staging are still the ones that were validated. That is asked of the
ledger and of the rows themselves each time, so it holds in any run, on any day.
"""

from collections import ChainMap
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace

from dataops_assets.lake.parallel import batched
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Version, are_there, copy_versions
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.difference import Difference
from dataops_assets.ledger.entries import Receipt
from dataops_assets.ledger.entry import Entry, State, decision_of, key_of, sequences, validated_version, version_of
from dataops_assets.ledger.integrity import drifted
from dataops_assets.ledger.outcome import CheckOutcome, Outcome, RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.model.severity import Severity
from dataops_assets.publish.decisions import approval_gate, rollback_gate, too_much_changes
from dataops_assets.publish.difference import Differences, differences
from dataops_assets.publish.gates import Gate, Refusal
from dataops_assets.publish.hiding import SHOWN, copy_shown, stage_shown
from dataops_assets.publish.names import published
from dataops_assets.publish.pointers import point_to_what_is_shown
from dataops_assets.publish.receipts import provenance, published_entry, receipt_gate
from dataops_assets.publish.rows import StagedRows
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.errors import SwapConflict
from dataops_assets.warehouse.replace import replace_rows
from dataops_assets.warehouse.schema import ensure_table
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import DerivedTable

GATES: Sequence[Gate] = (receipt_gate, rollback_gate, approval_gate)
"""What a version has to pass, in this order."""


def publish(
    warehouse: Warehouse,
    staging_store: Store,
    production_store: Store,
    table: DerivedTable,
    partitions: Sequence[Partition | None],
    run: RunInfo,
) -> list[Outcome]:
    """Publish partitions of a derived table; `[None]` for one without partitions. Returns an outcome for each."""
    # All of it again, and not the swap alone: what others have written or decided meanwhile is judged by every gate.
    return retry_on_conflict(lambda: _publish(warehouse, staging_store, production_store, table, partitions, run))


def _publish(
    warehouse: Warehouse,
    staging_store: Store,
    production_store: Store,
    table: DerivedTable,
    partitions: Sequence[Partition | None],
    run: RunInfo,
) -> list[Outcome]:
    asset = published(table)
    by_key = {key_of(partition): partition for partition in partitions}
    validated = StagedRows(warehouse.staging, table)
    with warehouse.session() as session:
        with session.reading():
            since = session.mark(asset, reads=[table.asset])
            validations = ledger.states_later(session, warehouse.staging, table.asset, by_key)
            shows = ledger.states_later(session, warehouse.staging, asset, by_key)
            states, before = validations(), shows()
            sources, refused = _judge(session, warehouse.staging, table, by_key, states, before)
            receipts = {key: states[key].latest for key in by_key if key not in refused}
            waiting = {key: states[key].latest for key, why in refused.items() if why.cause.code == "not_approved"}
            hidden: Mapping[str, str] = {}
            if table.hides:
                hidden = stage_shown(session, warehouse.staging, table, [by_key[key] for key in receipts | waiting])
        new = {
            key: published_entry(table, key, receipt, sources, run, hidden.get(key))
            for key, receipt in receipts.items()
        }
        versions = {
            key: Version(table.relation, by_key[key], entry.version, provenance(entry)) for key, entry in new.items()
        }
        if table.hides:
            copy_shown(session, production_store, table, by_key, new)
        else:
            for some in batched(versions.values()):
                copy_versions(staging_store, production_store, some)

        def rows_of(slices: Slices) -> str:
            return SHOWN if table.hides else validated.select(session, slices)

        def compare(comes: Mapping[str, Entry]) -> Differences:
            stands = {key: passed for key in comes if key in before and (passed := before[key].passed)}
            slices = table.slices([p for key in stands if (p := by_key[key])])
            source = rows_of(slices) if stands else ""
            found = differences(session, warehouse.production, table, slices, source, stands, comes)
            return lambda: {key: Difference.first(entry.rows) for key, entry in comes.items()} | found()

        with session.swapping(asset, reads=[table.asset], since=since) as swap:
            newest = None if swap.unchanged else ledger.newest(session, warehouse.staging, asset, by_key)
            changed_since = validated.changed(session, by_key, receipts)
            stood = {key: each for key, each in new.items() if version_of(before.get(key)) == each.version}
            if not are_there(production_store, [version for key, version in versions.items() if key not in stood]):
                raise SwapConflict(f"{asset}: a version was deleted meanwhile that nothing had needed before")
            drift = drifted(session, warehouse.production, table, stood, map(by_key.get, stood))
            compared = compare({key: entry for key, entry in (receipts | waiting).items() if key not in stood})
            known = {key: state.latest.id for key, state in before.items()}
            if newest and {key: each.id for key, each in newest().items()} != known:
                raise SwapConflict(f"{asset}: another run has published, or somebody has decided, meanwhile")
            refusals, lost, differs = refused | changed_since(), drift(), compared()
            if lost:  # somebody has changed these rows since
                differs |= compare({key: receipts[key] for key in lost})()
            for key in receipts.keys() - refusals.keys():
                why = too_much_changes(table, key, receipts[key], before.get(key), differs.get(key))
                refusals |= {key: why} if why else {}
            changed = [key for key in receipts if key not in refusals and (key not in stood or key in lost)]
            entries = {
                key: _refused(table, key, before.get(key), states.get(key), refusals[key], run, differs.get(key))
                if key in refusals
                else _decided(new[key], before.get(key))
                for key in by_key
            }
            for key in changed:
                entries[key] = replace(entries[key], difference=differs[key])
            ledger.stage(session, list(entries.values()), sequences(before))
            ledger.ensure(session, swap, warehouse.staging)
            if changed:
                slices = table.slices([p for key in changed if (p := by_key[key])])
                rows = {key: receipts[key].rows for key in changed}
                ensure_table(session, swap, warehouse.production, table, published=True)
                target = session.relation(warehouse.production, table.relation)
                source = rows_of(slices)
                replace_rows(session, swap, target, table.spec.names, slices, source, rows)
            ledger.append(session, swap, warehouse.staging, list(entries.values()))

        good = {key: entry for key, entry in entries.items() if entry.verdict == "passed"}
        shown = point_to_what_is_shown(session, warehouse, production_store, table, by_key, good, swap.committed)
    return [_outcome(entries[key], shown.get(key, 0), key in changed) for key in by_key]


def _judge(
    session: Session,
    schema: str,
    table: DerivedTable,
    keys: Mapping[str, Partition | None],
    states: Mapping[str, State],
    shown: Mapping[str, State],
) -> tuple[Mapping[Receipt, Entry], dict[str, Refusal]]:
    """What all gates went by, and the partitions to refuse, with the reason of the first that refused them."""
    evidence: list[MutableMapping[Receipt, Entry]] = []
    refused: dict[str, Refusal] = {}
    for gate in GATES:
        judged = gate(session, schema, table, {key: p for key, p in keys.items() if key not in refused}, states, shown)
        evidence.append(judged.evidence)
        refused |= judged.refused
    return ChainMap(*evidence), refused


def _refused(
    table: DerivedTable,
    key: str,
    before: State | None,
    judged: State | None,
    why: Refusal,
    run: RunInfo,
    difference: Difference | None,
) -> Entry:
    """difference: what it would have changed, where that is known."""
    inputs = {table.asset: {key: judged.latest.version}} if judged else {}
    about = {"inputs": inputs, "code_version": run.code_version, "run_id": run.run_id, "difference": difference}
    decision = decision_of(before)  # it holds until it is made use of, or another one is made
    return Entry.refused(published(table), key, before, "held", why.words, why.cause, **about, decision=decision)


def _decided(entry: Entry, before: State | None) -> Entry:
    """The entry of a publication, with the decision that is about this very version."""
    decision = decision_of(before)
    about = (entry.version, validated_version(entry))
    return replace(entry, decision=decision) if decision and decision.version in about else entry


def _outcome(entry: Entry, shown: int, changed: bool) -> Outcome:
    has_receipt = entry.provenance is not None
    words = entry.reason
    if entry.provenance:
        words = f"receipt {entry.provenance.receipt} is of version {validated_version(entry)}"
    return Outcome.of_table(
        entry,
        [
            CheckOutcome("receipt", has_receipt, Severity.STOP, words),
            CheckOutcome(
                "conservation",
                not has_receipt or shown == entry.rows,
                Severity.STOP,
                "rows published = rows of the validated version",
                {"rows_published": shown, "rows_validated": entry.rows} if has_receipt else {},
            ),
        ],
        changed,
    )
