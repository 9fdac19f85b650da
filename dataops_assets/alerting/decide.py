"""What each route is to be told: of an alert once, again after a while, and once more when it is resolved.

Nothing in here asks anybody: it is a function of what fires, what was told, and the time.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dataops_assets.alerting.alert import Alert
from dataops_assets.alerting.book import Days, Kind, Told
from dataops_assets.alerting.firing import Firing
from dataops_assets.alerting.routes import BUDGET_DAYS, NEVER, Route

GROUPED_FOR = timedelta(hours=1)
"""After an alert, further partitions that have it are told together."""


@dataclass(frozen=True)
class Notice:
    """One thing to tell. new: of an alert, the partitions that the route was not told of before, of which some may have
    passed again. days: of a budget, on how many of the last days its check gave an alert.
    """

    kind: Kind
    alert: Alert
    new: tuple[str, ...] = ()
    days: int = 0


def decide(
    route: Route, firing: Firing, told: Iterable[Told], now: datetime, waiting: Collection[str] = ()
) -> tuple[list[Notice], list[Told]]:
    """What to tell, and what the route will have been told by then.

    waiting: keys of alerts about which a message waits: nobody is reminded of what he has not even heard of.
    """
    before = {each.key: each for each in told}
    covered = {(each.key, key) for each in before.values() for key in (*each.partitions, *each.growing)}
    notices: list[Notice] = []
    after: list[Told] = []
    for key, alert in firing.alerts.items():
        if not _takes(route, alert):
            continue
        known = before.pop(key, None)
        if known is None:
            notices.append(Notice("alert", alert, alert.partitions))
            after.append(Told.of(alert, now))
            continue
        alert = replace(alert, since=min(alert.since, known.since))
        covers = set(known.partitions)
        new = tuple(sorted({*known.growing, *alert.partitions} - covers))
        waited = now - known.told_at
        if known.severity != alert.severity or (new and waited >= GROUPED_FOR):
            notices.append(Notice("alert", alert, new))
            after.append(Told.of(alert, now))
        elif new:
            still = tuple(each for each in alert.partitions if each in covers)
            after.append(replace(Told.of(alert, known.told_at), partitions=still, growing=new))
        elif route.remind_after != NEVER and key not in waiting and waited >= route.remind_after:
            notices.append(Notice("reminder", alert))
            after.append(Told.of(alert, now))
        else:
            after.append(Told.of(alert, known.told_at))
    for key, known in before.items():
        if key in firing.alerts or not route.takes(known.asset, known.owners, known.severity):
            continue
        if firing.covers(known.asset, known.instance):
            notices.append(Notice("resolved", _as_told(known)))
        else:
            after.append(known)
    for alert in firing.passing:
        missed = tuple(partition for partition in alert.partitions if (alert.key, partition) not in covered)
        if missed and _takes(route, alert):
            notices.append(Notice("resolved", replace(alert, partitions=missed), missed))
    return notices, after


def within_budget(
    route: Route, notices: Iterable[Notice], days: Mapping[str, Days], now: datetime
) -> tuple[list[Notice], dict[str, Days]]:
    """The notices without those of checks that warn on more days than the route has a budget for: of each of these
    there is one that says so, once in a while. days: by key of the alert, as they were; returned as they are now.
    """
    notices, today = list(notices), f"{now:%Y-%m-%d}"
    first = f"{now - timedelta(days=BUDGET_DAYS - 1):%Y-%m-%d}"
    alarmed = {each.alert.key for each in notices if each.kind == "alert" and each.alert.severity == "warn"}
    counted: dict[str, Days] = {}
    for key in sorted({*days, *alarmed}):
        known = days.get(key, Days())
        of_late = {each for each in known.days if first <= each <= today} | ({today} if key in alarmed else set())
        if of_late:
            counted[key] = Days(sorted(of_late), known.said if first <= known.said <= today else "")
    kept: list[Notice] = []
    for each in notices:
        known = counted.get(each.alert.key)
        if each.alert.severity != "warn" or known is None or len(known.days) <= route.budget:
            kept.append(each)
        elif each.kind == "alert" and not known.said:
            known.said = today
            kept.append(Notice("budget", each.alert, each.new, len(known.days)))
    return kept, counted


def next_due(route: Route, told: Iterable[Told], waiting: Collection[str]) -> datetime | None:
    """When the route is to be told something though nothing changes, UTC. waiting: as `decide` takes it."""
    moments = [each.told_at + GROUPED_FOR for each in told if each.growing]
    if route.remind_after != NEVER:
        moments += [each.told_at + route.remind_after for each in told if each.key not in waiting]
    return min(moments, default=None)


def _takes(route: Route, alert: Alert) -> bool:
    return route.takes(alert.asset, alert.owners, alert.severity)


def _as_told(told: Told) -> Alert:
    keys = tuple(sorted({*told.partitions, *told.growing}))
    return Alert(told.asset, told.check, told.severity, keys, told.since, "", owners=told.owners, mended=True)
