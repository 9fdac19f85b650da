"""New rows against old ones: duplicates, inserts, updates, what stays, and the swap of the result.

A row is identified by its key. Without a key (append, or a source that has none) it is identified by all its values
and its number among equal rows of the same attempt, so that reading the same rows again adds nothing, and a source
that really holds two equal rows keeps both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pyarrow as pa

from dataops_assets.contracts.spec import TableSpec
from dataops_assets.dialects.base import Dialect
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.load.quarantine import write_quarantine
from dataops_assets.validation import comparing
from dataops_assets.validation.comparing import Compared
from dataops_assets.validation.profile import Profile
from dataops_assets.validation.profiling import profiling_of
from dataops_assets.warehouse.base import Answer, Session, Swap
from dataops_assets.warehouse.fingerprint import rows_version
from dataops_assets.warehouse.replace import replace_rows
from dataops_assets.warehouse.schema import LINEAGE, ensure_table
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import StagedTable


@dataclass(frozen=True)
class Figures:
    """One partition after the merge: its rows and version, and how they came about."""

    rows: int = 0
    version: str = ""
    duplicates: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True)
class Clean:
    """The rows that were not rejected, one of each identity. rows: a query, or a scratch table. incoming: the scratch
    table of which they are.
    """

    rows: str
    incoming: str


@dataclass(frozen=True)
class Merged:
    """Figures and profile by partition, and why a key repeats where one does. rows: the scratch table of what they will
    hold. compared: what checks against other tables say of them.
    """

    figures: Mapping[str, Figures]
    rows: str = ""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    repeated: Mapping[str, str] = field(default_factory=dict)
    compared: Compared = field(default_factory=dict)

    @property
    def changed(self) -> list[str]:
        return [key for key, figures in self.figures.items() if figures.changed]

    def without(self, keys: Sequence[str]) -> "Merged":
        """The same without some partitions, which then stay as they are."""
        return replace(
            self,
            figures={key: figures for key, figures in self.figures.items() if key not in keys},
            profiles={key: profile for key, profile in self.profiles.items() if key not in keys},
        )


def some_key_repeats(session: Session, table: StagedTable, incoming: str) -> Answer:
    """Is there a row in the answer? Then the incoming rows, of this scratch table, have several of one key."""
    if not table.spec.key:
        return list
    return session.later(
        f"SELECT 1 AS found FROM {incoming} WHERE _rejected IS NULL "
        f"GROUP BY _slice, {session.dialect.columns(table.spec.key)} HAVING COUNT(*) > 1 LIMIT 1"
    )


def deduplicate(session: Session, table: StagedTable, incoming: str, repeated: Answer) -> Clean:
    """One row of each identity.

    The newest attempt wins; within an attempt the greatest `order_by`, then the greatest values, whatever the order in
    which the engine reads the files: the same files always leave the same rows. repeated: of `some_key_repeats`.
    """
    quote, spec = session.dialect.quote, table.spec
    columns = session.dialect.columns(spec.names)
    # Floats and others order alike on both engines once nulls are put last.
    by_value = ", ".join(
        f"{session.dialect.orderable(quote(name), spec.column(name).type)} DESC NULLS LAST"
        for name in (*table.source.order_by, *spec.names)
    )
    if spec.key:
        key = session.dialect.columns(spec.key)
        accepted = f"SELECT {columns}, 1 AS _n, _slice, _attempt FROM {incoming} WHERE _rejected IS NULL"
        if not repeated():
            return Clean(f"({accepted})", incoming)
        first = f"QUALIFY ROW_NUMBER() OVER (PARTITION BY _slice, {key} ORDER BY _order DESC, {by_value}) = 1"
        session.scratch("_clean", f"{accepted} {first}")
        return Clean("_clean", incoming)
    values = session.dialect.row_values([quote(name) for name in spec.names])
    session.scratch(
        "_clean",
        f"SELECT {columns}, _n, _slice, _attempt FROM (SELECT *, ROW_NUMBER() OVER "
        f"(PARTITION BY _slice, _attempt, {values}) AS _n FROM {incoming} WHERE _rejected IS NULL) AS numbered "
        f"WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY _slice, _n, {values} ORDER BY _order DESC) = 1",
    )
    return Clean("_clean", incoming)


def merge_rows(
    session: Session,
    schema: str,
    table: StagedTable,
    clean: Clean,
    slices: Slices,
    keeping: set[str],
    run: RunInfo,
    lost: bool = False,
) -> Merged:
    """Stage what the partitions will hold. Inside a swap, before it begins.

    clean: the new rows. keeping: the partitions whose rows stay although they are not
    among the new ones. lost: the rows that are there may have been changed by hand, so a key may be there twice.
    """
    dialect, spec = session.dialect, table.spec
    slices.stage(session, "_parts")
    _stage_existing(session, schema, table, slices, lost)
    incoming = dialect.columns(spec.names, "c.")
    same_row = _same_row(session, table)
    differs = " OR ".join(dialect.differs(*one) for one in _both(dialect, spec))
    touched = f"e.created_at IS NULL OR ({differs})"
    session.scratch_arrow("_keeping", _texts(sorted(keeping)))
    parameters = {"now": datetime.now(UTC), "run_id": run.run_id}
    session.scratch(
        "_final",
        f"SELECT {incoming}, COALESCE(e.created_at, $now) AS created_at, "
        f"CASE WHEN {touched} THEN $now ELSE e.updated_at END AS updated_at, "
        f"CASE WHEN {touched} THEN c._attempt ELSE e._attempt END AS _attempt, "
        f"CASE WHEN {touched} THEN $run_id ELSE e._run_id END AS _run_id, c._slice, "
        f"CASE WHEN e.created_at IS NULL THEN 'new' WHEN {differs} THEN 'changed' ELSE 'same' END AS _change "
        f"FROM {clean.rows} AS c LEFT JOIN _existing AS e ON {same_row} "
        f"UNION ALL SELECT {dialect.columns([*spec.names, *LINEAGE], 'e.')}, e._slice, 'kept' "
        "FROM _existing AS e WHERE e._slice IN (SELECT value FROM _keeping) "
        f"AND NOT EXISTS (SELECT 1 FROM {clean.rows} AS c WHERE {same_row})",
        parameters,
    )
    unique = {columns: _repeated(session, columns) for columns in (table.spec.key, *table.spec.unique) if columns}
    compared = comparing.ask(session, schema, table, "_final", slices)
    figures, profiles = _figures(session, table, clean, slices, keeping)
    reasons = _reasons(table, {columns: answer() for columns, answer in unique.items()})
    return Merged(figures, "_final", profiles, reasons, compared())


def _repeated(session: Session, columns: Sequence[str]) -> Answer:
    """How many rows of `_final` repeat these columns, by partition."""
    present = " AND ".join(f"{session.dialect.quote(name)} IS NOT NULL" for name in columns)
    return session.later(
        f"SELECT _slice, SUM(n - 1) AS repeated FROM (SELECT _slice, COUNT(*) AS n FROM _final WHERE {present} "
        f"GROUP BY _slice, {session.dialect.columns(columns)} HAVING COUNT(*) > 1) AS k GROUP BY _slice"
    )


def _reasons(table: StagedTable, repeated: Mapping[Sequence[str], Sequence[tuple[str, int]]]) -> dict[str, str]:
    """What is wrong with partitions in which a key, or columns that the contract calls unique, stand for several."""
    found: dict[str, str] = {}
    for columns, partitions in repeated.items():
        for key, rows in partitions:
            found[key] = (
                f"{table.label(key)}: {rows} rows repeat ({', '.join(columns)}), which the contract says is "
                "unique; mend the source and extract again, or change the contract"
            )
    return found


def write_rows(
    session: Session,
    swap: Swap,
    schema: str,
    table: StagedTable,
    slices: Slices,
    merged: Merged,
    quarantined: str,
    rebuilt: set[str],
) -> None:
    """Put the merged rows in the place of what the changed partitions hold, and the rejected ones into quarantine.

    quarantined: of `stage_quarantine`.
    """
    ensure_table(session, swap, schema, table, lineage=True)
    write_quarantine(session, swap, schema, table, quarantined, merged.figures, rebuilt)
    rows = {key: merged.figures[key].rows for key in merged.changed}
    columns = [*table.spec.names, *LINEAGE]
    replace_rows(session, swap, session.relation(schema, table.relation), columns, slices, merged.rows, rows)


def _stage_existing(session: Session, schema: str, table: StagedTable, slices: Slices, lost: bool) -> None:
    """The scratch table `_existing`: the rows the partitions hold now, in the contract's columns."""
    dialect, spec = session.dialect, table.spec
    fields = [f"CAST(NULL AS {dialect.type_of(c.type)}) AS {dialect.quote(c.name)}" for c in spec.columns]
    lineage = [f"CAST(NULL AS {dialect.type_of(kind)}) AS {name}" for name, kind in LINEAGE.items()]
    more = f"CAST(NULL AS {dialect.type_of(pa.string())}) AS _slice, 1 AS _n"
    nothing = f"SELECT {', '.join([*fields, *lineage])}, {more} LIMIT 0"
    if not session.exists(schema, table.relation):
        session.scratch("_existing", nothing)
        return
    target = session.relation(schema, table.relation)
    there = {field.name: field.type for field in session.schema(target)}
    shown = ", ".join(
        f"t.{dialect.quote(c.name)}" if there.get(c.name) == c.type
        else f"CAST({f't.{dialect.quote(c.name)}' if c.name in there else 'NULL'} AS {dialect.type_of(c.type)}) "
        f"AS {dialect.quote(c.name)}"
        for c in spec.columns
    )  # fmt: skip
    relation = f"{target} AS t {slices.join(session, 't', '_parts')}"
    columns = f"{shown}, {dialect.columns(list(LINEAGE), 't.')}, p.partition AS _slice"
    if spec.key and not lost:
        session.scratch("_existing", f"SELECT {columns}, 1 AS _n FROM {relation}")
        return
    # Numbered by what is shown, and not by what is there: the contract may have got a column since.
    values = dialect.row_values([f"e.{dialect.quote(name)}" for name in spec.key or spec.names])
    session.scratch(
        "_existing",
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY e._slice, {values}) AS _n FROM (SELECT {columns} FROM {relation}) "
        "AS e",
    )


def _same_row(session: Session, table: StagedTable) -> str:
    """Condition: a new row AS c and one of `_existing` AS e are the same."""
    dialect, spec = session.dialect, table.spec
    if spec.key:
        same = [f"c.{q} = e.{q}" for q in map(dialect.quote, spec.key)]
    else:
        same = [f"NOT ({dialect.differs(*one)})" for one in _both(dialect, spec)]
    return " AND ".join(["c._slice = e._slice", "c._n = e._n", *same])


def _both(dialect: Dialect, spec: TableSpec) -> list[tuple[str, str, pa.DataType]]:
    """Each column of the new rows AS c and of `_existing` AS e, with its type."""
    return [(f"c.{q}", f"e.{q}", c.type) for c in spec.columns for q in [dialect.quote(c.name)]]


def _figures(
    session: Session, table: StagedTable, clean: Clean, slices: Slices, keeping: set[str]
) -> tuple[dict[str, Figures], dict[str, Profile]]:
    one, two = session.dialect.fingerprint(table.spec.schema)
    figures = {key: Figures(version=rows_version(0, "0", "0")) for key in slices.keys}
    profiling = profiling_of(table)
    profiles = dict.fromkeys(slices.keys, profiling.empty)
    counts = profiling.ask(
        session,
        "_final",
        slices,
        f"{one} AS one, {two} AS two, COUNTIF(_change = 'new') AS added, COUNTIF(_change = 'changed') AS changed, "
        "COUNTIF(_change = 'same') AS same",
    )
    duplicates = session.later(
        "SELECT i._slice, i.n - COALESCE(c.n, 0) AS n FROM "
        f"(SELECT _slice, COUNT(*) AS n FROM {clean.incoming} WHERE _rejected IS NULL GROUP BY _slice) AS i "
        f"LEFT JOIN (SELECT _slice, COUNT(*) AS n FROM {clean.rows} AS c GROUP BY _slice) AS c "
        "ON i._slice = c._slice"
    )
    existing = session.later("SELECT _slice, COUNT(*) AS n FROM _existing GROUP BY _slice")
    for key, rows, first, second, new, changed, same, *more in counts():
        repeated = changed + same if key in keeping else 0
        figures[key] = Figures(rows, rows_version(rows, first, second), repeated, new, changed)
        profiles[key] = profiling.read(rows, more)
    for key, dropped in duplicates():
        figures[key] = replace(figures[key], duplicates=figures[key].duplicates + dropped)
    for key, before in existing():
        found = figures[key]
        stayed = found.rows - found.inserted
        figures[key] = replace(found, deleted=before - stayed)
    return figures, {key: replace(profile, version=figures[key].version) for key, profile in profiles.items()}


def _texts(values: Sequence[str]) -> pa.Table:
    return pa.table({"value": pa.array(list(values), pa.string())})
