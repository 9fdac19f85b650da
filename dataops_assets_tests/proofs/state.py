"""What a project holds, in a form that can be compared: rows without lineage, lake versions, pointers, receipts."""

from typing import Any

from dataops_assets.build import Project
from dataops_assets.lake.attempts import verify_files
from dataops_assets.lake.history import current
from dataops_assets.lake.versions import read_current, verify_version
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import decision_of
from dataops_assets_tests.proofs.shop import DAYS

LINEAGE = {"created_at", "updated_at", "_attempt", "_run_id", "quarantined_at"}
TABLES = (
    "staging.raw_orders",
    "staging.quarantine_orders",
    "staging.raw_stock",
    "staging.quarantine_stock",
    "staging.sales",
    "staging.trend",
    "production.sales",
    "production.trend",
)

Rows = dict[str, dict[str, list[str]]]
"""Rows by table and day."""


def rows(project: Project) -> Rows:
    """All rows but their lineage columns, by table and day, as a reader sees them."""
    found: Rows = {}
    warehouse = project.storage.warehouse
    with warehouse.session() as session, session.reading():
        for name in TABLES:
            schema, table = getattr(warehouse, name.partition(".")[0]), name.partition(".")[2]
            days: dict[str, list[str]] = {day: [] for day in DAYS}
            there = session.exists(schema, table)
            select = f"SELECT * FROM {session.relation(schema, table)}"
            for record in session.arrow(select).to_pylist() if there else []:
                day = str(record.get("day") or record.get("partition_key"))
                days[day].append(repr({key: value for key, value in record.items() if key not in LINEAGE}))
            found[name] = {day: sorted(lines) for day, lines in days.items()}
    return found


def pointers(project: Project) -> dict[str, str]:
    """The published versions by table and day, each of them whole in the lake, with what was decided."""
    found = {}
    for name, table in project.catalog.derived.items():
        assert table.calendar
        for day in DAYS:
            pointer = read_current(project.storage.production, name, table.calendar.of(day))
            if pointer:
                verify_version(project.storage.production, name, table.calendar.of(day), pointer["version"])
                found[f"{name} {day}"] = f"{pointer['version']} {pointer.get('decision', {}).get('kind', '')}"
    return found


def raw(project: Project) -> dict[str, str]:
    """What the current attempt of each raw partition holds; each of them whole."""
    found = {}
    for name, table in project.catalog.staged.items():
        assert table.calendar
        for day in DAYS:
            manifest = current(project.storage.staging, name, table.calendar.of(day))
            if manifest:
                verify_files(project.storage.staging, manifest)
                found[f"{name} {day}"] = manifest.content_sha256
    return found


def receipts(project: Project) -> dict[str, tuple[str, str, int, str]]:
    """What the ledger says last of each partition: verdict, version, rows, and what was decided."""
    found = {}
    warehouse = project.storage.warehouse
    with warehouse.session() as session, session.reading():
        for asset in assets(project):
            for day, state in ledger.states(session, warehouse.staging, asset).items():
                entry, decision = state.latest, decision_of(state)
                found[f"{asset} {day}"] = entry.verdict, entry.version, entry.rows, decision.kind if decision else ""
    return found


def assets(project: Project) -> list[str]:
    """All assets that have entries in the ledger."""
    names = [table.asset for table in (*project.catalog.staged.values(), *project.catalog.derived.values())]
    return [*names, *(f"production/{name}" for name in project.catalog.derived)]


def everything(project: Project) -> dict[str, Any]:
    """All of it."""
    return {
        "rows": rows(project),
        "pointers": pointers(project),
        "raw": raw(project),
        "receipts": receipts(project),
    }
