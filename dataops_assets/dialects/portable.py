"""SQL that means the same on both warehouses: reading it, refusing what does not, carrying it over."""

from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError, UnsupportedError


class UnsupportedSql(ValueError):
    """SQL that does not mean the same on both warehouses, with the portable spelling in the message."""


def parse(sql: str) -> exp.Expr:
    """SQL in BigQuery's dialect as a tree; raises UnsupportedSql for what cannot be parsed or must not be used."""
    try:
        tree = sqlglot.parse_one(sql, dialect="bigquery")
    except SqlglotError as error:
        raise UnsupportedSql(f"not readable as BigQuery SQL: {_place(error, sql)}") from error
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
    """Raise UnsupportedSql for the constructs that are known to mean something else on DuckDB."""
    for node in tree.walk():
        if isinstance(node, exp.Extract) and node.name.upper() == "DAYOFWEEK":
            raise UnsupportedSql(
                "EXTRACT(DAYOFWEEK …) counts from Sunday = 1 on BigQuery and from 0 on DuckDB; write "
                "CAST(FORMAT_DATE('%u', d) AS INT64), where Monday is 1"
            )
        if isinstance(node, exp.ApproxQuantiles | exp.ApproxQuantile):
            raise UnsupportedSql("APPROX_QUANTILES has no equal on DuckDB; write PERCENTILE_CONT(x, q) OVER (…)")
        if isinstance(node, exp.ArrayAgg) and isinstance(node.this, exp.Limit):
            raise UnsupportedSql("ARRAY_AGG(… LIMIT n) has no equal on DuckDB; number the rows and filter first")
        if isinstance(node, exp.FarmFingerprint) or node.name.upper() == "FARM_FINGERPRINT":
            raise UnsupportedSql("FARM_FINGERPRINT has no equal on DuckDB; write TO_HEX(MD5(…))")


def _carry_over(tree: exp.Expr) -> None:
    """Change what sqlglot would leave as it is, and DuckDB reads in another way."""
    for node in tree.find_all(exp.Literal):
        # A FLOAT64 in BigQuery; without an exponent DuckDB reads a decimal.
        if not node.is_string and "." in node.name and "e" not in node.name.lower():
            node.set("this", f"{node.name}e0")


@lru_cache(maxsize=1024)
def translate(sql: str, dialect: str) -> str:
    """SQL in BigQuery's dialect in that of `dialect`; raises UnsupportedSql."""
    tree = parse(sql)
    if dialect == "duckdb":
        _carry_over(tree)
    try:
        return tree.sql(dialect=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise UnsupportedSql(f"cannot be carried over to {dialect}: {error}\n{sql}") from error
