"""What a publication changes in a partition of production: rows by key, columns, totals, and what made them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Part = Literal["contract", "code", "calendar"]

_PARTS: tuple[Part, ...] = ("contract", "code", "calendar")


@dataclass(frozen=True)
class ColumnDifference:
    """A column with other values. rows: how many rows have another one.

    examples: of few of them, with the columns of the key, `_before` and `_after`; personal data masked.
    """

    rows: int
    examples: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Difference:
    """A partition of production before and after a publication.

    before: the version that stood, or "" where nothing did.
    rows_added, rows_removed, rows_changed: by key; None where rows could not be told by it, which `not_by_key` says.
    columns: those with other values, by name. totals: of numeric columns outside of the key, their sum before and
        after; None of no rows. schema: columns that are "added", "removed", or have another "type", by name; their
        values are not compared.
    made_by: what has changed of what made the rows, [{"asset", "changed"}], "changed" being the contract, the code or
        the calendar.
    """

    before: str = ""
    rows_before: int = 0
    rows_after: int = 0
    rows_added: int | None = 0
    rows_removed: int | None = 0
    rows_changed: int | None = 0
    not_by_key: str = ""
    columns: Mapping[str, ColumnDifference] = field(default_factory=dict)
    totals: Mapping[str, Sequence[float | int | None]] = field(default_factory=dict)
    schema: Mapping[str, str] = field(default_factory=dict)
    made_by: Sequence[Mapping[str, str]] = ()

    @classmethod
    def first(cls, rows: int) -> "Difference":
        """Of a publication before which there was nothing."""
        return cls(rows_after=rows, rows_added=rows)

    @property
    def share(self) -> float:
        """How much of the partition changes: rows added, removed and changed, by the rows before; 1 at most.

        1 where rows cannot be told by their key; 0 of a first publication, which changes nothing that anybody has read.
        """
        if not self.before:
            return 0.0
        if self.rows_added is None or self.rows_removed is None or self.rows_changed is None:
            return 1.0
        return min(1.0, (self.rows_added + self.rows_removed + self.rows_changed) / max(self.rows_before, 1))


def changed_parts(was: Sequence[str], would: Sequence[str]) -> tuple[Part, ...]:
    """Which parts of what made something differ. was, would: as an entry's `made_by` says them of one asset."""
    olds, news = ([{each.split("/")[n] for each in some} for n in range(3)] for some in (was, would or was))
    return tuple(part for part, old, new in zip(_PARTS, olds, news, strict=True) if old != new)


def made_otherwise(was: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """What has changed between two `made_by`, for a Difference; nothing of assets that one of them does not know."""
    for asset in now:
        if was.get(asset):
            for part in changed_parts(was[asset], now[asset]):
                yield {"asset": asset, "changed": part}
