"""Messages and alerts that were sent: rows of two tables beside the ledger.

What keeps one from being sent twice stays: which entries of the ledger were told of, and what each route was told.
"""

from datetime import datetime

from dataops_assets.alerting import outbox as alerts
from dataops_assets.messages import post
from dataops_assets.outbox.table import Outbox
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict

_BOOKS: tuple[tuple[str, Outbox], ...] = ((post.TARGET, post.OUTBOX), (alerts.TARGET, alerts.MESSAGES))


def sent_before(warehouse: Warehouse, moment: datetime) -> dict[str, int]:
    """By table, how many were sent before a moment, UTC."""
    with warehouse.session() as session, session.reading():
        return {book.name: book.sent_before(session, warehouse.staging, moment) for _, book in _BOOKS}


def forget(warehouse: Warehouse, moment: datetime) -> None:
    """Take them out."""

    def turn(target: str, book: Outbox) -> None:
        with warehouse.session() as session, session.swapping(target) as swap:
            book.forget(session, swap, warehouse.staging, moment)

    for target, book in _BOOKS:
        retry_on_conflict(lambda target=target, book=book: turn(target, book))
