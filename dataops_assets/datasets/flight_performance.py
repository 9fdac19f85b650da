"""How each scheduled flight went, with its airline, its plane and the weather it met."""

from dataops_assets.datasets.flights import daily
from dataops_assets.model import Contract, Date, Derived, Float, Integer, Text, Timestamp, column


class FlightPerformance(Contract):
    """One row per scheduled flight, none lost: delays, status, plane, and the weather at departure."""

    flight_date: Date = column("Local date of the scheduled departure.")
    carrier: Text = column("Two-character code of the airline.")
    flight: Integer = column("Flight number.")
    origin: Text = column("Airport of departure, FAA code.")
    carrier_name: Text = column("Name of the airline.", nullable=True)
    tailnum: Text = column("Tail number of the plane.", nullable=True)
    dest: Text = column("Airport of destination, FAA code.")
    dest_name: Text = column("Name of the destination; missing where the airport is unknown.", nullable=True)
    scheduled_departure: Timestamp = column("Scheduled departure, UTC.")
    departure_delay_min: Integer = column("Departure delay; early is negative.", unit="min", nullable=True)
    arrival_delay_min: Integer = column("Arrival delay; early is negative.", unit="min", nullable=True)
    air_time_min: Integer = column("Time in the air.", unit="min", nullable=True, ge=0)
    distance_mi: Integer = column("Distance between the airports.", unit="mi", ge=0)
    status: Text = column("What became of the flight.", isin=["flown", "diverted", "cancelled"])
    plane_year: Integer = column("Year in which the plane was built.", nullable=True)
    plane_model: Text = column("Model of the plane.", nullable=True)
    seats: Integer = column("Number of seats.", nullable=True, ge=0)
    temp_f: Float = column("Temperature at the origin in the scheduled hour.", unit="°F", nullable=True)
    wind_speed_mph: Float = column("Speed of the wind.", unit="mph", nullable=True, ge=0, le=200)
    precip_in: Float = column("Precipitation.", unit="in", nullable=True, ge=0)
    visib_mi: Float = column("Visibility.", unit="mi", nullable=True, ge=0)


flight_performance = Derived(
    name="flight_performance",
    contract=FlightPerformance,
    partition=daily,
    key=["flight_date", "carrier", "flight", "origin"],
    publish=True,
    owners=["team:flight-operations"],
    sql="""
        select
          flights.flight_date, flights.carrier, flights.flight, flights.origin,
          airlines.name as carrier_name,
          flights.tailnum,
          flights.dest,
          airports.name as dest_name,
          timestamp_add(flights.time_hour, interval flights.minute minute) as scheduled_departure,
          flights.dep_delay as departure_delay_min,
          flights.arr_delay as arrival_delay_min,
          flights.air_time as air_time_min,
          flights.distance as distance_mi,
          case
            when flights.dep_time is null then 'cancelled'
            when flights.arr_delay is null then 'diverted'
            else 'flown'
          end as status,
          planes.year as plane_year,
          planes.model as plane_model,
          planes.seats,
          weather.temp as temp_f,
          weather.wind_speed as wind_speed_mph,
          weather.precip as precip_in,
          weather.visib as visib_mi
        from staged.flights as flights
        left join staged.airlines as airlines on airlines.carrier = flights.carrier
        left join staged.airports as airports on airports.faa = flights.dest
        left join staged.planes as planes on planes.tailnum = flights.tailnum
        left join staged.weather as weather
          on weather.origin = flights.origin
          and weather.time_hour = flights.time_hour
          and weather.weather_date >= @window_start and weather.weather_date < @window_end
        where flights.flight_date >= @window_start and flights.flight_date < @window_end
    """,
)
