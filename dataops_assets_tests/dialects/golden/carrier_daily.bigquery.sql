SELECT
  flight_date,
  carrier,
  MIN(carrier_name) AS carrier_name,
  count(*) AS flights,
  COUNTIF(status = 'cancelled') AS cancelled,
  COUNTIF(status = 'diverted') AS diverted,
  avg(IF(status <> 'cancelled', departure_delay_min, NULL)) AS mean_departure_delay_min,
  MAX(IF(status <> 'cancelled', departure_delay_min, NULL)) AS max_departure_delay_min,
  COUNTIF(status = 'flown' AND arrival_delay_min < 15) / count(*) AS on_time_rate,
  coalesce(sum(IF(status = 'flown', distance_mi, NULL)), 0) AS distance_mi
FROM transformed.flight_performance
WHERE
  flight_date >= @window_start AND flight_date < @window_end
GROUP BY
  flight_date,
  carrier
