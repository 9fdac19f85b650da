"""`dataops diff`: what a publication would change in production now, or what the last one has changed."""

import json
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

import msgspec

from dataops_assets.build import load_project
from dataops_assets.commands.layout import say
from dataops_assets.commands.published import partitions_in, published_table
from dataops_assets.commands.shared import out, show
from dataops_assets.publish.changes import Change, changes
from dataops_assets.publish.names import published, published_label
from dataops_assets.publish.pages import COLUMNS, column_rows, notes, summary
from dataops_assets.warehouse.tables import DerivedTable


def diff(options: Namespace) -> int:
    """Returns 0."""
    loaded = load_project()
    table = published_table(loaded, options.table)
    found = changes(loaded.storage.warehouse, table, partitions_in(table, options.partitions))
    if not options.partitions and any(each.comes for each in found.values()):
        found = {key: each for key, each in found.items() if each.comes}
    if options.format == "json":
        print(json.dumps([_record(key, each) for key, each in found.items()], indent=1, ensure_ascii=False))  # noqa: T201
        return 0
    if not found:
        say(f"{published(table)}: nothing is validated or published yet")
    for key, each in found.items():
        _show(table, key, each)
    return 0


def _decision(table: DerivedTable, change: Change) -> str:
    """What stands between the version and production, or has been decided about it."""
    decision, comes = change.decision, change.comes
    if decision and decision.kind == "rollback":
        return f"held: rolled back by {decision.by} because {decision.reason}"
    if comes and decision and decision.kind == "approve" and decision.version == comes.version:
        return f"approved by {decision.by} because {decision.reason}"
    limit, difference = table.derived.approve_above, change.difference
    if comes and (
        table.derived.publish == "approval" or (limit is not None and difference and difference.share > limit)
    ):
        return "waits for an approval"
    return ""


def _show(table: DerivedTable, key: str, change: Change) -> None:
    label = published_label(table, key)
    difference, last = change.difference, change.last
    if change.comes:
        what = f"version {change.comes.version} is to be published"
    elif last:
        what = f"published {last.recorded_at:%Y-%m-%d %H:%M} UTC as version {last.version}"
    else:
        what = "published before differences were kept" if change.stands else "nothing is validated"
    say(f"{label}: {what}", style="bold")
    if words := _decision(table, change):
        say(words, 2)
    if difference is None:
        return
    say(summary(difference), 2)
    for note in notes(difference):
        say(note, 2)
    if rows := column_rows(difference):
        out.print()
        show(COLUMNS, rows, right=[COLUMNS[1], *COLUMNS[3:]])
    out.print()


def _record(key: str, change: Change) -> dict[str, Any]:
    entry = change.comes or change.last
    record: Mapping[str, Any] = msgspec.to_builtins(change.difference) if change.difference else {}
    return {
        "partition": key or None,
        "status": "to be published" if change.comes else "published" if change.stands else "not validated",
        "version": entry.version if entry else None,
        "decision": msgspec.to_builtins(change.decision),
        **record,
    }
