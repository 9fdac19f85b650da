"""pandera's built-in checks as SQL conditions.

Read from the public `Check.name` and `Check.statistics` only. The two forms agree row by row on every value that can be
in the column: a property test holds them together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dataops_assets.contracts.dialect import Dialect


@dataclass(frozen=True)
class Compiled:
    """A check in SQL: its short name, its condition (null counts as passed), and what it says in words."""

    name: str
    condition: Callable[[Dialect], str]
    words: str


def compile_check(column: str, kind: pa.DataType, check: Any) -> Compiled | None:
    """The SQL form of a pandera check on a column, or None where there is none."""
    if getattr(check, "element_wise", False) or not getattr(check, "ignore_na", True):
        return None
    said = check.statistics or {}
    name = check.name

    def compare(operator: str, value: Any) -> Callable[[Dialect], str]:
        return lambda dialect: f"{dialect.quote(column)} {operator} {dialect.literal(value, kind)}"

    def listed(values: Any) -> Callable[[Dialect], str]:
        ordered = sorted(values, key=str)
        return lambda dialect: (
            f"{dialect.quote(column)} IN ({', '.join(dialect.literal(value, kind) for value in ordered)})"
        )

    def text(pattern: str) -> Callable[[Dialect], str]:
        return lambda dialect: dialect.matches(dialect.quote(column), pattern)

    match name:
        case "greater_than_or_equal_to":
            return Compiled("ge", compare(">=", said["min_value"]), f"is at least {said['min_value']}")
        case "greater_than":
            return Compiled("gt", compare(">", said["min_value"]), f"is more than {said['min_value']}")
        case "less_than_or_equal_to":
            return Compiled("le", compare("<=", said["max_value"]), f"is at most {said['max_value']}")
        case "less_than":
            return Compiled("lt", compare("<", said["max_value"]), f"is less than {said['max_value']}")
        case "equal_to":
            return Compiled("eq", compare("=", said["value"]), f"is {said['value']!r}")
        case "not_equal_to":
            return Compiled("ne", compare("<>", said["value"]), f"is not {said['value']!r}")
        case "in_range":
            low = compare(">=" if said.get("include_min", True) else ">", said["min_value"])
            high = compare("<=" if said.get("include_max", True) else "<", said["max_value"])
            return Compiled(
                "in_range",
                lambda dialect: f"({low(dialect)} AND {high(dialect)})",
                f"is between {said['min_value']} and {said['max_value']}",
            )
        case "isin":
            return Compiled("isin", listed(said["allowed_values"]), f"is one of {_few(said['allowed_values'])}")
        case "notin":
            inside = listed(said["forbidden_values"])
            return Compiled(
                "notin",
                lambda dialect: f"NOT {inside(dialect)}",
                f"is none of {_few(said['forbidden_values'])}",
            )
        case "str_matches":
            return Compiled("pattern", text(f"^(?:{said['pattern']})"), f"matches {said['pattern']}")
        case "str_contains":
            return Compiled("contains", text(said["pattern"]), f"contains {said['pattern']}")
        case "str_startswith":
            return Compiled(
                "startswith",
                lambda dialect: f"STARTS_WITH({dialect.quote(column)}, {dialect.literal(said['string'])})",
                f"starts with {said['string']!r}",
            )
        case "str_endswith":
            return Compiled(
                "endswith",
                lambda dialect: f"ENDS_WITH({dialect.quote(column)}, {dialect.literal(said['string'])})",
                f"ends with {said['string']!r}",
            )
        case "str_length":
            return _length(column, said)
    return None


def _length(column: str, said: dict[str, Any]) -> Compiled:
    bounds = [
        (operator, said.get(bound))
        for operator, bound in (("=", "exact_value"), (">=", "min_value"), ("<=", "max_value"))
        if said.get(bound) is not None
    ]

    def condition(dialect: Dialect) -> str:
        return "(" + " AND ".join(f"LENGTH({dialect.quote(column)}) {op} {value}" for op, value in bounds) + ")"

    return Compiled("length", condition, "has " + " and ".join(f"{op} {v}" for op, v in bounds) + " characters")


def _few(values: Any) -> str:
    listed = sorted(values, key=str)
    shown = ", ".join(repr(value) for value in listed[:8])
    return shown if len(listed) <= 8 else f"{shown} and {len(listed) - 8} more"
