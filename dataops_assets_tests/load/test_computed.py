"""What SQL computes has the contract's type when it is written, whatever the type that an engine gives it."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.contracts.spec import ContractError
from dataops_assets.model import Contract, Date, Derived, Float, Integer, Numeric, Text, column
from dataops_assets.warehouse.errors import QueryRefused
from dataops_assets_tests.place import DAY, Place, Scripted, daily, jsonl, place, source

COMPUTED = {
    "sign": "IF(id > 1, 1, -1)",
    "half": "CAST(0.5 AS NUMERIC)",
    "share": "id / 2",
    "signs": "[-1, 1]",
}


class Typed(Contract):
    """Computed columns whose SQL gives DuckDB's INTEGER, DECIMAL(18, 3), DOUBLE and INTEGER[]."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    sign: Integer = column("Sign.", sql=COMPUTED["sign"])
    half: Numeric = column("Half.", sql=COMPUTED["half"])
    share: Float = column("Share.", sql=COMPUTED["share"])
    signs: Annotated[pd.ArrowDtype, pa.list_(pa.int64())] = column("Signs.", sql=COMPUTED["signs"])


class Made(Contract):
    """The same of a derived table, and a UUID."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    sign: Integer = column("Sign.")
    half: Numeric = column("Half.")
    share: Float = column("Share.")
    token: Text = column("Token.")
    signs: Annotated[pd.ArrowDtype, pa.list_(pa.int64())] = column("Signs.")


def derived(**columns: str) -> Derived:
    chosen = ", ".join(f"{sql} AS {name}" for name, sql in {**COMPUTED, "token": "GENERATE_UUID()", **columns}.items())
    return Derived(
        name="made",
        contract=Made,
        key=["day", "id"],
        partition=daily(),
        publish=True,
        sql=f"SELECT day, id, {chosen} FROM staged.t WHERE day >= @window_start AND day < @window_end",
    )


def a_place(home: Path, made: Derived) -> Place:
    scripted = Scripted()
    scripted.answer(DAY, jsonl({"day": DAY, "id": 1}, {"day": DAY, "id": 2}))
    return place(home, source(Typed, scripted), made)


@pytest.mark.usefixtures("each_backend")
def test_computed_columns_are_what_verify_reads(tmp_path: Path) -> None:
    at = a_place(tmp_path, derived())
    for [outcome] in (at.take("t", DAY), at.transform("made", DAY), at.publish("made", DAY)):
        assert not outcome.refusal, outcome.refusal
    at.verify()
    for table in ("staging.raw_t", "staging.made", "production.made"):
        rows = at.rows(f"SELECT sign, half, share, signs FROM {table}")
        assert [list(row.values()) for row in rows] == [
            [-1, Decimal("0.5"), 0.5, [-1, 1]],
            [1, Decimal("0.5"), 1.0, [-1, 1]],
        ]


def test_dates_are_parsed_and_cut_as_bigquery_does(tmp_path: Path) -> None:
    class Dated(Contract):
        """Texts as dates."""

        day: Date = column("Day.")
        id: Integer = column("Number.")
        word: Text = column("Word.")
        seen: Date = column("Seen.", nullable=True, sql="SAFE.PARSE_DATE('%b %d %Y', word)")
        month: Date = column("Month.", sql="DATE_TRUNC(day, MONTH)")
        next: Date = column("Next.", sql="DATE_ADD(DATE_TRUNC(day, QUARTER), INTERVAL 1 QUARTER)")

    scripted = Scripted()
    scripted.answer(DAY, jsonl({"day": DAY, "id": 1, "word": "Dec 25 2008"}, {"day": DAY, "id": 2, "word": "soon"}))
    at = place(tmp_path, source(Dated, scripted))
    [outcome] = at.take("t", DAY)
    assert not outcome.refusal, outcome.refusal
    seen = [row["seen"] for row in sorted(at.staged("t"), key=lambda row: row["id"])]
    assert seen == [date(2008, 12, 25), None]
    [row, _] = at.staged("t", "month, next")
    assert row == {"month": date(2024, 1, 1), "next": date(2024, 4, 1)}
    at.verify()


def test_a_row_that_cannot_be_computed_is_in_quarantine(tmp_path: Path, each_backend: str) -> None:
    """BigQuery ends the load; a null that nobody wrote would be worse than either."""

    class Dated(Contract, quarantine_above=1.0):
        """Texts as dates."""

        day: Date = column("Day.")
        id: Integer = column("Number.")
        word: Text = column("Word.", nullable=True)
        seen: Date = column("Seen.", nullable=True, sql="PARSE_DATE('%b %d %Y', word)")
        more: Integer = column("More.", nullable=True, sql="id + 9223372036854775806")

    scripted = Scripted()
    records = ({"id": 1, "word": "Dec 25 2008"}, {"id": 1, "word": "soon"}, {"id": 2, "word": None}, {"id": 0})
    scripted.answer(DAY, jsonl(*({"day": DAY, "word": None} | record for record in records)))
    at = place(tmp_path, source(Dated, scripted))
    if each_backend == "cloud":
        with pytest.raises(QueryRefused, match=r"^staged/t: a computed column raises for some row \(seen: PARSE_DATE"):
            at.take("t", DAY)
        return
    [outcome] = at.take("t", DAY)
    assert not outcome.refusal, outcome.refusal
    assert at.staged("t", "id, seen") == [{"id": 0, "seen": None}, {"id": 1, "seen": date(2008, 12, 25)}]
    assert sorted((row["checks"], row["reasons"]) for row in at.quarantine("t")) == [
        ("more.computed", "more can be computed: id + 9223372036854775806"),
        ("seen.computed", "seen can be computed: PARSE_DATE('%b %d %Y', word)"),
    ]
    at.verify()


def test_a_day_after_the_last_is_none_as_on_bigquery(tmp_path: Path) -> None:
    """DuckDB counts on, in years that BigQuery and Python do not have."""

    class Valid(Contract, quarantine_above=1.0):
        """Until when something holds, and the day after that."""

        id: Integer = column("Number.")
        until: Date = column("Last day.", nullable=True)
        after: Date = column("Day after.", nullable=True, sql="DATE_ADD(until, INTERVAL 1 DAY)")

    made = Derived(
        name="made",
        contract=Valid,
        key=["id"],
        sql="SELECT id, until, DATE_ADD(until, INTERVAL id DAY) AS after FROM staged.t",
    )
    scripted = Scripted(
        {"": [jsonl({"id": 0, "until": None}, {"id": 1, "until": "9999-12-31"}, {"id": 2, "until": "9999-12-30"})]}
    )
    at = place(tmp_path, source(Valid, scripted, partition=None, key=["id"]), made)
    [outcome] = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert at.staged("t", "id, after") == [{"id": 0, "after": None}, {"id": 2, "after": date.max}]
    assert [row["checks"] for row in at.quarantine("t")] == ["after.computed"]
    [outcome] = at.transform("made")
    assert "column 'after': the transformation gives 10000-01-01, which date32[day] does not hold" in outcome.refusal


def test_a_result_that_the_type_does_not_hold_is_refused_by_column(tmp_path: Path) -> None:
    at = a_place(tmp_path, derived(sign="SUM(9223372036854775807) OVER ()"))
    at.take("t", DAY)
    [outcome] = at.transform("made", DAY)
    assert (
        "transformed/made, column 'sign': the transformation gives 18446744073709551614, which int64" in outcome.refusal
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("id / 2", r"column 'sign' gives double, not int64; CAST it in the SQL: id / 2"),
        ("1.0", "column 'sign' gives double, not int64"),
        ("CAST(100 * RAND() AS INT64)", r"column 'sign': each load would give another value"),
        ("'a'", "column 'sign' gives string, not int64"),
        ("NO_SUCH(id)", "column 'sign': NO_SUCH is not known to mean the same"),
        ("SUBSTR(id, 1, 2)", "column 'sign': DuckDB, on which it runs locally, refuses it: .*substring"),
    ],
)
def test_sql_of_another_type_or_of_one_engine_is_refused_where_it_is_defined(
    tmp_path: Path, sql: str, message: str
) -> None:
    class Wrong(Typed):
        """Computed."""

        sign: Integer = column("Sign.", sql=sql)

    with pytest.raises(ContractError, match=f"(?i)t: contract Wrong, {message}"):
        place(tmp_path, source(Wrong, Scripted()))
