"""`dataops status`: what each table holds, what failed and why, what is stale, what is missing, and what mends it."""

from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING

from dataops_assets.build import Project, load_project
from dataops_assets.commands.dagster_files import is_silent
from dataops_assets.commands.findings import findings
from dataops_assets.commands.holdings import Holding, assets, holdings
from dataops_assets.commands.shared import bytes_said, out, show
from dataops_assets.ledger import entries as ledger

if TYPE_CHECKING:
    from dataops_assets.commands.costs import Cost

Failures = Mapping[str, Mapping[str, str]]
"""Reasons, by asset and partition."""

COLUMNS = ["table", "newest", "loaded", "missing", "failed", "held", "stale", "rows", "quarantined", "last run (UTC)"]
COST_COLUMNS = ["billed", "slot time"]


def status(options: Namespace) -> int:
    """Returns 0; partitions that failed are said, and what mends them."""
    loaded = load_project()
    if loaded.emptiness:
        out.print(loaded.emptiness)
        return 0
    warehouse = loaded.storage.warehouse
    with warehouse.session() as session, session.reading():
        states = {asset: ledger.states(session, warehouse.staging, asset) for asset in assets(loaded.catalog)}
    failed, plain, spent = _asked_of_dagster(loaded)
    found = holdings(loaded.catalog, loaded.storage.staging, states, failed)
    rows = [_line(each) for each in found]
    columns = list(COLUMNS)
    if loaded.settings.cloud:
        columns += COST_COLUMNS
        rows = _with_costs(rows, spent)
    show(columns, rows, right=[*COLUMNS[2:9], *COST_COLUMNS])
    findings(found, warehouse.staging, plain)
    return 0


def _asked_of_dagster(loaded: Project) -> tuple[Failures, Failures, "Mapping[str, Cost]"]:
    """The extractions that failed by source, the plain assets that did, and on BigQuery the costs by asset."""
    home, sources = loaded.settings.dagster_home, list(loaded.catalog.staged)
    if not loaded.settings.cloud and not home.exists():
        return {}, {}, {}  # nothing was ever run, and looking shall not make an instance
    if not loaded.settings.cloud and not loaded.datasets.plain and is_silent(home, sources):
        return {}, {}, {}
    from dataops_assets.commands.costs import costs
    from dataops_assets.commands.extractions import failed_extractions
    from dataops_assets.commands.plain_failures import failed_plain_assets
    from dataops_assets.runs import runner

    instance = runner.open_instance(loaded.settings)
    try:
        every = [*(f"raw/{name}" for name in sources), *assets(loaded.catalog)]
        spent = costs(instance, every) if loaded.settings.cloud else {}
        plain = failed_plain_assets(instance, loaded.datasets.plain)
        return failed_extractions(instance, sources), plain, spent
    finally:
        instance.dispose()


def _line(holding: Holding) -> list[object]:
    newest = max(holding.loaded, default="")
    return [
        holding.asset,
        newest if holding.by else ("whole" if holding.loaded else ""),
        len(holding.loaded),
        len(holding.missing),
        len(holding.failed),
        len(holding.held),
        len(holding.stale),
        holding.rows,
        holding.quarantined,
        holding.last,
    ]


def _with_costs(rows: list[list[object]], spent: "Mapping[str, Cost]") -> list[list[object]]:
    """The lines with what BigQuery was paid for each asset so far, and a line for the sum."""
    from dataops_assets.commands.costs import Cost

    total = Cost(sum(c.bytes_billed for c in spent.values()), sum(c.slot_ms for c in spent.values()))
    by_line = [*(spent[str(row[0])] for row in rows), total]
    rows = [*rows, ["all", *[""] * (len(COLUMNS) - 1)]]
    return [
        [*row, bytes_said(cost.bytes_billed), f"{cost.slot_ms / 1000:,.1f} s"] if cost.slot_ms else [*row, "", ""]
        for row, cost in zip(rows, by_line, strict=True)
    ]
