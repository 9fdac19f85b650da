"""`dataops quarantine replay` and `discard`: decide about bad rows, and load the partition again."""

import getpass
import json
import uuid
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dataops_assets.build import Project, load_project
from dataops_assets.commands.layout import say, say_command
from dataops_assets.commands.run import execute
from dataops_assets.commands.selection import partition_of, staged_table
from dataops_assets.commands.shared import Unusable, err
from dataops_assets.load.correcting import CorrectionRefused, Deciding
from dataops_assets.warehouse.errors import QueryRefused

_FORMATS = (".csv", ".json", ".jsonl", ".parquet")


def correct(options: Namespace) -> int:
    """Returns 1 if a row that was replayed is bad again, or if the load failed; else 0. Raises Unusable."""
    loaded = load_project()
    table = staged_table(loaded.catalog, options.table)
    partition = partition_of(table, options.partition)
    if not options.reason.strip():
        raise Unusable("--reason: say why; it is kept with what was decided")
    run_id = f"{options.action}-{uuid.uuid4().hex[:8]}"
    storage, by = loaded.storage, options.by or getpass.getuser()
    deciding = Deciding(storage.warehouse, storage.staging, table, partition, by, options.reason.strip(), run_id)
    try:
        if options.action == "replay":
            rows = _rows(loaded, options)
            # A query of what is in quarantine gives nothing once that is replayed: the same command may come twice.
            made = deciding.replay(rows) if rows or not options.sql else None
        else:
            made = deciding.discard(options.row, options.check or "")
    except CorrectionRefused as error:
        raise Unusable(str(error)) from error
    label, word = table.label(options.partition or ""), "replayed" if options.action == "replay" else "discarded"
    say(f"{label}: {len(made.rows)} rows {word} by {by}" if made else f"{label}: nothing new was said of any row")
    # Also if nothing is new: a killed command may have left it to be loaded.
    span = (partition.key, partition.key) if partition else None
    code = execute(loaded, table.asset, span)
    bad = deciding.still_bad(made) if made else []
    for row in bad:
        err.print(f"{label}: row {row.id} is bad again: {row.reasons}", style="red")
    if made and code == 0:
        option = f" --partitions {partition.key}" if partition else ""
        say("what is built on it is stale now; build it:")
        say_command(f"dataops run --plan{option}")
    return 1 if bad else code


def _rows(loaded: Project, options: Namespace) -> Sequence[Mapping[str, Any]]:
    if options.sql:
        try:
            return loaded.storage.warehouse.query(options.given).to_pylist()
        except QueryRefused as error:
            raise Unusable(f"--sql: {error}") from error
    path = Path(options.given)
    if path.suffix not in _FORMATS:
        raise Unusable(f"{path}: the corrected rows are read from {', '.join(_FORMATS)}")
    try:
        return _read(path)
    except (OSError, ValueError, TypeError) as error:
        raise Unusable(f"{path} cannot be read: {error}") from error


def _read(path: Path) -> Sequence[Mapping[str, Any]]:
    """The rows of a file; a number in JSON is its text, digit by digit. Raises OSError, ValueError and TypeError."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(path).to_pylist()
    if path.suffix == ".csv":
        import csv

        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream, strict=True, restkey="", restval=None)
            rows = list(reader)
        for number, row in enumerate(rows, 1):
            if "" in row or None in row.values():
                raise ValueError(f"row {number} has another number of fields than the header")
        return [{name: value or None for name, value in row.items()} for row in rows]
    text = path.read_text(encoding="utf-8-sig")
    texts = [text] if path.suffix == ".json" else [line for line in text.split("\n") if line.strip()]
    found = [json.loads(each, parse_int=str, parse_float=str) for each in texts]
    rows = found[0] if path.suffix == ".json" else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("a list of objects is expected")
    return rows
