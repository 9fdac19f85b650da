"""Watermarks: how far an incremental extraction has come, as a JSON value that is stored with its data.

A watermark is `{"cursor": column, "type": …, "value": …}`. It never moves backwards. Rows that are exactly at it are
asked for again (ties may still be arriving), and a `lookback` asks for more; the load's key removes what came twice.
"""

import math
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dataops_assets.sources.base import PermanentSourceError, full_refresh
from dataops_assets.sources.values import WatermarkText

_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)")

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
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None


def newer(current: Any, candidate: Any, label: str, cursor: str) -> Any:
    """The later of two cursor values; nulls and NaN move nothing. Raises if the two cannot be compared."""
    if candidate is None or (isinstance(candidate, float) and math.isnan(candidate)):
        return current
    if current is None:
        return candidate
    old, new = moment_of(current), moment_of(candidate)
    if old is not None and new is not None:
        if new == old and isinstance(current, str) and isinstance(candidate, str):
            return max(current, candidate)  # digits finer than a microsecond
        return candidate if new > old else current
    if (old is None) == (new is None):
        try:
            return candidate if candidate > current else current
        except TypeError:
            pass
    raise PermanentSourceError(
        f"{label}: the cursor {cursor!r} holds values that have no common order ({current!r} and {candidate!r}); "
        "name a cursor of one type, or extract in full"
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
    return value


def back(value: Any, lookback: Lookback, label: str) -> Any:
    """`value` less `lookback`, in the form `value` has (ISO text stays ISO text, with its separator and its `Z`)."""
    if value is None or lookback is None:
        return value
    try:
        if not isinstance(value, str):
            return value - (lookback if not isinstance(value, Decimal) else Decimal(str(lookback)))
        if moment_of(value) is None:
            raise TypeError
        earlier = datetime.fromisoformat(value) - lookback  # type: ignore[operator]
    except TypeError:
        raise PermanentSourceError(
            f"{label}: a lookback of {lookback!r} cannot be taken off the watermark {value!r}; "
            "timestamps need a timedelta, numbers a number"
        ) from None
    if len(value) == len("2013-01-05"):
        # A date less some hours is an instant of the day before: ask from that day on.
        return earlier.date().isoformat()
    text = earlier.isoformat(sep=value[10])
    return text.removesuffix("+00:00") + "Z" if value.endswith("Z") else text


def as_text(value: Any) -> WatermarkText | None:
    """The watermark as request parameters are rendered with it."""
    return None if value is None else WatermarkText(value, moment_of(value))
