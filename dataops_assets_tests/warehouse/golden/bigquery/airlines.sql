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

-- load job: PARQUET LAKE/raw_airlines/created_at=ATTEMPT/part-00000.parquet INTO
    stand-in.scratch.SESSION_raw_part_0_0

SELECT *
FROM (SELECT `carrier` AS `carrier`, `name` AS `name`, 'LAKE/raw_airlines/created_at=ATTEMPT/part-00000.parquet' AS _file, CAST(NULL AS
    STRING) AS _unreadable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`)

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_incoming`
AS SELECT `carrier`, `name`, _slice, _attempt, _order, _rejected, _flagged, CASE WHEN _rejected IS NOT NULL OR _flagged IS NOT NULL THEN
    COALESCE(_unreadable, TO_JSON_STRING(STRUCT(CAST(_r0 AS STRING) AS `carrier`, CAST(_r1 AS STRING) AS `name`))) END AS _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((REGEXP_CONTAINS(`carrier`, '^(?:[0-9A-Z]{2}$)')) IS NOT FALSE) AND (((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) THEN
    NULL ELSE CONCAT(CASE WHEN (_unreadable IS NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN ((_r0 IS NOT NULL OR _unreadable IS NOT
    NULL)) IS FALSE THEN '1,' ELSE '' END, CASE WHEN (REGEXP_CONTAINS(`carrier`, '^(?:[0-9A-Z]{2}$)')) IS FALSE THEN '2,' ELSE '' END, CASE
    WHEN ((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '3,' ELSE '' END) END AS _rejected, CAST(NULL AS STRING) AS _flagged
FROM (SELECT *
FROM (SELECT *, _r0 AS `carrier`, _r1 AS `name`
FROM (SELECT r.`carrier` AS _r0, r.`name` AS _r1, _unreadable, f.`_slice`, f.`_attempt`, f.`_order`, f.`_first`, f.`_after`
FROM (SELECT `carrier`, `name`, _file, _unreadable
FROM (SELECT `carrier` AS `carrier`, `name` AS `name`, 'LAKE/raw_airlines/created_at=ATTEMPT/part-00000.parquet' AS _file, CAST(NULL AS
    STRING) AS _unreadable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`)) AS r
JOIN (SELECT e.`file`, e.`_slice`, e.`_attempt`, e.`_order`, e.`_first`, e.`_after`
FROM UNNEST(@p0_t_raw_files) AS e) AS f ON r._file = f.file))));
SELECT ARRAY(SELECT _row
FROM (SELECT 1 AS found
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL
GROUP BY _slice, `carrier` HAVING COUNT(*) > 1 LIMIT 1) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT _slice, _attempt, COUNT(*) AS n, COUNT(_rejected) AS rejected, COUNT(_flagged) AS flagged
FROM `stand-in`.`scratch`.`SESSION_incoming`
GROUP BY _slice, _attempt) AS _row) AS a1;

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
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_staged_airlines`
AS SELECT 0 AS n;
SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_staged_airlines`;

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM `stand-in`.`staging`.`_ledger` AS l
WHERE l.asset = @p0_asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM (SELECT e.`partition`
FROM UNNEST(@p0_t_ledger_keys) AS e) AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_existing`
AS SELECT CAST(NULL AS STRING) AS `carrier`, CAST(NULL AS STRING) AS `name`, CAST(NULL AS TIMESTAMP) AS created_at, CAST(NULL AS TIMESTAMP)
    AS updated_at, CAST(NULL AS STRING) AS _attempt, CAST(NULL AS STRING) AS _run_id, CAST(NULL AS STRING) AS _slice, 1 AS _n LIMIT 0;
CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_final`
AS SELECT c.`carrier`, c.`name`, COALESCE(e.created_at, @p1_now) AS created_at, CASE WHEN e.created_at IS NULL OR (c.`carrier` IS DISTINCT
    FROM e.`carrier` OR c.`name` IS DISTINCT FROM e.`name`) THEN @p1_now ELSE e.updated_at END AS updated_at, CASE WHEN e.created_at IS NULL
    OR (c.`carrier` IS DISTINCT FROM e.`carrier` OR c.`name` IS DISTINCT FROM e.`name`) THEN c._attempt ELSE e._attempt END AS _attempt,
    CASE WHEN e.created_at IS NULL OR (c.`carrier` IS DISTINCT FROM e.`carrier` OR c.`name` IS DISTINCT FROM e.`name`) THEN @p1_run_id ELSE
    e._run_id END AS _run_id, c._slice, CASE WHEN e.created_at IS NULL THEN 'new' WHEN c.`carrier` IS DISTINCT FROM e.`carrier` OR c.`name`
    IS DISTINCT FROM e.`name` THEN 'changed' ELSE 'same' END AS _change
FROM (SELECT `carrier`, `name`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
LEFT JOIN `stand-in`.`scratch`.`SESSION_existing` AS e ON c._slice = e._slice AND c._n = e._n AND c.`carrier` =
    e.`carrier`
UNION ALL SELECT e.`carrier`, e.`name`, e.`created_at`, e.`updated_at`, e.`_attempt`, e.`_run_id`, e._slice, 'kept'
FROM `stand-in`.`scratch`.`SESSION_existing` AS e
WHERE e._slice IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_keeping) AS e)) AND NOT EXISTS (SELECT 1
FROM (SELECT `carrier`, `name`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c.`carrier` = e.`carrier`);
SELECT ARRAY(SELECT _row
FROM (SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE `carrier` IS NOT NULL
GROUP BY _slice, `carrier` HAVING COUNT(*) > 1) AS k
GROUP BY _slice) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`carrier`, `name`)))) AS STRING) AS one,
    CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`carrier`, `name`))) AS NUMERIC)) AS STRING) AS two, COUNTIF(_change = 'new') AS
    added, COUNTIF(_change = 'changed') AS changed, COUNTIF(_change = 'same') AS same, COUNT(`carrier`) AS k0, COUNT(`name`) AS k1
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS STRING), ',', CAST(u.d AS STRING), ',[', COALESCE(u.counts, ''), '],',
    COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM ((WITH c AS (SELECT r._slice AS part, `carrier` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `carrier` IS NOT NULL
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
FROM (SELECT `carrier`, `name`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
GROUP BY _slice) AS c ON i._slice = c._slice) AS _row) AS a2, ARRAY(SELECT _row
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_existing`
GROUP BY _slice) AS _row) AS a3;

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`quarantine_airlines` (`partition_key` STRING, `partition_date` DATE,
    `_attempt` STRING, `_run_id` STRING, `quarantined_at` TIMESTAMP, `checks` STRING, `reasons` STRING, `raw` STRING, `stopped` BOOL,
    `stopped_of` INT64, `replayed` STRING, `given_up` BOOL, `decided_by` STRING, `decided_because` STRING) PARTITION BY `partition_date`
    CLUSTER BY `partition_key` OPTIONS(description='Rows that broke a check, as they came, with the reasons.');
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`raw_airlines` (`carrier` STRING OPTIONS(description='Two-character
    code.'), `name` STRING OPTIONS(description='Name.'), `created_at` TIMESTAMP, `updated_at` TIMESTAMP, `_attempt` STRING, `_run_id`
    STRING) CLUSTER BY `carrier` OPTIONS(description='One row per airline.', labels=[('dataset', 'airlines'), ('layer', 'staged')]);

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_staged_airlines` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`staging`.`quarantine_airlines`
WHERE partition_date IS NULL AND partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p0_t_rebuilt) AS e));
INSERT INTO `stand-in`.`staging`.`quarantine_airlines` (`partition_key`, `partition_date`, `_attempt`, `_run_id`,
    `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`, `replayed`, `given_up`, `decided_by`, `decided_because`)
SELECT `partition_key`, `partition_date`, `_attempt`, `_run_id`, `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`,
    `replayed`, `given_up`, `decided_by`, `decided_because`
FROM `stand-in`.`scratch`.`SESSION_quarantine`
WHERE partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_loaded) AS e));
DELETE FROM `stand-in`.`staging`.`raw_airlines` AS t
WHERE TRUE;
INSERT INTO `stand-in`.`staging`.`raw_airlines` (`carrier`, `name`, `created_at`, `updated_at`, `_attempt`, `_run_id`)
SELECT `carrier`, `name`, `created_at`, `updated_at`, `_attempt`, `_run_id`
FROM `stand-in`.`scratch`.`SESSION_final` AS s
WHERE s._slice IN (SELECT p.partition
FROM (SELECT e.`partition`, e.`expected`
FROM UNNEST(@p3_t_changed) AS e) AS p);
SELECT IF(NOT EXISTS (SELECT 1
FROM (SELECT e.`partition`, e.`expected`
FROM UNNEST(@p4_t_changed) AS e) AS p
CROSS JOIN (SELECT NULL AS first, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_airlines` AS t
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
