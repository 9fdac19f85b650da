"""`dataops quarantine`: which rows are not in the tables, and why."""

import csv
import json
import sys
from argparse import Namespace
from collections.abc import Sequence

from dataops_assets.build import load_project
from dataops_assets.commands.layout import fitting, say, say_command
from dataops_assets.commands.shared import Unusable, err
from dataops_assets.layers.catalog import Catalog
from dataops_assets.load.set_aside import BadRow, bad_rows, counted
from dataops_assets.nearest import suggestion
from dataops_assets.warehouse.tables import StagedTable

COLUMNS = ["table", "partition", "check", "rows", "load"]
SHOWN = 20
"""Rows, where nobody says how many."""
_OURS = ["_row", "_partition", "_attempt", "_checks", "_reasons", "_load", "_line"]


def quarantine(options: Namespace) -> int:
    """Returns 0. Raises Unusable."""
    return {"list": _list, "show": _show}[options.action](options)


def _list(options: Namespace) -> int:
    loaded = load_project()
    tables = list(loaded.catalog.staged.values())
    if options.table:
        tables = [staged_table(loaded.catalog, options.table)]
    lines = [
        [table.source.name, key, check, rows, "stopped" if stopped else "passed"]
        for table in tables
        for (key, check, stopped), rows in sorted(counted(loaded.storage.warehouse, table).items())
    ]
    if options.format == "csv":
        _csv(COLUMNS, lines)
    elif options.format == "json":
        _json([dict(zip(COLUMNS, line, strict=True)) for line in lines])
    elif not lines:
        say("no row is in quarantine")
    else:
        fitting(COLUMNS, [[str(cell) for cell in line] for line in lines], right=["rows"], least=[["load"]])
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
            columns = list(dict.fromkeys([*_OURS, *(name for record in records for name in record)]))
            _csv(columns, [[record.get(name) for name in columns] for record in records])
    if len(found) > len(rows):
        err.print(f"there are more than these {len(rows)}; --limit says how many to show")
    return 0


def staged_table(catalog: Catalog, name: str) -> StagedTable:
    """The table of a source, by its name, or by the key of its asset. Raises Unusable."""
    found = catalog.staged.get(name.removeprefix("staged/"))
    if found is None:
        raise Unusable(f"no source {name!r}; {suggestion(name, catalog.staged)}; other tables have no quarantine")
    return found


def _say(row: BadRow) -> None:
    load = "of a stopped load" if row.stopped else ""
    say("  ".join(filter(None, [row.id, row.partition, row.checks, load])), style="bold")
    say(row.reasons, 4)
    say(f"attempt {row.attempt}", 4)
    say(", ".join(f"{name}={value}" for name, value in row.fields.items() if value is not None) or row.raw, 4)


def _record(row: BadRow) -> dict[str, str | None]:
    line = "" if row.fields else row.raw
    load = "stopped" if row.stopped else "passed"
    ours = [row.id, row.partition, row.attempt, row.checks, row.reasons, load, line]
    return {**dict(zip(_OURS, ours, strict=True)), **row.fields}


def _csv(columns: Sequence[str], lines: Sequence[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(lines)


def _json(records: Sequence[object]) -> None:
    for record in records:
        print(json.dumps(record, ensure_ascii=False))  # noqa: T201
