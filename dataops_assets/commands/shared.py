"""What the commands share: tables on the terminal, and the error for unusable arguments or settings.

All commands import it, those too that are to answer at once: it knows nothing of the project.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table


class Unusable(ValueError):
    """Arguments or settings that cannot be used: exit code 2."""


out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)


def show(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    title: str = "",
    right: Sequence[str] = (),
    width: int | None = None,
) -> None:
    """Print a table; the columns named in `right` are aligned to the right. width: by default the terminal's."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console(highlight=False, markup=False, width=width or (None if out.is_terminal else 200)).print(table)


def counted(problems: Sequence[object]) -> str:
    """How many there are; nothing, if there are none."""
    return f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}" if problems else ""


def bytes_text(count: int) -> str:
    """A number of bytes for people, in the units of a bill: powers of ten."""
    value, units = float(count), ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 1000 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{count} B" if units[0] == "B" else f"{value:.1f} {units[0]}"
