"""A check of a contract says the same of each row in SQL and in pandera, or is refused when it is declared."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

import duckdb
import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from dataops_assets.contracts.reading import table_spec
from dataops_assets.contracts.spec import ContractError, TableSpec
from dataops_assets.dialects.bigquery import BIGQUERY
from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.model import Boolean, Bytes, Contract, Date, Float, Integer, Numeric, Text, Timestamp, column
from dataops_assets.model.severity import Severity
from dataops_assets.model.types import to_pandas

TEXT = st.text(
    st.one_of(st.sampled_from("ab|\n\t 1'\"\\é😀\u0301"), st.characters(exclude_categories=["Cs"])), max_size=6
)
# Not st.decimals, whose arithmetic has 28 digits.
DECIMALS = st.one_of([st.integers(-(10**n), 10**n).map(lambda value: Decimal(f"{value}e-9")) for n in (9, 29)]) | (
    st.sampled_from([1, -1]).map(lambda sign: Decimal(f"{sign * (10**38 - 1)}e-9"))
)
VALUES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "Integer": (Integer, st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1)),
    "Float": (Float, st.floats(-2, 2) | st.floats(allow_nan=False)),
    "Numeric": (Numeric, DECIMALS),
    "Text": (Text, TEXT),
    "Boolean": (Boolean, st.booleans()),
    "Date": (Date, st.dates(date(2024, 1, 1), date(2024, 1, 3)) | st.dates()),
    "Timestamp": (Timestamp, st.datetimes(timezones=st.just(UTC))),
    "Bytes": (Bytes, st.binary(max_size=3)),
}
COMPARISONS = ["ge", "gt", "le", "lt", "eq", "ne"]
PATTERNS = [
    "a",
    "a|b",
    "^a|b",
    "a.b",
    "[^a]",
    "a$",
    r"\w+$",
    r"(?i)A",
    r"\d*",
    "😀",
    r"(?:a)|(?:b)",
    r"[\x00-\x1f]",
    "'",
]


def spec_of(kind: Any, **checks: Any) -> TableSpec:
    """A contract of one column `x` with these checks."""
    contract = type("C", (Contract,), {"__annotations__": {"x": kind}, "x": column("x", nullable=True, **checks)})
    return table_spec("t", contract, (), Severity.QUARANTINE)


def in_sql(spec: TableSpec, table: pa.Table) -> list[bool]:
    """Which rows pass, by the compiled conditions of the check that was declared."""
    passed = [True] * table.num_rows
    connection = engine()
    connection.register("rows", table.append_column("n", pa.array(range(table.num_rows))))
    for check in declared(spec):
        assert check.condition is not None, check
        found = connection.execute(f"SELECT ({check.condition(DUCKDB)}) IS NOT FALSE FROM rows ORDER BY n").fetchall()
        passed = [before and row[0] for before, row in zip(passed, found, strict=True)]
    return passed


@cache
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 1")
    return connection


def in_pandera(spec: TableSpec, table: pa.Table) -> list[bool]:
    """Which rows pass, by pandera itself on the DataFrame of the same rows."""
    frame = to_pandas(table)
    passed = pd.Series(True, index=frame.index)
    for check in spec.contract.to_schema().columns["x"].checks:
        output = check(frame, "x").check_output
        passed &= output.reindex(frame.index, fill_value=True).fillna(True).astype(bool)
    return passed.tolist()


def declared(spec: TableSpec) -> list[Any]:
    return [check for check in spec.checks if check.id != "x.finite"]


def agree(kind: Any, values: list[Any], **checks: Any) -> None:
    spec = spec_of(kind, **checks)
    table = pa.table({"x": pa.array([*values, None], spec.column("x").type)})
    if any(check.condition is None for check in declared(spec)):
        return  # it runs as pandera
    assert in_sql(spec, table) == in_pandera(spec, table)


def examples(count: int) -> Callable[[Any], Any]:
    return settings(
        max_examples=count, deadline=None, suppress_health_check=cast("list[HealthCheck]", list(HealthCheck))
    )


def usable(message: Any) -> bool:
    """May a check compare with it?"""
    return message not in (float("inf"), float("-inf")) and not (isinstance(message, str) and "\0" in message)


def comparisons(data: st.DataObject, kind: str) -> None:
    word, values = VALUES[kind]
    rows = data.draw(st.lists(values, max_size=8))
    message = data.draw(st.sampled_from(rows) | values if rows else values)
    assume(usable(message))
    agree(word, [*rows, message], **{data.draw(st.sampled_from(COMPARISONS)): message})


def lists(data: st.DataObject, kind: str) -> None:
    word, values = VALUES[kind]
    rows = data.draw(st.lists(values, max_size=8))
    listed = data.draw(st.lists(st.sampled_from(rows) | values if rows else values, max_size=4))
    assume(all(map(usable, listed)))
    agree(word, rows, **{data.draw(st.sampled_from(["isin", "notin"])): listed})


def ranges(data: st.DataObject, kind: str) -> None:
    word, values = VALUES[kind]
    rows = data.draw(st.lists(values, min_size=2, max_size=8))
    first, last = sorted(data.draw(st.tuples(st.sampled_from(rows), st.sampled_from(rows))))
    assume(first < last and usable(first) and usable(last))
    message = {"min_value": first, "max_value": last}
    message |= {"include_min": data.draw(st.booleans()), "include_max": data.draw(st.booleans())}
    agree(word, rows, in_range=message)


def texts(data: st.DataObject, kind: str) -> None:
    rows = data.draw(st.lists(TEXT, max_size=8))
    part = data.draw(TEXT)
    assume("\0" not in part)
    least = data.draw(st.integers(0, 4))
    checks = [
        {"pattern": data.draw(st.sampled_from(PATTERNS))},
        {"str_contains": data.draw(st.sampled_from(PATTERNS))},
        {"str_startswith": part},
        {"str_endswith": part},
        {"str_length": {"min_value": least, "max_value": least + 2}},
        {"str_length": {"min_value": least}},
        {"str_length": {"exact_value": least}},
    ]
    agree(Text, [*rows, part, f"a{part}b"], **data.draw(st.sampled_from(checks)))


ALL = [(form, kind) for kind in VALUES for form in (comparisons, lists, ranges)] + [(texts, "Text")]


@pytest.mark.parametrize(("form", "kind"), ALL, ids=lambda value: getattr(value, "__name__", value))
def test_sql_and_pandera_fail_the_same_rows(form: Callable[..., None], kind: str) -> None:
    examples(10 if form is not texts else 50)(given(st.data())(lambda data: form(data, kind)))()


@pytest.mark.slow
@pytest.mark.parametrize(("form", "kind"), ALL, ids=lambda value: getattr(value, "__name__", value))
def test_sql_and_pandera_fail_the_same_rows_deeply(form: Callable[..., None], kind: str) -> None:
    examples(250)(given(st.data())(lambda data: form(data, kind)))()


def test_every_built_in_check_has_an_sql_form() -> None:
    assert all(
        check.condition is not None
        for check in declared(
            spec_of(
                Text,
                **dict.fromkeys(COMPARISONS, "a"),
                isin=["a", "b"],
                notin=["c"],
                in_range={"min_value": "a", "max_value": "b"},
                pattern="a",
                str_contains="a",
                str_startswith="a",
                str_endswith="a",
                str_length={"min_value": 1},
            )
        )
    )


def test_a_missing_value_in_a_list_does_not_let_every_row_pass() -> None:
    spec = spec_of(Text, isin=["a", None])
    assert in_sql(spec, pa.table({"x": ["a", "b", None]})) == [True, False, True]
    assert in_sql(spec_of(Text, notin=["a", None]), pa.table({"x": ["a", "b", None]})) == [False, True, True]


def test_a_pattern_is_anchored_as_a_whole() -> None:
    assert in_sql(spec_of(Text, pattern="a|b"), pa.table({"x": ["ax", "bx", "xb"]})) == [True, True, False]
    direct = type("D", (Contract,), {"__annotations__": {"x": Text}, "x": pandera.Field(str_matches="a|b")})
    found = table_spec("t", direct, (), Severity.STOP).check("x.pattern").condition
    assert found
    assert found(BIGQUERY) == "REGEXP_CONTAINS(`x`, '^(?:a|b)')"


REFUSED = {
    "lookahead": (Text, {"pattern": "(?=a)"}, "not an RE2 pattern"),
    "backreference": (Text, {"str_contains": r"(a)\1"}, "no backreferences"),
    "a pattern of nothing": (Text, {"pattern": ""}, "matches every text"),
    "a pattern on a number": (Integer, {"pattern": "1"}, "about text"),
    "length of bytes": (Bytes, {"str_length": {"min_value": 1}}, "about text"),
    "text for a number": (Integer, {"eq": "1"}, "'1'"),
    "a fraction for an integer": (Integer, {"ge": 1.5}, "1.5"),
    "a boolean for an integer": (Integer, {"isin": [True]}, "True"),
    "infinity": (Float, {"le": float("inf")}, "inf"),
    "an integer that no float equals": (Float, {"le": 2**53 + 1}, "9007199254740993"),
    "a float for a decimal": (Numeric, {"ge": 0.1}, "Decimal('0.1')"),
    "too many decimals": (Numeric, {"ge": Decimal("0.0000000001")}, "1E-10"),
    "a number for a text": (Text, {"ne": 1}, "1"),
    "a NUL": (Text, {"isin": ["a\0"]}, "a\\x00"),
    "a time for a day": (Date, {"ge": datetime(2024, 1, 1, 12)}, "without a time"),
    "a text that is no day": (Date, {"ge": "soon"}, "soon"),
    "a moment without a zone": (Timestamp, {"ge": datetime(2024, 1, 1)}, "time zone"),
    "a day for a moment": (Timestamp, {"ge": date(2024, 1, 1)}, "time zone"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_agree_is_refused_when_it_is_declared(case: str) -> None:
    kind, checks, words = REFUSED[case]
    with pytest.raises(ContractError, match=r"t, column x: ") as raised:
        spec_of(kind, **checks)
    assert words in str(raised.value)


def test_what_is_no_pattern_by_itself_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'a\)\|\(b' is not a regular expression"):
        column("x", pattern="a)|(b")


def test_bounds_as_people_write_them() -> None:
    days = pa.table({"x": pa.array([date(2023, 12, 31), date(2024, 1, 1), None])})
    for message in (date(2024, 1, 1), "2024-01-01", pd.Timestamp("2024-01-01"), np.datetime64("2024-01-01")):
        spec = spec_of(Date, ge=message)
        assert in_sql(spec, days) == in_pandera(spec, days) == [False, True, True]
    moments = pa.table({"x": pa.array([datetime(2024, 1, 1, 11, tzinfo=UTC), datetime(2024, 1, 1, 12, tzinfo=UTC)])})
    moments = moments.cast(pa.schema([("x", pa.timestamp("us", tz="UTC"))]))
    for message in ("2024-01-01 12:00", "2024-01-01T14:00:00+02:00", datetime(2024, 1, 1, 12, tzinfo=UTC)):
        spec = spec_of(Timestamp, ge=message)
        assert in_sql(spec, moments) == in_pandera(spec, moments) == [False, True]
    assert spec_of(Integer, ge=np.int64(3)).checks[0].description == "x is at least 3"


def test_a_change_of_a_check_changes_the_fingerprint() -> None:
    many = [f"v{i}" for i in range(20)]
    assert spec_of(Text, isin=many).fingerprint == spec_of(Text, isin=many[::-1]).fingerprint
    assert spec_of(Text, isin=many).fingerprint != spec_of(Text, isin=[*many[:-1], "other"]).fingerprint
    assert spec_of(Text, isin=many).fingerprint != spec_of(Text, notin=many).fingerprint
