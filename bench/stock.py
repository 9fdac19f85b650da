"""The same flow as people write it with Dagster's own DuckDB IO manager: DataFrames, daily partitions, a run per day.

Each day is read from the demo's API and its weather file, and stored in the layers raw, staged, transformed and
production, each table written and read by `DuckDBPandasIOManager`. The published tables are also written as Parquet.
There are no checks, no quarantine and no books: with them it would take longer. Runs are executed in this process,
which is the fastest way Dagster has, on an instance on disk with Dagster's own settings.

A day of another year than 2013 is that day of 2013 with the year changed.
"""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import httpx
import pandas as pd
from dagster_duckdb_pandas import DuckDBPandasIOManager

from bench.sizes import Size
from dataops_assets.demo import flights_url, reference_db, weather_dir

DAY = dg.DailyPartitionsDefinition(start_date="1990-01-01", end_date="2020-01-01")
WEEK_BEFORE = dg.TimeWindowPartitionMapping(start_offset=-7, allow_nonexistent_upstream_partitions=True)
QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}
KEY = ["flight_date", "carrier", "flight", "origin"]

raw = {"key_prefix": "raw", "partitions_def": DAY}
staged = {"key_prefix": "staged", "partitions_def": DAY, "metadata": {"partition_expr": "flight_date"}}
transformed = {**staged, "key_prefix": "transformed"}
production = {**staged, "key_prefix": "production"}


class ParquetFolder(dg.ConfigurableResource):
    """Where the Parquet copies lie."""

    folder: str

    def write(self, table: str, day: str, frame: pd.DataFrame) -> None:
        """Write one day of a table."""
        path = Path(self.folder) / table / f"date={day}"
        path.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path / "part.parquet", compression="zstd")


def _in_2013(day: str) -> str:
    return f"2013{day[4:]}"


def _moved(frame: pd.DataFrame, day: str) -> pd.DataFrame:
    """What was asked for as a day of 2013, as of this day; the last evening of a year is the next one's in UTC."""
    date = pd.Timestamp(day)
    if date.year != 2013:
        frame["year"] = date.year
        hours = pd.to_datetime(frame["time_hour"], utc=True) + pd.DateOffset(years=date.year - 2013)
        frame["time_hour"] = hours.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return frame.assign(flight_date=date)


@dg.asset(**raw, name="flights", metadata={"partition_expr": "flight_date"})
def raw_flights(context: dg.AssetExecutionContext) -> pd.DataFrame:
    """The API's answer for a day."""
    records: list[dict[str, Any]] = []
    token, day_2013 = None, _in_2013(context.partition_key)
    with httpx.Client() as client:
        while True:
            params = {"date": day_2013, "page_size": 500} | ({"page_token": token} if token else {})
            answer = client.get(f"{flights_url()}/v1/flights", params=params).raise_for_status().json()
            records += answer["flights"]
            token = answer["next_page_token"]
            if token is None:
                break
    return _moved(pd.DataFrame(records), context.partition_key)


@dg.asset(**raw, name="weather", metadata={"partition_expr": "flight_date"})
def raw_weather(context: dg.AssetExecutionContext) -> pd.DataFrame:
    """The weather file of a day."""
    frame = pd.read_csv(Path(weather_dir()) / f"weather-{_in_2013(context.partition_key)}.csv")
    return _moved(frame, context.partition_key)


@dg.multi_asset(outs={name: dg.AssetOut(key_prefix="staged") for name in ("planes", "airports", "airlines")})
def reference() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Planes, airports and airlines."""
    with sqlite3.connect(reference_db().removeprefix("sqlite:///")) as database:
        planes, airports, airlines = (
            pd.read_sql(f"SELECT * FROM {name}", database) for name in ("planes", "airports", "airlines")
        )
    return planes, airports, airlines


@dg.asset(**staged, name="flights", ins={"flights": dg.AssetIn(["raw", "flights"])})
def staged_flights(flights: pd.DataFrame) -> pd.DataFrame:
    """Typed, each flight once."""
    numbers = flights.select_dtypes("number").columns
    frame = flights.astype(dict.fromkeys(numbers, "Int64"))
    frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True).dt.tz_localize(None)
    return frame.drop_duplicates([*KEY, "sched_dep_time"], keep="last")


@dg.asset(**staged, name="weather", ins={"weather": dg.AssetIn(["raw", "weather"])})
def staged_weather(weather: pd.DataFrame) -> pd.DataFrame:
    """Typed, without impossible winds, each hour once."""
    frame = weather.loc[~(weather["wind_speed"] > 200)].copy()
    frame["time_hour"] = pd.to_datetime(frame["time_hour"], utc=True).dt.tz_localize(None)
    return frame.drop_duplicates(["origin", "time_hour"], keep="last")


@dg.asset(
    **transformed,
    ins={name: dg.AssetIn(["staged", name]) for name in ("flights", "weather", "planes", "airports", "airlines")},
)
def flight_performance(
    flights: pd.DataFrame, weather: pd.DataFrame, planes: pd.DataFrame, airports: pd.DataFrame, airlines: pd.DataFrame
) -> pd.DataFrame:
    """Flights with airline, airport, plane and weather."""
    planes = planes.loc[:, ["tailnum", "year", "model", "seats"]].rename(
        columns={"year": "plane_year", "model": "plane_model"}
    )
    airports = airports.loc[:, ["faa", "name"]].rename(columns={"faa": "dest", "name": "dest_name"})
    airlines = airlines.rename(columns={"name": "carrier_name"})
    weather = weather.loc[:, ["origin", "time_hour", "temp", "wind_speed", "precip", "visib"]]
    frame = flights.merge(airlines, on="carrier", how="left").merge(airports, on="dest", how="left")
    frame = frame.merge(planes, on="tailnum", how="left").merge(weather, on=["origin", "time_hour"], how="left")
    frame["scheduled_departure"] = frame["time_hour"] + pd.to_timedelta(frame.minute, unit="min")
    frame["status"] = "flown"
    frame.loc[frame["arr_delay"].isna(), "status"] = "diverted"
    frame.loc[frame["dep_time"].isna(), "status"] = "cancelled"
    names = {"dep_delay": "departure_delay_min", "arr_delay": "arrival_delay_min", "air_time": "air_time_min"}
    names |= {"distance": "distance_mi", "temp": "temp_f", "wind_speed": "wind_speed_mph", "precip": "precip_in"}
    frame = frame.rename(columns={**names, "visib": "visib_mi"})
    columns = [*KEY, "carrier_name", "tailnum", "dest", "dest_name", "scheduled_departure", *names.values(), "status"]
    return frame.loc[:, [*columns, "visib_mi", "plane_year", "plane_model", "seats"]]


@dg.asset(**transformed, ins={"performance": dg.AssetIn(["transformed", "flight_performance"])})
def carrier_daily(performance: pd.DataFrame) -> pd.DataFrame:
    """How each airline did on the day."""
    flown, by = performance.loc[performance["status"] == "flown"], ["flight_date", "carrier"]
    departed = performance.loc[performance["status"] != "cancelled"]
    table = performance.groupby(by).agg(carrier_name=("carrier_name", "first"), flights=("flight", "size"))
    assert isinstance(table, pd.DataFrame)
    for status in ("cancelled", "diverted"):
        table[status] = (performance["status"] == status).groupby([performance[name] for name in by]).sum()
    table["mean_departure_delay_min"] = departed.groupby(by)["departure_delay_min"].mean()
    table["max_departure_delay_min"] = departed.groupby(by)["departure_delay_min"].max()
    on_time = flown[flown["arrival_delay_min"] < 15].groupby(by).size().reindex(table.index, fill_value=0)
    table["on_time_rate"] = on_time / table["flights"]
    table["distance_mi"] = flown.groupby(by)["distance_mi"].sum().reindex(table.index, fill_value=0)
    return table.reset_index()


@dg.asset(
    **transformed,
    ins={
        "performance": dg.AssetIn(["transformed", "flight_performance"], partition_mapping=WEEK_BEFORE),
        "flights": dg.AssetIn(["staged", "flights"]),
    },
)
def delay_features(context: dg.AssetExecutionContext, performance: pd.DataFrame, flights: pd.DataFrame) -> pd.DataFrame:
    """Features from the seven days before."""
    day = pd.Timestamp(context.partition_key)
    rows = performance.loc[performance["flight_date"] == day].merge(flights[[*KEY, "hour"]], on=KEY, how="left")
    flown = performance.loc[(performance["status"] == "flown") & (performance["flight_date"] < day)]
    for name, by in (("carrier", ["carrier"]), ("route", ["origin", "dest"])):
        mean = flown.groupby(by)["arrival_delay_min"].mean().rename(f"{name}_mean_arrival_delay_7d").astype("Float64")
        rows = rows.merge(mean.reset_index(), on=by, how="left")
    rows["weekday"] = rows["flight_date"].dt.dayofweek + 1
    means = ["carrier_mean_arrival_delay_7d", "route_mean_arrival_delay_7d"]
    return rows.loc[:, [*KEY, "hour", "weekday", "distance_mi", *means, "arrival_delay_min"]]


def _published(table: str) -> dg.AssetsDefinition:
    def publish(context: dg.AssetExecutionContext, parquet: ParquetFolder, frame: pd.DataFrame) -> pd.DataFrame:
        parquet.write(table, context.partition_key, frame)
        return frame

    return dg.asset(**production, name=table, ins={"frame": dg.AssetIn(["transformed", table])})(publish)


TABLES = ("flight_performance", "carrier_daily", "delay_features")
DAILY = [raw_flights, raw_weather, staged_flights, staged_weather, flight_performance, carrier_daily, delay_features]
DAILY += [_published(table) for table in TABLES]


def run(size: Size, home: Path, days: int) -> dict[str, Any]:
    """Run the first days of `size`; returns the seconds of the first run, which is of the reference tables, and of each
    day after it, and rows by published table.
    """
    instance_home = home / "dagster"
    instance_home.mkdir(parents=True)
    (instance_home / "dagster.yaml").write_text("telemetry:\n  enabled: false\nnux:\n  enabled: false\n")
    os.environ["DAGSTER_HOME"] = str(instance_home)
    file = str(home / "stock.duckdb")
    resources = {
        "io_manager": DuckDBPandasIOManager(database=file),
        "parquet": ParquetFolder(folder=str(home / "lake")),
    }
    seconds = []
    with dg.DagsterInstance.get() as instance:
        assets = [*DAILY, reference]
        job = dg.Definitions(assets=assets, resources=resources).resolve_implicit_global_asset_job_def()
        partitioned = [key for asset in DAILY for key in asset.keys]
        for key in (None, *map(str, size.days[:days])):
            started = time.monotonic()
            chosen = partitioned if key else list(reference.keys)
            job.execute_in_process(run_config=QUIET, instance=instance, asset_selection=chosen, partition_key=key)
            seconds.append(time.monotonic() - started)
    with duckdb.connect(file, read_only=True) as db:
        rows = {table: db.execute(f"SELECT count(*) FROM production.{table}").fetchall()[0][0] for table in TABLES}
    return {"first": seconds[0], "days": seconds[1:], "rows": rows}
