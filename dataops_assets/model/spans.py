"""Partitions as people read them: `2013-01-03..2013-01-09 (7), 2013-01-12`."""

from collections.abc import Iterable

from dataops_assets.model.partitions import UNPARTITIONED, Partition, TimePartitions, contiguous

SHOWN = 6


def spans(keys: Iterable[str], calendar: TimePartitions | None) -> list[tuple[str, str, int]]:
    """First and last key of each run of partitions without a gap, and how many there are; in the order of time.

    A key that is no longer on the calendar stands alone.
    """
    placed: list[Partition] = []
    alone = []
    for key in keys:
        partition = _on_calendar(calendar, key)
        if partition:
            placed.append(partition)
        else:
            alone.append((key, key, 1))
    return sorted([*alone, *((run[0].key, run[-1].key, len(run)) for run in contiguous(placed))])


def spans_text(keys: Iterable[str], calendar: TimePartitions | None) -> str:
    """The spans in one line; of many the newest, after how many are left out."""
    found = spans(keys, calendar)
    left, shown = found[:-SHOWN], found[-SHOWN:]
    words = []
    if len(left) > 1:
        words = [f"{len(left)} earlier ranges ({sum(count for *_, count in left)} partitions)"]
    else:
        shown = found
    words += [_span(*span) + (f" ({span[2]})" if span[2] > 1 else "") for span in shown]
    return ", ".join(words) if calendar else "the whole table"


def options(keys: Iterable[str], calendar: TimePartitions | None) -> list[str]:
    """What `dataops run` is told to run each of the spans: ` --partitions A..B`, or nothing for a whole table."""
    return [f" --partitions {_span(*span)}" if span[0] != UNPARTITIONED else "" for span in spans(keys, calendar)]


def _span(first: str, last: str, count: int) -> str:
    return first if count == 1 else f"{first}..{last}"


def _on_calendar(calendar: TimePartitions | None, key: str) -> Partition | None:
    try:
        return calendar.of(key) if calendar else None
    except ValueError:
        return None
