"""The fixtures of loads: both backends, and the clock."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dataops_assets.lake import attempts, versions
from dataops_assets.ledger import entry
from dataops_assets.load import merge

Clock = Callable[[float], None]


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Sets the clock of everything that is written so many hours ahead of the right one, or behind it."""
    with pytest.MonkeyPatch.context() as patch:

        def set_clock(hours: float) -> None:
            class Moved(datetime):
                @classmethod
                def now(cls, tz: Any = None) -> datetime:
                    return (datetime.now(UTC) + timedelta(hours=hours)).astimezone(tz)

            for module in (entry, merge, attempts, versions):
                patch.setattr(module, "datetime", Moved)

        yield set_clock
