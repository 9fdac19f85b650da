-- load: 9 statements, in as many jobs where each is one

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

-- load job: CSV LAKE/raw_weather/date=2013-01-05/created_at=ATTEMPT/weather-2013-01-05.csv INTO
    stand-in.scratch.SESSION_raw_part_0_0

SELECT *
FROM (SELECT NULLIF(c0, '') AS `origin`, NULLIF(c1, '') AS `year`, NULLIF(c2, '') AS `month`, NULLIF(c3, '') AS `day`, NULLIF(c4, '') AS
    `hour`, NULLIF(c5, '') AS `temp`, NULLIF(c6, '') AS `dewp`, NULLIF(c7, '') AS `humid`, NULLIF(c8, '') AS `wind_dir`, NULLIF(c9, '') AS
    `wind_speed`, NULLIF(c10, '') AS `wind_gust`, NULLIF(c11, '') AS `precip`, NULLIF(c12, '') AS `pressure`, NULLIF(c13, '') AS `visib`,
    NULLIF(c14, '') AS `time_hour`, 'LAKE/raw_weather/date=2013-01-05/created_at=ATTEMPT/weather-2013-01-05.csv' AS _file, CAST(NULL AS
    STRING) AS _unreadable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`)

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_incoming`
AS SELECT `weather_date`, `origin`, `year`, `month`, `day`, `hour`, `temp`, `dewp`, `humid`, `wind_dir`, `wind_speed`, `wind_gust`,
    `precip`, `pressure`, `visib`, `time_hour`, _slice, _attempt, _order, _rejected, _flagged, CASE WHEN _rejected IS NOT NULL OR _flagged
    IS NOT NULL THEN COALESCE(_unreadable, TO_JSON_STRING(STRUCT(CAST(_r0 AS STRING) AS `origin`, CAST(_r1 AS STRING) AS `year`, CAST(_r2 AS
    STRING) AS `month`, CAST(_r3 AS STRING) AS `day`, CAST(_r4 AS STRING) AS `hour`, CAST(_r5 AS STRING) AS `temp`, CAST(_r6 AS STRING) AS
    `dewp`, CAST(_r7 AS STRING) AS `humid`, CAST(_r8 AS STRING) AS `wind_dir`, CAST(_r9 AS STRING) AS `wind_speed`, CAST(_r10 AS STRING) AS
    `wind_gust`, CAST(_r11 AS STRING) AS `precip`, CAST(_r12 AS STRING) AS `pressure`, CAST(_r13 AS STRING) AS `visib`, CAST(_r14 AS STRING)
    AS `time_hour`))) END AS _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r1 IS NULL OR `year` IS NOT NULL)) IS NOT FALSE) AND (((_r2 IS NULL
    OR `month` IS NOT NULL)) IS NOT FALSE) AND (((_r3 IS NULL OR `day` IS NOT NULL)) IS NOT FALSE) AND (((_r4 IS NULL OR `hour` IS NOT
    NULL)) IS NOT FALSE) AND (((_r5 IS NULL OR `temp` IS NOT NULL)) IS NOT FALSE) AND (((_r6 IS NULL OR `dewp` IS NOT NULL)) IS NOT FALSE)
    AND (((_r7 IS NULL OR `humid` IS NOT NULL)) IS NOT FALSE) AND (((_r8 IS NULL OR `wind_dir` IS NOT NULL)) IS NOT FALSE) AND (((_r9 IS
    NULL OR `wind_speed` IS NOT NULL)) IS NOT FALSE) AND (((_r10 IS NULL OR `wind_gust` IS NOT NULL)) IS NOT FALSE) AND (((_r11 IS NULL OR
    `precip` IS NOT NULL)) IS NOT FALSE) AND (((_r12 IS NULL OR `pressure` IS NOT NULL)) IS NOT FALSE) AND (((_r13 IS NULL OR `visib` IS NOT
    NULL)) IS NOT FALSE) AND (((_r14 IS NULL OR `time_hour` IS NOT NULL)) IS NOT FALSE) AND ((COALESCE(`weather_date` >= _first AND
    `weather_date` < _after, _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`weather_date` IS NOT NULL) IS NOT FALSE) AND (((_r0 IS NOT NULL
    OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`origin` IN ('EWR', 'JFK', 'LGA')) IS NOT FALSE) AND (((_r1 IS NOT NULL OR _unreadable
    IS NOT NULL)) IS NOT FALSE) AND ((`year` >= 1987) IS NOT FALSE) AND ((`year` <= 2100) IS NOT FALSE) AND (((_r2 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`month` >= 1) IS NOT FALSE) AND ((`month` <= 12) IS NOT FALSE) AND (((_r3 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`day` >= 1) IS NOT FALSE) AND ((`day` <= 31) IS NOT FALSE) AND (((_r4 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`hour` >= 0) IS NOT FALSE) AND ((`hour` <= 23) IS NOT FALSE) AND ((NOT (IS_INF(`temp`) OR
    IS_NAN(`temp`))) IS NOT FALSE) AND ((`temp` >= -60) IS NOT FALSE) AND ((`temp` <= 140) IS NOT FALSE) AND ((NOT (IS_INF(`dewp`) OR
    IS_NAN(`dewp`))) IS NOT FALSE) AND ((`dewp` >= -80) IS NOT FALSE) AND ((`dewp` <= 100) IS NOT FALSE) AND ((NOT (IS_INF(`humid`) OR
    IS_NAN(`humid`))) IS NOT FALSE) AND ((`humid` >= 0) IS NOT FALSE) AND ((`humid` <= 101) IS NOT FALSE) AND ((`wind_dir` >= 0) IS NOT
    FALSE) AND ((`wind_dir` <= 360) IS NOT FALSE) AND ((NOT (IS_INF(`wind_speed`) OR IS_NAN(`wind_speed`))) IS NOT FALSE) AND ((`wind_speed`
    >= 0) IS NOT FALSE) AND ((`wind_speed` <= 200) IS NOT FALSE) AND ((NOT (IS_INF(`precip`) OR IS_NAN(`precip`))) IS NOT FALSE) AND
    ((`precip` >= 0) IS NOT FALSE) AND ((`precip` <= 20) IS NOT FALSE) AND ((NOT (IS_INF(`pressure`) OR IS_NAN(`pressure`))) IS NOT FALSE)
    AND ((`pressure` >= 850) IS NOT FALSE) AND ((`pressure` <= 1100) IS NOT FALSE) AND ((NOT (IS_INF(`visib`) OR IS_NAN(`visib`))) IS NOT
    FALSE) AND ((`visib` >= 0) IS NOT FALSE) AND ((`visib` <= 100) IS NOT FALSE) AND (((_r14 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT
    FALSE) THEN NULL ELSE CONCAT(CASE WHEN (_unreadable IS NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN ((_r1 IS NULL OR `year` IS NOT
    NULL)) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ((_r2 IS NULL OR `month` IS NOT NULL)) IS FALSE THEN '2,' ELSE '' END, CASE WHEN ((_r3
    IS NULL OR `day` IS NOT NULL)) IS FALSE THEN '3,' ELSE '' END, CASE WHEN ((_r4 IS NULL OR `hour` IS NOT NULL)) IS FALSE THEN '4,' ELSE
    '' END, CASE WHEN ((_r5 IS NULL OR `temp` IS NOT NULL)) IS FALSE THEN '5,' ELSE '' END, CASE WHEN ((_r6 IS NULL OR `dewp` IS NOT NULL))
    IS FALSE THEN '6,' ELSE '' END, CASE WHEN ((_r7 IS NULL OR `humid` IS NOT NULL)) IS FALSE THEN '7,' ELSE '' END, CASE WHEN ((_r8 IS NULL
    OR `wind_dir` IS NOT NULL)) IS FALSE THEN '8,' ELSE '' END, CASE WHEN ((_r9 IS NULL OR `wind_speed` IS NOT NULL)) IS FALSE THEN '9,'
    ELSE '' END, CASE WHEN ((_r10 IS NULL OR `wind_gust` IS NOT NULL)) IS FALSE THEN '10,' ELSE '' END, CASE WHEN ((_r11 IS NULL OR `precip`
    IS NOT NULL)) IS FALSE THEN '11,' ELSE '' END, CASE WHEN ((_r12 IS NULL OR `pressure` IS NOT NULL)) IS FALSE THEN '12,' ELSE '' END,
    CASE WHEN ((_r13 IS NULL OR `visib` IS NOT NULL)) IS FALSE THEN '13,' ELSE '' END, CASE WHEN ((_r14 IS NULL OR `time_hour` IS NOT NULL))
    IS FALSE THEN '14,' ELSE '' END, CASE WHEN (COALESCE(`weather_date` >= _first AND `weather_date` < _after, _unreadable IS NOT NULL)) IS
    FALSE THEN '16,' ELSE '' END, CASE WHEN (`weather_date` IS NOT NULL) IS FALSE THEN '17,' ELSE '' END, CASE WHEN ((_r0 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS FALSE THEN '18,' ELSE '' END, CASE WHEN (`origin` IN ('EWR', 'JFK', 'LGA')) IS FALSE THEN '19,' ELSE ''
    END, CASE WHEN ((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '20,' ELSE '' END, CASE WHEN (`year` >= 1987) IS FALSE THEN
    '21,' ELSE '' END, CASE WHEN (`year` <= 2100) IS FALSE THEN '22,' ELSE '' END, CASE WHEN ((_r2 IS NOT NULL OR _unreadable IS NOT NULL))
    IS FALSE THEN '23,' ELSE '' END, CASE WHEN (`month` >= 1) IS FALSE THEN '24,' ELSE '' END, CASE WHEN (`month` <= 12) IS FALSE THEN '25,'
    ELSE '' END, CASE WHEN ((_r3 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '26,' ELSE '' END, CASE WHEN (`day` >= 1) IS FALSE
    THEN '27,' ELSE '' END, CASE WHEN (`day` <= 31) IS FALSE THEN '28,' ELSE '' END, CASE WHEN ((_r4 IS NOT NULL OR _unreadable IS NOT
    NULL)) IS FALSE THEN '29,' ELSE '' END, CASE WHEN (`hour` >= 0) IS FALSE THEN '30,' ELSE '' END, CASE WHEN (`hour` <= 23) IS FALSE THEN
    '31,' ELSE '' END, CASE WHEN (NOT (IS_INF(`temp`) OR IS_NAN(`temp`))) IS FALSE THEN '32,' ELSE '' END, CASE WHEN (`temp` >= -60) IS
    FALSE THEN '33,' ELSE '' END, CASE WHEN (`temp` <= 140) IS FALSE THEN '34,' ELSE '' END, CASE WHEN (NOT (IS_INF(`dewp`) OR
    IS_NAN(`dewp`))) IS FALSE THEN '35,' ELSE '' END, CASE WHEN (`dewp` >= -80) IS FALSE THEN '36,' ELSE '' END, CASE WHEN (`dewp` <= 100)
    IS FALSE THEN '37,' ELSE '' END, CASE WHEN (NOT (IS_INF(`humid`) OR IS_NAN(`humid`))) IS FALSE THEN '38,' ELSE '' END, CASE WHEN
    (`humid` >= 0) IS FALSE THEN '39,' ELSE '' END, CASE WHEN (`humid` <= 101) IS FALSE THEN '40,' ELSE '' END, CASE WHEN (`wind_dir` >= 0)
    IS FALSE THEN '41,' ELSE '' END, CASE WHEN (`wind_dir` <= 360) IS FALSE THEN '42,' ELSE '' END, CASE WHEN (NOT (IS_INF(`wind_speed`) OR
    IS_NAN(`wind_speed`))) IS FALSE THEN '43,' ELSE '' END, CASE WHEN (`wind_speed` >= 0) IS FALSE THEN '44,' ELSE '' END, CASE WHEN
    (`wind_speed` <= 200) IS FALSE THEN '45,' ELSE '' END, CASE WHEN (NOT (IS_INF(`precip`) OR IS_NAN(`precip`))) IS FALSE THEN '48,' ELSE
    '' END, CASE WHEN (`precip` >= 0) IS FALSE THEN '49,' ELSE '' END, CASE WHEN (`precip` <= 20) IS FALSE THEN '50,' ELSE '' END, CASE WHEN
    (NOT (IS_INF(`pressure`) OR IS_NAN(`pressure`))) IS FALSE THEN '51,' ELSE '' END, CASE WHEN (`pressure` >= 850) IS FALSE THEN '52,' ELSE
    '' END, CASE WHEN (`pressure` <= 1100) IS FALSE THEN '53,' ELSE '' END, CASE WHEN (NOT (IS_INF(`visib`) OR IS_NAN(`visib`))) IS FALSE
    THEN '54,' ELSE '' END, CASE WHEN (`visib` >= 0) IS FALSE THEN '55,' ELSE '' END, CASE WHEN (`visib` <= 100) IS FALSE THEN '56,' ELSE ''
    END, CASE WHEN ((_r14 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '57,' ELSE '' END) END AS _rejected, CASE WHEN ((NOT
    (IS_INF(`wind_gust`) OR IS_NAN(`wind_gust`))) IS NOT FALSE) AND ((`wind_gust` >= 0) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (NOT
    (IS_INF(`wind_gust`) OR IS_NAN(`wind_gust`))) IS FALSE THEN '46,' ELSE '' END, CASE WHEN (`wind_gust` >= 0) IS FALSE THEN '47,' ELSE ''
    END) END AS _flagged
FROM (SELECT *, SAFE_CAST(DATE(year, month, day) AS DATE) AS `weather_date`
FROM (SELECT *, _r0 AS `origin`, CASE WHEN REGEXP_CONTAINS(CAST(_r1 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r1 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r1 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r1 AS STRING) AS NUMERIC) AS INT64) END AS `year`, CASE WHEN REGEXP_CONTAINS(CAST(_r2 AS
    STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r2 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r2 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r2 AS STRING) AS NUMERIC) AS INT64) END AS
    `month`, CASE WHEN REGEXP_CONTAINS(CAST(_r3 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r3 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r3 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r3 AS STRING) AS NUMERIC) AS INT64) END AS `day`, CASE WHEN REGEXP_CONTAINS(CAST(_r4 AS
    STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r4 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r4 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r4 AS STRING) AS NUMERIC) AS INT64) END AS
    `hour`, CASE WHEN REGEXP_CONTAINS(CAST(_r5 AS STRING), '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND NOT
    (IS_INF(SAFE_CAST(CAST(_r5 AS STRING) AS FLOAT64)) OR IS_NAN(SAFE_CAST(CAST(_r5 AS STRING) AS FLOAT64))) THEN SAFE_CAST(CAST(_r5 AS
    STRING) AS FLOAT64) END AS `temp`, CASE WHEN REGEXP_CONTAINS(CAST(_r6 AS STRING),
    '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND NOT (IS_INF(SAFE_CAST(CAST(_r6 AS STRING) AS FLOAT64)) OR
    IS_NAN(SAFE_CAST(CAST(_r6 AS STRING) AS FLOAT64))) THEN SAFE_CAST(CAST(_r6 AS STRING) AS FLOAT64) END AS `dewp`, CASE WHEN
    REGEXP_CONTAINS(CAST(_r7 AS STRING), '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND NOT (IS_INF(SAFE_CAST(CAST(_r7 AS
    STRING) AS FLOAT64)) OR IS_NAN(SAFE_CAST(CAST(_r7 AS STRING) AS FLOAT64))) THEN SAFE_CAST(CAST(_r7 AS STRING) AS FLOAT64) END AS
    `humid`, CASE WHEN REGEXP_CONTAINS(CAST(_r8 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r8 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r8 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r8 AS STRING) AS NUMERIC) AS INT64) END AS `wind_dir`, CASE WHEN REGEXP_CONTAINS(CAST(_r9
    AS STRING), '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND NOT (IS_INF(SAFE_CAST(CAST(_r9 AS STRING) AS FLOAT64)) OR
    IS_NAN(SAFE_CAST(CAST(_r9 AS STRING) AS FLOAT64))) THEN SAFE_CAST(CAST(_r9 AS STRING) AS FLOAT64) END AS `wind_speed`, CASE WHEN
    REGEXP_CONTAINS(CAST(_r10 AS STRING), '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND NOT (IS_INF(SAFE_CAST(CAST(_r10 AS
    STRING) AS FLOAT64)) OR IS_NAN(SAFE_CAST(CAST(_r10 AS STRING) AS FLOAT64))) THEN SAFE_CAST(CAST(_r10 AS STRING) AS FLOAT64) END AS
    `wind_gust`, CASE WHEN REGEXP_CONTAINS(CAST(_r11 AS STRING), '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND NOT
    (IS_INF(SAFE_CAST(CAST(_r11 AS STRING) AS FLOAT64)) OR IS_NAN(SAFE_CAST(CAST(_r11 AS STRING) AS FLOAT64))) THEN SAFE_CAST(CAST(_r11 AS
    STRING) AS FLOAT64) END AS `precip`, CASE WHEN REGEXP_CONTAINS(CAST(_r12 AS STRING),
    '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND NOT (IS_INF(SAFE_CAST(CAST(_r12 AS STRING) AS FLOAT64)) OR
    IS_NAN(SAFE_CAST(CAST(_r12 AS STRING) AS FLOAT64))) THEN SAFE_CAST(CAST(_r12 AS STRING) AS FLOAT64) END AS `pressure`, CASE WHEN
    REGEXP_CONTAINS(CAST(_r13 AS STRING), '^[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?$') AND NOT (IS_INF(SAFE_CAST(CAST(_r13 AS
    STRING) AS FLOAT64)) OR IS_NAN(SAFE_CAST(CAST(_r13 AS STRING) AS FLOAT64))) THEN SAFE_CAST(CAST(_r13 AS STRING) AS FLOAT64) END AS
    `visib`, CASE WHEN REGEXP_CONTAINS(CAST(_r14 AS STRING), '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T
    ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6}0*)?)?(Z|[+-](0[0-9]|1[0-3])(:?[0-5][0-9])?|[+-]14(:?00)?)?)?$') AND CAST(_r14
    AS STRING) >= '0001' AND SAFE_CAST(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(CAST(_r14 AS STRING), '^(.{16})(Z|[+-].*)?$',
    '\\1:00\\2'), '([.][0-9]{6})0+', '\\1'), '([+-][0-9]{2})([0-9]{2})$', '\\1:\\2') AS TIMESTAMP) BETWEEN CAST('0001-01-01T00:00:00' AS
    TIMESTAMP) AND CAST('9999-12-31T23:59:59.999999' AS TIMESTAMP) THEN SAFE_CAST(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(CAST(_r14 AS
    STRING), '^(.{16})(Z|[+-].*)?$', '\\1:00\\2'), '([.][0-9]{6})0+', '\\1'), '([+-][0-9]{2})([0-9]{2})$', '\\1:\\2') AS TIMESTAMP) END AS
    `time_hour`
FROM (SELECT r.`origin` AS _r0, r.`year` AS _r1, r.`month` AS _r2, r.`day` AS _r3, r.`hour` AS _r4, r.`temp` AS _r5, r.`dewp` AS _r6,
    r.`humid` AS _r7, r.`wind_dir` AS _r8, r.`wind_speed` AS _r9, r.`wind_gust` AS _r10, r.`precip` AS _r11, r.`pressure` AS _r12, r.`visib`
    AS _r13, r.`time_hour` AS _r14, _unreadable, f.`_slice`, f.`_attempt`, f.`_order`, f.`_first`, f.`_after`
FROM (SELECT `origin`, `year`, `month`, `day`, `hour`, `temp`, `dewp`, `humid`, `wind_dir`, `wind_speed`, `wind_gust`, `precip`, `pressure`,
    `visib`, `time_hour`, _file, _unreadable
FROM (SELECT NULLIF(c0, '') AS `origin`, NULLIF(c1, '') AS `year`, NULLIF(c2, '') AS `month`, NULLIF(c3, '') AS `day`, NULLIF(c4, '') AS
    `hour`, NULLIF(c5, '') AS `temp`, NULLIF(c6, '') AS `dewp`, NULLIF(c7, '') AS `humid`, NULLIF(c8, '') AS `wind_dir`, NULLIF(c9, '') AS
    `wind_speed`, NULLIF(c10, '') AS `wind_gust`, NULLIF(c11, '') AS `precip`, NULLIF(c12, '') AS `pressure`, NULLIF(c13, '') AS `visib`,
    NULLIF(c14, '') AS `time_hour`, 'LAKE/raw_weather/date=2013-01-05/created_at=ATTEMPT/weather-2013-01-05.csv' AS _file, CAST(NULL AS
    STRING) AS _unreadable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`)) AS r
JOIN (SELECT e.`file`, e.`_slice`, e.`_attempt`, e.`_order`, e.`_first`, e.`_after`
FROM UNNEST(@p0_t_raw_files) AS e) AS f ON r._file = f.file))));
SELECT ARRAY(SELECT _row
FROM (SELECT 1 AS found
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL
GROUP BY _slice, `origin`, `time_hour` HAVING COUNT(*) > 1 LIMIT 1) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT _slice, _attempt, COUNT(`year`) AS n0, COUNT(`month`) AS n1, COUNT(`day`) AS n2, COUNT(`hour`) AS n3, COUNT(`temp`) AS n4,
    COUNT(`dewp`) AS n5, COUNT(`humid`) AS n6, COUNT(`wind_dir`) AS n7, COUNT(`wind_speed`) AS n8, COUNT(`wind_gust`) AS n9, COUNT(`precip`)
    AS n10, COUNT(`pressure`) AS n11, COUNT(`visib`) AS n12, COUNT(`time_hour`) AS n13
FROM `stand-in`.`scratch`.`SESSION_incoming`
GROUP BY _slice, _attempt HAVING COUNT(_rejected) >= 3) AS _row) AS a1, ARRAY(SELECT _row
FROM (SELECT _slice, _attempt, COUNT(*) AS n, COUNT(_rejected) AS rejected, COUNT(_flagged) AS flagged
FROM `stand-in`.`scratch`.`SESSION_incoming`
GROUP BY _slice, _attempt) AS _row) AS a2;

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_rejects`
AS SELECT *, ROW_NUMBER() OVER () AS _row
FROM (SELECT _slice, _attempt, _rejected, _raw, CAST(NULL AS STRING) AS _replayed, FALSE AS _given_up, CAST(NULL AS STRING) AS _by,
    CAST(NULL AS STRING) AS _because, FALSE AS _stopped, NULL AS _of
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NOT NULL) AS r;
CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_quarantine`
AS SELECT r._slice AS `partition_key`, SAFE_CAST(SUBSTR(r._slice, 1, 10) AS DATE) AS `partition_date`, r._attempt AS `_attempt`, @p1_run_id
    AS `_run_id`, CURRENT_TIMESTAMP AS `quarantined_at`, STRING_AGG(n.name, ', ' ORDER BY n.place) AS `checks`, STRING_AGG(n.words, '; '
    ORDER BY n.place) AS `reasons`, MIN(r._raw) AS `raw`, CAST(MIN(r._stopped) AS BOOL) AS `stopped`, CAST(MIN(r._of) AS INT64) AS
    `stopped_of`, CAST(MIN(r._replayed) AS STRING) AS `replayed`, CAST(MIN(r._given_up) AS BOOL) AS `given_up`, CAST(MIN(r._by) AS STRING)
    AS `decided_by`, CAST(MIN(r._because) AS STRING) AS `decided_because`, SAFE_CAST(SUBSTR(r._slice, 1, 10) AS DATE) AS `weather_date`
FROM `stand-in`.`scratch`.`SESSION_rejects` AS r, UNNEST(SPLIT(r._rejected, ',')) AS check_id
JOIN (SELECT e.`id`, e.`place`, e.`name`, e.`words`
FROM UNNEST(@p1_t_check_names) AS e) AS n ON n.id = check_id
GROUP BY r._row, r._slice, r._attempt;
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_staged_weather`
AS SELECT 0 AS n;
SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_staged_weather`;

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_existing`
AS SELECT CAST(NULL AS DATE) AS `weather_date`, CAST(NULL AS STRING) AS `origin`, CAST(NULL AS INT64) AS `year`, CAST(NULL AS INT64) AS
    `month`, CAST(NULL AS INT64) AS `day`, CAST(NULL AS INT64) AS `hour`, CAST(NULL AS FLOAT64) AS `temp`, CAST(NULL AS FLOAT64) AS `dewp`,
    CAST(NULL AS FLOAT64) AS `humid`, CAST(NULL AS INT64) AS `wind_dir`, CAST(NULL AS FLOAT64) AS `wind_speed`, CAST(NULL AS FLOAT64) AS
    `wind_gust`, CAST(NULL AS FLOAT64) AS `precip`, CAST(NULL AS FLOAT64) AS `pressure`, CAST(NULL AS FLOAT64) AS `visib`, CAST(NULL AS
    TIMESTAMP) AS `time_hour`, CAST(NULL AS TIMESTAMP) AS created_at, CAST(NULL AS TIMESTAMP) AS updated_at, CAST(NULL AS STRING) AS
    _attempt, CAST(NULL AS STRING) AS _run_id, CAST(NULL AS STRING) AS _slice, 1 AS _n LIMIT 0;
CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_final`
AS SELECT c.`weather_date`, c.`origin`, c.`year`, c.`month`, c.`day`, c.`hour`, c.`temp`, c.`dewp`, c.`humid`, c.`wind_dir`, c.`wind_speed`,
    c.`wind_gust`, c.`precip`, c.`pressure`, c.`visib`, c.`time_hour`, COALESCE(e.created_at, @p1_now) AS created_at, CASE WHEN e.created_at
    IS NULL OR (c.`weather_date` IS DISTINCT FROM e.`weather_date` OR c.`origin` IS DISTINCT FROM e.`origin` OR c.`year` IS DISTINCT FROM
    e.`year` OR c.`month` IS DISTINCT FROM e.`month` OR c.`day` IS DISTINCT FROM e.`day` OR c.`hour` IS DISTINCT FROM e.`hour` OR
    TO_JSON_STRING(c.`temp`) IS DISTINCT FROM TO_JSON_STRING(e.`temp`) OR TO_JSON_STRING(c.`dewp`) IS DISTINCT FROM TO_JSON_STRING(e.`dewp`)
    OR TO_JSON_STRING(c.`humid`) IS DISTINCT FROM TO_JSON_STRING(e.`humid`) OR c.`wind_dir` IS DISTINCT FROM e.`wind_dir` OR
    TO_JSON_STRING(c.`wind_speed`) IS DISTINCT FROM TO_JSON_STRING(e.`wind_speed`) OR TO_JSON_STRING(c.`wind_gust`) IS DISTINCT FROM
    TO_JSON_STRING(e.`wind_gust`) OR TO_JSON_STRING(c.`precip`) IS DISTINCT FROM TO_JSON_STRING(e.`precip`) OR TO_JSON_STRING(c.`pressure`)
    IS DISTINCT FROM TO_JSON_STRING(e.`pressure`) OR TO_JSON_STRING(c.`visib`) IS DISTINCT FROM TO_JSON_STRING(e.`visib`) OR c.`time_hour`
    IS DISTINCT FROM e.`time_hour`) THEN @p1_now ELSE e.updated_at END AS updated_at, CASE WHEN e.created_at IS NULL OR (c.`weather_date` IS
    DISTINCT FROM e.`weather_date` OR c.`origin` IS DISTINCT FROM e.`origin` OR c.`year` IS DISTINCT FROM e.`year` OR c.`month` IS DISTINCT
    FROM e.`month` OR c.`day` IS DISTINCT FROM e.`day` OR c.`hour` IS DISTINCT FROM e.`hour` OR TO_JSON_STRING(c.`temp`) IS DISTINCT FROM
    TO_JSON_STRING(e.`temp`) OR TO_JSON_STRING(c.`dewp`) IS DISTINCT FROM TO_JSON_STRING(e.`dewp`) OR TO_JSON_STRING(c.`humid`) IS DISTINCT
    FROM TO_JSON_STRING(e.`humid`) OR c.`wind_dir` IS DISTINCT FROM e.`wind_dir` OR TO_JSON_STRING(c.`wind_speed`) IS DISTINCT FROM
    TO_JSON_STRING(e.`wind_speed`) OR TO_JSON_STRING(c.`wind_gust`) IS DISTINCT FROM TO_JSON_STRING(e.`wind_gust`) OR
    TO_JSON_STRING(c.`precip`) IS DISTINCT FROM TO_JSON_STRING(e.`precip`) OR TO_JSON_STRING(c.`pressure`) IS DISTINCT FROM
    TO_JSON_STRING(e.`pressure`) OR TO_JSON_STRING(c.`visib`) IS DISTINCT FROM TO_JSON_STRING(e.`visib`) OR c.`time_hour` IS DISTINCT FROM
    e.`time_hour`) THEN c._attempt ELSE e._attempt END AS _attempt, CASE WHEN e.created_at IS NULL OR (c.`weather_date` IS DISTINCT FROM
    e.`weather_date` OR c.`origin` IS DISTINCT FROM e.`origin` OR c.`year` IS DISTINCT FROM e.`year` OR c.`month` IS DISTINCT FROM e.`month`
    OR c.`day` IS DISTINCT FROM e.`day` OR c.`hour` IS DISTINCT FROM e.`hour` OR TO_JSON_STRING(c.`temp`) IS DISTINCT FROM
    TO_JSON_STRING(e.`temp`) OR TO_JSON_STRING(c.`dewp`) IS DISTINCT FROM TO_JSON_STRING(e.`dewp`) OR TO_JSON_STRING(c.`humid`) IS DISTINCT
    FROM TO_JSON_STRING(e.`humid`) OR c.`wind_dir` IS DISTINCT FROM e.`wind_dir` OR TO_JSON_STRING(c.`wind_speed`) IS DISTINCT FROM
    TO_JSON_STRING(e.`wind_speed`) OR TO_JSON_STRING(c.`wind_gust`) IS DISTINCT FROM TO_JSON_STRING(e.`wind_gust`) OR
    TO_JSON_STRING(c.`precip`) IS DISTINCT FROM TO_JSON_STRING(e.`precip`) OR TO_JSON_STRING(c.`pressure`) IS DISTINCT FROM
    TO_JSON_STRING(e.`pressure`) OR TO_JSON_STRING(c.`visib`) IS DISTINCT FROM TO_JSON_STRING(e.`visib`) OR c.`time_hour` IS DISTINCT FROM
    e.`time_hour`) THEN @p1_run_id ELSE e._run_id END AS _run_id, c._slice, CASE WHEN e.created_at IS NULL THEN 'new' WHEN c.`weather_date`
    IS DISTINCT FROM e.`weather_date` OR c.`origin` IS DISTINCT FROM e.`origin` OR c.`year` IS DISTINCT FROM e.`year` OR c.`month` IS
    DISTINCT FROM e.`month` OR c.`day` IS DISTINCT FROM e.`day` OR c.`hour` IS DISTINCT FROM e.`hour` OR TO_JSON_STRING(c.`temp`) IS
    DISTINCT FROM TO_JSON_STRING(e.`temp`) OR TO_JSON_STRING(c.`dewp`) IS DISTINCT FROM TO_JSON_STRING(e.`dewp`) OR
    TO_JSON_STRING(c.`humid`) IS DISTINCT FROM TO_JSON_STRING(e.`humid`) OR c.`wind_dir` IS DISTINCT FROM e.`wind_dir` OR
    TO_JSON_STRING(c.`wind_speed`) IS DISTINCT FROM TO_JSON_STRING(e.`wind_speed`) OR TO_JSON_STRING(c.`wind_gust`) IS DISTINCT FROM
    TO_JSON_STRING(e.`wind_gust`) OR TO_JSON_STRING(c.`precip`) IS DISTINCT FROM TO_JSON_STRING(e.`precip`) OR TO_JSON_STRING(c.`pressure`)
    IS DISTINCT FROM TO_JSON_STRING(e.`pressure`) OR TO_JSON_STRING(c.`visib`) IS DISTINCT FROM TO_JSON_STRING(e.`visib`) OR c.`time_hour`
    IS DISTINCT FROM e.`time_hour` THEN 'changed' ELSE 'same' END AS _change
FROM (SELECT `weather_date`, `origin`, `year`, `month`, `day`, `hour`, `temp`, `dewp`, `humid`, `wind_dir`, `wind_speed`, `wind_gust`,
    `precip`, `pressure`, `visib`, `time_hour`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
LEFT JOIN `stand-in`.`scratch`.`SESSION_existing` AS e ON c._slice = e._slice AND c._n = e._n AND c.`origin` =
    e.`origin` AND c.`time_hour` = e.`time_hour`
UNION ALL SELECT e.`weather_date`, e.`origin`, e.`year`, e.`month`, e.`day`, e.`hour`, e.`temp`, e.`dewp`, e.`humid`, e.`wind_dir`,
    e.`wind_speed`, e.`wind_gust`, e.`precip`, e.`pressure`, e.`visib`, e.`time_hour`, e.`created_at`, e.`updated_at`, e.`_attempt`,
    e.`_run_id`, e._slice, 'kept'
FROM `stand-in`.`scratch`.`SESSION_existing` AS e
WHERE e._slice IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_keeping) AS e)) AND NOT EXISTS (SELECT 1
FROM (SELECT `weather_date`, `origin`, `year`, `month`, `day`, `hour`, `temp`, `dewp`, `humid`, `wind_dir`, `wind_speed`, `wind_gust`,
    `precip`, `pressure`, `visib`, `time_hour`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c.`origin` = e.`origin` AND c.`time_hour` = e.`time_hour`);
SELECT ARRAY(SELECT _row
FROM (SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE `origin` IS NOT NULL AND `time_hour` IS NOT NULL
GROUP BY _slice, `origin`, `time_hour` HAVING COUNT(*) > 1) AS k
GROUP BY _slice) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`weather_date`, `origin`, `year`, `month`, `day`,
    `hour`, `temp`, `dewp`, `humid`, `wind_dir`, `wind_speed`, `wind_gust`, `precip`, `pressure`, `visib`, `time_hour`)))) AS STRING) AS
    one, CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`weather_date`, `origin`, `year`, `month`, `day`, `hour`, `temp`, `dewp`,
    `humid`, `wind_dir`, `wind_speed`, `wind_gust`, `precip`, `pressure`, `visib`, `time_hour`))) AS NUMERIC)) AS STRING) AS two,
    COUNTIF(_change = 'new') AS added, COUNTIF(_change = 'changed') AS changed, COUNTIF(_change = 'same') AS same, COUNT(`weather_date`) AS
    k0, CAST(MIN(`weather_date`) AS STRING) AS min0, CAST(MAX(`weather_date`) AS STRING) AS max0, COUNT(`origin`) AS k1, COUNT(`year`) AS
    k2, CAST(MIN(`year`) AS STRING) AS min2, CAST(MAX(`year`) AS STRING) AS max2, AVG(CAST(`year` AS FLOAT64)) AS avg2, VAR_POP(CAST(`year`
    AS FLOAT64)) AS var2, COUNT(`month`) AS k3, CAST(MIN(`month`) AS STRING) AS min3, CAST(MAX(`month`) AS STRING) AS max3, AVG(CAST(`month`
    AS FLOAT64)) AS avg3, VAR_POP(CAST(`month` AS FLOAT64)) AS var3, COUNT(`day`) AS k4, CAST(MIN(`day`) AS STRING) AS min4, CAST(MAX(`day`)
    AS STRING) AS max4, AVG(CAST(`day` AS FLOAT64)) AS avg4, VAR_POP(CAST(`day` AS FLOAT64)) AS var4, COUNT(`hour`) AS k5, CAST(MIN(`hour`)
    AS STRING) AS min5, CAST(MAX(`hour`) AS STRING) AS max5, AVG(CAST(`hour` AS FLOAT64)) AS avg5, VAR_POP(CAST(`hour` AS FLOAT64)) AS var5,
    COUNT(CASE WHEN NOT (IS_INF(`temp`) OR IS_NAN(`temp`)) THEN `temp` END) AS k6, CAST(MIN(CASE WHEN NOT (IS_INF(`temp`) OR IS_NAN(`temp`))
    THEN `temp` END) AS STRING) AS min6, CAST(MAX(CASE WHEN NOT (IS_INF(`temp`) OR IS_NAN(`temp`)) THEN `temp` END) AS STRING) AS max6,
    AVG(CASE WHEN ABS(`temp`) < 1e+140 THEN `temp` END) AS avg6, VAR_POP(CASE WHEN ABS(`temp`) < 1e+140 THEN `temp` END) AS var6, COUNT(CASE
    WHEN NOT (IS_INF(`dewp`) OR IS_NAN(`dewp`)) THEN `dewp` END) AS k7, CAST(MIN(CASE WHEN NOT (IS_INF(`dewp`) OR IS_NAN(`dewp`)) THEN
    `dewp` END) AS STRING) AS min7, CAST(MAX(CASE WHEN NOT (IS_INF(`dewp`) OR IS_NAN(`dewp`)) THEN `dewp` END) AS STRING) AS max7, AVG(CASE
    WHEN ABS(`dewp`) < 1e+140 THEN `dewp` END) AS avg7, VAR_POP(CASE WHEN ABS(`dewp`) < 1e+140 THEN `dewp` END) AS var7, COUNT(CASE WHEN NOT
    (IS_INF(`humid`) OR IS_NAN(`humid`)) THEN `humid` END) AS k8, CAST(MIN(CASE WHEN NOT (IS_INF(`humid`) OR IS_NAN(`humid`)) THEN `humid`
    END) AS STRING) AS min8, CAST(MAX(CASE WHEN NOT (IS_INF(`humid`) OR IS_NAN(`humid`)) THEN `humid` END) AS STRING) AS max8, AVG(CASE WHEN
    ABS(`humid`) < 1e+140 THEN `humid` END) AS avg8, VAR_POP(CASE WHEN ABS(`humid`) < 1e+140 THEN `humid` END) AS var8, COUNT(`wind_dir`) AS
    k9, CAST(MIN(`wind_dir`) AS STRING) AS min9, CAST(MAX(`wind_dir`) AS STRING) AS max9, AVG(CAST(`wind_dir` AS FLOAT64)) AS avg9,
    VAR_POP(CAST(`wind_dir` AS FLOAT64)) AS var9, COUNT(CASE WHEN NOT (IS_INF(`wind_speed`) OR IS_NAN(`wind_speed`)) THEN `wind_speed` END)
    AS k10, CAST(MIN(CASE WHEN NOT (IS_INF(`wind_speed`) OR IS_NAN(`wind_speed`)) THEN `wind_speed` END) AS STRING) AS min10, CAST(MAX(CASE
    WHEN NOT (IS_INF(`wind_speed`) OR IS_NAN(`wind_speed`)) THEN `wind_speed` END) AS STRING) AS max10, AVG(CASE WHEN ABS(`wind_speed`) <
    1e+140 THEN `wind_speed` END) AS avg10, VAR_POP(CASE WHEN ABS(`wind_speed`) < 1e+140 THEN `wind_speed` END) AS var10, COUNT(CASE WHEN
    NOT (IS_INF(`wind_gust`) OR IS_NAN(`wind_gust`)) THEN `wind_gust` END) AS k11, CAST(MIN(CASE WHEN NOT (IS_INF(`wind_gust`) OR
    IS_NAN(`wind_gust`)) THEN `wind_gust` END) AS STRING) AS min11, CAST(MAX(CASE WHEN NOT (IS_INF(`wind_gust`) OR IS_NAN(`wind_gust`)) THEN
    `wind_gust` END) AS STRING) AS max11, AVG(CASE WHEN ABS(`wind_gust`) < 1e+140 THEN `wind_gust` END) AS avg11, VAR_POP(CASE WHEN
    ABS(`wind_gust`) < 1e+140 THEN `wind_gust` END) AS var11, COUNT(CASE WHEN NOT (IS_INF(`precip`) OR IS_NAN(`precip`)) THEN `precip` END)
    AS k12, CAST(MIN(CASE WHEN NOT (IS_INF(`precip`) OR IS_NAN(`precip`)) THEN `precip` END) AS STRING) AS min12, CAST(MAX(CASE WHEN NOT
    (IS_INF(`precip`) OR IS_NAN(`precip`)) THEN `precip` END) AS STRING) AS max12, AVG(CASE WHEN ABS(`precip`) < 1e+140 THEN `precip` END)
    AS avg12, VAR_POP(CASE WHEN ABS(`precip`) < 1e+140 THEN `precip` END) AS var12, COUNT(CASE WHEN NOT (IS_INF(`pressure`) OR
    IS_NAN(`pressure`)) THEN `pressure` END) AS k13, CAST(MIN(CASE WHEN NOT (IS_INF(`pressure`) OR IS_NAN(`pressure`)) THEN `pressure` END)
    AS STRING) AS min13, CAST(MAX(CASE WHEN NOT (IS_INF(`pressure`) OR IS_NAN(`pressure`)) THEN `pressure` END) AS STRING) AS max13,
    AVG(CASE WHEN ABS(`pressure`) < 1e+140 THEN `pressure` END) AS avg13, VAR_POP(CASE WHEN ABS(`pressure`) < 1e+140 THEN `pressure` END) AS
    var13, COUNT(CASE WHEN NOT (IS_INF(`visib`) OR IS_NAN(`visib`)) THEN `visib` END) AS k14, CAST(MIN(CASE WHEN NOT (IS_INF(`visib`) OR
    IS_NAN(`visib`)) THEN `visib` END) AS STRING) AS min14, CAST(MAX(CASE WHEN NOT (IS_INF(`visib`) OR IS_NAN(`visib`)) THEN `visib` END) AS
    STRING) AS max14, AVG(CASE WHEN ABS(`visib`) < 1e+140 THEN `visib` END) AS avg14, VAR_POP(CASE WHEN ABS(`visib`) < 1e+140 THEN `visib`
    END) AS var14, COUNT(`time_hour`) AS k15, CAST(MIN(`time_hour`) AS STRING) AS min15, CAST(MAX(`time_hour`) AS STRING) AS max15
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS STRING), ',', CAST(u.d AS STRING), ',[', COALESCE(u.counts, ''), '],',
    COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM (SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS STRING) AS counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, `weather_date` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `weather_date` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, `origin` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `origin` IS NOT NULL
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
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, `year` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `year` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 3 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, `month` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `month` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, `day` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `day` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, `hour` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `hour` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 6 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`temp`) OR IS_NAN(`temp`)) THEN `temp` END AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`temp`) OR IS_NAN(`temp`)) THEN `temp` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 7 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`dewp`) OR IS_NAN(`dewp`)) THEN `dewp` END AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`dewp`) OR IS_NAN(`dewp`)) THEN `dewp` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`humid`) OR IS_NAN(`humid`)) THEN `humid` END AS v, COUNT(*)
    AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`humid`) OR IS_NAN(`humid`)) THEN `humid` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, `wind_dir` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `wind_dir` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 10 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`wind_speed`) OR IS_NAN(`wind_speed`)) THEN `wind_speed` END
    AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`wind_speed`) OR IS_NAN(`wind_speed`)) THEN `wind_speed` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 11 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`wind_gust`) OR IS_NAN(`wind_gust`)) THEN `wind_gust` END AS
    v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`wind_gust`) OR IS_NAN(`wind_gust`)) THEN `wind_gust` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 12 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`precip`) OR IS_NAN(`precip`)) THEN `precip` END AS v,
    COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`precip`) OR IS_NAN(`precip`)) THEN `precip` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 13 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`pressure`) OR IS_NAN(`pressure`)) THEN `pressure` END AS v,
    COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`pressure`) OR IS_NAN(`pressure`)) THEN `pressure` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 14 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, CASE WHEN NOT (IS_INF(`visib`) OR IS_NAN(`visib`)) THEN `visib` END AS v, COUNT(*)
    AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`visib`) OR IS_NAN(`visib`)) THEN `visib` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 15 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, EXTRACT(HOUR
FROM v) AS b, SUM(n) AS n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`weather_date`, DAY) AS part, `time_hour` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `time_hour` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part) AS u
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p3_t_parts) AS e) AS p ON u.part = p.first
GROUP BY p.partition) AS s ON f._slice = s.partition) AS _row) AS a1, ARRAY(SELECT _row
FROM (SELECT i._slice, i.n - COALESCE(c.n, 0) AS n
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL
GROUP BY _slice) AS i
LEFT JOIN (SELECT _slice, COUNT(*) AS n
FROM (SELECT `weather_date`, `origin`, `year`, `month`, `day`, `hour`, `temp`, `dewp`, `humid`, `wind_dir`, `wind_speed`, `wind_gust`,
    `precip`, `pressure`, `visib`, `time_hour`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
GROUP BY _slice) AS c ON i._slice = c._slice) AS _row) AS a2, ARRAY(SELECT _row
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_existing`
GROUP BY _slice) AS _row) AS a3;

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`quarantine_weather` (`partition_key` STRING, `partition_date` DATE,
    `_attempt` STRING, `_run_id` STRING, `quarantined_at` TIMESTAMP, `checks` STRING, `reasons` STRING, `raw` STRING, `stopped` BOOL,
    `stopped_of` INT64, `replayed` STRING, `given_up` BOOL, `decided_by` STRING, `decided_because` STRING, `weather_date` DATE) PARTITION BY
    `partition_date` CLUSTER BY `partition_key` OPTIONS(description='Rows that broke a check, as they came, with the reasons.');
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`raw_weather` (`weather_date` DATE OPTIONS(description='Local date of
    the observation.'), `origin` STRING OPTIONS(description='Airport of the station, FAA code.'), `year` INT64 OPTIONS(description='Year of
    the observation, local.'), `month` INT64 OPTIONS(description='Month of the observation, local.'), `day` INT64 OPTIONS(description='Day
    of the observation, local.'), `hour` INT64 OPTIONS(description='Hour of the observation, local.'), `temp` FLOAT64
    OPTIONS(description='Temperature.'), `dewp` FLOAT64 OPTIONS(description='Dew point.'), `humid` FLOAT64 OPTIONS(description='Relative
    humidity.'), `wind_dir` INT64 OPTIONS(description='Direction of the wind.'), `wind_speed` FLOAT64 OPTIONS(description='Speed of the
    wind.'), `wind_gust` FLOAT64 OPTIONS(description='Speed of the gusts.'), `precip` FLOAT64 OPTIONS(description='Precipitation in the
    hour.'), `pressure` FLOAT64 OPTIONS(description='Pressure at sea level.'), `visib` FLOAT64 OPTIONS(description='Visibility.'),
    `time_hour` TIMESTAMP OPTIONS(description='Hour of the observation, UTC; joins the flights.'), `created_at` TIMESTAMP, `updated_at`
    TIMESTAMP, `_attempt` STRING, `_run_id` STRING) PARTITION BY `weather_date` CLUSTER BY `origin`, `time_hour` OPTIONS(description='One
    row per airport and hour: the observation of the airport\'s weather station.', labels=[('dataset', 'weather'), ('layer', 'staged')]);

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_staged_weather` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`staging`.`quarantine_weather`
WHERE partition_date >= CAST('2013-01-05' AS DATE) AND partition_date < CAST('2013-01-06' AS DATE) AND partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p0_t_rebuilt) AS e));
INSERT INTO `stand-in`.`staging`.`quarantine_weather` (`partition_key`, `partition_date`, `_attempt`, `_run_id`,
    `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`, `replayed`, `given_up`, `decided_by`, `decided_because`,
    `weather_date`)
SELECT `partition_key`, `partition_date`, `_attempt`, `_run_id`, `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`,
    `replayed`, `given_up`, `decided_by`, `decided_because`, `weather_date`
FROM `stand-in`.`scratch`.`SESSION_quarantine`
WHERE partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_loaded) AS e));
DELETE FROM `stand-in`.`staging`.`raw_weather` AS t
WHERE t.`weather_date` >= CAST('2013-01-05' AS DATE) AND t.`weather_date` < CAST('2013-01-06' AS DATE) AND DATE_TRUNC(t.`weather_date`, DAY)
    IN (SELECT p.first
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p2_t_changed) AS e) AS p);
INSERT INTO `stand-in`.`staging`.`raw_weather` (`weather_date`, `origin`, `year`, `month`, `day`, `hour`, `temp`,
    `dewp`, `humid`, `wind_dir`, `wind_speed`, `wind_gust`, `precip`, `pressure`, `visib`, `time_hour`, `created_at`, `updated_at`,
    `_attempt`, `_run_id`)
SELECT `weather_date`, `origin`, `year`, `month`, `day`, `hour`, `temp`, `dewp`, `humid`, `wind_dir`, `wind_speed`, `wind_gust`, `precip`,
    `pressure`, `visib`, `time_hour`, `created_at`, `updated_at`, `_attempt`, `_run_id`
FROM `stand-in`.`scratch`.`SESSION_final` AS s
WHERE s._slice IN (SELECT p.partition
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p3_t_changed) AS e) AS p);
SELECT IF(NOT EXISTS (SELECT 1
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p4_t_changed) AS e) AS p
LEFT JOIN (SELECT DATE_TRUNC(t.`weather_date`, DAY) AS first, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_weather` AS t
WHERE t.`weather_date` >= CAST('2013-01-05' AS DATE) AND t.`weather_date` < CAST('2013-01-06' AS DATE)
GROUP BY 1) AS c ON c.first = p.first
WHERE COALESCE(c.n, 0) <> p.expected), 0, ERROR('dataops:expectation 0'));
INSERT INTO `stand-in`.`staging`.`_profiles` (`asset`, `partition`, `column_name`, `kind`, `rows`, `nulls`,
    `distinct_values`, `minimum`, `maximum`, `mean`, `variance`, `counts`, `complete`, `whole`, `run_id`, `recorded_at`, `sequence`,
    `version`)
SELECT `asset`, `partition`, `column_name`, `kind`, `rows`, `nulls`, `distinct_values`, `minimum`, `maximum`, `mean`, `variance`, `counts`,
    `complete`, `whole`, `run_id`, `recorded_at`, `sequence`, `version`
FROM (SELECT e.`asset`, e.`partition`, e.`column_name`, e.`kind`, e.`rows`, e.`nulls`, e.`distinct_values`, e.`minimum`, e.`maximum`,
    e.`mean`, e.`variance`, e.`counts`, e.`complete`, e.`whole`, e.`run_id`, e.`recorded_at`, e.`sequence`, e.`version`
FROM UNNEST(@p6_t_profile_rows) AS e);
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
FROM UNNEST(@p7_t_ledger_entries) AS e);
COMMIT TRANSACTION;
