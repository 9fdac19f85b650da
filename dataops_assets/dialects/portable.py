"""SQL that means the same on both warehouses: reading it, refusing what does not, carrying it over."""

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError, UnsupportedError

from dataops_assets.dialects.functions import for_duckdb, refusal


class UnsupportedSql(ValueError):
    """SQL that does not mean the same on both warehouses, with the portable spelling in the message."""


def parse(sql: str) -> exp.Expr:
    """SQL in BigQuery's dialect as a tree; raises UnsupportedSql for what cannot be parsed or must not be used."""
    try:
        tree = sqlglot.parse_one(sql, dialect="bigquery")
    except AttributeError as error:  # sqlglot's own, of TRANSLATE
        raise UnsupportedSql(f"TRANSLATE or another function is not understood: {sql}") from error
    except SqlglotError as error:
        raise UnsupportedSql(f"not readable as BigQuery SQL: {_place(error, sql)}") from error
    if isinstance(tree, exp.Command):
        raise UnsupportedSql(f"not readable as a query or an expression: {sql}")
    refuse_unportable(tree)
    return tree


def _place(error: SqlglotError, sql: str) -> str:
    """What is wrong and in which line; the error's own text has the whole SQL in it, in terminal colours."""
    if not (isinstance(error, ParseError) and error.errors and error.errors[0].get("line")):
        return f"{error}\n{sql}"
    found = error.errors[0]
    line = sql.splitlines()[found["line"] - 1].strip()
    return f"{found['description']} at {found['highlight']!r} in line {found['line']}: {line}"


def refuse_unportable(tree: exp.Expr) -> None:
    """Raise UnsupportedSql for what is not known to mean the same on DuckDB."""
    for node in tree.walk():
        if words := refusal(node):
            raise UnsupportedSql(words)


@lru_cache(maxsize=1024)
def translate(sql: str, dialect: str) -> str:
    """SQL in BigQuery's dialect in that of `dialect`; raises UnsupportedSql."""
    tree = parse(sql)
    if dialect == "duckdb":
        tree = for_duckdb(tree)
    try:
        return tree.sql(dialect=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE, copy=False)
    except UnsupportedError as error:
        raise UnsupportedSql(f"cannot be carried over to {dialect}: {error}\n{sql}") from error
