"""`dataops query`: one SQL query over the warehouse."""

import csv
import json
import sys
from argparse import Namespace
from datetime import date, datetime

import duckdb
import pyarrow as pa

from dataops_assets.build import load_project
from dataops_assets.commands.shared import Unusable, out, show
from dataops_assets.warehouse.bigquery.errors import QueryRefused, QueryTooLarge


def query(options: Namespace) -> int:
    """Returns 0; a query that the warehouse refuses is an unusable argument."""
    try:
        table = load_project().storage.warehouse.query(options.sql)
    except (duckdb.Error, QueryRefused, QueryTooLarge) as error:
        # DuckDB repeats the line that is at fault below what it says of it, and makes lines of hints.
        raise Unusable(" ".join(str(error).partition("\n\nLINE ")[0].split())) from error
    if options.format == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches():
            writer.writerows([_text(value) for value in row.values()] for row in batch.to_pylist())
    elif options.format == "json":
        for batch in table.to_batches():
            for row in batch.to_pylist():
                out.file.write(
                    json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False) + "\n"
                )
    else:
        numbers = [f.name for f in table.schema if pa.types.is_integer(f.type) or pa.types.is_floating(f.type)]
        rows = ([_text(value) for value in row.values()] for row in table.to_pylist())
        show(table.column_names, rows, right=numbers)
    return 0


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float | str) else _text(value)
