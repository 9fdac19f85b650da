"""The tables beside the pictures of a page: the same in figures, for those who cannot see it or want to copy it."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataops_assets.report.facts import Facts, Spread
from dataops_assets.report.slots import PRIVATE
from dataops_assets.validation.profile import ColumnProfile

_LISTED = 14
"""Partitions in the table beside the picture."""
_FAILURES = 50
"""Failed or accepted figures that are listed."""


@dataclass(frozen=True)
class Table:
    """numbers, words: places of the columns that are aligned to the right, and that may be long."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    words: Sequence[int] = ()


def _without_empty(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int] = (),
    words: Sequence[int] = (),
) -> Table:
    """A table without the columns in which there is nothing."""
    kept = [at for at in range(len(columns)) if any(row[at] for row in rows)]
    return Table(
        caption,
        [columns[at] for at in kept],
        [[row[at] for at in kept] for row in rows],
        [to for to, at in enumerate(kept) if at in numbers],
        [to for to, at in enumerate(kept) if at in words],
    )


def history(facts: Facts) -> Table:
    """Of the newest partitions: what stands there, and what became of the last write."""
    shown = list(facts.slots)[::-1][:_LISTED]
    what = "partition" if facts.partitioned else "write (UTC)"
    return _without_empty(
        f"The newest {len(shown)} in figures.",
        [what, "state", "rows", "usual", "in quarantine", "reason"],
        [
            [
                slot.label,
                slot.state,
                "" if slot.rows is None else f"{slot.rows:,}",
                f"{slot.usual[0]:,.0f} to {slot.usual[1]:,.0f}" if slot.usual else "",
                f"{slot.quarantined:,}" if slot.quarantined else "",
                slot.reason if slot.state != "written" else "",
            ]
            for slot in shown
        ],
        numbers=(2, 3, 4),
        words=(5,),
    )


def figures(facts: Facts) -> Table:
    """What failed or was accepted, the newest first."""
    rows = []
    for place in reversed(range(len(facts.slots))):
        for check in facts.checks:
            point = check.points[place]
            if point and point.verdict in ("failed", "accepted"):
                value, threshold = ("" if n is None else f"{n:.4g}" for n in (point.value, point.threshold))
                label = facts.slots[place].label
                rows.append(
                    [label, check.check, check.severity, point.verdict, point.column, value, threshold, point.reason]
                )
    left = f" {len(rows) - _FAILURES} older ones are not listed." if len(rows) > _FAILURES else ""
    columns = ["partition", "check", "severity", "verdict", "column", "value", "limit", "reason"]
    return _without_empty(
        f"Statistical checks that failed or were accepted, of each the furthest column.{left}",
        columns,
        rows[:_FAILURES],
        numbers=(5, 6),
        words=(7,),
    )


def row_checks(facts: Facts, known: dict[str, str]) -> Table:
    """How many rows fail each check of the contract. known: what the checks ask for, by name."""
    newest = facts.slots[-1] if facts.slots else None
    key = newest.key or newest.label if newest else ""
    rows = [
        [check, known.get(check, ""), f"{found.get(key, 0):,}", f"{sum(found.values()):,}", f"{len(found):,}"]
        for check, found in sorted(facts.rows_failing.items(), key=lambda each: -sum(each[1].values()))
    ]
    columns = ["check of rows", "what it asks for", "rows, newest", "rows, all shown", "partitions"]
    return Table("Rows that fail a check of the contract.", columns, rows, numbers=(2, 3, 4), words=(1,))


def columns(facts: Facts) -> Table:
    """Of each column: what is missing, differs and is usual, in the newest partition and before."""
    return _without_empty(
        "Each column in figures, then as it was before.",
        ["column", "missing", "before", "distinct", "before", "median", "before", "mean", "before", "PSI"],
        [_column(each) for each in facts.spreads],
        numbers=range(1, 10),
    )


def _column(spread: Spread) -> list[str]:
    now, before = spread.now, spread.before
    pairs = [f(each) for f in (_missing, _distinct) for each in (now, before)]
    if spread.private:
        return [f"{spread.column} ({PRIVATE})", *pairs, *[""] * 5]
    pairs += ["" if each is None else _number(each.quantile(0.5)) for each in (now, before)]
    pairs += ["" if each is None else _number(each.mean) for each in (now, before)]
    drift = spread.drift.value if spread.drift else None
    return [spread.column, *pairs, "" if drift is None else f"{drift:.3f}"]


def _missing(column: ColumnProfile | None) -> str:
    return "" if column is None or column.null_share is None else f"{column.null_share:.1%}"


def _distinct(column: ColumnProfile | None) -> str:
    if column is None or column.distinct is None:
        return ""
    return f"{column.distinct:,}" if column.distinct == column.distinct_most else f"≥ {column.distinct:,}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def rulings(facts: Facts) -> Table | None:
    """What holds, the newest partitions first."""
    newest = sorted(facts.said.newest.values(), key=lambda each: (each.partition, each.check), reverse=True)
    rows = [
        [
            each.partition or "the table",
            each.check or "the whole",
            each.column,
            each.kind,
            each.by,
            str(each.until or ""),
            each.reason,
        ]
        for each in newest
        if each.kind != "withdraw"
    ]
    if not rows:
        return None
    columns = ["partition", "check", "column", "said", "by", "until", "why"]
    left = f" {len(rows) - _FAILURES} older ones are not listed." if len(rows) > _FAILURES else ""
    caption = f"Accepted as it is, or confirmed as a defect.{left}"
    return _without_empty(caption, columns, rows[:_FAILURES], words=(6,))
