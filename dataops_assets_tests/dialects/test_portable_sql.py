"""SQL that does not mean the same on both warehouses is refused when it is declared, with the portable spelling."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.contracts.reading import table_spec
from dataops_assets.contracts.spec import ContractError
from dataops_assets.dialects import DIALECTS
from dataops_assets.dialects.bigquery import BIGQUERY
from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.dialects.portable import UnsupportedSql, parse
from dataops_assets.discovery import discover
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model import Contract, DatasetError, Date, Derived, Integer, Rule, Source, Window, column
from dataops_assets.model.severity import Severity
from dataops_assets.testing import run_sql

GOLDEN = Path(__file__).parent / "golden"
UNPORTABLE = {
    "EXTRACT(DAYOFWEEK FROM day)": "FORMAT_DATE('%u'",
    "APPROX_QUANTILES(n, 4)[OFFSET(2)]": "PERCENTILE_CONT",
    "ARRAY_AGG(n ORDER BY n LIMIT 1)": "number the rows",
    "FARM_FINGERPRINT(CAST(n AS STRING))": "TO_HEX(MD5",
}


class Days(Contract):
    """Days."""

    day: Date = column("Day.")
    n: Integer = column("Number.")


days = Source(name="days", extract=None, contract=Days, key=["day"])


@pytest.mark.parametrize("sql", UNPORTABLE)
def test_the_constructs_that_differ_are_refused_in_all_places(sql: str) -> None:
    wanted = Derived(name="d", contract=Days, key=["day"], sql=f"select day, {sql} as n from staged.days group by 1")
    with pytest.raises(DatasetError, match="derived table 'd'") as raised:
        Catalog.of([days], [wanted])
    assert UNPORTABLE[sql] in str(raised.value)
    nested = f"select day, n from (select day, {sql.lower()} as n from staged.days group by 1)"
    with pytest.raises(DatasetError):
        Catalog.of([days], [Derived(name="d", contract=Days, key=["day"], sql=nested)])

    class Ruled(Contract, rules=[Rule("r", f"{sql} = 1")]):
        """Ruled."""

        day: Date = column("Day.")
        n: Integer = column("Number.")

    class Computed(Contract):
        """Computed."""

        day: Date = column("Day.")
        n: Integer = column("Number.")
        m: Integer = column("Computed.", sql=sql)

    for contract, where in ((Ruled, "rule 'r'"), (Computed, "column 'm'")):
        with pytest.raises(ContractError, match=where) as refused:
            table_spec("t", contract, (), Severity.STOP)
        assert UNPORTABLE[sql] in str(refused.value)


@pytest.mark.parametrize("sql", ["selec 1", "select 1;; drop table x", "select (", "", "insert into t values (1)"])
def test_what_is_no_query_is_refused(sql: str) -> None:
    with pytest.raises(DatasetError, match="derived table 'd'"):
        Catalog.of([days], [Derived(name="d", contract=Days, key=["day"], sql=sql)])


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "\n  select day\n  from staged.days\n  where true\n  grouped by day\n",
            "at 'grouped' in line 5: grouped by day",
        ),
        ("select (day from staged.days", "at 'from' in line 1: select (day from staged.days"),
        ("select 'day from staged.days", "Error tokenizing"),
    ],
)
def test_a_slip_in_sql_is_named_by_its_line(sql: str, message: str) -> None:
    with pytest.raises(UnsupportedSql) as refused:
        parse(sql)
    assert message in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_sql_of_a_contract_names_columns_that_are_there() -> None:
    class Ruled(Contract, rules=[Rule("r", "n > other")]):
        """Ruled."""

        n: Integer = column("Number.")

    class Computed(Contract):
        """Computed from another computed one, which BigQuery cannot do."""

        n: Integer = column("Number.")
        m: Integer = column("Computed.", sql="n + 1")
        o: Integer = column("Computed.", sql="m + 1")

    with pytest.raises(ContractError, match=r"rule 'r' names \['other'\]; it may name \['n'\]"):
        table_spec("t", Ruled, (), Severity.STOP)
    with pytest.raises(ContractError, match=r"column 'o' names \['m'\]"):
        table_spec("t", Computed, (), Severity.STOP)


def test_the_portable_spellings_mean_the_same() -> None:
    monday = DUCKDB.translate("SELECT CAST(FORMAT_DATE('%u', DATE '2024-01-01') AS INT64)")
    assert "%u" in monday
    with pytest.raises(UnsupportedSql):
        parse("select extract(dayofweek from d) from t")
    parse("select extract(year from d), percentile_cont(n, 0.5) over (), to_hex(md5(s)) from t")


def _rendered() -> dict[str, str]:
    """Every dataset's SQL and computed columns in both dialects, by file name."""
    found = {}
    datasets = discover()
    for derived in datasets.derived:
        if derived.sql:
            for dialect in DIALECTS:
                tree = parse(dialect.translate(derived.sql)) if dialect is BIGQUERY else None
                text = tree.sql(dialect="bigquery", pretty=True) if tree else _pretty_duckdb(derived.sql)
                found[f"{derived.name}.{dialect.name}.sql"] = text + "\n"
    for dialect in DIALECTS:
        lines = []
        for source in datasets.sources:
            spec = table_spec(source.name, source.contract, source.key, Severity.QUARANTINE)
            lines += [f"{source.name}.{c.name} = {dialect.translate(c.sql)}" for c in spec.columns if c.sql]
            lines += [f"{source.name} {c.id}: {c.condition(dialect)}" for c in spec.checks if c.condition]
        found[f"sources.{dialect.name}.txt"] = "\n".join(lines) + "\n"
    return found


def _pretty_duckdb(sql: str) -> str:
    import sqlglot

    return sqlglot.parse_one(DUCKDB.translate(sql), dialect="duckdb").sql(dialect="duckdb", pretty=True)


def test_the_datasets_sql_in_both_dialects() -> None:
    """Set UPDATE_GOLDEN=1 to write the files anew after a change, and read the difference."""
    rendered = _rendered()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        for name, text in rendered.items():
            (GOLDEN / name).write_text(text)
    assert {path.name: path.read_text() for path in GOLDEN.iterdir()} == rendered


# The demo's transformations with three rows.

DAY = Window(datetime(2013, 1, 5, tzinfo=UTC), datetime(2013, 1, 6, tzinfo=UTC))


def test_carrier_daily_with_three_rows() -> None:
    from dataops_assets.datasets.carrier_daily import carrier_daily

    flights = pd.DataFrame({
        "flight_date": pd.to_datetime(["2013-01-05"] * 3 + ["2013-01-06"]),
        "carrier": ["AA"] * 4,
        "carrier_name": ["American"] * 4,
        "status": ["flown", "cancelled", "diverted", "flown"],
        "departure_delay_min": [10, None, 20, 99],
        "arrival_delay_min": [14, None, None, 99],
        "distance_mi": [100, 200, 300, 999],
    })  # fmt: skip
    found = run_sql(carrier_daily, {"transformed.flight_performance": flights}, DAY)
    assert found.to_dict("records") == [{
        "flight_date": pd.Timestamp("2013-01-05"), "carrier": "AA", "carrier_name": "American", "flights": 3,
        "cancelled": 1, "diverted": 1, "mean_departure_delay_min": 15.0, "max_departure_delay_min": 20.0,
        "on_time_rate": pytest.approx(1 / 3), "distance_mi": 100,
    }]  # fmt: skip


def test_run_sql_names_what_is_missing() -> None:
    from dataops_assets.datasets.carrier_daily import carrier_daily
    from dataops_assets.datasets.delay_features import delay_features

    with pytest.raises(DatasetError, match=r"reads transformed.flight_performance; tables has \['staged.x'\]"):
        run_sql(carrier_daily, {"staged.x": pa.table({"n": [1]})}, DAY)
    with pytest.raises(DatasetError, match="is a function: call it"):
        run_sql(delay_features, {})


def test_delay_features_with_three_rows() -> None:
    from dataops_assets.datasets.delay_features import delay_features

    day = pd.to_datetime(["2013-01-04", "2013-01-05", "2013-01-05"]).astype("datetime64[us]")
    key = {"flight_date": day, "carrier": ["AA", "AA", "UA"], "flight": [1, 1, 2], "origin": ["JFK", "JFK", "EWR"]}
    flown = {"dest": ["LAX"] * 3, "status": ["flown"] * 3, "distance_mi": [5] * 3, "arrival_delay_min": [30, 99, 7]}
    found = delay_features(
        flight_performance=pd.DataFrame(key | flown), flights=pd.DataFrame(key | {"hour": [5, 6, 7]}), window=DAY
    )
    assert found["hour"].tolist() == [6, 7]
    assert found["weekday"].tolist() == [6, 6]
    assert found["carrier_mean_arrival_delay_7d"].tolist()[0] == 30.0
    assert found["route_mean_arrival_delay_7d"].isna().tolist() == [False, True]
    assert found["arrival_delay_min"].tolist() == [99, 7]
    assert date(2013, 1, 5).isoweekday() == 6
