"""Profiles of partitions, computed in SQL while their rows are still beside the table.

The profile is a part of the query that gives rows and version of each partition, which names the scratch table several
times but is one statement: BigQuery bills what a statement reads of a table once. What is one number for a column
(missing values, mean, variance, least, most) is an aggregate more. To say how the values are spread, each column is
grouped by its values first, which are few, and only they are put into buckets, or compared, where they are texts.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import msgspec
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
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_log = logging.getLogger(__name__)

_LONGEST = 100
"""Characters of a text that are kept in a profile."""
_FLAT = 20
_FARTHEST = 1e140
"""Where a number is farther from zero there is no mean and no variance: its square is beyond what a float holds."""

Pair = tuple[str, str]


def profiling_of(table: StagedTable | DerivedTable) -> "Profiling":
    """What is asked of the partitions of a table, with the pairs that its statistics are about."""
    pairs = [(each.one, each.other) for each in table.statistics if isinstance(each, Correlation)]
    return Profiling(table.spec, pairs)


def kind_of(column: Column) -> Kind:
    """What is computed of a column. Of personal data no value is kept: texts are counted, of others what is missing."""
    if column.pii and not pa.types.is_string(column.type):
        return "other"
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

    def ask(self, session: Session, rows: str, slices: Slices, aggregates: str, where: str = "TRUE") -> Answer:
        """Ask for a row of each partition: its key, how many rows it has, these aggregates of them, and what `read`
        makes its profile of; that is left out where the engine cannot compute it.

        rows: a scratch table that names partitions as `_slice`. slices: the partitions, staged as `_parts`.
        """
        dialect = session.dialect
        needed, of = f"SELECT _slice, COUNT(*) AS n, {aggregates}", f"FROM {rows} WHERE {where} GROUP BY _slice"
        figures = f"{needed}{self._figures(dialect)} {of}"
        # Dates and moments are grouped in two thirds of the time of their texts.
        timed = slices.calendar is not None
        by = slices.start_of(session, "r") if timed else "r._slice"
        spreads = [
            self._spread(dialect, place, column, f"{rows} AS r", by)
            for place, column in enumerate(self.spec.columns)
            if kind_of(column) != "other"
        ]
        if not spreads:
            return session.later(f"SELECT f.*, '' AS spreads FROM ({figures}) AS f", otherwise=f"{needed} {of}")
        texts = (dialect.as_text("u.place"), dialect.as_text("u.d"), "COALESCE(u.counts, '')")
        one = "CONCAT('[', {}, ',', {}, ',[', {}, '],', COALESCE(u.bounds, 'null'), ']')".format(*texts)
        return session.later(
            f"SELECT f.*, s.spreads FROM ({figures}) AS f LEFT JOIN "
            f"(SELECT p.partition, STRING_AGG({one}, ',') AS spreads FROM ({_union(spreads)}) AS u "
            f"JOIN _parts AS p ON u.part = {'p.first' if timed else 'p.partition'} GROUP BY p.partition) AS s "
            "ON f._slice = s.partition",
            otherwise=f"{needed} {of}",
        )

    def _figures(self, dialect: Dialect) -> str:
        """Aggregates over the rows of a partition, each with a name of its own, to follow others in a SELECT."""
        found = []
        for place, column in enumerate(self.spec.columns):
            value = self._value(dialect, column)
            found.append(f"COUNT({value}) AS k{place}")
            if _has_bounds(column):
                found += [
                    f"{dialect.as_text(f'{extreme}({value})')} AS {extreme.lower()}{place}"
                    for extreme in ("MIN", "MAX")
                ]
            if kind_of(column) == "number":
                number = self._number(dialect, column)
                found += [f"AVG({number}) AS avg{place}", f"VAR_POP({number}) AS var{place}"]
        for place, (one, two) in enumerate(self.pairs):
            first, second = (self._number(dialect, self.spec.column(name)) for name in (one, two))
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

    @cached_property
    def empty(self) -> Profile:
        """Of a partition without rows."""
        columns = {column.name: ColumnProfile(kind_of(column), 0, 0, 0, 0) for column in self.spec.columns}
        return Profile(0, columns, {pair: PairProfile(0) for pair in self.pairs})

    def read(self, rows: int, found: Sequence[Any]) -> Profile:
        """The profile of a partition. found: what an answer to `ask` has after the aggregates that were asked for.

        Without columns, if there is nothing that says more: a write does not fail for its profile.
        """
        if not found:
            return Profile(rows)
        try:
            return self._read(rows, found)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # a DecodeError is a ValueError
            _log.warning("a profile cannot be read: %s", error)
            return Profile(rows)

    def _read(self, rows: int, found: Sequence[Any]) -> Profile:
        values, spreads = iter(found), _spreads(found[-1])
        columns = {
            about.name: _column(about, rows, values, spreads.get(place, _Spread()))
            for place, about in enumerate(self._about)
        }
        pairs = {}
        for names in self.pairs:
            count, *moments = (next(values) for _ in range(6))
            pairs[names] = PairProfile(count, *(float(moment or 0.0) for moment in moments))
        return Profile(rows, columns, pairs)

    @cached_property
    def _about(self) -> list["_About"]:
        return [
            _About(
                c.name,
                kind_of(c),
                _has_bounds(c),
                pa.types.is_integer(c.type),
                pa.types.is_floating(c.type),
                c.pii,
            )
            for c in self.spec.columns
        ]

    def _value(self, dialect: Dialect, column: Column) -> str:
        quoted = dialect.quote(column.name)
        if pa.types.is_floating(column.type):  # nothing is known of a column with an infinite mean
            return f"CASE WHEN {dialect.finite(quoted)} THEN {quoted} END"
        return quoted

    def _number(self, dialect: Dialect, column: Column) -> str:
        """The value as a float, if it is near enough for a mean and a variance."""
        quoted = dialect.quote(column.name)
        if pa.types.is_floating(column.type):
            return f"CASE WHEN ABS({quoted}) < {_FARTHEST} THEN {quoted} END"
        return _float(dialect, quoted)

    def _spread(self, dialect: Dialect, place: int, column: Column, rows: str, by: str) -> str:
        """Distinct values and counts of a column, by partition: grouped by value, then what that gives by bucket."""
        value, integer = self._value(dialect, column), dialect.type_of(pa.int64())
        nothing = f"CAST(NULL AS {dialect.type_of(pa.string())})"
        by_value = (
            f"SELECT {by} AS part, {value} AS v, COUNT(*) AS n FROM {rows} WHERE {value} IS NOT NULL GROUP BY 1, 2"
        )
        if kind_of(column) == "text" and not column.pii:
            item = dialect.json_object({"v": f"SUBSTR({dialect.as_text('c.v')}, 1, {_LONGEST})", "n": "c.n"})
            item = f"CASE WHEN c.n IS NOT NULL THEN {item} END"
            bounds, extremes = nothing, ""
            if pa.types.is_string(column.type):
                ends = {name: f"SUBSTR(MAX(d.{name}), 1, {_LONGEST})" for name in ("least", "most")}
                bounds, extremes = dialect.json_object(ends), ", MIN(v) AS least, MAX(v) AS most"
            return (
                f"(WITH c AS ({by_value}), d AS (SELECT part, COUNT(*) AS d{extremes} FROM c GROUP BY part) "
                f"SELECT d.part, {place} AS place, MAX(d.d) AS d, STRING_AGG({item}, ',') AS counts, "
                f"{bounds} AS bounds FROM d LEFT JOIN c ON c.part = d.part AND d.d <= {MOST_VALUES} GROUP BY d.part)"
            )
        head = f"SELECT part, {place} AS place"
        if kind_of(column) == "number":
            number = _float(dialect, "NULLIF(v, 0)")
            bucket = f"SIGN(v) * ({ZERO_AT} + FLOOR(LN(ABS({number})) * {PER_E}))"
            bucket = f"CAST(COALESCE({bucket}, 0) AS {integer})"
        elif pa.types.is_timestamp(column.type):
            bucket = dialect.translate("EXTRACT(HOUR FROM v)")
        else:
            return (
                f"{head}, COUNT(*) AS d, {nothing} AS counts, {nothing} AS bounds FROM ({by_value}) AS c GROUP BY part"
            )
        by_bucket = f"SELECT part, {bucket} AS b, SUM(n) AS n, COUNT(*) AS d FROM ({by_value}) AS c GROUP BY 1, 2"
        pair = f"CONCAT({dialect.as_text('b')}, ',', {dialect.as_text('n')})"
        return (
            f"{head}, CAST(SUM(d) AS {integer}) AS d, STRING_AGG({pair}, ',') AS counts, {nothing} AS bounds "
            f"FROM ({by_bucket}) AS c GROUP BY part"
        )


def _has_bounds(column: Column) -> bool:
    """Are least and most aggregates of the rows? Of texts they are aggregates of the values."""
    return kind_of(column) in ("number", "time")


def _float(dialect: Dialect, value: str) -> str:
    return f"CAST({value} AS {dialect.type_of(pa.float64())})"


def _union(queries: Sequence[str]) -> str:
    """All of them, in halves: one below the other, two hundred take DuckDB four times as long to plan."""
    if len(queries) <= _FLAT:
        return " UNION ALL ".join(queries)
    half = len(queries) // 2
    return f"({_union(queries[:half])}) UNION ALL ({_union(queries[half:])})"


class _Bounds(msgspec.Struct):
    least: str
    most: str


class _Spread(NamedTuple):
    """Distinct values of a column, their counts, and of texts the least and the most of them."""

    distinct: int = 0
    counts: str = ""
    bounds: _Bounds | None = None


_SPREADS = msgspec.json.Decoder(list[tuple[int, int, msgspec.Raw, _Bounds | None]])


def _spreads(text: str | None) -> dict[int, _Spread]:
    """By place of the column."""
    return {
        place: _Spread(distinct, bytes(counts)[1:-1].decode(), bounds)
        for place, distinct, counts, bounds in _SPREADS.decode(f"[{text or ''}]")
    }


class _About(NamedTuple):
    """What is to be known of a column, to read what was asked of it."""

    name: str
    kind: Kind
    bounds: bool
    whole: bool
    floating: bool
    pii: bool


def _column(about: _About, rows: int, values: Iterator[Any], spread: _Spread) -> ColumnProfile:
    kind, (distinct, counts, bounds) = about.kind, spread
    nulls = rows - next(values)
    least, most = (bounds.least, bounds.most) if bounds else (None, None)
    if about.bounds:
        least, most = next(values), next(values)
    if kind == "number":
        mean, variance = next(values), next(values)
        if about.floating and max(abs(float(bound or 0)) for bound in (least, most)) >= _FARTHEST:
            mean = variance = None
        mean = None if mean is None else float(mean)
        variance = None if variance is None else float(variance)
        return ColumnProfile(
            kind, rows, nulls, distinct, distinct, least, most, mean, variance, counts, True, about.whole
        )
    if kind == "other":
        return ColumnProfile(kind, rows, nulls, complete=False)
    known = kind == "text" and not about.pii and distinct <= MOST_VALUES
    return ColumnProfile(kind, rows, nulls, distinct, distinct, least, most, counts=counts, complete=known)
