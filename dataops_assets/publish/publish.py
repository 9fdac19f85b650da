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
from dataops_assets.lake.versions import Version, copy_versions
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.difference import Difference
from dataops_assets.ledger.entries import Receipt
from dataops_assets.ledger.entry import Entry, State, key_of, sequences, version_of
from dataops_assets.ledger.integrity import drifted
from dataops_assets.ledger.outcome import CheckOutcome, Outcome, RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.model.severity import Severity
from dataops_assets.publish.decisions import approval_gate, held_by_rollback, rollback_gate, too_much_changes
from dataops_assets.publish.difference import Differences, differences
from dataops_assets.publish.gates import Gate, Refusal
from dataops_assets.publish.names import published
from dataops_assets.publish.pointers import point_to_what_is_shown
from dataops_assets.publish.receipts import provenance, published_entry, receipt_gate
from dataops_assets.publish.rows import StagedRows
from dataops_assets.warehouse.base import Mark, Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.replace import replace_rows
from dataops_assets.warehouse.schema import ensure_table
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
    asset = published(table)
    by_key = {key_of(partition): partition for partition in partitions}
    validated = StagedRows(warehouse.staging, table)
    with warehouse.session() as session:
        with session.reading():
            mark: Mark | None = session.mark(asset, reads=[table.asset])
            validations = ledger.states_later(session, warehouse.staging, table.asset, by_key)
            shows = ledger.states_later(session, warehouse.staging, asset, by_key)
            states, shown_before = validations(), shows()
            sources, refused = _judge(session, warehouse.staging, table, by_key, states, shown_before)
        receipts = {key: states[key].latest for key in by_key if key not in refused}
        new = {key: published_entry(asset, key, receipt, sources, run) for key, receipt in receipts.items()}

        versions = (
            Version(table.relation, by_key[key], receipts[key].version, provenance(new[key])) for key in receipts
        )
        for some in batched(versions):
            copy_versions(staging_store, production_store, some)

        def compare(stands: Mapping[str, Entry | None]) -> Differences:
            known = {key: entry for key, entry in stands.items() if entry}
            if not known or not session.exists(warehouse.production, table.relation):
                return dict
            slices = table.slices([p for key in known if (p := by_key[key])])
            source = validated.select(session, slices)
            return differences(session, warehouse.production, table, slices, source, known, receipts)

        def swap_in() -> tuple[dict[str, Entry], list[str]]:
            nonlocal mark
            since, mark = mark, None  # a second time, what is there by then
            with session.swapping(asset, reads=[table.asset], since=since) as swap:
                found = ledger.states_later(session, warehouse.staging, asset, by_key)
                changed_since = validated.changed(session, by_key, receipts)
                # Asked with the rest, of those that were shown a moment ago: what only came since is written again.
                stood = {k: receipts[k] for k in receipts if version_of(shown_before.get(k)) == receipts[k].version}
                drift = drifted(session, warehouse.production, table, stood, map(by_key.get, stood))
                others = [k for k in receipts if k in shown_before and k not in stood]
                compared = compare({k: shown_before[k].passed for k in others})
                before = found()
                shown = {k for k in stood if version_of(before.get(k)) == receipts[k].version}
                lost = drift()
                refusals = refused | changed_since()
                changed = [k for k in receipts if k not in refusals and (k not in shown or k in lost)]
                differs = compared()
                # What others have published or changed meanwhile.
                differs |= compare({k: before[k].passed for k in changed if k in before and k not in differs})()
                for key in changed:
                    why = held_by_rollback(table, key, receipts[key], before.get(key))
                    why = why or too_much_changes(table, key, receipts[key], before.get(key), differs.get(key))
                    refusals |= {key: why} if why else {}
                changed = [key for key in changed if key not in refusals]
                entries = {
                    key: _refused(table, key, before.get(key), states.get(key), refusals[key], run, differs.get(key))
                    if key in refusals
                    else _decided(new[key], before.get(key))
                    for key in by_key
                }
                for key in changed:
                    difference = differs.get(key) or Difference.first(entries[key].rows)
                    entries[key] = replace(entries[key], difference=difference)
                ledger.stage(session, list(entries.values()), sequences(before))
                ledger.ensure(session, swap, warehouse.staging)
                if changed:
                    slices = table.slices([p for key in changed if (p := by_key[key])])
                    rows = {key: receipts[key].rows for key in changed}
                    ensure_table(session, swap, warehouse.production, table, published=True)
                    target = session.relation(warehouse.production, table.relation)
                    source = validated.select(session, slices)
                    replace_rows(session, swap, target, table.spec.names, slices, source, rows)
                ledger.append(session, swap, warehouse.staging, list(entries.values()))
            mark = swap.committed
            return entries, changed

        entries, changed = retry_on_conflict(swap_in)
        good = {key: entry for key, entry in entries.items() if entry.verdict == "passed"}
        shown = point_to_what_is_shown(session, warehouse, production_store, table, by_key, good, mark)
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
    decision = before.latest.decision if before else None  # it holds until it is made use of, or another one is made
    return Entry.refused(published(table), key, before, "held", why.words, why.cause, **about, decision=decision)


def _decided(entry: Entry, before: State | None) -> Entry:
    """The entry of a publication, with the decision that is about this very version."""
    decision = before.latest.decision if before else None
    return replace(entry, decision=decision) if decision and decision.version == entry.version else entry


def _outcome(entry: Entry, shown: int, changed: bool) -> Outcome:
    has_receipt = entry.provenance is not None
    words = entry.reason
    if entry.provenance:
        words = f"receipt {entry.provenance.receipt} is of version {entry.version}"
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
