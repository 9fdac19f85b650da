"""What the statistical checks of a partition found: figures against thresholds, and the verdict of each check."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import msgspec

from dataops_assets.model.statistics import Statistic

MOST_NAMED = 5

MeasuredVerdict = Literal["passed", "failed", "no history", "accepted"]
_ORDER: Sequence[MeasuredVerdict] = ("failed", "accepted", "passed", "no history")


class Figure(msgspec.Struct, frozen=True, gc=False):
    """One figure against its threshold. column: what it is of; "" for the table. reason: what is wrong, or why it is
    not known.
    """

    column: str
    verdict: MeasuredVerdict
    value: float | None = None
    threshold: float | None = None
    reason: str = ""

    @property
    def excess(self) -> float:
        """The value in units of the threshold."""
        return (self.value or 0.0) / self.threshold if self.threshold else 0.0


@dataclass(frozen=True)
class Measured:
    """What one declared check found of one partition. worst: the figure that is nearest to its threshold or furthest
    above it. version: of its rows.
    """

    statistic: Statistic
    figures: Sequence[Figure]
    version: str = ""

    @cached_property
    def verdict(self) -> MeasuredVerdict:
        """Failed if a column is, and accepted if all that would have failed are; no history if none is known."""
        verdicts: set[MeasuredVerdict] = {figure.verdict for figure in self.figures}
        return min(verdicts or {"no history"}, key=_ORDER.index)

    @property
    def worst(self) -> Figure | None:
        known = [figure for figure in self.figures if figure.verdict != "no history"]
        verdict = self.verdict
        return max(known, key=lambda figure: (figure.verdict == verdict, figure.excess), default=None)

    @property
    def reason(self) -> str:
        """What is wrong, the worst first, or why it is not known."""
        if self.verdict == "passed":
            return ""
        if self.verdict != "no history":
            found = sorted((f for f in self.figures if f.verdict == self.verdict), key=lambda f: -f.excess)
            more = f"; and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
            return "; ".join(figure.reason for figure in found[:MOST_NAMED]) + more
        return next((figure.reason for figure in self.figures), "no column that it could be of")
