"""One look at what is wrong: decide whom to tell, write that down, send it, and mark what was sent."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from dataops_assets.alerting import outbox, wording
from dataops_assets.alerting.book import Book, Down, Kind, Message, pause
from dataops_assets.alerting.decide import Notice, decide, reminder_due
from dataops_assets.alerting.firing import Firing, Seen, Unjudged, firing, look
from dataops_assets.alerting.routes import Route
from dataops_assets.alerting.send import Say, Undelivered, send
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.refusals import Refusal
from dataops_assets.staleness.snapshot import tables_of
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict

NAMED_AFTER = timedelta(minutes=15)
"""A route that is down for so long is named by the log and by `dataops status`."""

_LEASE = timedelta(minutes=2)
"""Who began to send a message has so long to say what became of it; then the next one sends it again."""
_AT_ONCE = 50
"""Messages of one route in one tick; the others are sent by the next one."""
_OVERLAP = timedelta(days=1)
"""Entries are looked at once more for so long: clocks may differ, and a write may take a while to be committed."""


@dataclass(frozen=True)
class Desk:
    """What a look needs. calendars: of all assets."""

    warehouse: Warehouse
    catalog: Catalog
    routes: Sequence[Route]
    ui_url: str = ""

    @property
    def calendars(self) -> wording.Calendars:
        found = {f"raw/{name}": table.calendar for name, table in self.catalog.staged.items()}
        return found | {asset: table.calendar for asset, table in tables_of(self.catalog).items()}


@dataclass(frozen=True)
class Report:
    """alerts: that fire. sent, failed: messages of this tick. waiting: messages that are in the outbox now, without
    those of routes that are no longer in the table. down: routes by name. next_look: when something is due, UTC.
    """

    firing: Firing
    sent: Sequence[Message] = ()
    failed: Sequence[Message] = ()
    waiting: Sequence[Message] = ()
    down: Mapping[str, Down] | None = None
    next_look: datetime | None = None


def peek(desk: Desk, unjudged: Unjudged, now: datetime) -> Report:
    """What fires and what waits; nothing is written or sent."""
    schema = desk.warehouse.staging
    with desk.warehouse.session() as session, session.reading():
        seen, book = look(session, schema, now), outbox.read_book(session, schema)
        waiting = outbox.unsent(session, schema)
    found = firing(desk.catalog, replace(seen, refusals=_standing(seen)), unjudged, set(), now)
    began = {told.key: told.since for route in book.told.values() for told in route}
    alerts = {key: replace(each, since=min(each.since, began.get(key, now))) for key, each in found.alerts.items()}
    return Report(replace(found, alerts=alerts), waiting=waiting, down=book.down)


def down_routes(warehouse: Warehouse, routes: Sequence[Route], now: datetime) -> dict[str, Down]:
    """The routes that are down for long, by name."""
    with warehouse.session() as session, session.reading():
        book = outbox.read_book(session, warehouse.staging)
    names = [route.name for route in routes]
    return {name: down for name, down in book.down.items() if name in names and now - down.since >= NAMED_AFTER}


def tick(desk: Desk, unjudged: Unjudged, now: datetime, say: Say) -> Report:
    """Look, tell, and say what is left. now: UTC. say: the log, for routes to it, and for routes that are down.

    A route that cannot be reached fails nothing: its messages wait, and are tried again later. Raises WarehouseError
    where the warehouse cannot be asked; then the next tick does it.
    """
    found, book, mine, waiting = retry_on_conflict(lambda: _decided(desk, unjudged, now))
    sent: list[Message] = []
    failed: list[Message] = []
    for route in desk.routes:
        if messages := mine.get(route.name):
            done, left, down = _delivered(route, messages, book.down.get(route.name), now, say)
            retry_on_conflict(lambda r=route, m=[*done, *left], d=down: _marked(desk.warehouse, r.name, m, d))
            book.down.pop(route.name, None)
            if down:
                book.down[route.name] = down
            sent += done
            failed += left
    gone = {message.id for message in sent}
    changed = {message.id: message for message in failed}
    names = [route.name for route in desk.routes]
    left = [changed.get(each.id, each) for each in waiting if each.id not in gone and each.route in names]
    for route in desk.routes:
        down = book.down.get(route.name)
        if down and now - down.since >= NAMED_AFTER:
            count = sum(message.route == route.name for message in left)
            say(logging.WARNING, f"{down_text(route.name, down)}; {count} messages wait for it")
    return Report(found, sent, failed, left, book.down, _next_look(desk.routes, book, left))


def down_text(name: str, down: Down) -> str:
    """What is said of a route that is down."""
    return f"alerts: route {name!r} is down since {wording.utc(down.since)}: {down.error}"


def _decided(
    desk: Desk, unjudged: Unjudged, now: datetime
) -> tuple[Firing, Book, dict[str, list[Message]], list[Message]]:
    """What fires, the book, the messages by route that are to be sent now by this process, and all that wait."""
    schema = desk.warehouse.staging
    with desk.warehouse.session() as session, session.swapping(outbox.TARGET) as swap:
        # All of it within the swap: of two that look at the same time, one goes by what the other has told.
        book, waiting = outbox.read_book(session, schema), outbox.unsent(session, schema)
        seen, found = _looked(session, desk, unjudged, book, now)
        new: list[Message] = []
        told = dict(book.told)
        for route in desk.routes:
            pending = any(message.route == route.name for message in waiting)
            notices, told[route.name] = decide(route, found, book.told.get(route.name, ()), now, pending)
            new += _messages(desk, route, notices, found, now)
        mine = _claimed([*waiting, *new], desk.routes, book, now)
        of_mine = {message.id: message for messages in mine.values() for message in messages}
        news = sorted(seen.ids) if seen.ids - set(book.seen) or book.looked_at is None else book.seen
        after = replace(book, told=told, seen=news)
        if after != book or new or of_mine:
            after.looked_at = now
            outbox.ensure(session, swap, schema)
            outbox.write_book(session, swap, schema, after)
            outbox.append(session, swap, schema, [_begun(each, now) if each.id in of_mine else each for each in new])
            outbox.mark(session, swap, schema, [_begun(each, now) for each in waiting if each.id in of_mine])
    return found, after, mine, [*waiting, *new]


def _looked(session: Session, desk: Desk, unjudged: Unjudged, book: Book, now: datetime) -> tuple[Seen, Firing]:
    seen = look(session, desk.warehouse.staging, (book.looked_at or now + _OVERLAP) - _OVERLAP)
    if book.looked_at is None:  # history is not told, only what is wrong now
        return seen, firing(desk.catalog, replace(seen, refusals=_standing(seen)), unjudged, seen.ids, now)
    return seen, firing(desk.catalog, seen, unjudged, set(book.seen), now)


def _standing(seen: Seen) -> list[Refusal]:
    return [each for each in seen.refusals if each.standing]


def _messages(desk: Desk, route: Route, notices: Sequence[Notice], found: Firing, now: datetime) -> list[Message]:
    """One for each, or of a storm one for all."""
    if not notices:
        return []
    calendars = desk.calendars
    if len(notices) > route.storm:
        subject = wording.summary_subject(notices)
        text = wording.summary_text(notices, calendars, desk.ui_url)
        return [_message(route, "summary", now, subject, text, notices)]
    return [
        _message(
            route,
            each.kind,
            now,
            wording.subject(each, calendars),
            wording.text(each, found, calendars, desk.ui_url),
            [each],
        )
        for each in notices
    ]


def _message(route: Route, kind: Kind, now: datetime, subject: str, text: str, notices: Sequence[Notice]) -> Message:
    alerts = msgspec.json.encode([each.alert for each in notices]).decode()
    return Message(uuid.uuid4().hex, route.name, kind, now, wording.short(subject), text, alerts)


def _claimed(
    messages: Sequence[Message], routes: Sequence[Route], book: Book, now: datetime
) -> dict[str, list[Message]]:
    """By route, those that are to be sent now: not while their route is down, nor while somebody else sends them."""
    found: dict[str, list[Message]] = {}
    for route in routes:
        down = book.down.get(route.name)
        if down and down.next_try > now:
            continue
        for message in messages:
            begun = message.uncertain and message.tried_at and not message.error and now - message.tried_at < _LEASE
            if message.route == route.name and not begun and (message.next_try is None or message.next_try <= now):
                found.setdefault(route.name, []).append(message)
    return {name: mine[:_AT_ONCE] for name, mine in found.items()}


def _begun(message: Message, now: datetime) -> Message:
    return replace(message, tries=message.tries + 1, tried_at=now, uncertain=True, error="", next_try=None)


def _delivered(
    route: Route, messages: Sequence[Message], before: Down | None, now: datetime, say: Say
) -> tuple[list[Message], list[Message], Down | None]:
    """Send them in their order. Returns those that were sent, those that were not, and whether the route is down."""
    sent: list[Message] = []
    left: list[Message] = []
    down: Down | None = None
    for message in messages:
        if down:  # it was begun only on paper
            left.append(replace(message, next_try=None))
            continue
        begun = _begun(message, now)
        try:
            send(route.to, message, message.uncertain, say)
            sent.append(replace(begun, uncertain=False, sent_at=now))
        except Exception as found:
            # Whatever it is: the message waits. Of what is not ours, the words may have anything in them.
            error = found
            if not isinstance(error, Undelivered):
                error = Undelivered(f"it cannot be sent: {type(found).__name__}", down=False, uncertain=True)
            uncertain = error.uncertain or message.uncertain
            wait = now + pause(begun.tries)
            left.append(replace(begun, uncertain=uncertain, error=str(error), next_try=None if error.down else wait))
            if error.down:
                failures = (before.failures if before else 0) + 1
                since = before.since if before else now
                down = Down(since, failures, now + pause(failures), str(error))
    return sent, left, down


def _marked(warehouse: Warehouse, route: str, messages: Sequence[Message], down: Down | None) -> None:
    schema = warehouse.staging
    with warehouse.session() as session, session.swapping(outbox.TARGET) as swap:
        outbox.mark(session, swap, schema, messages)
        book = outbox.read_book(session, schema)
        if book.down.get(route) != down:
            book.down.pop(route, None)
            if down:
                book.down[route] = down
            outbox.write_book(session, swap, schema, book)


def _next_look(routes: Sequence[Route], book: Book, waiting: Sequence[Message]) -> datetime | None:
    """When there is something to do though no run ends: a reminder, or a message that waits."""
    behind = {message.route for message in waiting}  # of which nobody is reminded
    reminder = reminder_due([route for route in routes if route.name not in behind], book.told)
    moments = [reminder] if reminder else []
    for message in waiting:
        down = book.down.get(message.route)
        tried = message.tried_at + _LEASE if message.tried_at and not message.error else None
        moments.append(max(filter(None, [message.next_try, down and down.next_try, tried, message.created_at])))
    return min(moments, default=None)
