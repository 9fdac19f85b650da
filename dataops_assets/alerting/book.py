"""What is kept between two looks: what each route was told, which routes are down, what was seen."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from dataops_assets.alerting.alert import Alert, AlertSeverity

Kind = Literal["alert", "reminder", "resolved", "summary"]

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: a minute, then twice as long each time, up to an hour."""
    return min(_FIRST_PAUSE * 2 ** min(max(failures, 1) - 1, 10), _LONGEST_PAUSE)


@dataclass
class Told:
    """What a route was told of an alert that fired: with which partitions, and when it last was, UTC."""

    asset: str
    check: str
    severity: AlertSeverity
    owners: tuple[str, ...]
    partitions: tuple[str, ...]
    since: datetime
    told_at: datetime

    @property
    def key(self) -> str:
        return f"{self.asset} {self.check}"

    @classmethod
    def of(cls, alert: Alert, since: datetime, told_at: datetime) -> "Told":
        return cls(alert.asset, alert.check, alert.severity, alert.owners, alert.partitions, since, told_at)


@dataclass
class Down:
    """A route that cannot be reached. failures: in a row. error: the last one."""

    since: datetime
    failures: int
    next_try: datetime
    error: str


@dataclass
class Book:
    """looked_at: when it was last looked, UTC; None: never. seen: ids of what had gone wrong and was looked at.
    told, down: by the name of the route.
    """

    looked_at: datetime | None = None
    seen: list[str] = field(default_factory=list)
    told: dict[str, list[Told]] = field(default_factory=dict)
    down: dict[str, Down] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """One message to one route, as the outbox has it.

    id: the same each time it is sent. alerts: JSON of the alerts that it tells of; keys: theirs.
    tries: how often it was begun to be sent; tried_at: when last. uncertain: nobody knows whether the last try arrived.
    next_try: not before; error: of the last try. sent_at: when it was sent. All times UTC.
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
    sent_at: datetime | None = None


def utc(moment: datetime) -> str:
    """A time for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
