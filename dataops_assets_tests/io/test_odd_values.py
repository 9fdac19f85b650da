"""Columns that no warehouse table has: stored exactly, or refused by asset, column, value, row and what to do."""

import enum
import uuid
from decimal import Decimal
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from dataops_assets.io.lake import LakeIOManager
from dataops_assets_tests.io.place import BOTH, Place, on_both

each = pytest.mark.parametrize("place", BOTH, indirect=True)


class Color(enum.Enum):
    RED = 1


def asset(values: Any) -> dg.AssetsDefinition:
    @dg.asset
    def things() -> pd.DataFrame:
        return pd.DataFrame({"place": range(len(values)), "value": values})

    return things


@on_both
def test_uuids_are_kept_as_their_text(place: Place) -> None:
    place.wrote(asset([uuid.UUID(int=5), None]))
    assert place.table("staging.things")["value"].to_pylist() == ["00000000-0000-0000-0000-000000000005", None]


REFUSED = {
    "enum": ([None, Color.RED], ["<Color.RED: 1>", "row 1", ".map(lambda item: item.name)"]),
    "timedelta": (pd.to_timedelta(["1s"]), ["0 days 00:00:01", ".dt.total_seconds()"]),
    "period": (pd.period_range("2024-01", periods=1, freq="M"), ["a period", ".dt.start_time"]),
    "interval": (pd.interval_range(0, 1), ["an interval", ".array.left"]),
    "mixed": ([1, "a"], ["1 (int) in row 0", "'a' (str) in row 1", ".astype('string')"]),
    "large unsigned": (
        pd.Series([1, 2**64 - 1, 3], dtype="uint64"),
        ["18446744073709551615 in row 1", "decimal.Decimal"],
    ),
    "nanoseconds": (
        pd.to_datetime(["2024-01-01T00:00:00", "2024-01-01T00:00:00.123456789"], format="ISO8601"),
        ["2024-01-01 00:00:00.123456789 in row 1", ".dt.floor('us')"],
    ),
    "large integer": ([2**70], [str(2**70), "row 0", ".astype('string')"]),
    "long decimal": ([Decimal("1" * 40)], ["1" * 40, "row 0"]),
    "complex": ([1j], ["1j (complex) in row 0"]),
}


@each
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_kept_is_refused_by_its_value(place: Place, case: str) -> None:
    values, words = REFUSED[case]
    message = place.refused(asset(values))
    for word in ["things: column 'value'", "nothing was written to staging.things", *words]:
        assert word in message


@pytest.mark.parametrize("case", ["period", "interval", "timedelta", "nanoseconds", "large unsigned"])
def test_the_lake_keeps_and_gives_back_what_parquet_holds(local: Place, case: str) -> None:
    values = pd.Series(REFUSED[case][0])
    seen = []

    @dg.asset
    def read(things: pd.DataFrame) -> None:
        seen.append(things["value"].tolist())

    lake = LakeIOManager(local.io_manager._open_storage, "test")
    assert dg.materialize([asset(values), read], resources={"io_manager": lake}, instance=local.instance).success
    assert seen == [values.tolist()]


@each
def test_the_hour_that_comes_twice_is_refused_without_a_zone(place: Place) -> None:
    """New York, 3 November 2024: 01:00 to 02:00 passes twice, each its own partition."""
    hours = dg.HourlyPartitionsDefinition("2024-11-03-00:00", end_date="2024-11-03-04:00", timezone="America/New_York")
    keys = hours.get_partition_keys()

    @dg.asset(partitions_def=hours, metadata={"partition_expr": "at"})
    def naive(context: dg.AssetExecutionContext) -> pd.DataFrame:
        return pd.DataFrame({"at": [context.partition_time_window.start.replace(tzinfo=None)]})

    @dg.asset(partitions_def=hours, metadata={"partition_expr": "at"})
    def zoned(context: dg.AssetExecutionContext) -> pd.DataFrame:
        return pd.DataFrame({"at": [pd.Timestamp(context.partition_time_window.start).tz_convert("UTC")]})

    place.wrote(naive, key=keys[-1])
    message = place.refused(naive, key=keys[1])
    assert "clocks show 01:00 twice on 2024-11-03 in America/New_York" in message
    assert "tz_localize('America/New_York'" in message
    for key in keys:
        place.wrote(zoned, key=key)
    place.wrote(zoned, key=keys[1])
    assert len(place.rows("staging.zoned")) == len(keys) == 5


@each
def test_a_day_with_an_hour_that_comes_twice_is_one_partition(place: Place) -> None:
    days = dg.DailyPartitionsDefinition("2024-11-02", end_date="2024-11-05", timezone="America/New_York")

    @dg.asset(partitions_def=days, metadata={"partition_expr": "at"})
    def naive(context: dg.AssetExecutionContext) -> pd.DataFrame:
        day = pd.Timestamp(context.partition_key)
        return pd.DataFrame({"at": [day, day + pd.Timedelta(hours=1, minutes=30)]})

    for key in days.get_partition_keys():
        place.wrote(naive, key=key)
    assert len(place.rows("staging.naive")) == 6
