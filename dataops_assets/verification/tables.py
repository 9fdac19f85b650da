"""The rows of the warehouse, counted and fingerprinted again, and compared with the entries of the ledger."""

from collections.abc import Iterable

from dataops_assets.lake.history import attempts, readable
from dataops_assets.lake.store import Store
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import UNREADABLE, Entry, is_current
from dataops_assets.ledger.integrity import balances, rows_and_versions
from dataops_assets.load.quarantine import set_aside_in
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.verification.raw import extract_again
from dataops_assets.verification.report import Report, drop, rebuild, run
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

Entries = dict[str, Entry]


def verify_staged(session: Session, warehouse: Warehouse, store: Store, table: StagedTable, report: Report) -> None:
    """Rows, quarantine, and the attempts they come from."""
    entries = verify_rows(session, warehouse.staging, warehouse.staging, table, table.asset, report)
    quarantined: dict[str, int] = {}
    if set_aside := set_aside_in(session, warehouse.staging, table.quarantine):
        rows = f"{session.relation(warehouse.staging, table.quarantine)} WHERE {set_aside}"
        quarantined = dict(session.rows(f"SELECT partition_key, COUNT(*) FROM {rows} GROUP BY partition_key"))
    unknown = {
        key: rows for key, rows in quarantined.items() if key not in entries and on_calendar(table.calendar, key)
    }
    if unknown:
        problem = f"{table.quarantine} has {sum(unknown.values())} rows that no entry accounts for"
        mends = drop(table.asset) if table.asset in report.older else rebuild(table.asset)
        report.add(table.asset, None, problem, mends)
    for key, entry in entries.items():
        there = quarantined.get(key, 0)
        if there != entry.rows_quarantined:
            problem = f"the ledger counts {entry.rows_quarantined} rows in quarantine, there are {there}"
            report.add(table.asset, key, problem, run(table.asset, key))
        if entry.follows:
            problem = f"the ledger has lost entry {entry.follows}, which names raw attempts that its rows come from"
            report.add(table.asset, key, problem, run(table.asset, key))
            continue
        if not balances(entry):
            problem = f"the ledger does not balance: {entry.rows_read} rows read"
            report.add(table.asset, key, problem, run(table.asset, key))
            continue
        partition = table.calendar.of(key) if table.calendar else None
        # By content: what was lost and extracted again may be the same.
        raw = {
            manifest.content_sha256: manifest.rows
            for manifest in readable(attempts(store, table.source.name, partition))
        }
        used = [attempt for attempt in entry.attempts if not attempt.get("refused")]
        lost = [attempt["attempt"] for attempt in used if attempt["content"] not in raw]
        if lost:
            problem = f"loaded from raw attempt {lost[0]}, which is no longer in the lake, or cannot be read"
            report.add(table.asset, key, problem, extract_again(table.source, key))
        elif any(raw[attempt["content"]] != attempt["rows"] for attempt in used):
            problem = f"the ledger counts {entry.rows_read} rows read, the manifests say otherwise"
            report.add(table.asset, key, problem, run(table.asset, key))


def verify_rows(
    session: Session,
    ledger_schema: str,
    schema: str,
    table: StagedTable | DerivedTable,
    asset: str,
    report: Report,
) -> Entries:
    """Compare the rows of each partition with the entry that was written with them; returns these entries."""
    states = ledger.states(session, ledger_schema, asset, whole=isinstance(table, StagedTable))
    here = [key for key, state in states.items() if is_current(table, state)]
    older = len(states) - len(here)
    if older:
        report.older.add(asset)
        report.checked["entries of another calendar (not checked)"] += older
    kept = [key for key in here if table.calendar is None or table.calendar.keeps_key(key)]
    entries = {key: passed for key in kept if (passed := states[key].passed)}
    for key in kept:
        if states[key].latest.reason.startswith(UNREADABLE):
            report.add(asset, key, states[key].latest.reason, run(asset, key))
    found = rows_and_versions(
        session, schema, table, [table.calendar.of(key) if table.calendar else None for key in entries]
    )()
    if strangers := rows_without_entry(session, schema, table, entries):
        problem = f"{schema}.{table.relation} has {strangers} rows that no entry accounts for"
        if older:
            problem = f"{schema}.{table.relation} has {strangers} rows of another calendar than the one in force"
        report.add(asset, None, problem, drop(asset) if older else rebuild(asset))
    for key, entry in entries.items():
        rows, version = found[key]
        report.checked["partitions"] += 1
        report.checked["rows"] += rows
        if entry.contract != table.spec.fingerprint:
            report.checked["partitions under an older contract (rows counted only)"] += 1
            version = entry.version
        if (rows, version) != (entry.rows, entry.version):
            problem = (
                f"{schema}.{table.relation} holds {rows} rows, version {version}; the ledger says {entry.rows} rows, "
                f"version {entry.version}"
            )
            report.add(asset, key, problem, run(asset, key))
    return entries


def rows_without_entry(session: Session, schema: str, table: StagedTable | DerivedTable, known: Iterable[str]) -> int:
    """How many rows there are of other partitions than the known ones, but for those that are not kept."""
    if not session.exists(schema, table.relation):
        return 0
    slices, relation = table.slices([]), session.relation(schema, table.relation)
    if slices.calendar is None:
        return 0 if list(known) else session.rows(f"SELECT COUNT(*) FROM {relation}")[0][0]
    starts = {slices.bound(slices.calendar.of(key).start) for key in known}
    counted = session.rows(
        f"SELECT {slices.start_of(session, 't')} AS start, COUNT(*) FROM {relation} AS t "
        f"WHERE {slices.kept(session, 't')} GROUP BY start"
    )
    return sum(rows for start, rows in counted if start not in starts)


def on_calendar(calendar: TimePartitions | None, key: str) -> bool:
    """Is it a partition of the table as it is declared now?"""
    try:
        return bool(calendar.of(key)) if calendar else key == ""
    except ValueError:
        return False
