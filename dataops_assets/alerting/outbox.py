"""The outbox: messages are in the warehouse before they are sent, with what each route was told, in one swap.

So a process may die at any moment: what was not decided is decided again from the state, and what was decided is sent
by the next one. A message that may have been sent already is sent once more under the same id, and says so.
"""

import msgspec
import pyarrow as pa

from dataops_assets.alerting.book import Book, Message
from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import tables
from dataops_assets.outbox.table import Outbox
from dataops_assets.warehouse.base import Session, Swap

TARGET = "alerts"
"""What a swap of these tables is called."""

BOOK = "_alerts_told"

MESSAGES = Outbox(
    "_alerts",
    Message,
    [(name, pa.string()) for name in ("route", "kind", "subject", "text", "alerts")],
    TableOptions("Messages about what is wrong, one row for each message to a route; sent_at is null until then."),
)
_BOOK_SCHEMA = pa.schema([("book", pa.string())])
_BOOK_OPTIONS = TableOptions("What each route was told of what is wrong: one row of JSON.")


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


def ensure(session: Session, swap: Swap, schema: str) -> None:
    """Make the tables if there are none."""
    MESSAGES.ensure(session, swap, schema)
    tables.ensure(session, swap, schema, BOOK, _BOOK_SCHEMA, _BOOK_OPTIONS)
