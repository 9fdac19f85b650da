"""Hourly weather at New York's three airports, one CSV file a local day."""

from dataops_assets.demo import weather_dir
from dataops_assets.model import Contract, Daily, Date, Float, Integer, Source, Text, Timestamp, column
from dataops_assets.sources import Env, Files


class WeatherRaw(Contract):
    """One row per airport and hour: the observation of the airport's weather station."""

    weather_date: Date = column("Local date of the observation.", sql="DATE(year, month, day)")
    origin: Text = column("Airport of the station, FAA code.", isin=["EWR", "JFK", "LGA"])
    year: Integer = column("Year of the observation, local.", ge=1987, le=2100)
    month: Integer = column("Month of the observation, local.", ge=1, le=12)
    day: Integer = column("Day of the observation, local.", ge=1, le=31)
    hour: Integer = column("Hour of the observation, local.", ge=0, le=23)
    temp: Float = column("Temperature.", unit="°F", nullable=True, ge=-60, le=140)
    dewp: Float = column("Dew point.", unit="°F", nullable=True, ge=-80, le=100)
    humid: Float = column("Relative humidity.", unit="%", nullable=True, ge=0, le=101)
    wind_dir: Integer = column("Direction of the wind.", unit="°", nullable=True, ge=0, le=360)
    wind_speed: Float = column("Speed of the wind.", unit="mph", nullable=True, ge=0, le=200)
    wind_gust: Float = column("Speed of the gusts.", unit="mph", nullable=True, ge=0, severity="warn")
    precip: Float = column("Precipitation in the hour.", unit="in", nullable=True, ge=0, le=20)
    pressure: Float = column("Pressure at sea level.", unit="mbar", nullable=True, ge=850, le=1100)
    visib: Float = column("Visibility.", unit="mi", nullable=True, ge=0, le=100)
    time_hour: Timestamp = column("Hour of the observation, UTC; joins the flights.")


weather = Source(
    name="weather",
    extract=Files(
        Env("DATAOPS_WEATHER_DIR", default=weather_dir) / "weather-{partition.start:%Y-%m-%d}.csv",
        missing="empty",  # the archive ends on 30 December: a day without a file is a day without observations
    ),
    contract=WeatherRaw,
    partition=Daily(start="2013-01-01", end="2014-01-01", column="weather_date", lookback=2),
    key=["origin", "time_hour"],
    owners=["team:flight-operations"],
)
