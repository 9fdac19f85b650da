"""Which statistical check finds which defect in the flights' year, and how often the untouched year alarms.

All of it from profiles, as a load makes them, in memory: each defect damages every day of the year, and each third day
is compared with the untouched days before it. `docs/statistics.md` has the table; `-s` prints it.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dataops_assets.datasets.flights import flights
from dataops_assets.datasets.weather import weather
from dataops_assets.demo.data import data_file
from dataops_assets.model import Categories, Distinct, Drift, Mean, NullShare, Scale, Source, Volume
from dataops_assets.validation.seasons import depth_of
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets.warehouse.tables import StagedTable
from dataops_assets_tests.proofs.seeded import (
    MOST_CHECKS,
    MOST_PARTITIONS,
    damaged,
    line,
    not_in_the_docs,
    past_of,
    profiles_of,
    quiet,
)

pytestmark = pytest.mark.slow

LEARNT = 105
"""Days before the first that is judged: what a check looks back."""
EVERY, LAST = 3, "2013-12-30"

Damage = Callable[[pd.DataFrame, np.ndarray], pd.DataFrame]
"""(the flights, a random number for each) → the damaged ones."""


def without(carrier: str) -> Damage:
    return lambda rows, _: rows.loc[rows["carrier"] != carrier]


def null(share: float) -> Damage:
    return lambda rows, chance: rows.assign(dep_delay=rows["dep_delay"].where(chance >= share))


def nulls_of_all(share: float) -> Damage:
    """Of both columns that lack the same values."""
    return lambda rows, chance: rows.assign(
        dep_delay=rows["dep_delay"].where(chance >= share), dep_time=rows["dep_time"].where(chance >= share)
    )


def shifted(rows: pd.DataFrame, _: np.ndarray) -> pd.DataFrame:
    return rows.assign(hour=(rows["hour"] + 5) % 24, time_hour=rows["time_hour"] + pd.Timedelta(hours=5))


DEFECTS: dict[str, tuple[Damage, float]] = {
    "delays in seconds": (lambda rows, _: rows.assign(dep_delay=rows["dep_delay"] * 60), 1.0),
    "delays in hours": (lambda rows, _: rows.assign(arr_delay=(rows["arr_delay"] / 60).round()), 0.98),
    "distance and air time swapped": (
        lambda rows, _: rows.assign(distance=rows["air_time"], air_time=rows["distance"]),
        1.0,
    ),
    "the two delays swapped": (
        lambda rows, _: rows.assign(dep_delay=rows["arr_delay"], arr_delay=rows["dep_delay"]),
        0.9,
    ),
    "five hours later": (shifted, 1.0),
    "an empty day": (lambda rows, _: rows.iloc[:0], 1.0),
    "only the first page": (lambda rows, _: rows.groupby("_slice").head(500), 1.0),
    "until one o'clock": (lambda rows, _: rows.loc[rows["hour"] < 13], 1.0),
    "half of the rows": (lambda rows, chance: rows.loc[chance < 0.5], 0.9),
    "a fifth of the rows missing": (lambda rows, chance: rows.loc[chance < 0.8], 0.6),
    "a tenth of the rows missing": (lambda rows, chance: rows.loc[chance < 0.9], 0.3),
    "a tenth of the rows twice": (lambda rows, chance: pd.concat([rows, rows.loc[chance < 0.1]]), 0.1),
    "a column stuck": (lambda rows, _: rows.assign(air_time=rows["air_time"].where(rows["air_time"].isna(), 150)), 1.0),
    "a code renamed": (lambda rows, _: rows.assign(carrier=rows["carrier"].replace("US", "U5")), 1.0),
    "5 % of one column missing": (null(0.05), 0.95),
    "20 % of one column missing": (null(0.2), 0.95),
    "5 % of two columns missing": (nulls_of_all(0.05), 0.0),
    "20 % of two columns missing": (nulls_of_all(0.2), 0.5),
    "UA missing (160 flights a day)": (without("UA"), 1.0),
    "WN missing (34)": (without("WN"), 1.0),
    "VX missing (14)": (without("VX"), 1.0),
    "FL missing (9)": (without("FL"), 0.85),
    "AS missing (2)": (without("AS"), 0.0),
    "HA missing (1)": (without("HA"), 0.0),
    "YV missing (2, not each day)": (without("YV"), 0.0),
}


def flights_of_the_year() -> pd.DataFrame:
    rows = pd.read_csv(data_file("flights.csv.zip"))
    day = pd.to_datetime(rows[["year", "month", "day"]])
    return rows.assign(
        flight_date=day.dt.date,
        _slice=day.dt.strftime("%Y-%m-%d"),
        time_hour=pd.to_datetime(rows["time_hour"], utc=True),
    )


def weather_of_the_year() -> pd.DataFrame:
    rows = pd.read_csv(data_file("weather.csv"))
    day = pd.to_datetime(rows[["year", "month", "day"]])
    rows["wind_speed"] = rows["wind_speed"].where(rows["wind_speed"] < 200)  # it is in quarantine
    return rows.assign(
        weather_date=day.dt.date,
        _slice=day.dt.strftime("%Y-%m-%d"),
        time_hour=pd.to_datetime(rows["time_hour"], utc=True),
    )


def test_what_is_found_in_the_flights_and_what_alarms_without_a_defect(tmp_path: Path) -> None:
    table, rows = StagedTable(flights), flights_of_the_year()
    assert table.calendar
    assert depth_of(table.calendar) == LEARNT
    days = table.calendar.between("2013-01-01", LAST)
    chance = np.random.default_rng(7).random(len(rows))
    with DuckDBWarehouse(tmp_path / "warehouse.duckdb").session() as session:
        before = past_of(table, profiles_of(session, table, rows, days), days)
        of_checks, of_days, by_check = quiet(table, before, LEARNT)
        print(f"\nuntouched: {of_checks:.2%} of the checks of a column, {of_days:.1%} of the days; {by_check}")
        assert of_checks <= MOST_CHECKS
        assert of_days <= MOST_PARTITIONS

        lines, missed = [], []
        for defect, (damage, least) in DEFECTS.items():
            now = past_of(table, profiles_of(session, table, damage(rows, chance), days), days)
            said, share = line(defect, damaged(table, before, now, range(LEARNT, len(days), EVERY)))
            lines.append(said)
            if share < least:
                missed.append(f"{defect}: {share:.0%}, at least {least:.0%} is to be found")
    print(*lines, sep="\n")
    assert not missed, "\n".join(missed)
    assert not_in_the_docs(lines) == []


def test_the_same_parameters_on_the_weather(tmp_path: Path) -> None:
    """Of another kind."""
    checks = [Volume(), NullShare(), Distinct(), Categories(), Scale(), Mean(), Drift()]
    declared = {name: getattr(weather, name) for name in ("name", "extract", "contract", "partition", "key")}
    table = StagedTable(Source(**declared, statistics=checks))
    assert table.calendar
    days = table.calendar.between("2013-01-01", LAST)
    with DuckDBWarehouse(tmp_path / "warehouse.duckdb").session() as session:
        profiles = profiles_of(session, table, weather_of_the_year(), days)
    of_checks, of_days, by_check = quiet(table, past_of(table, profiles, days), LEARNT)
    print(f"\nweather: {of_checks:.2%} of the checks of a column, {of_days:.1%} of the days; {by_check}")
    assert of_checks <= MOST_CHECKS
    assert of_days <= MOST_PARTITIONS
