"""Scheduled departures from New York's three airports in 2013, from the flights API, a day at a time."""

from dataops_assets.demo import flights_url
from dataops_assets.model import (
    Categories,
    Completeness,
    Contract,
    Correlation,
    Daily,
    Date,
    Distinct,
    Drift,
    Integer,
    Mean,
    NullShare,
    Rule,
    Scale,
    Source,
    Text,
    Timestamp,
    Volume,
    column,
)
from dataops_assets.sources import Env, RestApi, Token

daily = Daily(start="2013-01-01", end="2014-01-01", column="flight_date", lookback=2)


class FlightsRaw(
    Contract,
    rules=[
        Rule(
            "departs_before_it_arrives",
            "arr_time is null or dep_time is not null",
            "a flight that arrived has departed",
            severity="warn",
        )
    ],
):
    """One row per scheduled departure, as the airlines reported it to the Bureau of Transportation Statistics."""

    flight_date: Date = column("Local date of the scheduled departure.", sql="DATE(year, month, day)")
    year: Integer = column("Year of the scheduled departure.", ge=1987, le=2100)
    month: Integer = column("Month of the scheduled departure.", ge=1, le=12)
    day: Integer = column("Day of the scheduled departure.", ge=1, le=31)
    dep_time: Integer = column("Local time of departure, hhmm; missing if cancelled.", nullable=True, ge=0, le=2400)
    sched_dep_time: Integer = column("Local time of the scheduled departure, hhmm.", ge=0, le=2400)
    dep_delay: Integer = column("Departure delay; early is negative.", unit="min", nullable=True, ge=-180, le=3000)
    arr_time: Integer = column("Local time of arrival, hhmm.", nullable=True, ge=0, le=2400)
    sched_arr_time: Integer = column("Local time of the scheduled arrival, hhmm.", ge=0, le=2400)
    arr_delay: Integer = column("Arrival delay; early is negative.", unit="min", nullable=True, ge=-240, le=3000)
    carrier: Text = column("Two-character code of the airline.", pattern="[0-9A-Z]{2}$")
    flight: Integer = column("Flight number.", ge=1, le=9999)
    tailnum: Text = column("Tail number of the plane.", nullable=True)
    origin: Text = column("Airport of departure, FAA code.", isin=["EWR", "JFK", "LGA"])
    dest: Text = column("Airport of destination, FAA code.", pattern="[0-9A-Z]{3}$")
    air_time: Integer = column("Time in the air.", unit="min", nullable=True, ge=1, le=1500)
    distance: Integer = column("Distance between the airports.", unit="mi", ge=1, le=12000)
    hour: Integer = column("Hour of the scheduled departure, local.", ge=0, le=24)
    minute: Integer = column("Minute of the scheduled departure.", ge=0, le=59)
    time_hour: Timestamp = column("Hour of the scheduled departure, UTC; joins the weather.")


flights = Source(
    name="flights",
    extract=RestApi(
        url=Env("DATAOPS_FLIGHTS_URL", default=flights_url) / "v1/flights",
        params={"date": "{partition.start:%Y-%m-%d}", "page_size": 500},
        records="flights",
        paginate=Token("next_page_token", "page_token"),
    ),
    contract=FlightsRaw,
    partition=daily,
    key=["flight_date", "carrier", "flight", "origin", "sched_dep_time"],
    write="merge",
    statistics=[
        Volume(),
        Completeness(),
        NullShare(),
        Distinct(),
        Categories(),
        Scale(),
        Mean(),
        Drift(),
        Correlation(one="dep_delay", other="arr_delay"),
    ],
    holidays="US",
    owners=["team:flight-operations"],
    schedule="30 6 * * *",
)
