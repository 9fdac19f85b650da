"""`dataops status`: what each table holds, what it lacks, what was refused, and what is stale."""

from argparse import Namespace
from datetime import UTC, datetime

from dataops_assets import runner
from dataops_assets.build import load_project
from dataops_assets.commands.costs import Cost, costs
from dataops_assets.commands.shared import bytes_said, out, show
from dataops_assets.lake.attempts import attempts
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.settings import Settings
from dataops_assets.warehouse import ledger
from dataops_assets.warehouse.ledger import State

COLUMNS = ["table", "newest", "loaded", "missing", "failed", "stale", "rows", "quarantined", "last run (UTC)"]
COST_COLUMNS = ["billed", "slot time"]


def status(options: Namespace) -> int:
    """Returns 0; partitions that failed are said, and what mends them."""
    loaded = load_project()
    catalog, warehouse, lake = loaded.catalog, loaded.storage.warehouse, loaded.storage.staging
    assets: dict[str, TimePartitions | None] = {}
    for table in catalog.staged.values():
        assets[table.asset] = table.by
    for name, table in catalog.derived.items():
        assets[table.asset] = table.by
        if table.derived.publish:
            assets[f"production/{name}"] = table.by
    with warehouse.session() as session, session.reading():
        states = {asset: ledger.states(session, warehouse.staging, asset) for asset in assets}
    versions = {
        (asset, key): state.passed.version
        for asset, known in states.items()
        for key, state in known.items()
        if state.passed
    }
    rows = [_raw_line(lake, table.source.name, table.by) for table in catalog.staged.values()]
    rows += [_line(asset, assets[asset], known, versions) for asset, known in states.items()]
    columns = list(COLUMNS)
    if loaded.settings.cloud:
        columns += COST_COLUMNS
        rows = _with_costs(loaded.settings, rows)
    show(columns, rows, right=[*COLUMNS[2:8], *COST_COLUMNS])
    _problems(states)
    return 0


def _line(asset: str, by: TimePartitions | None, known: dict[str, State], versions: dict) -> list[object]:
    calendar = _calendar(by)
    gone = {key for key in calendar if by and not by.keeps_key(key)}
    passed = [state.passed for key, state in known.items() if state.passed and key not in gone]
    failed = [key for key, state in known.items() if state.latest.verdict != "passed"]
    stale = [e.partition for e in passed if _stale(e, versions)]
    newest = max((entry.partition for entry in passed), default="")
    last = max((state.latest.recorded_at for state in known.values()), default=None)
    return [
        asset,
        newest if by else ("whole" if passed else ""),
        len(passed),
        len(calendar - gone - {entry.partition for entry in passed}),
        len(failed),
        len(stale),
        sum(entry.rows for entry in passed),
        sum(entry.rows_quarantined for entry in passed),
        f"{last:%Y-%m-%d %H:%M:%S}" if last else "",
    ]


def _with_costs(settings: Settings, rows: list[list[object]]) -> list[list[object]]:
    """The lines with what BigQuery was paid for each asset so far, and a line for the sum."""
    instance = runner.open_instance(settings)
    try:
        spent = costs(instance, [str(row[0]) for row in rows])
    finally:
        instance.dispose()
    total = Cost(sum(c.bytes_billed for c in spent.values()), sum(c.slot_ms for c in spent.values()))
    rows = [*rows, ["all", *[""] * (len(COLUMNS) - 1)]]
    return [
        [*row, bytes_said(cost.bytes_billed), f"{cost.slot_ms / 1000:,.1f} s"] if cost.slot_ms else [*row, "", ""]
        for row, cost in zip(rows, (*spent.values(), total), strict=True)
    ]


def _stale(entry: ledger.Entry, versions: dict) -> bool:
    """Built from versions that are no longer the current ones, or before all its history was there."""
    moved = any(
        versions.get((asset, key)) != version for asset, keys in entry.inputs.items() for key, version in keys.items()
    )
    lacking = [name for check in entry.checks for name in check.get("missing", ())]
    return moved or any(tuple(name.split(" ", 1)) in versions for name in lacking)


def _raw_line(lake, name: str, by: TimePartitions | None) -> list[object]:
    wanted = {by.of(key).folder: key for key in sorted(_calendar(by))} if by else {}
    if by is None:
        found = attempts(lake, name, None)
        last = found[-1] if found else None
        return [f"raw/{name}", "whole" if last else "", int(bool(last)), int(not last), 0, 0,
                last.rows if last else 0, "", _when(last)]  # fmt: skip
    there = [folder for folder in lake.folders(f"raw_{name}/") if folder in wanted]
    newest = attempts(lake, name, by.of(wanted[there[-1]])) if there else []
    last = newest[-1] if newest else None
    return [f"raw/{name}", wanted[there[-1]] if there else "", len(there), len(wanted) - len(there), 0, 0, "", "",
            _when(last)]  # fmt: skip


def _when(manifest) -> str:
    return manifest.committed_at[:19].replace("T", " ") if manifest else ""


def _calendar(by: TimePartitions | None) -> set[str]:
    """The keys of all partitions that are over."""
    if by is None:
        return {ledger.WHOLE}
    end = min(by.end, datetime.now(UTC)) if by.end else datetime.now(UTC)
    if end <= by.start:
        return set()
    last = by.before(end)
    if last.start < by.start:
        return set()
    return {partition.key for partition in by.between(by.at(by.start).key, last.key)}


def _problems(states: dict[str, dict[str, State]]) -> None:
    shown = 0
    for known in states.values():
        for state in known.values():
            if state.latest.verdict == "failed" and shown < 10:
                out.print(f"\n{state.latest.reason}", style="red")
                shown += 1
