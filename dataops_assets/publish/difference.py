"""The difference between what production holds of some partitions and what is to take its place, worked out in SQL.

One query. By a hash of the whole row it leaves out what is the same on both sides, and joins the rest by key. That the
key is unique and never null is proven by it: what is to come has been validated, and of what stands keys are counted.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pyarrow as pa

from dataops_assets.contracts.spec import Column
from dataops_assets.ledger.difference import ColumnDifference, Difference, made_otherwise
from dataops_assets.ledger.entry import Entry
from dataops_assets.validation.audit import MASK
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import DerivedTable

_LONGEST_TEXT = 100
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
    """Its columns: partition, rows on both sides, rows of the one before without a key, and keys there; rows added,
    removed, and changed; then of each compared column outside of the key how many rows differ and an example, and of
    each numeric one both totals.

    By a hash of the whole row nearly all rows are found to be the same: only the others are joined by key.
    """
    dialect, spec = session.dialect, table.spec
    names = [column.name for column in columns]
    relation = session.relation(schema, table.relation)
    rows = f"SELECT {dialect.columns(names, 't.')}, p.partition AS _slice FROM {relation} AS t"
    sides = {"b": f"({rows} {slices.join(session, 't', '_compared')})", "a": source}
    hashed = dialect.hash_of([dialect.hashable(f"r.{dialect.quote(c.name)}", c.type) for c in columns])
    key = [dialect.quote(name) for name in spec.key]
    keyless = " OR ".join(f"{name} IS NULL" for name in key)
    shown = {c.name: dialect.literal(MASK) if c.pii else f"a.{dialect.quote(c.name)}" for c in _key_of(table)}
    joined = [
        "COALESCE(a._slice, b._slice) AS _slice",
        "b._slice IS NULL AS _added",
        "a._slice IS NULL AS _removed",
        f"{dialect.hash_of([f'a.{name}' for name in key])} AS _order",
        f"{dialect.record(shown)} AS _key",
    ]
    sums = {
        "b": [
            "COUNT(*) AS n",
            f"COUNT(CASE WHEN {keyless} THEN 1 END) AS keyless",
            f"COUNT(DISTINCT {dialect.hash_of(key)}) AS keys",
        ],
        "a": ["COUNT(*) AS n"],
    }
    changes = ["COUNT(CASE WHEN _added THEN 1 END) AS added", "COUNT(CASE WHEN _removed THEN 1 END) AS removed"]
    found = ["p.partition", "b.n AS n_before", "a.n AS n_after", "b.keyless", "b.keys"]
    found += ["c.added", "c.removed", "c.changed"]
    values = [column for column in columns if column.name not in spec.key]
    differing = []
    for place, column in enumerate(values):
        quoted, one, other = dialect.quote(column.name), f"_b{place}", f"_a{place}"
        joined += [f"b.{quoted} AS {one}", f"a.{quoted} AS {other}"]
        differs = dialect.differs(one, other, column.type)
        differing.append(f"CASE WHEN NOT (_added OR _removed) AND {differs} THEN _order END AS _differs{place}")
        before, after = (dialect.literal(MASK),) * 2 if column.pii else (one, other)
        shown = dialect.record({"_key": "_key", "_before": before, "_after": after})
        example = f"MIN_BY({shown}, _differs{place})"
        changes += [f"COUNT(_differs{place}) AS n{place}", f"{dialect.record_text(example)} AS example{place}"]
        found += [f"c.n{place}", f"c.example{place}"]
        if _is_summed(column):
            for side, name in (("b", "before"), ("a", "after")):
                sums[side].append(f"SUM({dialect.summand(quoted, column.type)}) AS {name}{place}")
                found.append(f"{side}.{name}{place}")
    on = " AND ".join(["b._slice = a._slice", *(f"b.{name} = a.{name}" for name in key)])
    changed = ", ".join(f"_differs{place}" for place in range(len(values)))
    changes.append(f"COUNT(COALESCE({changed or 'NULL'})) AS changed")
    return (
        "WITH "
        + ", ".join(f"rows_{s} AS (SELECT r.*, {hashed} AS _hash FROM {rows} AS r)" for s, rows in sides.items())
        + "".join(f", sums_{s} AS (SELECT _slice, {', '.join(sums[s])} FROM rows_{s} GROUP BY _slice)" for s in sides)
        + f", changes AS (SELECT _slice, {', '.join(changes)} FROM (SELECT *, {', '.join(differing)} FROM (SELECT "
        f"{', '.join(joined)} FROM {_only('b', 'a')} AS b FULL OUTER JOIN {_only('a', 'b')} AS a ON {on}) AS i) AS j "
        "GROUP BY _slice) "
        f"SELECT {', '.join(found)} FROM _compared AS p LEFT JOIN sums_b AS b ON b._slice = p.partition "
        "LEFT JOIN sums_a AS a ON a._slice = p.partition LEFT JOIN changes AS c ON c._slice = p.partition"
    )


def _only(side: str, other: str) -> str:
    """The rows of a side that the other has not got."""
    same = f"SELECT 1 FROM rows_{other} AS o WHERE o._hash = s._hash"
    return f"(SELECT s.* FROM rows_{side} AS s WHERE NOT EXISTS ({same}))"


def _key_of(table: DerivedTable) -> Sequence[Column]:
    return [table.spec.column(name) for name in table.spec.key]


def _is_summed(column: Column) -> bool:
    """Not personal data: the total of a partition of one row is that row's value."""
    numeric = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return not column.pii and any(test(column.type) for test in numeric)


def _read(table: DerivedTable, columns: Sequence[Column], known: Difference, row: Sequence[Any]) -> Difference:
    before, after, keyless, keys, added, removed, changed = (number or 0 for number in row[1:8])
    rest = row[8:]
    said = f"the key ({', '.join(table.spec.key)})"
    if keyless:
        return replace(known, not_by_key=f"{said} is null in {keyless} of the rows that are published")
    if keys != before or before - removed != after - added:
        return replace(known, not_by_key=f"{said} is not unique in the rows that are published")
    found, totals = dict[str, ColumnDifference](), dict[str, list[float | int | None]]()
    values = iter(rest)
    for column in columns:
        if column.name in table.spec.key:
            continue
        count, example = next(values), next(values)
        if count:
            found[column.name] = ColumnDifference(count, [_example(example)])
        if _is_summed(column):
            one, other = (_number(next(values), column.type) for _ in range(2))
            # Of the same floats, but not in the same order, the sums may differ in their last digit.
            totals[column.name] = [one, other if added or removed or column.name in found else one]
    return replace(
        known,
        rows_before=before,
        rows_added=added,
        rows_removed=removed,
        rows_changed=changed,
        not_by_key="",
        columns=found,
        totals=totals,
    )


def _example(text: str) -> dict[str, Any]:
    found = json.loads(text)
    return {
        name: f"{value[:_LONGEST_TEXT]}…" if isinstance(value, str) and len(value) > _LONGEST_TEXT else value
        for name, value in (found.pop("_key") | found).items()
    }


def _number(value: Decimal | float | int | None, kind: pa.DataType) -> float | int | None:
    if value is None:
        return None
    return int(value) if pa.types.is_integer(kind) else float(value)
