"""What each route is to be told: of an alert once, again after a while, and once more when it is resolved.

Nothing in here asks anybody: it is a function of what fires, what was told, and the time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dataops_assets.alerting.alert import Alert
from dataops_assets.alerting.book import Kind, Told
from dataops_assets.alerting.firing import Firing
from dataops_assets.alerting.routes import NEVER, Route


@dataclass(frozen=True)
class Notice:
    """One thing to tell. new: of an alert, the partitions that the route was not told of before."""

    kind: Kind
    alert: Alert
    new: tuple[str, ...] = ()


def decide(
    route: Route, firing: Firing, told: Iterable[Told], now: datetime, pending: bool
) -> tuple[list[Notice], list[Told]]:
    """What to tell, and what the route will have been told by then.

    pending: messages of the route wait to be sent: then nobody is reminded, who has not even heard of it.
    """
    before = {each.key: each for each in told}
    notices: list[Notice] = []
    after: list[Told] = []
    for key, alert in firing.alerts.items():
        if not _takes(route, alert):
            continue
        known = before.pop(key, None)
        since = min(alert.since, known.since) if known else alert.since
        alert = replace(alert, since=since)
        new = tuple(each for each in alert.partitions if known is None or each not in known.partitions)
        kind: Kind | None = None
        if new or (known and known.severity != alert.severity):
            kind = "alert"
        elif known and route.remind_after != NEVER and not pending and now - known.told_at >= route.remind_after:
            kind = "reminder"
        if kind:
            notices.append(Notice(kind, alert, new))
        after.append(Told.of(alert, since, now if kind or known is None else known.told_at))
    for key, known in before.items():
        if key not in firing.alerts and route.takes(known.asset, known.owners, known.severity):
            notices.append(Notice("resolved", _as_told(known)))
    covered = {(each.key, partition) for each in told for partition in each.partitions}
    for alert in firing.passing:
        missed = tuple(partition for partition in alert.partitions if (alert.key, partition) not in covered)
        if missed and _takes(route, alert):
            notices.append(Notice("resolved", replace(alert, partitions=missed), missed))
    return notices, after


def reminder_due(routes: Sequence[Route], told: Mapping[str, Sequence[Told]]) -> datetime | None:
    """When the next reminder is due, UTC."""
    moments = [
        each.told_at + route.remind_after
        for route in routes
        if route.remind_after != NEVER
        for each in told.get(route.name, ())
    ]
    return min(moments, default=None)


def _takes(route: Route, alert: Alert) -> bool:
    return route.takes(alert.asset, alert.owners, alert.severity)


def _as_told(told: Told) -> Alert:
    return Alert(
        told.asset, told.check, told.severity, told.partitions, told.since, "", owners=told.owners, mended=True
    )
