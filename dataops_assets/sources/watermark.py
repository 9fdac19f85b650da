"""Watermarks: how far an incremental extraction has come, as a JSON value that is stored with its data.

A watermark is `{"cursor": column, "type": …, "value": …}`. It never moves backwards. Rows that are exactly at it are
asked for again (ties may still be arriving), and a `lookback` asks for more; the load's key removes what came twice.

A cursor has one order, and the source is asked in the same one (`cursors.py` for databases). Numbers are compared as
numbers and times as instants, also those in ISO 8601 text, however they are spelt. Other text is compared byte by byte
and has one length, as ULIDs, UUIDs and padded numbers have: `9` is greater than `10` as text, and whoever asks for what
is greater than `9` never sees `10`.
"""

import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from dataops_assets.sources.base import PermanentSourceError, full_refresh
from dataops_assets.sources.values import WatermarkText

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)")
# 05/01/2026, Mon 5 Jan, Jan 5: the order of such text is not the order of time.
_NOT_YEAR_FIRST = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-]\d{2}|(mon|tue|wed|thu|fri|sat|sun)[a-z]*[ ,.]"
    r"|(\d{1,2}[ -])?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ,.-]",
    re.IGNORECASE,
)
_INFINITE = {"infinity", "-infinity"}  # as PostgreSQL writes the ends of its calendar

Lookback = timedelta | int | float | None


def moment_of(value: Any) -> datetime | None:
    """`value` as an instant in UTC if it is a date or timestamp, also one in ISO text; naive ones count as UTC."""
    if isinstance(value, str):
        if not _ISO.match(value):
            return None
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        try:
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError:  # an hour of another zone before the year 1 or after 9999
            return None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None


def newest(current: Any, values: Iterable[Any], label: str, cursor: str) -> Any:
    """The latest of `current` and all values. Nulls, NaN and infinities move nothing: they are read every time.

    Raises PermanentSourceError if they have no common order.
    """
    latest = None if current is None else _rank(current, label, cursor)
    for value in values:
        if value is None or _endless(value):
            continue
        ranked = _rank(value, label, cursor)
        if latest is not None and ranked[0] != latest[0]:
            raise _no_order(label, cursor, current, value)
        if latest is None or ranked[1] > latest[1]:
            current, latest = value, ranked
    return current


def _endless(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, Decimal):
        return not value.is_finite()
    return isinstance(value, str) and value in _INFINITE


def _rank(value: Any, label: str, cursor: str) -> tuple[Any, Any]:
    """(what a value can be compared with, its rank among those)."""
    moment = moment_of(value)
    if moment is not None:
        # Text may have digits finer than a microsecond.
        return "time", (moment, value if isinstance(value, str) else "")
    if isinstance(value, str):
        if _NOT_YEAR_FIRST.match(value):
            raise PermanentSourceError(
                f"{label}: the cursor {cursor!r} holds {value!r}, a date that as text has another order than in time; "
                "have the source write it as ISO 8601 (2026-01-05T09:00:00Z), or name another cursor"
            )
        if not value.isascii():
            raise PermanentSourceError(
                f"{label}: the cursor {cursor!r} holds {value!r}, and text beyond ASCII has another order in each "
                "system; name a cursor of numbers or times"
            )
        return ("text", len(value)), value
    if isinstance(value, bool | dict | list | time | timedelta) or not isinstance(value, int | float | Decimal | bytes):
        raise PermanentSourceError(
            f"{label}: the cursor {cursor!r} holds {value!r}, which has no order that goes on; "
            "name a column of numbers or times"
        )
    return "bytes" if isinstance(value, bytes) else "number", value


def _no_order(label: str, cursor: str, current: Any, value: Any) -> PermanentSourceError:
    cure = "name a cursor of one type, or extract in full"
    if isinstance(current, str) and isinstance(value, str) and not (moment_of(current) or moment_of(value)):
        cure = (
            "text is only ordered where all values have the same length. Where these are numbers or times, have the "
            "source write them as such (SqlQuery with a CAST); otherwise name another cursor, or extract in full"
        )
    return PermanentSourceError(
        f"{label}: the cursor {cursor!r} holds values that have no common order ({current!r} and {value!r}); {cure}"
    )


def pack(cursor: str, value: Any) -> dict[str, Any] | None:
    """The JSON form of a cursor value; `None` if no row had one."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return {"cursor": cursor, "type": "timestamp", "value": value.isoformat()}
    if isinstance(value, date):
        return {"cursor": cursor, "type": "date", "value": value.isoformat()}
    if isinstance(value, Decimal):
        return {"cursor": cursor, "type": "decimal", "value": str(value)}
    if isinstance(value, bytes):
        return {"cursor": cursor, "type": "bytes", "value": value.hex()}
    return {"cursor": cursor, "type": "number" if isinstance(value, int | float) else "text", "value": value}


def unpack(watermark: Any, cursor: str | None, label: str) -> Any:
    """The cursor value of a stored watermark, `None` without one. Raises if it was taken of another column.

    label: the table; only one without partitions has a watermark.
    """
    if watermark is None or cursor is None:
        return None
    if not isinstance(watermark, dict) or watermark.get("cursor") != cursor:
        raise PermanentSourceError(
            f"{label}: the stored watermark {watermark!r} is not one of cursor {cursor!r}; "
            f"run a full refresh once, which starts a new one: {full_refresh(label)}"
        )
    value = watermark["value"]
    match watermark["type"]:
        case "timestamp":
            return datetime.fromisoformat(value)
        case "date":
            return date.fromisoformat(value)
        case "decimal":
            return Decimal(value)
        case "bytes":
            return bytes.fromhex(value)
    return value


def back(value: Any, lookback: Lookback, label: str) -> Any:
    """`value` less `lookback`, in the form `value` has (ISO text stays ISO text, with its separator and its `Z`)."""
    if value is None or lookback is None:
        return value
    try:
        if isinstance(value, bytes) or (isinstance(value, str) and moment_of(value) is None):
            raise TypeError
        if isinstance(value, str):
            earlier: Any = datetime.fromisoformat(value) - lookback  # type: ignore[operator]
        elif isinstance(value, date) and not isinstance(value, datetime):
            earlier = datetime(value.year, value.month, value.day) - lookback  # type: ignore[operator]
        else:
            return value - (lookback if not isinstance(value, Decimal) else Decimal(str(lookback)))  # type: ignore[operator]
    except TypeError:
        raise PermanentSourceError(
            f"{label}: a lookback of {lookback!r} cannot be taken off the watermark {value!r}; "
            "timestamps need a timedelta, numbers a number"
        ) from None
    # A date less some hours is an instant of the day before: ask from that day on.
    if not isinstance(value, str):
        return earlier.date()
    if len(value) == len("2013-01-05"):
        return earlier.date().isoformat()
    text = earlier.isoformat(sep=value[10])
    return text.removesuffix("+00:00") + "Z" if value.endswith("Z") else text


def as_text(value: Any) -> WatermarkText | None:
    """The watermark as request parameters are rendered with it."""
    return None if value is None else WatermarkText(value, moment_of(value))
