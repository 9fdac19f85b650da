"""Every kind of partitions: what a run writes replaces its partitions and nothing else, and is read back so."""

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import dagster as dg
import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataops_assets.io.plain.warehouse import Query
from dataops_assets_tests.io.place import Place, frame, metadata, on_both

DAILY = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-02-01")
BY_DAY = {"partition_expr": "day"}
RANGE = dg.BackfillPolicy.single_run()


def daily(value: int = 1) -> dg.AssetsDefinition:
    @dg.asset(name="daily", key_prefix="sales", partitions_def=DAILY, metadata=BY_DAY, backfill_policy=RANGE)
    def asset(context: dg.AssetExecutionContext) -> pd.DataFrame:
        return frame(day=list(context.partition_keys), value=value)

    return asset


def day(number: int) -> dt.datetime:
    return dt.datetime(2024, 1, number)


def test_unpartitioned_replaces_the_whole_table(place: Place) -> None:
    def asset(rows: pd.DataFrame):
        return dg.asset(name="things", key_prefix=["deep", "shop"])(lambda: rows)

    place.wrote(asset(frame(a=[1, 2], b=["x", "y"])))
    result = place.wrote(asset(frame(a=[3], b=["z"])))
    assert place.rows("shop.things") == [(3, "z")]
    assert metadata(result, "deep__shop__things")["dagster/row_count"] == 1
    place.wrote(asset(frame(c=[1.5])))
    assert place.rows("shop.things") == [(1.5,)], "with a new schema as well"


def test_without_a_prefix_or_with_metadata(place: Place) -> None:
    place.wrote(dg.asset(name="bare")(lambda: frame(a=[1])))
    place.wrote(dg.asset(name="named", metadata={"schema": "other", "table": "odd näme"})(lambda: frame(a=[2])))
    assert place.rows("staging.bare") == [(1,)]
    assert place.rows("other.odd näme") == [(2,)]


def test_names_that_only_duckdb_takes(local: Place) -> None:
    local.wrote(dg.asset(name="named", metadata={"schema": "my schema", "table": 'odd "name"'})(lambda: frame(a=[2])))
    assert local.rows('my schema.odd "name"') == [(2,)]


@on_both
def test_days_are_replaced_in_place(place: Place) -> None:
    for key in ("2024-01-02", "2024-01-01", "2024-01-02"):
        place.wrote(daily(), key=key)
    result = place.wrote(daily(5), key="2024-01-02")
    assert place.rows("sales.daily") == [(day(1), 1), (day(2), 5)]
    found = metadata(result, "sales__daily")
    assert found["dagster/partition_row_count"] == 1
    assert found["dagster/table_name"] == "sales.daily"
    assert [column.name for column in found["dagster/column_schema"].columns] == ["day", "value"]


def test_a_range_in_one_run(place: Place) -> None:
    place.wrote(daily(1), key="2024-01-01", to="2024-01-05")
    result = place.wrote(daily(2), key="2024-01-02", to="2024-01-03")
    assert [value for _, value in place.rows("sales.daily")] == [1, 2, 2, 1, 1]
    assert metadata(result, "sales__daily")["rows_written"] == 2


def test_hours_against_dates_are_refused_and_timestamps_are_not(place: Place) -> None:
    hourly = dg.HourlyPartitionsDefinition("2024-01-01-00:00")

    def asset(expression: str):
        @dg.asset(name="hours", partitions_def=hourly, metadata={"partition_expr": expression})
        def hours(context: dg.AssetExecutionContext) -> pd.DataFrame:
            start = context.partition_time_window.start
            return pd.DataFrame({"at": [start, start + dt.timedelta(minutes=59)], "date": start.date()})

        return hours

    for key in ("2024-01-01-10:00", "2024-01-01-11:00", "2024-01-01-10:00"):
        place.wrote(asset("at"), key=key)
    assert len(place.rows("staging.hours")) == 4
    assert "Partition by a timestamp" in place.refused(asset("date"), key="2024-01-01-10:00")


def test_local_midnight_is_where_a_local_day_starts(place: Place) -> None:
    berlin = dg.DailyPartitionsDefinition("2024-01-01", timezone="Europe/Berlin")

    def asset(name: str, *moments: pd.Timestamp):
        options = {"partitions_def": berlin, "metadata": {"partition_expr": "at"}}
        return dg.asset(name=name, **options)(lambda: pd.DataFrame({"at": moments}))

    first, last = pd.Timestamp("2024-06-01 00:00"), pd.Timestamp("2024-06-01 23:59:59")
    assert isinstance(first, pd.Timestamp)  # for pandas' own annotations either may be NaT
    assert isinstance(last, pd.Timestamp)
    place.wrote(asset("wall", first, last), key="2024-06-01")
    place.wrote(
        asset("instant", first.tz_localize("Europe/Berlin"), last.tz_localize("Europe/Berlin")), key="2024-06-01"
    )
    assert "1 rows lie outside" in place.refused(
        asset("instant", first.tz_localize("UTC"), last.tz_localize("UTC")), key="2024-06-01"
    )


def test_static_and_dynamic_keys(place: Place) -> None:
    kinds = {
        "static": dg.StaticPartitionsDefinition(["1", "it's", "3"]),
        "dynamic": dg.DynamicPartitionsDefinition(name="d"),
    }
    place.instance.add_dynamic_partitions("d", ["1", "it's", "3"])
    for kind, definition in kinds.items():

        def asset(value: int, kind=kind, definition=definition):
            @dg.asset(name=kind, partitions_def=definition, metadata={"partition_expr": "Group"}, backfill_policy=RANGE)
            def keyed(context: dg.AssetExecutionContext) -> pa.Table:
                return pa.table({"group": list(context.partition_keys), "value": [value] * len(context.partition_keys)})

            return keyed

        place.wrote(asset(1), key="1", to="3")
        result = place.wrote(asset(2), key="it's")
        assert place.rows(f"staging.{kind}") == [("it's", 2), ("1", 1), ("3", 1)]
        assert metadata(result, kind)["dagster/partition_row_count"] == 1


def test_static_keys_of_a_number_column(place: Place) -> None:
    numbers = dg.StaticPartitionsDefinition(["1", "2"])
    asset = dg.asset(name="numbers", partitions_def=numbers, metadata={"partition_expr": "n"})(lambda: frame(n=[2, 2]))
    place.wrote(asset, key="2")
    place.wrote(asset, key="2")
    assert place.rows("staging.numbers") == [(2,), (2,)]


def multi(value: int):
    definition = dg.MultiPartitionsDefinition({"day": DAILY, "shop": dg.StaticPartitionsDefinition(["a", "b", "c"])})
    expressions = {"day": "DATE(at)", "shop": "shop"}

    @dg.asset(name="multi", partitions_def=definition, metadata={"partition_expr": expressions}, backfill_policy=RANGE)
    def asset(context: dg.AssetExecutionContext) -> pd.DataFrame:
        keys = [definition.get_partition_key_from_str(key).keys_by_dimension for key in context.partition_keys]
        at = [pd.Timestamp(key["day"], tz="UTC") + pd.Timedelta(hours=23) for key in keys]
        return pd.DataFrame({"at": at, "shop": [key["shop"] for key in keys], "value": value})

    return asset


def test_multi_partitions(place: Place) -> None:
    for key in ("2024-01-01|a", "2024-01-01|b", "2024-01-02|a", "2024-01-02|b"):
        place.wrote(multi(1), key=key)
    place.wrote(multi(2), key="2024-01-02|a")
    found = {(at.day, shop): value for at, shop, value in place.rows("staging.multi")}
    assert found == {(1, "a"): 1, (1, "b"): 1, (2, "a"): 2, (2, "b"): 1}


def test_a_range_of_multi_partitions(place: Place) -> None:
    place.wrote(multi(1), key="2024-01-01|a", to="2024-01-03|c")
    place.wrote(multi(2), key="2024-01-02|b", to="2024-01-03|c")
    found = {(at.day, shop): value for at, shop, value in place.rows("staging.multi")}
    assert len(found) == 9
    assert {key for key, value in found.items() if value == 2} == {(2, "b"), (2, "c"), (3, "b"), (3, "c")}


def test_an_asset_that_reads_its_own_yesterday(place: Place) -> None:
    @dg.asset(
        partitions_def=DAILY,
        metadata=BY_DAY,
        ins={
            "running": dg.AssetIn(
                partition_mapping=dg.TimeWindowPartitionMapping(
                    start_offset=-1, end_offset=-1, allow_nonexistent_upstream_partitions=True
                )
            )
        },
    )
    def running(context: dg.AssetExecutionContext, running: pd.DataFrame) -> pd.DataFrame:
        before = int(running["total"].sum()) if len(running) else 0
        return frame(day=[context.partition_key], total=[before + 1])

    for key in ("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-02"):
        place.wrote(running, key=key)
    assert [total for _, total in place.rows("staging.running")] == [1, 2, 3]
    other = place.another()
    other.wrote(running, key="2024-01-09")  # in the middle of the calendar, and the table is not there yet
    assert [total for _, total in other.rows("staging.running")] == [1]


def test_partition_mappings_and_columns(place: Place) -> None:
    seen = {}

    @dg.asset(
        partitions_def=DAILY,
        ins={
            "daily": dg.AssetIn(
                key=["sales", "daily"], partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-2)
            )
        },
    )
    def three_days(daily: pd.DataFrame) -> None:
        seen["three days"] = [int(value) for value in daily["day"].dt.day]

    @dg.asset(ins={"daily": dg.AssetIn(key=["sales", "daily"], metadata={"columns": ["value"]})})
    def all_days(daily: pa.Table) -> None:
        seen["all days"] = daily

    @dg.asset(ins={"daily": dg.AssetIn(key=["sales", "daily"], metadata={"columns": ["price"]})})
    def wrong(daily) -> None: ...

    @dg.asset(partitions_def=DAILY, ins={"daily": dg.AssetIn(key=["sales", "daily"])})
    def misread(daily: str) -> None: ...

    place.wrote(daily(), key="2024-01-01", to="2024-01-06")
    place.wrote(daily(), three_days, key="2024-01-05", selection=[three_days])
    place.wrote(daily(), all_days, selection=[all_days])
    assert sorted(seen["three days"]) == [3, 4, 5]
    assert seen["all days"].column_names == ["value"]
    assert len(seen["all days"]) == 6
    assert "['price']" in place.refused(daily(), wrong, selection=[wrong])
    assert "pandas.DataFrame or pyarrow.Table" in place.refused(daily(), misread, key="2024-01-05", selection=[misread])


def test_a_query_reads_the_window_of_its_run(place: Place) -> None:
    @dg.asset(partitions_def=DAILY, metadata=BY_DAY, deps=[daily()], backfill_policy=RANGE)
    def totals() -> Query:
        sql = """
            with chosen as (select * from sales.daily where sales.daily.day >= @window_start and day < @window_end)
            select day, sum(value) as total, @note as note, null as nothing from chosen group by day
        """
        return Query(sql, {"note": "n"})

    place.wrote(daily(), totals, key="2024-01-01", to="2024-01-04")
    place.wrote(daily(5), totals, key="2024-01-02")
    assert place.rows("staging.totals") == [(day(number), 5 if number == 2 else 1, "n", None) for number in range(1, 5)]


def test_a_run_without_a_partition_is_refused(place: Place) -> None:
    place.wrote(daily(), key="2024-01-01")
    asset = dg.asset(name="daily", key_prefix="sales", partitions_def=DAILY, metadata=BY_DAY)(
        lambda: frame(day=["2024-01-02"], value=1)
    )
    assert "Materialize a partition" in place.refused(asset)
    assert len(place.rows("sales.daily")) == 1


def test_a_missing_table_names_the_asset_to_materialize(place: Place) -> None:
    reader = dg.asset(name="reader", partitions_def=DAILY, ins={"x": dg.AssetIn(key=["sales", "daily"])})(
        lambda x: None
    )
    message = place.refused(daily(), reader, key="2024-01-05", selection=[reader])
    assert "materialize sales/daily first" in message


def test_a_partitioned_asset_needs_partitions_and_an_expression(place: Place) -> None:
    nameless = dg.asset(name="nameless", partitions_def=DAILY)(lambda: frame(day=["2024-01-01"]))
    assert "partition_expr" in place.refused(nameless, key="2024-01-01")
    place.wrote(daily(), key="2024-01-01")
    message = place.refused(
        dg.asset(name="wrong", partitions_def=DAILY, metadata={"partition_expr": "nope"})(lambda: frame(a=[1])),
        key="2024-01-01",
    )
    assert "'nope'" in message
    assert "['a']" in message


@settings(max_examples=5, deadline=None, suppress_health_check=cast("list[HealthCheck]", list(HealthCheck)))
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), min_size=1, max_size=4))
def test_any_order_and_repetition_ends_in_the_same_table(spans: list[tuple[int, int]]) -> None:
    with TemporaryDirectory() as folder:
        place = Place(Path(folder))
        for start, more in spans:
            place.wrote(daily(7), key=f"2024-01-{start:02}", to=f"2024-01-{start + more:02}")
        covered = {number for start, more in spans for number in range(start, start + more + 1)}
        assert place.rows("sales.daily") == [(day(number), 7) for number in sorted(covered)]
