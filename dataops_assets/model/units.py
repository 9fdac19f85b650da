"""How long partitions are: hours, days, months."""

from abc import ABC, abstractmethod
from datetime import datetime, timedelta


class Unit(ABC):
    """How long a partition is, and what it is called: a new unit is one more of these, and a word in `partitions`.

    name: of its folders in the lake. cadence: how often there is a new one. granularity: of partitions in BigQuery,
    whose word truncates times in both dialects. key_format, folder_format: of the beginning of a partition, UTC.
    """

    name: str
    cadence: str
    granularity: str
    key_format = "%Y-%m-%d"
    folder_format = "%Y-%m-%d"

    def __repr__(self) -> str:
        return self.granularity

    def __str__(self) -> str:
        return self.name

    @abstractmethod
    def floor(self, moment: datetime) -> datetime:
        """Where the partition that holds `moment`, UTC, begins."""

    @abstractmethod
    def next(self, start: datetime) -> datetime:
        """Where the partition after the one that begins at `start` begins."""

    def key(self, start: datetime) -> str:
        """Dagster's key, as `key_format` says it; `strftime` would take longer than all the rest."""
        return start.date().isoformat()

    def folder(self, start: datetime) -> str:
        """The name of the folder, as `folder_format` says it."""
        return f"{self.name}={start.date().isoformat()}"


class _Hour(Unit):
    name, cadence, granularity = "hour", "hourly", "HOUR"
    key_format, folder_format = "%Y-%m-%d-%H:%M", "%Y-%m-%dT%H"

    def floor(self, moment: datetime) -> datetime:
        return moment.replace(minute=0, second=0, microsecond=0)

    def next(self, start: datetime) -> datetime:
        return start + timedelta(hours=1)

    def key(self, start: datetime) -> str:
        return f"{start.date().isoformat()}-{start.hour:02}:{start.minute:02}"

    def folder(self, start: datetime) -> str:
        return f"{self.name}={start.date().isoformat()}T{start.hour:02}"


class _Day(Unit):
    name, cadence, granularity = "date", "daily", "DAY"

    def floor(self, moment: datetime) -> datetime:
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)

    def next(self, start: datetime) -> datetime:
        return start + timedelta(days=1)


class _Month(Unit):
    name, cadence, granularity = "month", "monthly", "MONTH"
    folder_format = "%Y-%m"

    def floor(self, moment: datetime) -> datetime:
        return DAY.floor(moment).replace(day=1)

    def next(self, start: datetime) -> datetime:
        return (start + timedelta(days=32)).replace(day=1)

    def folder(self, start: datetime) -> str:
        return f"{self.name}={start.date().isoformat()[:7]}"


HOUR, DAY, MONTH = _Hour(), _Day(), _Month()
