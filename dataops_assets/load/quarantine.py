"""Rows that may not be staged: kept with the reason and the text they came as."""

from collections.abc import Callable, Collection, Mapping
from datetime import date, timedelta

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger.entry import Entry
from dataops_assets.load.raw_rows import Incoming
from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.warehouse.base import Answer, Session, Swap

COLUMNS: dict[str, pa.DataType] = {
    "partition_key": pa.string(),
    "partition_date": pa.date32(),
    "_attempt": pa.string(),
    "_run_id": pa.string(),
    "quarantined_at": pa.timestamp("us", tz="UTC"),
    "checks": pa.string(),
    "reasons": pa.string(),
    "raw": pa.string(),
}
"""partition_date: day on which the partition begins; null in a table without partitions. checks: ids of the checks the
row fails. reasons: what they say. raw: the fields as the source sent them, JSON.
"""

_OPTIONS = TableOptions(
    "Rows that broke a check, as they came, with the reasons.",
    partition_by=("partition_date", COLUMNS["partition_date"], "DAY"),
    key=["partition_key"],
)


def stage_quarantine(session: Session, incoming: Incoming, run_id: str) -> str:
    """The rejected rows as the quarantine has them: the name of a scratch table."""
    plan, name = incoming.plan, "_quarantine"
    names = pa.table(
        {
            "id": pa.array([str(i) for i in range(len(plan.checks))], pa.string()),
            "place": pa.array(range(len(plan.checks)), pa.int64()),
            "name": pa.array([check.id for check in plan.checks], pa.string()),
            "words": pa.array([check.description for check in plan.checks], pa.string()),
        }
    )
    session.scratch_arrow("_check_names", names)
    session.scratch(
        "_rejects",
        f"SELECT _slice, _attempt, _rejected, _raw, ROW_NUMBER() OVER () AS _row FROM {incoming.rows} "
        "WHERE _rejected IS NOT NULL",
    )
    day = session.dialect.try_cast("SUBSTR(r._slice, 1, 10)", COLUMNS["partition_date"])
    session.scratch(
        name,
        f"SELECT r._slice AS partition_key, {day} AS partition_date, r._attempt, $run_id AS _run_id, "
        "CURRENT_TIMESTAMP AS quarantined_at, "
        "STRING_AGG(n.name, ', ' ORDER BY n.place) AS checks, "
        "STRING_AGG(n.words, '; ' ORDER BY n.place) AS reasons, MIN(r._raw) AS raw "
        f"FROM _rejects AS r, {session.dialect.unnest_list('r._rejected', 'check_id')} "
        "JOIN _check_names AS n ON n.id = check_id GROUP BY r._row, r._slice, r._attempt",
        {"run_id": run_id},
    )
    session.drop("_check_names", "_rejects")
    return name


def write_quarantine(
    session: Session, swap: Swap, schema: str, name: str, rows: str, loaded: Collection[str], rebuilt: Collection[str]
) -> None:
    """Add the staged rows of the `loaded` partitions; in `rebuilt` ones, in the place of what is there.

    rows: of `stage_quarantine`.
    """
    dialect, relation = session.dialect, session.relation(schema, name)
    if not session.exists(schema, name):
        swap.define_schema(schema)
        swap.define(dialect.create_table(relation, COLUMNS, _OPTIONS))
    if rebuilt:
        session.scratch_arrow("_rebuilt", pa.table({"value": pa.array(sorted(rebuilt), pa.string())}))
        # The days as constants, so that BigQuery reads, and bills, these partitions alone.
        swap.execute(
            f"DELETE FROM {relation} WHERE {_days(session, rebuilt)} AND partition_key IN (SELECT value FROM _rebuilt)"
        )
    names = dialect.columns(list(COLUMNS))
    session.scratch_arrow("_loaded", pa.table({"value": pa.array(sorted(loaded), pa.string())}))
    swap.execute(
        f"INSERT INTO {relation} ({names}) SELECT {names} FROM {rows} "
        "WHERE partition_key IN (SELECT value FROM _loaded)"
    )


def missing_from_quarantine(
    session: Session, schema: str, name: str, passed: Mapping[str, Entry]
) -> Callable[[], set[str]]:
    """The partitions that have another number of rows in quarantine than their entry says. Inside `reading`."""
    answer: Answer = list
    if passed and session.exists(schema, name):
        session.scratch_arrow("_loaded", pa.table({"value": pa.array(sorted(passed), pa.string())}))
        rows = f"{session.relation(schema, name)} WHERE {_days(session, passed)}"
        asked = f"{rows} AND partition_key IN (SELECT value FROM _loaded)"
        answer = session.later(f"SELECT partition_key, COUNT(*) AS n FROM {asked} GROUP BY partition_key")

    def missing() -> set[str]:
        found: Mapping[str, int] = dict(answer())
        return {key for key, entry in passed.items() if found.get(key, 0) != entry.rows_quarantined}

    return missing


def _days(session: Session, keys: Collection[str]) -> str:
    """Condition: a row is of a day between the first and the last of these partitions, whose keys begin with theirs."""
    if UNPARTITIONED in keys:
        return "partition_date IS NULL"
    first, last = (date.fromisoformat(key[:10]) for key in (min(keys), max(keys)))
    return session.dialect.between("partition_date", first, last + timedelta(days=1), COLUMNS["partition_date"])
