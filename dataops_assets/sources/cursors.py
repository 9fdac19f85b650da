"""Which rows of a database are at or after a watermark, in SQL, in the order in which `watermark.py` finds the newest.

What stands in a column and has no place in that order is read every time, so that it is refused by name, and not
passed over: text among numbers, a number among times, `10` where all values had one digit.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from dataops_assets.sources.base import PermanentSourceError
from dataops_assets.sources.watermark import moment_of

# PostgreSQL's words. The order of any other type is its own (enum, inet) or does not go on (time, interval, boolean).
_POSTGRES_TYPES = {
    "int2": "int8",
    "int4": "int8",
    "int8": "int8",
    "float4": "float8",
    "float8": "float8",
    "numeric": "numeric",
    "money": "numeric",
    "date": "date",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
    "uuid": "uuid",
    "bytea": "bytea",
}
_POSTGRES_TEXT = {"text", "varchar", "bpchar", "name"}
_POSTGRES_ISO = (
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?$"
)


@dataclass(frozen=True)
class Since:
    """A condition with one parameter, and the value to bind to it."""

    sql: str
    value: Any


def at_or_after(database: str, column: str, since: Any, mark: str, label: str, cursor: str, kind: str | None) -> Since:
    """Rows whose `column` (quoted) is at or after `since`, or has no order with it, or is null.

    database: `Driver.name`. mark: spells the parameter. label, cursor: for messages. kind: PostgreSQL's type of the
    column. Raises PermanentSourceError if rows cannot be compared there as they are here.
    """
    condition = _CONDITIONS.get(database, _any_database)
    return condition(column, since, mark, kind or "", f"{label}: the cursor {cursor!r}")


def check_postgres(kind: str, label: str, cursor: str) -> None:
    """Raises PermanentSourceError if PostgreSQL's type `kind` has no order that a watermark could follow."""
    if kind not in _POSTGRES_TYPES and kind not in _POSTGRES_TEXT:
        raise PermanentSourceError(
            f"{label}: the cursor {cursor!r} has the type {kind}, whose values no watermark can follow; name a column "
            "of numbers, times, text or uuids, or read it with a query that casts it to one (SqlQuery)"
        )


def _sqlite(column: str, since: Any, mark: str, kind: str, where: str) -> Since:
    moment = moment_of(since)
    if moment is not None:
        # SQLite counts milliseconds, and rounds to them.
        instant = sqlite_instant(column)
        return Since(f"({instant} >= julianday({mark}) - 2e-8 OR {instant} IS NULL)", moment.isoformat())
    if isinstance(since, str):
        order = f"{column} COLLATE BINARY >= {mark}"
        return Since(f"({order} OR typeof({column}) <> 'text' OR length({column}) <> {len(since)})", since)
    if isinstance(since, bytes):
        return Since(f"({column} >= {mark} OR typeof({column}) <> 'blob')", since)
    number = float(since) if isinstance(since, Decimal) else since
    return Since(f"({column} >= {mark} OR typeof({column}) NOT IN ('integer', 'real'))", number)


def sqlite_instant(column: str) -> str:
    """The Julian day of ISO text, NULL of everything else (by itself `julianday('12:00')` is in the year 2000)."""
    form = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*"
    return f"CASE WHEN typeof({column}) = 'text' AND {column} GLOB '{form}' THEN julianday({column}) END"


def sqlite_window(column: str, start: datetime, end: datetime) -> list[tuple[str, Any]]:
    """Comparisons of ISO text, however it is spelt, with a window of whole seconds, and what is bound to each."""
    # The fraction is taken out, because SQLite rounds it, at the window's end into the next one. The days around the
    # window come first, as text: they can be looked up in an index.
    whole = f"substr({column}, 1, 19) || ltrim(substr({column}, 20), '.0123456789')"
    second = f"CAST(strftime('%s', {whole}) AS INTEGER)"
    return [
        (f"{column} >=", f"{start - timedelta(days=1):%Y-%m-%d}"),
        (f"{column} <", f"{end + timedelta(days=2):%Y-%m-%d}"),
        (f"{second} >=", int(start.timestamp())),
        (f"{second} <", int(end.timestamp())),
    ]


def check_format(form: str, label: str) -> None:
    """Raises PermanentSourceError if times written as `form` (strftime) are not in the order of time as text."""
    moment, texts = datetime(2001, 1, 1, tzinfo=UTC), []
    for hours in range(0, 24 * 800, 7):
        texts.append((moment + timedelta(hours=hours)).strftime(form))
    if texts != sorted(texts):
        raise PermanentSourceError(
            f"{label}: times written as {form!r} have another order as text than in time, so no partition can be cut "
            "by them; read them with a query that writes the year first (SqlQuery), or as a timestamp"
        )


def _postgres(column: str, since: Any, mark: str, kind: str, where: str) -> Since:
    if kind in _POSTGRES_TYPES:
        cast = _POSTGRES_TYPES[kind]
        value = since
        if cast == "int8" and not isinstance(since, str):
            value = math.floor(since)
        text = "\\x" + value.hex() if isinstance(value, bytes) else _iso(value)
        compared = f"CAST({column} AS numeric)" if kind == "money" else column
        return Since(f"({compared} >= CAST({mark} AS {cast}) OR {column} IS NULL)", text)
    column = f"CAST({column} AS text)"
    if moment_of(since) is not None:
        instant = f"CASE WHEN {column} ~ '{_POSTGRES_ISO}' THEN CAST({column} AS timestamptz) END"
        bound = f"CAST({mark} AS timestamptz) - interval '1 microsecond'"
        return Since(f"({instant} >= {bound} OR {instant} IS NULL)", _iso(since))
    order = f'{column} COLLATE "C" >= {mark}'
    return Since(f"({order} OR length({column}) <> {len(str(since))} OR {column} IS NULL)", str(since))


def _bigquery(column: str, since: Any, mark: str, kind: str, where: str) -> Since:
    if not isinstance(since, str):
        return _any_database(column, since, mark, kind, where)
    if moment_of(since) is not None:
        instant = f"SAFE_CAST({column} AS TIMESTAMP)"
        bound = f"TIMESTAMP_SUB(CAST({mark} AS TIMESTAMP), INTERVAL 1 MICROSECOND)"
        return Since(f"({instant} >= {bound} OR {instant} IS NULL)", since)
    return Since(f"(COLLATE({column}, '') >= {mark} OR LENGTH({column}) <> {len(since)} OR {column} IS NULL)", since)


def _any_database(column: str, since: Any, mark: str, kind: str, where: str) -> Since:
    if isinstance(since, str):
        raise PermanentSourceError(
            f"{where} holds text ({since!r}), and in which order this database has text is not known here; "
            "name a column of numbers or times, or read it with a query that casts it to one (SqlQuery)"
        )
    return Since(f"({column} >= {mark} OR {column} IS NULL)", since)


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


_CONDITIONS: dict[str, Callable[[str, Any, str, str, str], Since]] = {
    "SQLite": _sqlite,
    "PostgreSQL": _postgres,
    "BigQuery": _bigquery,
}
