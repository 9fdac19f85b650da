-- load: 57 statements, in as many jobs where each is one

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
AS SELECT "faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone", _file, CAST(NULL AS VARCHAR) AS _unreadable
FROM read_parquet(['LAKE/raw_airports/created_at=ATTEMPT/part-00000.parquet'], hive_partitioning = false, filename = '_file')

SELECT *
FROM _raw_part_0 LIMIT 0

CREATE OR REPLACE TEMP TABLE "_incoming"
AS SELECT "faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone", _slice, _attempt, _order, _rejected, _flagged, CASE WHEN _rejected IS
    NOT NULL OR _flagged IS NOT NULL THEN COALESCE(_unreadable, CAST(JSON_OBJECT('faa', CAST(_r0 AS VARCHAR), 'name', CAST(_r1 AS VARCHAR),
    'lat', CAST(_r2 AS VARCHAR), 'lon', CAST(_r3 AS VARCHAR), 'alt', CAST(_r4 AS VARCHAR), 'tz', CAST(_r5 AS VARCHAR), 'dst', CAST(_r6 AS
    VARCHAR), 'tzone', CAST(_r7 AS VARCHAR)) AS VARCHAR)) END AS _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r2 IS NULL OR "lat" IS NOT NULL)) IS NOT FALSE) AND (((_r3 IS NULL OR
    "lon" IS NOT NULL)) IS NOT FALSE) AND (((_r4 IS NULL OR "alt" IS NOT NULL)) IS NOT FALSE) AND (((_r5 IS NULL OR "tz" IS NOT NULL)) IS
    NOT FALSE) AND (((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT
    FALSE) AND (((_r2 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((ISFINITE("lat")) IS NOT FALSE) AND (("lat" >= -90) IS NOT
    FALSE) AND (("lat" <= 90) IS NOT FALSE) AND (((_r3 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((ISFINITE("lon")) IS NOT
    FALSE) AND (("lon" >= -180) IS NOT FALSE) AND (("lon" <= 180) IS NOT FALSE) AND (("tz" >= -12) IS NOT FALSE) AND (("tz" <= 14) IS NOT
    FALSE) THEN NULL ELSE CONCAT(CASE WHEN (_unreadable IS NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN ((_r2 IS NULL OR "lat" IS NOT
    NULL)) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ((_r3 IS NULL OR "lon" IS NOT NULL)) IS FALSE THEN '2,' ELSE '' END, CASE WHEN ((_r4 IS
    NULL OR "alt" IS NOT NULL)) IS FALSE THEN '3,' ELSE '' END, CASE WHEN ((_r5 IS NULL OR "tz" IS NOT NULL)) IS FALSE THEN '4,' ELSE ''
    END, CASE WHEN ((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '5,' ELSE '' END, CASE WHEN ((_r1 IS NOT NULL OR _unreadable
    IS NOT NULL)) IS FALSE THEN '6,' ELSE '' END, CASE WHEN ((_r2 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '7,' ELSE '' END,
    CASE WHEN (ISFINITE("lat")) IS FALSE THEN '8,' ELSE '' END, CASE WHEN ("lat" >= -90) IS FALSE THEN '9,' ELSE '' END, CASE WHEN ("lat" <=
    90) IS FALSE THEN '10,' ELSE '' END, CASE WHEN ((_r3 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '11,' ELSE '' END, CASE WHEN
    (ISFINITE("lon")) IS FALSE THEN '12,' ELSE '' END, CASE WHEN ("lon" >= -180) IS FALSE THEN '13,' ELSE '' END, CASE WHEN ("lon" <= 180)
    IS FALSE THEN '14,' ELSE '' END, CASE WHEN ("tz" >= -12) IS FALSE THEN '15,' ELSE '' END, CASE WHEN ("tz" <= 14) IS FALSE THEN '16,'
    ELSE '' END) END AS _rejected, CAST(NULL AS VARCHAR) AS _flagged
FROM (SELECT *
FROM (SELECT *, _r0 AS "faa", _r1 AS "name", _r2 AS "lat", _r3 AS "lon", _r4 AS "alt", _r5 AS "tz", _r6 AS "dst", _r7 AS "tzone"
FROM (SELECT r."faa" AS _r0, r."name" AS _r1, r."lat" AS _r2, r."lon" AS _r3, r."alt" AS _r4, r."tz" AS _r5, r."dst" AS _r6, r."tzone" AS
    _r7, _unreadable, f."_slice", f."_attempt", f."_order", f."_first", f."_after"
FROM (SELECT "faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone", _file, _unreadable
FROM _raw_part_0) AS r
JOIN _raw_files AS f ON r._file = f.file))))

DROP TABLE IF EXISTS temp.main."_raw_part_0"

SELECT 1 AS found
FROM _incoming
WHERE _rejected IS NULL
GROUP BY _slice, "faa" HAVING COUNT(*) > 1 LIMIT 1

SELECT _slice, _attempt, COUNT("lat") AS n0, COUNT("lon") AS n1, COUNT("alt") AS n2, COUNT("tz") AS n3
FROM _incoming
GROUP BY _slice, _attempt HAVING COUNT(_rejected) >= 3

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
AS SELECT CAST(NULL AS VARCHAR) AS "faa", CAST(NULL AS VARCHAR) AS "name", CAST(NULL AS DOUBLE) AS "lat", CAST(NULL AS DOUBLE) AS "lon",
    CAST(NULL AS BIGINT) AS "alt", CAST(NULL AS BIGINT) AS "tz", CAST(NULL AS VARCHAR) AS "dst", CAST(NULL AS VARCHAR) AS "tzone", CAST(NULL
    AS TIMESTAMPTZ) AS created_at, CAST(NULL AS TIMESTAMPTZ) AS updated_at, CAST(NULL AS VARCHAR) AS _attempt, CAST(NULL AS VARCHAR) AS
    _run_id, CAST(NULL AS VARCHAR) AS _slice, 1 AS _n LIMIT 0

CREATE OR REPLACE TEMP TABLE "_keeping"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_final"
AS SELECT c."faa", c."name", c."lat", c."lon", c."alt", c."tz", c."dst", c."tzone", COALESCE(e.created_at, $now) AS created_at, CASE WHEN
    e.created_at IS NULL OR (c."faa" IS DISTINCT FROM e."faa" OR c."name" IS DISTINCT FROM e."name" OR c."lat" IS DISTINCT FROM e."lat" OR
    c."lon" IS DISTINCT FROM e."lon" OR c."alt" IS DISTINCT FROM e."alt" OR c."tz" IS DISTINCT FROM e."tz" OR c."dst" IS DISTINCT FROM
    e."dst" OR c."tzone" IS DISTINCT FROM e."tzone") THEN $now ELSE e.updated_at END AS updated_at, CASE WHEN e.created_at IS NULL OR
    (c."faa" IS DISTINCT FROM e."faa" OR c."name" IS DISTINCT FROM e."name" OR c."lat" IS DISTINCT FROM e."lat" OR c."lon" IS DISTINCT FROM
    e."lon" OR c."alt" IS DISTINCT FROM e."alt" OR c."tz" IS DISTINCT FROM e."tz" OR c."dst" IS DISTINCT FROM e."dst" OR c."tzone" IS
    DISTINCT FROM e."tzone") THEN c._attempt ELSE e._attempt END AS _attempt, CASE WHEN e.created_at IS NULL OR (c."faa" IS DISTINCT FROM
    e."faa" OR c."name" IS DISTINCT FROM e."name" OR c."lat" IS DISTINCT FROM e."lat" OR c."lon" IS DISTINCT FROM e."lon" OR c."alt" IS
    DISTINCT FROM e."alt" OR c."tz" IS DISTINCT FROM e."tz" OR c."dst" IS DISTINCT FROM e."dst" OR c."tzone" IS DISTINCT FROM e."tzone")
    THEN $run_id ELSE e._run_id END AS _run_id, c._slice, CASE WHEN e.created_at IS NULL THEN 'new' WHEN c."faa" IS DISTINCT FROM e."faa" OR
    c."name" IS DISTINCT FROM e."name" OR c."lat" IS DISTINCT FROM e."lat" OR c."lon" IS DISTINCT FROM e."lon" OR c."alt" IS DISTINCT FROM
    e."alt" OR c."tz" IS DISTINCT FROM e."tz" OR c."dst" IS DISTINCT FROM e."dst" OR c."tzone" IS DISTINCT FROM e."tzone" THEN 'changed'
    ELSE 'same' END AS _change
FROM (SELECT "faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
LEFT JOIN _existing AS e ON c._slice = e._slice AND c._n = e._n AND c."faa" = e."faa"
UNION ALL SELECT e."faa", e."name", e."lat", e."lon", e."alt", e."tz", e."dst", e."tzone", e."created_at", e."updated_at", e."_attempt",
    e."_run_id", e._slice, 'kept'
FROM _existing AS e
WHERE e._slice IN (SELECT value
FROM _keeping) AND NOT EXISTS (SELECT 1
FROM (SELECT "faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c."faa" = e."faa")

SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM _final
WHERE "faa" IS NOT NULL
GROUP BY _slice, "faa" HAVING COUNT(*) > 1) AS k
GROUP BY _slice

SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone")) AS VARCHAR) AS one,
    CAST(SUM(CAST(HASH("faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone") AS HUGEINT)) AS VARCHAR) AS two, COUNTIF(_change = 'new')
    AS added, COUNTIF(_change = 'changed') AS changed, COUNTIF(_change = 'same') AS same, COUNT("faa") AS k0, COUNT("name") AS k1,
    COUNT(CASE WHEN ISFINITE("lat") THEN "lat" END) AS k2, CAST(MIN(CASE WHEN ISFINITE("lat") THEN "lat" END) AS VARCHAR) AS min2,
    CAST(MAX(CASE WHEN ISFINITE("lat") THEN "lat" END) AS VARCHAR) AS max2, AVG(CASE WHEN ABS("lat") < 1e+140 THEN "lat" END) AS avg2,
    VAR_POP(CASE WHEN ABS("lat") < 1e+140 THEN "lat" END) AS var2, COUNT(CASE WHEN ISFINITE("lon") THEN "lon" END) AS k3, CAST(MIN(CASE WHEN
    ISFINITE("lon") THEN "lon" END) AS VARCHAR) AS min3, CAST(MAX(CASE WHEN ISFINITE("lon") THEN "lon" END) AS VARCHAR) AS max3, AVG(CASE
    WHEN ABS("lon") < 1e+140 THEN "lon" END) AS avg3, VAR_POP(CASE WHEN ABS("lon") < 1e+140 THEN "lon" END) AS var3, COUNT("alt") AS k4,
    CAST(MIN("alt") AS VARCHAR) AS min4, CAST(MAX("alt") AS VARCHAR) AS max4, AVG(CAST("alt" AS DOUBLE)) AS avg4, VAR_POP(CAST("alt" AS
    DOUBLE)) AS var4, COUNT("tz") AS k5, CAST(MIN("tz") AS VARCHAR) AS min5, CAST(MAX("tz") AS VARCHAR) AS max5, AVG(CAST("tz" AS DOUBLE))
    AS avg5, VAR_POP(CAST("tz" AS DOUBLE)) AS var5, COUNT("dst") AS k6, COUNT("tzone") AS k7
FROM _final
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS VARCHAR), ',', CAST(u.d AS VARCHAR), ',[', COALESCE(u.counts, ''),
    '],', COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM ((WITH c AS (SELECT r._slice AS part, "faa" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "faa" IS NOT NULL
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
GROUP BY d.part)
UNION ALL SELECT part, 2 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, CASE WHEN ISFINITE("lat") THEN "lat" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("lat") THEN "lat" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 3 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, CASE WHEN ISFINITE("lon") THEN "lon" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("lon") THEN "lon" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, "alt" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "alt" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r._slice AS part, "tz" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "tz" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r._slice AS part, "dst" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "dst" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 6 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r._slice AS part, "tzone" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "tzone" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 7 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
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
FROM (SELECT "faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone", 1 AS _n, _slice, _attempt
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

CREATE TABLE IF NOT EXISTS "wh"."staging"."quarantine_airports" ("partition_key" VARCHAR, "partition_date" DATE, "_attempt" VARCHAR,
    "_run_id" VARCHAR, "quarantined_at" TIMESTAMPTZ, "checks" VARCHAR, "reasons" VARCHAR, "raw" VARCHAR, "stopped" BOOLEAN, "stopped_of"
    BIGINT, "replayed" VARCHAR, "given_up" BOOLEAN, "decided_by" VARCHAR, "decided_because" VARCHAR)

CREATE TABLE IF NOT EXISTS "wh"."staging"."raw_airports" ("faa" VARCHAR, "name" VARCHAR, "lat" DOUBLE, "lon" DOUBLE, "alt" BIGINT, "tz"
    BIGINT, "dst" VARCHAR, "tzone" VARCHAR, "created_at" TIMESTAMPTZ, "updated_at" TIMESTAMPTZ, "_attempt" VARCHAR, "_run_id" VARCHAR)

CREATE OR REPLACE TEMP TABLE "_rebuilt"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."quarantine_airports"
WHERE partition_date IS NULL AND partition_key IN (SELECT value
FROM _rebuilt)

CREATE OR REPLACE TEMP TABLE "_loaded"
AS SELECT *
FROM _arrow_input

INSERT INTO "wh"."staging"."quarantine_airports" ("partition_key", "partition_date", "_attempt", "_run_id", "quarantined_at", "checks",
    "reasons", "raw", "stopped", "stopped_of", "replayed", "given_up", "decided_by", "decided_because")
SELECT "partition_key", "partition_date", "_attempt", "_run_id", "quarantined_at", "checks", "reasons", "raw", "stopped", "stopped_of",
    "replayed", "given_up", "decided_by", "decided_because"
FROM _quarantine
WHERE partition_key IN (SELECT value
FROM _loaded)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."raw_airports" AS t
WHERE TRUE

INSERT INTO "wh"."staging"."raw_airports" ("faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone", "created_at", "updated_at", "_attempt",
    "_run_id")
SELECT "faa", "name", "lat", "lon", "alt", "tz", "dst", "tzone", "created_at", "updated_at", "_attempt", "_run_id"
FROM _final AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
CROSS JOIN (SELECT NULL AS first, COUNT(*) AS n
FROM "wh"."staging"."raw_airports" AS t
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
