"""Lake, warehouse and ledger compared with each other, each of them read again."""

from collections.abc import Container

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.prunings import prunings
from dataops_assets.lake.store import Store
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.verification.copies import verify_copies, verify_held, verify_pointers, verify_superseded
from dataops_assets.verification.erasures import verify_erasures
from dataops_assets.verification.raw import verify_raw
from dataops_assets.verification.report import PRUNE, Report
from dataops_assets.verification.tables import verify_rows, verify_staged
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.errors import WarehouseDamaged


def verify_all(
    warehouse: Warehouse, staging: Store, production: Store, catalog: Catalog, assets: Container[str] | None = None
) -> Report:
    """Check lake, warehouse and ledger against each other. assets: which to look at; None for all.

    What is damaged hinders nothing else from being looked at, but for the tables of a file that cannot be read.
    """
    report = Report()
    for store in (staging, production):
        _verify_prunings(store, assets, report)
    verify_erasures(staging, report)
    for table in catalog.staged.values():
        if assets is None or f"raw/{table.source.name}" in assets:
            verify_raw(staging, table.source, report)
    try:
        _verify_tables(warehouse, staging, production, catalog, assets, report)
    except WarehouseDamaged as damage:
        problem, _, _ = str(damage).rpartition("; ")
        report.add("warehouse", None, problem, "dataops rebuild")
    return report


def _verify_prunings(store: Store, assets: Container[str] | None, report: Report) -> None:
    """What was deleted since nothing needs it; and what was to be, by a process that was killed."""
    try:
        every = prunings(store)
    except LakeDamaged as damage:
        report.notes.append(str(damage))
        return
    for pruning in every:
        items = [item for item in pruning.items if assets is None or item.asset in assets]
        if not pruning.done and items:
            report.add("lake", None, f"the pruning of {pruning.name} by {pruning.by} is not finished", PRUNE)
            continue
        for item in items:
            what = "raw attempts" if item.kind == "attempt" else "lake copies"
            report.checked[f"{what} that were pruned (not looked for)"] += 1


def _verify_tables(
    warehouse: Warehouse,
    staging: Store,
    production: Store,
    catalog: Catalog,
    assets: Container[str] | None,
    report: Report,
) -> None:
    with warehouse.session() as session, session.reading():
        if not session.exists(warehouse.staging, ledger.TABLE) and _was_used(staging, catalog):
            problem = f"has no {warehouse.staging}.{ledger.TABLE}, and the lake has what was made with one: it is lost"
            report.add("warehouse", None, f"{problem}, or it is another warehouse", "dataops rebuild")
            return
        for table in catalog.staged.values():
            if assets is None or table.asset in assets:
                verify_staged(session, warehouse, staging, table, report)
        for table in catalog.derived.values():
            if assets is None or table.asset in assets:
                entries = verify_rows(session, warehouse.staging, warehouse.staging, table, table.asset, report)
                verify_copies(staging, "transformed", table, entries, report)
            asset = f"production/{table.derived.name}"
            if table.derived.publish and (assets is None or asset in assets):
                entries = verify_rows(session, warehouse.staging, warehouse.production, table, asset, report)
                verify_copies(production, "production", table, entries, report)
                verify_pointers(production, catalog, table, entries, report)
                verify_superseded(production, table, entries, report)
                verify_held(table, asset, entries, report)


def _was_used(staging: Store, catalog: Catalog) -> bool:
    """Has a transformation left a copy? Of attempts alone nobody can say whether they were ever loaded."""
    return any(staging.folders(f"{table.relation}/") for table in catalog.derived.values())
