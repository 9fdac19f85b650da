"""What is kept between two looks: what each route was told, and what was seen; and the messages of the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from dataops_assets.alerting.alert import Alert, AlertSeverity

Kind = Literal["alert", "reminder", "resolved", "budget", "summary"]

LEASE = timedelta(minutes=2)
"""Who began to send a message has so long to say what became of it; then the next one sends it again."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: a minute, then twice as long each time, up to an hour."""
    return min(_FIRST_PAUSE * 2 ** min(max(failures, 1) - 1, 10), _LONGEST_PAUSE)


@dataclass
class Told:
    """What a route was told of an alert that fired: with which partitions, and when it last was, UTC.

    growing: partitions that have it as well by now, and will be told with others. instance: as of the alert.
    """

    asset: str
    check: str
    severity: AlertSeverity
    owners: tuple[str, ...]
    partitions: tuple[str, ...]
    since: datetime
    told_at: datetime
    growing: tuple[str, ...] = ()
    instance: str = ""

    @property
    def key(self) -> str:
        return f"{self.asset} {self.check}"

    @classmethod
    def of(cls, alert: Alert, told_at: datetime) -> "Told":
        return cls(
            alert.asset,
            alert.check,
            alert.severity,
            alert.owners,
            alert.partitions,
            alert.since,
            told_at,
            instance=alert.instance,
        )


@dataclass
class Days:
    """The last days on which a check gave an alert, as ISO dates in UTC. said: when it was said that they are many."""

    days: list[str] = field(default_factory=list)
    said: str = ""


@dataclass
class Book:
    """looked_at: when it was last looked, UTC; None: never. seen: ids of what had gone wrong and was looked at.
    told: by the name of the route. days: by the name of the route and the key of the alert, of checks that warn.
    """

    looked_at: datetime | None = None
    seen: list[str] = field(default_factory=list)
    told: dict[str, list[Told]] = field(default_factory=dict)
    days: dict[str, dict[str, Days]] = field(default_factory=dict)

    def as_of(self, now: datetime) -> "Book":
        """With no time later than now: what was written by a clock that was ahead keeps nobody from being told."""
        told = {
            route: [replace(each, told_at=min(each.told_at, now)) for each in found]
            for route, found in self.told.items()
        }
        return replace(self, looked_at=self.looked_at and min(self.looked_at, now), told=told)


@dataclass(frozen=True)
class Message:
    """One message to one route, as the outbox has it.

    id: the same each time it is sent. alerts: JSON of the alerts that it tells of.
    tries: how often it was begun to be sent; tried_at: when last. uncertain: nobody knows whether the last try arrived.
    next_try: not before; error: of the last try; down: then nobody could be reached. sent_at: when it was sent. All
    times UTC.
    """

    id: str
    route: str
    kind: Kind
    created_at: datetime
    subject: str
    text: str
    alerts: str = "[]"
    tries: int = 0
    tried_at: datetime | None = None
    uncertain: bool = False
    next_try: datetime | None = None
    error: str = ""
    down: bool = False
    sent_at: datetime | None = None

    def due_at(self, now: datetime) -> datetime:
        """When it may be sent. Times that a clock which was ahead has written count for nothing."""
        if self.next_try and self.next_try - now <= _LONGEST_PAUSE:
            return self.next_try
        if self.tried_at and not self.error and abs(now - self.tried_at) < LEASE:  # somebody may be sending it
            return self.tried_at + LEASE
        return min(self.created_at, now)


def due_at(messages: Iterable[Message], now: datetime) -> datetime | None:
    """When messages of one route that wait may be sent: of one that cannot be reached, when it is tried again."""
    waiting = list(messages)
    down = [message.due_at(now) for message in waiting if message.down]
    return max(down) if down else min((message.due_at(now) for message in waiting), default=None)


def utc(moment: datetime) -> str:
    """A time for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
