"""Which partitions a plan is asked about."""

import calendar
from collections.abc import Container
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from dataops_assets.model.partitions import Partition, TimePartitions, Window
from dataops_assets.staleness.finding import Scope


def scope(assets: Container[str], first: str | None = None, last: str | None = None) -> Scope:
    """Of these assets, the partitions that overlap with what the texts name: keys, days or months; None: all.

    Tables without partitions are always among them. Raises ValueError for a text that names no time.
    """
    begin, after = (window_of(first).start, window_of(last or first).end) if first else (None, None)
    if begin and after and after <= begin:
        raise ValueError(f"{first}..{last}: the first is after the last")

    def within(asset: str, calendar: TimePartitions | None, key: str) -> bool:
        if asset not in assets:
            return False
        if calendar is None or begin is None or after is None:
            return True
        partition = calendar.of(key)
        return partition.start < after and partition.end > begin

    return within


def partitions_of(calendar: TimePartitions, text: str) -> list[Partition | None]:
    """The partitions that overlap with what `A..B` names, as keys, days or months. Raises ValueError; never empty."""
    first, _, last = text.partition("..")
    begin, after = window_of(first).start, window_of(last or first).end
    current = calendar.at(max(begin, calendar.start))
    after = min(after, calendar.end or after)
    found: list[Partition | None] = []
    while current.start < after:
        if current.start >= calendar.start:
            found.append(current)
        current = calendar.at(current.end)
    if not found:
        raise ValueError(f"{text}: there are none of these")
    return found


def window_of(text: str) -> Window:
    """The hour, day or month that a text names, UTC."""
    for form in ("%Y-%m-%d", "%Y-%m-%d-%H:%M", "%Y-%m"):
        try:
            begin = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        days = calendar.monthrange(begin.year, begin.month)[1] if form == "%Y-%m" else 1
        with suppress(OverflowError):  # the last day of all has no day after it
            return Window(begin, begin + (timedelta(hours=1) if "%H" in form else timedelta(days=days)))
    raise ValueError(f"{text!r} is not a date such as 2013-01-05, nor a month such as 2013-01")
