"""Checks of a partition against another table: that its keys exist there, and that totals agree.

They are computed in the warehouse, beside the figures of the partition and in the same request. Where the other table
has nothing to compare with, the answer is "no history".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from sqlglot import exp

from dataops_assets.dialects.base import Dialect
from dataops_assets.dialects.portable import UnsupportedSql, parse
from dataops_assets.model.statistics import Against, Parity, References
from dataops_assets.nearest import suggestion
from dataops_assets.validation.measured import Figure, Measured
from dataops_assets.warehouse.base import Answer, Session
from dataops_assets.warehouse.slices import Slices
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

Compared = Mapping[str, Sequence[Measured]]
"""By partition."""

_EXACT = 1e-9
"""By what share two totals differ that were added up in another order."""


def ask(
    session: Session,
    schema: str,
    table: StagedTable | DerivedTable,
    rows: str,
    slices: Slices,
) -> Callable[[], Compared]:
    """Ask (`Session.later`) what the declared checks of this kind say of the partitions, each by itself.

    rows: a scratch table that names partitions as `_slice`. slices: the partitions. Inside `reading` or `swapping`.
    """
    answers: list[tuple[Against, Callable[[], Mapping[str, Figure]]]] = []
    for statistic in table.statistics:
        if isinstance(statistic, Against):
            other = table.others[statistic.of]
            if not session.exists(schema, other.relation):
                answers.append((statistic, dict))
            elif isinstance(statistic, References):
                answers.append((statistic, _references(session, schema, table, other, statistic, rows, slices)))
            elif isinstance(statistic, Parity):
                answers.append((statistic, _parity(session, schema, other, statistic, rows, slices)))
    if not answers:
        return dict

    def compared() -> Compared:
        found = [(statistic, answer()) for statistic, answer in answers]
        return {
            key: [Measured(statistic, [figures.get(key) or _nothing(statistic)]) for statistic, figures in found]
            for key in slices.keys
        }

    return compared


def _nothing(statistic: Against) -> Figure:
    return Figure(statistic.about, "no history", reason=f"{statistic.of} has nothing to compare it with")


def _references(
    session: Session,
    schema: str,
    table: StagedTable | DerivedTable,
    other: StagedTable | DerivedTable,
    statistic: References,
    rows: str,
    slices: Slices,
) -> Callable[[], Mapping[str, Figure]]:
    quote, literal = session.dialect.quote, session.dialect.literal
    pairs = list(zip(statistic.columns, statistic.to or statistic.columns, strict=True))
    mine = [f"r.{quote(one)}" for one, _ in pairs]
    keys = ", ".join(f"o.{quote(there)} AS k{place}" for place, (_, there) in enumerate(pairs))
    same = " AND ".join(f"o.k{place} = {name}" for place, name in enumerate(mine))
    lacking = " AND ".join(["o.there IS NULL", *(f"{name} IS NOT NULL" for name in mine)])
    hidden = any(table.spec.column(name).pii for name in statistic.columns)
    shown = literal("") if hidden else _joined(session.dialect, mine)
    kept = other.slices([]).kept(session, "o")
    there = f"SELECT DISTINCT {keys}, 1 AS there FROM {session.relation(schema, other.relation)} AS o WHERE {kept}"
    answer = session.later(
        f"SELECT r._slice, COUNT(*) AS n, COUNT(CASE WHEN {lacking} THEN 1 END) AS lacking, "
        f"MIN(CASE WHEN {lacking} THEN {shown} END) AS example "
        f"FROM {rows} AS r LEFT JOIN ({there}) AS o ON {same} WHERE r._slice IS NOT NULL GROUP BY r._slice"
    )

    def found() -> Mapping[str, Figure]:
        figures = {key: _referring(statistic, rows, lacking, such) for key, rows, lacking, such in answer()}
        return {key: figures.get(key) or _referring(statistic, 0, 0, None) for key in slices.keys}

    return found


def _referring(statistic: References, rows: int, lacking: int, example: str | None) -> Figure:
    share = lacking / rows if rows else 0.0
    if share <= statistic.least:
        return Figure(statistic.about, "passed", share, statistic.least)
    such = f", such as {example!r}" if example else ""
    reason = f"{lacking} of {rows} rows have values of {statistic.about} that {statistic.of} has not{such}"
    return Figure(statistic.about, "failed", share, statistic.least, reason)


def _joined(dialect: Dialect, columns: Sequence[str]) -> str:
    texts = [dialect.as_text(column) for column in columns]
    parts = f", {dialect.literal(', ')}, ".join(texts)
    return f"CONCAT({parts})" if len(texts) > 1 else texts[0]


def _parity(
    session: Session,
    schema: str,
    other: StagedTable | DerivedTable,
    statistic: Parity,
    rows: str,
    slices: Slices,
) -> Callable[[], Mapping[str, Figure]]:
    translate = session.dialect.translate
    own = session.later(
        f"SELECT r._slice, {translate(statistic.total)} AS total FROM {rows} AS r WHERE r._slice IS NOT NULL GROUP BY 1"
    )
    theirs = _totals(session, schema, other, statistic, slices)

    def found() -> Mapping[str, Figure]:
        mine = {key: _number(total) for key, total in own()}
        return {key: _agreeing(statistic, mine.get(key, 0.0), _number(total)) for key, total in theirs()}

    return found


def _totals(
    session: Session, schema: str, other: StagedTable | DerivedTable, statistic: Parity, slices: Slices
) -> Answer:
    """The other table's totals, of the partitions of which it has rows."""
    calendar, kind = slices.calendar, None
    if calendar:
        column = statistic.by or (other.calendar.column if other.calendar else calendar.column)
        calendar, kind = replace(calendar, column=column), other.spec.column(column).type
    there = Slices(calendar, kind, slices.partitions)
    there.stage(session, "_compared")
    joined = f"{session.relation(schema, other.relation)} AS o {there.join(session, 'o', '_compared')}"
    expression = session.dialect.translate(statistic.theirs or statistic.total)
    return session.later(
        f"SELECT t._slice, {expression} AS total FROM (SELECT p.partition AS _slice, o.* FROM {joined}) AS t GROUP BY 1"
    )


def _number(total: Any) -> float:
    return float(total or 0)


def _agreeing(statistic: Parity, mine: float, theirs: float) -> Figure:
    apart = abs(mine - theirs) / max(abs(mine), abs(theirs)) if mine != theirs else 0.0
    if apart <= max(statistic.least, _EXACT):
        return Figure(statistic.about, "passed", apart, statistic.least)
    of = statistic.theirs or statistic.total
    reason = f"{statistic.total} is {mine:,.15g}, and {of} of {statistic.of} is {theirs:,.15g} ({mine - theirs:+,.15g})"
    return Figure(statistic.about, "failed", apart, statistic.least, reason)


def refuse_unfit(table: StagedTable | DerivedTable, statistic: Against) -> str:
    """Why such a check cannot be made, or an empty text."""
    other = table.others[statistic.of]
    if isinstance(statistic, References):
        to = statistic.to or statistic.columns
        if isinstance(statistic.columns, str) or isinstance(statistic.to, str) or not statistic.columns:
            return "columns and to are lists of names"
        if len(to) != len(statistic.columns):
            return "columns and to name as many columns"
        for one, two in zip(statistic.columns, to, strict=True):
            if why := _lacks(table, one) or _lacks(other, two):
                return why
            mine, theirs = table.spec.column(one).type, other.spec.column(two).type
            if mine != theirs:
                return f"{one} is {mine} and {two} of {other.asset} is {theirs}: they never agree"
    elif isinstance(statistic, Parity):
        for of, sql in ((table, statistic.total), (other, statistic.theirs or statistic.total)):
            try:
                named = {node.name for node in parse(sql).find_all(exp.Column)}
            except UnsupportedSql as error:
                return f"{sql!r}: {error}"
            if why := next(filter(None, (_lacks(of, name) for name in sorted(named))), ""):
                return why
        if table.calendar:
            column = statistic.by or (other.calendar.column if other.calendar else "")
            if not column:
                return f"{other.asset} has no partitions; by= says which column of it tells to which a row belongs"
            if why := _lacks(other, column):
                return why
            kind = other.spec.column(column).type
            if not (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
                return f"{column} of {other.asset} is no date and no timestamp"
    return ""


def _lacks(table: StagedTable | DerivedTable, column: str) -> str:
    known = table.spec.names
    return "" if column in known else f"{table.asset} has no column {column!r}; {suggestion(column, known)}"
