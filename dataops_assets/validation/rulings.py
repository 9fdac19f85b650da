"""What people say of what statistical checks found: this is how it is (accept), or this is a defect (confirm).

Either is said of rows of one version: other rows in their place are judged as if nobody had said anything. An
acceptance holds for the figure that was found, and for none that is farther off. What was accepted is part of what
later partitions are compared with, as all are whose defect is not confirmed; once it has expired, it is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Literal

import msgspec

from dataops_assets.model.statistics import Against, Completeness, Statistic
from dataops_assets.validation.measured import Figure, Measured
from dataops_assets.validation.profile import Profile

RulingKind = Literal["accept", "confirm", "withdraw"]

_SAME = 1e-9
"""By what share a figure may differ that is computed of the same rows once more."""


class Ruling(msgspec.Struct, frozen=True):
    """One about a check and column of a partition. check: "" of a confirmed defect that no check has found.

    version: of the rows. value: what was found of them. until: the last day, UTC, on which an acceptance holds.
    """

    partition: str
    check: str
    column: str
    kind: RulingKind
    version: str
    value: float | None
    by: str
    reason: str
    until: date | None = None

    def expired(self, today: date) -> bool:
        """Is it over?"""
        return self.until is not None and today > self.until

    @property
    def words(self) -> str:
        """By whom, until when and why."""
        until = f" until {self.until}" if self.until else ""
        return f"{'accepted' if self.kind == 'accept' else 'confirmed'} by {self.by}{until}: {self.reason}"


def today() -> date:
    """The day, UTC."""
    return datetime.now(UTC).date()


def until_day(text: str) -> date:
    """The last day of an acceptance, as somebody typed it. Raises ValueError."""
    try:
        until = date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"until {text}: a date, such as 2026-12-31") from error
    if until < today():
        raise ValueError(f"until {text}: is over; it is {today()} (UTC)")
    return until


@dataclass(frozen=True)
class Rulings:
    """The newest of each partition, check and column of a table. on: the day that it is, UTC."""

    newest: Mapping[tuple[str, str, str], Ruling] = field(default_factory=dict)
    on: date = field(default_factory=lambda: today())

    @classmethod
    def of(cls, rulings: Iterable[Ruling]) -> "Rulings":
        return cls({(each.partition, each.check, each.column): each for each in rulings})

    def left_out(self, known: Mapping[str, Profile]) -> set[str]:
        """Partitions that are no reference: of a confirmed defect, or of an acceptance that has expired."""
        return {
            each.partition
            for each in self.newest.values()
            if (each.kind == "confirm" or (each.kind == "accept" and each.expired(self.on)))
            and (profile := known.get(each.partition))
            and profile.version == each.version
        }

    def without_gaps(self) -> set[str]:
        """Partitions of which it was accepted that some before them are missing."""
        return {
            each.partition
            for each in self.newest.values()
            if each.check == Completeness.name and each.kind == "accept" and not each.expired(self.on)
        }

    def written(self, measured: Measured, partition: str, version: str) -> Measured:
        """Of a partition that is written now: as `applied`, and with what is usual since it was accepted earlier."""
        found = self.applied(measured, partition, version)
        if not isinstance(measured.statistic, Against):
            return found
        return replace(found, figures=[self._usual(found.statistic, each, partition) for each in found.figures])

    def applied(self, measured: Measured, partition: str, version: str) -> Measured:
        """The same, with what was accepted, or confirmed, of these rows; what was accepted too long ago has failed."""
        figures = measured.figures
        if self.newest:
            figures = [self._figure(measured.statistic, each, partition, version) for each in figures]
        return Measured(measured.statistic, figures, version)

    def _usual(self, statistic: Statistic, figure: Figure, partition: str) -> Figure:
        known = (partition, statistic.check, figure.column) in self.newest
        if known or figure.verdict != "failed" or not (earlier := self._before(statistic, figure, partition)):
            return figure
        reason = f"{figure.reason}; {earlier.words} (of {earlier.partition})"
        return msgspec.structs.replace(figure, verdict="accepted", reason=reason)

    def _figure(self, statistic: Statistic, figure: Figure, partition: str, version: str) -> Figure:
        ruling = self.newest.get((partition, statistic.check, figure.column))
        if figure.verdict not in ("failed", "accepted") or ruling is None:
            return figure
        if not holds(ruling, statistic, figure, version):
            return figure
        accepted = ruling.kind == "accept" and not ruling.expired(self.on)
        reason = figure.reason if ruling.words in figure.reason else f"{figure.reason}; {ruling.words}"
        return msgspec.structs.replace(figure, verdict="accepted" if accepted else "failed", reason=reason)

    def _before(self, statistic: Statistic, figure: Figure, partition: str) -> Ruling | None:
        """That as much was accepted of an earlier partition, which is all the past that such a check has."""
        for each in self.newest.values():
            same = (each.check, each.column) == (statistic.check, figure.column) and each.partition < partition
            if same and each.kind == "accept" and not each.expired(self.on) and _within(figure, each):
                return each
        return None


def _within(figure: Figure, ruling: Ruling) -> bool:
    return (figure.value or 0.0) <= (ruling.value or 0.0) * (1 + _SAME)


def holds(ruling: Ruling, statistic: Statistic, figure: Figure, version: str) -> bool:
    """Was it about this figure of these rows? What is missing before a partition does not depend on its rows."""
    if ruling.kind == "withdraw" or (ruling.version != version and not isinstance(statistic, Completeness)):
        return False
    return ruling.kind == "confirm" or _within(figure, ruling)
