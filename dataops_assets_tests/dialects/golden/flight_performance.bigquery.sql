SELECT
  flights.flight_date,
  flights.carrier,
  flights.flight,
  flights.origin,
  airlines.name AS carrier_name,
  flights.tailnum,
  flights.dest,
  airports.name AS dest_name,
  TIMESTAMP_ADD(flights.time_hour, INTERVAL flights.minute MINUTE) AS scheduled_departure,
  flights.dep_delay AS departure_delay_min,
  flights.arr_delay AS arrival_delay_min,
  flights.air_time AS air_time_min,
  flights.distance AS distance_mi,
  CASE
    WHEN flights.dep_time IS NULL
    THEN 'cancelled'
    WHEN flights.arr_delay IS NULL
    THEN 'diverted'
    ELSE 'flown'
  END AS status,
  planes.year AS plane_year,
  planes.model AS plane_model,
  planes.seats,
  weather.temp AS temp_f,
  weather.wind_speed AS wind_speed_mph,
  weather.precip AS precip_in,
  weather.visib AS visib_mi
FROM staged.flights AS flights
LEFT JOIN staged.airlines AS airlines
  ON airlines.carrier = flights.carrier
LEFT JOIN staged.airports AS airports
  ON airports.faa = flights.dest
LEFT JOIN staged.planes AS planes
  ON planes.tailnum = flights.tailnum
LEFT JOIN staged.weather AS weather
  ON weather.origin = flights.origin
  AND weather.time_hour = flights.time_hour
  AND weather.weather_date >= @window_start
  AND weather.weather_date < @window_end
WHERE
  flights.flight_date >= @window_start AND flights.flight_date < @window_end
