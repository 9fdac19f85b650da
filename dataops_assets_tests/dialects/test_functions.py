"""Every function that SQL may use gives on DuckDB what BigQuery's documentation states: value and type."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from sqlglot import exp

from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.dialects.functions import ALLOWED
from dataops_assets.dialects.portable import UnsupportedSql, parse
from dataops_assets.model.types import widens

INT, FLOAT, TEXT, BOOL = pa.int64(), pa.float64(), pa.string(), pa.bool_()
NUMERIC, DATE, TIMESTAMP = pa.decimal128(38, 9), pa.date32(), pa.timestamp("us", tz="UTC")
INTS, TEXTS = pa.list_(INT), pa.list_(TEXT)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# By page of https://cloud.google.com/bigquery/docs/reference/standard-sql/: SQL, its value and its type.
EXAMPLES: dict[str, list[tuple[str, Any, pa.DataType]]] = {
    "date_functions": [
        ("DATE_TRUNC(DATE '2008-12-25', DAY)", date(2008, 12, 25), DATE),
        ("DATE_TRUNC(DATE '2008-12-25', MONTH)", date(2008, 12, 1), DATE),
        ("DATE_TRUNC(DATE '2008-12-25', QUARTER)", date(2008, 10, 1), DATE),
        ("DATE_TRUNC(DATE '2008-12-25', YEAR)", date(2008, 1, 1), DATE),
        ("DATE_TRUNC(DATE '2017-11-05', WEEK)", date(2017, 11, 5), DATE),  # a Sunday
        ("DATE_TRUNC(DATE '2017-11-05', WEEK(MONDAY))", date(2017, 10, 30), DATE),
        ("DATE_TRUNC(DATE '2017-11-05', ISOWEEK)", date(2017, 10, 30), DATE),
        ("DATE_TRUNC(DATE '2015-06-15', ISOYEAR)", date(2014, 12, 29), DATE),
        ("DATE_ADD(DATE '2008-12-25', INTERVAL 5 DAY)", date(2008, 12, 30), DATE),
        ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH)", date(2024, 2, 29), DATE),
        ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 QUARTER)", date(2024, 4, 30), DATE),
        ("DATE_ADD(DATE '2024-02-29', INTERVAL 1 YEAR)", date(2025, 2, 28), DATE),
        ("DATE_ADD(DATE_TRUNC(DATE '2024-02-29', MONTH), INTERVAL 1 WEEK)", date(2024, 2, 8), DATE),
        ("DATE_SUB(DATE '2008-12-25', INTERVAL 5 DAY)", date(2008, 12, 20), DATE),
        ("DATE '2008-12-25' + 1", date(2008, 12, 26), DATE),
        ("DATE_DIFF(DATE '2010-07-07', DATE '2008-12-25', DAY)", 559, INT),
        ("DATE_DIFF(DATE '2017-10-15', DATE '2017-10-14', WEEK)", 1, INT),
        ("DATE_DIFF(DATE '2017-12-18', DATE '2017-12-17', WEEK)", 0, INT),
        ("DATE_DIFF(DATE '2017-12-18', DATE '2017-12-17', WEEK(MONDAY))", 1, INT),
        ("DATE_DIFF(DATE '2017-12-18', DATE '2017-12-17', ISOWEEK)", 1, INT),
        ("DATE_DIFF(DATE '2017-12-30', DATE '2014-12-30', YEAR)", 3, INT),
        ("DATE_DIFF(DATE '2017-12-30', DATE '2014-12-30', ISOYEAR)", 2, INT),
        ("DATE_DIFF(DATE '2024-03-01', DATE '2024-02-29', MONTH)", 1, INT),
        ("EXTRACT(ISOYEAR FROM DATE '2016-01-03')", 2015, INT),
        ("EXTRACT(ISOWEEK FROM DATE '2016-01-03')", 53, INT),
        ("EXTRACT(YEAR FROM DATE '2016-01-03')", 2016, INT),
        ("EXTRACT(QUARTER FROM DATE '2016-04-03')", 2, INT),
        ("EXTRACT(MONTH FROM DATE '2016-04-03')", 4, INT),
        ("EXTRACT(DAY FROM DATE '2016-04-03')", 3, INT),
        ("EXTRACT(DAYOFYEAR FROM DATE '2016-12-31')", 366, INT),
        ("LAST_DAY(DATE '2008-11-25')", date(2008, 11, 30), DATE),
        ("LAST_DAY(DATE '2008-11-25', MONTH)", date(2008, 11, 30), DATE),
        ("LAST_DAY(DATE '2008-11-25', YEAR)", date(2008, 12, 31), DATE),
        ("LAST_DAY(DATE '2008-11-10', QUARTER)", date(2008, 12, 31), DATE),
        ("DATE(2016, 12, 25)", date(2016, 12, 25), DATE),
        ("DATE(TIMESTAMP '2016-12-25 05:30:00+07')", date(2016, 12, 24), DATE),
        ("DATE(TIMESTAMP '2016-12-25 05:30:00+07', 'America/Los_Angeles')", date(2016, 12, 24), DATE),
        ("FORMAT_DATE('%b %d, %Y', DATE '2008-12-05')", "Dec 05, 2008", TEXT),
        ("FORMAT_DATE('%u %j %G-%V %Y-%m %F', DATE '2021-01-03')", "7 003 2020-53 2021-01 2021-01-03", TEXT),
        ("PARSE_DATE('%b %d %Y', 'Dec 25 2008')", date(2008, 12, 25), DATE),
        ("PARSE_DATE('%Y%m%d', '20081225')", date(2008, 12, 25), DATE),
        ("SAFE.PARSE_DATE('%b %d %Y', 'Dec 25 2008')", date(2008, 12, 25), DATE),
        ("SAFE.PARSE_DATE('%b %d %Y', 'soon')", None, DATE),
        ("UNIX_DATE(DATE '2008-12-25')", 14238, INT),
        ("DATE_FROM_UNIX_DATE(14238)", date(2008, 12, 25), DATE),
        ("CURRENT_DATE() > DATE '2020-01-01'", True, BOOL),
        ("ARRAY_LENGTH(GENERATE_DATE_ARRAY('2016-10-05', '2016-10-08'))", 4, INT),
    ],
    "timestamp_functions": [
        ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', DAY)", at(2008, 12, 25), TIMESTAMP),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', HOUR)", at(2008, 12, 25, 15), TIMESTAMP),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2017-11-05 15:30:00+00', WEEK)", at(2017, 11, 5), TIMESTAMP),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2017-11-05 15:30:00+00', WEEK(MONDAY))", at(2017, 10, 30), TIMESTAMP),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2017-11-05 15:30:00+00', ISOWEEK)", at(2017, 10, 30), TIMESTAMP),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2017-11-05 15:30:00+00', QUARTER)", at(2017, 10, 1), TIMESTAMP),
        ("TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 02:30:00+00', DAY, 'America/New_York')", at(2008, 12, 24, 5),
         TIMESTAMP),
        ("TIMESTAMP_ADD(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 10 MINUTE)", at(2008, 12, 25, 15, 40), TIMESTAMP),
        ("TIMESTAMP_SUB(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 1 DAY)", at(2008, 12, 24, 15, 30), TIMESTAMP),
        ("TIMESTAMP_DIFF(TIMESTAMP '2010-07-07 10:20:00+00', TIMESTAMP '2008-12-25 15:30:00+00', HOUR)", 13410, INT),
        ("TIMESTAMP_DIFF(TIMESTAMP '2001-02-01 01:00:00+00', TIMESTAMP '2001-02-01 00:00:01+00', HOUR)", 0, INT),
        ("TIMESTAMP_DIFF(TIMESTAMP '2018-08-14 00:00:00+00', TIMESTAMP '2018-10-14 00:00:00+00', DAY)", -61, INT),
        ("EXTRACT(DATE FROM TIMESTAMP '2008-12-25 05:30:00+00')", date(2008, 12, 25), DATE),
        ("EXTRACT(DAY FROM TIMESTAMP '2008-12-25 05:30:00+00' AT TIME ZONE 'America/Los_Angeles')", 24, INT),
        ("EXTRACT(HOUR FROM TIMESTAMP '2008-12-25 05:30:00+00')", 5, INT),
        ("EXTRACT(MINUTE FROM TIMESTAMP '2008-12-25 05:30:00+00')", 30, INT),
        ("EXTRACT(SECOND FROM TIMESTAMP '2008-12-25 05:30:12.345678+00')", 12, INT),
        ("EXTRACT(MILLISECOND FROM TIMESTAMP '2008-12-25 05:30:12.345678+00')", 345, INT),
        ("EXTRACT(MICROSECOND FROM TIMESTAMP '2008-12-25 05:30:12.345678+00')", 345678, INT),
        ("FORMAT_TIMESTAMP('%F %T', TIMESTAMP '2050-12-25 15:30:55+00')", "2050-12-25 15:30:55", TEXT),
        ("PARSE_TIMESTAMP('%Y-%m-%d %H:%M', '2008-12-25 07:30')", at(2008, 12, 25, 7, 30), TIMESTAMP),
        ("SAFE.PARSE_TIMESTAMP('%Y-%m-%d', 'soon')", None, TIMESTAMP),
        ("TIMESTAMP('2008-12-25 15:30:00+00')", at(2008, 12, 25, 15, 30), TIMESTAMP),
        ("TIMESTAMP(DATE '2008-12-25')", at(2008, 12, 25), TIMESTAMP),
        ("TIMESTAMP_SECONDS(1230219000)", at(2008, 12, 25, 15, 30), TIMESTAMP),
        ("TIMESTAMP_MILLIS(1230219000001)", at(2008, 12, 25, 15, 30, 0, 1000), TIMESTAMP),
        ("TIMESTAMP_MICROS(1230219000000001)", at(2008, 12, 25, 15, 30, 0, 1), TIMESTAMP),
        ("UNIX_SECONDS(TIMESTAMP '2008-12-25 15:30:00+00')", 1230219000, INT),
        ("UNIX_MILLIS(TIMESTAMP '2008-12-25 15:30:00.001+00')", 1230219000001, INT),
        ("UNIX_MICROS(TIMESTAMP '2008-12-25 15:30:00.000001+00')", 1230219000000001, INT),
        ("CURRENT_TIMESTAMP() > TIMESTAMP '2020-01-01 00:00:00+00'", True, BOOL),
    ],
    "aggregate_functions": [
        ("COUNTIF(b)", 1, INT),
        ("COUNTIF(b) OVER ()", 1, INT),
        ("COUNTIF(CAST(NULL AS BOOL))", 0, INT),
        ("(SELECT COUNTIF(b) FROM UNNEST([TRUE]) AS b WHERE FALSE)", 0, INT),
        ("COUNT(*)", 3, INT), ("COUNT(n)", 2, INT), ("COUNT(DISTINCT s)", 2, INT),
        ("SUM(n)", 5, INT), ("SUM(CAST(NULL AS INT64))", None, INT), ("AVG(n)", 2.5, FLOAT),
        ("MIN(n)", 1, INT), ("MAX(n)", 4, INT), ("MAX_BY(s, n)", "b", TEXT), ("MIN_BY(s, n)", "a", TEXT),
        ("ANY_VALUE(s HAVING MAX n)", "b", TEXT), ("LOGICAL_OR(b)", True, BOOL), ("LOGICAL_AND(b)", False, BOOL),
        ("BIT_XOR(n)", 5, INT), ("STRING_AGG(s, '-' ORDER BY s)", "a-a-b", TEXT),
        ("ARRAY_AGG(s ORDER BY s)", ["a", "a", "b"], TEXTS), ("ARRAY_AGG(n IGNORE NULLS ORDER BY n)", [1, 4], INTS),
        ("VARIANCE(n)", 4.5, FLOAT), ("VAR_SAMP(n)", 4.5, FLOAT), ("VAR_POP(n)", 2.25, FLOAT),
        ("ROUND(STDDEV(n), 3)", 2.121, FLOAT), ("ROUND(STDDEV_SAMP(n), 3)", 2.121, FLOAT),
        ("STDDEV_POP(n)", 1.5, FLOAT), ("CORR(n, n)", 1.0, FLOAT), ("COVAR_POP(n, n)", 2.25, FLOAT),
        ("COVAR_SAMP(n, n)", 4.5, FLOAT),
    ],
    "window-functions": [
        ("ROW_NUMBER() OVER (ORDER BY n)", 1, INT), ("RANK() OVER (ORDER BY n)", 1, INT),
        ("DENSE_RANK() OVER (ORDER BY n)", 1, INT), ("PERCENT_RANK() OVER (ORDER BY n)", 0.0, FLOAT),
        ("CUME_DIST() OVER (ORDER BY n)", 1 / 3, FLOAT), ("NTILE(3) OVER (ORDER BY n)", 1, INT),
        ("LAG(n) OVER (ORDER BY n)", None, INT), ("LEAD(s) OVER (ORDER BY n)", "a", TEXT),
        ("FIRST_VALUE(n) OVER (ORDER BY n)", None, INT),  # null comes first
        ("FIRST_VALUE(n IGNORE NULLS) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
         1, INT),
        ("LAST_VALUE(s) OVER (ORDER BY n DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)", "a", TEXT),
        ("NTH_VALUE(n, 2) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)", 1, INT),
        ("PERCENTILE_CONT(n, 0.5) OVER ()", 2.5, FLOAT),
    ],
    "mathematical_functions": [
        ("ABS(-5)", 5, INT), ("SIGN(-5)", -1, INT), ("ROUND(2.5)", 3.0, FLOAT), ("ROUND(-2.5)", -3.0, FLOAT),
        ("ROUND(2.345, 1)", 2.3, FLOAT), ("TRUNC(-2.8)", -2.0, FLOAT), ("CEIL(2.3)", 3.0, FLOAT),
        ("FLOOR(-2.3)", -3.0, FLOAT), ("DIV(-7, 2)", -3, INT), ("MOD(-7, 3)", -1, INT), ("7 / 2", 3.5, FLOAT),
        ("SAFE_DIVIDE(1, 0)", None, FLOAT), ("SAFE_DIVIDE(7, 2)", 3.5, FLOAT), ("SQRT(4)", 2.0, FLOAT),
        ("POW(2, 3)", 8.0, FLOAT), ("EXP(0)", 1.0, FLOAT), ("LN(1)", 0.0, FLOAT), ("LOG(8, 2)", 3.0, FLOAT),
        ("LOG10(100)", 2.0, FLOAT), ("GREATEST(1, 3)", 3, INT), ("GREATEST(1, NULL)", None, INT),
        ("LEAST(1, 3)", 1, INT), ("IS_NAN(CAST('nan' AS FLOAT64))", True, BOOL),
        ("IS_INF(CAST('inf' AS FLOAT64))", True, BOOL), ("0.1 + 0.2 = 0.3", False, BOOL), ("0.5", 0.5, FLOAT),
        ("RAND() < 1", True, BOOL),
    ],
    "conversion_functions": [
        ("CAST(2.5 AS INT64)", 3, INT), ("CAST(-2.5 AS INT64)", -3, INT), ("CAST(0.5 + 0 AS INT64)", 1, INT),
        ("CAST('7' AS INT64)", 7, INT), ("CAST(TRUE AS INT64)", 1, INT), ("SAFE_CAST('x' AS INT64)", None, INT),
        ("SAFE_CAST('1.5' AS INT64)", None, INT), ("SAFE_CAST(s AS INT64)", None, INT),
        ("SAFE_CAST(n AS INT64)", 1, INT), ("CAST(CAST(7 AS NUMERIC) AS INT64)", 7, INT),
        ("CAST('1.23456' AS NUMERIC)", Decimal("1.23456"), NUMERIC), ("SAFE_CAST('x' AS NUMERIC)", None, NUMERIC),
        ("CAST('12345678901234567890.5' AS NUMERIC)", Decimal("12345678901234567890.5"), NUMERIC),
        ("NUMERIC '1.23456'", Decimal("1.23456"), NUMERIC), ("CAST('1.5' AS FLOAT64)", 1.5, FLOAT),
        ("CAST(7 AS STRING)", "7", TEXT), ("CAST(CAST(1.5 AS NUMERIC) AS STRING)", "1.5", TEXT),
        ("CAST(CAST(100 AS NUMERIC) AS STRING)", "100", TEXT), ("CAST(1.0 + 0 AS STRING)", "1", TEXT),
        ("CAST(0.25 + 0 AS STRING)", "0.25", TEXT), ("CAST(s AS STRING)", "a", TEXT),
        ("CAST(TRUE AS STRING)", "true", TEXT),
        ("CAST(DATE '2024-01-31' AS STRING)", "2024-01-31", TEXT),
        ("CAST(TIMESTAMP '2024-01-31 10:00:00+00' AS STRING)", "2024-01-31 10:00:00+00", TEXT),
        ("CAST('2024-01-31' AS DATE)", date(2024, 1, 31), DATE), ("SAFE_CAST('soon' AS DATE)", None, DATE),
        ("CAST('2024-01-31 10:00:00+02' AS TIMESTAMP)", at(2024, 1, 31, 8), TIMESTAMP),
        ("CAST('true' AS BOOL)", True, BOOL),
    ],
    "string_functions": [
        ("LENGTH('абв')", 3, INT), ("CHAR_LENGTH('абв')", 3, INT), ("BYTE_LENGTH('абв')", 6, INT),
        ("UPPER('a')", "A", TEXT), ("LOWER('A')", "a", TEXT), ("TRIM('  a ')", "a", TEXT),
        ("TRIM('*a*', '*')", "a", TEXT), ("LTRIM('  a ')", "a ", TEXT), ("RTRIM(' a  ')", " a", TEXT),
        ("LPAD('7', 3, '0')", "007", TEXT), ("LPAD('abcd', 2)", "ab", TEXT), ("RPAD('7', 3, '0')", "700", TEXT),
        ("REPLACE('aba', 'a', 'c')", "cbc", TEXT), ("REVERSE('abc')", "cba", TEXT), ("REPEAT('ab', 2)", "abab", TEXT),
        ("LEFT('abc', 2)", "ab", TEXT), ("RIGHT('abc', 2)", "bc", TEXT), ("SUBSTR('apple', 2)", "pple", TEXT),
        ("SUBSTR('apple', 2, 2)", "pp", TEXT), ("SUBSTR('apple', -2)", "le", TEXT),
        ("SUBSTR('apple', 0, 2)", "ap", TEXT), ("SUBSTR('abc', -5, 3)", "abc", TEXT),
        ("SAFE.SUBSTR('foo', 1, 2)", "fo", TEXT), ("CONCAT('a', 'b', 'c')", "abc", TEXT),
        ("CONCAT('a', NULL)", None, TEXT), ("'a' || 'b'", "ab", TEXT), ("STARTS_WITH('bar', 'b')", True, BOOL),
        ("ENDS_WITH('bar', 'r')", True, BOOL), ("STRPOS('foo@bar', '@')", 4, INT), ("STRPOS('a', 'b')", 0, INT),
        ("INSTR('banana', 'an')", 2, INT), ("CONTAINS_SUBSTR('the Blue house', 'blue')", True, BOOL),
        ("SPLIT('b,c', ',')", ["b", "c"], TEXTS), ("SPLIT('b,c')[OFFSET(0)]", "b", TEXT),
        ("SPLIT('b,c', ',')[SAFE_OFFSET(5)]", None, TEXT), ("SPLIT('b,c', ',')[ORDINAL(2)]", "c", TEXT),
        ("REGEXP_CONTAINS('foo@x.com', r'@[a-z]+')", True, BOOL), ("REGEXP_EXTRACT('xaya', r'a(.)')", "y", TEXT),
        ("REGEXP_EXTRACT('abc', r'b.')", "bc", TEXT), ("REGEXP_EXTRACT('abc', r'z')", None, TEXT),
        ("REGEXP_EXTRACT_ALL('a1b2', r'[0-9]')", ["1", "2"], TEXTS),
        ("REGEXP_REPLACE('a1b2', r'[0-9]', '-')", "a-b-", TEXT),
        ("REGEXP_REPLACE('ab', r'(b)', r'[\\1]')", "a[b]", TEXT),
        ("ASCII('abcd')", 97, INT), ("CHR(65)", "A", TEXT), ("'abc' LIKE 'a%'", True, BOOL),
        ("TO_HEX(MD5('Hello'))", "8b1a9953c4611296a827abf8c47804d7", TEXT),
        ("TO_HEX(SHA1('Hello'))", "f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0", TEXT),
        ("TO_HEX(SHA256('Hello'))", "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969", TEXT),
        ("LENGTH(GENERATE_UUID())", 36, INT),
    ],
    "json_functions": [
        ("""JSON_VALUE('{"a": {"b": "x"}}', '$.a.b')""", "x", TEXT),
        ("""JSON_VALUE('{"a": [1]}', '$.a')""", None, TEXT),
        ("""JSON_VALUE('{"a": 1}', '$.a')""", "1", TEXT), ("""JSON_QUERY('{"a": [1, 2]}', '$.a')""", "[1,2]", TEXT),
    ],
    "conditional_expressions": [
        ("IF(TRUE, 1, 2)", 1, INT), ("IF(NULL, 1, 2)", 2, INT), ("IFNULL(NULL, 1)", 1, INT),
        ("COALESCE(NULL, NULL, 1)", 1, INT), ("NULLIF(1, 1)", None, INT), ("CASE WHEN FALSE THEN 1 END", None, INT),
        ("TRUE AND NULL OR TRUE", True, BOOL), ("2 BETWEEN 1 AND 3", True, BOOL), ("1 IN UNNEST([1, 2])", True, BOOL),
        ("EXISTS(SELECT 1)", True, BOOL),
    ],
    "array_functions": [
        ("ARRAY_LENGTH([1, 2])", 2, INT), ("ARRAY_CONCAT([1], [2])", [1, 2], INTS),
        ("ARRAY_TO_STRING(['a', 'b'], '-')", "a-b", TEXT), ("GENERATE_ARRAY(1, 5, 2)", [1, 3, 5], INTS),
        ("ARRAY(SELECT 1)", [1], INTS), ("STRUCT(1 AS a)", {"a": 1}, pa.struct([("a", INT)])),
    ],
}  # fmt: skip
CASES = [(page, *example) for page, examples in EXAMPLES.items() for example in examples]
ROWS = "(VALUES (1, 'a', TRUE), (CAST(NULL AS BIGINT), 'a', NULL), (4, 'b', FALSE)) AS t(n, s, b)"


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@pytest.mark.parametrize(("page", "sql", "value", "kind"), CASES, ids=[f"{page} {sql}" for page, sql, *_ in CASES])
def test_a_function_gives_what_bigquery_gives(
    connection: duckdb.DuckDBPyConnection, page: str, sql: str, value: Any, kind: pa.DataType
) -> None:
    order = " ORDER BY n NULLS FIRST" if page == "window-functions" else ""
    found = connection.sql(f"SELECT {DUCKDB.translate(f'({sql})')} AS x FROM {ROWS}{order}").to_arrow_table()
    assert widens(found.schema.field("x").type, kind), found.schema
    result = found["x"][0].as_py()
    assert result == (pytest.approx(value) if isinstance(value, float) else value)


def test_each_function_that_may_be_used_has_an_example() -> None:
    used = {
        type(node).__name__
        for _, sql, *_ in CASES
        for node in parse(f"SELECT {sql}").walk()
        if isinstance(node, exp.Func)
    }
    assert used == ALLOWED


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("EXTRACT(WEEK FROM d)", "EXTRACT(ISOWEEK"), ("EXTRACT(WEEK(MONDAY) FROM d)", "EXTRACT(ISOWEEK"),
        ("FORMAT_TIMESTAMP('%F', t, 'Asia/Tokyo')", "do it in UTC"),
        ("PARSE_TIMESTAMP('%F', s, 'Asia/Tokyo')", "do it in UTC"),
        ("EXTRACT(TIME FROM t)", "EXTRACT(TIME …) has no equal"), ("FORMAT('%d', n)", "LPAD"),
        ("APPROX_COUNT_DISTINCT(n)", "COUNT(DISTINCT x)"), ("CAST(n AS BIGNUMERIC)", "write NUMERIC"),
        ("TO_JSON_STRING(s)", "TO_JSON_STRING"), ("NET.HOST(s)", "NET"), ("ST_GEOGPOINT(1, 2)", "ST_GEOGPOINT"),
        ("SOUNDEX(s)", "SOUNDEX"), ("COUNTIF(DISTINCT b)", "COUNT(DISTINCT"), ("TRANSLATE(s, 'a', 'b')", "TRANSLATE"),
    ],
)  # fmt: skip
def test_a_function_that_differs_is_refused_by_name(sql: str, message: str) -> None:
    with pytest.raises(UnsupportedSql) as refused:
        parse(f"SELECT {sql} FROM t")
    assert message in str(refused.value)
