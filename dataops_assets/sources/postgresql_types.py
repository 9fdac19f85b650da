"""PostgreSQL's types: which ones the driver gives exactly, and that the others are read as the database's own text.

The driver gives some types as bytes of PostgreSQL's protocol (inet, range, bit), others changed: money in cents, a
table of numbers as a list, `24:00` as midnight, and what is beyond the years 1 to 9999, or `infinity`, as another
moment. Only what comes as it is, and what every warehouse can load, keeps its type. Whether a column of times or lists
holds any value that would be changed is asked first, in the same snapshot.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_TIMES = {"date", "timestamp", "timestamptz"}
_EXACT = _TIMES | {
    "bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "name", "char", "bytea", "time",
}  # fmt: skip

# Lists are read with the types of items that a contract may name.
_WIDE = {"int2": "int8", "int4": "int8", "float4": "float8", "timestamp": "timestamptz"}

# The bounds of a partition are UTC, and so is a timestamp without a zone; text is written alike by every server.
_SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "xmloption": "content",
}


@dataclass(frozen=True)
class Described:
    """A relation's columns. types: column → PostgreSQL's word for its type. lists: the columns that are arrays."""

    types: dict[str, str]
    lists: frozenset[str]


def begin(cursor: Any) -> None:
    """Have this transaction see one state of the database, and write values in one way."""
    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SESSION.items())
    cursor.execute(f"SELECT {settings}")
    cursor.fetchall()


def describe(cursor: Any, statement: str, binds: Sequence[Any]) -> tuple[list[str], Described]:
    """The names of the columns of a statement, as often as they come, and what they are."""
    import pyarrow as pa

    schema = cursor.adbc_execute_schema(statement, list(binds) or None)
    types, lists = {}, set()
    for field in schema:
        types[field.name] = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
        if pa.types.is_list(field.type) and types[field.name].startswith("_"):
            lists.add(field.name)
    return schema.names, Described(types, frozenset(lists))


def expressions(
    cursor: Any, names: Sequence[str], described: Described, relation: str, where: str, binds: Sequence[Any]
) -> list[str]:
    """What to select for each of these columns, under its own name: the column, or its text."""
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
    tests = {name: test for name in names if (test := _changed(quoted[name], name, described))}
    changed: set[str] = set()
    if tests:
        cursor.execute(
            f"SELECT {', '.join(f'bool_or({test})' for test in tests.values())} FROM {relation}{where}",
            list(binds) or None,
        )
        changed = {name for name, found in zip(tests, cursor.fetchone(), strict=True) if found}
    return [f"{_read(quoted[name], name, described, changed)} AS {quoted[name]}" for name in names]


def _read(column: str, name: str, described: Described, changed: set[str]) -> str:
    kind = described.types[name]
    if name in changed:
        return f"CAST({column} AS text)"
    if name in described.lists:
        item = kind.removeprefix("_")
        wide = _WIDE.get(item, item if item in _EXACT else "text")
        return column if wide == item else f"CAST({column} AS {wide}[])"
    if kind == "money":
        # Its text has the currency's sign and the separators of the server's language.
        return f"CAST(CAST({column} AS numeric) AS text)"
    return column if kind in _EXACT else f"CAST({column} AS text)"


def _changed(column: str, name: str, described: Described) -> str:
    """Whether the driver would change a value of this column, in SQL; nothing if it never does."""
    kind = described.types[name].removeprefix("_")
    if name not in described.lists:
        return _changed_scalar(column, kind)
    items = column if kind in _EXACT else f"CAST({column} AS text[])"
    # A list with nulls in it is one that BigQuery does not have: it takes no file in which there is any.
    scalar = " OR ".join(filter(None, ["item IS NULL", _changed_scalar("item", kind)]))
    return (
        f"array_ndims({column}) > 1 OR array_lower({column}, 1) <> 1 "
        f"OR EXISTS (SELECT FROM unnest({items}) AS item WHERE {scalar})"
    )


def _changed_scalar(column: str, kind: str) -> str:
    if kind in _TIMES:
        # Infinity, too, is before or after all of these years.
        return f"{column} < '0001-01-01' OR {column} >= '10000-01-01'"
    return f"{column} = '24:00'" if kind == "time" else ""
