-- load: 56 statements, in as many jobs where each is one

ATTACH 'WAREHOUSE' AS wh (READ_ONLY)

SELECT schema_name, table_name
FROM duckdb_tables()
WHERE database_name = 'wh'

SELECT *
FROM "wh"."staging"."_ledger" LIMIT 0

CREATE OR REPLACE TEMP TABLE "_ledger_keys"
AS SELECT *
FROM _arrow_input

SELECT l."id", l."recorded_at", l."asset", l."partition", l."verdict", l."version", l."rows", l."rows_read", l."rows_quarantined",
    l."duplicates_dropped", l."rows_inserted", l."rows_updated", l."rows_deleted", l."reason", l."attempts", l."follows", l."inputs",
    l."checks", l."contract", l."code_version", l."made_by", l."cause", l."provenance", l."difference", l."decision", l."run_id",
    l."sequence", ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed'

DETACH wh

CREATE OR REPLACE TEMP TABLE "_raw_files"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_raw_part_0"
AS SELECT "carrier", "name", _file, CAST(NULL AS VARCHAR) AS _unreadable
FROM read_parquet(['LAKE/raw_airlines/created_at=ATTEMPT/part-00000.parquet'], hive_partitioning = false, filename = '_file')

SELECT *
FROM _raw_part_0 LIMIT 0

CREATE OR REPLACE TEMP TABLE "_incoming"
AS SELECT "carrier", "name", _slice, _attempt, _order, _rejected, _flagged, CASE WHEN _rejected IS NOT NULL OR _flagged IS NOT NULL THEN
    COALESCE(_unreadable, CAST(JSON_OBJECT('carrier', CAST(_r0 AS VARCHAR), 'name', CAST(_r1 AS VARCHAR)) AS VARCHAR)) END AS _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((REGEXP_MATCHES("carrier", '^(?:[0-9A-Z]{2}$)')) IS NOT FALSE) AND (((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) THEN
    NULL ELSE CONCAT(CASE WHEN (_unreadable IS NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN ((_r0 IS NOT NULL OR _unreadable IS NOT
    NULL)) IS FALSE THEN '1,' ELSE '' END, CASE WHEN (REGEXP_MATCHES("carrier", '^(?:[0-9A-Z]{2}$)')) IS FALSE THEN '2,' ELSE '' END, CASE
    WHEN ((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '3,' ELSE '' END) END AS _rejected, CAST(NULL AS VARCHAR) AS _flagged
FROM (SELECT *
FROM (SELECT *, _r0 AS "carrier", _r1 AS "name"
FROM (SELECT r."carrier" AS _r0, r."name" AS _r1, _unreadable, f."_slice", f."_attempt", f."_order", f."_first", f."_after"
FROM (SELECT "carrier", "name", _file, _unreadable
FROM _raw_part_0) AS r
JOIN _raw_files AS f ON r._file = f.file))))

DROP TABLE IF EXISTS temp.main."_raw_part_0"

SELECT 1 AS found
FROM _incoming
WHERE _rejected IS NULL
GROUP BY _slice, "carrier" HAVING COUNT(*) > 1 LIMIT 1

SELECT _slice, _attempt, COUNT(*) AS n, COUNT(_rejected) AS rejected, COUNT(_flagged) AS flagged
FROM _incoming
GROUP BY _slice, _attempt

CREATE OR REPLACE TEMP TABLE "_check_names"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_rejects"
AS SELECT *, ROW_NUMBER() OVER () AS _row
FROM (SELECT _slice, _attempt, _rejected, _raw, CAST(NULL AS VARCHAR) AS _replayed, FALSE AS _given_up, CAST(NULL AS VARCHAR) AS _by,
    CAST(NULL AS VARCHAR) AS _because, FALSE AS _stopped, NULL AS _of
FROM _incoming
WHERE _rejected IS NOT NULL) AS r

CREATE OR REPLACE TEMP TABLE "_quarantine"
AS SELECT r._slice AS "partition_key", TRY_CAST(SUBSTR(r._slice, 1, 10) AS DATE) AS "partition_date", r._attempt AS "_attempt", $run_id AS
    "_run_id", CURRENT_TIMESTAMP AS "quarantined_at", STRING_AGG(n.name, ', ' ORDER BY n.place) AS "checks", STRING_AGG(n.words, '; ' ORDER
    BY n.place) AS "reasons", MIN(r._raw) AS "raw", CAST(MIN(r._stopped) AS BOOLEAN) AS "stopped", CAST(MIN(r._of) AS BIGINT) AS
    "stopped_of", CAST(MIN(r._replayed) AS VARCHAR) AS "replayed", CAST(MIN(r._given_up) AS BOOLEAN) AS "given_up", CAST(MIN(r._by) AS
    VARCHAR) AS "decided_by", CAST(MIN(r._because) AS VARCHAR) AS "decided_because"
FROM _rejects AS r, (SELECT UNNEST(STRING_SPLIT(r._rejected, ',')) AS check_id) AS c
JOIN _check_names AS n ON n.id = check_id
GROUP BY r._row, r._slice, r._attempt

DROP TABLE IF EXISTS temp.main."_check_names"

DROP TABLE IF EXISTS temp.main."_rejects"

ATTACH 'WAREHOUSE' AS wh (READ_WRITE)

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

CREATE OR REPLACE TEMP TABLE "_parts"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_existing"
AS SELECT CAST(NULL AS VARCHAR) AS "carrier", CAST(NULL AS VARCHAR) AS "name", CAST(NULL AS TIMESTAMPTZ) AS created_at, CAST(NULL AS
    TIMESTAMPTZ) AS updated_at, CAST(NULL AS VARCHAR) AS _attempt, CAST(NULL AS VARCHAR) AS _run_id, CAST(NULL AS VARCHAR) AS _slice, 1 AS
    _n LIMIT 0

CREATE OR REPLACE TEMP TABLE "_keeping"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_final"
AS SELECT c."carrier", c."name", COALESCE(e.created_at, $now) AS created_at, CASE WHEN e.created_at IS NULL OR (c."carrier" IS DISTINCT FROM
    e."carrier" OR c."name" IS DISTINCT FROM e."name") THEN $now ELSE e.updated_at END AS updated_at, CASE WHEN e.created_at IS NULL OR
    (c."carrier" IS DISTINCT FROM e."carrier" OR c."name" IS DISTINCT FROM e."name") THEN c._attempt ELSE e._attempt END AS _attempt, CASE
    WHEN e.created_at IS NULL OR (c."carrier" IS DISTINCT FROM e."carrier" OR c."name" IS DISTINCT FROM e."name") THEN $run_id ELSE
    e._run_id END AS _run_id, c._slice, CASE WHEN e.created_at IS NULL THEN 'new' WHEN c."carrier" IS DISTINCT FROM e."carrier" OR c."name"
    IS DISTINCT FROM e."name" THEN 'changed' ELSE 'same' END AS _change
FROM (SELECT "carrier", "name", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
LEFT JOIN _existing AS e ON c._slice = e._slice AND c._n = e._n AND c."carrier" = e."carrier"
UNION ALL SELECT e."carrier", e."name", e."created_at", e."updated_at", e."_attempt", e."_run_id", e._slice, 'kept'
FROM _existing AS e
WHERE e._slice IN (SELECT value
FROM _keeping) AND NOT EXISTS (SELECT 1
FROM (SELECT "carrier", "name", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c."carrier" = e."carrier")

SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM _final
WHERE "carrier" IS NOT NULL
GROUP BY _slice, "carrier" HAVING COUNT(*) > 1) AS k
GROUP BY _slice

SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("carrier", "name")) AS VARCHAR) AS one, CAST(SUM(CAST(HASH("carrier", "name") AS
    HUGEINT)) AS VARCHAR) AS two, COUNTIF(_change = 'new') AS added, COUNTIF(_change = 'changed') AS changed, COUNTIF(_change = 'same') AS
    same, COUNT("carrier") AS k0, COUNT("name") AS k1
FROM _final
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS VARCHAR), ',', CAST(u.d AS VARCHAR), ',[', COALESCE(u.counts, ''),
    '],', COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM ((WITH c AS (SELECT r._slice AS part, "carrier" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "carrier" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 0 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r._slice AS part, "name" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "name" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 1 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)) AS u
JOIN _parts AS p ON u.part = p.partition
GROUP BY p.partition) AS s ON f._slice = s.partition

SELECT i._slice, i.n - COALESCE(c.n, 0) AS n
FROM (SELECT _slice, COUNT(*) AS n
FROM _incoming
WHERE _rejected IS NULL
GROUP BY _slice) AS i
LEFT JOIN (SELECT _slice, COUNT(*) AS n
FROM (SELECT "carrier", "name", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
GROUP BY _slice) AS c ON i._slice = c._slice

SELECT _slice, COUNT(*) AS n
FROM _existing
GROUP BY _slice

CREATE OR REPLACE TEMP TABLE "_ledger_entries"
AS SELECT *
FROM _arrow_input

BEGIN

CREATE SCHEMA IF NOT EXISTS "wh"."staging"

CREATE TABLE IF NOT EXISTS "wh"."staging"."quarantine_airlines" ("partition_key" VARCHAR, "partition_date" DATE, "_attempt" VARCHAR,
    "_run_id" VARCHAR, "quarantined_at" TIMESTAMPTZ, "checks" VARCHAR, "reasons" VARCHAR, "raw" VARCHAR, "stopped" BOOLEAN, "stopped_of"
    BIGINT, "replayed" VARCHAR, "given_up" BOOLEAN, "decided_by" VARCHAR, "decided_because" VARCHAR)

CREATE TABLE IF NOT EXISTS "wh"."staging"."raw_airlines" ("carrier" VARCHAR, "name" VARCHAR, "created_at" TIMESTAMPTZ, "updated_at"
    TIMESTAMPTZ, "_attempt" VARCHAR, "_run_id" VARCHAR)

CREATE OR REPLACE TEMP TABLE "_rebuilt"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."quarantine_airlines"
WHERE partition_date IS NULL AND partition_key IN (SELECT value
FROM _rebuilt)

CREATE OR REPLACE TEMP TABLE "_loaded"
AS SELECT *
FROM _arrow_input

INSERT INTO "wh"."staging"."quarantine_airlines" ("partition_key", "partition_date", "_attempt", "_run_id", "quarantined_at", "checks",
    "reasons", "raw", "stopped", "stopped_of", "replayed", "given_up", "decided_by", "decided_because")
SELECT "partition_key", "partition_date", "_attempt", "_run_id", "quarantined_at", "checks", "reasons", "raw", "stopped", "stopped_of",
    "replayed", "given_up", "decided_by", "decided_because"
FROM _quarantine
WHERE partition_key IN (SELECT value
FROM _loaded)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."raw_airlines" AS t
WHERE TRUE

INSERT INTO "wh"."staging"."raw_airlines" ("carrier", "name", "created_at", "updated_at", "_attempt", "_run_id")
SELECT "carrier", "name", "created_at", "updated_at", "_attempt", "_run_id"
FROM _final AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
CROSS JOIN (SELECT NULL AS first, COUNT(*) AS n
FROM "wh"."staging"."raw_airlines" AS t
WHERE TRUE) AS c
WHERE COALESCE(c.n, 0) <> p.expected LIMIT 1

CREATE OR REPLACE TEMP TABLE "_profile_rows"
AS SELECT *
FROM _arrow_input

SELECT *
FROM "wh"."staging"."_profiles" LIMIT 0

INSERT INTO "wh"."staging"."_profiles" ("asset", "partition", "column_name", "kind", "rows", "nulls", "distinct_values", "minimum",
    "maximum", "mean", "variance", "counts", "complete", "whole", "run_id", "recorded_at", "sequence", "version")
SELECT "asset", "partition", "column_name", "kind", "rows", "nulls", "distinct_values", "minimum", "maximum", "mean", "variance", "counts",
    "complete", "whole", "run_id", "recorded_at", "sequence", "version"
FROM _profile_rows

INSERT INTO "wh"."staging"."_ledger" ("id", "recorded_at", "asset", "partition", "verdict", "version", "rows", "rows_read",
    "rows_quarantined", "duplicates_dropped", "rows_inserted", "rows_updated", "rows_deleted", "reason", "attempts", "follows", "inputs",
    "checks", "contract", "code_version", "made_by", "cause", "provenance", "difference", "decision", "run_id", "sequence")
SELECT "id", "recorded_at", "asset", "partition", "verdict", "version", "rows", "rows_read", "rows_quarantined", "duplicates_dropped",
    "rows_inserted", "rows_updated", "rows_deleted", "reason", "attempts", "follows", "inputs", "checks", "contract", "code_version",
    "made_by", "cause", "provenance", "difference", "decision", "run_id", "sequence"
FROM _ledger_entries

COMMIT

SELECT block_id
FROM pragma_metadata_info('wh')

SELECT block_size
FROM pragma_database_size()
WHERE database_name = 'wh'
