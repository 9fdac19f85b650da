"""`dataops run --dry-run`: which assets and partitions would be run, and what BigQuery would bill for reading."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from dataops_assets.build import Project
from dataops_assets.commands.shared import Unusable, bytes_text, err, out, show
from dataops_assets.lake.history import attempts_of
from dataops_assets.model.partitions import Partition
from dataops_assets.runs import runner
from dataops_assets.runs.planning import BadRequest
from dataops_assets.transform.estimate import Estimate, load_estimate, publish_estimate, transform_estimate
from dataops_assets.warehouse.base import Session

COLUMNS = ["asset", "partitions", "runs", "loads", "scans", ""]
_LAYERS = "raw staged transformed production"


@dataclass
class _Line:
    """One asset over all its runs. loads: bytes of raw files. scans: of committed tables; None: nobody bills."""

    partitions: list[str] = field(default_factory=list)
    runs: int = 0
    loads: int | None = None
    scans: Estimate | None = None
    remark: str = ""


def dry_run(loaded: Project, select: str | None, partitions: tuple[str, str] | None, full_refresh: bool = False) -> int:
    """Returns 0; 1 if a query would be refused, by the limit on what it may be billed or by the warehouse."""
    try:
        with runner.instance_to_read(loaded.settings) as instance:
            plan = runner.plan(loaded.definitions(), instance, select=select, partitions=partitions, say=out.print)
    except BadRequest as error:
        raise Unusable(str(error)) from error
    lines: dict[str, _Line] = {}
    problems: list[str] = []
    with loaded.storage.warehouse.session() as session, session.reading():
        for asset, chunk in plan:
            line = lines.setdefault(asset, _Line())
            line.partitions += chunk
            line.runs += 1
            try:
                _add(loaded, session, asset, chunk, line, full_refresh)
            except session.sql_errors as error:
                problems.append(f"{asset}: the warehouse refuses the query: {error}")
    limit = loaded.settings.cloud.max_bytes_billed if loaded.settings.cloud else None
    for asset, line in lines.items():
        if line.scans and line.scans.lacking:
            line.remark = f"without {', '.join(line.scans.lacking)}: not there yet"
        largest = max(line.scans.statements, default=0) if line.scans else 0
        if limit is not None and largest > limit:
            problems.append(
                f"{asset}: a query would read {bytes_text(largest)}, and DATAOPS_MAX_BYTES_BILLED allows "
                f"{bytes_text(limit)}; run fewer partitions at a time (DATAOPS_PARTITIONS_PER_RUN), or raise the limit"
            )
    in_order = sorted(lines.items(), key=lambda line: _LAYERS.find(line[0].partition("/")[0]))
    show(COLUMNS, [_row(asset, line) for asset, line in in_order], right=COLUMNS[2:5])
    _sum(loaded, list(lines.values()))
    for problem in problems:
        err.print(problem, style="red")
    return 1 if problems else 0


def estimates(loaded: Project, runs: Sequence[tuple[str, Sequence[str]]]) -> dict[str, int]:
    """Bytes of committed tables that these runs would read, by asset; what the warehouse refuses counts nothing."""
    lines: dict[str, _Line] = {}
    with loaded.storage.warehouse.session() as session, session.reading():
        for asset, chunk in runs:
            with contextlib.suppress(*session.sql_errors):
                _add(loaded, session, asset, chunk, lines.setdefault(asset, _Line()), False)
    return {asset: line.scans.total for asset, line in lines.items() if line.scans}


def _add(loaded: Project, session: Session, asset: str, chunk: Sequence[str], line: _Line, full_refresh: bool) -> None:
    """Count one run of an asset in."""
    layer, _, name = asset.partition("/")
    catalog, warehouse = loaded.catalog, loaded.storage.warehouse
    found: Estimate | None
    if layer == "raw" and name in catalog.staged:
        line.remark = "asks the source"
        if catalog.staged[name].source.incremental:
            line.remark += " for everything" if full_refresh else " for what is new"
        return
    if layer == "staged" and name in catalog.staged:
        table = catalog.staged[name]
        parts = _partitions(table.calendar, chunk)
        newest = [
            found[-1] for found in attempts_of(loaded.storage.staging, name, parts, recent=True).values() if found
        ]
        line.loads = (line.loads or 0) + sum(file.bytes for manifest in newest for file in manifest.files)
        found = load_estimate(session, warehouse.staging, table, parts)
    elif layer == "transformed" and name in catalog.derived:
        derived = catalog.derived[name]
        parts = _partitions(derived.calendar, chunk)
        found = transform_estimate(session, warehouse.staging, derived, catalog.inputs[name], parts)
    elif layer == "production" and name in catalog.derived:
        derived = catalog.derived[name]
        parts = _partitions(derived.calendar, chunk)
        found = publish_estimate(session, warehouse.staging, warehouse.production, derived, parts)
    else:
        line.remark = "not of these layers, not estimated"
        return
    line.scans = found + line.scans if found and line.scans else found or line.scans


def _partitions(calendar, keys: Sequence[str]) -> list[Partition | None]:
    return [calendar.of(key) for key in keys] if calendar else [None]


def _row(asset: str, line: _Line) -> list[object]:
    first, last = (line.partitions[0], line.partitions[-1]) if line.partitions else ("", "")
    span = first if first == last else f"{first}..{last} ({len(line.partitions)})"
    loads = "" if line.loads is None else bytes_text(line.loads)
    return [
        asset,
        span,
        line.runs,
        loads,
        bytes_text(line.scans.total) if line.scans and line.scans.statements else "",
        line.remark,
    ]


def _sum(loaded: Project, lines: Sequence[_Line]) -> None:
    loads, scans = sum(line.loads or 0 for line in lines), sum(line.scans.total for line in lines if line.scans)
    out.print(f"\nnothing was run. Raw files that are there now: {bytes_text(loads)} to load, which costs nothing.")
    if not loaded.settings.cloud:
        out.print("The local warehouse bills nothing; with DATAOPS_PROFILE=gcp BigQuery says what it would read.")
        return
    out.print(
        f"Committed tables: {bytes_text(scans)} to read, says BigQuery; the rows that a run loads or makes are read "
        "again from scratch tables, which comes on top."
    )
