"""The newest partitions of a table, as they are drawn: what stands in them, and what became of their newest write."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dataops_assets.ledger.entry import Entry, State
from dataops_assets.model.partitions import UNPARTITIONED, Partition, TimePartitions
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

NEWEST = 90
"""Partitions that are shown."""
_LATER = 14
"""After the newest one that is there so many that are missing are shown; of more, none."""
PRIVATE = "not shown: personal data"

SlotState = Literal["written", "failed", "held", "missing"]


@dataclass(frozen=True)
class Slot:
    """One partition, or one write of a table that has none. rows: that stand there; None where nothing does.

    state: of the newest write: "failed" and "held" may have rows of an earlier one. usual: how many rows would pass,
    from and to, where that is known. label: what it is called, the moment of a write of a table without partitions.
    """

    key: str
    label: str
    state: SlotState
    rows: int | None = None
    quarantined: int = 0
    reason: str = ""
    usual: tuple[float, float] | None = None


def newest_slots(table: StagedTable | DerivedTable, states: Mapping[str, State], now: datetime) -> list[Slot]:
    """The slots of a table of which all is known that the ledger says. now: UTC."""
    known = [key for key in states if table.calendar and is_of(table.calendar, key)]
    if not known or not table.calendar:
        return []
    window = window_of(table.calendar, known, now)
    return [slot_of(table, each.key, states.get(each.key)) for each in window]


def is_of(calendar: TimePartitions, key: str) -> bool:
    """Is it a partition that the table has, and keeps?"""
    try:
        return calendar.keeps(calendar.of(key))
    except ValueError:  # of another calendar
        return False


def window_of(calendar: TimePartitions, known: Sequence[str], now: datetime) -> list[Partition]:
    """The partitions that are shown. known: keys of those that the ledger knows. now: UTC."""
    first, last = min(known), calendar.of(max(known))
    end = min(calendar.end, now) if calendar.end else now
    later: list[Partition] = []
    following = calendar.at(last.end)
    while following.end <= end and len(later) <= _LATER:
        later.append(following)
        following = calendar.at(following.end)
    later = later if len(later) <= _LATER else []
    before = calendar.history(last, NEWEST - 1 - len(later))
    return [partition for partition in [*before, last, *later] if partition.key >= first]


def slot_of(
    table: StagedTable | DerivedTable, key: str, state: State | None, usual: tuple[float, float] | None = None
) -> Slot:
    """A partition. usual: how many rows would pass."""
    if state is None:
        return Slot(key, key, "missing", usual=usual)
    passed, latest = state.passed, state.latest
    rows, quarantined = (passed.rows, passed.rows_quarantined - passed.rows_given_up) if passed else (None, 0)
    return Slot(key, key, _state(latest), rows, quarantined, public(table, latest.reason), usual)


def write_of(table: StagedTable | DerivedTable, entry: Entry) -> Slot:
    """A write of a table without partitions."""
    rows = entry.rows if entry.version else None
    quarantined = entry.rows_quarantined - entry.rows_given_up
    return Slot(UNPARTITIONED, moment_of(entry), _state(entry), rows, quarantined, public(table, entry.reason))


def _state(entry: Entry) -> SlotState:
    return "written" if entry.verdict == "passed" else "held" if entry.verdict == "held" else "failed"


def moment_of(entry: Entry) -> str:
    """When it was recorded, UTC."""
    return f"{entry.recorded_at:%Y-%m-%d %H:%M:%S}"


def public(table: StagedTable | DerivedTable, reason: str) -> str:
    """A reason without values of a column that is personal data by now, whatever it was when it was recorded.

    Of the reasons that are kept those name values of which some are gone or new, or are not there in another table.
    """
    private = [re.escape(column.name) for column in table.spec.columns if column.pii]
    named = private and re.search(rf"(?<!\w)({'|'.join(private)})(?!\w)[^;]*?(: gone: |: new: |, such as )", reason)
    return PRIVATE if named else reason
