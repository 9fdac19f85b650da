"""pandera's built-in checks as SQL conditions.

Read from the public `Check.name` and `Check.statistics` only. The two forms agree row by row on every value that can be
in the column: a property test holds them together.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dataops_assets.dialects.base import Dialect
from dataops_assets.model.contract import anchored, unanchored


@dataclass(frozen=True)
class Compiled:
    """A check in SQL: its short name, its condition (null counts as passed), and what it says in words."""

    name: str
    condition: Callable[[Dialect], str]
    words: str


_COMPARED = {
    "greater_than_or_equal_to": ("ge", ">=", "min_value", "is at least"),
    "greater_than": ("gt", ">", "min_value", "is more than"),
    "less_than_or_equal_to": ("le", "<=", "max_value", "is at most"),
    "less_than": ("lt", "<", "max_value", "is less than"),
    "equal_to": ("eq", "=", "value", "is"),
    "not_equal_to": ("ne", "<>", "value", "is not"),
}
_LISTED = {"isin": ("allowed_values", "is one of"), "notin": ("forbidden_values", "is none of")}


def compile_check(column: str, kind: pa.DataType, check: Any) -> Compiled | None:
    """The SQL form of a pandera check on a column, or None where there is none.

    Raises ValueError for a check whose bound is not a value of the column's type, or whose pattern is not RE2: pandas
    and a warehouse would not answer alike.
    """
    if getattr(check, "element_wise", False) or not getattr(check, "ignore_na", True) or check.groupby is not None:
        return None
    statistics = check.statistics or {}
    name = check.name
    if name not in _COMPARED and name not in _LISTED and name != "in_range":
        return _text_check(column, kind, name, statistics)
    if pa.types.is_binary(kind):
        return None

    def compare(operator: str, value: Any) -> Callable[[Dialect], str]:
        return lambda dialect: f"{dialect.quote(column)} {operator} {dialect.literal(value, kind)}"

    if name in _COMPARED:
        short, operator, statistic, words = _COMPARED[name]
        value = bound(statistics[statistic], kind)
        return Compiled(short, compare(operator, value), f"{words} {_shown(value)}")
    if name == "in_range":
        least, most = bound(statistics["min_value"], kind), bound(statistics["max_value"], kind)
        low = compare(">=" if statistics.get("include_min", True) else ">", least)
        high = compare("<=" if statistics.get("include_max", True) else "<", most)
        return Compiled(
            "in_range",
            lambda dialect: f"({low(dialect)} AND {high(dialect)})",
            f"is between {_shown(least)} and {_shown(most)}",
        )
    statistic, words = _LISTED[name]
    # A missing value is judged by `nullable` alone; in SQL a null in the list would let every row pass.
    values = sorted((bound(value, kind) for value in statistics[statistic] if not _missing(value)), key=str)

    def listed(dialect: Dialect) -> str:
        return f"{dialect.quote(column)} IN ({', '.join(dialect.literal(value, kind) for value in values)})"

    if not values:
        return Compiled(name, lambda dialect: f"{dialect.quote(column)} IS NULL" if name == "isin" else "TRUE", words)
    if name == "isin":
        return Compiled("isin", listed, f"{words} {_few(values)}")
    return Compiled("notin", lambda dialect: f"NOT ({listed(dialect)})", f"{words} {_few(values)}")


def bound(value: Any, kind: pa.DataType) -> Any:
    """A constant of a check as a plain value of the column's type; raises ValueError if it is not exactly one."""
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _moment(value, kind)
    if isinstance(value, np.generic):
        value = value.item()
    if pa.types.is_boolean(kind):
        fits = isinstance(value, bool)
    elif pa.types.is_integer(kind):
        fits = isinstance(value, int) and not isinstance(value, bool)
    elif pa.types.is_floating(kind):
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        fits = fits and int(value) == float(value) if isinstance(value, int) else fits
    elif pa.types.is_decimal(kind):
        fits = isinstance(value, int | Decimal) and not isinstance(value, bool)
        fits = fits and _holds(Decimal(value), kind)
    else:
        fits = isinstance(value, str) and "\0" not in value
    if not fits:
        hint = f"; write Decimal({str(value)!r})" if pa.types.is_decimal(kind) and isinstance(value, float) else ""
        raise ValueError(f"a check compares with {value!r}, which is not a value of the column's type, {kind}{hint}")
    return value


def _holds(value: Decimal, kind: Any) -> bool:
    """Can the decimal column type hold the value exactly?"""
    try:
        pa.scalar(value, kind)
    except pa.ArrowInvalid:
        return False
    return True


def _moment(value: Any, kind: pa.DataType) -> date | datetime:
    refused = f"a check compares with {value!r}, which is not a value of the column's type, {kind}"
    try:
        moment = pd.Timestamp(value).as_unit("us", round_ok=False).to_pydatetime()
    except (TypeError, ValueError):
        raise ValueError(refused) from None
    if not isinstance(moment, datetime) or moment != moment:  # NaT is not equal to itself
        raise ValueError(refused)
    if pa.types.is_date(kind):
        if moment.tzinfo is not None or moment.time() != time():
            raise ValueError(f"{refused}; give a day, without a time")
        return moment.date()
    if moment.tzinfo is None:
        if not isinstance(value, str):
            raise ValueError(f"{refused}; say its time zone, as with datetime(…, tzinfo=UTC)")
        return moment.replace(tzinfo=UTC)  # pandas, too, reads a text without a zone as the column's
    return moment.astimezone(UTC)


def _text_check(column: str, kind: pa.DataType, name: str, statistics: Mapping[str, Any]) -> Compiled | None:
    """The checks on text."""
    if name not in {"str_matches", "str_contains", "str_startswith", "str_endswith", "str_length"}:
        return None
    if not pa.types.is_string(kind):
        raise ValueError(f"the check {name} is about text, the column's type is {kind}")

    def matches(pattern: str) -> Callable[[Dialect], str]:
        return lambda dialect: dialect.matches(dialect.quote(column), pattern)

    def call(function: str, value: str) -> Callable[[Dialect], str]:
        return lambda dialect: f"{function}({dialect.quote(column)}, {dialect.literal(value)})"

    if name == "str_matches":
        pattern = _re2(statistics["pattern"])
        inner = unanchored(pattern)
        return Compiled("pattern", matches(anchored(inner)), f"matches {inner}")
    if name == "str_contains":
        return Compiled("contains", matches(_re2(statistics["pattern"])), f"contains {statistics['pattern']}")
    if name == "str_startswith":
        text = bound(statistics["string"], kind)
        return Compiled("startswith", call("STARTS_WITH", text), f"starts with {text!r}")
    if name == "str_endswith":
        text = bound(statistics["string"], kind)
        return Compiled("endswith", call("ENDS_WITH", text), f"ends with {text!r}")
    return _length(column, statistics)


def _re2(pattern: Any) -> str:
    if not isinstance(pattern, str):
        raise ValueError(f"the pattern {pattern!r} is compiled; give its text, with flags written as (?i)")
    if "\0" in pattern:
        raise ValueError(f"the pattern {pattern!r} holds a NUL character; write \\x00")
    if not re.sub(r"\(\?[a-z]+\)|\(\?:|[()^]", "", pattern):
        # Not only of no use: DuckDB takes "^(?:)" for the empty text.
        raise ValueError(f"the pattern {pattern!r} matches every text; leave it out")
    try:
        pc.match_substring_regex(pa.array([""]), pattern=pattern)  # type: ignore[attr-defined]
    except pa.ArrowInvalid as error:
        raise ValueError(
            f"the pattern {pattern!r} is not an RE2 pattern, which both warehouses use: {error}; "
            "it has no lookaheads and no backreferences"
        ) from None
    return pattern


def _length(column: str, statistics: Mapping[str, Any]) -> Compiled:
    limits = [("=", statistics["exact_value"])] if statistics.get("exact_value") is not None else []
    if not limits:
        both = ((">=", statistics.get("min_value")), ("<=", statistics.get("max_value")))
        limits = [(operator, value) for operator, value in both if value is not None]

    def condition(dialect: Dialect) -> str:
        length = f"LENGTH({dialect.quote(column)})"
        return "(" + " AND ".join(f"{length} {op} {value}" for op, value in limits) + ")"

    return Compiled("length", condition, "has " + " and ".join(f"{op} {v}" for op, v in limits) + " characters")


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)


def _few(values: Sequence[Any]) -> str:
    shown = ", ".join(_shown(value) for value in values[:8])
    return shown if len(values) <= 8 else f"{shown} and {len(values) - 8} more"
