"""A difference as people read it: one line, a table of columns, and both as Markdown."""

from collections.abc import Iterable, Mapping
from typing import Any

from dataops_assets.ledger.difference import Difference

COLUMNS = ["column", "rows changed", "example", "total before", "total after"]


def summary(difference: Difference) -> str:
    """Rows before and after, and what was done to them."""
    rows = f"{difference.rows_before:,} → {difference.rows_after:,} rows"
    if difference.not_by_key:
        return f"{rows}; {difference.not_by_key}, so that rows cannot be compared"
    counts = (difference.rows_added, difference.rows_removed, difference.rows_changed)
    words = [f"{n:,} {word}" for n, word in zip(counts, ("added", "removed", "changed"), strict=True) if n]
    first = "" if difference.before else ", nothing was published before"
    return f"{rows}: {', '.join(words) or 'none changed'}{first}"


def notes(difference: Difference) -> list[str]:
    """What has changed beside the rows: columns, and what made them."""
    said = {"added": "new", "removed": "no longer written", "type": "of another type than before"}
    lines = [f"column {name} is {said[what]}, and is not compared" for name, what in difference.schema.items()]
    return lines + [f"the {each['changed']} of {each['asset']} has changed" for each in difference.made_by]


def column_rows(difference: Difference) -> list[list[str]]:
    """A row under COLUMNS for each column that has other values, or another total."""
    rows = []
    names = dict.fromkeys([*difference.columns, *difference.totals])
    for name in sorted(names, key=lambda name: -difference.columns[name].rows if name in difference.columns else 0):
        before, after = difference.totals.get(name, (None, None))
        found = difference.columns.get(name)
        if found is None and before == after:
            continue
        example = next((_example(each) for each in found.examples), "") if found else ""
        rows.append([name, f"{found.rows:,}" if found else "", example, _figure(before), _figure(after)])
    return rows


def markdown(difference: Difference) -> str:
    """All of it."""
    lines = [summary(difference), *(f"- {note}" for note in notes(difference))]
    if rows := column_rows(difference):
        lines += ["", _line(COLUMNS), _line("---" for _ in COLUMNS), *map(_line, rows)]
    return "\n".join(lines)


def _example(example: Mapping[str, Any]) -> str:
    key = ", ".join(f"{name}={value}" for name, value in example.items() if name not in ("_before", "_after"))
    return f"{_change(example.get('_before'), example.get('_after'))} ({key})"


def _change(before: Any, after: Any) -> str:
    """Both values; two fractions no longer than is needed to read them, if they differ then."""
    if isinstance(before, float) and isinstance(after, float) and max(abs(before), abs(after)) < 1e6:
        short = f"{before:.6g}", f"{after:.6g}"
        if len({*short}) == 2:
            return " → ".join(short)
    return f"{_value(before)} → {_value(after)}"


def _value(value: Any) -> str:
    return "null" if value is None else str(value)


def _figure(value: float | int | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"
