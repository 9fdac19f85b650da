"""One partition after a write, as Dagster is told of it; and what is said of those that have a problem."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataops_assets.failures import SEE_CHECKS
from dataops_assets.ledger.outcome import CheckOutcome

NOT_WRITTEN = "not written"
"""Metadata of the observation of a partition that was refused: why."""
DIFFERENCE = "difference"
"""Metadata of one that was published, or waits for that: what it changes, or would."""
NO_HISTORY = "There is not enough history to compare with: it has neither passed nor failed."
"""Of a check that Dagster shows as passed, since it knows nothing in between."""

_ATTEMPT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_AFTER_CHOSEN = (
    "If they come after the partitions that were chosen: a backfill of Dagster asks for them too where a table has "
    "history, since they read the chosen ones. What else they read was not asked for, and there is nothing to be done."
)
_LISTED = 20  # partitions named in an error; the checks show the others


@dataclass(frozen=True)
class PartitionReport:
    """One partition after a write, as Dagster is told of it; `partition` is None for an unpartitioned asset.

    refusal: why the partition was NOT written, so that its old state stands; empty or None if it was written.
    held_by: asset and partition in which it began, of one that was refused for another's sake. lacking: there is
        nothing there. no_history: checks that had nothing to compare with.
    """

    partition: str | None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    checks: Sequence[CheckOutcome] = ()
    refusal: str | None = None
    held_by: str = ""
    lacking: bool = False
    no_history: Sequence[str] = ()

    @property
    def problem(self) -> str:
        """Why nothing may be built on this partition: check names and reason; an empty text if it is sound."""
        stopping = [check for check in self.checks if check.severity.stops and not check.passed]
        if not (self.refusal or stopping):
            return ""
        words = dict.fromkeys(filter(None, [self.refusal, *(check.description for check in stopping)]))
        # A check that explains a refusal begins with it.
        reasons = [each for each in words if not any(other != each and other.startswith(each) for other in words)]
        names = ", ".join(check.name for check in stopping)
        return ": ".join(filter(None, [names, "; ".join(reasons)]))


def _which(items: Sequence[PartitionReport]) -> str:
    """The partitions that have the same problem, which is said as it is of the first."""
    first, last = items[0].partition, items[-1].partition
    if first is None:
        return ""
    return f"{first}: " if len(items) == 1 else f"{len(items)} partitions, {first} to {last}: "


def message(name: str, bad: Sequence[PartitionReport], total: int, in_backfill: bool) -> str:
    """What is wrong with these, of all partitions of the asset `name` that a run had: alike ones are said once."""
    unwritten = sum(1 for item in bad if item.refusal)
    outcome = (
        "not written, the old state stands" if unwritten == len(bad) else f"unsound ({unwritten} of them not written)"
    )
    alike: dict[str, list[PartitionReport]] = {}
    for item in bad:
        alike.setdefault(_ATTEMPT.sub("", item.problem.replace(item.partition or "", "")), []).append(item)
    listed = [f"  {_which(items)}{items[0].problem}" for items in alike.values()]
    more = sum(map(len, list(alike.values())[_LISTED:]))
    rest = [f"  and {more} more"] if more else []
    what = f"{len(bad)} of {total} partitions" if bad[0].partition else "the table is"
    return "\n".join(
        [
            f"{name}: {what} {outcome}:",
            *listed[:_LISTED],
            *rest,
            *([_AFTER_CHOSEN] if in_backfill and any(item.lacking for item in bad) else []),
            SEE_CHECKS,
        ]
    )
