"""What is told to a topic: looked for in the ledger, written into the outbox, sent in order, and marked.

Told is what the ledger has, and so nothing is lost: what was published while nothing could be sent, or while nobody
looked, is told by the next look. One that may have arrived is sent again under the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.messages import news
from dataops_assets.messages.message import FORM, Message, encoded
from dataops_assets.messages.transport import Credentials, publishing
from dataops_assets.outbox.pubsub import Publish
from dataops_assets.outbox.sending import Undelivered, delivered
from dataops_assets.outbox.table import Outbox
from dataops_assets.outbox.waiting import Waiting
from dataops_assets.profiles.gcp import Clients
from dataops_assets.settings import Settings
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict

TARGET = "messages"
"""What a swap of these tables is called."""

_NAMED_AFTER = timedelta(minutes=15)
_SECONDS = 30.0
"""After so long what is left is the next look's: Dagster gives a tick a minute."""
_AT_ONCE = 500
"""Messages in one look; the others are sent by the next one."""


@dataclass(frozen=True)
class Outgoing(Waiting):
    """A message to the topic, as the outbox has it. place: in the order in which they are sent. line: what is told of
    the same line arrives in order. event: for those who filter. body: JSON.
    """

    place: int
    line: str
    event: str
    body: str


OUTBOX = Outbox(
    "_messages",
    Outgoing,
    [("place", pa.int64()), ("line", pa.string()), ("event", pa.string()), ("body", pa.string())],
    TableOptions("Messages about what happened, to a topic; sent_at is null until one was sent."),
    order=("place",),
)


@dataclass(frozen=True)
class Post:
    """What a look needs: where the ledger is, and the topic."""

    warehouse: Warehouse
    topic: str
    credentials: Credentials = lambda: None

    @classmethod
    def of(cls, settings: Settings, warehouse: Warehouse) -> "Post":
        """As the settings say."""
        return cls(warehouse, settings.channels.topic, credentials_of(settings))


@dataclass(frozen=True)
class Report:
    """sent: what was sent. waiting: what is left, in the order in which it is sent."""

    sent: Sequence[Outgoing]
    waiting: Sequence[Outgoing]


def credentials_of(settings: Settings) -> Credentials:
    """Those of Google's clients, as the settings say."""
    cloud = settings.cloud
    return (lambda: Clients(cloud).credentials) if cloud else (lambda: None)


def peek(warehouse: Warehouse, count: int, now: datetime) -> Report:
    """What was sent last, so many, and what waits: in the outbox, or in the ledger as yet. Nothing is written."""
    schema = warehouse.staging
    with warehouse.session() as session, session.reading():
        newest = OUTBOX.newest(session, schema, count)
        waiting = OUTBOX.unsent(session, schema)
        new = _outgoing(session, schema, news.look(session, schema).messages, now)
    return Report([row for row in reversed(newest) if row.sent_at], [*waiting, *new])


def long_waiting(warehouse: Warehouse, topic: str, now: datetime) -> str:
    """What to say of a topic for which something waits for a while, and was tried; empty if nothing does."""
    with warehouse.session() as session, session.reading():
        waiting = OUTBOX.unsent(session, warehouse.staging)
    errors = [row.error for row in waiting if row.error]
    if not errors or now - waiting[0].created_at < _NAMED_AFTER:
        return ""
    many = "a message waits" if len(waiting) == 1 else f"{len(waiting)} messages wait"
    return f"messages: {many} for {topic} since {waiting[0].created_at:%Y-%m-%d %H:%M} UTC: {errors[-1]}"


def announce(warehouse: Warehouse, message: Message, now: datetime) -> bool:
    """Put a message into the outbox that the ledger knows nothing of; returns whether it was not there already."""

    def write() -> bool:
        schema = warehouse.staging
        with warehouse.session() as session, session.swapping(TARGET) as swap:
            if OUTBOX.has(session, schema, message.id):
                return False
            OUTBOX.ensure(session, swap, schema)
            OUTBOX.append(session, swap, schema, _outgoing(session, schema, [message], now))
        return True

    return retry_on_conflict(write)


def tell(post: Post, now: datetime) -> Report:
    """Look for what is not told, and send what waits. now: UTC.

    A topic that cannot be reached fails nothing: what waits is tried again later. Raises WarehouseError where the
    warehouse cannot be asked; then the next look does it.
    """
    mine, waiting = retry_on_conflict(lambda: _decided(post.warehouse, now))
    changed = {row.id: row for row in _sent(post, mine, now)}
    if changed:
        retry_on_conflict(lambda: _marked(post.warehouse, list(changed.values())))
    after = [changed.get(row.id, row) for row in waiting]
    return Report([row for row in after if row.sent_at], [row for row in after if not row.sent_at])


def _decided(warehouse: Warehouse, now: datetime) -> tuple[list[Outgoing], list[Outgoing]]:
    """What is to be sent now by this process, and all that waits."""
    schema = warehouse.staging
    with warehouse.session() as session, session.swapping(TARGET) as swap:
        # All of it within the swap: of two that look at the same time, one goes by what the other has written.
        waiting = OUTBOX.unsent(session, schema)
        found = news.look(session, schema)
        new = _outgoing(session, schema, found.messages, now)
        mine = _due([*waiting, *new], now)
        of_mine = {row.id for row in mine}
        if found.seen or of_mine:
            OUTBOX.ensure(session, swap, schema)
            news.ensure(session, swap, schema)
            news.note(session, swap, schema, found.seen)
            OUTBOX.append(session, swap, schema, [row.begun(now) if row.id in of_mine else row for row in new])
            OUTBOX.mark(session, swap, schema, [row.begun(now) for row in waiting if row.id in of_mine])
    return mine, [*waiting, *new]


def _outgoing(session: Session, schema: str, messages: Sequence[Message], now: datetime) -> list[Outgoing]:
    if not messages:
        return []
    first = OUTBOX.highest(session, schema, "place") + 1
    return [
        Outgoing(message.id, now, place, message.line, f"{message.event}", encoded(message))
        for place, message in enumerate(messages, first)
    ]


def _due(waiting: Sequence[Outgoing], now: datetime) -> list[Outgoing]:
    """Those that may be sent: none that follows one of its line that may not, and none while nobody can be reached."""
    if any(row.down and row.due_at(now) > now for row in waiting):
        return []
    found: list[Outgoing] = []
    stopped: set[str] = set()
    for row in waiting:
        if row.due_at(now) > now:
            stopped.add(row.line)
        elif row.line not in stopped:
            found.append(row)
    return found[:_AT_ONCE]


def _sent(post: Post, rows: Sequence[Outgoing], now: datetime) -> list[Outgoing]:
    if not rows:
        return []
    try:
        with publishing(post.topic, post.credentials) as publish:
            return delivered(rows, lambda row: _publish(publish, row), now, _SECONDS, lambda row: row.line)
    except Undelivered as error:

        def refuse(_: Outgoing, error: Undelivered = error) -> None:
            raise error

        return delivered(rows, refuse, now, _SECONDS)


def _publish(publish: Publish, row: Outgoing) -> None:
    attributes = {
        "id": row.id,
        "form": str(FORM),
        "event": row.event,
        "line": row.line,
        "again": str(row.uncertain).lower(),
    }
    publish(row.body.encode(), attributes, row.line)


def _marked(warehouse: Warehouse, rows: Sequence[Outgoing]) -> None:
    with warehouse.session() as session, session.swapping(TARGET) as swap:
        OUTBOX.mark(session, swap, warehouse.staging, rows)
