"""Rows that may not be staged: kept with the reason and the text they came as.

Those that a load has set aside, and went on without, are what its partition lacks; the ledger counts them. Those for
which a load was stopped are kept beside them, marked, until the partition is loaded again: nothing counts them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta

import pyarrow as pa

from dataops_assets.contracts.spec import Column
from dataops_assets.dialects.base import Dialect, TableOptions
from dataops_assets.ledger.entry import Entry
from dataops_assets.load.raw_rows import Incoming
from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.warehouse.base import Answer, Session, Swap
from dataops_assets.warehouse.tables import StagedTable

STOPPED_ROWS = 1_000
"""So many of the rows for which the load of a partition was stopped are kept, of each way to be wrong some."""

COLUMNS: dict[str, pa.DataType] = {
    "partition_key": pa.string(),
    "partition_date": pa.date32(),
    "_attempt": pa.string(),
    "_run_id": pa.string(),
    "quarantined_at": pa.timestamp("us", tz="UTC"),
    "checks": pa.string(),
    "reasons": pa.string(),
    "raw": pa.string(),
    "stopped": pa.bool_(),
    "stopped_of": pa.int64(),
    "replayed": pa.string(),
    "given_up": pa.bool_(),
    "decided_by": pa.string(),
    "decided_because": pa.string(),
}
"""partition_date: day on which the partition begins; null in a table without partitions. checks: ids of the checks the
row fails. reasons: what they say. raw: the fields as the source sent them, JSON. stopped: for it, or with it, the load
was stopped. stopped_of: how many such rows there were in that load of the partition, of which these are some; null of
others. replayed: the fields that a correction gives the row, which break a check as well, JSON. given_up: by people;
the ledger counts it like others. decided_by, decided_because: who has said so, and why. In tables of before there were
these, they are null for rows that were set aside.
"""

_OPTIONS = TableOptions(
    "Rows that broke a check, as they came, with the reasons.",
    partition_by=("partition_date", COLUMNS["partition_date"], "DAY"),
    key=["partition_key"],
)


def columns_of(table: StagedTable) -> dict[str, pa.DataType]:
    """The columns of its quarantine; the last, unless another is called like it, is the one that the table itself is
    partitioned by: where the partition begins.
    """
    own = {table.calendar.column: table.spec.column(table.calendar.column).type} if table.calendar else {}
    return COLUMNS | {name: kind for name, kind in own.items() if name.casefold() not in COLUMNS}


def stage_quarantine(session: Session, table: StagedTable, incoming: Incoming, run_id: str) -> str:
    """The rejected rows as the quarantine has them: the name of a scratch table."""
    rejects = f"SELECT {_rejects(session, incoming)}, FALSE AS _stopped, NULL AS _of FROM {incoming.rows}"
    return _stage(session, table, incoming, run_id, "_quarantine", f"{rejects} WHERE _rejected IS NOT NULL")


def _rejects(session: Session, incoming: Incoming) -> str:
    """What is wanted of rejected rows; only those of which there are corrections have all of it."""
    nothing = f"CAST(NULL AS {session.dialect.type_of(pa.string())})"
    said = f"{nothing} AS _replayed, FALSE AS _given_up, {nothing} AS _by, {nothing} AS _because"
    said = "_replayed, _given_up, _by, _because" if incoming.corrected else said
    return f"_slice, _attempt, _rejected, _raw, {said}"


def stage_stopped(
    session: Session, table: StagedTable, incoming: Incoming, run_id: str, partitions: Collection[str]
) -> str:
    """The same of the rejected rows of partitions whose load is stopped, a bounded number of each."""
    session.scratch_arrow("_stopping", _keys(partitions))
    return _stage(
        session,
        table,
        incoming,
        run_id,
        "_stopped_rows",
        "SELECT _slice, _attempt, _rejected, _raw, _replayed, _given_up, _by, _because, TRUE AS _stopped, _of "
        "FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY _slice ORDER BY _nth, _rejected) AS _place "
        "FROM (SELECT *, COUNT(*) OVER (PARTITION BY _slice) AS _of, "
        f"ROW_NUMBER() OVER (PARTITION BY _slice, _rejected) AS _nth FROM (SELECT {_rejects(session, incoming)} "
        f"FROM {incoming.rows} WHERE _rejected IS NOT NULL AND _slice IN (SELECT value FROM _stopping)) AS one "
        "WHERE NOT _given_up) AS two) AS three "
        f"WHERE _place <= {STOPPED_ROWS}",
    )


def stage_repeated(session: Session, table: StagedTable, rows: str, run_id: str, partitions: Collection[str]) -> str:
    """The same of the rows, typed by now, that are several where the contract says that there is one.

    rows: the scratch table of what the partitions were to hold. partitions: those in which there are such rows.
    """
    dialect, name = session.dialect, "_repeated_rows"
    session.scratch_arrow("_repeating", _keys(partitions))
    shown = {c.source or c.name: dialect.as_text(dialect.quote(c.name)) for c in table.spec.columns if _is_plain(c)}
    found = []
    for columns in filter(None, (table.spec.key, *table.spec.unique)):
        present = " AND ".join(f"{dialect.quote(column)} IS NOT NULL" for column in columns)
        words = dialect.literal(f"({', '.join(columns)}) stands for one row")
        found.append(
            f"SELECT _slice, _attempt, {dialect.json_object(shown)} AS _raw, {words} AS _words FROM {rows} "
            f"WHERE {present} AND _slice IN (SELECT value FROM _repeating) "
            f"QUALIFY COUNT(*) OVER (PARTITION BY _slice, {dialect.columns(columns)}) > 1"
        )
    columns = _columns(session, table, "'uniqueness'", "r._words", "r._raw", {"stopped": "TRUE", "stopped_of": "_of"})
    session.scratch(
        name,
        f"SELECT {columns} FROM (SELECT *, COUNT(*) OVER (PARTITION BY _slice) AS _of, "
        f"ROW_NUMBER() OVER (PARTITION BY _slice ORDER BY _words, _raw) AS _place FROM ({' UNION ALL '.join(found)})"
        f" AS one) AS r WHERE _place <= {STOPPED_ROWS}",
        {"run_id": run_id},
    )
    return name


def _is_plain(column: Column) -> bool:
    return not pa.types.is_nested(column.type)


def _stage(session: Session, table: StagedTable, incoming: Incoming, run_id: str, name: str, rejects: str) -> str:
    plan = incoming.plan
    names = pa.table(
        {
            "id": pa.array([str(i) for i in range(len(plan.checks))], pa.string()),
            "place": pa.array(range(len(plan.checks)), pa.int64()),
            "name": pa.array([check.id for check in plan.checks], pa.string()),
            "words": pa.array([check.description for check in plan.checks], pa.string()),
        }
    )
    session.scratch_arrow("_check_names", names)
    session.scratch("_rejects", f"SELECT *, ROW_NUMBER() OVER () AS _row FROM ({rejects}) AS r")
    columns = _columns(
        session,
        table,
        "STRING_AGG(n.name, ', ' ORDER BY n.place)",
        "STRING_AGG(n.words, '; ' ORDER BY n.place)",
        "MIN(r._raw)",
        {
            "stopped": "MIN(r._stopped)",
            "stopped_of": "MIN(r._of)",
            "replayed": "MIN(r._replayed)",
            "given_up": "MIN(r._given_up)",
            "decided_by": "MIN(r._by)",
            "decided_because": "MIN(r._because)",
        },
    )
    session.scratch(
        name,
        f"SELECT {columns} FROM _rejects AS r, {session.dialect.unnest_list('r._rejected', 'check_id')} "
        "JOIN _check_names AS n ON n.id = check_id GROUP BY r._row, r._slice, r._attempt",
        {"run_id": run_id},
    )
    session.drop("_check_names", "_rejects")
    return name


def _columns(session: Session, table: StagedTable, checks: str, reasons: str, raw: str, more: Mapping[str, str]) -> str:
    """The columns of the quarantine, of rows AS r that have `_slice` and `_attempt`; null where nothing is said."""
    dialect = session.dialect
    values = {
        "partition_key": "r._slice",
        "partition_date": dialect.try_cast("SUBSTR(r._slice, 1, 10)", COLUMNS["partition_date"]),
        "_attempt": "r._attempt",
        "_run_id": "$run_id",
        "quarantined_at": "CURRENT_TIMESTAMP",
        "checks": checks,
        "reasons": reasons,
        "raw": raw,
    }
    for name, kind in columns_of(table).items():
        if name in COLUMNS:
            values.setdefault(name, f"CAST({more.get(name, 'NULL')} AS {dialect.type_of(kind)})")
        else:
            values[name] = _beginning(dialect, kind)
    return ", ".join(f"{expression} AS {dialect.quote(name)}" for name, expression in values.items())


def _beginning(dialect: Dialect, kind: pa.DataType) -> str:
    """Where the partition of a row AS r begins, as this type, by its key: 2013-01-05, or 2013-01-05-03:00."""
    day = "SUBSTR(r._slice, 1, 10)"
    if pa.types.is_date(kind):
        return dialect.try_cast(day, kind)
    return dialect.try_cast(f"CONCAT({day}, ' ', RPAD(SUBSTR(r._slice, 12, 5), 5, '00:00'), ':00+00:00')", kind)


def define_quarantine(session: Session, swap: Swap, schema: str, table: StagedTable) -> None:
    """Make the table if there is none, and add the columns that one of before lacks."""
    relation, known = session.relation(schema, table.quarantine), session.columns(schema, table.quarantine)
    if not known:
        swap.define_schema(schema)
        swap.define(session.dialect.create_table(relation, columns_of(table), _OPTIONS))
        return
    for name, kind in columns_of(table).items():
        if name not in known:
            quoted, of_type = session.dialect.quote(name), session.dialect.type_of(kind)
            swap.define(f"ALTER TABLE {relation} ADD COLUMN IF NOT EXISTS {quoted} {of_type}")


def write_quarantine(
    session: Session,
    swap: Swap,
    schema: str,
    table: StagedTable,
    rows: str,
    loaded: Collection[str],
    rebuilt: Collection[str],
) -> None:
    """Add the staged rows of the `loaded` partitions; in `rebuilt` ones, in the place of what is there.

    rows: of `stage_quarantine`. After `define_quarantine`.
    """
    relation = session.relation(schema, table.quarantine)
    if rebuilt:
        session.scratch_arrow("_rebuilt", _keys(rebuilt))
        # The days as constants, so that BigQuery reads, and bills, these partitions alone.
        swap.execute(
            f"DELETE FROM {relation} WHERE {_days(session, rebuilt)} AND partition_key IN (SELECT value FROM _rebuilt)"
        )
    session.scratch_arrow("_loaded", _keys(loaded))
    _insert(session, swap, schema, table, rows, "_loaded")


def write_stopped(
    session: Session, swap: Swap, schema: str, table: StagedTable, rows: Sequence[str], judged: Collection[str]
) -> None:
    """Put the rows for which loads were stopped in the place of those of earlier loads of the `judged` partitions.

    rows: of `stage_stopped` and `stage_repeated`. After `define_quarantine`.
    """
    session.scratch_arrow("_judged", _keys(judged))
    swap.execute(
        f"DELETE FROM {session.relation(schema, table.quarantine)} WHERE {_days(session, judged)} "
        "AND stopped AND partition_key IN (SELECT value FROM _judged)"
    )
    for name in rows:
        _insert(session, swap, schema, table, name, "_judged")


def _insert(session: Session, swap: Swap, schema: str, table: StagedTable, rows: str, partitions: str) -> None:
    names = session.dialect.columns(list(columns_of(table)))
    swap.execute(
        f"INSERT INTO {session.relation(schema, table.quarantine)} ({names}) SELECT {names} FROM {rows} "
        f"WHERE partition_key IN (SELECT value FROM {partitions})"
    )


def missing_from_quarantine(
    session: Session, schema: str, table: StagedTable, passed: Mapping[str, Entry]
) -> Callable[[], set[str]]:
    """The partitions that have another number of rows in quarantine than their entry says. Inside `reading`."""
    answer: Answer = list
    if passed and (set_aside := set_aside_in(session, schema, table.quarantine)):
        session.scratch_arrow("_loaded", _keys(passed))
        rows = f"{session.relation(schema, table.quarantine)} WHERE {_days(session, passed)} AND {set_aside}"
        asked = f"{rows} AND partition_key IN (SELECT value FROM _loaded)"
        answer = session.later(f"SELECT partition_key, COUNT(*) AS n FROM {asked} GROUP BY partition_key")

    def missing() -> set[str]:
        found: Mapping[str, int] = dict(answer())
        return {key for key, entry in passed.items() if found.get(key, 0) != entry.rows_quarantined}

    return missing


def set_aside_in(session: Session, schema: str, name: str) -> str:
    """Condition: a row of this quarantine was set aside, and the ledger counts it; "" if there is no such table."""
    known = session.columns(schema, name)
    return "COALESCE(stopped, FALSE) = FALSE" if "stopped" in known else "TRUE" if known else ""


def _keys(partitions: Collection[str]) -> pa.Table:
    return pa.table({"value": pa.array(sorted(partitions), pa.string())})


def _days(session: Session, keys: Collection[str]) -> str:
    """Condition: a row is of a day between the first and the last of these partitions, whose keys begin with theirs."""
    if UNPARTITIONED in keys:
        return "partition_date IS NULL"
    first, last = (date.fromisoformat(key[:10]) for key in (min(keys), max(keys)))
    return session.dialect.between("partition_date", first, last + timedelta(days=1), COLUMNS["partition_date"])
