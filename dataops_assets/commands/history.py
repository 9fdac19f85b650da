"""`dataops history`: which versions stood in a partition of production, since when, by whom, and made of what."""

import json
from argparse import Namespace
from typing import Any

import msgspec

from dataops_assets.build import load_project
from dataops_assets.commands.layout import fitting, say
from dataops_assets.commands.published import partitions_in, published_table
from dataops_assets.commands.shared import Unusable
from dataops_assets.lake.prunings import pruned_versions
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Version, are_there
from dataops_assets.ledger.entry import Entry, key_of
from dataops_assets.ledger.history import history as entries_of
from dataops_assets.ledger.history import turns
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.names import published_label
from dataops_assets.publish.pages import summary
from dataops_assets.warehouse.tables import DerivedTable

COLUMNS = ["when (UTC)", "what", "version", "who", "code", "raw attempts", "rows"]
_LEAST = [["raw attempts"], ["code"], ["who"]]


def history(options: Namespace) -> int:
    """Returns 0, or 1 if nothing was ever published of the partition."""
    loaded = load_project()
    table = published_table(loaded, options.table)
    partitions = partitions_in(table, options.partition) or []
    if len(partitions) != 1:
        raise Unusable(f"{table.derived.name} has partitions; say which one, --partition KEY")
    [key] = map(key_of, partitions)
    warehouse, asset = loaded.storage.warehouse, f"production/{table.derived.name}"
    with warehouse.session() as session, session.reading():
        found = turns(entries_of(session, warehouse.staging, asset, [key]).get(key, ()))
    pruned = _pruned(loaded.storage.production, table, partitions[0])
    if options.format == "json":
        records = [{**_record(entry), "pruned": pruned.get(entry.version, "")} for entry in found]
        print(json.dumps(records, indent=1, ensure_ascii=False))  # noqa: T201
        return 0
    if not found:
        say(f"{published_label(table, key)}: nothing was ever published")
        return 1
    fitting(COLUMNS, [row_of(entry, entry.version in pruned) for entry in found], right=["rows"], least=_LEAST)
    for reason in dict.fromkeys(
        f"{e.decision.kind} by {e.decision.by}: {e.decision.reason}" for e in found if e.decision
    ):
        say(reason)
    return 0


def _pruned(store: Store, table: DerivedTable, partition: Partition | None) -> dict[str, str]:
    """The versions of a partition that are no longer in the lake, with when they were pruned."""
    key = key_of(partition)
    every = pruned_versions(store, table.relation)
    found = {version: pruning.name for (where, version), pruning in every.items() if where == key}
    return {
        version: moment
        for version, moment in found.items()
        if not are_there(store, [Version(table.relation, partition, version, {})])
    }


def row_of(entry: Entry, pruned: bool = False) -> list[str]:
    """A version under COLUMNS. pruned: its rows are no longer kept."""
    raw = [attempt for each in entry.attempts for attempt in each["attempts"]]
    made = f"{len(raw)}, newest {max(raw)[:19]}" if raw else ""
    return [
        f"{entry.recorded_at:%Y-%m-%d %H:%M:%S}",
        _what(entry) + (", pruned" if pruned else ""),
        _version(entry)[:12],
        _who(entry),
        entry.code_version[:12],
        made,
        summary(entry.difference) if entry.difference and entry.difference.before else f"{entry.rows:,} rows",
    ]


def _what(entry: Entry) -> str:
    decided = {"approve": "approved", "rollback": "rolled back", "release": "released"}
    if entry.decision is None:
        return "published"
    return decided[entry.decision.kind] + (", published" if _was_approved(entry) else "")


def _was_approved(entry: Entry) -> bool:
    """Is it the publication of what was approved, and not the approval?"""
    return bool(entry.decision and entry.decision.kind == "approve" and entry.verdict == "passed")


def _version(entry: Entry) -> str:
    """What was decided about, or published."""
    return entry.decision.version if entry.decision else entry.version


def _who(entry: Entry) -> str:
    """Who decided it, or the run that wrote it."""
    if entry.decision and not _was_approved(entry):
        return entry.decision.by
    run = f"run {entry.run_id[:8]}" if entry.run_id else ""
    return f"{run}, approved by {entry.decision.by}" if entry.decision else run


def _record(entry: Entry) -> dict[str, Any]:
    return {
        "at": entry.recorded_at.isoformat(),
        "what": _what(entry),
        "version": _version(entry),
        "rows": entry.rows,
        "run_id": entry.run_id,
        "code_version": entry.code_version,
        "made_by": {asset: list(codes) for asset, codes in entry.made_by.items()},
        "raw": list(entry.attempts),
        "decision": msgspec.to_builtins(entry.decision),
        "difference": msgspec.to_builtins(entry.difference),
    }
