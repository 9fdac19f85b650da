"""Which files of a folder belong to which partition: the way back from a name to the partition it was made for.

`Files` renders a path for a partition. Whoever watches a folder has a path and wants the partition, in one listing of
the folder, however many files there are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from string import Formatter

from dataops_assets.model.partitions import DAY, HOUR, MONTH, Partition, TimePartitions
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
    "b": r"\w+?",
    "B": r"\w+?",
}
_DATES = (frozenset("Ymd"), frozenset("ymd"), frozenset("Yj"), frozenset("yj"))
_ENOUGH = {
    MONTH: (frozenset("Ym"), frozenset("ym")),
    DAY: _DATES,
    HOUR: tuple(date | {"H"} for date in _DATES),
}
_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]")


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

    def __init__(self, base: str, template: str, by: TimePartitions) -> None:
        self._by = by
        self._said: dict[str, set[str]] = {"start": set(), "end": set(), "key": set(), "folder": set()}
        self.pattern = base
        expression = _of_glob(base)
        for literal, name, form, conversion in Formatter().parse(template):
            self.pattern += literal
            expression += _of_glob(literal)
            if name is None:
                continue
            what = name.removeprefix("partition.")
            if what not in self._said or conversion or (what in ("key", "folder") and form):
                raise NotReversible(f"{{{name}}} in {template!r} does not tell which partition a file belongs to")
            wild, part = self._moment(what, form or "") if what in ("start", "end") else self._text(what)
            self.pattern += wild
            expression += part
        self._expression = re.compile(expression)
        self._from_start = self._enough("start")
        edge = "start" if self._from_start else "end"
        self._read = [f"{edge}_{directive}" for directive in sorted(self._said[edge])]
        self._form = " ".join(f"%{directive}" for directive in sorted(self._said[edge]))
        if not (self._said["key"] or self._said["folder"] or self._from_start or self._enough("end")):
            raise NotReversible(
                f"{template!r} does not say all of the {by.unit} a file belongs to; "
                "{partition.start:%Y-%m-%d} does, and so does {partition.key}"
            )

    def partition_of(self, path: str) -> Partition:
        """The partition of a file. Raises ValueError, saying why, if it has none."""
        match = self._expression.fullmatch(path)
        if match is None:
            raise ValueError("its name does not say which partition it belongs to")
        said = match.groupdict()
        if "key" in said:
            return self._by.of(said["key"])
        if "folder" in said:
            partition = self._by.of_folder(said["folder"])
            if partition is None:
                raise ValueError(f"there is no partition {said['folder']!r} on the calendar")
            return partition
        moment = datetime.strptime(" ".join(said[name] for name in self._read), self._form).replace(tzinfo=UTC)
        partition = self._by.at(moment) if self._from_start else self._by.before(moment)
        if partition.start < self._by.start or (self._by.end is not None and partition.start >= self._by.end):
            return self._by.of(partition.key)  # raises, and says what the calendar is
        return partition

    def _enough(self, what: str) -> bool:
        said = {"m" if directive in "bB" else directive for directive in self._said[what]}
        return any(needed <= said for needed in _ENOUGH[self._by.unit])

    def _text(self, what: str) -> tuple[str, str]:
        if self._said[what]:
            return "*", f"(?P={what})"
        self._said[what].add(what)
        return "*", f"(?P<{what}>[^/]+)"

    def _moment(self, what: str, form: str) -> tuple[str, str]:
        """Wildcards and expression of a strftime form."""
        if not form:
            raise NotReversible(f"{{partition.{what}}} needs a form, such as {{partition.{what}:%Y-%m-%d}}")
        expression = ""
        for token in re.findall(r"%.|[^%]+", form):
            directive = token[1:] if token.startswith("%") else ""
            if not directive:
                expression += re.escape(token)
            elif directive not in _DIRECTIVES:
                raise NotReversible(f"{token} in {form!r} cannot be read back; {', '.join(_DIRECTIVES)} can")
            elif directive in self._said[what]:
                expression += f"(?P={what}_{directive})"
            else:
                self._said[what].add(directive)
                expression += f"(?P<{what}_{directive}>{_DIRECTIVES[directive]})"
        return "/".join("*" for _ in form.split("/")), expression


def _of_glob(text: str) -> str:
    """A glob pattern as an expression: `*` stays within a folder, `**/` is any number of folders."""
    expression, at = "", 0
    for sign in _GLOB.finditer(text):
        expression += re.escape(text[at : sign.start()])
        found, at = sign.group(), sign.end()
        if found == "**/":
            expression += "(?:[^/]+/)*"
        elif found.startswith("*"):
            expression += "[^/]*"
        elif found == "?":
            expression += "[^/]"
        else:
            expression += f"[^{found[2:]}" if found.startswith("[!") else found
    return expression + re.escape(text[at:])
