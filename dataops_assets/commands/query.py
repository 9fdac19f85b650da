"""`dataops query`: one SQL query over the warehouse.

It needs the settings and the warehouse, and no dataset: what a run needs, Dagster above all, is not imported.
"""

import csv
import json
import math
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import count
from typing import Any

import pyarrow as pa

from dataops_assets.commands.interrupts import at_once
from dataops_assets.commands.shared import Unusable, out, show
from dataops_assets.nearest import suggestion
from dataops_assets.profiles.reading import reader
from dataops_assets.settings import Settings, SettingsError, read_env_file
from dataops_assets.warehouse.errors import QueryRefused

SHOWN = 1000
"""Rows of a table on the terminal, which lays out all of them before it shows the first."""


def query(options: Namespace) -> int:
    """Returns 0; a query that the warehouse refuses is an unusable argument."""
    try:
        read_env_file()
        with at_once():
            asked = reader(Settings.from_environment())
    except SettingsError as error:
        raise Unusable(str(error)) from error
    try:
        with at_once():
            table = asked.query(options.sql)
    except SettingsError as error:  # credentials are looked for where they are needed
        raise Unusable(str(error)) from error
    except QueryRefused as error:
        if error.table:
            raise Unusable(f"there is no table {error.table}; {suggestion(error.table, asked.tables())}") from error
        # DuckDB repeats the line that is at fault below what it says of it, and makes lines of hints.
        raise Unusable(" ".join(str(error).partition("\n\nLINE ")[0].split())) from error
    {"csv": _csv, "json": _json, "table": _table}[options.format](table)
    return 0


def _csv(table: pa.Table) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows([_text(value) for value in row] for row in _rows(table))


def _json(table: pa.Table) -> None:
    names = _unique(table.column_names)
    for row in _rows(table):
        record = dict(zip(names, map(_plain, row), strict=True))
        out.file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def _table(table: pa.Table) -> None:
    numbers = [f.name for f in table.schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)]
    show(table.column_names, ([*map(_text, row)] for row in _rows(table.slice(0, SHOWN))), right=numbers)
    if table.num_rows > SHOWN:
        out.print(f"… and {table.num_rows - SHOWN:,} more rows; --format csv or json gives all")


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """By position: a query may give two columns one name."""
    for batch in table.to_batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _unique(names: Sequence[str]) -> list[str]:
    """The names, each once: the second `a` is `a_1`, as in DuckDB."""
    found: list[str] = []
    for name in names:
        later = (f"{name}_{n}" for n in count(1))
        found.append(name if name not in found else next(each for each in later if each not in (*names, *found)))
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(_plain(value), ensure_ascii=False)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _plain(value: object) -> object:
    """As JSON has it: what is not a number is null, bytes are hexadecimal, decimals and times are text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    return value if value is None or isinstance(value, bool | int | str) else _text(value)
