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
    k1, COUNT(`flight`) AS k2, CAST(MIN(`flight`) AS STRING) AS min2, CAST(MAX(`flight`) AS STRING) AS max2, AVG(CAST(`flight` AS FLOAT64))
    AS avg2, VAR_POP(CAST(`flight` AS FLOAT64)) AS var2, COUNT(`origin`) AS k3, COUNT(`carrier_name`) AS k4, COUNT(`tailnum`) AS k5,
    COUNT(`dest`) AS k6, COUNT(`dest_name`) AS k7, COUNT(`scheduled_departure`) AS k8, CAST(MIN(`scheduled_departure`) AS STRING) AS min8,
    CAST(MAX(`scheduled_departure`) AS STRING) AS max8, COUNT(`departure_delay_min`) AS k9, CAST(MIN(`departure_delay_min`) AS STRING) AS
    min9, CAST(MAX(`departure_delay_min`) AS STRING) AS max9, AVG(CAST(`departure_delay_min` AS FLOAT64)) AS avg9,
    VAR_POP(CAST(`departure_delay_min` AS FLOAT64)) AS var9, COUNT(`arrival_delay_min`) AS k10, CAST(MIN(`arrival_delay_min`) AS STRING) AS
    min10, CAST(MAX(`arrival_delay_min`) AS STRING) AS max10, AVG(CAST(`arrival_delay_min` AS FLOAT64)) AS avg10,
    VAR_POP(CAST(`arrival_delay_min` AS FLOAT64)) AS var10, COUNT(`air_time_min`) AS k11, CAST(MIN(`air_time_min`) AS STRING) AS min11,
    CAST(MAX(`air_time_min`) AS STRING) AS max11, AVG(CAST(`air_time_min` AS FLOAT64)) AS avg11, VAR_POP(CAST(`air_time_min` AS FLOAT64)) AS
    var11, COUNT(`distance_mi`) AS k12, CAST(MIN(`distance_mi`) AS STRING) AS min12, CAST(MAX(`distance_mi`) AS STRING) AS max12,
    AVG(CAST(`distance_mi` AS FLOAT64)) AS avg12, VAR_POP(CAST(`distance_mi` AS FLOAT64)) AS var12, COUNT(`status`) AS k13,
    COUNT(`plane_year`) AS k14, CAST(MIN(`plane_year`) AS STRING) AS min14, CAST(MAX(`plane_year`) AS STRING) AS max14,
    AVG(CAST(`plane_year` AS FLOAT64)) AS avg14, VAR_POP(CAST(`plane_year` AS FLOAT64)) AS var14, COUNT(`plane_model`) AS k15,
    COUNT(`seats`) AS k16, CAST(MIN(`seats`) AS STRING) AS min16, CAST(MAX(`seats`) AS STRING) AS max16, AVG(CAST(`seats` AS FLOAT64)) AS
    avg16, VAR_POP(CAST(`seats` AS FLOAT64)) AS var16, COUNT(CASE WHEN NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`)) THEN `temp_f` END) AS k17,
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
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS STRING), ',', CAST(u.d AS STRING), ',[', COALESCE(u.counts, ''), '],',
    COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM ((SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS STRING) AS counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `flight_date` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `flight_date` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `carrier` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `carrier` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 1 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 2 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
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
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 3 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `carrier_name` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `carrier_name` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 4 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `tailnum` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `tailnum` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 5 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `dest` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `dest` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 6 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `dest_name` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `dest_name` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 7 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, EXTRACT(HOUR
FROM v) AS b, SUM(n) AS n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `scheduled_departure` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `scheduled_departure` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `departure_delay_min` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `departure_delay_min` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part)
UNION ALL (SELECT part, 10 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `arrival_delay_min` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `arrival_delay_min` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 11 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `air_time_min` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `air_time_min` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 12 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
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
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 13 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 14 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
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
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 15 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 16 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `seats` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `seats` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 17 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`)) THEN `temp_f` END AS v, COUNT(*)
    AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`temp_f`) OR IS_NAN(`temp_f`)) THEN `temp_f` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 18 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`wind_speed_mph`) OR IS_NAN(`wind_speed_mph`)) THEN
    `wind_speed_mph` END AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`wind_speed_mph`) OR IS_NAN(`wind_speed_mph`)) THEN `wind_speed_mph` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 19 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`precip_in`) OR IS_NAN(`precip_in`)) THEN `precip_in` END AS v,
    COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`precip_in`) OR IS_NAN(`precip_in`)) THEN `precip_in` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 20 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
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

WITH rows_b AS (SELECT r.*, FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(r.`flight_date`, r.`carrier`, r.`flight`, r.`origin`, r.`carrier_name`,
    r.`tailnum`, r.`dest`, r.`dest_name`, r.`scheduled_departure`, r.`departure_delay_min`, r.`arrival_delay_min`, r.`air_time_min`,
    r.`distance_mi`, r.`status`, r.`plane_year`, r.`plane_model`, r.`seats`, r.`temp_f`, r.`wind_speed_mph`, r.`precip_in`, r.`visib_mi`)))
    AS _hash
FROM (SELECT t.`flight_date`, t.`carrier`, t.`flight`, t.`origin`, t.`carrier_name`, t.`tailnum`, t.`dest`, t.`dest_name`,
    t.`scheduled_departure`, t.`departure_delay_min`, t.`arrival_delay_min`, t.`air_time_min`, t.`distance_mi`, t.`status`, t.`plane_year`,
    t.`plane_model`, t.`seats`, t.`temp_f`, t.`wind_speed_mph`, t.`precip_in`, t.`visib_mi`, p.partition AS _slice
FROM `stand-in`.`production`.`flight_performance` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_compared) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS r), rows_a AS (SELECT r.*,
    FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(r.`flight_date`, r.`carrier`, r.`flight`, r.`origin`, r.`carrier_name`, r.`tailnum`, r.`dest`,
    r.`dest_name`, r.`scheduled_departure`, r.`departure_delay_min`, r.`arrival_delay_min`, r.`air_time_min`, r.`distance_mi`, r.`status`,
    r.`plane_year`, r.`plane_model`, r.`seats`, r.`temp_f`, r.`wind_speed_mph`, r.`precip_in`, r.`visib_mi`))) AS _hash
FROM (SELECT t.`flight_date`, t.`carrier`, t.`flight`, t.`origin`, t.`carrier_name`, t.`tailnum`, t.`dest`, t.`dest_name`,
    t.`scheduled_departure`, t.`departure_delay_min`, t.`arrival_delay_min`, t.`air_time_min`, t.`distance_mi`, t.`status`, t.`plane_year`,
    t.`plane_model`, t.`seats`, t.`temp_f`, t.`wind_speed_mph`, t.`precip_in`, t.`visib_mi`, p.partition AS _slice
FROM `stand-in`.`staging`.`flight_performance` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS r), sums_b AS (SELECT _slice,
    COUNT(*) AS n, COUNT(CASE WHEN `flight_date` IS NULL OR `carrier` IS NULL OR `flight` IS NULL OR `origin` IS NULL THEN 1 END) AS
    keyless, COUNT(DISTINCT FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `flight`, `origin`)))) AS keys,
    SUM(CAST(`departure_delay_min` AS NUMERIC)) AS before5, SUM(CAST(`arrival_delay_min` AS NUMERIC)) AS before6, SUM(CAST(`air_time_min` AS
    NUMERIC)) AS before7, SUM(CAST(`distance_mi` AS NUMERIC)) AS before8, SUM(CAST(`plane_year` AS NUMERIC)) AS before10, SUM(CAST(`seats`
    AS NUMERIC)) AS before12, SUM(CASE WHEN ABS(`temp_f`) < 1e+290 THEN `temp_f` END) AS before13, SUM(CASE WHEN ABS(`wind_speed_mph`) <
    1e+290 THEN `wind_speed_mph` END) AS before14, SUM(CASE WHEN ABS(`precip_in`) < 1e+290 THEN `precip_in` END) AS before15, SUM(CASE WHEN
    ABS(`visib_mi`) < 1e+290 THEN `visib_mi` END) AS before16
FROM rows_b
GROUP BY _slice), sums_a AS (SELECT _slice, COUNT(*) AS n, SUM(CAST(`departure_delay_min` AS NUMERIC)) AS after5,
    SUM(CAST(`arrival_delay_min` AS NUMERIC)) AS after6, SUM(CAST(`air_time_min` AS NUMERIC)) AS after7, SUM(CAST(`distance_mi` AS NUMERIC))
    AS after8, SUM(CAST(`plane_year` AS NUMERIC)) AS after10, SUM(CAST(`seats` AS NUMERIC)) AS after12, SUM(CASE WHEN ABS(`temp_f`) < 1e+290
    THEN `temp_f` END) AS after13, SUM(CASE WHEN ABS(`wind_speed_mph`) < 1e+290 THEN `wind_speed_mph` END) AS after14, SUM(CASE WHEN
    ABS(`precip_in`) < 1e+290 THEN `precip_in` END) AS after15, SUM(CASE WHEN ABS(`visib_mi`) < 1e+290 THEN `visib_mi` END) AS after16
FROM rows_a
GROUP BY _slice), changes AS (SELECT _slice, COUNT(CASE WHEN _added THEN 1 END) AS added, COUNT(CASE WHEN _removed THEN 1 END) AS removed,
    COUNT(_differs0) AS n0, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b0 AS `_before`, _a0 AS `_after`), _differs0)) AS example0,
    COUNT(_differs1) AS n1, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b1 AS `_before`, _a1 AS `_after`), _differs1)) AS example1,
    COUNT(_differs2) AS n2, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b2 AS `_before`, _a2 AS `_after`), _differs2)) AS example2,
    COUNT(_differs3) AS n3, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b3 AS `_before`, _a3 AS `_after`), _differs3)) AS example3,
    COUNT(_differs4) AS n4, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b4 AS `_before`, _a4 AS `_after`), _differs4)) AS example4,
    COUNT(_differs5) AS n5, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b5 AS `_before`, _a5 AS `_after`), _differs5)) AS example5,
    COUNT(_differs6) AS n6, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b6 AS `_before`, _a6 AS `_after`), _differs6)) AS example6,
    COUNT(_differs7) AS n7, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b7 AS `_before`, _a7 AS `_after`), _differs7)) AS example7,
    COUNT(_differs8) AS n8, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b8 AS `_before`, _a8 AS `_after`), _differs8)) AS example8,
    COUNT(_differs9) AS n9, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b9 AS `_before`, _a9 AS `_after`), _differs9)) AS example9,
    COUNT(_differs10) AS n10, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b10 AS `_before`, _a10 AS `_after`), _differs10)) AS example10,
    COUNT(_differs11) AS n11, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b11 AS `_before`, _a11 AS `_after`), _differs11)) AS example11,
    COUNT(_differs12) AS n12, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b12 AS `_before`, _a12 AS `_after`), _differs12)) AS example12,
    COUNT(_differs13) AS n13, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b13 AS `_before`, _a13 AS `_after`), _differs13)) AS example13,
    COUNT(_differs14) AS n14, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b14 AS `_before`, _a14 AS `_after`), _differs14)) AS example14,
    COUNT(_differs15) AS n15, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b15 AS `_before`, _a15 AS `_after`), _differs15)) AS example15,
    COUNT(_differs16) AS n16, TO_JSON_STRING(MIN_BY(STRUCT(_key AS `_key`, _b16 AS `_before`, _a16 AS `_after`), _differs16)) AS example16,
    COUNT(COALESCE(_differs0, _differs1, _differs2, _differs3, _differs4, _differs5, _differs6, _differs7, _differs8, _differs9, _differs10,
    _differs11, _differs12, _differs13, _differs14, _differs15, _differs16)) AS changed
FROM (SELECT *, CASE WHEN NOT (_added OR _removed) AND _b0 IS DISTINCT FROM _a0 THEN _order END AS _differs0, CASE WHEN NOT (_added OR
    _removed) AND _b1 IS DISTINCT FROM _a1 THEN _order END AS _differs1, CASE WHEN NOT (_added OR _removed) AND _b2 IS DISTINCT FROM _a2
    THEN _order END AS _differs2, CASE WHEN NOT (_added OR _removed) AND _b3 IS DISTINCT FROM _a3 THEN _order END AS _differs3, CASE WHEN
    NOT (_added OR _removed) AND _b4 IS DISTINCT FROM _a4 THEN _order END AS _differs4, CASE WHEN NOT (_added OR _removed) AND _b5 IS
    DISTINCT FROM _a5 THEN _order END AS _differs5, CASE WHEN NOT (_added OR _removed) AND _b6 IS DISTINCT FROM _a6 THEN _order END AS
    _differs6, CASE WHEN NOT (_added OR _removed) AND _b7 IS DISTINCT FROM _a7 THEN _order END AS _differs7, CASE WHEN NOT (_added OR
    _removed) AND _b8 IS DISTINCT FROM _a8 THEN _order END AS _differs8, CASE WHEN NOT (_added OR _removed) AND _b9 IS DISTINCT FROM _a9
    THEN _order END AS _differs9, CASE WHEN NOT (_added OR _removed) AND _b10 IS DISTINCT FROM _a10 THEN _order END AS _differs10, CASE WHEN
    NOT (_added OR _removed) AND _b11 IS DISTINCT FROM _a11 THEN _order END AS _differs11, CASE WHEN NOT (_added OR _removed) AND _b12 IS
    DISTINCT FROM _a12 THEN _order END AS _differs12, CASE WHEN NOT (_added OR _removed) AND TO_JSON_STRING(_b13) IS DISTINCT FROM
    TO_JSON_STRING(_a13) THEN _order END AS _differs13, CASE WHEN NOT (_added OR _removed) AND TO_JSON_STRING(_b14) IS DISTINCT FROM
    TO_JSON_STRING(_a14) THEN _order END AS _differs14, CASE WHEN NOT (_added OR _removed) AND TO_JSON_STRING(_b15) IS DISTINCT FROM
    TO_JSON_STRING(_a15) THEN _order END AS _differs15, CASE WHEN NOT (_added OR _removed) AND TO_JSON_STRING(_b16) IS DISTINCT FROM
    TO_JSON_STRING(_a16) THEN _order END AS _differs16
FROM (SELECT COALESCE(a._slice, b._slice) AS _slice, b._slice IS NULL AS _added, a._slice IS NULL AS _removed,
    FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(a.`flight_date`, a.`carrier`, a.`flight`, a.`origin`))) AS _order, STRUCT(a.`flight_date` AS
    `flight_date`, a.`carrier` AS `carrier`, a.`flight` AS `flight`, a.`origin` AS `origin`) AS _key, b.`carrier_name` AS _b0,
    a.`carrier_name` AS _a0, b.`tailnum` AS _b1, a.`tailnum` AS _a1, b.`dest` AS _b2, a.`dest` AS _a2, b.`dest_name` AS _b3, a.`dest_name`
    AS _a3, b.`scheduled_departure` AS _b4, a.`scheduled_departure` AS _a4, b.`departure_delay_min` AS _b5, a.`departure_delay_min` AS _a5,
    b.`arrival_delay_min` AS _b6, a.`arrival_delay_min` AS _a6, b.`air_time_min` AS _b7, a.`air_time_min` AS _a7, b.`distance_mi` AS _b8,
    a.`distance_mi` AS _a8, b.`status` AS _b9, a.`status` AS _a9, b.`plane_year` AS _b10, a.`plane_year` AS _a10, b.`plane_model` AS _b11,
    a.`plane_model` AS _a11, b.`seats` AS _b12, a.`seats` AS _a12, b.`temp_f` AS _b13, a.`temp_f` AS _a13, b.`wind_speed_mph` AS _b14,
    a.`wind_speed_mph` AS _a14, b.`precip_in` AS _b15, a.`precip_in` AS _a15, b.`visib_mi` AS _b16, a.`visib_mi` AS _a16
FROM (SELECT s.*
FROM rows_b AS s
WHERE NOT EXISTS (SELECT 1
FROM rows_a AS o
WHERE o._hash = s._hash)) AS b FULL OUTER
JOIN (SELECT s.*
FROM rows_a AS s
WHERE NOT EXISTS (SELECT 1
FROM rows_b AS o
WHERE o._hash = s._hash)) AS a ON b._slice = a._slice AND b.`flight_date` = a.`flight_date` AND b.`carrier` = a.`carrier` AND b.`flight` =
    a.`flight` AND b.`origin` = a.`origin`) AS i) AS j
GROUP BY _slice)
SELECT p.partition, b.n AS n_before, a.n AS n_after, b.keyless, b.keys, c.added, c.removed, c.changed, c.n0, c.example0, c.n1, c.example1,
    c.n2, c.example2, c.n3, c.example3, c.n4, c.example4, c.n5, c.example5, b.before5, a.after5, c.n6, c.example6, b.before6, a.after6,
    c.n7, c.example7, b.before7, a.after7, c.n8, c.example8, b.before8, a.after8, c.n9, c.example9, c.n10, c.example10, b.before10,
    a.after10, c.n11, c.example11, c.n12, c.example12, b.before12, a.after12, c.n13, c.example13, b.before13, a.after13, c.n14, c.example14,
    b.before14, a.after14, c.n15, c.example15, b.before15, a.after15, c.n16, c.example16, b.before16, a.after16
FROM (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_compared) AS e) AS p
LEFT JOIN sums_b AS b ON b._slice = p.partition
LEFT JOIN sums_a AS a ON a._slice = p.partition
LEFT JOIN changes AS c ON c._slice = p.partition
