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
FROM (SELECT p.partition, COUNT(*) AS n
FROM `stand-in`.`staging`.`flight_performance` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p2_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)
GROUP BY p.partition) AS _row) AS a2

SELECT flight_date, carrier, MIN(carrier_name) AS carrier_name, count(*) AS flights, COUNTIF(status = 'cancelled') AS cancelled,
    COUNTIF(status = 'diverted') AS diverted, avg(IF(status <> 'cancelled', departure_delay_min, NULL)) AS mean_departure_delay_min,
    MAX(IF(status <> 'cancelled', departure_delay_min, NULL)) AS max_departure_delay_min, COUNTIF(status = 'flown' AND arrival_delay_min <
    15) / count(*) AS on_time_rate, coalesce(sum(IF(status = 'flown', distance_mi, NULL)), 0) AS distance_mi
FROM `stand-in`.`staging`.`flight_performance` AS flight_performance
WHERE flight_date >= @window_start AND flight_date < @window_end
GROUP BY flight_date, carrier

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_audited`
AS SELECT r.`flight_date`, r.`carrier`, r.`carrier_name`, r.`flights`, r.`cancelled`, r.`diverted`, r.`mean_departure_delay_min`,
    r.`max_departure_delay_min`, r.`on_time_rate`, r.`distance_mi`, p.partition AS _slice, CASE WHEN ((`flight_date` IS NOT NULL) IS NOT
    FALSE) AND ((`carrier` IS NOT NULL) IS NOT FALSE) AND ((`flights` IS NOT NULL) IS NOT FALSE) AND ((`flights` >= 1) IS NOT FALSE) AND
    ((`cancelled` IS NOT NULL) IS NOT FALSE) AND ((`cancelled` >= 0) IS NOT FALSE) AND ((`diverted` IS NOT NULL) IS NOT FALSE) AND
    ((`diverted` >= 0) IS NOT FALSE) AND ((NOT (IS_INF(`mean_departure_delay_min`) OR IS_NAN(`mean_departure_delay_min`))) IS NOT FALSE) AND
    ((`on_time_rate` IS NOT NULL) IS NOT FALSE) AND ((NOT (IS_INF(`on_time_rate`) OR IS_NAN(`on_time_rate`))) IS NOT FALSE) AND
    ((`on_time_rate` >= 0) IS NOT FALSE) AND ((`on_time_rate` <= 1) IS NOT FALSE) AND ((`distance_mi` IS NOT NULL) IS NOT FALSE) AND
    ((`distance_mi` >= 0) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (`flight_date` IS NOT NULL) IS FALSE THEN '0,' ELSE '' END, CASE
    WHEN (`carrier` IS NOT NULL) IS FALSE THEN '1,' ELSE '' END, CASE WHEN (`flights` IS NOT NULL) IS FALSE THEN '2,' ELSE '' END, CASE WHEN
    (`flights` >= 1) IS FALSE THEN '3,' ELSE '' END, CASE WHEN (`cancelled` IS NOT NULL) IS FALSE THEN '4,' ELSE '' END, CASE WHEN
    (`cancelled` >= 0) IS FALSE THEN '5,' ELSE '' END, CASE WHEN (`diverted` IS NOT NULL) IS FALSE THEN '6,' ELSE '' END, CASE WHEN
    (`diverted` >= 0) IS FALSE THEN '7,' ELSE '' END, CASE WHEN (NOT (IS_INF(`mean_departure_delay_min`) OR
    IS_NAN(`mean_departure_delay_min`))) IS FALSE THEN '8,' ELSE '' END, CASE WHEN (`on_time_rate` IS NOT NULL) IS FALSE THEN '9,' ELSE ''
    END, CASE WHEN (NOT (IS_INF(`on_time_rate`) OR IS_NAN(`on_time_rate`))) IS FALSE THEN '10,' ELSE '' END, CASE WHEN (`on_time_rate` >= 0)
    IS FALSE THEN '11,' ELSE '' END, CASE WHEN (`on_time_rate` <= 1) IS FALSE THEN '12,' ELSE '' END, CASE WHEN (`distance_mi` IS NOT NULL)
    IS FALSE THEN '13,' ELSE '' END, CASE WHEN (`distance_mi` >= 0) IS FALSE THEN '14,' ELSE '' END) END AS _rejected, CAST(NULL AS STRING)
    AS _flagged
FROM (SELECT CAST(`flight_date` AS DATE) AS `flight_date`, CAST(`carrier` AS STRING) AS `carrier`, CAST(`carrier_name` AS STRING) AS
    `carrier_name`, CAST(`flights` AS INT64) AS `flights`, CAST(`cancelled` AS INT64) AS `cancelled`, CAST(`diverted` AS INT64) AS
    `diverted`, CAST(`mean_departure_delay_min` AS FLOAT64) AS `mean_departure_delay_min`, CAST(`max_departure_delay_min` AS INT64) AS
    `max_departure_delay_min`, CAST(`on_time_rate` AS FLOAT64) AS `on_time_rate`, CAST(`distance_mi` AS INT64) AS `distance_mi`
FROM (SELECT flight_date, carrier, MIN(carrier_name) AS carrier_name, count(*) AS flights, COUNTIF(status = 'cancelled') AS cancelled,
    COUNTIF(status = 'diverted') AS diverted, avg(IF(status <> 'cancelled', departure_delay_min, NULL)) AS mean_departure_delay_min,
    MAX(IF(status <> 'cancelled', departure_delay_min, NULL)) AS max_departure_delay_min, COUNTIF(status = 'flown' AND arrival_delay_min <
    15) / count(*) AS on_time_rate, coalesce(sum(IF(status = 'flown', distance_mi, NULL)), 0) AS distance_mi
FROM `stand-in`.`staging`.`flight_performance` AS flight_performance
WHERE flight_date >= @p0_window_start AND flight_date < @p0_window_end
GROUP BY flight_date, carrier) AS q) AS r
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
FROM (SELECT COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited`
WHERE _slice IS NULL) AS _row) AS a1, ARRAY(SELECT _row
FROM (SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `carrier_name`, `flights`,
    `cancelled`, `diverted`, `mean_departure_delay_min`, `max_departure_delay_min`, `on_time_rate`, `distance_mi`)))) AS STRING) AS one,
    CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `carrier_name`, `flights`, `cancelled`, `diverted`,
    `mean_departure_delay_min`, `max_departure_delay_min`, `on_time_rate`, `distance_mi`))) AS NUMERIC)) AS STRING) AS two,
    COUNT(`flight_date`) AS k0, CAST(MIN(`flight_date`) AS STRING) AS min0, CAST(MAX(`flight_date`) AS STRING) AS max0, COUNT(`carrier`) AS
    k1, COUNT(`carrier_name`) AS k2, COUNT(`flights`) AS k3, CAST(MIN(`flights`) AS STRING) AS min3, CAST(MAX(`flights`) AS STRING) AS max3,
    AVG(CAST(`flights` AS FLOAT64)) AS avg3, VAR_POP(CAST(`flights` AS FLOAT64)) AS var3, COUNT(`cancelled`) AS k4, CAST(MIN(`cancelled`) AS
    STRING) AS min4, CAST(MAX(`cancelled`) AS STRING) AS max4, AVG(CAST(`cancelled` AS FLOAT64)) AS avg4, VAR_POP(CAST(`cancelled` AS
    FLOAT64)) AS var4, COUNT(`diverted`) AS k5, CAST(MIN(`diverted`) AS STRING) AS min5, CAST(MAX(`diverted`) AS STRING) AS max5,
    AVG(CAST(`diverted` AS FLOAT64)) AS avg5, VAR_POP(CAST(`diverted` AS FLOAT64)) AS var5, COUNT(CASE WHEN NOT
    (IS_INF(`mean_departure_delay_min`) OR IS_NAN(`mean_departure_delay_min`)) THEN `mean_departure_delay_min` END) AS k6, CAST(MIN(CASE
    WHEN NOT (IS_INF(`mean_departure_delay_min`) OR IS_NAN(`mean_departure_delay_min`)) THEN `mean_departure_delay_min` END) AS STRING) AS
    min6, CAST(MAX(CASE WHEN NOT (IS_INF(`mean_departure_delay_min`) OR IS_NAN(`mean_departure_delay_min`)) THEN `mean_departure_delay_min`
    END) AS STRING) AS max6, AVG(CASE WHEN ABS(`mean_departure_delay_min`) < 1e+140 THEN `mean_departure_delay_min` END) AS avg6,
    VAR_POP(CASE WHEN ABS(`mean_departure_delay_min`) < 1e+140 THEN `mean_departure_delay_min` END) AS var6,
    COUNT(`max_departure_delay_min`) AS k7, CAST(MIN(`max_departure_delay_min`) AS STRING) AS min7, CAST(MAX(`max_departure_delay_min`) AS
    STRING) AS max7, AVG(CAST(`max_departure_delay_min` AS FLOAT64)) AS avg7, VAR_POP(CAST(`max_departure_delay_min` AS FLOAT64)) AS var7,
    COUNT(CASE WHEN NOT (IS_INF(`on_time_rate`) OR IS_NAN(`on_time_rate`)) THEN `on_time_rate` END) AS k8, CAST(MIN(CASE WHEN NOT
    (IS_INF(`on_time_rate`) OR IS_NAN(`on_time_rate`)) THEN `on_time_rate` END) AS STRING) AS min8, CAST(MAX(CASE WHEN NOT
    (IS_INF(`on_time_rate`) OR IS_NAN(`on_time_rate`)) THEN `on_time_rate` END) AS STRING) AS max8, AVG(CASE WHEN ABS(`on_time_rate`) <
    1e+140 THEN `on_time_rate` END) AS avg8, VAR_POP(CASE WHEN ABS(`on_time_rate`) < 1e+140 THEN `on_time_rate` END) AS var8,
    COUNT(`distance_mi`) AS k9, CAST(MIN(`distance_mi`) AS STRING) AS min9, CAST(MAX(`distance_mi`) AS STRING) AS max9,
    AVG(CAST(`distance_mi` AS FLOAT64)) AS avg9, VAR_POP(CAST(`distance_mi` AS FLOAT64)) AS var9
FROM `stand-in`.`scratch`.`SESSION_audited`
WHERE _slice IS NOT NULL
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS STRING), ',', CAST(u.d AS STRING), ',[', COALESCE(u.counts, ''), '],',
    COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM (SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS STRING) AS counts, CAST(NULL AS STRING) AS bounds
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
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `carrier_name` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `carrier_name` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 2 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 3 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `flights` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `flights` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `cancelled` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `cancelled` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `diverted` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `diverted` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 6 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`mean_departure_delay_min`) OR
    IS_NAN(`mean_departure_delay_min`)) THEN `mean_departure_delay_min` END AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`mean_departure_delay_min`) OR IS_NAN(`mean_departure_delay_min`)) THEN `mean_departure_delay_min` END IS NOT
    NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 7 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `max_departure_delay_min` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `max_departure_delay_min` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`on_time_rate`) OR IS_NAN(`on_time_rate`)) THEN `on_time_rate`
    END AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE CASE WHEN NOT (IS_INF(`on_time_rate`) OR IS_NAN(`on_time_rate`)) THEN `on_time_rate` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `distance_mi` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited` AS r
WHERE `distance_mi` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part) AS u
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p3_t_parts) AS e) AS p ON u.part = p.first
GROUP BY p.partition) AS s ON f._slice = s.partition) AS _row) AS a2, ARRAY(SELECT _row
FROM (SELECT _slice, SUM(n - 1) AS repeated, MIN(`flight_date`) AS least0, MIN(`carrier`) AS least1
FROM (SELECT _slice, `flight_date`, `carrier`, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_audited`
WHERE `flight_date` IS NOT NULL AND `carrier` IS NOT NULL
GROUP BY _slice, `flight_date`, `carrier` HAVING COUNT(*) > 1) AS k
GROUP BY _slice) AS _row) AS a3, ARRAY(SELECT _row
FROM (SELECT _slice, COUNT(*) AS n, COUNT(_rejected) AS rejected, COUNT(_flagged) AS flagged
FROM `stand-in`.`scratch`.`SESSION_audited`
GROUP BY _slice) AS _row) AS a4;

SELECT `flight_date`, `carrier`, `carrier_name`, `flights`, `cancelled`, `diverted`, `mean_departure_delay_min`, `max_departure_delay_min`,
    `on_time_rate`, `distance_mi`, _slice
FROM `stand-in`.`scratch`.`SESSION_audited`
WHERE _slice IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@t_wanted) AS e)) ORDER BY `_slice`, `flight_date`, `carrier`

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_transformed_carrier_daily`
AS SELECT 0 AS n;
SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_transformed_carrier_daily`;

SELECT ARRAY(SELECT _row
FROM (SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1) AS _row) AS
    a0, ARRAY(SELECT _row
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
    DESC) = 1 AND verdict = 'passed' ) AS _row) AS a1

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`carrier_daily` (`flight_date` DATE OPTIONS(description='Local date of
    the scheduled departures.'), `carrier` STRING OPTIONS(description='Two-character code of the airline.'), `carrier_name` STRING
    OPTIONS(description='Name of the airline.'), `flights` INT64 OPTIONS(description='Scheduled flights.'), `cancelled` INT64
    OPTIONS(description='Flights that did not depart.'), `diverted` INT64 OPTIONS(description='Flights that departed and did not arrive
    where they were going.'), `mean_departure_delay_min` FLOAT64 OPTIONS(description='Mean departure delay of those that departed.'),
    `max_departure_delay_min` INT64 OPTIONS(description='Longest departure delay.'), `on_time_rate` FLOAT64 OPTIONS(description='Share of
    all scheduled flights that were flown and arrived less than 15 minutes late, the threshold of the US Bureau of Transportation
    Statistics.'), `distance_mi` INT64 OPTIONS(description='Distance of the flown flights, summed.')) PARTITION BY `flight_date` CLUSTER BY
    `carrier` OPTIONS(description='One row per airline and day: flights, cancellations, delays, punctuality.', labels=[('dataset',
    'carrier_daily'), ('layer', 'transformed')]);

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_transformed_carrier_daily` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`staging`.`carrier_daily` AS t
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE) AND DATE_TRUNC(t.`flight_date`, DAY) IN
    (SELECT p.first
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p0_t_changed) AS e) AS p);
INSERT INTO `stand-in`.`staging`.`carrier_daily` (`flight_date`, `carrier`, `carrier_name`, `flights`, `cancelled`,
    `diverted`, `mean_departure_delay_min`, `max_departure_delay_min`, `on_time_rate`, `distance_mi`)
SELECT `flight_date`, `carrier`, `carrier_name`, `flights`, `cancelled`, `diverted`, `mean_departure_delay_min`, `max_departure_delay_min`,
    `on_time_rate`, `distance_mi`
FROM `stand-in`.`scratch`.`SESSION_audited` AS s
WHERE s._slice IN (SELECT p.partition
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p1_t_changed) AS e) AS p);
SELECT IF(NOT EXISTS (SELECT 1
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p2_t_changed) AS e) AS p
LEFT JOIN (SELECT DATE_TRUNC(t.`flight_date`, DAY) AS first, COUNT(*) AS n
FROM `stand-in`.`staging`.`carrier_daily` AS t
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

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_production_carrier_daily`
AS SELECT 0 AS n;
SELECT ARRAY(SELECT _row
FROM (SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_production_carrier_daily`
UNION ALL SELECT 1 AS i, n
FROM `stand-in`.`staging`.`_swaps_transformed_carrier_daily`) AS _row) AS a0, ARRAY(SELECT _row
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

WITH layer0 AS (SELECT l.*
FROM `stand-in`.`staging`.`_ledger` AS l
JOIN (SELECT e.`asset`, e.`partition`, e.`version`
FROM UNNEST(@t_ledger_wanted) AS e) AS w ON w.asset = l.asset AND w.partition = l.partition AND w.version = l.version
WHERE l.asset IN ('transformed/flight_performance') AND l.verdict = 'passed'
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, l.version ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1), layer1 AS (SELECT l.*
FROM `stand-in`.`staging`.`_ledger` AS l
JOIN (SELECT DISTINCT pair
FROM layer0 AS a, UNNEST(SPLIT(REPLACE(REPLACE(a.inputs, '{', ','), '}', ','), ',')) AS pair) AS w ON w.pair = CONCAT('"', l.partition,
    '":"', l.version, '"')
WHERE l.asset IN ('staged/airlines', 'staged/airports', 'staged/flights', 'staged/planes', 'staged/weather',
    'transformed/flight_performance') AND l.verdict = 'passed'
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, l.version ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1)
SELECT *
FROM layer0
UNION ALL SELECT *
FROM layer1

SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `carrier_name`, `flights`,
    `cancelled`, `diverted`, `mean_departure_delay_min`, `max_departure_delay_min`, `on_time_rate`, `distance_mi`)))) AS STRING) AS one,
    CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`, `carrier_name`, `flights`, `cancelled`, `diverted`,
    `mean_departure_delay_min`, `max_departure_delay_min`, `on_time_rate`, `distance_mi`))) AS NUMERIC)) AS STRING) AS two
FROM (SELECT t.`flight_date`, t.`carrier`, t.`carrier_name`, t.`flights`, t.`cancelled`, t.`diverted`, t.`mean_departure_delay_min`,
    t.`max_departure_delay_min`, t.`on_time_rate`, t.`distance_mi`, p.partition AS _slice
FROM `stand-in`.`staging`.`carrier_daily` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS s
GROUP BY _slice

CREATE TABLE IF NOT EXISTS `stand-in`.`production`.`carrier_daily` (`flight_date` DATE OPTIONS(description='Local date
    of the scheduled departures.'), `carrier` STRING OPTIONS(description='Two-character code of the airline.'), `carrier_name` STRING
    OPTIONS(description='Name of the airline.'), `flights` INT64 OPTIONS(description='Scheduled flights.'), `cancelled` INT64
    OPTIONS(description='Flights that did not depart.'), `diverted` INT64 OPTIONS(description='Flights that departed and did not arrive
    where they were going.'), `mean_departure_delay_min` FLOAT64 OPTIONS(description='Mean departure delay of those that departed.'),
    `max_departure_delay_min` INT64 OPTIONS(description='Longest departure delay.'), `on_time_rate` FLOAT64 OPTIONS(description='Share of
    all scheduled flights that were flown and arrived less than 15 minutes late, the threshold of the US Bureau of Transportation
    Statistics.'), `distance_mi` INT64 OPTIONS(description='Distance of the flown flights, summed.')) PARTITION BY `flight_date` CLUSTER BY
    `carrier` OPTIONS(description='One row per airline and day: flights, cancellations, delays, punctuality.', labels=[('dataset',
    'carrier_daily'), ('layer', 'production')]);

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_production_carrier_daily` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
SELECT IF((SELECT n
FROM `stand-in`.`staging`.`_swaps_transformed_carrier_daily`) = @seen1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`production`.`carrier_daily` AS t
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE) AND DATE_TRUNC(t.`flight_date`, DAY) IN
    (SELECT p.first
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p0_t_changed) AS e) AS p);
INSERT INTO `stand-in`.`production`.`carrier_daily` (`flight_date`, `carrier`, `carrier_name`, `flights`, `cancelled`,
    `diverted`, `mean_departure_delay_min`, `max_departure_delay_min`, `on_time_rate`, `distance_mi`)
SELECT `flight_date`, `carrier`, `carrier_name`, `flights`, `cancelled`, `diverted`, `mean_departure_delay_min`, `max_departure_delay_min`,
    `on_time_rate`, `distance_mi`
FROM (SELECT t.`flight_date`, t.`carrier`, t.`carrier_name`, t.`flights`, t.`cancelled`, t.`diverted`, t.`mean_departure_delay_min`,
    t.`max_departure_delay_min`, t.`on_time_rate`, t.`distance_mi`, p.partition AS _slice
FROM `stand-in`.`staging`.`carrier_daily` AS t
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
FROM `stand-in`.`production`.`carrier_daily` AS t
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
FROM `stand-in`.`production`.`carrier_daily` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)
GROUP BY p.partition) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_production_carrier_daily`) AS _row) AS a1

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

WITH rows_b AS (SELECT r.*, FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(r.`flight_date`, r.`carrier`, r.`carrier_name`, r.`flights`,
    r.`cancelled`, r.`diverted`, r.`mean_departure_delay_min`, r.`max_departure_delay_min`, r.`on_time_rate`, r.`distance_mi`))) AS _hash
FROM (SELECT t.`flight_date`, t.`carrier`, t.`carrier_name`, t.`flights`, t.`cancelled`, t.`diverted`, t.`mean_departure_delay_min`,
    t.`max_departure_delay_min`, t.`on_time_rate`, t.`distance_mi`, p.partition AS _slice
FROM `stand-in`.`production`.`carrier_daily` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_compared) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS r), rows_a AS (SELECT r.*,
    FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(r.`flight_date`, r.`carrier`, r.`carrier_name`, r.`flights`, r.`cancelled`, r.`diverted`,
    r.`mean_departure_delay_min`, r.`max_departure_delay_min`, r.`on_time_rate`, r.`distance_mi`))) AS _hash
FROM (SELECT t.`flight_date`, t.`carrier`, t.`carrier_name`, t.`flights`, t.`cancelled`, t.`diverted`, t.`mean_departure_delay_min`,
    t.`max_departure_delay_min`, t.`on_time_rate`, t.`distance_mi`, p.partition AS _slice
FROM `stand-in`.`staging`.`carrier_daily` AS t
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_parts) AS e) AS p ON DATE_TRUNC(t.`flight_date`, DAY) = p.first
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)) AS r), sums_b AS (SELECT _slice,
    COUNT(*) AS n, COUNT(CASE WHEN `flight_date` IS NULL OR `carrier` IS NULL THEN 1 END) AS keyless, COUNT(DISTINCT
    FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `carrier`)))) AS keys, SUM(CAST(`flights` AS NUMERIC)) AS before1,
    SUM(CAST(`cancelled` AS NUMERIC)) AS before2, SUM(CAST(`diverted` AS NUMERIC)) AS before3, SUM(CASE WHEN ABS(`mean_departure_delay_min`)
    < 1e+290 THEN `mean_departure_delay_min` END) AS before4, SUM(CAST(`max_departure_delay_min` AS NUMERIC)) AS before5, SUM(CASE WHEN
    ABS(`on_time_rate`) < 1e+290 THEN `on_time_rate` END) AS before6, SUM(CAST(`distance_mi` AS NUMERIC)) AS before7
FROM rows_b
GROUP BY _slice), sums_a AS (SELECT _slice, COUNT(*) AS n, SUM(CAST(`flights` AS NUMERIC)) AS after1, SUM(CAST(`cancelled` AS NUMERIC)) AS
    after2, SUM(CAST(`diverted` AS NUMERIC)) AS after3, SUM(CASE WHEN ABS(`mean_departure_delay_min`) < 1e+290 THEN
    `mean_departure_delay_min` END) AS after4, SUM(CAST(`max_departure_delay_min` AS NUMERIC)) AS after5, SUM(CASE WHEN ABS(`on_time_rate`)
    < 1e+290 THEN `on_time_rate` END) AS after6, SUM(CAST(`distance_mi` AS NUMERIC)) AS after7
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
    COUNT(COALESCE(_differs0, _differs1, _differs2, _differs3, _differs4, _differs5, _differs6, _differs7)) AS changed
FROM (SELECT *, CASE WHEN NOT (_added OR _removed) AND _b0 IS DISTINCT FROM _a0 THEN _order END AS _differs0, CASE WHEN NOT (_added OR
    _removed) AND _b1 IS DISTINCT FROM _a1 THEN _order END AS _differs1, CASE WHEN NOT (_added OR _removed) AND _b2 IS DISTINCT FROM _a2
    THEN _order END AS _differs2, CASE WHEN NOT (_added OR _removed) AND _b3 IS DISTINCT FROM _a3 THEN _order END AS _differs3, CASE WHEN
    NOT (_added OR _removed) AND TO_JSON_STRING(_b4) IS DISTINCT FROM TO_JSON_STRING(_a4) THEN _order END AS _differs4, CASE WHEN NOT
    (_added OR _removed) AND _b5 IS DISTINCT FROM _a5 THEN _order END AS _differs5, CASE WHEN NOT (_added OR _removed) AND
    TO_JSON_STRING(_b6) IS DISTINCT FROM TO_JSON_STRING(_a6) THEN _order END AS _differs6, CASE WHEN NOT (_added OR _removed) AND _b7 IS
    DISTINCT FROM _a7 THEN _order END AS _differs7
FROM (SELECT COALESCE(a._slice, b._slice) AS _slice, b._slice IS NULL AS _added, a._slice IS NULL AS _removed,
    FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(a.`flight_date`, a.`carrier`))) AS _order, STRUCT(a.`flight_date` AS `flight_date`, a.`carrier`
    AS `carrier`) AS _key, b.`carrier_name` AS _b0, a.`carrier_name` AS _a0, b.`flights` AS _b1, a.`flights` AS _a1, b.`cancelled` AS _b2,
    a.`cancelled` AS _a2, b.`diverted` AS _b3, a.`diverted` AS _a3, b.`mean_departure_delay_min` AS _b4, a.`mean_departure_delay_min` AS
    _a4, b.`max_departure_delay_min` AS _b5, a.`max_departure_delay_min` AS _a5, b.`on_time_rate` AS _b6, a.`on_time_rate` AS _a6,
    b.`distance_mi` AS _b7, a.`distance_mi` AS _a7
FROM (SELECT s.*
FROM rows_b AS s
WHERE NOT EXISTS (SELECT 1
FROM rows_a AS o
WHERE o._hash = s._hash)) AS b FULL OUTER
JOIN (SELECT s.*
FROM rows_a AS s
WHERE NOT EXISTS (SELECT 1
FROM rows_b AS o
WHERE o._hash = s._hash)) AS a ON b._slice = a._slice AND b.`flight_date` = a.`flight_date` AND b.`carrier` = a.`carrier`) AS i) AS j
GROUP BY _slice)
SELECT p.partition, b.n AS n_before, a.n AS n_after, b.keyless, b.keys, c.added, c.removed, c.changed, c.n0, c.example0, c.n1, c.example1,
    b.before1, a.after1, c.n2, c.example2, b.before2, a.after2, c.n3, c.example3, b.before3, a.after3, c.n4, c.example4, b.before4,
    a.after4, c.n5, c.example5, b.before5, a.after5, c.n6, c.example6, b.before6, a.after6, c.n7, c.example7, b.before7, a.after7
FROM (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p0_t_compared) AS e) AS p
LEFT JOIN sums_b AS b ON b._slice = p.partition
LEFT JOIN sums_a AS a ON a._slice = p.partition
LEFT JOIN changes AS c ON c._slice = p.partition
