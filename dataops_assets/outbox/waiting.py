"""What waits in an outbox: how often it was tried, what came of it, and when it may be sent."""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, replace
from datetime import datetime, timedelta
from typing import Self

LEASE = timedelta(minutes=2)
"""Who began to send something has so long to say what became of it; then the next one sends it again."""
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: a minute, then twice as long each time, up to an hour."""
    return min(_FIRST_PAUSE * 2 ** min(max(failures, 1) - 1, 10), _LONGEST_PAUSE)


@dataclass(frozen=True)
class Waiting:
    """What each row of an outbox has.

    id: the same each time it is sent. tries: how often it was begun to be sent; tried_at: when last. uncertain: nobody
    knows whether the last try arrived. next_try: not before; error: of the last try; down: then nobody could be
    reached. sent_at: when it was sent. All times UTC.
    """

    id: str
    created_at: datetime
    _: KW_ONLY
    tries: int = 0
    tried_at: datetime | None = None
    uncertain: bool = False
    next_try: datetime | None = None
    error: str = ""
    down: bool = False
    sent_at: datetime | None = None

    def due_at(self, now: datetime) -> datetime:
        """When it may be sent. Times that a clock which was ahead has written count for nothing."""
        if self.next_try and self.next_try - now <= _LONGEST_PAUSE:
            return self.next_try
        if self.tried_at and not self.error and abs(now - self.tried_at) < LEASE:  # somebody may be sending it
            return self.tried_at + LEASE
        return min(self.created_at, now)

    def begun(self, now: datetime) -> Self:
        """As it is while it is being sent."""
        return replace(self, tries=self.tries + 1, tried_at=now, uncertain=True, error="", next_try=None, down=False)


def due_at(waiting: Iterable[Waiting], now: datetime) -> datetime | None:
    """When something of what waits for one receiver may be sent: for one that cannot be reached, when it is tried."""
    every = list(waiting)
    down = [each.due_at(now) for each in every if each.down]
    return max(down) if down else min((each.due_at(now) for each in every), default=None)
