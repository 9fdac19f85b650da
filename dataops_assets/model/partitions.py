"""Partitions: how a table is cut along time, and the windows its rows fall into.

All times are UTC and every window is half open, `[start, end)`. Nothing here knows Dagster; `layers/partitioning.py`
turns these words into Dagster's partitions definitions, whose keys are the same strings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from dataops_assets.model.units import DAY, HOUR, MONTH, Unit

UNPARTITIONED = ""
"""The key under which a table without partitions is known."""


@dataclass(frozen=True, order=True)
class Window:
    """A half-open span of time, `[start, end)`, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, order=True)
class Partition:
    """One partition: its Dagster key and its window.

    `folder` is the hive-style name of its folder in the lake, such as `date=2013-01-05`.
    """

    start: datetime
    end: datetime
    key: str
    unit: Unit = field(default=DAY, compare=False)

    @property
    def window(self) -> Window:
        return Window(self.start, self.end)

    @property
    def folder(self) -> str:
        return self.unit.folder(self.start)


@dataclass(frozen=True)
class TimePartitions:
    """A table cut by time. Use `Daily`, `Hourly` or `Monthly`.

    start, end: first instant of the calendar and the one after its last (`None`: it grows with time), UTC.
    column: the contract's column that says which partition a row belongs to (a date or a timestamp).
    lookback: how many partitions before the newest closed one the schedule runs again, for late corrections.
    keep_days: how many days after its beginning a partition is kept; None: for good. BigQuery deletes older ones
        (https://cloud.google.com/bigquery/docs/managing-partitioned-tables#partition-expiration); the local warehouse
        does not, but neither of them loads, builds or reads one.
    require_filter: on BigQuery, a query without a condition on `column` is refused.
    """

    unit: Unit
    start: datetime
    column: str
    end: datetime | None = None
    lookback: int = 0
    keep_days: int | None = None
    require_filter: bool = False

    def keeps(self, partition: Partition) -> bool:
        """Is the partition young enough to be kept?"""
        return self.keep_days is None or partition.start >= self.kept_from()

    def keeps_key(self, key: str) -> bool:
        """The same of the partition named `key`, which is read only where not all are kept."""
        return self.keep_days is None or self.keeps(self.of(key))

    def kept_from(self) -> datetime:
        """Where the oldest partition that is kept begins, UTC; the calendar's start if all are."""
        if self.keep_days is None:
            return self.start
        return max(self.start, self.at(datetime.now(UTC) - timedelta(days=self.keep_days)).end)

    def at(self, moment: datetime) -> Partition:
        """The partition whose window holds `moment`."""
        return _at(self.unit, moment)

    def of(self, key: str) -> Partition:
        """The partition named `key`; raises ValueError if the key is malformed or not on the calendar."""
        try:
            moment = _moment(self.unit, key)
        except ValueError as error:
            example = self.at(self.start).key
            raise ValueError(f"partition key {key!r} is not of the form {example!r}") from error
        partition = self.at(moment)
        if partition.key != key or moment < self.start or (self.end is not None and moment >= self.end):
            end = "now" if self.end is None else self.before(self.end).key
            raise ValueError(f"partition {key!r} is not between {self.at(self.start).key!r} and {end!r}")
        return partition

    def of_folder(self, folder: str) -> Partition | None:
        """The partition whose folder in the lake has this name, or None for another folder."""
        try:
            moment = datetime.strptime(folder, f"{self.unit.name}={self.unit.folder_format}").replace(tzinfo=UTC)
        except ValueError:
            return None
        return self.at(moment) if moment >= self.start and (self.end is None or moment < self.end) else None

    def between(self, first: str, last: str) -> list[Partition]:
        """All partitions from the one keyed `first` to the one keyed `last`, both included."""
        current, final = self.of(first), self.of(last)
        found = []
        while current.start <= final.start:
            found.append(current)
            current = self.at(current.end)
        return found

    def before(self, moment: datetime) -> Partition:
        """The last partition that is over at `moment`."""
        return self.at(self.at(moment).start - timedelta(microseconds=1))

    def history(self, partition: Partition, count: int) -> list[Partition]:
        """The `count` partitions before `partition`, oldest first, cut off where the calendar starts."""
        found: list[Partition] = []
        current = partition
        while len(found) < count and current.start > self.start:
            current = self.before(current.start)
            found.append(current)
        return found[::-1]


@lru_cache(maxsize=1 << 16)
def _moment(unit: Unit, key: str) -> datetime:
    return datetime.strptime(key, unit.key_format).replace(tzinfo=UTC)


@lru_cache(maxsize=1 << 16)  # each is asked for by every table that reads it, and by those that look back
def _at(unit: Unit, moment: datetime) -> Partition:
    start = unit.floor(moment.astimezone(UTC))
    return Partition(start, unit.next(start), unit.key(start), unit)


def Daily(
    *,
    start: str | date,
    column: str,
    end: str | date | None = None,
    lookback: int = 0,
    keep_days: int | None = None,
    require_filter: bool = False,
) -> TimePartitions:
    """One partition a day. `end` is the first day that is no longer part of the calendar; for the rest, see there."""
    return _time_partitions(DAY, start, column, end, lookback, keep_days, require_filter)


def Hourly(
    *,
    start: str | date,
    column: str,
    end: str | date | None = None,
    lookback: int = 0,
    keep_days: int | None = None,
    require_filter: bool = False,
) -> TimePartitions:
    """One partition an hour, UTC."""
    return _time_partitions(HOUR, start, column, end, lookback, keep_days, require_filter)


def Monthly(
    *,
    start: str | date,
    column: str,
    end: str | date | None = None,
    lookback: int = 0,
    keep_days: int | None = None,
    require_filter: bool = False,
) -> TimePartitions:
    """One partition a calendar month."""
    return _time_partitions(MONTH, start, column, end, lookback, keep_days, require_filter)


def contiguous(partitions: Sequence[Partition]) -> list[list[Partition]]:
    """Split partitions into runs without a gap, in the order of time."""
    runs: list[list[Partition]] = []
    for partition in sorted(partitions):
        if runs and runs[-1][-1].end == partition.start:
            runs[-1].append(partition)
        else:
            runs.append([partition])
    return runs


def _time_partitions(
    unit: Unit,
    start: str | date,
    column: str,
    end: str | date | None,
    lookback: int,
    keep_days: int | None,
    require_filter: bool,
) -> TimePartitions:
    if lookback < 0:
        raise ValueError(f"lookback counts partitions and cannot be {lookback}")
    if keep_days is not None and keep_days < 1:
        raise ValueError(f"keep_days counts days and cannot be {keep_days}; None keeps all")
    first = _utc(start)
    last = None if end is None else _utc(end)
    if last is not None and last <= first:
        raise ValueError(f"the calendar ends ({last:%Y-%m-%d}) before it starts ({first:%Y-%m-%d})")
    calendar = TimePartitions(unit, first, column, last, lookback, keep_days, require_filter)
    for word, moment in (("starts", first), ("ends", last)):
        if moment is not None and calendar.at(moment).start != moment:
            raise ValueError(
                f"the calendar {word} inside a partition, at {moment:%Y-%m-%d %H:%M} UTC; "
                f"the partition there starts at {calendar.at(moment).start:%Y-%m-%d %H:%M}"
            )
    return calendar


def _utc(value: str | date) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
