"""What to do when somebody else was first: the same again, on what is there now."""

from collections.abc import Callable
from typing import TypeVar

import tenacity

from dataops_assets.warehouse.errors import SwapConflict

T = TypeVar("T")

_TRIES = 15
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 20.0  # seconds, at most: pauses are drawn, so that two do not meet again


def retry_on_conflict(turn: Callable[[], T]) -> T:
    """The answer of `turn`, called once more after each SwapConflict; raises the last one if they do not end."""
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(_TRIES),
        wait=tenacity.wait_random_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE),
        retry=tenacity.retry_if_exception_type(SwapConflict),
        reraise=True,
    )
    return retrying(turn)
