"""A write that cannot be right is refused before anything is written: the old rows stand, and the error says why."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.io.plain.values import NUMERIC
from dataops_assets.io.plain.warehouse import Query
from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse
from dataops_assets.warehouse.errors import SwapConflict
from dataops_assets_tests.io.place import BOTH, Place, frame, on_both, places

DAILY = dg.DailyPartitionsDefinition("2024-01-01")
KEY = "2024-01-02"


def daily(value: Any, **more: Any) -> dg.AssetsDefinition:
    @dg.asset(
        name="daily",
        key_prefix="sales",
        partitions_def=DAILY,
        metadata={"partition_expr": "day", **more},
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def asset() -> Any:
        return value() if callable(value) else value

    return asset


def sound(**changes: Any) -> pd.DataFrame:
    """Two rows of the day, like those that are there, with columns changed or added; None drops one."""
    columns = {"day": [KEY, KEY], "n": [1, 2], "x": [0.5, 1.5], "y": [7.5, 8.5], "name": ["a", "b"], **changes}
    return frame(**{name: column for name, column in columns.items() if column is not None})


REFUSED: dict[str, tuple[Any, list[str]]] = {
    "added column": (sound(new=1), ["'new'", "schema_evolution"]),
    "missing column": (sound(y=None), ["lack", "'y'"]),
    "other case": (sound(y=None, Y=[1.0, 2.0]), ["'Y'", "'y'"]),
    "one name twice": (pd.concat([sound(), sound()[["x"]]], axis=1), ["'x'", "2 times"]),
    "differing in case only": (sound(X=1.0), ["'x'", "'X'", "upper and lower case"]),
    "float where integers are": (sound(n=[1, 2.5]), ["'n'", "2.5"]),
    "integer too large for a float": (sound(x=[2**53 + 1, 1]), ["'x'", str(2**53 + 1)]),
    "text where numbers are": (sound(n=["1", "2"]), ["'n'", "'1'"]),
    "numbers where text is": (sound(name=[1, 2]), ["'name'", "'1'"]),
    "booleans where numbers are": (sound(n=[True, False]), ["'n'"]),
    "text where dates are": (sound().assign(day=KEY), ["'day'", KEY]),
    "with a time zone": (sound().assign(day=pd.Timestamp(KEY, tz="UTC")), ["'day'", "tz_localize(None)"]),
    "nanoseconds": (
        sound().assign(day=pd.Timestamp(KEY) + pd.Timedelta(1, "ns")),
        ["'day'", "cannot hold without loss"],
    ),
    "mixed objects": (sound(name=["a", 1]), ["'name'"]),
    "an integer beyond 64 bits": (sound(n=[2**70, 1]), ["'n'"]),
    "a duration": (sound(x=pd.to_timedelta([1, 2], "s")), ["'x'", "seconds"]),
    "column names that are numbers": (sound().rename(columns={"n": 3}), ["3", "columns=str"]),
    "no rows": (sound().iloc[:0], ["2 rows are", "allow_empty"]),
    "no columns": (pd.DataFrame(), ["2 rows are", "allow_empty"]),
    "rows of another day": (sound(day=[KEY, "2024-01-03"]), ["1 rows lie outside", "2024-01-03"]),
    "rows without a day": (sound(day=[KEY, None]), ["1 rows have no partition", "day", " is null"]),
    "a list": ([1, 2], ["list", "pandas DataFrame", "Query"]),
    "a query that fails": (Query("select nothing from sales.nowhere"), ["query failed", "nowhere"]),
    "a query that is none": (Query("drop table sales.daily"), ["not a SELECT"]),
    "a query of another schema": (Query("select 1 as n"), ["lack", "'day'"]),
    "a query with rows outside": (
        Query("select datetime '2024-01-09' as day, n, x, y, name from sales.daily"),
        ["4 rows lie outside", "2024-01-09"],
    ),
}


def fill(place: Place) -> Place:
    """Two days of two rows each."""
    place.wrote(daily(sound()), key=KEY)
    place.wrote(daily(sound(day=["2024-01-01"] * 2)), key="2024-01-01")
    return place


@pytest.fixture
def filled(place: Place) -> Place:
    return fill(place)


@pytest.fixture(scope="module", params=BOTH)
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One for all tests that leave it as it is."""
    with places(request, tmp_path_factory.mktemp("standing")) as place:
        yield fill(place)


@pytest.fixture(scope="module", params=BOTH)
def rewritten(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One for all tests that put other rows of the same columns in place of one day."""
    with places(request, tmp_path_factory.mktemp("rewritten")) as place:
        yield fill(place)


@pytest.mark.parametrize("case", REFUSED)
def test_the_old_partition_stands(standing: Place, case: str) -> None:
    value, words = REFUSED[case]
    before = standing.rows("sales.daily")
    message = standing.refused(daily(value), key=KEY)
    assert standing.rows("sales.daily") == before
    assert len(before) == 4
    for word in ["sales/daily", KEY, *words]:
        assert word in message


FITTING: dict[str, Callable[[], Any]] = {
    "columns in another order": lambda: sound()[["name", "y", "x", "day", "n"]],
    "integers where floats are": lambda: sound(x=[3, 4]),
    "whole floats where integers are": lambda: sound(n=[1.0, 2.0]),
    "decimals that are the same floats": lambda: sound(x=[Decimal("0.5"), Decimal("1.25")]),
    "nulls": lambda: sound(n=[None, None], name=[None, "b"], x=[np.nan, 1.0]),
    "categories": lambda: sound().astype({"name": "category"}),
    "dates where timestamps are": lambda: sound().assign(day=pd.Timestamp(KEY).date()),
    "Arrow strings and integers": lambda: sound().convert_dtypes(dtype_backend="pyarrow"),
    "an Arrow table": lambda: pa.Table.from_pandas(sound(), preserve_index=False),
    "a reader": lambda: pa.Table.from_pandas(sound(), preserve_index=False).to_reader(),
    "a query": lambda: Query("select * from sales.daily where day >= @window_start and day < @window_end"),
}


@pytest.mark.parametrize("case", FITTING)
def test_what_fits_is_stored(rewritten: Place, case: str) -> None:
    rewritten.wrote(daily(FITTING[case]), key=KEY)
    stored = rewritten.table("sales.daily")
    assert stored.schema == pa.schema(
        [
            ("day", pa.timestamp("us")),
            ("n", pa.int64()),
            ("x", pa.float64()),
            ("y", pa.float64()),
            ("name", pa.string()),
        ]
    )
    assert len(stored) == 4


EVERY_TYPE = pa.table(
    {
        "number": pa.array([1, None, -(2**63)], pa.int64()),
        "float": [0.1, float("inf"), None],
        "exact": pa.array([Decimal("1.5"), Decimal("-99999999999999999999999999999.999999999"), None], NUMERIC),
        "text": ["", "é\n'\"\\", None],
        "flag": [True, False, None],
        "date": [dt.date(1, 1, 1), dt.date(9999, 12, 31), None],
        "wall": pa.array([dt.datetime(2024, 6, 1, 0, 0, 0, 1), dt.datetime(1, 1, 1), None], pa.timestamp("us")),
        "moment": pa.array([dt.datetime(2024, 6, 1, tzinfo=dt.UTC), None, None], pa.timestamp("us", "UTC")),
        "time": pa.array([dt.time(23, 59, 59, 999999), dt.time(0), None], pa.time64("us")),
        "bytes": pa.array([b"\x00\xff", b"", None], pa.binary()),
        "list": pa.array([[1, 2, 2], [], [3]], pa.list_(pa.int64())),
        "record": [{"a": 1, "b": "x"}, {"a": None, "b": ""}, None],
        "records": [[{"c": 0.5}], [{"c": None}, {"c": 1.0}], []],
    }
)


def test_values_of_every_type_come_back(place: Place) -> None:
    read = []

    @dg.asset(ins={"every": dg.AssetIn(key=["sales", "every"])})
    def reader(every: pa.Table) -> None:
        read.append(every.sort_by("text").to_pylist())

    every = dg.asset(name="every", key_prefix="sales")(lambda: EVERY_TYPE)
    for _ in range(2):  # the first makes the table, the second fills it
        place.wrote(every, reader)
        assert read.pop() == EVERY_TYPE.sort_by("text").to_pylist()


def test_lists_of_lists_are_not_for_bigquery(place: Place) -> None:
    nested = pa.table({"nested": pa.array([[[1]]], pa.list_(pa.list_(pa.int64())))})
    asset = dg.asset(name="nested")(lambda: nested)
    if isinstance(place.warehouse, BigQueryWarehouse):
        assert "nothing was written to staging.nested. Convert the column" in place.refused(asset)
    else:
        place.wrote(asset)


def test_swapped_columns_are_told_apart_by_name(filled: Place) -> None:
    swapped = sound()[["day", "n", "y", "x", "name"]]
    filled.wrote(daily(swapped), key=KEY)
    found = filled.warehouse.query(f"SELECT x, y FROM sales.daily WHERE day = '{KEY}' ORDER BY x").to_pydict()
    assert found == {"x": [0.5, 1.5], "y": [7.5, 8.5]}


@on_both
def test_a_range_is_refused_as_a_whole(filled: Place) -> None:
    before = filled.rows("sales.daily")
    filled.refused(daily(sound(day=["2024-01-01", "2024-01-05"])), key="2024-01-01", to="2024-01-03")
    assert filled.rows("sales.daily") == before


def test_empty_where_it_may_be(filled: Place) -> None:
    filled.wrote(daily(sound().iloc[:0], allow_empty=True), key=KEY)
    assert len(filled.rows("sales.daily")) == 2
    filled.wrote(daily(pd.DataFrame()), key="2024-01-20")
    assert len(filled.rows("sales.daily")) == 2, "no rows where none were need no permission"


def test_empty_first(place: Place) -> None:
    place.wrote(daily(pd.DataFrame({"day": [], "n": []})), key=KEY)
    assert place.rows("sales.daily") == []
    place.wrote(daily(sound()[["day", "n"]]), key=KEY)
    assert len(place.rows("sales.daily")) == 2


def test_none_writes_nothing(filled: Place) -> None:
    before = filled.rows("sales.daily")
    filled.wrote(daily(None), key=KEY)
    assert filled.rows("sales.daily") == before


def test_a_new_column_is_added_where_it_may_be(filled: Place) -> None:
    filled.wrote(daily(sound(new=[True, False]), schema_evolution="add"), key=KEY)
    assert filled.rows("sales.daily")[0][-1] is None
    assert filled.rows("sales.daily")[-1][-1] is False
    message = filled.refused(daily(sound(), schema_evolution="add"), key=KEY)
    assert "'new'" in message, "a column that was there is missed still"


def test_a_column_without_values_freezes_no_type(place: Place) -> None:
    place.wrote(daily(sound(name=[None, None], x=[np.nan, np.nan])), key="2024-01-02")
    place.wrote(daily(sound(day=["2024-01-03"] * 2, name=[1.5, 2.5], x=["text", "too"])), key="2024-01-03")
    stored = place.table("sales.daily").schema
    assert stored.field("name").type == pa.float64()
    assert stored.field("x").type == pa.string()
    place.refused(daily(sound()), key=KEY)


@pytest.mark.cloud
@pytest.mark.parametrize("place", ["cloud"], indirect=True)
def test_a_column_that_was_given_values_meanwhile_is_not_rewritten(place: Place) -> None:
    dialect = place.warehouse.dialect
    place.wrote(dg.asset(name="whole")(lambda: frame(a=["x", None])))
    with place.warehouse.session() as session:
        relation = session.relation("staging", "whole")
        rewrite = f"SELECT {dialect.without_value('a', 'FLOAT64')} AS a FROM {relation}"
        with pytest.raises(SwapConflict), session.swapping("staging.whole") as swap:
            swap.define(f"CREATE OR REPLACE TABLE {relation} AS {rewrite}")
    assert place.rows("staging.whole") == [("x",), (None,)]


def test_text_as_partition_column_is_refused(place: Place) -> None:
    message = place.refused(daily(pd.DataFrame({"day": [KEY], "n": [1]})), key=KEY)
    assert "CAST(day AS DATE)" in message
    cast = daily(pd.DataFrame({"day": [KEY], "n": [1]}), partition_expr="CAST(day AS DATE)")
    place.wrote(cast, key=KEY)
    place.wrote(cast, key=KEY)
    assert place.rows("sales.daily") == [(KEY, 1)]


def test_an_unpartitioned_table_is_not_emptied_by_accident(place: Place) -> None:
    def asset(value: Any, **metadata: Any) -> dg.AssetsDefinition:
        return dg.asset(name="whole", metadata=metadata)(lambda: value)

    place.wrote(asset(frame(a=[1, None], b=["x", None])))
    assert "allow_empty" in place.refused(asset(frame(a=[])))
    place.refused(asset(pd.DataFrame(index=pd.Index([1, 2]))))
    assert len(place.rows("staging.whole")) == 2
    place.wrote(asset(frame(a=[None], b=["y"])))
    assert place.table("staging.whole").schema.field("a").type == pa.float64()
    place.wrote(asset(frame(a=[]), allow_empty=True))
    assert place.rows("staging.whole") == []
