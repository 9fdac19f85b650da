"""Which files of a folder belong to which partition: the way back from a name to the partition it was made for.

`Files` renders a path for a partition. Whoever watches a folder has a path and wants the partition, in one listing of
the folder, however many files there are.
"""

import re
from calendar import month_abbr, month_name
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from string import Formatter
from typing import Literal

from dataops_assets.model.partitions import Partition, TimePartitions
from dataops_assets.model.units import DAY, HOUR, MONTH
from dataops_assets.sources.folders import Entry

_DIRECTIVES = {
    "Y": r"\d{4}",
    "m": r"\d{2}",
    "d": r"\d{2}",
    "H": r"\d{2}",
    "M": r"\d{2}",
    "S": r"\d{2}",
    "y": r"\d{2}",
    "j": r"\d{3}",
    "b": "|".join(map(re.escape, filter(None, month_abbr))),
    "B": "|".join(map(re.escape, filter(None, month_name))),
}
_DATES = (frozenset("Ymd"), frozenset("ymd"), frozenset("Yj"), frozenset("yj"))
_ENOUGH = {
    MONTH: (frozenset("Ym"), frozenset("ym")),
    DAY: _DATES,
    HOUR: tuple(date | {"H"} for date in _DATES),
}
_GLOB = re.compile(r"(\*\*/|\*+|\?|\[!?[^\]]+\])")


class NotReversible(ValueError):
    """A path template that does not say which partition a file belongs to; the message says what would."""


@dataclass(frozen=True)
class Arrivals:
    """What lies in a folder.

    files: the files of each partition, by partition, in the order of time.
    strangers: why a file that looks alike belongs to no partition, by path.
    """

    files: Mapping[Partition, Sequence[Entry]] = field(default_factory=dict)
    strangers: Mapping[str, str] = field(default_factory=dict)


class PartitionPath:
    """A path template read backwards.

    base: the folder in front of the template, taken as it is. template: as `Files.path`, with `{partition.start:…}`,
    `{partition.end:…}`, `{partition.key}` or `{partition.folder}`.
    Raises NotReversible.
    """

    def __init__(self, base: str, template: str, calendar: TimePartitions) -> None:
        self._calendar = calendar
        self._directives: dict[str, set[str]] = {"start": set(), "end": set()}
        self.pattern = base
        self._steps = list(_of_glob(base))
        for literal, name, form, conversion in Formatter().parse(template):
            self.pattern += literal
            self._steps += _of_glob(literal)
            if name is None:
                continue
            what = name.removeprefix("partition.")
            if what in ("key", "folder") and not form:
                unit = calendar.unit
                form = unit.key_format if what == "key" else f"{unit.name}={unit.folder_format}"
                what = "start"
            if what not in self._directives or conversion:
                raise NotReversible(f"{{{name}}} in {template!r} does not tell which partition a file belongs to")
            self.pattern += self._moment(what, form or "")
        self._edge = next((edge for edge in ("start", "end") if self._enough(edge)), None)
        if self._edge is None:
            raise NotReversible(
                f"{template!r} does not say all of the {calendar.unit} a file belongs to; "
                "{partition.start:%Y-%m-%d} does, and so does {partition.key}"
            )

    def partition_of(self, path: str) -> Partition:
        """The partition of a file. Raises ValueError, saying why, if it has none, or may be of several."""
        problem = ValueError("its name does not say which partition it belongs to")
        found: set[Partition] = set()
        # A wildcard beside a date leaves several ways to read a name; an extraction takes the file for each of them.
        for reading in self._readings(path):
            try:
                found.add(self._partition(dict(reading)))
            except ValueError as error:
                problem = error
        if not found:
            raise problem
        if len(found) > 1:
            keys = ", ".join(partition.key for partition in sorted(found))
            raise ValueError(f"its name says several partitions, {keys}; have the path tell more than a wildcard does")
        return found.pop()

    def _partition(self, reading: Mapping[str, str]) -> Partition:
        edge = self._edge
        read = {name: text for name, text in reading.items() if name.startswith(f"{edge} ")}
        form = " ".join(name.removeprefix(f"{edge} ") for name in read)
        moment = datetime.strptime(" ".join(read.values()), form).replace(tzinfo=UTC)
        partition = self._calendar.at(moment) if edge == "start" else self._calendar.before(moment)
        for name, text in reading.items():
            edge, _, directive = name.partition(" ")
            if (asked := f"{getattr(partition, edge):{directive}}") != text:
                raise ValueError(f"its name says {text!r} where that of partition {partition.key} says {asked!r}")
        return self._calendar.of(partition.key)  # raises, and says what the calendar is

    def _readings(self, path: str) -> set[tuple[tuple[str, str], ...]]:
        """All ways to read a path: what it says for each directive."""
        states: set[tuple[int, tuple[tuple[str, str], ...]]] = {(0, ())}
        for step in self._steps:
            if step.name is None:
                states = {(end, found) for at, found in states for end in step.ends(path, at)}
            else:
                read = ((at, end, dict(found)) for at, found in states for end in step.ends(path, at))
                states = {
                    (end, tuple({**found, step.name: path[at:end]}.items()))
                    for at, end, found in read
                    if found.get(step.name, path[at:end]) == path[at:end]  # twice in a path, it is the same
                }
        return {found for at, found in states if at == len(path)}

    def _enough(self, edge: str) -> bool:
        named = {"m" if directive in "bB" else directive for directive in self._directives[edge]}
        return any(needed <= named for needed in _ENOUGH[self._calendar.unit])

    def _moment(self, edge: str, form: str) -> str:
        """Take the steps of a strftime form; returns its wildcards."""
        if not form:
            raise NotReversible(f"{{partition.{edge}}} needs a form, such as {{partition.{edge}:%Y-%m-%d}}")
        for token in re.findall(r"%.|[^%]+", form):
            directive = token[1:] if token.startswith("%") else ""
            if not directive:
                self._steps.append(_Step(re.compile(re.escape(token))))
            elif directive not in _DIRECTIVES:
                raise NotReversible(f"{token} in {form!r} cannot be read back; {', '.join(_DIRECTIVES)} can")
            else:
                self._directives[edge].add(directive)
                self._steps.append(_Step(re.compile(_DIRECTIVES[directive]), f"{edge} {token}"))
        return "/".join("*" for _ in form.split("/"))


@dataclass(frozen=True)
class _Step:
    """A piece of a path. form: what it looks like, or `*` or `**/`. name: what it says, if it says something."""

    form: re.Pattern[str] | Literal["*", "**/"]
    name: str | None = None

    def ends(self, path: str, at: int) -> Iterable[int]:
        """Where it may end in a path, if it begins at `at`."""
        if self.form == "*":  # within a folder
            slash = path.find("/", at)
            return range(at, (len(path) if slash < 0 else slash) + 1)
        if self.form == "**/":  # any number of folders
            return [at, *(place + 1 for place in range(at, len(path)) if path[place] == "/")]
        match = self.form.match(path, at)
        return [match.end()] if match else []


def _of_glob(text: str) -> Iterable[_Step]:
    """The steps of a glob pattern."""
    for piece in filter(None, _GLOB.split(text)):
        if piece == "**/":
            yield _Step("**/")
        elif piece.startswith("*"):
            yield _Step("*")
        elif _GLOB.fullmatch(piece):
            form = "[^/]" if piece == "?" else f"[^/{piece[2:]}" if piece.startswith("[!") else piece
            yield _Step(re.compile(form))
        else:
            yield _Step(re.compile(re.escape(piece)))
