"""Which rows of a plain table belong to which partitions, in SQL, whatever kind of partitions the asset has.

The asset says in its metadata what its rows are partitioned by: `partition_expr`, a column or an SQL expression in the
words of the warehouse or of BigQuery, and for multi-partitions a dict with one for each dimension.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

import dagster as dg
import pyarrow as pa

from dataops_assets.dialects.base import Dialect
from dataops_assets.io.plain.target import PlainTableError, Target
from dataops_assets.io.plain.values import sql_type
from dataops_assets.warehouse.base import Session


@dataclass(frozen=True)
class Dimension:
    """One thing that rows are partitioned by. expression: SQL. kind: its type."""

    definition: dg.PartitionsDefinition
    expression: str
    kind: pa.DataType

    @property
    def by_time(self) -> bool:
        return isinstance(self.definition, dg.TimeWindowPartitionsDefinition)

    def bound(self, moment: datetime) -> object:
        """A bound of a window as a value of the expression: the day or the wall clock of the partitions' time zone."""
        if pa.types.is_date(self.kind):
            return moment.date()
        return moment if self.kind.tz else moment.replace(tzinfo=None)

    def twice(self, keys: Collection[str]) -> datetime | None:
        """Where a partition begins or ends in the hour that clocks show twice in autumn, and the rows do not say which.

        Only a time without a zone is in doubt, and only at the bounds of a partition: within a day it does not matter.
        """
        if not self.by_time or pa.types.is_date(self.kind) or self.kind.tz:
            return None
        bounds = (moment for key in keys for moment in _window(self.definition, key))
        return next((m for m in bounds if m.replace(fold=0).utcoffset() != m.replace(fold=1).utcoffset()), None)

    def holds(self, dialect: Dialect, keys: Collection[str]) -> str:
        """Condition: the expression is in one of these partitions."""
        if not self.by_time:
            listed = ", ".join(dialect.literal(key) for key in sorted(keys))
            return f"{dialect.as_text(self.expression)} IN ({listed})"
        kind = sql_type(dialect, self.kind if pa.types.is_date(self.kind) else pa.timestamp("us", tz=self.kind.tz))
        parts = []
        for window in spans(self.definition, keys):
            first, after = (f"CAST({dialect.literal(str(self.bound(at)))} AS {kind})" for at in window)
            parts.append(f"{self.expression} >= {first} AND {self.expression} < {after}")
        return _any(parts)


@dataclass(frozen=True)
class Predicate:
    """The partitions of a write or a read. parts: for each partition key, its key in each dimension."""

    dimensions: Sequence[Dimension]
    parts: Mapping[str, tuple[str, ...]]

    def holds(self, dialect: Dialect) -> str:
        """Condition: a row belongs to one of the partitions."""
        return _holds(dialect, self.dimensions, set(self.parts.values())) if self.parts else "FALSE"

    def counts(self, session: Session, rows: str) -> dict[str, int]:
        """How many rows each partition has."""
        columns: dict[str, pa.Array] = {"partition": pa.array(list(self.parts), pa.string())}
        values, conditions = [], []
        for i, dimension in enumerate(self.dimensions):
            keys = [part[i] for part in self.parts.values()]
            if dimension.by_time:
                windows = {key: _window(dimension.definition, key) for key in set(keys)}
                for end in (0, 1):
                    columns[f"b{i}{end}"] = pa.array(
                        [dimension.bound(windows[key][end]) for key in keys], dimension.kind
                    )
                values.append(f"{dimension.expression} AS v{i}")
                conditions.append(f"t.v{i} >= p.b{i}0 AND t.v{i} < p.b{i}1")
            else:
                columns[f"b{i}"] = pa.array(keys, pa.string())
                values.append(f"{session.dialect.as_text(dimension.expression)} AS v{i}")
                conditions.append(f"t.v{i} = p.b{i}")
        session.scratch_arrow("_parts", pa.table(columns))
        found = session.rows(
            f"SELECT p.partition, COUNT(*) FROM _parts AS p JOIN (SELECT {', '.join(values)} FROM {rows}) AS t "
            f"ON {' AND '.join(conditions)} GROUP BY p.partition"
        )
        return dict.fromkeys(self.parts, 0) | dict(found)

    def check(self, session: Session, rows: str, target: Target) -> int:
        """The number of rows; raises PlainTableError if one has no partition, or one that is not among these."""
        outside = f"NOT ({self.holds(session.dialect)})"
        wrong = [*(f"{dimension.expression} IS NULL" for dimension in self.dimensions), outside]
        counts = ", ".join(f"COUNT(CASE WHEN {condition} THEN 1 END)" for condition in wrong)
        [(total, *nulls, count)] = session.rows(f"SELECT COUNT(*), {counts} FROM {rows}")
        for dimension, found in zip(self.dimensions, nulls, strict=True):
            if found:
                raise target.refuse(
                    f"{found} rows have no partition: {dimension.expression} is null",
                    "Fill it in, or leave these rows out.",
                )
        if count:
            shown = ", ".join(session.dialect.as_text(dimension.expression) for dimension in self.dimensions)
            example = session.rows(f"SELECT {shown} FROM {rows} WHERE {outside} LIMIT 1")[0]
            where = " and ".join(dimension.expression for dimension in self.dimensions)
            raise target.refuse(
                f"{count} rows lie outside of what this run writes, for example {where} = {', '.join(example)}",
                "Return the rows of the run's partitions only, or correct partition_expr.",
            )
        return total


def predicate(session: Session, relation: str, target: Target, definition: dg.PartitionsDefinition) -> Predicate:
    """The predicate of the target's partitions over the columns of a relation; raises PlainTableError.

    relation: an existing table, whose column types decide how windows are compared.
    """
    keys = target.keys or ()
    given = target.metadata.get("partition_expr")
    if isinstance(definition, dg.MultiPartitionsDefinition):
        named = {part.name: part.partitions_def for part in definition.partitions_defs}
        expressions = given if isinstance(given, Mapping) else {}
        split = [definition.get_partition_key_from_str(key).keys_by_dimension for key in keys]
        parts = {key: tuple(part[name] for name in named) for key, part in zip(keys, split, strict=True)}
    else:
        named = {"": definition}
        expressions = {"": given} if isinstance(given, str) else {}
        parts = {key: (key,) for key in keys}
    missing = [name for name in named if not expressions.get(name)]
    if missing:
        wanted = "{" + ", ".join(f"{name!r}: '…'" for name in named) + "}" if "" not in named else "'a_column'"
        raise PlainTableError(
            f"{target.asset} has partitions, but its metadata does not say which column they are by"
            + (f" in the dimension {missing[0]!r}" if missing[0] else "")
            + f". Add metadata={{'partition_expr': {wanted}}} to the asset; a column or an SQL expression."
        )
    dimensions = [
        _dimension(session, relation, target, named[name], expressions[name], [part[i] for part in parts.values()])
        for i, name in enumerate(named)
    ]
    for i, (name, dimension) in enumerate(zip(named, dimensions, strict=True)):
        if moment := dimension.twice({part[i] for part in parts.values()}):
            column = expressions[name]
            raise PlainTableError(
                f"{target.label}: clocks show {moment:%H:%M} twice on {moment:%Y-%m-%d} in {moment.tzinfo}, and "
                f"{column!r}, which has no time zone, does not say which of the two partitions a row belongs to; "
                f"nothing was written to {target.name}. Give it one, df[{column!r}].dt.tz_localize('{moment.tzinfo}', "
                "ambiguous=…), or partition the asset by hours in UTC."
            )
    return Predicate(dimensions, parts)


def spans(definition: dg.PartitionsDefinition, keys: Collection[str]) -> list[tuple[datetime, datetime]]:
    """The windows of time partitions, those that meet made one."""
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted((_window(definition, key) for key in keys), key=lambda window: window[0].timestamp()):
        if merged and merged[-1][1].timestamp() >= start.timestamp():
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _window(definition: dg.PartitionsDefinition, key: str) -> tuple[datetime, datetime]:
    assert isinstance(definition, dg.TimeWindowPartitionsDefinition)
    window = definition.time_window_for_partition_key(key)
    return window.start, window.end


def _dimension(
    session: Session, relation: str, target: Target, definition: dg.PartitionsDefinition, text: str, keys: Sequence[str]
) -> Dimension:
    expression, kind = _resolved(session, relation, target, text)
    dimension = Dimension(definition, expression, kind)
    if not dimension.by_time:
        return dimension
    if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        raise PlainTableError(
            f"{target.label}: partition_expr {text!r} is {kind}, which has no order in time that a window could be "
            f"compared with; nothing was written to {target.name}. Return dates or timestamps in that column, or make "
            f"the expression one: CAST({text} AS DATE)."
        )
    if pa.types.is_date(kind):
        for start, end in spans(definition, keys):
            if start.time() != time() or end.time() != time():
                raise PlainTableError(
                    f"{target.label}: partition_expr {text!r} is a date, but the window starts at {start} and ends at "
                    f"{end}: a day would belong to several partitions. Partition by a timestamp."
                )
    return dimension


def _resolved(session: Session, relation: str, target: Target, text: str) -> tuple[str, pa.DataType]:
    """A column's quoted name or an expression that the warehouse understands, and its type."""

    def kind(expression: str) -> pa.DataType:
        return session.schema_of(f"SELECT {expression} AS value FROM {relation}").field(0).type

    existing = session.schema(relation)
    names = existing.names
    column = next((name for name in names if name.casefold() == text.strip().casefold()), None)
    if column is not None:
        return session.dialect.quote(column), existing.field(column).type
    try:
        return f"({text})", kind(f"({text})")
    except Exception as error:
        try:
            translated = f"({session.dialect.translate(text)})"
            return translated, kind(translated)
        except Exception:
            raise PlainTableError(
                f"{target.label}: partition_expr {text!r} cannot be computed from the columns {names}: {error}; "
                f"correct it in the asset's metadata"
            ) from error


def _holds(dialect: Dialect, dimensions: Sequence[Dimension], combinations: set[tuple[str, ...]]) -> str:
    """Exactly these combinations, in few terms: keys of the first dimension that go with the same others are one."""
    if len(dimensions) == 1:
        return dimensions[0].holds(dialect, {first for (first,) in combinations})
    others: dict[str, set[tuple[str, ...]]] = {}
    for first, *rest in combinations:
        others.setdefault(first, set()).add(tuple(rest))
    groups: dict[frozenset[tuple[str, ...]], list[str]] = {}
    for first, rest in others.items():
        groups.setdefault(frozenset(rest), []).append(first)
    return _any(
        [
            f"({dimensions[0].holds(dialect, firsts)}) AND ({_holds(dialect, dimensions[1:], set(rest))})"
            for rest, firsts in groups.items()
        ]
    )


def _any(conditions: Sequence[str]) -> str:
    return " OR ".join(f"({condition})" for condition in conditions) if len(conditions) > 1 else conditions[0]
