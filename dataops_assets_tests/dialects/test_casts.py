"""Text becomes a value of the contract's type, exactly, or nothing."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Context, Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataops_assets.dialects.bigquery import BIGQUERY
from dataops_assets.dialects.duckdb import DUCKDB

EXACT = Context(prec=400)
INT, FLOAT, NUMERIC, BOOL = pa.int64(), pa.float64(), pa.decimal128(38, 9), pa.bool_()
DATE, TIMESTAMP = pa.date32(), pa.timestamp("us", tz="UTC")


def cast(texts: Iterable[str], kind: pa.DataType) -> list[Any]:
    """What the local warehouse makes of texts."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("texts", pa.table({"x": pa.array(list(texts), pa.string()), "n": range(len(list(texts)))}))
        found = connection.sql(f"SELECT {DUCKDB.cast('x', kind)} AS x FROM texts ORDER BY n").to_arrow_table()
    assert found.schema.field("x").type == kind
    return found["x"].to_pylist()


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


ACCEPTED: dict[pa.DataType, dict[str, Any]] = {
    INT: {
        "517": 517, "517.0": 517, "517.": 517, "+5": 5, "+5.00": 5, "-0": 0, "007": 7, "-12": -12,
        str(2**63 - 1): 2**63 - 1, str(-(2**63)): -(2**63), "999999999999999.0": 999999999999999,
        "1e3": 1000, "1E3": 1000, "1.5e2": 150, ".0": 0, "1.0e1": 10, "9007199254740993.0": 9007199254740993,
        "-2500e-2": -25, "0.00001E+5": 1, "0e29": 0, "9.223372036854775807e18": 2**63 - 1, "1e018": 10**18,
    },
    FLOAT: {
        "1": 1.0, "1.": 1.0, ".5": 0.5, "+1e+3": 1000.0, "-1E-3": -0.001, "1e-400": 0.0, "4.9e-324": 5e-324,
        "1.7976931348623157e308": 1.7976931348623157e308, "0.1": 0.1, "12345678901234567890": 12345678901234567890.0,
    },
    NUMERIC: {
        "1": Decimal(1), "-1.50": Decimal("-1.5"), "+.5": Decimal("0.5"), "1.": Decimal(1),
        "0.000000001": Decimal("1E-9"), "1.1234567890": Decimal("1.123456789"), "0" * 40 + "7": Decimal(7),
        "9" * 29 + "." + "9" * 9: Decimal("9" * 29 + "." + "9" * 9), "-" + "9" * 29: Decimal("-" + "9" * 29),
        "1e-7": Decimal("1E-7"), "1E3": Decimal(1000), "1.5e2": Decimal(150), "-1.25E-2": Decimal("-0.0125"),
        "12345678901234567890123456789e-9": Decimal("12345678901234567890.123456789"), "1e28": Decimal(10**28),
        "10e-10": Decimal("1E-9"), ".5e1": Decimal(5), "5.e1": Decimal(50), "0e-99": Decimal(0),
    },
    BOOL: {"true": True, "TRUE": True, "False": False, "1": True, "0": False},
    DATE: {
        "0001-01-01": date(1, 1, 1), "9999-12-31": date(9999, 12, 31), "2012-02-29": date(2012, 2, 29),
        "2013-01-05T00:00:00Z": date(2013, 1, 5), "2013-01-05 00:00": date(2013, 1, 5),
        "2013-01-05 00:00:00.000000+00:00": date(2013, 1, 5),
    },
    TIMESTAMP: {
        "2013-01-05": at(2013, 1, 5), "2013-01-05T12:00": at(2013, 1, 5, 12),
        "2013-01-05 12:00:01": at(2013, 1, 5, 12, 0, 1),
        "2013-01-05T12:00:00Z": at(2013, 1, 5, 12), "2013-01-05T12:00:00+02:00": at(2013, 1, 5, 10),
        "2013-01-05T12:00:00-0530": at(2013, 1, 5, 17, 30), "2013-01-05T12:00+02": at(2013, 1, 5, 10),
        "2013-01-05T12:00:00.5": at(2013, 1, 5, 12, 0, 0, 500000),
        "2013-01-05T12:00:00.123456000Z": at(2013, 1, 5, 12, 0, 0, 123456),
        "2013-01-05T00:00:00+14:00": at(2013, 1, 4, 10), "0001-01-01T00:00:00Z": at(1, 1, 1),
        "9999-12-31T23:59:59.999999Z": at(9999, 12, 31, 23, 59, 59, 999999),
    },
}  # fmt: skip

_NOISE = ["", " ", "-", "NaN", "nan", "inf", "Infinity", "-Infinity", "null", "\x00", "1\x00", "😀", "٣", "1,5",
          "1_000", "0x1F", " 12 ", "12\n", "1e", "--1", "1;2"]  # fmt: skip
REFUSED: dict[pa.DataType, list[str]] = {
    INT: [*_NOISE, "1.5", "1e-1", "15e-1", "9e-1", "0.99999999999999999", "0.4999999999", "1e19",
          "1e100", "e5", "1e5e5", "true", "1" * 30, str(2**63), str(-(2**63) - 1), "9.223372036854775808e18"],
    FLOAT: [*_NOISE, "1e400", "-1e400", "1e309", ".", "1.2.3", "true", "1" * 400],
    NUMERIC: [*_NOISE, "1e29", "1e-10", "9e-10", "5e-10", "1.5e-9", "1" * 30 + "e-9",
              "12345678901e-20", "1e100", "9" * 30, "1.1234567891", ".", "154679732477999461.0005590055e12",
              "0.0000000001"],
    BOOL: [*_NOISE, "t", "yes", "on", "1.0", "true ", "2"],
    DATE: [*_NOISE, "0000-01-01", "2013-02-30", "2013-02-29", "2013-1-5", "2013-01-05T01:00:00", "10000-01-01",
           "infinity", "epoch", "today", "2013-01-05 (BC)", "-2013-01-05", "20130105", "2013-01-05\n", "05/01/2013",
           "2013-01-05T00:00:00+01:00"],
    TIMESTAMP: [*_NOISE, "0000-01-01T00:00:00Z", "2013-02-30T00:00:00", "2013-01-05T24:00:00", "2013-01-05T12:60",
                "2013-01-05T12:00:60", "2013-01-05T12:00:00.1234567", "2013-01-05T12:00:00 Europe/Berlin", "infinity",
                "now", "9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00", "2013-01-05T12:00:00+25:00",
                "2013-01-05T12:00:00+02:75", "2013-01-05T12:00:00+14:30", "1357387200", "2013-01-05T12"],
}  # fmt: skip


@pytest.mark.parametrize("kind", ACCEPTED, ids=str)
def test_what_is_a_value(kind: pa.DataType) -> None:
    assert dict(zip(ACCEPTED[kind], cast(ACCEPTED[kind], kind), strict=True)) == ACCEPTED[kind]


@pytest.mark.parametrize("kind", REFUSED, ids=str)
def test_what_is_none(kind: pa.DataType) -> None:
    found = dict(zip(REFUSED[kind], cast(REFUSED[kind], kind), strict=True))
    assert {text: value for text, value in found.items() if value is not None} == {}


def test_text_stays_what_it_is() -> None:
    texts = ["", " a ", "\x00", "😀", "x" * 1_000_000, "NaN"]
    assert cast(texts, pa.string()) == texts


def test_a_type_that_has_no_text_form_takes_no_text() -> None:
    assert cast(["a", ""], pa.binary()) == [None, None]


EXPONENTS = st.builds(
    lambda sign, whole, part, e, power: f"{sign}{whole}{part}{e}{power}",
    st.sampled_from(["", "-", "+"]), st.integers(0, 10**20), st.sampled_from(["", ".", ".0", ".5", ".000000001"]),
    st.sampled_from("eE"), st.integers(-120, 120),
)  # fmt: skip
JUNK = EXPONENTS | st.text(st.sampled_from("0123456789+-.eETZ: _x,\x00é"), max_size=24) | st.text(max_size=5)
WRITTEN: dict[pa.DataType, tuple[st.SearchStrategy[Any], Any]] = {
    INT: (st.integers(-(2**63), 2**63 - 1), str),
    FLOAT: (st.floats(allow_nan=False, allow_infinity=False), repr),
    NUMERIC: (st.integers(-(10**38) + 1, 10**38 - 1).map(lambda n: Decimal(f"{n}e-9")), lambda value: f"{value:f}"),
    BOOL: (st.booleans(), str),
    DATE: (st.dates(), date.isoformat),
    TIMESTAMP: (
        st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.integers(-840, 840).map(
            lambda minutes: timezone(timedelta(minutes=minutes)))),
        datetime.isoformat,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRITTEN, ids=str)
def test_every_value_comes_back_from_its_text(kind: pa.DataType) -> None:
    values, text = WRITTEN[kind]

    @settings(max_examples=10, deadline=None)
    @given(st.lists(values, max_size=50))
    def proof(drawn: list[Any]) -> None:
        assert cast([text(value) for value in drawn], kind) == drawn

    proof()


def fits(text: str, kind: pa.DataType) -> bool:
    """Is it a number that this type holds, with up to 29 digits before the point and an exponent from -99 to 29?"""
    if not re.fullmatch(r"[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE](\+?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?", text):
        return False
    places, largest = (0, 2**63 - 1) if kind == INT else (9, Decimal(10**38 - 1).scaleb(-9, EXACT))
    value = EXACT.create_decimal(text)
    return value == EXACT.quantize(value, Decimal(1).scaleb(-places)) and abs(value) <= largest


@pytest.mark.parametrize("kind", WRITTEN, ids=str)
def test_no_text_is_an_error_and_none_is_read_as_another_value(kind: pa.DataType) -> None:
    @settings(max_examples=10, deadline=None)
    @given(st.lists(JUNK, max_size=50))
    def proof(texts: list[str]) -> None:
        for text, value in zip(texts, cast(texts, kind), strict=True):
            if value is None:
                assert not (kind in (INT, NUMERIC) and fits(text, kind)), text
                continue
            if kind in (INT, NUMERIC):
                assert EXACT.create_decimal(text) == value
            elif kind == FLOAT:
                assert float(text) == value
            elif kind == DATE:
                assert date.fromisoformat(text[:10]) == value

    proof()


def test_the_cloud_warehouse_is_asked_the_same() -> None:
    integer, mantissa = "SAFE_CAST(SAFE_CAST(x AS NUMERIC) AS INT64)", r"(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)"
    assert BIGQUERY.cast("x", INT) == (
        f"CASE WHEN REGEXP_CONTAINS(x, '^[+-]?{mantissa}([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{{1,2}}))?$') "
        "AND TRIM(REGEXP_REPLACE(REPLACE(x, '.', ''), '[eE].*', ''), '+-0') = "
        f"TRIM(REPLACE(CAST({integer} AS STRING), '.', ''), '-0') THEN {integer} END"
    )
    assert BIGQUERY.cast("x", NUMERIC) == BIGQUERY.cast("x", INT).replace(integer, "SAFE_CAST(x AS NUMERIC)")
    assert BIGQUERY.cast("x", FLOAT) == (
        "CASE WHEN REGEXP_CONTAINS(x, '^[+-]?([0-9]+(\\\\.[0-9]*)?|\\\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND "
        "NOT (IS_INF(SAFE_CAST(x AS FLOAT64)) OR IS_NAN(SAFE_CAST(x AS FLOAT64))) THEN SAFE_CAST(x AS FLOAT64) END"
    )
    assert BIGQUERY.cast("x", DATE).endswith("AND x >= '0001' THEN SAFE_CAST(SUBSTR(x, 1, 10) AS DATE) END")
    # Seconds, six digits and a colon in the offset: BigQuery reads no other form.
    assert BIGQUERY.timestamp_text("x") == (
        "REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(x, '^(.{16})(Z|[+-].*)?$', '\\\\1:00\\\\2'), "
        "'([.][0-9]{6})0+', '\\\\1'), '([+-][0-9]{2})([0-9]{2})$', '\\\\1:\\\\2')"
    )
    assert BIGQUERY.literal(Decimal("0.10"), NUMERIC) == "CAST('0.10' AS NUMERIC)"
    assert BIGQUERY.literal("it's\n\\d") == "'it\\'s\\n\\\\d'"
