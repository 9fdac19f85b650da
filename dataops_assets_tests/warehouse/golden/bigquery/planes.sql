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

-- load job: PARQUET LAKE/raw_planes/created_at=ATTEMPT/part-00000.parquet INTO stand-in.scratch.SESSION_raw_part_0_0

SELECT *
FROM (SELECT `tailnum` AS `tailnum`, `year` AS `year`, `type` AS `type`, `manufacturer` AS `manufacturer`, `model` AS `model`, `engines` AS
    `engines`, `seats` AS `seats`, `speed` AS `speed`, `engine` AS `engine`, 'LAKE/raw_planes/created_at=ATTEMPT/part-00000.parquet' AS
    _file, CAST(NULL AS STRING) AS _unreadable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`)

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_incoming`
AS SELECT `tailnum`, `year`, `type`, `manufacturer`, `model`, `engines`, `seats`, `speed`, `engine`, _slice, _attempt, _order, _rejected,
    _flagged, CASE WHEN _rejected IS NOT NULL OR _flagged IS NOT NULL THEN COALESCE(_unreadable, TO_JSON_STRING(STRUCT(CAST(_r0 AS STRING)
    AS `tailnum`, CAST(_r1 AS STRING) AS `year`, CAST(_r2 AS STRING) AS `type`, CAST(_r3 AS STRING) AS `manufacturer`, CAST(_r4 AS STRING)
    AS `model`, CAST(_r5 AS STRING) AS `engines`, CAST(_r6 AS STRING) AS `seats`, CAST(_r7 AS STRING) AS `speed`, CAST(_r8 AS STRING) AS
    `engine`))) END AS _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r1 IS NULL OR `year` IS NOT NULL)) IS NOT FALSE) AND (((_r5 IS NULL
    OR `engines` IS NOT NULL)) IS NOT FALSE) AND (((_r6 IS NULL OR `seats` IS NOT NULL)) IS NOT FALSE) AND (((_r7 IS NULL OR `speed` IS NOT
    NULL)) IS NOT FALSE) AND (((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`year` >= 1900) IS NOT FALSE) AND ((`year`
    <= 2100) IS NOT FALSE) AND ((`engines` >= 0) IS NOT FALSE) AND ((`engines` <= 12) IS NOT FALSE) AND ((`seats` >= 0) IS NOT FALSE) AND
    ((`seats` <= 1000) IS NOT FALSE) AND ((`speed` >= 0) IS NOT FALSE) AND ((`speed` <= 2000) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN
    (_unreadable IS NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN ((_r1 IS NULL OR `year` IS NOT NULL)) IS FALSE THEN '1,' ELSE '' END,
    CASE WHEN ((_r5 IS NULL OR `engines` IS NOT NULL)) IS FALSE THEN '2,' ELSE '' END, CASE WHEN ((_r6 IS NULL OR `seats` IS NOT NULL)) IS
    FALSE THEN '3,' ELSE '' END, CASE WHEN ((_r7 IS NULL OR `speed` IS NOT NULL)) IS FALSE THEN '4,' ELSE '' END, CASE WHEN ((_r0 IS NOT
    NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '5,' ELSE '' END, CASE WHEN (`year` >= 1900) IS FALSE THEN '6,' ELSE '' END, CASE WHEN
    (`year` <= 2100) IS FALSE THEN '7,' ELSE '' END, CASE WHEN (`engines` >= 0) IS FALSE THEN '8,' ELSE '' END, CASE WHEN (`engines` <= 12)
    IS FALSE THEN '9,' ELSE '' END, CASE WHEN (`seats` >= 0) IS FALSE THEN '10,' ELSE '' END, CASE WHEN (`seats` <= 1000) IS FALSE THEN
    '11,' ELSE '' END, CASE WHEN (`speed` >= 0) IS FALSE THEN '12,' ELSE '' END, CASE WHEN (`speed` <= 2000) IS FALSE THEN '13,' ELSE ''
    END) END AS _rejected, CAST(NULL AS STRING) AS _flagged
FROM (SELECT *
FROM (SELECT *, _r0 AS `tailnum`, _r1 AS `year`, _r2 AS `type`, _r3 AS `manufacturer`, _r4 AS `model`, _r5 AS `engines`, _r6 AS `seats`, _r7
    AS `speed`, _r8 AS `engine`
FROM (SELECT r.`tailnum` AS _r0, r.`year` AS _r1, r.`type` AS _r2, r.`manufacturer` AS _r3, r.`model` AS _r4, r.`engines` AS _r5, r.`seats`
    AS _r6, r.`speed` AS _r7, r.`engine` AS _r8, _unreadable, f.`_slice`, f.`_attempt`, f.`_order`, f.`_first`, f.`_after`
FROM (SELECT `tailnum`, `year`, `type`, `manufacturer`, `model`, `engines`, `seats`, `speed`, `engine`, _file, _unreadable
FROM (SELECT `tailnum` AS `tailnum`, `year` AS `year`, `type` AS `type`, `manufacturer` AS `manufacturer`, `model` AS `model`, `engines` AS
    `engines`, `seats` AS `seats`, `speed` AS `speed`, `engine` AS `engine`, 'LAKE/raw_planes/created_at=ATTEMPT/part-00000.parquet' AS
    _file, CAST(NULL AS STRING) AS _unreadable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`)) AS r
JOIN (SELECT e.`file`, e.`_slice`, e.`_attempt`, e.`_order`, e.`_first`, e.`_after`
FROM UNNEST(@p0_t_raw_files) AS e) AS f ON r._file = f.file))));
SELECT ARRAY(SELECT _row
FROM (SELECT 1 AS found
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL
GROUP BY _slice, `tailnum` HAVING COUNT(*) > 1 LIMIT 1) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT _slice, _attempt, COUNT(`year`) AS n0, COUNT(`engines`) AS n1, COUNT(`seats`) AS n2, COUNT(`speed`) AS n3
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
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_staged_planes`
AS SELECT 0 AS n;
SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_staged_planes`;

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_existing`
AS SELECT CAST(NULL AS STRING) AS `tailnum`, CAST(NULL AS INT64) AS `year`, CAST(NULL AS STRING) AS `type`, CAST(NULL AS STRING) AS
    `manufacturer`, CAST(NULL AS STRING) AS `model`, CAST(NULL AS INT64) AS `engines`, CAST(NULL AS INT64) AS `seats`, CAST(NULL AS INT64)
    AS `speed`, CAST(NULL AS STRING) AS `engine`, CAST(NULL AS TIMESTAMP) AS created_at, CAST(NULL AS TIMESTAMP) AS updated_at, CAST(NULL AS
    STRING) AS _attempt, CAST(NULL AS STRING) AS _run_id, CAST(NULL AS STRING) AS _slice, 1 AS _n LIMIT 0;
CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_final`
AS SELECT c.`tailnum`, c.`year`, c.`type`, c.`manufacturer`, c.`model`, c.`engines`, c.`seats`, c.`speed`, c.`engine`,
    COALESCE(e.created_at, @p1_now) AS created_at, CASE WHEN e.created_at IS NULL OR (c.`tailnum` IS DISTINCT FROM e.`tailnum` OR c.`year`
    IS DISTINCT FROM e.`year` OR c.`type` IS DISTINCT FROM e.`type` OR c.`manufacturer` IS DISTINCT FROM e.`manufacturer` OR c.`model` IS
    DISTINCT FROM e.`model` OR c.`engines` IS DISTINCT FROM e.`engines` OR c.`seats` IS DISTINCT FROM e.`seats` OR c.`speed` IS DISTINCT
    FROM e.`speed` OR c.`engine` IS DISTINCT FROM e.`engine`) THEN @p1_now ELSE e.updated_at END AS updated_at, CASE WHEN e.created_at IS
    NULL OR (c.`tailnum` IS DISTINCT FROM e.`tailnum` OR c.`year` IS DISTINCT FROM e.`year` OR c.`type` IS DISTINCT FROM e.`type` OR
    c.`manufacturer` IS DISTINCT FROM e.`manufacturer` OR c.`model` IS DISTINCT FROM e.`model` OR c.`engines` IS DISTINCT FROM e.`engines`
    OR c.`seats` IS DISTINCT FROM e.`seats` OR c.`speed` IS DISTINCT FROM e.`speed` OR c.`engine` IS DISTINCT FROM e.`engine`) THEN
    c._attempt ELSE e._attempt END AS _attempt, CASE WHEN e.created_at IS NULL OR (c.`tailnum` IS DISTINCT FROM e.`tailnum` OR c.`year` IS
    DISTINCT FROM e.`year` OR c.`type` IS DISTINCT FROM e.`type` OR c.`manufacturer` IS DISTINCT FROM e.`manufacturer` OR c.`model` IS
    DISTINCT FROM e.`model` OR c.`engines` IS DISTINCT FROM e.`engines` OR c.`seats` IS DISTINCT FROM e.`seats` OR c.`speed` IS DISTINCT
    FROM e.`speed` OR c.`engine` IS DISTINCT FROM e.`engine`) THEN @p1_run_id ELSE e._run_id END AS _run_id, c._slice, CASE WHEN
    e.created_at IS NULL THEN 'new' WHEN c.`tailnum` IS DISTINCT FROM e.`tailnum` OR c.`year` IS DISTINCT FROM e.`year` OR c.`type` IS
    DISTINCT FROM e.`type` OR c.`manufacturer` IS DISTINCT FROM e.`manufacturer` OR c.`model` IS DISTINCT FROM e.`model` OR c.`engines` IS
    DISTINCT FROM e.`engines` OR c.`seats` IS DISTINCT FROM e.`seats` OR c.`speed` IS DISTINCT FROM e.`speed` OR c.`engine` IS DISTINCT FROM
    e.`engine` THEN 'changed' ELSE 'same' END AS _change
FROM (SELECT `tailnum`, `year`, `type`, `manufacturer`, `model`, `engines`, `seats`, `speed`, `engine`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
LEFT JOIN `stand-in`.`scratch`.`SESSION_existing` AS e ON c._slice = e._slice AND c._n = e._n AND c.`tailnum` =
    e.`tailnum`
UNION ALL SELECT e.`tailnum`, e.`year`, e.`type`, e.`manufacturer`, e.`model`, e.`engines`, e.`seats`, e.`speed`, e.`engine`,
    e.`created_at`, e.`updated_at`, e.`_attempt`, e.`_run_id`, e._slice, 'kept'
FROM `stand-in`.`scratch`.`SESSION_existing` AS e
WHERE e._slice IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_keeping) AS e)) AND NOT EXISTS (SELECT 1
FROM (SELECT `tailnum`, `year`, `type`, `manufacturer`, `model`, `engines`, `seats`, `speed`, `engine`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c.`tailnum` = e.`tailnum`);
SELECT ARRAY(SELECT _row
FROM (SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE `tailnum` IS NOT NULL
GROUP BY _slice, `tailnum` HAVING COUNT(*) > 1) AS k
GROUP BY _slice) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`tailnum`, `year`, `type`, `manufacturer`, `model`,
    `engines`, `seats`, `speed`, `engine`)))) AS STRING) AS one, CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`tailnum`, `year`,
    `type`, `manufacturer`, `model`, `engines`, `seats`, `speed`, `engine`))) AS NUMERIC)) AS STRING) AS two, COUNTIF(_change = 'new') AS
    added, COUNTIF(_change = 'changed') AS changed, COUNTIF(_change = 'same') AS same, COUNT(`tailnum`) AS k0, COUNT(`year`) AS k1,
    CAST(MIN(`year`) AS STRING) AS min1, CAST(MAX(`year`) AS STRING) AS max1, AVG(CAST(`year` AS FLOAT64)) AS avg1, VAR_POP(CAST(`year` AS
    FLOAT64)) AS var1, COUNT(`type`) AS k2, COUNT(`manufacturer`) AS k3, COUNT(`model`) AS k4, COUNT(`engines`) AS k5, CAST(MIN(`engines`)
    AS STRING) AS min5, CAST(MAX(`engines`) AS STRING) AS max5, AVG(CAST(`engines` AS FLOAT64)) AS avg5, VAR_POP(CAST(`engines` AS FLOAT64))
    AS var5, COUNT(`seats`) AS k6, CAST(MIN(`seats`) AS STRING) AS min6, CAST(MAX(`seats`) AS STRING) AS max6, AVG(CAST(`seats` AS FLOAT64))
    AS avg6, VAR_POP(CAST(`seats` AS FLOAT64)) AS var6, COUNT(`speed`) AS k7, CAST(MIN(`speed`) AS STRING) AS min7, CAST(MAX(`speed`) AS
    STRING) AS max7, AVG(CAST(`speed` AS FLOAT64)) AS avg7, VAR_POP(CAST(`speed` AS FLOAT64)) AS var7, COUNT(`engine`) AS k8
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS STRING), ',', CAST(u.d AS STRING), ',[', COALESCE(u.counts, ''), '],',
    COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM ((WITH c AS (SELECT r._slice AS part, `tailnum` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `tailnum` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 0 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 1 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, `year` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `year` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r._slice AS part, `type` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `type` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 2 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r._slice AS part, `manufacturer` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `manufacturer` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 3 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r._slice AS part, `model` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `model` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 4 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, `engines` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `engines` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 6 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, `seats` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `seats` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 7 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, `speed` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `speed` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r._slice AS part, `engine` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `engine` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 8 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
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
FROM (SELECT `tailnum`, `year`, `type`, `manufacturer`, `model`, `engines`, `seats`, `speed`, `engine`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
GROUP BY _slice) AS c ON i._slice = c._slice) AS _row) AS a2, ARRAY(SELECT _row
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_existing`
GROUP BY _slice) AS _row) AS a3;

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`quarantine_planes` (`partition_key` STRING, `partition_date` DATE,
    `_attempt` STRING, `_run_id` STRING, `quarantined_at` TIMESTAMP, `checks` STRING, `reasons` STRING, `raw` STRING, `stopped` BOOL,
    `stopped_of` INT64, `replayed` STRING, `given_up` BOOL, `decided_by` STRING, `decided_because` STRING) PARTITION BY `partition_date`
    CLUSTER BY `partition_key` OPTIONS(description='Rows that broke a check, as they came, with the reasons.');
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`raw_planes` (`tailnum` STRING OPTIONS(description='Tail number.'),
    `year` INT64 OPTIONS(description='Year of manufacture.'), `type` STRING OPTIONS(description='Type of plane.'), `manufacturer` STRING
    OPTIONS(description='Manufacturer.'), `model` STRING OPTIONS(description='Model.'), `engines` INT64 OPTIONS(description='Number of
    engines.'), `seats` INT64 OPTIONS(description='Number of seats.'), `speed` INT64 OPTIONS(description='Average cruising speed.'),
    `engine` STRING OPTIONS(description='Type of engine.'), `created_at` TIMESTAMP, `updated_at` TIMESTAMP, `_attempt` STRING, `_run_id`
    STRING) CLUSTER BY `tailnum` OPTIONS(description='One row per plane in the register of the Federal Aviation Administration.',
    labels=[('dataset', 'planes'), ('layer', 'staged')]);

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_staged_planes` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`staging`.`quarantine_planes`
WHERE partition_date IS NULL AND partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p0_t_rebuilt) AS e));
INSERT INTO `stand-in`.`staging`.`quarantine_planes` (`partition_key`, `partition_date`, `_attempt`, `_run_id`,
    `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`, `replayed`, `given_up`, `decided_by`, `decided_because`)
SELECT `partition_key`, `partition_date`, `_attempt`, `_run_id`, `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`,
    `replayed`, `given_up`, `decided_by`, `decided_because`
FROM `stand-in`.`scratch`.`SESSION_quarantine`
WHERE partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_loaded) AS e));
DELETE FROM `stand-in`.`staging`.`raw_planes` AS t
WHERE TRUE;
INSERT INTO `stand-in`.`staging`.`raw_planes` (`tailnum`, `year`, `type`, `manufacturer`, `model`, `engines`, `seats`,
    `speed`, `engine`, `created_at`, `updated_at`, `_attempt`, `_run_id`)
SELECT `tailnum`, `year`, `type`, `manufacturer`, `model`, `engines`, `seats`, `speed`, `engine`, `created_at`, `updated_at`, `_attempt`,
    `_run_id`
FROM `stand-in`.`scratch`.`SESSION_final` AS s
WHERE s._slice IN (SELECT p.partition
FROM (SELECT e.`partition`, e.`expected`
FROM UNNEST(@p3_t_changed) AS e) AS p);
SELECT IF(NOT EXISTS (SELECT 1
FROM (SELECT e.`partition`, e.`expected`
FROM UNNEST(@p4_t_changed) AS e) AS p
CROSS JOIN (SELECT NULL AS first, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_planes` AS t
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
