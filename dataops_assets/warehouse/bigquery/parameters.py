"""Python values as typed query parameters, and labels as Google allows them."""

import contextlib
import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud import bigquery

_LABEL = 63
_SYNONYMS = {
    "INTEGER": "INT64",
    "FLOAT": "FLOAT64",
    "BOOLEAN": "BOOL",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}


@dataclass(frozen=True)
class Typed:
    """A value with its BigQuery type, for what Python does not say: None, an empty list, JSON.

    type: such as "STRING"; of a list, the type of its elements.
    """

    value: Any
    type: str


def parameter(name: str, value: Any) -> "bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter":
    """The parameter `@name`; one that is made already stays as it is. Raises TypeError where a type cannot be told."""
    from google.cloud import bigquery

    if isinstance(value, bigquery.ArrayQueryParameter | bigquery.ScalarQueryParameter):
        value.name = name
        return value
    kind = ""
    if isinstance(value, Typed):
        value, kind = value.value, value.type
    if isinstance(value, list | tuple):
        return bigquery.ArrayQueryParameter(name, kind or _type_of_all(name, value), list(value))
    return bigquery.ScalarQueryParameter(name, kind or _type_of(name, value), value)


def _type_of_all(name: str, values: list[Any] | tuple[Any, ...]) -> str:
    kinds = {_type_of(name, each) for each in values}
    if len(kinds) != 1:
        elements = f"of {' and '.join(sorted(kinds))}" if kinds else "without elements"
        raise TypeError(f"@{name}: a list {elements} has no type; pass Typed(value, TYPE)")
    return kinds.pop()


def _type_of(name: str, value: Any) -> str:
    if isinstance(value, dt.datetime):
        return "TIMESTAMP" if value.tzinfo else "DATETIME"
    # In this order: a bool is an int in Python.
    for kind, sql in (
        (bool, "BOOL"),
        (int, "INT64"),
        (float, "FLOAT64"),
        (Decimal, "NUMERIC"),
        (str, "STRING"),
        (bytes, "BYTES"),
        (dt.date, "DATE"),
        (dt.time, "TIME"),
    ):
        if isinstance(value, kind):
            return sql
    raise TypeError(f"@{name}: the type of {value!r} cannot be told; pass Typed(value, TYPE)")


def comparable(parameters: list[Mapping[str, Any]]) -> list[Any]:
    """Parameters of a job's configuration, so that the same ones are equal however a server writes them."""
    found = []
    for each in parameters:
        kind, value = each.get("parameterType", {}), each.get("parameterValue", {})
        element = kind.get("arrayType", kind).get("type", "")
        element = str(_SYNONYMS.get(element, element))
        if "arrayType" in kind:
            values = value.get("arrayValues") or []
            found.append((each.get("name"), [element], [_plain(element, item.get("value")) for item in values]))
        else:
            found.append((each.get("name"), element, _plain(element, value.get("value"))))
    return found


def _plain(kind: str, value: Any) -> Any:
    if value is None:
        return None
    text = str(value)
    if kind in ("NUMERIC", "BIGNUMERIC"):
        return str(Decimal(text).normalize())
    if kind == "FLOAT64":
        return str(float(text))
    if kind == "BOOL":
        return text.lower()
    if kind == "TIMESTAMP":
        with contextlib.suppress(ValueError):
            return dt.datetime.fromisoformat(text).astimezone(dt.UTC).isoformat()
    return text


def label(text: str) -> str:
    """A valid label value of any name or id: lower case, digits, `_` and `-`, at most 63 of them.

    A text that does not fit ends with a part of its hash, so that two long ones stay two.
    https://cloud.google.com/bigquery/docs/labels-intro#requirements
    """
    clean = re.sub(r"[^a-z0-9_-]", "-", text.lower())
    if len(clean) <= _LABEL:
        return clean
    return f"{clean[: _LABEL - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def valid_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels with valid values; raises ValueError for a key that is not valid."""
    for key in labels:
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key):
            raise ValueError(f"label {key!r}: a key is a lower-case letter, then up to 62 of a-z, 0-9, _ and -")
    return {key: label(value) for key, value in labels.items()}
