"""How each airline did on each day."""

from dataops_assets.datasets.flights import daily
from dataops_assets.model import Contract, Date, Derived, Float, Integer, Text, column


class CarrierDaily(Contract):
    """One row per airline and day: flights, cancellations, delays, punctuality."""

    flight_date: Date = column("Local date of the scheduled departures.")
    carrier: Text = column("Two-character code of the airline.")
    carrier_name: Text = column("Name of the airline.", nullable=True)
    flights: Integer = column("Scheduled flights.", ge=1)
    cancelled: Integer = column("Flights that did not depart.", ge=0)
    diverted: Integer = column("Flights that departed and did not arrive where they were going.", ge=0)
    mean_departure_delay_min: Float = column("Mean departure delay of those that departed.", unit="min", nullable=True)
    max_departure_delay_min: Integer = column("Longest departure delay.", unit="min", nullable=True)
    on_time_rate: Float = column(
        "Share of all scheduled flights that were flown and arrived less than 15 minutes late, the threshold of the "
        "US Bureau of Transportation Statistics.",
        ge=0,
        le=1,
    )
    distance_mi: Integer = column("Distance of the flown flights, summed.", unit="mi", ge=0)


carrier_daily = Derived(
    name="carrier_daily",
    contract=CarrierDaily,
    partition=daily,
    key=["flight_date", "carrier"],
    publish=True,
    owners=["team:flight-operations"],
    sql="""
        select
          flight_date,
          carrier,
          min(carrier_name) as carrier_name,
          count(*) as flights,
          countif(status = 'cancelled') as cancelled,
          countif(status = 'diverted') as diverted,
          avg(if(status <> 'cancelled', departure_delay_min, null)) as mean_departure_delay_min,
          max(if(status <> 'cancelled', departure_delay_min, null)) as max_departure_delay_min,
          countif(status = 'flown' and arrival_delay_min < 15) / count(*) as on_time_rate,
          coalesce(sum(if(status = 'flown', distance_mi, null)), 0) as distance_mi
        from transformed.flight_performance
        where flight_date >= @window_start and flight_date < @window_end
        group by flight_date, carrier
    """,
)
