-- load: 9 statements, in as many jobs where each is one

SELECT l.`id`, l.`recorded_at`, l.`asset`, l.`partition`, l.`verdict`, l.`version`, l.`rows`, l.`rows_read`, l.`rows_quarantined`,
    l.`duplicates_dropped`, l.`rows_inserted`, l.`rows_updated`, l.`rows_deleted`, l.`reason`, l.`attempts`, l.`follows`, l.`inputs`,
    l.`checks`, l.`contract`, l.`code_version`, l.`made_by`, l.`cause`, l.`provenance`, l.`difference`, l.`decision`, l.`run_id`,
    l.`sequence`, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed'

-- load job: PARQUET LAKE/raw_airports/created_at=ATTEMPT/part-00000.parquet INTO
    stand-in.scratch.SESSION_raw_part_0_0

SELECT *
FROM (SELECT `faa` AS `faa`, `name` AS `name`, `lat` AS `lat`, `lon` AS `lon`, `alt` AS `alt`, `tz` AS `tz`, `dst` AS `dst`, `tzone` AS
    `tzone`, 'LAKE/raw_airports/created_at=ATTEMPT/part-00000.parquet' AS _file, CAST(NULL AS STRING) AS _unreadable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`)

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_incoming`
AS SELECT `faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`, `tzone`, _slice, _attempt, _order, _rejected, _flagged, CASE WHEN _rejected IS
    NOT NULL OR _flagged IS NOT NULL THEN COALESCE(_unreadable, TO_JSON_STRING(STRUCT(CAST(_r0 AS STRING) AS `faa`, CAST(_r1 AS STRING) AS
    `name`, CAST(_r2 AS STRING) AS `lat`, CAST(_r3 AS STRING) AS `lon`, CAST(_r4 AS STRING) AS `alt`, CAST(_r5 AS STRING) AS `tz`, CAST(_r6
    AS STRING) AS `dst`, CAST(_r7 AS STRING) AS `tzone`))) END AS _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r2 IS NULL OR `lat` IS NOT NULL)) IS NOT FALSE) AND (((_r3 IS NULL OR
    `lon` IS NOT NULL)) IS NOT FALSE) AND (((_r4 IS NULL OR `alt` IS NOT NULL)) IS NOT FALSE) AND (((_r5 IS NULL OR `tz` IS NOT NULL)) IS
    NOT FALSE) AND (((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT
    FALSE) AND (((_r2 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((NOT (IS_INF(`lat`) OR IS_NAN(`lat`))) IS NOT FALSE) AND
    ((`lat` >= -90) IS NOT FALSE) AND ((`lat` <= 90) IS NOT FALSE) AND (((_r3 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((NOT (IS_INF(`lon`) OR IS_NAN(`lon`))) IS NOT FALSE) AND ((`lon` >= -180) IS NOT FALSE) AND ((`lon` <= 180) IS NOT FALSE) AND ((`tz` >=
    -12) IS NOT FALSE) AND ((`tz` <= 14) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (_unreadable IS NULL) IS FALSE THEN '0,' ELSE '' END,
    CASE WHEN ((_r2 IS NULL OR `lat` IS NOT NULL)) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ((_r3 IS NULL OR `lon` IS NOT NULL)) IS FALSE
    THEN '2,' ELSE '' END, CASE WHEN ((_r4 IS NULL OR `alt` IS NOT NULL)) IS FALSE THEN '3,' ELSE '' END, CASE WHEN ((_r5 IS NULL OR `tz` IS
    NOT NULL)) IS FALSE THEN '4,' ELSE '' END, CASE WHEN ((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '5,' ELSE '' END, CASE
    WHEN ((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '6,' ELSE '' END, CASE WHEN ((_r2 IS NOT NULL OR _unreadable IS NOT
    NULL)) IS FALSE THEN '7,' ELSE '' END, CASE WHEN (NOT (IS_INF(`lat`) OR IS_NAN(`lat`))) IS FALSE THEN '8,' ELSE '' END, CASE WHEN (`lat`
    >= -90) IS FALSE THEN '9,' ELSE '' END, CASE WHEN (`lat` <= 90) IS FALSE THEN '10,' ELSE '' END, CASE WHEN ((_r3 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS FALSE THEN '11,' ELSE '' END, CASE WHEN (NOT (IS_INF(`lon`) OR IS_NAN(`lon`))) IS FALSE THEN '12,' ELSE ''
    END, CASE WHEN (`lon` >= -180) IS FALSE THEN '13,' ELSE '' END, CASE WHEN (`lon` <= 180) IS FALSE THEN '14,' ELSE '' END, CASE WHEN
    (`tz` >= -12) IS FALSE THEN '15,' ELSE '' END, CASE WHEN (`tz` <= 14) IS FALSE THEN '16,' ELSE '' END) END AS _rejected, CAST(NULL AS
    STRING) AS _flagged
FROM (SELECT *
FROM (SELECT *, _r0 AS `faa`, _r1 AS `name`, _r2 AS `lat`, _r3 AS `lon`, _r4 AS `alt`, _r5 AS `tz`, _r6 AS `dst`, _r7 AS `tzone`
FROM (SELECT r.`faa` AS _r0, r.`name` AS _r1, r.`lat` AS _r2, r.`lon` AS _r3, r.`alt` AS _r4, r.`tz` AS _r5, r.`dst` AS _r6, r.`tzone` AS
    _r7, _unreadable, f.`_slice`, f.`_attempt`, f.`_order`, f.`_first`, f.`_after`
FROM (SELECT `faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`, `tzone`, _file, _unreadable
FROM (SELECT `faa` AS `faa`, `name` AS `name`, `lat` AS `lat`, `lon` AS `lon`, `alt` AS `alt`, `tz` AS `tz`, `dst` AS `dst`, `tzone` AS
    `tzone`, 'LAKE/raw_airports/created_at=ATTEMPT/part-00000.parquet' AS _file, CAST(NULL AS STRING) AS _unreadable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`)) AS r
JOIN (SELECT e.`file`, e.`_slice`, e.`_attempt`, e.`_order`, e.`_first`, e.`_after`
FROM UNNEST(@p0_t_raw_files) AS e) AS f ON r._file = f.file))));
SELECT ARRAY(SELECT _row
FROM (SELECT 1 AS found
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL
GROUP BY _slice, `faa` HAVING COUNT(*) > 1 LIMIT 1) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT _slice, _attempt, COUNT(`lat`) AS n0, COUNT(`lon`) AS n1, COUNT(`alt`) AS n2, COUNT(`tz`) AS n3
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
    AS `decided_by`, CAST(MIN(r._because) AS STRING) AS `decided_because`
FROM `stand-in`.`scratch`.`SESSION_rejects` AS r, UNNEST(SPLIT(r._rejected, ',')) AS check_id
JOIN (SELECT e.`id`, e.`place`, e.`name`, e.`words`
FROM UNNEST(@p1_t_check_names) AS e) AS n ON n.id = check_id
GROUP BY r._row, r._slice, r._attempt;
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_staged_airports`
AS SELECT 0 AS n;
SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_staged_airports`;

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_existing`
AS SELECT CAST(NULL AS STRING) AS `faa`, CAST(NULL AS STRING) AS `name`, CAST(NULL AS FLOAT64) AS `lat`, CAST(NULL AS FLOAT64) AS `lon`,
    CAST(NULL AS INT64) AS `alt`, CAST(NULL AS INT64) AS `tz`, CAST(NULL AS STRING) AS `dst`, CAST(NULL AS STRING) AS `tzone`, CAST(NULL AS
    TIMESTAMP) AS created_at, CAST(NULL AS TIMESTAMP) AS updated_at, CAST(NULL AS STRING) AS _attempt, CAST(NULL AS STRING) AS _run_id,
    CAST(NULL AS STRING) AS _slice, 1 AS _n LIMIT 0;
CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_final`
AS SELECT c.`faa`, c.`name`, c.`lat`, c.`lon`, c.`alt`, c.`tz`, c.`dst`, c.`tzone`, COALESCE(e.created_at, @p1_now) AS created_at, CASE WHEN
    e.created_at IS NULL OR (c.`faa` IS DISTINCT FROM e.`faa` OR c.`name` IS DISTINCT FROM e.`name` OR TO_JSON_STRING(c.`lat`) IS DISTINCT
    FROM TO_JSON_STRING(e.`lat`) OR TO_JSON_STRING(c.`lon`) IS DISTINCT FROM TO_JSON_STRING(e.`lon`) OR c.`alt` IS DISTINCT FROM e.`alt` OR
    c.`tz` IS DISTINCT FROM e.`tz` OR c.`dst` IS DISTINCT FROM e.`dst` OR c.`tzone` IS DISTINCT FROM e.`tzone`) THEN @p1_now ELSE
    e.updated_at END AS updated_at, CASE WHEN e.created_at IS NULL OR (c.`faa` IS DISTINCT FROM e.`faa` OR c.`name` IS DISTINCT FROM
    e.`name` OR TO_JSON_STRING(c.`lat`) IS DISTINCT FROM TO_JSON_STRING(e.`lat`) OR TO_JSON_STRING(c.`lon`) IS DISTINCT FROM
    TO_JSON_STRING(e.`lon`) OR c.`alt` IS DISTINCT FROM e.`alt` OR c.`tz` IS DISTINCT FROM e.`tz` OR c.`dst` IS DISTINCT FROM e.`dst` OR
    c.`tzone` IS DISTINCT FROM e.`tzone`) THEN c._attempt ELSE e._attempt END AS _attempt, CASE WHEN e.created_at IS NULL OR (c.`faa` IS
    DISTINCT FROM e.`faa` OR c.`name` IS DISTINCT FROM e.`name` OR TO_JSON_STRING(c.`lat`) IS DISTINCT FROM TO_JSON_STRING(e.`lat`) OR
    TO_JSON_STRING(c.`lon`) IS DISTINCT FROM TO_JSON_STRING(e.`lon`) OR c.`alt` IS DISTINCT FROM e.`alt` OR c.`tz` IS DISTINCT FROM e.`tz`
    OR c.`dst` IS DISTINCT FROM e.`dst` OR c.`tzone` IS DISTINCT FROM e.`tzone`) THEN @p1_run_id ELSE e._run_id END AS _run_id, c._slice,
    CASE WHEN e.created_at IS NULL THEN 'new' WHEN c.`faa` IS DISTINCT FROM e.`faa` OR c.`name` IS DISTINCT FROM e.`name` OR
    TO_JSON_STRING(c.`lat`) IS DISTINCT FROM TO_JSON_STRING(e.`lat`) OR TO_JSON_STRING(c.`lon`) IS DISTINCT FROM TO_JSON_STRING(e.`lon`) OR
    c.`alt` IS DISTINCT FROM e.`alt` OR c.`tz` IS DISTINCT FROM e.`tz` OR c.`dst` IS DISTINCT FROM e.`dst` OR c.`tzone` IS DISTINCT FROM
    e.`tzone` THEN 'changed' ELSE 'same' END AS _change
FROM (SELECT `faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`, `tzone`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
LEFT JOIN `stand-in`.`scratch`.`SESSION_existing` AS e ON c._slice = e._slice AND c._n = e._n AND c.`faa` = e.`faa`
UNION ALL SELECT e.`faa`, e.`name`, e.`lat`, e.`lon`, e.`alt`, e.`tz`, e.`dst`, e.`tzone`, e.`created_at`, e.`updated_at`, e.`_attempt`,
    e.`_run_id`, e._slice, 'kept'
FROM `stand-in`.`scratch`.`SESSION_existing` AS e
WHERE e._slice IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_keeping) AS e)) AND NOT EXISTS (SELECT 1
FROM (SELECT `faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`, `tzone`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c.`faa` = e.`faa`);
SELECT ARRAY(SELECT _row
FROM (SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE `faa` IS NOT NULL
GROUP BY _slice, `faa` HAVING COUNT(*) > 1) AS k
GROUP BY _slice) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`,
    `tzone`)))) AS STRING) AS one, CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`,
    `tzone`))) AS NUMERIC)) AS STRING) AS two, COUNTIF(_change = 'new') AS added, COUNTIF(_change = 'changed') AS changed, COUNTIF(_change =
    'same') AS same, COUNT(`faa`) AS k0, COUNT(`name`) AS k1, COUNT(CASE WHEN NOT (IS_INF(`lat`) OR IS_NAN(`lat`)) THEN `lat` END) AS k2,
    CAST(MIN(CASE WHEN NOT (IS_INF(`lat`) OR IS_NAN(`lat`)) THEN `lat` END) AS STRING) AS min2, CAST(MAX(CASE WHEN NOT (IS_INF(`lat`) OR
    IS_NAN(`lat`)) THEN `lat` END) AS STRING) AS max2, AVG(CASE WHEN ABS(`lat`) < 1e+140 THEN `lat` END) AS avg2, VAR_POP(CASE WHEN
    ABS(`lat`) < 1e+140 THEN `lat` END) AS var2, COUNT(CASE WHEN NOT (IS_INF(`lon`) OR IS_NAN(`lon`)) THEN `lon` END) AS k3, CAST(MIN(CASE
    WHEN NOT (IS_INF(`lon`) OR IS_NAN(`lon`)) THEN `lon` END) AS STRING) AS min3, CAST(MAX(CASE WHEN NOT (IS_INF(`lon`) OR IS_NAN(`lon`))
    THEN `lon` END) AS STRING) AS max3, AVG(CASE WHEN ABS(`lon`) < 1e+140 THEN `lon` END) AS avg3, VAR_POP(CASE WHEN ABS(`lon`) < 1e+140
    THEN `lon` END) AS var3, COUNT(`alt`) AS k4, CAST(MIN(`alt`) AS STRING) AS min4, CAST(MAX(`alt`) AS STRING) AS max4, AVG(CAST(`alt` AS
    FLOAT64)) AS avg4, VAR_POP(CAST(`alt` AS FLOAT64)) AS var4, COUNT(`tz`) AS k5, CAST(MIN(`tz`) AS STRING) AS min5, CAST(MAX(`tz`) AS
    STRING) AS max5, AVG(CAST(`tz` AS FLOAT64)) AS avg5, VAR_POP(CAST(`tz` AS FLOAT64)) AS var5, COUNT(`dst`) AS k6, COUNT(`tzone`) AS k7
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS STRING), ',', CAST(u.d AS STRING), ',[', COALESCE(u.counts, ''), '],',
    COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM ((WITH c AS (SELECT r._slice AS part, `faa` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `faa` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 0 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r._slice AS part, `name` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `name` IS NOT NULL
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
FROM (SELECT r._slice AS part, CASE WHEN NOT (IS_INF(`lat`) OR IS_NAN(`lat`)) THEN `lat` END AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`lat`) OR IS_NAN(`lat`)) THEN `lat` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 3 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, CASE WHEN NOT (IS_INF(`lon`) OR IS_NAN(`lon`)) THEN `lon` END AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE CASE WHEN NOT (IS_INF(`lon`) OR IS_NAN(`lon`)) THEN `lon` END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, `alt` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `alt` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, `tz` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `tz` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r._slice AS part, `dst` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `dst` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 6 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r._slice AS part, `tzone` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `tzone` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 7 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)) AS u
JOIN (SELECT e.`partition`
FROM UNNEST(@p3_t_parts) AS e) AS p ON u.part = p.partition
GROUP BY p.partition) AS s ON f._slice = s.partition) AS _row) AS a1, ARRAY(SELECT _row
FROM (SELECT i._slice, i.n - COALESCE(c.n, 0) AS n
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL
GROUP BY _slice) AS i
LEFT JOIN (SELECT _slice, COUNT(*) AS n
FROM (SELECT `faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`, `tzone`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
GROUP BY _slice) AS c ON i._slice = c._slice) AS _row) AS a2, ARRAY(SELECT _row
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_existing`
GROUP BY _slice) AS _row) AS a3;

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`quarantine_airports` (`partition_key` STRING, `partition_date` DATE,
    `_attempt` STRING, `_run_id` STRING, `quarantined_at` TIMESTAMP, `checks` STRING, `reasons` STRING, `raw` STRING, `stopped` BOOL,
    `stopped_of` INT64, `replayed` STRING, `given_up` BOOL, `decided_by` STRING, `decided_because` STRING) PARTITION BY `partition_date`
    CLUSTER BY `partition_key` OPTIONS(description='Rows that broke a check, as they came, with the reasons.');
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`raw_airports` (`faa` STRING OPTIONS(description='FAA code.'), `name`
    STRING OPTIONS(description='Name.'), `lat` FLOAT64 OPTIONS(description='Latitude.'), `lon` FLOAT64 OPTIONS(description='Longitude.'),
    `alt` INT64 OPTIONS(description='Altitude.'), `tz` INT64 OPTIONS(description='Offset of the time zone from UTC.'), `dst` STRING
    OPTIONS(description='Rule of daylight saving time.'), `tzone` STRING OPTIONS(description='IANA time zone.'), `created_at` TIMESTAMP,
    `updated_at` TIMESTAMP, `_attempt` STRING, `_run_id` STRING) CLUSTER BY `faa` OPTIONS(description='One row per airport.',
    labels=[('dataset', 'airports'), ('layer', 'staged')]);

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_staged_airports` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`staging`.`quarantine_airports`
WHERE partition_date IS NULL AND partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p0_t_rebuilt) AS e));
INSERT INTO `stand-in`.`staging`.`quarantine_airports` (`partition_key`, `partition_date`, `_attempt`, `_run_id`,
    `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`, `replayed`, `given_up`, `decided_by`, `decided_because`)
SELECT `partition_key`, `partition_date`, `_attempt`, `_run_id`, `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`,
    `replayed`, `given_up`, `decided_by`, `decided_because`
FROM `stand-in`.`scratch`.`SESSION_quarantine`
WHERE partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_loaded) AS e));
DELETE FROM `stand-in`.`staging`.`raw_airports` AS t
WHERE TRUE;
INSERT INTO `stand-in`.`staging`.`raw_airports` (`faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`, `tzone`,
    `created_at`, `updated_at`, `_attempt`, `_run_id`)
SELECT `faa`, `name`, `lat`, `lon`, `alt`, `tz`, `dst`, `tzone`, `created_at`, `updated_at`, `_attempt`, `_run_id`
FROM `stand-in`.`scratch`.`SESSION_final` AS s
WHERE s._slice IN (SELECT p.partition
FROM (SELECT e.`partition`, e.`expected`
FROM UNNEST(@p3_t_changed) AS e) AS p);
SELECT IF(NOT EXISTS (SELECT 1
FROM (SELECT e.`partition`, e.`expected`
FROM UNNEST(@p4_t_changed) AS e) AS p
CROSS JOIN (SELECT NULL AS first, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_airports` AS t
WHERE TRUE) AS c
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
