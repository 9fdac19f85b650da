"""`dataops status`: what each table holds, what failed and why, what is stale, what is missing, and what mends it."""

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from dataops_assets.build import Project, load_project
from dataops_assets.commands.dagster_files import may_know
from dataops_assets.commands.details import print_details
from dataops_assets.commands.layout import fitting, say_line
from dataops_assets.commands.selection import selected
from dataops_assets.commands.shared import bytes_text, out
from dataops_assets.commands.summaries import AssetSummary, summaries
from dataops_assets.commands.wording import orphan_lines
from dataops_assets.ledger import measuring, rulings
from dataops_assets.ledger.ruling import said_today
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.spans import spans
from dataops_assets.staleness.judge import judge
from dataops_assets.staleness.orphans import Orphan, orphans
from dataops_assets.staleness.snapshot import tables_of, take
from dataops_assets.validation.rulings import Rulings

if TYPE_CHECKING:
    from dataops_assets.commands.costs import Cost

Reasons = Mapping[str, Mapping[str, str]]
"""Why they failed, by asset and partition."""

COLUMNS = ["table", "newest", "loaded", "missing", "failed", "held", "stale", "rows", "quarantined", "last run (UTC)"]
COST_COLUMNS = ["billed", "slot time"]
_COUNTS = ["missing", "failed", "held", "stale", "quarantined"]
"""Columns that say nothing where there is none."""
_LEAST = [["last run (UTC)"], ["slot time"], ["newest"]]

_T = TypeVar("_T")


def status(options: Namespace) -> int:
    """Returns 0; partitions that failed are said, and what mends them."""
    loaded = load_project()
    if loaded.emptiness:
        out.print("[]" if options.format == "json" else loaded.emptiness)
        return 0
    chosen = selected(loaded.catalog, options.select, _plain_keys(loaded))
    asked = ask_dagster(loaded)
    spent, plain = asked.costs, {asset: reasons for asset, reasons in asked.plain.items() if asset in chosen}
    snapshot = take(loaded.storage, loaded.catalog, asked.extractions)
    # Of all: what holds back an asset that is selected may be in one that is not.
    judged = judge(loaded.catalog, snapshot)
    every = summaries(loaded.catalog, loaded.storage.staging, snapshot, judged, asked.writes)
    found = [each for each in every if each.asset in chosen]
    add_unusual(loaded, found)
    if options.format == "json":
        records = [*(_record(each, spent) for each in found), *(_plain_record(*each) for each in plain.items())]
        if not options.select:
            records += _orphan_records(orphans(loaded.storage, loaded.catalog, snapshot))
        print(json.dumps(records, indent=1, ensure_ascii=False))  # noqa: T201
        return 0
    rows = [_line(each) for each in found]
    columns = list(COLUMNS)
    if loaded.settings.cloud:
        columns += COST_COLUMNS
        rows = _with_costs(rows, spent)
    if found:
        nothing = [name for at, name in enumerate(columns) if name in _COUNTS and not any(row[at] for row in rows)]
        fitting(columns, rows, right=[*COLUMNS[2:9], *COST_COLUMNS], least=[nothing, *_LEAST])
    print_details(found, {each.asset: each.calendar for each in every}, loaded.storage.warehouse.staging, plain)
    if not options.select:
        for line in orphan_lines(orphans(loaded.storage, loaded.catalog, snapshot)):
            say_line(line)
        _say_routes_behind(loaded)
    return 0


def add_unusual(loaded: Project, found: Sequence[AssetSummary]) -> None:
    """What statistical checks warn of in partitions that are written."""
    tables, warehouse = tables_of(loaded.catalog), loaded.storage.warehouse
    asked = [each for each in found if each.asset in tables and tables[each.asset].statistics]
    if not asked:
        return
    with warehouse.session() as session, session.reading():
        measured = measuring.newest(session, warehouse.staging, exceeded=True)
        said = rulings.every(session, warehouse.staging)
    for summary in asked:
        of = said.get(summary.asset, Rulings())
        for key in sorted(summary.loaded):
            for result in said_today(tables[summary.asset], measured.get((summary.asset, key), ()), of):
                if result.measured.verdict == "failed" and result.measured.statistic.severity == "warn":
                    summary.unusual.setdefault(result.check, {})[key] = result.measured.reason


def _say_routes_behind(loaded: Project) -> None:
    """Whoever should have been told may not know."""
    if topic := loaded.settings.channels.topic:
        from dataops_assets.messages.post import long_waiting

        if words := long_waiting(loaded.storage.warehouse, topic, datetime.now(UTC)):
            say_line(f"\n{words}")
            say_line("    dataops messages")
    if loaded.settings.alerts is None:
        return
    from dataops_assets.alerting.routes import read_routes
    from dataops_assets.alerting.tick import long_behind

    for each in long_behind(loaded.storage.warehouse, read_routes(loaded.settings.alerts), datetime.now(UTC)):
        say_line(f"\n{each}")
        say_line("    dataops alerts")


def _record(summary: AssetSummary, spent: "Mapping[str, Cost]") -> dict[str, object]:
    """One asset as JSON has it; partitions are pairs of the first and the last of a range."""
    cost = spent.get(summary.asset)
    held = {key: (each.words, key in summary.mended) for key, each in summary.held.items()}
    return {
        "asset": summary.asset,
        "owners": list(summary.owners),
        "newest": (max(summary.loaded, default=None) or None) if summary.calendar else None,
        "loaded": len(summary.loaded),
        "missing": _ranges(summary.missing, summary.calendar),
        "failed": _failed_records(summary.failed, summary.calendar),
        "held": [
            {"partitions": _ranges(keys, summary.calendar), "because": words, "mended": mended}
            for (words, mended), keys in _grouped(held).items()
        ],
        "stale": [
            {"partitions": _ranges(keys, summary.calendar), "because": words}
            for words, keys in _grouped(summary.stale).items()
        ],
        "flagged": [
            {
                "partitions": _ranges(each.rows, summary.calendar),
                "check": each.check,
                "severity": each.severity.value,
                "rows": sum(each.rows.values()),
            }
            for each in summary.flagged
        ],
        "unusual": [
            {"partitions": _ranges(keys, summary.calendar), "check": check, "severity": "warn", "because": words}
            for check, reasons in summary.unusual.items()
            for words, keys in _grouped(reasons).items()
        ],
        "rows": summary.rows,
        "quarantined": summary.quarantined,
        "quarantine": [
            {"partitions": _ranges(keys, summary.calendar), "rows": rows}
            for rows, keys in _grouped(summary.quarantine).items()
        ],
        "late": summary.late or None,
        "last_run": f"{summary.last.replace(' ', 'T')}Z" if summary.last else None,
        **({"bytes_billed": cost.bytes_billed, "slot_ms": cost.slot_ms} if cost else {}),
    }


def _plain_record(asset: str, failed: Mapping[str, str]) -> dict[str, object]:
    """Of a plain asset no more is known than that it failed; its partitions stand alone."""
    return {"asset": asset, "failed": _failed_records(failed, None)}


def _orphan_records(found: Mapping[str, Orphan]) -> Iterator[dict[str, object]]:
    """What no dataset makes any more. orphan: "dataset"; "calendar", of another one; "folder", of the lake."""
    for orphan in found.values():
        about: dict[str, object] = {"failed": [], "drop": f"dataops drop {orphan.name}"}
        for asset, count in orphan.assets.items():
            yield {"asset": asset, "orphan": "dataset", "partitions": count, **about}
        for asset, keys in orphan.older.items():
            yield {"asset": asset, "orphan": "calendar", "partitions": len(keys), **about}
        for folder in orphan.folders:
            yield {"asset": None, "orphan": "folder", "folder": folder, "failed": []}


def _failed_records(failed: Mapping[str, str], calendar: TimePartitions | None) -> list[dict[str, object]]:
    return [{"partitions": _ranges(keys, calendar), "reason": reason} for reason, keys in _grouped(failed).items()]


def _grouped(reasons: Mapping[str, _T]) -> dict[_T, list[str]]:
    found: dict[_T, list[str]] = {}
    for key, reason in sorted(reasons.items()):
        found.setdefault(reason, []).append(key)
    return found


def _ranges(keys: Iterable[str], calendar: TimePartitions | None) -> list[list[str]]:
    return [[first, last] for first, last, _ in spans(keys, calendar)]


def _plain_keys(loaded: Project) -> list[str]:
    if not loaded.datasets.plain:
        return []
    from dataops_assets.runs.plain_failures import keys

    return keys(loaded.datasets.plain)


@dataclass(frozen=True)
class Asked:
    """What Dagster alone knows: the extractions that failed by source, the writes that did by asset, the plain assets
    that did, and on BigQuery the costs by asset.
    """

    extractions: Reasons = field(default_factory=dict)
    writes: Reasons = field(default_factory=dict)
    plain: Reasons = field(default_factory=dict)
    costs: "Mapping[str, Cost]" = field(default_factory=dict)


def ask_dagster(loaded: Project) -> Asked:
    """Ask it where it may know something; else it is not even imported."""
    tables, sources = tables_of(loaded.catalog), list(loaded.catalog.staged)
    every = [*(f"raw/{name}" for name in sources), *tables]
    if not may_know(loaded.settings, None if loaded.datasets.plain else every):
        return Asked()
    from dataops_assets.commands.costs import costs
    from dataops_assets.runs import runner
    from dataops_assets.runs.failures import Failures
    from dataops_assets.runs.plain_failures import failed_plain_assets

    checks = {asset: "receipt" if asset.startswith("production/") else "contract" for asset in tables}
    with runner.instance_to_read(loaded.settings) as instance:
        failures = Failures(instance)
        return Asked(
            failures.extractions(sources),
            failures.writes(checks),
            failed_plain_assets(instance, failures, loaded.datasets.plain),
            costs(instance, every) if loaded.settings.cloud else {},
        )


def _line(summary: AssetSummary) -> list[object]:
    newest = max(summary.loaded, default="")
    return [
        summary.asset,
        newest if summary.calendar else ("whole" if summary.loaded else ""),
        len(summary.loaded),
        len(summary.missing),
        len(summary.failed),
        len(summary.held),
        len(summary.stale),
        summary.rows,
        summary.quarantined,
        summary.last[:16],
    ]


def _with_costs(rows: list[list[object]], spent: "Mapping[str, Cost]") -> list[list[object]]:
    """The lines with what BigQuery was paid for each asset so far, and a line for the sum."""
    from dataops_assets.commands.costs import Cost

    total = Cost(sum(c.bytes_billed for c in spent.values()), sum(c.slot_ms for c in spent.values()))
    by_line = [*(spent[str(row[0])] for row in rows), total]
    rows = [*rows, ["all", *[""] * (len(COLUMNS) - 1)]]
    return [
        [*row, bytes_text(cost.bytes_billed), f"{cost.slot_ms / 1000:,.1f} s"] if cost.slot_ms else [*row, "", ""]
        for row, cost in zip(rows, by_line, strict=True)
    ]
