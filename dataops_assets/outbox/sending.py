"""Sending what waits for one receiver, in its order, as long as that can be reached and there is time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from dataops_assets.outbox.waiting import Waiting, pause

SECONDS = 10.0
"""For one message; a receiver that does not answer within that is down."""

Row = TypeVar("Row", bound=Waiting)


class Undelivered(Exception):
    """A message was not sent. down: nobody could be reached, so no other will be now. uncertain: it may have been."""

    def __init__(self, words: str, *, down: bool, uncertain: bool = False) -> None:
        super().__init__(words)
        self.down = down
        self.uncertain = uncertain


def delivered(
    rows: Sequence[Row],
    send: Callable[[Row], None],
    now: datetime,
    seconds: float,
    in_line: Callable[[Row], str] = lambda row: row.id,
) -> list[Row]:
    """Send them; returns them as they are now, those that were not begun as they were, but for the time of a next try.

    send: raises Undelivered. seconds: after so many the rest is left to the next time. in_line: what follows one that
    was not sent, and has the same of this, is left as well.
    """
    found: list[Row] = []
    stopped: set[str] = set()
    began = time.monotonic()
    for place, row in enumerate(rows):
        if (line := in_line(row)) in stopped:
            found.append(replace(row, next_try=None))
            continue
        begun = row.begun(now)
        try:
            send(row)
            found.append(replace(begun, uncertain=False, sent_at=now))
        except Exception as raised:
            # Whatever it is: the message waits. Of what is not ours, the words may have anything in them.
            error = raised
            if not isinstance(error, Undelivered):
                error = Undelivered(f"it cannot be sent: {type(raised).__name__}", down=False, uncertain=True)
            uncertain, wait = error.uncertain or row.uncertain, now + pause(begun.tries)
            found.append(replace(begun, uncertain=uncertain, error=str(error), next_try=wait, down=error.down))
            stopped.add(line)
        if found[-1].down or time.monotonic() - began > seconds:
            return found + [replace(left, next_try=None) for left in rows[place + 1 :]]  # begun only on paper
    return found
