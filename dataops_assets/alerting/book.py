"""What is kept between two looks: what each route was told, and what was seen; and the messages of the outbox."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from dataops_assets.alerting.alert import Alert, AlertSeverity
from dataops_assets.outbox.waiting import Waiting

Kind = Literal["alert", "reminder", "resolved", "budget", "summary"]


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
class Message(Waiting):
    """One message to one route, as the outbox has it. alerts: JSON of the alerts that it tells of."""

    route: str
    kind: Kind
    subject: str
    text: str
    alerts: str = "[]"


def utc(moment: datetime) -> str:
    """A time for people."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
