"""Receipts: who vouches for a version, and what an entry of production and its lake copy say of that."""

from collections.abc import Mapping

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entries import Entry, Receipt, State, command
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.gates import Judged
from dataops_assets.publish.names import published_label
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable


def receipt_gate(
    session: Session,
    schema: str,
    table: DerivedTable,
    keys: Mapping[str, Partition | None],
    states: Mapping[str, State],
) -> Judged:
    """The gate "receipt": a version is vouched for, and so is each that it was made of, back to the staged tables.

    Its evidence is the receipts of all of these.
    """
    refused: dict[str, str] = {}
    for key in keys:
        label, state, again = published_label(table, key), states.get(key), command(f"+{table.asset}", key)
        if state is None:
            refused[key] = f"{label}: {table.asset} has no validated version; {again}"
        elif state.latest.verdict != "passed":
            refused[key] = (
                f"{label}: the last validation of {table.asset} says {state.latest.verdict}: {state.latest.reason}"
            )
        elif state.latest.contract != table.spec.fingerprint:
            refused[key] = f"{label}: {table.asset} was validated under another contract than the one in force; {again}"
    known: dict[Receipt, Entry] = {}
    todo = {
        key: {(a, p, v) for a, ps in states[key].latest.inputs.items() for p, v in ps.items()}
        for key in keys
        if key not in refused
    }
    while open_ := {wanted for needed in todo.values() for wanted in needed} - known.keys():
        found = ledger.receipts(session, schema, open_)
        lost = open_ - found.keys()
        for key, needed in list(todo.items()):
            if missing := sorted(needed & lost):
                asset, partition, version = missing[0]
                refused[key] = (
                    f"{published_label(table, key)}: no receipt for {asset} {partition} version {version}, which "
                    f"{table.asset} was made of; {command(f'+{table.asset}', key)}"
                )
                del todo[key]
                continue
            for wanted in list(needed & found.keys()):
                needed |= {(a, p, v) for a, ps in found[wanted].inputs.items() for p, v in ps.items()}
        known |= found
    return Judged(refused, known)


def published_entry(asset: str, key: str, receipt: Entry, sources: Mapping[Receipt, Entry], run: RunInfo) -> Entry:
    """The entry of a version in production. receipt: its own; sources: those of what it was made of."""
    attempts: dict[str, list[str]] = {}
    contracts = {receipt.asset: receipt.contract}
    todo = [(a, p, v) for a, ps in receipt.inputs.items() for p, v in ps.items()]
    seen: set[Receipt] = set()
    while todo:
        wanted = todo.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        source = sources[wanted]
        contracts[source.asset] = source.contract
        if source.attempts:
            name = source.asset.partition("/")[2]
            attempts.setdefault(f"raw/{name} {source.partition}".strip(), []).extend(
                attempt["attempt"] for attempt in source.attempts if not attempt.get("refused")
            )
        todo += [(a, p, v) for a, ps in source.inputs.items() for p, v in ps.items()]
    return Entry(
        asset=asset,
        partition=key,
        verdict="passed",
        version=receipt.version,
        rows=receipt.rows,
        rows_read=receipt.rows,
        attempts=[{"raw": raw, "attempts": sorted(set(used))} for raw, used in sorted(attempts.items())],
        inputs={receipt.asset: {key: receipt.version}},
        checks=[
            {
                "receipt": receipt.id,
                "validated_at": receipt.recorded_at.isoformat(),
                "contracts": dict(sorted(contracts.items())),
            }
        ],
        contract=receipt.contract,
        code_version=receipt.code_version,
        run_id=run.run_id,
    )


def provenance(entry: Entry) -> dict[str, object]:
    """What the lake says of a published version."""
    receipt = dict(entry.checks[0])
    return {
        "contracts": receipt.pop("contracts", {}),
        "receipt": receipt,
        "raw": list(entry.attempts),
        "code_version": entry.code_version,
        "run_id": entry.run_id,
    }
