"""`dataops prune`: what a declared retention lets go, said; and with --apply deleted."""

import json
import uuid
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from dataops_assets.build import Project, load_project
from dataops_assets.commands.decide import who_decides
from dataops_assets.commands.layout import fitting, say
from dataops_assets.commands.shared import out
from dataops_assets.pruning.plan import by_asset
from dataops_assets.pruning.prune import Look, Place, look
from dataops_assets.pruning.prune import prune as delete

_COLUMNS = ["what", "of", "go", "stay", "bytes", "no longer needed since", "until"]


def prune(options: Namespace) -> int:
    """Returns 0."""
    loaded = load_project()
    if loaded.emptiness:
        say(loaded.emptiness)
        return 0
    retention = loaded.settings.retention
    if not retention.is_declared:
        say(f"nothing is ever pruned without a retention; declare one: {', '.join(retention.keeps)}")
        return 0
    with _place(loaded, writes=options.apply) as place:
        gone = None
        if options.apply:
            by = who_decides(options.by)
            run_id = f"prune-{uuid.uuid4().hex[:8]}"
            found, gone = delete(place, by, run_id, loaded.settings.code_version, out.print)
        else:
            found = look(place)
    if options.format == "json":
        print(json.dumps({"applied": options.apply, **_record(found)}, indent=1))  # noqa: T201
        return 0
    _show(found)
    if gone is not None and gone < len(found.lake.items):
        say(f"{len(found.lake.items) - gone} of them stay all the same: somebody came to need them meanwhile")
    if found.is_empty:
        say("there is nothing to prune")
    else:
        say(
            "deleted; now: dataops verify"
            if options.apply
            else "nothing was changed; to delete it: dataops prune --apply"
        )
    return 0


def now() -> datetime:
    """UTC."""
    return datetime.now(UTC)


@contextmanager
def _place(loaded: Project, writes: bool) -> Iterator[Place]:
    about = (loaded.storage, loaded.catalog, loaded.settings.retention, now())
    if loaded.settings.retention.runs_days is None:
        yield Place(*about)
        return
    from dataops_assets.runs.runner import instance_to_read, open_instance

    with (open_instance if writes else instance_to_read)(loaded.settings) as instance:
        yield Place(*about, instance)


def _show(found: Look) -> None:
    rows = []
    for asset, items in by_asset(found.lake.items).items():
        moments = sorted(item.since for item in items)
        size, kept = sum(item.bytes for item in items), found.lake.kept.get(asset, 0)
        what = "attempts" if items[0].kind == "attempt" else "versions"
        span = [moments[0][:10], moments[-1][:10]]
        rows.append([what, asset, f"{len(items):,}", f"{kept:,}", f"{size:,}", *span])
    if found.runs and found.runs.going:
        runs = found.runs
        span = [f"{runs.oldest:%Y-%m-%d}" if runs.oldest else "", f"{runs.newest:%Y-%m-%d}" if runs.newest else ""]
        rows.append(["runs", "Dagster", f"{len(runs.going):,}", f"{len(runs.kept):,}", f"{runs.bytes:,}", *span])
    rows += [["rows", table, f"{count:,}", "", "", "", ""] for table, count in found.messages.items() if count]
    if rows:
        fitting(_COLUMNS, rows, right=["go", "stay", "bytes"], least=[["until"], ["stay"]])
    for note in found.lake.notes:
        say(note)
    for pruning in found.interrupted:
        say(f"the pruning of {pruning.name} by {pruning.by} was interrupted; to finish it: dataops prune --apply")


def _record(found: Look) -> dict[str, Any]:
    return {
        "lake": [
            {
                "asset": item.asset,
                "kind": item.kind,
                "partition": item.partition,
                "name": item.name,
                "bytes": item.bytes,
                "since": item.since,
            }
            for item in found.lake.items
        ],
        "kept": found.lake.kept,
        "runs": list(found.runs.going) if found.runs else [],
        "runs_kept": len(found.runs.kept) if found.runs else 0,
        "messages": dict(found.messages),
        "notes": found.lake.notes,
        "interrupted": [pruning.name for pruning in found.interrupted],
    }
