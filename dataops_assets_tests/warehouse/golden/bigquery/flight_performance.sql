-- transform: 8 statements, in as many jobs where each is one

SELECT ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a0, ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p1_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p1_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a1, ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p2_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p2_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a2, ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p3_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p3_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a3, ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p4_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p4_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a4, ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p5_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p5_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a5, ARRAY(SELECT _row
FROM (SELECT p.partition, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_flights` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p6_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)
GROUP BY p.partition) AS _row) AS a6, ARRAY(SELECT _row
FROM (SELECT p.partition, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_airlines` AS t
CROSS JOIN (SELECT e.`partition`
FROM UNNEST(@p7_t_parts) AS e) AS p
GROUP BY p.partition) AS _row) AS a7, ARRAY(SELECT _row
FROM (SELECT p.partition, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_airports` AS t
CROSS JOIN (SELECT e.`partition`
FROM UNNEST(@p8_t_parts) AS e) AS p
GROUP BY p.partition) AS _row) AS a8, ARRAY(SELECT _row
FROM (SELECT p.partition, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_planes` AS t
CROSS JOIN (SELECT e.`partition`
FROM UNNEST(@p9_t_parts) AS e) AS p
GROUP BY p.partition) AS _row) AS a9, ARRAY(SELECT _row
FROM (SELECT p.partition, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_weather` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p10_t_parts) AS e) AS p ON DATE_TRUNC(t.`weather_date`, DAY) = p.first
WHERE t.`weather_date` >= CAST('2013-01-05' AS DATE) AND t.`weather_date` < CAST('2013-01-06' AS DATE)
GROUP BY p.partition) AS _row) AS a10

SELECT flights.flight_date, flights.carrier, flights.flight, flights.origin, airlines.name AS carrier_name, flights.tailnum, flights.dest,
    airports.name AS dest_name, TIMESTAMP_ADD(flights.time_hour, INTERVAL flights.minute MINUTE) AS scheduled_departure, flights.dep_delay
    AS departure_delay_min, flights.arr_delay AS arrival_delay_min, flights.air_time AS air_time_min, flights.distance AS distance_mi, CASE
    WHEN flights.dep_time IS NULL THEN 'cancelled' WHEN flights.arr_delay IS NULL THEN 'diverted' ELSE 'flown' END AS status, planes.year AS
    plane_year, planes.model AS plane_model, planes.seats, weather.temp AS temp_f, weather.wind_speed AS wind_speed_mph, weather.precip AS
    precip_in, weather.visib AS visib_mi
FROM `stand-in`.`staging`.`raw_flights` AS flights
LEFT JOIN `stand-in`.`staging`.`raw_airlines` AS airlines ON airlines.carrier = flights.carrier
LEFT JOIN `stand-in`.`staging`.`raw_airports` AS airports ON airports.faa = flights.dest
LEFT JOIN `stand-in`.`staging`.`raw_planes` AS planes ON planes.tailnum = flights.tailnum
LEFT JOIN `stand-in`.`staging`.`raw_weather` AS weather ON weather.origin = flights.origin AND weather.time_hour =
    flights.time_hour AND weather.weather_date >= @window_start AND weather.weather_date < @window_end
WHERE flights.flight_date >= @window_start AND flights.flight_date < @window_end

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_audited`
AS SELECT r.`flight_date`, r.`carrier`, r.`flight`, r.`origin`, r.`carrier_name`, r.`tailnum`, r.`dest`, r.`dest_name`,
    r.`scheduled_departure`, r.`departure_delay_min`, r.`arrival_delay_min`, r.`air_time_min`, r.`distance_mi`, r.`status`, r.`plane_year`,
    r.`plane_model`, r.`seats`, r.`temp_f`, r.`wind_speed_mph`, r.`precip_in`, r.`visib_mi`, p.partition AS _slice, CASE WHEN
    ((`flight_date` IS NOT NULL) IS NOT FALSE) AND ((`carrier` IS NOT NULL) IS NOT FALSE) AND ((`flight` IS NOT NULL) IS NOT FALSE) AND
    ((`origin` IS NOT NULL) IS NOT FALSE) AND ((`dest` IS NOT NULL) IS NOT FALSE) AND ((`scheduled_departure` IS NOT NULL) IS NOT FALSE) AND
    ((`air_time_min` >= 0) IS NOT FALSE) AND ((`distance_mi` IS NOT NULL) IS NOT FALSE) AND ((`distance_mi` >= 0) IS NOT FALSE) AND
    ((`status` IS NOT NULL) IS NOT FALSE) AND ((`status` IN ('cancelled', 'diverted', 'flown')) IS NOT FALSE) AND ((`seats` >= 0) IS NOT
    FALSE) AND ((NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`))) IS NOT FALSE) AND ((NOT (IS_INF(`wind_speed_mph`) OR IS_NAN(`wind_speed_mph`)))
    IS NOT FALSE) AND ((`wind_speed_mph` >= 0) IS NOT FALSE) AND ((`wind_speed_mph` <= 200) IS NOT FALSE) AND ((NOT (IS_INF(`precip_in`) OR
    IS_NAN(`precip_in`))) IS NOT FALSE) AND ((`precip_in` >= 0) IS NOT FALSE) AND ((NOT (IS_INF(`visib_mi`) OR IS_NAN(`visib_mi`))) IS NOT
    FALSE) AND ((`visib_mi` >= 0) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (`flight_date` IS NOT NULL) IS FALSE THEN '0,' ELSE '' END,
    CASE WHEN (`carrier` IS NOT NULL) IS FALSE THEN '1,' ELSE '' END, CASE WHEN (`flight` IS NOT NULL) IS FALSE THEN '2,' ELSE '' END, CASE
    WHEN (`origin` IS NOT NULL) IS FALSE THEN '3,' ELSE '' END, CASE WHEN (`dest` IS NOT NULL) IS FALSE THEN '4,' ELSE '' END, CASE WHEN
    (`scheduled_departure` IS NOT NULL) IS FALSE THEN '5,' ELSE '' END, CASE WHEN (`air_time_min` >= 0) IS FALSE THEN '6,' ELSE '' END, CASE
    WHEN (`distance_mi` IS NOT NULL) IS FALSE THEN '7,' ELSE '' END, CASE WHEN (`distance_mi` >= 0) IS FALSE THEN '8,' ELSE '' END, CASE
    WHEN (`status` IS NOT NULL) IS FALSE THEN '9,' ELSE '' END, CASE WHEN (`status` IN ('cancelled', 'diverted', 'flown')) IS FALSE THEN
    '10,' ELSE '' END, CASE WHEN (`seats` >= 0) IS FALSE THEN '11,' ELSE '' END, CASE WHEN (NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`))) IS
    FALSE THEN '12,' ELSE '' END, CASE WHEN (NOT (IS_INF(`wind_speed_mph`) OR IS_NAN(`wind_speed_mph`))) IS FALSE THEN '13,' ELSE '' END,
    CASE WHEN (`wind_speed_mph` >= 0) IS FALSE THEN '14,' ELSE '' END, CASE WHEN (`wind_speed_mph` <= 200) IS FALSE THEN '15,' ELSE '' END,
    CASE WHEN (NOT (IS_INF(`precip_in`) OR IS_NAN(`precip_in`))) IS FALSE THEN '16,' ELSE '' END, CASE WHEN (`precip_in` >= 0) IS FALSE THEN
    '17,' ELSE '' END, CASE WHEN (NOT (IS_INF(`visib_mi`) OR IS_NAN(`visib_mi`))) IS FALSE THEN '18,' ELSE '' END, CASE WHEN (`visib_mi` >=
    0) IS FALSE THEN '19,' ELSE '' END) END AS _rejected, CAST(NULL AS STRING) AS _flagged
FROM (SELECT CAST(`flight_date` AS DATE) AS `flight_date`, CAST(`carrier` AS STRING) AS `carrier`, CAST(`flight` AS INT64) AS `flight`,
    CAST(`origin` AS STRING) AS `origin`, CAST(`carrier_name` AS STRING) AS `carrier_name`, CAST(`tailnum` AS STRING) AS `tailnum`,
    CAST(`dest` AS STRING) AS `dest`, CAST(`dest_name` AS STRING) AS `dest_name`, CAST(`scheduled_departure` AS TIMESTAMP) AS
    `scheduled_departure`, CAST(`departure_delay_min` AS INT64) AS `departure_delay_min`, CAST(`arrival_delay_min` AS INT64) AS
    `arrival_delay_min`, CAST(`air_time_min` AS INT64) AS `air_time_min`, CAST(`distance_mi` AS INT64) AS `distance_mi`, CAST(`status` AS
    STRING) AS `status`, CAST(`plane_year` AS INT64) AS `plane_year`, CAST(`plane_model` AS STRING) AS `plane_model`, CAST(`seats` AS INT64)
    AS `seats`, CAST(`temp_f` AS FLOAT64) AS `temp_f`, CAST(`wind_speed_mph` AS FLOAT64) AS `wind_speed_mph`, CAST(`precip_in` AS FLOAT64)
    AS `precip_in`, CAST(`visib_mi` AS FLOAT64) AS `visib_mi`
FROM (SELECT flights.flight_date, flights.carrier, flights.flight, flights.origin, airlines.name AS carrier_name, flights.tailnum,
    flights.dest, airports.name AS dest_name, TIMESTAMP_ADD(flights.time_hour, INTERVAL flights.minute MINUTE) AS scheduled_departure,
    flights.dep_delay AS departure_delay_min, flights.arr_delay AS arrival_delay_min, flights.air_time AS air_time_min, flights.distance AS
    distance_mi, CASE WHEN flights.dep_time IS NULL THEN 'cancelled' WHEN flights.arr_delay IS NULL THEN 'diverted' ELSE 'flown' END AS
    status, planes.year AS plane_year, planes.model AS plane_model, planes.seats, weather.temp AS temp_f, weather.wind_speed AS
    wind_speed_mph, weather.precip AS precip_in, weather.visib AS visib_mi
FROM `stand-in`.`staging`.`raw_flights` AS flights
LEFT JOIN `stand-in`.`staging`.`raw_airlines` AS airlines ON airlines.carrier = flights.carrier
LEFT JOIN `stand-in`.`staging`.`raw_airports` AS airports ON airports.faa = flights.dest
LEFT JOIN `stand-in`.`staging`.`raw_planes` AS planes ON planes.tailnum = flights.tailnum
LEFT JOIN `stand-in`.`staging`.`raw_weather` AS weather ON weather.origin = flights.origin AND weather.time_hour =
    flights.time_hour AND weather.weather_date >= @p0_window_start AND weather.weather_date < @p0_window_end
WHERE flights.flight_date >= @p0_window_start AND flights.flight_date < @p0_window_end) AS q) AS r
LEFT JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_parts) AS e) AS p ON r.`flight_date` >= CAST('2013-01-05' AS DATE) AND r.`flight_date` < CAST('2013-01-06' AS DATE) AND
    DATE_TRUNC(r.`flight_date`, DAY) = p.first;
SELECT ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p1_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p1_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a0, ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p2_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p2_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a1, ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p3_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p3_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a2, ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p4_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p4_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a3, ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p5_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p5_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a4, ARRAY(SELECT _row
FROM (SELECT COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited`
WHERE _slice IS NULL) AS _row) AS a5, ARRAY(SELECT _row
FROM (SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `flight`, `origin`,
    `carrier_name`, `tailnum`, `dest`, `dest_name`, `scheduled_departure`, `departure_delay_min`, `arrival_delay_min`, `air_time_min`,
    `distance_mi`, `status`, `plane_year`, `plane_model`, `seats`, `temp_f`, `wind_speed_mph`, `precip_in`, `visib_mi`)))) AS STRING) AS
    one, CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `flight`, `origin`, `carrier_name`, `tailnum`,
    `dest`, `dest_name`, `scheduled_departure`, `departure_delay_min`, `arrival_delay_min`, `air_time_min`, `distance_mi`, `status`,
    `plane_year`, `plane_model`, `seats`, `temp_f`, `wind_speed_mph`, `precip_in`, `visib_mi`))) AS NUMERIC)) AS STRING) AS two,
    COUNT(`flight_date`) AS k0, CAST(MIN(`flight_date`) AS STRING) AS min0, CAST(MAX(`flight_date`) AS STRING) AS max0, COUNT(`carrier`) AS
    k1, CAST(MIN(SUBSTR(`carrier`, 1, 100)) AS STRING) AS min1, CAST(MAX(SUBSTR(`carrier`, 1, 100)) AS STRING) AS max1, COUNT(`flight`) AS
    k2, CAST(MIN(`flight`) AS STRING) AS min2, CAST(MAX(`flight`) AS STRING) AS max2, AVG(CAST(`flight` AS FLOAT64)) AS avg2,
    VAR_POP(CAST(`flight` AS FLOAT64)) AS var2, COUNT(`origin`) AS k3, CAST(MIN(SUBSTR(`origin`, 1, 100)) AS STRING) AS min3,
    CAST(MAX(SUBSTR(`origin`, 1, 100)) AS STRING) AS max3, COUNT(`carrier_name`) AS k4, CAST(MIN(SUBSTR(`carrier_name`, 1, 100)) AS STRING)
    AS min4, CAST(MAX(SUBSTR(`carrier_name`, 1, 100)) AS STRING) AS max4, COUNT(`tailnum`) AS k5, CAST(MIN(SUBSTR(`tailnum`, 1, 100)) AS
    STRING) AS min5, CAST(MAX(SUBSTR(`tailnum`, 1, 100)) AS STRING) AS max5, COUNT(`dest`) AS k6, CAST(MIN(SUBSTR(`dest`, 1, 100)) AS
    STRING) AS min6, CAST(MAX(SUBSTR(`dest`, 1, 100)) AS STRING) AS max6, COUNT(`dest_name`) AS k7, CAST(MIN(SUBSTR(`dest_name`, 1, 100)) AS
    STRING) AS min7, CAST(MAX(SUBSTR(`dest_name`, 1, 100)) AS STRING) AS max7, COUNT(`scheduled_departure`) AS k8,
    CAST(MIN(`scheduled_departure`) AS STRING) AS min8, CAST(MAX(`scheduled_departure`) AS STRING) AS max8, COUNT(`departure_delay_min`) AS
    k9, CAST(MIN(`departure_delay_min`) AS STRING) AS min9, CAST(MAX(`departure_delay_min`) AS STRING) AS max9,
    AVG(CAST(`departure_delay_min` AS FLOAT64)) AS avg9, VAR_POP(CAST(`departure_delay_min` AS FLOAT64)) AS var9, COUNT(`arrival_delay_min`)
    AS k10, CAST(MIN(`arrival_delay_min`) AS STRING) AS min10, CAST(MAX(`arrival_delay_min`) AS STRING) AS max10,
    AVG(CAST(`arrival_delay_min` AS FLOAT64)) AS avg10, VAR_POP(CAST(`arrival_delay_min` AS FLOAT64)) AS var10, COUNT(`air_time_min`) AS
    k11, CAST(MIN(`air_time_min`) AS STRING) AS min11, CAST(MAX(`air_time_min`) AS STRING) AS max11, AVG(CAST(`air_time_min` AS FLOAT64)) AS
    avg11, VAR_POP(CAST(`air_time_min` AS FLOAT64)) AS var11, COUNT(`distance_mi`) AS k12, CAST(MIN(`distance_mi`) AS STRING) AS min12,
    CAST(MAX(`distance_mi`) AS STRING) AS max12, AVG(CAST(`distance_mi` AS FLOAT64)) AS avg12, VAR_POP(CAST(`distance_mi` AS FLOAT64)) AS
    var12, COUNT(`status`) AS k13, CAST(MIN(SUBSTR(`status`, 1, 100)) AS STRING) AS min13, CAST(MAX(SUBSTR(`status`, 1, 100)) AS STRING) AS
    max13, COUNT(`plane_year`) AS k14, CAST(MIN(`plane_year`) AS STRING) AS min14, CAST(MAX(`plane_year`) AS STRING) AS max14,
    AVG(CAST(`plane_year` AS FLOAT64)) AS avg14, VAR_POP(CAST(`plane_year` AS FLOAT64)) AS var14, COUNT(`plane_model`) AS k15,
    CAST(MIN(SUBSTR(`plane_model`, 1, 100)) AS STRING) AS min15, CAST(MAX(SUBSTR(`plane_model`, 1, 100)) AS STRING) AS max15, COUNT(`seats`)
    AS k16, CAST(MIN(`seats`) AS STRING) AS min16, CAST(MAX(`seats`) AS STRING) AS max16, AVG(CAST(`seats` AS FLOAT64)) AS avg16,
    VAR_POP(CAST(`seats` AS FLOAT64)) AS var16, COUNT(CASE WHEN NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`)) THEN `temp_f` END) AS k17,
    CAST(MIN(CASE WHEN NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`)) THEN `temp_f` END) AS STRING) AS min17, CAST(MAX(CASE WHEN NOT
    (IS_INF(`temp_f`) OR IS_NAN(`temp_f`)) THEN `temp_f` END) AS STRING) AS max17, AVG(CASE WHEN ABS(`temp_f`) < 1e+140 THEN `temp_f` END)
    AS avg17, VAR_POP(CASE WHEN ABS(`temp_f`) < 1e+140 THEN `temp_f` END) AS var17, COUNT(CASE WHEN NOT (IS_INF(`wind_speed_mph`) OR
    IS_NAN(`wind_speed_mph`)) THEN `wind_speed_mph` END) AS k18, CAST(MIN(CASE WHEN NOT (IS_INF(`wind_speed_mph`) OR
    IS_NAN(`wind_speed_mph`)) THEN `wind_speed_mph` END) AS STRING) AS min18, CAST(MAX(CASE WHEN NOT (IS_INF(`wind_speed_mph`) OR
    IS_NAN(`wind_speed_mph`)) THEN `wind_speed_mph` END) AS STRING) AS max18, AVG(CASE WHEN ABS(`wind_speed_mph`) < 1e+140 THEN
    `wind_speed_mph` END) AS avg18, VAR_POP(CASE WHEN ABS(`wind_speed_mph`) < 1e+140 THEN `wind_speed_mph` END) AS var18, COUNT(CASE WHEN
    NOT (IS_INF(`precip_in`) OR IS_NAN(`precip_in`)) THEN `precip_in` END) AS k19, CAST(MIN(CASE WHEN NOT (IS_INF(`precip_in`) OR
    IS_NAN(`precip_in`)) THEN `precip_in` END) AS STRING) AS min19, CAST(MAX(CASE WHEN NOT (IS_INF(`precip_in`) OR IS_NAN(`precip_in`)) THEN
    `precip_in` END) AS STRING) AS max19, AVG(CASE WHEN ABS(`precip_in`) < 1e+140 THEN `precip_in` END) AS avg19, VAR_POP(CASE WHEN
    ABS(`precip_in`) < 1e+140 THEN `precip_in` END) AS var19, COUNT(CASE WHEN NOT (IS_INF(`visib_mi`) OR IS_NAN(`visib_mi`)) THEN `visib_mi`
    END) AS k20, CAST(MIN(CASE WHEN NOT (IS_INF(`visib_mi`) OR IS_NAN(`visib_mi`)) THEN `visib_mi` END) AS STRING) AS min20, CAST(MAX(CASE
    WHEN NOT (IS_INF(`visib_mi`) OR IS_NAN(`visib_mi`)) THEN `visib_mi` END) AS STRING) AS max20, AVG(CASE WHEN ABS(`visib_mi`) < 1e+140
    THEN `visib_mi` END) AS avg20, VAR_POP(CASE WHEN ABS(`visib_mi`) < 1e+140 THEN `visib_mi` END) AS var20
FROM `stand-in`.`scratch`.`SESSION_audited`
WHERE _slice IS NOT NULL
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS STRING), ',', CAST(u.d AS STRING), ',[', COALESCE(u.counts, ''),
    ']]'), ',') AS spreads
FROM ((SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS STRING) AS counts
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `flight_date` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `flight_date` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `carrier` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `carrier` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d
FROM c
GROUP BY part)
SELECT d.part, 1 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 2 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `flight` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `flight` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `origin` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `origin` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d
FROM c
GROUP BY part)
SELECT d.part, 3 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `carrier_name` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `carrier_name` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d
FROM c
GROUP BY part)
SELECT d.part, 4 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `tailnum` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `tailnum` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d
FROM c
GROUP BY part)
SELECT d.part, 5 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `dest` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `dest` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d
FROM c
GROUP BY part)
SELECT d.part, 6 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `dest_name` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `dest_name` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d
FROM c
GROUP BY part)
SELECT d.part, 7 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, EXTRACT(HOUR
FROM v) AS b, SUM(n) AS n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `scheduled_departure` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `scheduled_departure` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `departure_delay_min` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `departure_delay_min` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part)
UNION ALL (SELECT part, 10 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `arrival_delay_min` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `arrival_delay_min` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 11 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `air_time_min` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `air_time_min` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 12 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `distance_mi` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `distance_mi` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `status` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `status` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d
FROM c
GROUP BY part)
SELECT d.part, 13 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 14 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `plane_year` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `plane_year` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `plane_model` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `plane_model` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d
FROM c
GROUP BY part)
SELECT d.part, 15 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 16 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `seats` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `seats` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 17 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`)) THEN `temp_f` END AS v, COUNT(*)
    AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`)) THEN `temp_f` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 18 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`wind_speed_mph`) OR IS_NAN(`wind_speed_mph`)) THEN
    `wind_speed_mph` END AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`wind_speed_mph`) OR IS_NAN(`wind_speed_mph`)) THEN `wind_speed_mph` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 19 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`precip_in`) OR IS_NAN(`precip_in`)) THEN `precip_in` END AS v,
    COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`precip_in`) OR IS_NAN(`precip_in`)) THEN `precip_in` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 20 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`visib_mi`) OR IS_NAN(`visib_mi`)) THEN `visib_mi` END AS v,
    COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`visib_mi`) OR IS_NAN(`visib_mi`)) THEN `visib_mi` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part)) AS u
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p7_t_parts) AS e) AS p ON u.part = p.first
GROUP BY p.partition) AS s ON f._slice = s.partition) AS _row) AS a6, ARRAY(SELECT _row
FROM (SELECT _slice, SUM(n - 1) AS repeated, MIN(`flight_date`) AS least0, MIN(`carrier`) AS least1, MIN(`flight`) AS least2, MIN(`origin`)
    AS least3
FROM (SELECT _slice, `flight_date`, `carrier`, `flight`, `origin`, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited`
WHERE `flight_date` IS NOT NULL AND `carrier` IS NOT NULL AND `flight` IS NOT NULL AND `origin` IS NOT NULL
GROUP BY _slice, `flight_date`, `carrier`, `flight`, `origin` HAVING COUNT(*) > 1) AS k
GROUP BY _slice) AS _row) AS a7, ARRAY(SELECT _row
FROM (SELECT _slice, COUNT(*) AS n, COUNT(_rejected) AS rejected, COUNT(_flagged) AS flagged
FROM `stand-in`.`scratch`.`SESSION_audited`
GROUP BY _slice) AS _row) AS a8;

SELECT `flight_date`, `carrier`, `flight`, `origin`, `carrier_name`, `tailnum`, `dest`, `dest_name`, `scheduled_departure`,
    `departure_delay_min`, `arrival_delay_min`, `air_time_min`, `distance_mi`, `status`, `plane_year`, `plane_model`, `seats`, `temp_f`,
    `wind_speed_mph`, `precip_in`, `visib_mi`, _slice
FROM `stand-in`.`scratch`.`SESSION_audited`
WHERE _slice IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@t_wanted) AS e)) ORDER BY `_slice`, `flight_date`, `carrier`, `flight`, `origin`

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_transformed_flight_performance`
AS SELECT 0 AS n;
SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_transformed_flight_performance`;

SELECT ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a0, ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p1_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p1_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a1, ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p2_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p2_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a2, ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p3_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p3_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a3, ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p4_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p4_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a4, ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p5_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p5_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a5

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`flight_performance` (`flight_date` DATE OPTIONS(description='Local
    date of the scheduled departure.'), `carrier` STRING OPTIONS(description='Two-character code of the airline.'), `flight` INT64
    OPTIONS(description='Flight number.'), `origin` STRING OPTIONS(description='Airport of departure, FAA code.'), `carrier_name` STRING
    OPTIONS(description='Name of the airline.'), `tailnum` STRING OPTIONS(description='Tail number of the plane.'), `dest` STRING
    OPTIONS(description='Airport of destination, FAA code.'), `dest_name` STRING OPTIONS(description='Name of the destination; missing where
    the airport is unknown.'), `scheduled_departure` TIMESTAMP OPTIONS(description='Scheduled departure, UTC.'), `departure_delay_min` INT64
    OPTIONS(description='Departure delay; early is negative.'), `arrival_delay_min` INT64 OPTIONS(description='Arrival delay; early is
    negative.'), `air_time_min` INT64 OPTIONS(description='Time in the air.'), `distance_mi` INT64 OPTIONS(description='Distance between the
    airports.'), `status` STRING OPTIONS(description='What became of the flight.'), `plane_year` INT64 OPTIONS(description='Year in which
    the plane was built.'), `plane_model` STRING OPTIONS(description='Model of the plane.'), `seats` INT64 OPTIONS(description='Number of
    seats.'), `temp_f` FLOAT64 OPTIONS(description='Temperature at the origin in the scheduled hour.'), `wind_speed_mph` FLOAT64
    OPTIONS(description='Speed of the wind.'), `precip_in` FLOAT64 OPTIONS(description='Precipitation.'), `visib_mi` FLOAT64
    OPTIONS(description='Visibility.')) PARTITION BY `flight_date` CLUSTER BY `carrier`, `flight`, `origin` OPTIONS(description='One row per
    scheduled flight, none lost: delays, status, plane, and the weather at departure.', labels=[('dataset', 'flight_performance'), ('layer',
    'transformed')]);

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_transformed_flight_performance` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`staging`.`flight_performance` AS t
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE) AND DATE_TRUNC(t.`flight_date`, DAY) IN
    (SELECT p.first
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p0_t_changed) AS e) AS p);
INSERT INTO `stand-in`.`staging`.`flight_performance` (`flight_date`, `carrier`, `flight`, `origin`, `carrier_name`,
    `tailnum`, `dest`, `dest_name`, `scheduled_departure`, `departure_delay_min`, `arrival_delay_min`, `air_time_min`, `distance_mi`,
    `status`, `plane_year`, `plane_model`, `seats`, `temp_f`, `wind_speed_mph`, `precip_in`, `visib_mi`)
SELECT `flight_date`, `carrier`, `flight`, `origin`, `carrier_name`, `tailnum`, `dest`, `dest_name`, `scheduled_departure`,
    `departure_delay_min`, `arrival_delay_min`, `air_time_min`, `distance_mi`, `status`, `plane_year`, `plane_model`, `seats`, `temp_f`,
    `wind_speed_mph`, `precip_in`, `visib_mi`
FROM `stand-in`.`scratch`.`SESSION_audited` AS s
WHERE s._slice IN (SELECT p.partition
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p1_t_changed) AS e) AS p);
SELECT IF(NOT EXISTS (SELECT 1
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p2_t_changed) AS e) AS p
LEFT JOIN (SELECT DATE_TRUNC(t.`flight_date`, DAY) AS first, COUNT(*) AS n
FROM `stand-in`.`staging`.`flight_performance` AS t
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)
GROUP BY 1) AS c ON c.first = p.first
WHERE COALESCE(c.n, 0) <> p.expected), 0, ERROR('dataops:expectation 0'));
INSERT INTO `stand-in`.`staging`.`_profiles` (`asset`, `partition`, `column_name`, `kind`, `rows`, `nulls`,
    `distinct_values`, `minimum`, `maximum`, `mean`, `variance`, `counts`, `complete`, `whole`, `run_id`, `recorded_at`, `sequence`,
    `version`)
SELECT `asset`, `partition`, `column_name`, `kind`, `rows`, `nulls`, `distinct_values`, `minimum`, `maximum`, `mean`, `variance`, `counts`,
    `complete`, `whole`, `run_id`, `recorded_at`, `sequence`, `version`
FROM (SELECT e.`asset`, e.`partition`, e.`column_name`, e.`kind`, e.`rows`, e.`nulls`, e.`distinct_values`, e.`minimum`, e.`maximum`,
    e.`mean`, e.`variance`, e.`counts`, e.`complete`, e.`whole`, e.`run_id`, e.`recorded_at`, e.`sequence`, e.`version`
FROM UNNEST(@p4_t_profile_rows) AS e);
INSERT INTO `stand-in`.`staging`.`_ledger` (`id`, `recorded_at`, `asset`, `partition`, `verdict`, `version`, `rows`,
    `rows_read`, `rows_quarantined`, `duplicates_dropped`, `rows_inserted`, `rows_updated`, `rows_deleted`, `reason`, `attempts`, `follows`,
    `inputs`, `checks`, `contract`, `code_version`, `made_by`, `cause`, `provenance`, `difference`, `decision`, `run_id`, `sequence`)
SELECT `id`, `recorded_at`, `asset`, `partition`, `verdict`, `version`, `rows`, `rows_read`, `rows_quarantined`, `duplicates_dropped`,
    `rows_inserted`, `rows_updated`, `rows_deleted`, `reason`, `attempts`, `follows`, `inputs`, `checks`, `contract`, `code_version`,
    `made_by`, `cause`, `provenance`, `difference`, `decision`, `run_id`, `sequence`
FROM (SELECT e.`id`, e.`recorded_at`, e.`asset`, e.`partition`, e.`verdict`, e.`version`, e.`rows`, e.`rows_read`, e.`rows_quarantined`,
    e.`duplicates_dropped`, e.`rows_inserted`, e.`rows_updated`, e.`rows_deleted`, e.`reason`, e.`attempts`, e.`follows`, e.`inputs`,
    e.`checks`, e.`contract`, e.`code_version`, e.`made_by`, e.`cause`, e.`provenance`, e.`difference`, e.`decision`, e.`run_id`,
    e.`sequence`
FROM UNNEST(@p5_t_ledger_entries) AS e);
COMMIT TRANSACTION;

-- publish: 6 statements, in as many jobs where each is one

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_production_flight_performance`
AS SELECT 0 AS n;
SELECT ARRAY(SELECT _row
FROM (SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_production_flight_performance`
UNION ALL SELECT 1 AS i, n
FROM `stand-in`.`staging`.`_swaps_transformed_flight_performance`) AS _row) AS a0, ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p2_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p2_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a1, ARRAY(SELECT _row
FROM (
SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p3_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p3_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a2;

SELECT l.*
FROM `stand-in`.`staging`.`_ledger` AS l
JOIN (SELECT e.`asset`, e.`partition`, e.`version`
FROM UNNEST(@t_ledger_wanted) AS e) AS w ON w.asset = l.asset AND w.partition = l.partition AND w.version = l.version
WHERE l.asset IN ('staged/airlines', 'staged/airports', 'staged/flights', 'staged/planes', 'staged/weather') AND l.verdict = 'passed'
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, l.version ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1

SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `flight`, `origin`,
    `carrier_name`, `tailnum`, `dest`, `dest_name`, `scheduled_departure`, `departure_delay_min`, `arrival_delay_min`, `air_time_min`,
    `distance_mi`, `status`, `plane_year`, `plane_model`, `seats`, `temp_f`, `wind_speed_mph`, `precip_in`, `visib_mi`)))) AS STRING) AS
    one, CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `flight`, `origin`, `carrier_name`, `tailnum`,
    `dest`, `dest_name`, `scheduled_departure`, `departure_delay_min`, `arrival_delay_min`, `air_time_min`, `distance_mi`, `status`,
    `plane_year`, `plane_model`, `seats`, `temp_f`, `wind_speed_mph`, `precip_in`, `visib_mi`))) AS NUMERIC)) AS STRING) AS two
FROM (SELECT t.`flight_date`, t.`carrier`, t.`flight`, t.`origin`, t.`carrier_name`, t.`tailnum`, t.`dest`, t.`dest_name`,
    t.`scheduled_departure`, t.`departure_delay_min`, t.`arrival_delay_min`, t.`air_time_min`, t.`distance_mi`, t.`status`, t.`plane_year`,
    t.`plane_model`, t.`seats`, t.`temp_f`, t.`wind_speed_mph`, t.`precip_in`, t.`visib_mi`, p.partition AS _slice
FROM `stand-in`.`staging`.`flight_performance` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS s
GROUP BY _slice

CREATE TABLE IF NOT EXISTS `stand-in`.`production`.`flight_performance` (`flight_date` DATE OPTIONS(description='Local
    date of the scheduled departure.'), `carrier` STRING OPTIONS(description='Two-character code of the airline.'), `flight` INT64
    OPTIONS(description='Flight number.'), `origin` STRING OPTIONS(description='Airport of departure, FAA code.'), `carrier_name` STRING
    OPTIONS(description='Name of the airline.'), `tailnum` STRING OPTIONS(description='Tail number of the plane.'), `dest` STRING
    OPTIONS(description='Airport of destination, FAA code.'), `dest_name` STRING OPTIONS(description='Name of the destination; missing where
    the airport is unknown.'), `scheduled_departure` TIMESTAMP OPTIONS(description='Scheduled departure, UTC.'), `departure_delay_min` INT64
    OPTIONS(description='Departure delay; early is negative.'), `arrival_delay_min` INT64 OPTIONS(description='Arrival delay; early is
    negative.'), `air_time_min` INT64 OPTIONS(description='Time in the air.'), `distance_mi` INT64 OPTIONS(description='Distance between the
    airports.'), `status` STRING OPTIONS(description='What became of the flight.'), `plane_year` INT64 OPTIONS(description='Year in which
    the plane was built.'), `plane_model` STRING OPTIONS(description='Model of the plane.'), `seats` INT64 OPTIONS(description='Number of
    seats.'), `temp_f` FLOAT64 OPTIONS(description='Temperature at the origin in the scheduled hour.'), `wind_speed_mph` FLOAT64
    OPTIONS(description='Speed of the wind.'), `precip_in` FLOAT64 OPTIONS(description='Precipitation.'), `visib_mi` FLOAT64
    OPTIONS(description='Visibility.')) PARTITION BY `flight_date` CLUSTER BY `carrier`, `flight`, `origin` OPTIONS(description='One row per
    scheduled flight, none lost: delays, status, plane, and the weather at departure.', labels=[('dataset', 'flight_performance'), ('layer',
    'production')]);

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_production_flight_performance` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
SELECT IF((SELECT n
FROM `stand-in`.`staging`.`_swaps_transformed_flight_performance`) = @seen1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`production`.`flight_performance` AS t
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE) AND DATE_TRUNC(t.`flight_date`, DAY) IN
    (SELECT p.first
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p0_t_changed) AS e) AS p);
INSERT INTO `stand-in`.`production`.`flight_performance` (`flight_date`, `carrier`, `flight`, `origin`,
    `carrier_name`, `tailnum`, `dest`, `dest_name`, `scheduled_departure`, `departure_delay_min`, `arrival_delay_min`, `air_time_min`,
    `distance_mi`, `status`, `plane_year`, `plane_model`, `seats`, `temp_f`, `wind_speed_mph`, `precip_in`, `visib_mi`)
SELECT `flight_date`, `carrier`, `flight`, `origin`, `carrier_name`, `tailnum`, `dest`, `dest_name`, `scheduled_departure`,
    `departure_delay_min`, `arrival_delay_min`, `air_time_min`, `distance_mi`, `status`, `plane_year`, `plane_model`, `seats`, `temp_f`,
    `wind_speed_mph`, `precip_in`, `visib_mi`
FROM (SELECT t.`flight_date`, t.`carrier`, t.`flight`, t.`origin`, t.`carrier_name`, t.`tailnum`, t.`dest`, t.`dest_name`,
    t.`scheduled_departure`, t.`departure_delay_min`, t.`arrival_delay_min`, t.`air_time_min`, t.`distance_mi`, t.`status`, t.`plane_year`,
    t.`plane_model`, t.`seats`, t.`temp_f`, t.`wind_speed_mph`, t.`precip_in`, t.`visib_mi`, p.partition AS _slice
FROM `stand-in`.`staging`.`flight_performance` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p1_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS s
WHERE s._slice IN (SELECT p.partition
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p1_t_changed) AS e) AS p);
SELECT IF(NOT EXISTS (SELECT 1
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p2_t_changed) AS e) AS p
LEFT JOIN (SELECT DATE_TRUNC(t.`flight_date`, DAY) AS first, COUNT(*) AS n
FROM `stand-in`.`production`.`flight_performance` AS t
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)
GROUP BY 1) AS c ON c.first = p.first
WHERE COALESCE(c.n, 0) <> p.expected), 0, ERROR('dataops:expectation 0'));
INSERT INTO `stand-in`.`staging`.`_ledger` (`id`, `recorded_at`, `asset`, `partition`, `verdict`, `version`, `rows`,
    `rows_read`, `rows_quarantined`, `duplicates_dropped`, `rows_inserted`, `rows_updated`, `rows_deleted`, `reason`, `attempts`, `follows`,
    `inputs`, `checks`, `contract`, `code_version`, `made_by`, `cause`, `provenance`, `difference`, `decision`, `run_id`, `sequence`)
SELECT `id`, `recorded_at`, `asset`, `partition`, `verdict`, `version`, `rows`, `rows_read`, `rows_quarantined`, `duplicates_dropped`,
    `rows_inserted`, `rows_updated`, `rows_deleted`, `reason`, `attempts`, `follows`, `inputs`, `checks`, `contract`, `code_version`,
    `made_by`, `cause`, `provenance`, `difference`, `decision`, `run_id`, `sequence`
FROM (SELECT e.`id`, e.`recorded_at`, e.`asset`, e.`partition`, e.`verdict`, e.`version`, e.`rows`, e.`rows_read`, e.`rows_quarantined`,
    e.`duplicates_dropped`, e.`rows_inserted`, e.`rows_updated`, e.`rows_deleted`, e.`reason`, e.`attempts`, e.`follows`, e.`inputs`,
    e.`checks`, e.`contract`, e.`code_version`, e.`made_by`, e.`cause`, e.`provenance`, e.`difference`, e.`decision`, e.`run_id`,
    e.`sequence`
FROM UNNEST(@p4_t_ledger_entries) AS e);
COMMIT TRANSACTION;

SELECT ARRAY(SELECT _row
FROM (SELECT p.partition, COUNT(*) AS n
FROM `stand-in`.`production`.`flight_performance` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)
GROUP BY p.partition) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_production_flight_performance`) AS _row) AS a1

-- difference: 2 statements, in as many jobs where each is one

SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed'

SELECT _slice, COUNT(_both) AS n_both, COUNT(_added) AS n_added, COUNT(_removed) AS n_removed, COUNT(_keyless) AS n_keyless, COUNT(CASE WHEN
    _differs0 IS NOT NULL OR _differs1 IS NOT NULL OR _differs2 IS NOT NULL OR _differs3 IS NOT NULL OR _differs4 IS NOT NULL OR _differs5
    IS NOT NULL OR _differs6 IS NOT NULL OR _differs7 IS NOT NULL OR _differs8 IS NOT NULL OR _differs9 IS NOT NULL OR _differs10 IS NOT
    NULL OR _differs11 IS NOT NULL OR _differs12 IS NOT NULL OR _differs13 IS NOT NULL OR _differs14 IS NOT NULL OR _differs15 IS NOT NULL
    OR _differs16 IS NOT NULL THEN 1 END) AS n_changed, COUNT(_differs0) AS n0, TO_JSON_STRING(MIN_BY(_example0, _differs0)) AS MIN0,
    TO_JSON_STRING(MAX_BY(_example0, _differs0)) AS MAX0, COUNT(_differs1) AS n1, TO_JSON_STRING(MIN_BY(_example1, _differs1)) AS MIN1,
    TO_JSON_STRING(MAX_BY(_example1, _differs1)) AS MAX1, COUNT(_differs2) AS n2, TO_JSON_STRING(MIN_BY(_example2, _differs2)) AS MIN2,
    TO_JSON_STRING(MAX_BY(_example2, _differs2)) AS MAX2, COUNT(_differs3) AS n3, TO_JSON_STRING(MIN_BY(_example3, _differs3)) AS MIN3,
    TO_JSON_STRING(MAX_BY(_example3, _differs3)) AS MAX3, COUNT(_differs4) AS n4, TO_JSON_STRING(MIN_BY(_example4, _differs4)) AS MIN4,
    TO_JSON_STRING(MAX_BY(_example4, _differs4)) AS MAX4, COUNT(_differs5) AS n5, TO_JSON_STRING(MIN_BY(_example5, _differs5)) AS MIN5,
    TO_JSON_STRING(MAX_BY(_example5, _differs5)) AS MAX5, SUM(_before5) AS before5, SUM(_after5) AS after5, COUNT(_differs6) AS n6,
    TO_JSON_STRING(MIN_BY(_example6, _differs6)) AS MIN6, TO_JSON_STRING(MAX_BY(_example6, _differs6)) AS MAX6, SUM(_before6) AS before6,
    SUM(_after6) AS after6, COUNT(_differs7) AS n7, TO_JSON_STRING(MIN_BY(_example7, _differs7)) AS MIN7, TO_JSON_STRING(MAX_BY(_example7,
    _differs7)) AS MAX7, SUM(_before7) AS before7, SUM(_after7) AS after7, COUNT(_differs8) AS n8, TO_JSON_STRING(MIN_BY(_example8,
    _differs8)) AS MIN8, TO_JSON_STRING(MAX_BY(_example8, _differs8)) AS MAX8, SUM(_before8) AS before8, SUM(_after8) AS after8,
    COUNT(_differs9) AS n9, TO_JSON_STRING(MIN_BY(_example9, _differs9)) AS MIN9, TO_JSON_STRING(MAX_BY(_example9, _differs9)) AS MAX9,
    COUNT(_differs10) AS n10, TO_JSON_STRING(MIN_BY(_example10, _differs10)) AS MIN10, TO_JSON_STRING(MAX_BY(_example10, _differs10)) AS
    MAX10, SUM(_before10) AS before10, SUM(_after10) AS after10, COUNT(_differs11) AS n11, TO_JSON_STRING(MIN_BY(_example11, _differs11)) AS
    MIN11, TO_JSON_STRING(MAX_BY(_example11, _differs11)) AS MAX11, COUNT(_differs12) AS n12, TO_JSON_STRING(MIN_BY(_example12, _differs12))
    AS MIN12, TO_JSON_STRING(MAX_BY(_example12, _differs12)) AS MAX12, SUM(_before12) AS before12, SUM(_after12) AS after12,
    COUNT(_differs13) AS n13, TO_JSON_STRING(MIN_BY(_example13, _differs13)) AS MIN13, TO_JSON_STRING(MAX_BY(_example13, _differs13)) AS
    MAX13, SUM(_before13) AS before13, SUM(_after13) AS after13, COUNT(_differs14) AS n14, TO_JSON_STRING(MIN_BY(_example14, _differs14)) AS
    MIN14, TO_JSON_STRING(MAX_BY(_example14, _differs14)) AS MAX14, SUM(_before14) AS before14, SUM(_after14) AS after14, COUNT(_differs15)
    AS n15, TO_JSON_STRING(MIN_BY(_example15, _differs15)) AS MIN15, TO_JSON_STRING(MAX_BY(_example15, _differs15)) AS MAX15, SUM(_before15)
    AS before15, SUM(_after15) AS after15, COUNT(_differs16) AS n16, TO_JSON_STRING(MIN_BY(_example16, _differs16)) AS MIN16,
    TO_JSON_STRING(MAX_BY(_example16, _differs16)) AS MAX16, SUM(_before16) AS before16, SUM(_after16) AS after16
FROM (SELECT COALESCE(a._slice, b._slice) AS _slice, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL THEN 1 END AS _both, CASE WHEN
    b._slice IS NULL THEN 1 END AS _added, CASE WHEN a._slice IS NULL THEN 1 END AS _removed, CASE WHEN b._slice IS NOT NULL AND
    (b.`flight_date` IS NULL OR b.`carrier` IS NULL OR b.`flight` IS NULL OR b.`origin` IS NULL) THEN 1 END AS _keyless,
    STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`carrier_name` AS
    `_before`, a.`carrier_name` AS `_after`) AS _example0, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND b.`carrier_name` IS
    DISTINCT FROM a.`carrier_name` THEN a._order END AS _differs0, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS `carrier`,
    a.`flight` AS `flight`, a.`origin` AS `origin`, b.`tailnum` AS `_before`, a.`tailnum` AS `_after`) AS _example1, CASE WHEN b._slice IS
    NOT NULL AND a._slice IS NOT NULL AND b.`tailnum` IS DISTINCT FROM a.`tailnum` THEN a._order END AS _differs1, STRUCT(a.`flight_date` AS
    `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`dest` AS `_before`, a.`dest` AS `_after`) AS
    _example2, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND b.`dest` IS DISTINCT FROM a.`dest` THEN a._order END AS
    _differs2, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`,
    b.`dest_name` AS `_before`, a.`dest_name` AS `_after`) AS _example3, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND
    b.`dest_name` IS DISTINCT FROM a.`dest_name` THEN a._order END AS _differs3, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS
    `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`scheduled_departure` AS `_before`, a.`scheduled_departure` AS `_after`) AS
    _example4, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND b.`scheduled_departure` IS DISTINCT FROM a.`scheduled_departure`
    THEN a._order END AS _differs4, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS
    `origin`, b.`departure_delay_min` AS `_before`, a.`departure_delay_min` AS `_after`) AS _example5, CASE WHEN b._slice IS NOT NULL AND
    a._slice IS NOT NULL AND b.`departure_delay_min` IS DISTINCT FROM a.`departure_delay_min` THEN a._order END AS _differs5,
    CAST(b.`departure_delay_min` AS NUMERIC) AS _before5, CAST(a.`departure_delay_min` AS NUMERIC) AS _after5, STRUCT(a.`flight_date` AS
    `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`arrival_delay_min` AS `_before`,
    a.`arrival_delay_min` AS `_after`) AS _example6, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND b.`arrival_delay_min` IS
    DISTINCT FROM a.`arrival_delay_min` THEN a._order END AS _differs6, CAST(b.`arrival_delay_min` AS NUMERIC) AS _before6,
    CAST(a.`arrival_delay_min` AS NUMERIC) AS _after6, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS
    `flight`, a.`origin` AS `origin`, b.`air_time_min` AS `_before`, a.`air_time_min` AS `_after`) AS _example7, CASE WHEN b._slice IS NOT
    NULL AND a._slice IS NOT NULL AND b.`air_time_min` IS DISTINCT FROM a.`air_time_min` THEN a._order END AS _differs7,
    CAST(b.`air_time_min` AS NUMERIC) AS _before7, CAST(a.`air_time_min` AS NUMERIC) AS _after7, STRUCT(a.`flight_date` AS `flight_date`,
    a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`distance_mi` AS `_before`, a.`distance_mi` AS `_after`) AS
    _example8, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND b.`distance_mi` IS DISTINCT FROM a.`distance_mi` THEN a._order
    END AS _differs8, CAST(b.`distance_mi` AS NUMERIC) AS _before8, CAST(a.`distance_mi` AS NUMERIC) AS _after8, STRUCT(a.`flight_date` AS
    `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`status` AS `_before`, a.`status` AS
    `_after`) AS _example9, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND b.`status` IS DISTINCT FROM a.`status` THEN a._order
    END AS _differs9, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`,
    b.`plane_year` AS `_before`, a.`plane_year` AS `_after`) AS _example10, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND
    b.`plane_year` IS DISTINCT FROM a.`plane_year` THEN a._order END AS _differs10, CAST(b.`plane_year` AS NUMERIC) AS _before10,
    CAST(a.`plane_year` AS NUMERIC) AS _after10, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`,
    a.`origin` AS `origin`, b.`plane_model` AS `_before`, a.`plane_model` AS `_after`) AS _example11, CASE WHEN b._slice IS NOT NULL AND
    a._slice IS NOT NULL AND b.`plane_model` IS DISTINCT FROM a.`plane_model` THEN a._order END AS _differs11, STRUCT(a.`flight_date` AS
    `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`seats` AS `_before`, a.`seats` AS `_after`)
    AS _example12, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND b.`seats` IS DISTINCT FROM a.`seats` THEN a._order END AS
    _differs12, CAST(b.`seats` AS NUMERIC) AS _before12, CAST(a.`seats` AS NUMERIC) AS _after12, STRUCT(a.`flight_date` AS `flight_date`,
    a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`temp_f` AS `_before`, a.`temp_f` AS `_after`) AS
    _example13, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND TO_JSON_STRING(b.`temp_f`) IS DISTINCT FROM
    TO_JSON_STRING(a.`temp_f`) THEN a._order END AS _differs13, CASE WHEN ABS(b.`temp_f`) < 1e+290 THEN b.`temp_f` END AS _before13, CASE
    WHEN ABS(a.`temp_f`) < 1e+290 THEN a.`temp_f` END AS _after13, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier` AS `carrier`,
    a.`flight` AS `flight`, a.`origin` AS `origin`, b.`wind_speed_mph` AS `_before`, a.`wind_speed_mph` AS `_after`) AS _example14, CASE
    WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND TO_JSON_STRING(b.`wind_speed_mph`) IS DISTINCT FROM
    TO_JSON_STRING(a.`wind_speed_mph`) THEN a._order END AS _differs14, CASE WHEN ABS(b.`wind_speed_mph`) < 1e+290 THEN b.`wind_speed_mph`
    END AS _before14, CASE WHEN ABS(a.`wind_speed_mph`) < 1e+290 THEN a.`wind_speed_mph` END AS _after14, STRUCT(a.`flight_date` AS
    `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`precip_in` AS `_before`, a.`precip_in` AS
    `_after`) AS _example15, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND TO_JSON_STRING(b.`precip_in`) IS DISTINCT FROM
    TO_JSON_STRING(a.`precip_in`) THEN a._order END AS _differs15, CASE WHEN ABS(b.`precip_in`) < 1e+290 THEN b.`precip_in` END AS
    _before15, CASE WHEN ABS(a.`precip_in`) < 1e+290 THEN a.`precip_in` END AS _after15, STRUCT(a.`flight_date` AS `flight_date`,
    a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`, b.`visib_mi` AS `_before`, a.`visib_mi` AS `_after`) AS
    _example16, CASE WHEN b._slice IS NOT NULL AND a._slice IS NOT NULL AND TO_JSON_STRING(b.`visib_mi`) IS DISTINCT FROM
    TO_JSON_STRING(a.`visib_mi`) THEN a._order END AS _differs16, CASE WHEN ABS(b.`visib_mi`) < 1e+290 THEN b.`visib_mi` END AS _before16,
    CASE WHEN ABS(a.`visib_mi`) < 1e+290 THEN a.`visib_mi` END AS _after16
FROM (SELECT t.`flight_date`, t.`carrier`, t.`flight`, t.`origin`, t.`carrier_name`, t.`tailnum`, t.`dest`, t.`dest_name`,
    t.`scheduled_departure`, t.`departure_delay_min`, t.`arrival_delay_min`, t.`air_time_min`, t.`distance_mi`, t.`status`, t.`plane_year`,
    t.`plane_model`, t.`seats`, t.`temp_f`, t.`wind_speed_mph`, t.`precip_in`, t.`visib_mi`, p.partition AS _slice
FROM `stand-in`.`production`.`flight_performance` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_compared) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS b FULL OUTER
JOIN (SELECT s.*, FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(s.`flight_date`, s.`carrier`, s.`flight`, s.`origin`))) AS _order
FROM (SELECT t.`flight_date`, t.`carrier`, t.`flight`, t.`origin`, t.`carrier_name`, t.`tailnum`, t.`dest`, t.`dest_name`,
    t.`scheduled_departure`, t.`departure_delay_min`, t.`arrival_delay_min`, t.`air_time_min`, t.`distance_mi`, t.`status`, t.`plane_year`,
    t.`plane_model`, t.`seats`, t.`temp_f`, t.`wind_speed_mph`, t.`precip_in`, t.`visib_mi`, p.partition AS _slice
FROM `stand-in`.`staging`.`flight_performance` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS s) AS a ON b._slice = a._slice AND
    b.`flight_date` = a.`flight_date` AND b.`carrier` = a.`carrier` AND b.`flight` = a.`flight` AND b.`origin` = a.`origin`) AS j
GROUP BY _slice
