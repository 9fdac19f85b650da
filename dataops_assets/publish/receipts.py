"""Receipts: which entry is that of a version, and what an entry of production and its lake copy say of that."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import msgspec

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entries import Receipt
from dataops_assets.ledger.entry import HELD, Cause, Entry, Provenance, State, command, root_reason
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.ledger.severities import stops_now
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.gates import Judged, Refusal
from dataops_assets.publish.names import published, published_label
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable


def receipt_gate(
    session: Session,
    schema: str,
    table: DerivedTable,
    keys: Mapping[str, Partition | None],
    states: Mapping[str, State],
    _shown: Mapping[str, State],
) -> Judged:
    """The gate "receipt": a version has a receipt, and so has each that it was made of, back to the staged tables.

    Its evidence is the receipts of all of these.
    """
    refused: dict[str, Refusal] = {}
    for key in keys:
        label, state, remedy = published_label(table, key), states.get(key), command(f"+{table.asset}", key)
        entry = state.latest.id if state else ""
        if state is None:
            words = f"{label}: {table.asset} has no validated version; {remedy}"
            refused[key] = Refusal(words, Cause("not_loaded", table.asset, key))
        elif state.latest.verdict != "passed":
            began = state.latest.cause if state.latest.verdict == "held" else None
            refused[key] = Refusal(
                f"{label}: {_refusal(state.latest)}",
                replace(began, entry=entry) if began else Cause("failed", table.asset, key, entry),
            )
        elif state.latest.contract != table.spec.fingerprint:
            words = f"{label}: {table.asset} was validated under another contract than the one in force; {remedy}"
            refused[key] = Refusal(words, Cause("older_contract", table.asset, key, entry))
        elif stopping := stops_now(table, state.latest):
            words = f"{label}: rows of {table.asset} fail {', '.join(stopping)}, of severity 'stop' by now; {remedy}"
            refused[key] = Refusal(words, Cause("older_contract", table.asset, key, entry))
    known: dict[Receipt, Entry] = {}
    judged = {key: states[key].latest for key in keys if key not in refused}
    todo = {key: _made_of(entry) for key, entry in judged.items()}
    upstream = {asset for entry in judged.values() for asset in entry.made_by} - {table.asset}
    while open_ := {wanted for needed in todo.values() for wanted in needed} - known.keys():
        found = ledger.receipts(session, schema, open_, upstream)
        lost = open_ - found.keys()
        known |= found
        for key, needed in list(todo.items()):
            if missing := sorted(needed & lost):
                asset, partition, version = missing[0]
                refused[key] = Refusal(
                    f"{published_label(table, key)}: no receipt for {asset} {partition} version {version}, which "
                    f"{table.asset} was made of; {command(f'+{table.asset}', key)}",
                    Cause("no_receipt", asset, partition, states[key].latest.id),
                )
                del todo[key]
                continue
            more = needed
            while more := {each for wanted in more & known.keys() for each in _made_of(known[wanted])} - needed:
                needed |= more
    return Judged(refused, known)


def _refusal(entry: Entry) -> str:
    if entry.verdict == "held":
        return f"the last validation of {entry.asset} says {HELD}{root_reason(entry)}"
    words = entry.reason.removeprefix(f"{entry.asset} {entry.partition}".strip() + ": ")
    return f"the last validation of {entry.asset} says failed: {words}"


def _made_of(entry: Entry) -> set[Receipt]:
    return {(asset, key, version) for asset, versions in entry.inputs.items() for key, version in versions.items()}


def published_entry(
    table: DerivedTable,
    key: str,
    receipt: Entry,
    sources: Mapping[Receipt, Entry],
    run: RunInfo,
    shown: str | None = None,
) -> Entry:
    """The entry of a version in production. receipt: its own; sources: those of what it was made of. shown: the version
    of the rows as production shows them, where that is another one.
    """
    attempts: dict[str, set[str]] = {}
    after: dict[str, set[str]] = {}
    contracts = {receipt.asset: receipt.contract}
    todo = list(_made_of(receipt))
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
            raw = f"raw/{name} {source.partition}".strip()
            used = (attempt["attempt"] for attempt in source.attempts if not attempt.get("refused"))
            attempts.setdefault(raw, set()).update(used)
            if source.follows:
                after.setdefault(raw, set()).add(source.follows)
        todo += _made_of(source)
    made = Provenance(receipt.id, receipt.recorded_at.isoformat(), dict(sorted(contracts.items())))
    if table.hides:
        made = replace(made, version=receipt.version, hides=table.hides_code)
    return Entry.passed(
        published(table),
        key,
        shown or receipt.version,
        receipt.rows,
        attempts=[
            {"raw": raw, "attempts": sorted(used)} | ({"after": sorted(after[raw])} if raw in after else {})
            for raw, used in sorted(attempts.items())
        ],
        inputs={receipt.asset: {key: receipt.version}},
        contract=receipt.contract,
        code_version=receipt.code_version,
        made_by=receipt.made_by,
        provenance=made,
        run_id=run.run_id,
    )


def entry_of(asset: str, key: str, receipt_of: str, said: Mapping[str, Any], rows: int) -> Entry:
    """The entry of a version of which only the lake knows: what its pointer says, which `provenance` has put there.

    receipt_of: the asset that has its receipt. What made the rows is not known. Raises ValueError for a pointer that
    says something else.
    """
    contracts, receipt = said.get("contracts", {}), said.get("receipt", {})
    known = {
        "version": said["version"],
        "rows": rows,
        "rows_read": rows,
        "attempts": said.get("raw", []),
        "contract": contracts.get(receipt_of, ""),
        "code_version": said.get("code_version", ""),
        "provenance": {"receipt": "", "validated_at": "", **receipt, "contracts": contracts},
        "run_id": said.get("run_id", ""),
        "decision": said.get("decision"),
    }
    return msgspec.convert({"asset": asset, "partition": key, "verdict": "passed", **known}, Entry)


def _receipt(known: Provenance) -> dict[str, str]:
    hidden = {"version": known.version, "hides": known.hides} if known.hides else {}
    return {"receipt": known.receipt, "validated_at": known.validated_at, **hidden}


def provenance(entry: Entry) -> dict[str, object]:
    """What the lake says of a published version."""
    known = entry.provenance
    return {
        "contracts": dict(known.contracts) if known else {},
        "receipt": _receipt(known) if known else {},
        "raw": list(entry.attempts),
        "code_version": entry.code_version,
        "run_id": entry.run_id,
        **({"decision": asdict(entry.decision)} if entry.decision else {}),
    }
