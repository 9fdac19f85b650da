"""What the ledger says of all tables: rows, quarantine, verdicts, and how fresh each table is by its calendar."""

from collections.abc import Mapping
from datetime import datetime

from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import State, is_current
from dataops_assets.ledger.freshness import fresh
from dataops_assets.monitoring.families import Found
from dataops_assets.staleness.snapshot import due, tables_of
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

VERDICTS = ("passed", "failed", "held")


def add_books(found: Found, session: Session, schema: str, catalog: Catalog, now: datetime) -> None:
    """Add what the ledger says, inside `reading`. now: UTC. Of partitions that are not kept nothing is said."""
    states = ledger.all_states(session, schema)
    writes = _writes(session, schema)
    for asset, table in tables_of(catalog).items():
        known = {
            key: state
            for key, state in states.get(asset, {}).items()
            if is_current(table, state) and (table.calendar is None or table.calendar.keeps_key(key))
        }
        _add_table(found, asset, table, known, now)
        for verdict in VERDICTS:
            found.add("dataops_writes_total", writes.get((asset, verdict), 0), asset, verdict)


def _add_table(
    found: Found, asset: str, table: StagedTable | DerivedTable, known: Mapping[str, State], now: datetime
) -> None:
    passed = {key: state.passed for key, state in known.items() if state.passed}
    counts = {
        "loaded": len(passed),
        "missing": len(set(due(table.calendar, now)) - passed.keys()),
        "failed": sum(state.latest.verdict == "failed" for state in known.values()),
        "held": sum(state.latest.verdict == "held" for state in known.values()),
    }
    for state, count in counts.items():
        found.add("dataops_partitions", count, asset, state)
    found.add("dataops_rows", sum(entry.rows for entry in passed.values()), asset)
    quarantined = sum(entry.rows_quarantined - entry.rows_given_up for entry in passed.values())
    found.add("dataops_quarantined_rows", quarantined, asset)
    if known:
        last = max(state.latest.recorded_at for state in known.values())
        found.add("dataops_last_write_timestamp_seconds", last.timestamp(), asset)
    _add_freshness(found, asset, table, passed, now)


def _add_freshness(
    found: Found, asset: str, table: StagedTable | DerivedTable, passed: Mapping[str, object], now: datetime
) -> None:
    """A calendar that has ended, with all its partitions there, expects nothing."""
    calendar = table.calendar
    if calendar is None:
        return
    newest = max(passed, default="")
    since = calendar.of(newest).end if newest else calendar.start
    if newest:
        found.add("dataops_newest_partition_end_timestamp_seconds", since.timestamp(), asset)
    if calendar.end is None or since < calendar.end:
        found.add("dataops_next_partition_end_timestamp_seconds", calendar.at(since).end.timestamp(), asset)
    # What is published has no check of its own: it is late with what it is made of, or waits for people.
    if not asset.startswith("production/") and (timely := fresh(table, passed, now)):
        found.add("dataops_next_partition_due_timestamp_seconds", timely.due.timestamp(), asset)


def _writes(session: Session, schema: str) -> dict[tuple[str, str], int]:
    """How many entries there are, by asset and verdict."""
    if not session.columns(schema, ledger.TABLE):
        return {}
    rows = session.arrow(
        "SELECT l.asset, l.verdict, COUNT(*) AS writes "
        f"FROM {session.relation(schema, ledger.TABLE)} AS l GROUP BY l.asset, l.verdict"
    ).to_pylist()
    return {(row["asset"], row["verdict"]): row["writes"] for row in rows}
