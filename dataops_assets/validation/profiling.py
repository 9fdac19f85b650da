"""Profiles of partitions, computed in SQL while their rows are still beside the table.

What is one number for a column (missing values, mean, variance, least, most) is a part of the query that gives rows
and version of each partition, and so reads nothing more. How values are spread is a second query in the same job: each
column is grouped by its values first, which are few, and only they are put into buckets.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from dataops_assets.contracts.spec import Column, TableSpec
from dataops_assets.dialects.base import Dialect
from dataops_assets.model.statistics import Correlation
from dataops_assets.validation.profile import (
    MOST_VALUES,
    PER_E,
    ZERO_AT,
    ColumnProfile,
    Kind,
    PairProfile,
    Profile,
)
from dataops_assets.warehouse.base import Answer, Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_LONGEST = 100
"""Characters of a text that are kept in a profile."""

Pair = tuple[str, str]
Spreads = Mapping[tuple[str, int], tuple[int, str]]
"""By partition and place of the column: distinct values, the counts as text."""


def profiling_of(table: StagedTable | DerivedTable) -> "Profiling":
    """What is asked of the partitions of a table, with the pairs that its statistics are about."""
    pairs = [(each.one, each.other) for each in table.statistics if isinstance(each, Correlation)]
    return Profiling(table.spec, pairs)


def kind_of(column: Column) -> Kind:
    """What is computed of a column."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        return "number"
    if pa.types.is_string(column.type) or pa.types.is_boolean(column.type):
        return "text"
    return "time" if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type) else "other"


@dataclass(frozen=True)
class Profiling:
    """What is asked of one table. pairs: columns whose correlation is wanted."""

    spec: TableSpec
    pairs: Sequence[Pair] = ()

    def figures(self, dialect: Dialect) -> str:
        """Aggregates over the rows of a partition, each with a name of its own, to follow others in a SELECT; `read`
        takes their values.
        """
        found = []
        for place, column in enumerate(self.spec.columns):
            value = self._value(dialect, column)
            found.append(f"COUNT({value}) AS k{place}")
            if _has_bounds(column):
                found += [
                    f"{dialect.as_text(f'{extreme}({self._bounded(dialect, column)})')} AS {extreme.lower()}{place}"
                    for extreme in ("MIN", "MAX")
                ]
            if kind_of(column) == "number":
                number = _float(dialect, value)
                found += [f"AVG({number}) AS avg{place}", f"VAR_POP({number}) AS var{place}"]
        for place, (one, two) in enumerate(self.pairs):
            first, second = (_float(dialect, self._value(dialect, self.spec.column(name))) for name in (one, two))
            first_too = f"CASE WHEN {second} IS NOT NULL THEN {first} END"
            second_too = f"CASE WHEN {first} IS NOT NULL THEN {second} END"
            found += [
                f"COUNT({first_too}) AS pk{place}",
                f"AVG({first_too}) AS pa{place}",
                f"AVG({second_too}) AS pb{place}",
                f"VAR_POP({first_too}) AS pc{place}",
                f"VAR_POP({second_too}) AS pd{place}",
                f"COVAR_POP({first_too}, {second_too}) AS pe{place}",
            ]
        return "".join(f", {each}" for each in found)

    def spreads(self, session: Session, rows: str) -> Callable[[], Spreads]:
        """Ask how the values of each column are spread. rows: a scratch table that names partitions as `_slice`."""
        dialect = session.dialect
        parts = [
            self._spread(dialect, place, column, rows)
            for place, column in enumerate(self.spec.columns)
            if kind_of(column) != "other"
        ]
        if not parts:
            return dict
        answer: Answer = session.later(" UNION ALL ".join(parts))

        @cache
        def found() -> Spreads:
            return {(key, place): (int(distinct), counts or "") for key, place, distinct, counts in answer()}

        return found

    def empty(self) -> Profile:
        """Of a partition without rows."""
        columns = {column.name: ColumnProfile(kind_of(column), 0, 0, 0, 0) for column in self.spec.columns}
        return Profile(0, columns, {pair: PairProfile(0) for pair in self.pairs})

    def read(self, key: str, rows: int, figures: Sequence[Any], spreads: Spreads) -> Profile:
        """The profile of a partition. figures: what the aggregates of `figures` gave."""
        values = iter(figures)
        columns = {
            column.name: _column(column, rows, values, spreads.get((key, place), (0, "")))
            for place, column in enumerate(self.spec.columns)
        }
        pairs = {}
        for names in self.pairs:
            count, *moments = (next(values) for _ in range(6))
            pairs[names] = PairProfile(count, *(float(moment or 0.0) for moment in moments))
        return Profile(rows, columns, pairs)

    def _value(self, dialect: Dialect, column: Column) -> str:
        quoted = dialect.quote(column.name)
        if pa.types.is_floating(column.type):  # nothing is known of a column with an infinite mean
            return f"CASE WHEN {dialect.finite(quoted)} THEN {quoted} END"
        return quoted

    def _bounded(self, dialect: Dialect, column: Column) -> str:
        value = self._value(dialect, column)
        return f"SUBSTR({value}, 1, {_LONGEST})" if pa.types.is_string(column.type) else value

    def _spread(self, dialect: Dialect, place: int, column: Column, rows: str) -> str:
        """Distinct values and counts of a column, by partition: grouped by value, then what that gives by bucket."""
        value, integer = self._value(dialect, column), dialect.type_of(pa.int64())
        by_value = (
            f"SELECT _slice, {value} AS v, COUNT(*) AS n FROM {rows} WHERE {value} IS NOT NULL GROUP BY _slice, v"
        )
        head = f"SELECT _slice, {place} AS place"
        if kind_of(column) == "text" and not column.pii:
            item = dialect.json_object({"v": f"SUBSTR({dialect.as_text('v')}, 1, {_LONGEST})", "n": "n"})
            few = f"STRING_AGG(CASE WHEN d <= {MOST_VALUES} THEN {item} END, ',')"
            counted = f"SELECT _slice, v, n, COUNT(*) OVER (PARTITION BY _slice) AS d FROM ({by_value}) AS c"
            return f"{head}, MAX(d) AS d, {few} AS counts FROM ({counted}) AS c GROUP BY _slice"
        if kind_of(column) == "number":
            number = _float(dialect, "v")
            power = f"{ZERO_AT} + FLOOR(LN(ABS({number})) * {PER_E})"
            bucket = f"CAST(CASE WHEN v = 0 THEN 0 WHEN v < 0 THEN -({power}) ELSE {power} END AS {integer})"
        elif pa.types.is_timestamp(column.type) and not column.pii:
            bucket = dialect.translate("EXTRACT(HOUR FROM v)")
        else:
            nothing = f"CAST(NULL AS {dialect.type_of(pa.string())})"
            return f"{head}, COUNT(*) AS d, {nothing} AS counts FROM ({by_value}) AS c GROUP BY _slice"
        by_bucket = (
            f"SELECT _slice, {bucket} AS b, SUM(n) AS n, COUNT(*) AS d FROM ({by_value}) AS c GROUP BY _slice, b"
        )
        pair = f"CONCAT({dialect.as_text('b')}, ':', {dialect.as_text('n')})"
        return (
            f"{head}, CAST(SUM(d) AS {integer}) AS d, STRING_AGG({pair}, ',') AS counts FROM ({by_bucket}) AS c "
            "GROUP BY _slice"
        )


def _has_bounds(column: Column) -> bool:
    return kind_of(column) != "other" and not column.pii and not pa.types.is_boolean(column.type)


def _float(dialect: Dialect, value: str) -> str:
    return f"CAST({value} AS {dialect.type_of(pa.float64())})"


def _column(column: Column, rows: int, values: Iterator[Any], spread: tuple[int, str]) -> ColumnProfile:
    kind, (distinct, counts) = kind_of(column), spread
    nulls = rows - next(values)
    least, most = (next(values), next(values)) if _has_bounds(column) else (None, None)
    if kind == "number":
        mean, variance = next(values), next(values)
        return ColumnProfile(
            kind,
            rows,
            nulls,
            distinct,
            distinct,
            least,
            most,
            None if mean is None else float(mean),
            None if variance is None else float(variance),
            counts,
            whole=pa.types.is_integer(column.type),
        )
    if kind == "other":
        return ColumnProfile(kind, rows, nulls, complete=False)
    known = kind == "text" and not column.pii and distinct <= MOST_VALUES
    return ColumnProfile(kind, rows, nulls, distinct, distinct, least, most, counts=counts, complete=known)
