"""Rows of a subject in a table of the warehouse: how many there are, and what is left without them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from dataops_assets.erasure.subject import ErasureRefused, condition
from dataops_assets.ledger.entry import Entry, State, is_current
from dataops_assets.ledger.integrity import drifted
from dataops_assets.model.partitions import Partition
from dataops_assets.verification.report import drop, run
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.fingerprint import rows_version
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

PARTS = "_erased_parts"

Table = StagedTable | DerivedTable


class Rest(NamedTuple):
    """A partition without the rows of the subject. removed: how many these are."""

    removed: int
    rows: int
    version: str


def current(table: Table, states: Mapping[str, State]) -> dict[str, Entry]:
    """Of the partitions of the calendar in force, the entries of what stands."""
    return {key: state.passed for key, state in states.items() if state.passed and is_current(table, state)}


def partitions_of(table: Table, keys: Sequence[str]) -> list[Partition | None]:
    """Those of these keys, in their order."""
    return [table.calendar.of(key) if table.calendar else None for key in keys]


def rest_of(
    session: Session, schema: str, table: Table, asset: str, names: Sequence[str], passed: Mapping[str, Entry]
) -> dict[str, Rest]:
    """Of each partition that has rows of the subject, who is staged. Inside `reading` or `swapping`.

    names: the columns that name subjects. Raises ErasureRefused where rows are of no partition that is known, or are
    not those of their entry: what is left of them could not be told to be right.
    """
    if not session.exists(schema, table.relation):
        return {}
    relation = session.relation(schema, table.relation)
    there = set(session.schema(relation).names)
    names = [name for name in names if name in there]
    if not names:
        return {}
    theirs = condition(session, table.spec, names, "t")
    every = table.slices([])
    total = session.rows(f"SELECT COUNT(*) AS n FROM {relation} AS t WHERE {every.kept(session, 't')} AND {theirs}")[0][
        0
    ]
    if not total:
        return {}
    slices = slices_of(table, list(passed))
    found: dict[str, int] = {}
    if passed:
        slices.stage(session, PARTS)
        found = dict(
            session.rows(
                f"SELECT _slice, COUNT(*) AS n FROM {_rows(session, relation, slices, names)} "
                f"AS t WHERE {theirs} GROUP BY _slice"
            )
        )
    if sum(found.values()) != total:
        raise ErasureRefused(
            f"{asset}: {total - sum(found.values())} rows of the subject are of no partition that the ledger knows; "
            f"run first: {drop(asset)}, or dataops verify"
        )
    if changed := drifted(session, schema, table, {k: passed[k] for k in found}, partitions_of(table, list(found)))():
        key = min(changed)
        raise ErasureRefused(
            f"{f'{asset} {key}'.rstrip()}: its rows are not those of its entry; first {run(asset, key)}"
        )
    slices = slices_of(table, list(found))
    slices.stage(session, PARTS)
    columns = [name for name in table.spec.names if name in there]
    one, two = session.dialect.fingerprint(pa.schema([table.spec.schema.field(name) for name in columns]))
    left = {
        key: (rows, first, second)
        for key, rows, first, second in session.rows(
            f"SELECT _slice, COUNT(*) AS n, {one} AS one, {two} AS two "
            f"FROM {_rows(session, relation, slices, columns)} AS t WHERE NOT {theirs} GROUP BY _slice"
        )
    }
    result = {}
    for key, removed in found.items():
        rows, first, second = left.get(key, (0, None, None))
        result[key] = Rest(removed, rows, rows_version(rows, first, second))
    return result


def slices_of(table: Table, keys: Sequence[str]) -> Slices:
    """The conditions that find the rows of these partitions."""
    return table.slices([partition for partition in partitions_of(table, keys) if partition])


def rest_query(session: Session, schema: str, table: DerivedTable, names: Sequence[str]) -> str:
    """A query for what is left of the partitions in PARTS, which `rest_of` has staged, ordered for `export`."""
    relation, dialect = session.relation(schema, table.relation), session.dialect
    there = session.schema(relation).names
    columns = [name for name in table.spec.names if name in there]
    order = dialect.columns(["_slice", *(name for name in table.spec.key if name in there)])
    keys = [key for (key,) in session.rows(f"SELECT partition FROM {PARTS}")]
    rows = _rows(session, relation, slices_of(table, keys), columns)
    theirs = condition(session, table.spec, names, "t")
    return f"SELECT {dialect.columns(columns)}, _slice FROM {rows} AS t WHERE NOT {theirs} ORDER BY {order}"


def _rows(session: Session, relation: str, slices: Slices, columns: Sequence[str]) -> str:
    names = session.dialect.columns(columns, "r.")
    return f"(SELECT {names}, p.partition AS _slice FROM {relation} AS r {slices.join(session, 'r', PARTS)})"
