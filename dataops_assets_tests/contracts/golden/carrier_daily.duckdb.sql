SELECT
  flight_date,
  carrier,
  MIN(carrier_name) AS carrier_name,
  COUNT(*) AS flights,
  COUNT_IF(status = 'cancelled') AS cancelled,
  COUNT_IF(status = 'diverted') AS diverted,
  AVG(CASE WHEN status <> 'cancelled' THEN departure_delay_min ELSE NULL END) AS mean_departure_delay_min,
  MAX(CASE WHEN status <> 'cancelled' THEN departure_delay_min ELSE NULL END) AS max_departure_delay_min,
  COUNT_IF(status = 'flown' AND arrival_delay_min < 15) / COUNT(*) AS on_time_rate,
  COALESCE(SUM(CASE WHEN status = 'flown' THEN distance_mi ELSE NULL END), 0) AS distance_mi
FROM transformed.flight_performance
WHERE
  flight_date >= $window_start AND flight_date < $window_end
GROUP BY
  flight_date,
  carrier
