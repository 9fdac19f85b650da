"""Features for a model that predicts arrival delays: what was known before the day of the flight."""

import pandas as pd

from dataops_assets.datasets.flights import daily
from dataops_assets.model import Contract, Date, Float, Integer, Text, Window, column, derived

DAYS = 7
KEY = ["flight_date", "carrier", "flight", "origin"]
CARRIER, ROUTE = ["carrier"], ["origin", "dest"]
AVERAGED = ["flight_date", "status", "arrival_delay_min"]


class DelayFeatures(Contract):
    """One row per scheduled flight, for training: features from the days before it, and its arrival delay as label."""

    flight_date: Date = column("Local date of the scheduled departure.")
    carrier: Text = column("Two-character code of the airline.")
    flight: Integer = column("Flight number.")
    origin: Text = column("Airport of departure, FAA code.")
    hour: Integer = column("Local hour of the scheduled departure.", ge=0, le=24)
    weekday: Integer = column("Day of the week of the scheduled departure, Monday is 1.", ge=1, le=7)
    distance_mi: Integer = column("Distance between the airports.", unit="mi", ge=0)
    carrier_mean_arrival_delay_7d: Float = column(
        "Mean arrival delay of the airline's flown flights on the 7 days before.", unit="min", nullable=True
    )
    route_mean_arrival_delay_7d: Float = column(
        "Mean arrival delay of the flown flights of this origin and destination on the 7 days before.",
        unit="min",
        nullable=True,
    )
    arrival_delay_min: Integer = column("The label: arrival delay; missing if not flown.", unit="min", nullable=True)


@derived(
    contract=DelayFeatures,
    partition=daily,
    key=KEY,
    history={"flight_performance": DAYS},
    columns={
        "flight_performance": [*KEY, "dest", "status", "distance_mi", "arrival_delay_min"],
        "flights": [*KEY, "hour"],
    },
    lineage={
        **{name: [f"flight_performance.{name}"] for name in (*KEY, "distance_mi", "arrival_delay_min")},
        "hour": ["flights.hour"],
        "weekday": ["flight_performance.flight_date"],
        "carrier_mean_arrival_delay_7d": [f"flight_performance.{name}" for name in (*CARRIER, *AVERAGED)],
        "route_mean_arrival_delay_7d": [f"flight_performance.{name}" for name in (*ROUTE, *AVERAGED)],
    },
    publish=True,
    owners=["team:data-science"],
)
def delay_features(flight_performance: pd.DataFrame, flights: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Nothing from the day itself or later may leak into a feature: the means end on the day before."""
    start, end = (pd.Timestamp(moment).tz_localize(None) for moment in (window.start, window.end))
    day = flight_performance["flight_date"]
    rows = flight_performance.loc[(day >= start) & (day < end)]
    flown = flight_performance.loc[flight_performance["status"] == "flown"]
    rows = rows.merge(flights, on=KEY, how="left")
    for name, by in (("carrier", CARRIER), ("route", ROUTE)):
        column_name = f"{name}_mean_arrival_delay_7d"
        rows = rows.merge(_mean_of_days_before(flown, by, column_name), on=[*by, "flight_date"], how="left")
    rows = rows.assign(weekday=rows["flight_date"].dt.dayofweek + 1)
    return rows.reindex(columns=list(DelayFeatures.to_schema().columns))


def _mean_of_days_before(flown: pd.DataFrame, by: list[str], name: str) -> pd.DataFrame:
    """Per `by` and flight_date: the mean arrival delay of the flown flights of the 7 days before, that day excluded."""
    daily_totals = flown.groupby([*by, "flight_date"], as_index=False).agg(
        total=("arrival_delay_min", "sum"), count=("arrival_delay_min", "count")
    )
    # Each day's totals count for each of the seven days after it.
    spread = pd.concat(
        daily_totals.assign(flight_date=(daily_totals["flight_date"] + pd.Timedelta(days=n)).astype("datetime64[us]"))
        for n in range(1, DAYS + 1)
    )
    sums = spread.groupby([*by, "flight_date"], as_index=False).agg(total=("total", "sum"), count=("count", "sum"))
    means = sums.assign(**{name: (sums["total"] / sums["count"]).astype("float64")})
    return means.reindex(columns=[*by, "flight_date", name])
