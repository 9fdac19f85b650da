"""`dataops profile`: what is known of a table's partitions together, column by column, without reading a row."""

import json
from argparse import Namespace
from collections.abc import Mapping

from dataops_assets.build import Project, load_project
from dataops_assets.commands.layout import fitting, say
from dataops_assets.commands.selection import scope_of, table_named
from dataops_assets.commands.shared import Unusable
from dataops_assets.ledger import profiles
from dataops_assets.model.spans import spans_text
from dataops_assets.validation.profile import ColumnProfile, Profile, bucket_value, merged
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

COLUMNS = ["column", "missing", "distinct", "least", "median", "most", "mean", "sd", "most frequent"]
_LEAST = [["sd"], ["most frequent"], ["distinct"], ["mean"]]
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_TOP = 3
_WIDEST = 20
_AFTER_ALL = "~"
"""Comes after every character of a partition's key."""


def profile(options: Namespace) -> int:
    """Returns 0."""
    loaded = load_project()
    table = table_named(loaded.catalog, options.table)
    found = _profiles(loaded, table, options.partitions)
    if not found:
        where = f" in {options.partitions}" if options.partitions else ""
        raise Unusable(f"{table.asset} has no profile{where}; a partition gets one when it is loaded or built")
    together = merged([found[key] for key in sorted(found)])
    if options.format == "json":
        print(json.dumps(_record(table, sorted(found), together), indent=1, ensure_ascii=False))  # noqa: T201
        return 0
    which = f" {spans_text(sorted(found), table.calendar)}" if table.calendar else ""
    say(f"{table.asset}{which}: {together.rows:,} rows")
    rows = [_line(name, column) for name, column in together.columns.items()]
    fitting(COLUMNS, rows, right=COLUMNS[1:8], least=_LEAST)
    for (one, other), pair in together.pairs.items():
        if pair.correlation is not None:
            say(f"correlation of {one} and {other}: {pair.correlation:.3f}, of {pair.rows:,} rows")
    return 0


def _profiles(loaded: Project, table: StagedTable | DerivedTable, partitions: str | None) -> Mapping[str, Profile]:
    """By partition; of the newest one, if none is named. Raises Unusable."""
    within = scope_of({table.asset}, partitions)
    first, _, last = (partitions or "").partition("..")
    bounds = (first[:7], f"{last or first}{_AFTER_ALL}") if first else ("", _AFTER_ALL)
    warehouse = loaded.storage.warehouse
    with warehouse.session() as session, session.reading():
        found = profiles.between(session, warehouse.staging, table.asset, *bounds)()
    if not partitions and found:
        newest = max(found)
        return {newest: found[newest]}
    return {key: each for key, each in found.items() if within(table.asset, table.calendar, key)}


def _line(name: str, column: ColumnProfile) -> list[str]:
    share = column.null_share
    frequent = sorted(column.values.items(), key=lambda item: (-item[1], item[0]))[:_TOP]
    shown = ", ".join(f"{value} {count / column.filled:.0%}" for value, count in frequent) if column.filled else ""
    return [
        name,
        "" if not share else f"{share:.1%}",
        _distinct(column),
        _short(column.least),
        _number(column.quantile(0.5)),
        _short(column.most),
        _number(column.mean),
        _number(column.sd),
        shown if column.kind == "text" else "",
    ]


def _distinct(column: ColumnProfile) -> str:
    if column.distinct is None:
        return ""
    return f"{column.distinct:,}" if column.distinct == column.distinct_most else f"≥ {column.distinct:,}"


def _short(text: str | None) -> str:
    text = (text or "").removesuffix("+00")  # of moments, which are UTC
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def _record(table: StagedTable | DerivedTable, keys: list[str], profile: Profile) -> dict[str, object]:
    return {
        "asset": table.asset,
        "partitions": keys,
        "rows": profile.rows,
        "columns": [_column_record(name, column) for name, column in profile.columns.items()],
        "correlations": [
            {"columns": [*names], "rows": pair.rows, "correlation": pair.correlation}
            for names, pair in profile.pairs.items()
        ],
    }


def _column_record(name: str, column: ColumnProfile) -> dict[str, object]:
    record: dict[str, object] = {
        "column": name,
        "kind": column.kind,
        "rows": column.rows,
        "nulls": column.nulls,
        "distinct": column.distinct,
        "distinct_at_most": column.distinct_most,
        "least": column.least,
        "most": column.most,
    }
    if column.kind == "number":
        buckets, rows = column.buckets
        record |= {
            "mean": column.mean,
            "sd": column.sd,
            "quantiles": {f"{q:g}": column.quantile(q) for q in _QUANTILES},
            "histogram": [[bucket_value(int(b), column.whole), int(n)] for b, n in zip(buckets, rows, strict=True)],
        }
    elif column.values:
        record["values"] = dict(sorted(column.values.items(), key=lambda item: (-item[1], item[0])))
    return record
