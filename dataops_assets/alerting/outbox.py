"""The outbox: messages are in the warehouse before they are sent, with what each route was told, in one swap.

So a process may die at any moment: what was not decided is decided again from the state, and what was decided is sent
by the next one. A message that may have been sent already is sent once more under the same id, and says so.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pyarrow as pa

from dataops_assets.alerting.book import Book, Message
from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import tables
from dataops_assets.warehouse.base import Session, Swap

TARGET = "alerts"
"""What a swap of these tables is called."""

TABLE = "_alerts"
BOOK = "_alerts_told"

_MOMENT = pa.timestamp("us", tz="UTC")
_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("route", pa.string()),
        ("kind", pa.string()),
        ("created_at", _MOMENT),
        ("subject", pa.string()),
        ("text", pa.string()),
        ("alerts", pa.string()),
        ("tries", pa.int64()),
        ("tried_at", _MOMENT),
        ("uncertain", pa.bool_()),
        ("next_try", _MOMENT),
        ("error", pa.string()),
        ("down", pa.bool_()),
        ("sent_at", _MOMENT),
    ]
)
_OPTIONS = TableOptions(
    "Messages about what is wrong, one row for each message to a route; sent_at is null until then."
)
_BOOK_SCHEMA = pa.schema([("book", pa.string())])
_BOOK_OPTIONS = TableOptions("What each route was told of what is wrong: one row of JSON.")
_MARKS = ("tries", "tried_at", "uncertain", "next_try", "error", "down", "sent_at")


def read_book(session: Session, schema: str) -> Book:
    """What was told, inside `reading` or `swapping`."""
    if not session.columns(schema, BOOK):
        return Book()
    found = session.rows(f"SELECT b.book FROM {session.relation(schema, BOOK)} AS b")
    return msgspec.json.decode(found[0][0], type=Book) if found else Book()


def write_book(session: Session, swap: Swap, schema: str, book: Book) -> None:
    """Put this in the place of what was there; `ensure` before."""
    session.scratch_arrow("_alerts_book", pa.table({"book": [msgspec.json.encode(book).decode()]}, schema=_BOOK_SCHEMA))
    swap.execute(f"DELETE FROM {session.relation(schema, BOOK)} AS b WHERE TRUE")
    tables.append(session, swap, schema, BOOK, _BOOK_SCHEMA, "_alerts_book")


def unsent(session: Session, schema: str) -> list[Message]:
    """Messages that wait, the oldest first, inside `reading` or `swapping`."""
    if not session.columns(schema, TABLE):
        return []
    names = session.dialect.columns(_SCHEMA.names, "a.")
    relation = session.relation(schema, TABLE)
    records: Iterable[dict[str, Any]] = session.arrow(
        f"SELECT {names} FROM {relation} AS a WHERE a.sent_at IS NULL ORDER BY a.created_at, a.id"
    ).to_pylist()
    return [Message(**record) for record in records]


def ensure(session: Session, swap: Swap, schema: str) -> None:
    """Make the tables if there are none."""
    for name, columns, options in ((TABLE, _SCHEMA, _OPTIONS), (BOOK, _BOOK_SCHEMA, _BOOK_OPTIONS)):
        tables.ensure(session, swap, schema, name, columns, options)


def append(session: Session, swap: Swap, schema: str, messages: Sequence[Message]) -> None:
    """Put messages into the outbox."""
    if messages:
        session.scratch_arrow("_alerts_new", _table(messages))
        tables.append(session, swap, schema, TABLE, _SCHEMA, "_alerts_new")


def mark(session: Session, swap: Swap, schema: str, messages: Sequence[Message]) -> None:
    """Let messages that are there say this of how they were sent; one that was sent meanwhile stays so."""
    if messages:
        session.scratch_arrow("_alerts_marks", _table(messages))
        changes = ", ".join(f"{name} = m.{name}" for name in _MARKS)
        swap.execute(
            f"UPDATE {session.relation(schema, TABLE)} AS a SET {changes} FROM _alerts_marks AS m "
            "WHERE a.id = m.id AND a.sent_at IS NULL"
        )


def _table(messages: Sequence[Message]) -> pa.Table:
    columns = {name: [getattr(message, name) for message in messages] for name in _SCHEMA.names}
    return pa.table(columns, schema=_SCHEMA)
