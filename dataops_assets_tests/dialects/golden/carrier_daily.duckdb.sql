SELECT
  flight_date,
  carrier,
  MIN(carrier_name) AS carrier_name,
  COUNT(*) AS flights,
  COUNT(CASE WHEN status = 'cancelled' THEN 1 END) AS cancelled,
  COUNT(CASE WHEN status = 'diverted' THEN 1 END) AS diverted,
  AVG(CASE WHEN status <> 'cancelled' THEN departure_delay_min ELSE NULL END) AS mean_departure_delay_min,
  MAX(CASE WHEN status <> 'cancelled' THEN departure_delay_min ELSE NULL END) AS max_departure_delay_min,
  COUNT(CASE WHEN status = 'flown' AND arrival_delay_min < 15 THEN 1 END) / COUNT(*) AS on_time_rate,
  COALESCE(SUM(CASE WHEN status = 'flown' THEN distance_mi ELSE NULL END), 0) AS distance_mi
FROM transformed.flight_performance
WHERE
  flight_date >= $window_start AND flight_date < $window_end
GROUP BY
  flight_date,
  carrier
