"""The functions that SQL may use: those that are tested to mean the same on both warehouses, and how DuckDB says them.

sqlglot carries most of them over. Here is what it leaves to mean something else, or to be of another type, and the list
of all that may be used: `dataops_assets_tests/contracts/test_functions.py` holds an example of each, with the value and
the type that BigQuery's documentation states.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp

_SCALARS = (
    "Abs And Array ArrayConcat ArraySize ArrayToString Ascii Case Cast Ceil Chr Coalesce Concat Contains "
    "CurrentDate CurrentTimestamp Date DateAdd DateDiff DateFromParts DateFromUnixDate DateSub DateTrunc EndsWith "
    "Exists Exp Extract Floor GenerateDateArray GenerateSeries Greatest If IsInf IsNan JSONExtract JSONExtractScalar "
    "LastDay Least Left Length ByteLength Ln Log Lower LowerHex MD5 Nullif Or Pad Pow RegexpExtract RegexpExtractAll "
    "RegexpLike RegexpReplace Repeat Replace Reverse Right Round SHA2Digest SHA1Digest SafeDivide SafeFunc Sign Split "
    "Sqrt StartsWith StrPosition StrToDate StrToTime Struct Substring TimeToStr Timestamp TimestampAdd TimestampDiff "
    "TimestampSub TimestampTrunc Trim Trunc TryCast TsOrDsToDate TsOrDsToTimestamp UnixDate UnixMicros UnixMillis "
    "UnixSeconds UnixToTime Unnest Upper Uuid Rand WeekStart"
)
_AGGREGATES = (
    "AnyValue ArgMax ArgMin ArrayAgg Avg BitwiseXorAgg Corr Count CountIf CovarPop CovarSamp GroupConcat LogicalAnd "
    "LogicalOr Max Min PercentileCont Stddev StddevPop StddevSamp Sum Variance VariancePop"
)
_WINDOWS = "CumeDist DenseRank FirstValue Lag LastValue Lead NthValue Ntile PercentRank Rank RowNumber"
ALLOWED = frozenset(f"{_SCALARS} {_AGGREGATES} {_WINDOWS}".split())
"""sqlglot's names of the functions."""

_PARTS = [
    "YEAR",
    "ISOYEAR",
    "QUARTER",
    "MONTH",
    "ISOWEEK",
    "DAY",
    "DAYOFYEAR",
    "HOUR",
    "MINUTE",
    "SECOND",
    "MILLISECOND",
    "MICROSECOND",
    "DATE",
]
_INSTEAD: Mapping[type[exp.Expr], str] = {
    exp.ApproxQuantiles: "APPROX_QUANTILES has no equal on DuckDB; write PERCENTILE_CONT(x, q) OVER (…)",
    exp.ApproxQuantile: "APPROX_QUANTILES has no equal on DuckDB; write PERCENTILE_CONT(x, q) OVER (…)",
    exp.ApproxDistinct: "APPROX_COUNT_DISTINCT is another number on each engine; write COUNT(DISTINCT x)",
    exp.FarmFingerprint: "FARM_FINGERPRINT has no equal on DuckDB; write TO_HEX(MD5(…))",
    exp.Format: "FORMAT has no equal on DuckDB; write CONCAT, LPAD, FORMAT_DATE or FORMAT_TIMESTAMP",
    exp.JSONFormat: "TO_JSON_STRING writes numbers and times in each engine's way; write CONCAT",
}


def refusal(node: exp.Expr) -> str:
    """Why this node of a query in BigQuery's dialect has no equal on DuckDB; an empty text, if it has one."""
    for kind, words in _INSTEAD.items():
        if isinstance(node, kind):
            return words
    if isinstance(node, exp.Extract):
        return _refused_part(node)
    if isinstance(node, exp.ArrayAgg) and isinstance(node.this, exp.Limit):
        return "ARRAY_AGG(… LIMIT n) has no equal on DuckDB; number the rows and filter first"
    if isinstance(node, exp.CountIf) and isinstance(node.this, exp.Distinct):
        return "COUNTIF(DISTINCT …) has no equal on DuckDB; write COUNT(DISTINCT …)"
    if isinstance(node, exp.TimeToStr | exp.StrToTime) and node.args.get("zone"):
        return "FORMAT_TIMESTAMP and PARSE_TIMESTAMP with a time zone have no equal on DuckDB; do it in UTC"
    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.BIGDECIMAL:
        return "BIGNUMERIC has no equal on DuckDB; write NUMERIC"
    if isinstance(node, exp.Func) and type(node).__name__ not in ALLOWED:
        name = node.name if isinstance(node, exp.Anonymous) else node.sql(dialect="bigquery").partition("(")[0]
        return f"{name.upper()} is not known to mean the same on both warehouses; write it with other functions"
    return ""


def _refused_part(node: exp.Extract) -> str:
    part = node.this.sql(dialect="bigquery").upper()
    if part == "DAYOFWEEK":
        return (
            "EXTRACT(DAYOFWEEK …) counts from Sunday = 1 on BigQuery and from 0 on DuckDB; write "
            "CAST(FORMAT_DATE('%u', d) AS INT64), where Monday is 1"
        )
    if part.startswith("WEEK"):
        return "EXTRACT(WEEK …) counts from the first Sunday, which DuckDB does not; write EXTRACT(ISOWEEK …)"
    return (
        "" if part in _PARTS else f"EXTRACT({part} …) has no equal on DuckDB; it may be of {', '.join(sorted(_PARTS))}"
    )


def for_duckdb(tree: exp.Expr) -> exp.Expr:
    """The same tree with what DuckDB would read in another way said in its own way."""
    root = exp.Paren(this=tree)
    for node in reversed(list(tree.walk())):  # the inner ones first
        for kind, carried in _CARRIED.items():
            if isinstance(node, kind):
                node.replace(carried(node.copy()))
                break
    return root.this


def _literal(node: exp.Expr) -> exp.Expr:
    # 0.5 is a FLOAT64 in BigQuery; DuckDB reads a decimal, unless it has an exponent.
    if not node.args["is_string"] and "." in node.name and "e" not in node.name.lower():
        node.set("this", f"{node.name}e0")
    return node


def _type(node: exp.Expr) -> exp.Expr:
    if node.this == exp.DataType.Type.DECIMAL and not node.expressions:  # DuckDB's has three digits after the point
        node.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(n)) for n in (38, 9)])
    return node


def _cast(node: exp.Expr) -> exp.Expr:
    """BigQuery takes no text with a fraction for an integer, rounds halves away from zero, writes no needless zero."""
    kind, value = node.args["to"], node.this
    if kind.this == exp.DataType.Type.TEXT and not isinstance(value, exp.Literal):
        pattern = exp.Literal.string(r"^(-?[0-9]+)(?:(\.[0-9]*[1-9])0+|\.0+)$")
        short = _call("REGEXP_REPLACE", node, pattern, exp.Literal.string(r"\1\2"))
        fraction = _call("REGEXP_MATCHES", _call("TYPEOF", value), exp.Literal.string("^(DOUBLE|DECIMAL)"))
        return exp.case().when(fraction, short).else_(node)
    if kind.this != exp.DataType.Type.BIGINT or (isinstance(value, exp.Literal) and value.is_int):
        return node
    text = exp.cast(value, "TEXT")
    whole = _call("REGEXP_FULL_MATCH", text, exp.Literal.string(r"\s*[+-]?([0-9]+|0[xX][0-9a-fA-F]+)\s*"))
    # Of another type a branch is not taken, but has to be one that can be read.
    rounded = _call("ROUND", exp.TryCast(this=value.copy(), to=exp.DataType.build("DOUBLE")))
    refused: exp.Expr = exp.null()
    if not isinstance(node, exp.TryCast):
        refused = exp.cast(_call("CONCAT", text, exp.Literal.string(" is no INT64")), "BIGINT")
    given = _call("TYPEOF", value)
    return (
        exp.case()
        .when(given.eq(exp.Literal.string("DOUBLE")), type(node)(this=rounded, to=kind.copy()))
        .when(exp.and_(given.eq(exp.Literal.string("VARCHAR")), exp.not_(whole)), refused)
        .else_(node)
    )


def _date(node: exp.Expr) -> exp.Expr:
    # DuckDB makes a timestamp of it.
    return exp.cast(node, "DATE")


def _count_if(node: exp.Expr) -> exp.Expr:
    # DuckDB's is null where all conditions are.
    return exp.Count(this=exp.case().when(node.this, exp.Literal.number(1)))


def _timestamp_diff(node: exp.Expr) -> exp.Expr:
    # Whole units, as DuckDB's DATE_SUB: its DATE_DIFF counts the bounds in between.
    return _call("DATE_SUB", exp.Literal.string(node.args["unit"].name), node.expression, node.this)


def _extract(node: exp.Expr) -> exp.Expr:
    part = node.this.name.upper()
    if part == "DATE":
        return exp.cast(node.expression, "DATE")
    found = _call("DATE_PART", exp.Literal.string("WEEK" if part == "ISOWEEK" else part), node.expression)
    if part in ("MILLISECOND", "MICROSECOND"):  # DuckDB's have the seconds in them
        return exp.paren(exp.Mod(this=found, expression=exp.Literal.number(1000 if part == "MILLISECOND" else 10**6)))
    return found


def _moment(node: exp.Expr) -> exp.Expr:
    return exp.cast(node, "TIMESTAMPTZ")


def _substring(node: exp.Expr) -> exp.Expr:
    start = node.args["start"]
    if isinstance(start, exp.Neg):  # from the end, and no further than to the beginning
        node.set("this", _call("RIGHT", node.this, start.this))
        node.set("start", exp.Literal.number(1))
    elif isinstance(start, exp.Literal) and start.name == "0":
        node.set("start", exp.Literal.number(1))
    return node


def _bytes(node: exp.Expr) -> exp.Expr:
    return _call("OCTET_LENGTH", _call("ENCODE", node.this))


def _safe(node: exp.Expr) -> exp.Expr:
    return _call("TRY", node.this)


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


_CARRIED: Mapping[type[exp.Expr], Callable[..., exp.Expr]] = {
    exp.Literal: _literal,
    exp.DataType: _type,
    exp.Cast: _cast,  # and SAFE_CAST, which is one to sqlglot
    exp.DateAdd: _date,
    exp.DateSub: _date,
    exp.DateTrunc: _date,
    exp.DateFromUnixDate: _date,
    exp.CountIf: _count_if,
    exp.TimestampDiff: _timestamp_diff,
    exp.Extract: _extract,
    exp.UnixToTime: _moment,
    exp.StrToTime: _moment,
    exp.ByteLength: _bytes,
    exp.Substring: _substring,
    exp.SafeFunc: _safe,
}
