"""The difference between what production holds of some partitions and what is to take its place, worked out in SQL.

One query, which reads each side once and joins them by key. That the key is unique and never null is proven by it:
what is to come has been validated, and of what stands no row may meet two others, which the counts would show.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from dataops_assets.contracts.spec import Column
from dataops_assets.dialects.base import NUMERIC_TYPE, Dialect
from dataops_assets.ledger.difference import ColumnDifference, Difference, made_otherwise
from dataops_assets.ledger.entry import Entry
from dataops_assets.validation.audit import MASK
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import DerivedTable

_LONGEST_TEXT = 100
_LARGEST_FLOAT = 1e290
"""Larger ones are left out of totals, which may not overflow."""

Differences = Callable[[], dict[str, Difference]]


@dataclass(frozen=True)
class _Columns:
    """compared: those that both sides have, with one type. schema: of the others, as of a Difference. key: is the whole
    key among those that are compared?
    """

    compared: Sequence[Column]
    schema: Mapping[str, str]
    key: bool


def differences(
    session: Session,
    schema: str,
    table: DerivedTable,
    slices: Slices,
    source: str,
    stands: Mapping[str, Entry],
    comes: Mapping[str, Entry],
) -> Differences:
    """Of some partitions, by key; asked for now and fetched later (`Session.later`). Inside a swap, or `reading`.

    schema: of production. slices: the partitions. source: a query in brackets, or a scratch table, with the rows to
    come, each with its key as `_slice`. stands, comes: of each partition the entry of the rows that stand and of those
    to come. A table that somebody has dropped has no row that could be compared.
    """
    if not stands:
        return dict
    if not session.exists(schema, table.relation):
        gone = {key: replace(Difference.first(comes[key].rows), before=each.version) for key, each in stands.items()}
        return lambda: gone
    columns = _columns(session, schema, table)
    known = {
        key: Difference(
            before=entry.version,
            rows_before=entry.rows,
            rows_after=comes[key].rows,
            rows_added=None,
            rows_removed=None,
            rows_changed=None,
            not_by_key=f"the key ({', '.join(table.spec.key)}) is not one that what is published has",
            schema=columns.schema,
            made_by=list(made_otherwise(entry.made_by, comes[key].made_by)),
        )
        for key, entry in stands.items()
    }
    if not columns.key:
        return lambda: known
    slices.only(stands.keys()).stage(session, "_compared")
    answer = session.later(_query(session, schema, table, slices, source, columns.compared))
    return lambda: (
        known | {row[0]: _read(table, columns.compared, known[row[0]], row) for row in answer() if row[0] in known}
    )


def _columns(session: Session, schema: str, table: DerivedTable) -> _Columns:
    there = {field.name: field.type for field in session.schema(session.relation(schema, table.relation))}
    said: dict[str, str] = {}
    compared = []
    for column in table.spec.columns:
        if column.name not in there:
            said[column.name] = "added"
        elif not _same_type(there[column.name], column.type):
            said[column.name] = "type"
        else:
            compared.append(column)
    said |= dict.fromkeys((name for name in there if name not in table.spec.names), "removed")
    names = {column.name for column in compared}
    return _Columns(compared, said, names.issuperset(table.spec.key))


def _same_type(one: pa.DataType, other: pa.DataType) -> bool:
    return one == other or (pa.types.is_string(other) and pa.types.is_large_string(one))


def _query(
    session: Session, schema: str, table: DerivedTable, slices: Slices, source: str, columns: Sequence[Column]
) -> str:
    """Its columns: partition, rows on both sides, added, removed, rows without a key, changed; then of each compared
    column outside of the key how many rows differ and two examples, and of each numeric one both totals.
    """
    dialect, spec = session.dialect, table.spec
    names = dialect.columns([column.name for column in columns], "t.")
    relation = session.relation(schema, table.relation)
    before = f"(SELECT {names}, p.partition AS _slice FROM {relation} AS t {slices.join(session, 't', '_compared')})"
    key = [dialect.quote(name) for name in spec.key]
    on = " AND ".join(["b._slice = a._slice", *(f"b.{name} = a.{name}" for name in key)])
    both = "b._slice IS NOT NULL AND a._slice IS NOT NULL"
    keyless = " OR ".join(f"b.{name} IS NULL" for name in key)
    shown = {c.name: dialect.literal(MASK) if c.pii else f"a.{dialect.quote(c.name)}" for c in _key_of(table)}
    inner = [
        "COALESCE(a._slice, b._slice) AS _slice",
        f"CASE WHEN {both} THEN 1 END AS _both",
        "CASE WHEN b._slice IS NULL THEN 1 END AS _added",
        "CASE WHEN a._slice IS NULL THEN 1 END AS _removed",
        f"CASE WHEN b._slice IS NOT NULL AND ({keyless}) THEN 1 END AS _keyless",
    ]
    outer = ["_slice", *(f"COUNT({name}) AS n{name}" for name in ("_both", "_added", "_removed", "_keyless"))]
    values = [column for column in columns if column.name not in spec.key]
    any_ = " OR ".join(f"_differs{place} IS NOT NULL" for place in range(len(values))) or "FALSE"
    outer.append(f"COUNT(CASE WHEN {any_} THEN 1 END) AS n_changed")
    for place, column in enumerate(values):
        one, other = (f"{side}.{dialect.quote(column.name)}" for side in "ba")
        pair = dict.fromkeys(("_before", "_after"), dialect.literal(MASK)) if column.pii else {}
        example, differs = f"_example{place}", f"_differs{place}"
        inner += [
            f"{dialect.record({**shown, '_before': one, '_after': other, **pair})} AS {example}",
            f"CASE WHEN {both} AND {dialect.differs(one, other, column.type)} THEN a._order END AS {differs}",
        ]
        outer += [
            f"COUNT({differs}) AS n{place}",
            # Of the rows that differ any two, but the same each time; one text of each, and not of all of them.
            *(
                f"{dialect.record_text(f'{which}_BY({example}, {differs})')} AS {which}{place}"
                for which in ("MIN", "MAX")
            ),
        ]
        if _is_summed(column):
            for side, value in (("before", one), ("after", other)):
                inner.append(f"{_summand(dialect, value, column.type)} AS _{side}{place}")
                outer.append(f"SUM(_{side}{place}) AS {side}{place}")
    after = f"(SELECT s.*, {dialect.hash_of([f's.{name}' for name in key])} AS _order FROM {source} AS s)"
    return (
        f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM {before} AS b "
        f"FULL OUTER JOIN {after} AS a ON {on}) AS j GROUP BY _slice"
    )


def _key_of(table: DerivedTable) -> Sequence[Column]:
    return [table.spec.column(name) for name in table.spec.key]


def _is_summed(column: Column) -> bool:
    """Not personal data: the total of a partition of one row is that row's value."""
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return not column.pii and any(test(column.type) for test in numeric)


def _summand(dialect: Dialect, value: str, kind: pa.DataType) -> str:
    """What is summed up, so that no sum overflows."""
    if pa.types.is_integer(kind):
        return f"CAST({value} AS {dialect.type_of(NUMERIC_TYPE)})"
    if pa.types.is_decimal(kind):
        return f"CAST({value} AS {dialect.type_of(pa.float64())})"
    return f"CASE WHEN ABS({value}) < {_LARGEST_FLOAT!r} THEN {value} END"


def _read(table: DerivedTable, columns: Sequence[Column], known: Difference, row: Sequence[Any]) -> Difference:
    _, both, added, removed, keyless, changed, *rest = row
    said = f"the key ({', '.join(table.spec.key)})"
    if keyless:
        return replace(known, not_by_key=f"{said} is null in {keyless} of the rows that are published")
    if both + added != known.rows_after:
        return replace(known, not_by_key=f"{said} is not unique in the rows that are published")
    found, totals = dict[str, ColumnDifference](), dict[str, list[float | int | None]]()
    values = iter(rest)
    for column in columns:
        if column.name in table.spec.key:
            continue
        count, first, last = next(values), next(values), next(values)
        if count:
            texts = dict.fromkeys(text for text in (first, last) if text)
            found[column.name] = ColumnDifference(count, [_example(text) for text in texts])
        if _is_summed(column):
            totals[column.name] = [_number(next(values), column.type) for _ in range(2)]
    return replace(
        known,
        rows_before=both + removed,
        rows_added=added,
        rows_removed=removed,
        rows_changed=changed,
        not_by_key="",
        columns=found,
        totals=totals,
    )


def _example(text: str) -> dict[str, Any]:
    return {
        name: f"{value[:_LONGEST_TEXT]}…" if isinstance(value, str) and len(value) > _LONGEST_TEXT else value
        for name, value in json.loads(text).items()
    }


def _number(value: Decimal | float | int | None, kind: pa.DataType) -> float | int | None:
    if value is None:
        return None
    return int(value) if pa.types.is_integer(kind) else float(value)
