"""One look at what is wrong: decide whom to tell, write that down, send it, and mark what was sent."""

import logging
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec

from dataops_assets.alerting import outbox, wording
from dataops_assets.alerting.book import Book, Kind, Message, utc
from dataops_assets.alerting.decide import Notice, decide, next_due, within_budget
from dataops_assets.alerting.firing import Firing, firing
from dataops_assets.alerting.judge import Seen, Unjudged, look, still_known
from dataops_assets.alerting.routes import Route
from dataops_assets.alerting.send import Say, Send
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.layers.catalog import Catalog
from dataops_assets.outbox.sending import delivered
from dataops_assets.outbox.waiting import due_at
from dataops_assets.profiles.gcp import Clients
from dataops_assets.settings import Settings
from dataops_assets.staleness.snapshot import tables_of
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict

NAMED_AFTER = timedelta(minutes=15)
"""A route for which a message waits for so long is named by the log and by `dataops status`."""

_SECONDS = 30.0
"""After so long the messages that are left are the next look's: Dagster gives a tick a minute."""
_AT_ONCE = 50
"""Messages of one route in one look; the others are sent by the next one."""
_MOMENT = timedelta(microseconds=1)
_OVERLAP = timedelta(days=1)
"""Entries are looked at once more for so long: clocks may differ, and a write may take a while to be committed."""


@dataclass(frozen=True)
class Desk:
    """What a look needs. send: what sends a message. calendars: of all assets."""

    warehouse: Warehouse
    catalog: Catalog
    routes: Sequence[Route]
    ui_url: str = ""
    send: Send = field(default_factory=Send)

    @classmethod
    def of(cls, settings: Settings, warehouse: Warehouse, catalog: Catalog, routes: Sequence[Route]) -> "Desk":
        """As the settings say."""
        cloud = settings.cloud
        send = Send(lambda: Clients(cloud).credentials) if cloud else Send()
        return cls(warehouse, catalog, routes, settings.ui_url, send)

    @property
    def calendars(self) -> wording.Calendars:
        found = {f"raw/{name}": table.calendar for name, table in self.catalog.staged.items()}
        return found | {asset: table.calendar for asset, table in tables_of(self.catalog).items()}


@dataclass(frozen=True)
class Report:
    """sent: messages of this look. waiting: messages that are in the outbox now, of a look that sends without those of
    routes that are no longer in the table. next_look: when something is due, UTC.
    """

    firing: Firing
    sent: Sequence[Message] = ()
    waiting: Sequence[Message] = ()
    next_look: datetime | None = None


@dataclass(frozen=True)
class Behind:
    """A route that does not take its messages: how many wait, the first since when, UTC, and the last error."""

    route: str
    since: datetime
    messages: int
    error: str

    def __str__(self) -> str:
        many = "a message waits" if self.messages == 1 else f"{self.messages} messages wait"
        return f"alerts: route {self.route!r}: {many} since {utc(self.since)}: {self.error}"


def behind(waiting: Iterable[Message], routes: Sequence[Route]) -> list[Behind]:
    """The routes of the table to which something could not be sent."""
    found = []
    for route in routes:
        mine = [message for message in waiting if message.route == route.name]
        tried = [message for message in mine if message.error and message.tried_at]
        if tried:
            last = max(tried, key=lambda message: message.tried_at or message.created_at)
            since = min(message.created_at for message in mine)
            found.append(Behind(route.name, since, len(mine), last.error))
    return found


def long_behind(warehouse: Warehouse, routes: Sequence[Route], now: datetime) -> list[Behind]:
    """Those that have been so for a while."""
    with warehouse.session() as session, session.reading():
        waiting = outbox.MESSAGES.unsent(session, warehouse.staging)
    return [each for each in behind(waiting, routes) if now - each.since >= NAMED_AFTER]


def peek(desk: Desk, unjudged: Unjudged, now: datetime) -> Report:
    """What fires and what waits; nothing is written or sent."""
    schema = desk.warehouse.staging
    with desk.warehouse.session() as session, session.reading():
        seen, book = look(session, schema, now), outbox.read_book(session, schema)
        waiting = outbox.MESSAGES.unsent(session, schema)
    found = firing(desk.catalog, _standing(seen), replace(unjudged, past=()), set(), now)
    began = {told.key: told.since for route in book.told.values() for told in route}
    alerts = {key: replace(each, since=min(each.since, began.get(key, now))) for key, each in found.alerts.items()}
    return Report(replace(found, alerts=alerts), waiting=waiting)


def tick(desk: Desk, unjudged: Unjudged, now: datetime, say: Say) -> Report:
    """Look, tell, and say what is left. now: UTC. say: the log, for routes to it, and for routes that take nothing.

    A route that cannot be reached fails nothing: its messages wait, and are tried again later. Raises WarehouseError
    where the warehouse cannot be asked; then the next tick does it.
    """
    found, book, mine, waiting = retry_on_conflict(lambda: _decided(desk, unjudged, now))
    routes = [route for route in desk.routes if mine.get(route.name)]
    # All routes at the same time: one that answers slowly holds no other one up.
    tried = parallel_map(lambda route: _delivered(desk.send, route, mine[route.name], now, say), routes, len(routes))
    changed = {message.id: message for messages in tried for message in messages}
    if changed:
        retry_on_conflict(lambda: _marked(desk.warehouse, list(changed.values())))
    names = [route.name for route in desk.routes]
    after = [changed.get(message.id, message) for message in waiting if message.route in names]
    left = [message for message in after if not message.sent_at]
    for each in behind(left, desk.routes):
        if now - each.since >= NAMED_AFTER:
            say(logging.WARNING, str(each))
    return Report(
        found,
        [message for message in changed.values() if message.sent_at],
        left,
        _next_look(desk.routes, book, left, now, found.due),
    )


def _decided(
    desk: Desk, unjudged: Unjudged, now: datetime
) -> tuple[Firing, Book, dict[str, list[Message]], list[Message]]:
    """What fires, the book, the messages by route that are to be sent now by this process, and all that wait."""
    schema = desk.warehouse.staging
    with desk.warehouse.session() as session, session.swapping(outbox.TARGET) as swap:
        # All of it within the swap: of two that look at the same time, one goes by what the other has told.
        written, waiting = outbox.read_book(session, schema), outbox.MESSAGES.unsent(session, schema)
        book = written.as_of(now)
        seen, found = _looked(session, desk, unjudged, book, now)
        new: list[Message] = []
        told, days = dict(book.told), dict(book.days)
        for route in desk.routes:
            name = route.name
            notices, told[name] = decide(route, found, book.told.get(name, ()), now, _about(waiting, route))
            notices, days[name] = within_budget(route, notices, book.days.get(name, {}), now)
            new += _messages(desk, route, notices, found, now)
        mine = _claimed([*waiting, *new], desk.routes, now)
        of_mine = {message.id for messages in mine.values() for message in messages}
        ids = seen.ids | {each.id for each in unjudged.past}
        news = book.seen
        if book.looked_at is None or ids - set(book.seen):
            news = sorted(ids | still_known(book.seen, now))
        after = replace(book, told=told, days={name: each for name, each in days.items() if each}, seen=news)
        if after != written or new or of_mine:
            after.looked_at = now
            outbox.ensure(session, swap, schema)
            outbox.write_book(session, swap, schema, after)
            outbox.MESSAGES.append(
                session, swap, schema, [each.begun(now) if each.id in of_mine else each for each in new]
            )
            outbox.MESSAGES.mark(session, swap, schema, [each.begun(now) for each in waiting if each.id in of_mine])
    return found, after, mine, [*waiting, *new]


def _looked(session: Session, desk: Desk, unjudged: Unjudged, book: Book, now: datetime) -> tuple[Seen, Firing]:
    seen = look(session, desk.warehouse.staging, (book.looked_at or now) - _OVERLAP)
    if book.looked_at is None:  # history is not told, only what is wrong now
        return seen, firing(desk.catalog, _standing(seen), replace(unjudged, past=()), seen.ids, now)
    return seen, firing(desk.catalog, seen, unjudged, set(book.seen), now)


def _standing(seen: Seen) -> Seen:
    return replace(seen, refusals=[each for each in seen.refusals if each.standing])


def _about(waiting: Iterable[Message], route: Route) -> set[str]:
    """The keys of the alerts about which a message to this route waits."""
    mine = [message.alerts for message in waiting if message.route == route.name]
    return {f"{alert['asset']} {alert['check']}" for alerts in mine for alert in msgspec.json.decode(alerts)}


def _messages(desk: Desk, route: Route, notices: Sequence[Notice], found: Firing, now: datetime) -> list[Message]:
    """One for each, or of a storm one for all."""
    calendars, ui_url = desk.calendars, desk.ui_url
    if len(notices) > route.storm:
        text = wording.summary_text(notices, calendars, ui_url)
        return [_message(route, "summary", now, wording.summary_subject(notices), text, notices)]
    return [
        # A moment after one another, which keeps their order.
        _message(route, each.kind, now + place * _MOMENT, subject, wording.text(each, found, calendars, ui_url), [each])
        for place, each in enumerate(notices)
        for subject in [wording.subject(each, calendars)]
    ]


def _message(route: Route, kind: Kind, now: datetime, subject: str, text: str, notices: Sequence[Notice]) -> Message:
    alerts = msgspec.json.encode([each.alert for each in notices]).decode()
    return Message(uuid.uuid4().hex, now, route.name, kind, wording.short(subject), text, alerts)


def _claimed(messages: Sequence[Message], routes: Sequence[Route], now: datetime) -> dict[str, list[Message]]:
    """By route, those that are to be sent now: not while their route is down, nor while somebody else sends them."""
    found: dict[str, list[Message]] = {}
    for route in routes:
        mine = [message for message in messages if message.route == route.name]
        if (due := due_at(mine, now)) and due <= now:
            found[route.name] = [message for message in mine if message.due_at(now) <= now][:_AT_ONCE]
    return found


def _delivered(send: Send, route: Route, messages: Sequence[Message], now: datetime, say: Say) -> list[Message]:
    """Send them in their order, as long as the route can be reached and there is time. Returns them as they are now."""
    return delivered(messages, lambda message: send(route.to, message, message.uncertain, say), now, _SECONDS)


def _marked(warehouse: Warehouse, messages: Sequence[Message]) -> None:
    with warehouse.session() as session, session.swapping(outbox.TARGET) as swap:
        outbox.MESSAGES.mark(session, swap, warehouse.staging, messages)


def _next_look(
    routes: Sequence[Route], book: Book, waiting: Sequence[Message], now: datetime, due: datetime | None
) -> datetime | None:
    """When there is something to do though no run ends: a reminder, a message that waits, or a partition that is due
    and may be late then.
    """
    moments = [due]
    for route in routes:
        moments.append(next_due(route, book.told.get(route.name, ()), _about(waiting, route)))
        moments.append(due_at([message for message in waiting if message.route == route.name], now))
    return min(filter(None, moments), default=None)
