"""Is the newest partition by the calendar there in time? Told by the clock and what the table holds, without a run."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dataops_assets.ledger.entry import State, is_current
from dataops_assets.model.statistics import Freshness
from dataops_assets.validation.measured import Figure, Measured
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Fresh:
    """measured: hours since the end of the newest partition that is there (or since the calendar begins), against those
    after which the next one has to be there. newest: its key, or "". due: when the next one has to be there, UTC.
    """

    measured: Measured
    newest: str
    due: datetime

    @property
    def late(self) -> bool:
        return self.measured.verdict == "failed"


def fresh(table: StagedTable | DerivedTable, there: Iterable[str], now: datetime) -> Fresh | None:
    """What the table's check says of it; None if it has none, or all of its calendar. there: keys of its partitions.

    now: UTC.
    """
    declared = next((each for each in table.statistics if isinstance(each, Freshness)), None)
    calendar, newest = table.calendar, max(there, default="")
    if declared is None or calendar is None:
        return None
    since = calendar.of(newest).end if newest else calendar.start
    if calendar.end is not None and since >= calendar.end:
        return None
    missing = calendar.at(since)
    due = missing.end + declared.within
    value, threshold = (now - since) / _HOUR, (due - since) / _HOUR
    if now <= due:
        return Fresh(Measured(declared, [Figure("", "passed", value, threshold)]), newest, due)
    what = f"the newest partition is {newest}" if newest else "no partition is there"
    reason = f"{what}; {missing.key} had to be there by {due:%Y-%m-%d %H:%M} UTC"
    return Fresh(Measured(declared, [Figure("", "failed", value, threshold, reason)]), newest, due)


def there(table: StagedTable | DerivedTable, states: Mapping[str, State]) -> list[str]:
    """The partitions that a table holds, by the ledger."""
    return [key for key, state in states.items() if state.passed and is_current(table, state)]
