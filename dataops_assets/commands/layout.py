"""Text within the width of the terminal, of COLUMNS, or of 80 columns in a pipe; commands can be copied as they are."""

import re
import shutil
import textwrap
from collections.abc import Sequence

from dataops_assets.commands.shared import out, show

_HANGING = 4
_TIED = "\0"


def paragraph(text: str, indent: int = 0) -> list[str]:
    """The lines of a text; those that follow the first stand further in. A word that is too long stays whole."""
    return _wrapped(text, indent, _width())


def command(text: str, indent: int = 4) -> list[str]:
    """The lines of a command: each but the last ends as a shell wants it. A list that is too long for one is quoted."""
    if indent + len(text) <= _width():
        return [" " * indent + text]
    width = _width() - 2
    room = width - indent - _HANGING
    words = [_spaced(word) if len(word) > room and "," in word else word for word in text.split(" ")]
    together = re.sub(r"(--[a-z-]+) ", rf"\1{_TIED}", " ".join(words))  # an option and its value
    *lines, last = (line.replace(_TIED, " ") for line in _wrapped(together, indent, width))
    return [*(f"{line} \\" for line in lines), last]


def say(text: str, indent: int = 0, style: str | None = None) -> None:
    """Print a text, line by line where it has lines of its own."""
    for part in text.splitlines():
        for line in paragraph(part, indent):
            out.print(line, style=style)


def say_command(text: str, indent: int = 4) -> None:
    """Print a command."""
    for line in command(text, indent):
        out.print(line)


def say_line(line: str) -> None:
    """Print a line that has its indent, or is a command; one that begins with a line feed stands apart."""
    if line.startswith("\n"):
        out.print()
    text = line.strip()
    indent = len(line.lstrip("\n")) - len(line.lstrip())
    if text.startswith("dataops "):
        say_command(text, indent)
    else:
        say(text, indent)


def fits(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bool:
    """Whether a table is narrow enough."""
    return _needed(columns, rows) <= _width()


def fitting(
    columns: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str], least: Sequence[Sequence[str]]
) -> None:
    """Print a table. Where it is too wide, columns are left out, group by group, until it is not; at last keys of the
    first column are broken behind their layer.

    least: the groups, the one that says least first.
    """
    names, table = list(columns), [list(row) for row in rows]
    for group in least:
        if fits(names, table):
            break
        kept = [place for place, name in enumerate(names) if name not in group]
        names, table = [names[place] for place in kept], [[row[place] for place in kept] for row in table]
    if not fits(names, table):
        table = [[str(row[0]).replace("/", "/\n  "), *row[1:]] for row in table]
    show(names, table, right=right, width=_width())


def _spaced(word: str) -> str:
    """A list in quotes, with room to break it."""
    return '"' + word.strip("'").replace(",", ", ") + '"'


def _needed(names: Sequence[str], rows: Sequence[Sequence[object]]) -> int:
    columns = [["" if each is None else str(each) for each in column] for column in zip(names, *rows, strict=True)]
    return sum(max(map(len, column)) for column in columns) + 2 * (len(columns) - 1)


def _width() -> int:
    return shutil.get_terminal_size().columns


def _wrapped(text: str, indent: int, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + _HANGING),
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
