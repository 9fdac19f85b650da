"""`dataops quarantine`: which rows are not in the tables, and why; and the way back for them."""

import csv
import json
import sys
from argparse import Namespace
from collections.abc import Sequence

from dataops_assets.build import load_project
from dataops_assets.commands.layout import fitting, say, say_command
from dataops_assets.commands.selection import staged_table
from dataops_assets.commands.shared import Unusable, err
from dataops_assets.lake.corrections import fields_of
from dataops_assets.load.correcting import OURS
from dataops_assets.load.set_aside import BadRow, bad_rows, counted

COLUMNS = ["table", "partition", "check", "rows", "state"]
SHOWN = 20
"""Rows, where nobody says how many."""


def quarantine(options: Namespace) -> int:
    """Returns 0; of a replay 1, if rows are still bad. Raises Unusable."""
    if options.action in ("replay", "discard"):
        from dataops_assets.commands.correct import correct

        return correct(options)
    return {"list": _list, "show": _show}[options.action](options)


def _list(options: Namespace) -> int:
    loaded = load_project()
    tables = list(loaded.catalog.staged.values())
    if options.table:
        tables = [staged_table(loaded.catalog, options.table)]
    lines = [
        [table.source.name, key, check, rows, state]
        for table in tables
        for (key, check, state), rows in sorted(counted(loaded.storage.warehouse, table).items())
        if options.all or state != "discarded"
    ]
    if options.format == "csv":
        _csv(COLUMNS, lines)
    elif options.format == "json":
        _json([dict(zip(COLUMNS, line, strict=True)) for line in lines])
    elif not lines:
        say("no row is in quarantine")
    else:
        fitting(COLUMNS, [[str(cell) for cell in line] for line in lines], right=["rows"], least=[["state"]])
        name, newest = lines[-1][0], lines[-1][1]
        say("see them:")
        say_command(f"dataops quarantine show {name}{f' --partition {newest}' if newest else ''}")
    return 0


def _show(options: Namespace) -> int:
    loaded = load_project()
    table = staged_table(loaded.catalog, options.table)
    limit = options.limit if options.limit is not None else SHOWN if options.format == "table" else None
    if limit is not None and limit < 1:
        raise Unusable(f"--limit {limit}: how many rows to show, 1 or more")
    warehouse, check = loaded.storage.warehouse, options.check or ""
    found = bad_rows(warehouse, table, options.partition, check, None if limit is None else limit + 1)
    rows = found[:limit]
    if options.format == "table":
        for row in rows:
            _say(row)
        if not rows:
            say("no such row is in quarantine")
    else:
        records = [_record(row) for row in rows]
        if options.format == "json":
            _json(records)
        else:
            columns = list(dict.fromkeys([*OURS[:-1], *(name for record in records for name in record)]))
            _csv(columns, [[record.get(name) for name in columns] for record in records])
    if len(found) > len(rows):
        err.print(f"there are more than these {len(rows)}; --limit says how many to show")
    return 0


def _say(row: BadRow) -> None:
    say("  ".join(filter(None, [row.id, row.partition, row.checks, row.state])), style="bold")
    say(row.reasons, 4)
    say(f"attempt {row.attempt}", 4)
    say(_fields(row.raw), 4)
    if row.replayed:
        say(f"read as {_fields(row.replayed)}", 4)
    if row.by:
        say(f"{'replayed' if row.replayed else row.state} by {row.by}: {row.because}", 4)


def _fields(raw: str) -> str:
    return ", ".join(f"{name}={value}" for name, value in fields_of(raw).items() if value is not None) or raw


def _record(row: BadRow) -> dict[str, str | None]:
    """As people correct it: the fields as they are read, after those that say what the row is."""
    line = "" if row.fields else row.raw
    ours = dict(zip(OURS, [row.id, row.partition, row.attempt, row.checks, row.reasons, row.state, line], strict=False))
    return {**ours, **row.fields, **fields_of(row.replayed)}


def _csv(columns: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)


def _json(records: Sequence[object]) -> None:
    for record in records:
        print(json.dumps(record, ensure_ascii=False))  # noqa: T201
