-- transform: 67 statements, in as many jobs where each is one

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
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed'

SELECT l."id", l."recorded_at", l."asset", l."partition", l."verdict", l."version", l."rows", l."rows_read", l."rows_quarantined",
    l."duplicates_dropped", l."rows_inserted", l."rows_updated", l."rows_deleted", l."reason", l."attempts", l."follows", l."inputs",
    l."checks", l."contract", l."code_version", l."made_by", l."cause", l."provenance", l."difference", l."decision", l."run_id",
    l."sequence", ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) AS _age
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-01' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed'

CREATE OR REPLACE TEMP TABLE "_parts"
AS SELECT *
FROM _arrow_input

SELECT p.partition, COUNT(*) AS n
FROM "wh"."staging"."flight_performance" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-01' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)
GROUP BY p.partition

SELECT p.partition, COUNT(*) AS n
FROM "wh"."staging"."raw_flights" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)
GROUP BY p.partition

DETACH wh

SELECT "flight_date", "carrier", "flight", "origin", "dest", "status", "distance_mi", "arrival_delay_min"
FROM "wh"."staging"."flight_performance"
WHERE "flight_date" >= $first AND "flight_date" < $after LIMIT 5000001

SELECT "flight_date", "carrier", "flight", "origin", "hour"
FROM "wh"."staging"."raw_flights"
WHERE "flight_date" >= $first AND "flight_date" < $after LIMIT 5000001

CREATE OR REPLACE TEMP TABLE "_result"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_audited"
AS SELECT r."flight_date", r."carrier", r."flight", r."origin", r."hour", r."weekday", r."distance_mi", r."carrier_mean_arrival_delay_7d",
    r."route_mean_arrival_delay_7d", r."arrival_delay_min", p.partition AS _slice, CASE WHEN (("flight_date" IS NOT NULL) IS NOT FALSE) AND
    (("carrier" IS NOT NULL) IS NOT FALSE) AND (("flight" IS NOT NULL) IS NOT FALSE) AND (("origin" IS NOT NULL) IS NOT FALSE) AND (("hour"
    IS NOT NULL) IS NOT FALSE) AND (("hour" >= 0) IS NOT FALSE) AND (("hour" <= 24) IS NOT FALSE) AND (("weekday" IS NOT NULL) IS NOT FALSE)
    AND (("weekday" >= 1) IS NOT FALSE) AND (("weekday" <= 7) IS NOT FALSE) AND (("distance_mi" IS NOT NULL) IS NOT FALSE) AND
    (("distance_mi" >= 0) IS NOT FALSE) AND ((ISFINITE("carrier_mean_arrival_delay_7d")) IS NOT FALSE) AND
    ((ISFINITE("route_mean_arrival_delay_7d")) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN ("flight_date" IS NOT NULL) IS FALSE THEN '0,'
    ELSE '' END, CASE WHEN ("carrier" IS NOT NULL) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ("flight" IS NOT NULL) IS FALSE THEN '2,' ELSE
    '' END, CASE WHEN ("origin" IS NOT NULL) IS FALSE THEN '3,' ELSE '' END, CASE WHEN ("hour" IS NOT NULL) IS FALSE THEN '4,' ELSE '' END,
    CASE WHEN ("hour" >= 0) IS FALSE THEN '5,' ELSE '' END, CASE WHEN ("hour" <= 24) IS FALSE THEN '6,' ELSE '' END, CASE WHEN ("weekday" IS
    NOT NULL) IS FALSE THEN '7,' ELSE '' END, CASE WHEN ("weekday" >= 1) IS FALSE THEN '8,' ELSE '' END, CASE WHEN ("weekday" <= 7) IS FALSE
    THEN '9,' ELSE '' END, CASE WHEN ("distance_mi" IS NOT NULL) IS FALSE THEN '10,' ELSE '' END, CASE WHEN ("distance_mi" >= 0) IS FALSE
    THEN '11,' ELSE '' END, CASE WHEN (ISFINITE("carrier_mean_arrival_delay_7d")) IS FALSE THEN '12,' ELSE '' END, CASE WHEN
    (ISFINITE("route_mean_arrival_delay_7d")) IS FALSE THEN '13,' ELSE '' END) END AS _rejected, CAST(NULL AS VARCHAR) AS _flagged
FROM (SELECT CASE WHEN CAST("flight_date" AS DATE) BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE) OR "flight_date" IS
    NULL THEN CAST("flight_date" AS DATE) ELSE CAST(ERROR('no such year') AS DATE) END AS "flight_date", CAST("carrier" AS VARCHAR) AS
    "carrier", CAST("flight" AS BIGINT) AS "flight", CAST("origin" AS VARCHAR) AS "origin", CAST("hour" AS BIGINT) AS "hour", CAST("weekday"
    AS BIGINT) AS "weekday", CAST("distance_mi" AS BIGINT) AS "distance_mi", CAST("carrier_mean_arrival_delay_7d" AS DOUBLE) AS
    "carrier_mean_arrival_delay_7d", CAST("route_mean_arrival_delay_7d" AS DOUBLE) AS "route_mean_arrival_delay_7d",
    CAST("arrival_delay_min" AS BIGINT) AS "arrival_delay_min"
FROM (SELECT *
FROM _result) AS q) AS r
LEFT JOIN _parts AS p ON r."flight_date" >= CAST('2013-01-05' AS DATE) AND r."flight_date" < CAST('2013-01-06' AS DATE) AND r."flight_date"
    = p.first

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-01' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

SELECT COUNT(*) AS n
FROM _audited
WHERE _slice IS NULL

SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi",
    "carrier_mean_arrival_delay_7d", "route_mean_arrival_delay_7d", "arrival_delay_min")) AS VARCHAR) AS one,
    CAST(SUM(CAST(HASH("flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi", "carrier_mean_arrival_delay_7d",
    "route_mean_arrival_delay_7d", "arrival_delay_min") AS HUGEINT)) AS VARCHAR) AS two, COUNT("flight_date") AS k0, CAST(MIN("flight_date")
    AS VARCHAR) AS min0, CAST(MAX("flight_date") AS VARCHAR) AS max0, COUNT("carrier") AS k1, COUNT("flight") AS k2, CAST(MIN("flight") AS
    VARCHAR) AS min2, CAST(MAX("flight") AS VARCHAR) AS max2, AVG(CAST("flight" AS DOUBLE)) AS avg2, VAR_POP(CAST("flight" AS DOUBLE)) AS
    var2, COUNT("origin") AS k3, COUNT("hour") AS k4, CAST(MIN("hour") AS VARCHAR) AS min4, CAST(MAX("hour") AS VARCHAR) AS max4,
    AVG(CAST("hour" AS DOUBLE)) AS avg4, VAR_POP(CAST("hour" AS DOUBLE)) AS var4, COUNT("weekday") AS k5, CAST(MIN("weekday") AS VARCHAR) AS
    min5, CAST(MAX("weekday") AS VARCHAR) AS max5, AVG(CAST("weekday" AS DOUBLE)) AS avg5, VAR_POP(CAST("weekday" AS DOUBLE)) AS var5,
    COUNT("distance_mi") AS k6, CAST(MIN("distance_mi") AS VARCHAR) AS min6, CAST(MAX("distance_mi") AS VARCHAR) AS max6,
    AVG(CAST("distance_mi" AS DOUBLE)) AS avg6, VAR_POP(CAST("distance_mi" AS DOUBLE)) AS var6, COUNT(CASE WHEN
    ISFINITE("carrier_mean_arrival_delay_7d") THEN "carrier_mean_arrival_delay_7d" END) AS k7, CAST(MIN(CASE WHEN
    ISFINITE("carrier_mean_arrival_delay_7d") THEN "carrier_mean_arrival_delay_7d" END) AS VARCHAR) AS min7, CAST(MAX(CASE WHEN
    ISFINITE("carrier_mean_arrival_delay_7d") THEN "carrier_mean_arrival_delay_7d" END) AS VARCHAR) AS max7, AVG(CASE WHEN
    ABS("carrier_mean_arrival_delay_7d") < 1e+140 THEN "carrier_mean_arrival_delay_7d" END) AS avg7, VAR_POP(CASE WHEN
    ABS("carrier_mean_arrival_delay_7d") < 1e+140 THEN "carrier_mean_arrival_delay_7d" END) AS var7, COUNT(CASE WHEN
    ISFINITE("route_mean_arrival_delay_7d") THEN "route_mean_arrival_delay_7d" END) AS k8, CAST(MIN(CASE WHEN
    ISFINITE("route_mean_arrival_delay_7d") THEN "route_mean_arrival_delay_7d" END) AS VARCHAR) AS min8, CAST(MAX(CASE WHEN
    ISFINITE("route_mean_arrival_delay_7d") THEN "route_mean_arrival_delay_7d" END) AS VARCHAR) AS max8, AVG(CASE WHEN
    ABS("route_mean_arrival_delay_7d") < 1e+140 THEN "route_mean_arrival_delay_7d" END) AS avg8, VAR_POP(CASE WHEN
    ABS("route_mean_arrival_delay_7d") < 1e+140 THEN "route_mean_arrival_delay_7d" END) AS var8, COUNT("arrival_delay_min") AS k9,
    CAST(MIN("arrival_delay_min") AS VARCHAR) AS min9, CAST(MAX("arrival_delay_min") AS VARCHAR) AS max9, AVG(CAST("arrival_delay_min" AS
    DOUBLE)) AS avg9, VAR_POP(CAST("arrival_delay_min" AS DOUBLE)) AS var9
FROM _audited
WHERE _slice IS NOT NULL
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS VARCHAR), ',', CAST(u.d AS VARCHAR), ',[', COALESCE(u.counts, ''),
    '],', COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM (SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS VARCHAR) AS counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT r."flight_date" AS part, "flight_date" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "flight_date" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "carrier" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "carrier" IS NOT NULL
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
FROM (SELECT r."flight_date" AS part, "flight" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "flight" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "origin" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "origin" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 3 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "hour" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "hour" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "weekday" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "weekday" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 6 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "distance_mi" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "distance_mi" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 7 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, CASE WHEN ISFINITE("carrier_mean_arrival_delay_7d") THEN "carrier_mean_arrival_delay_7d" END AS v,
    COUNT(*) AS n
FROM _audited AS r
WHERE CASE WHEN ISFINITE("carrier_mean_arrival_delay_7d") THEN "carrier_mean_arrival_delay_7d" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, CASE WHEN ISFINITE("route_mean_arrival_delay_7d") THEN "route_mean_arrival_delay_7d" END AS v,
    COUNT(*) AS n
FROM _audited AS r
WHERE CASE WHEN ISFINITE("route_mean_arrival_delay_7d") THEN "route_mean_arrival_delay_7d" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "arrival_delay_min" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "arrival_delay_min" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part) AS u
JOIN _parts AS p ON u.part = p.first
GROUP BY p.partition) AS s ON f._slice = s.partition

SELECT _slice, SUM(n - 1) AS repeated, MIN("flight_date") AS least0, MIN("carrier") AS least1, MIN("flight") AS least2, MIN("origin") AS
    least3
FROM (SELECT _slice, "flight_date", "carrier", "flight", "origin", COUNT(*) AS n
FROM _audited
WHERE "flight_date" IS NOT NULL AND "carrier" IS NOT NULL AND "flight" IS NOT NULL AND "origin" IS NOT NULL
GROUP BY _slice, "flight_date", "carrier", "flight", "origin" HAVING COUNT(*) > 1) AS k
GROUP BY _slice

SELECT _slice, COUNT(*) AS n, COUNT(_rejected) AS rejected, COUNT(_flagged) AS flagged
FROM _audited
GROUP BY _slice

DROP TABLE IF EXISTS temp.main."_result"

CREATE OR REPLACE TEMP TABLE "_wanted"
AS SELECT *
FROM _arrow_input

SELECT "flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi", "carrier_mean_arrival_delay_7d",
    "route_mean_arrival_delay_7d", "arrival_delay_min", _slice
FROM _audited
WHERE _slice IN (SELECT value
FROM _wanted) ORDER BY "_slice", "flight_date", "carrier", "flight", "origin"

ATTACH 'WAREHOUSE' AS wh (READ_WRITE)

CREATE OR REPLACE TEMP TABLE "_ledger_entries"
AS SELECT *
FROM _arrow_input

BEGIN

CREATE SCHEMA IF NOT EXISTS "wh"."staging"

CREATE TABLE IF NOT EXISTS "wh"."staging"."delay_features" ("flight_date" DATE, "carrier" VARCHAR, "flight" BIGINT, "origin" VARCHAR, "hour"
    BIGINT, "weekday" BIGINT, "distance_mi" BIGINT, "carrier_mean_arrival_delay_7d" DOUBLE, "route_mean_arrival_delay_7d" DOUBLE,
    "arrival_delay_min" BIGINT)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."delay_features" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE) AND t."flight_date" IN (SELECT p.first
FROM _changed AS p)

INSERT INTO "wh"."staging"."delay_features" ("flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi",
    "carrier_mean_arrival_delay_7d", "route_mean_arrival_delay_7d", "arrival_delay_min")
SELECT "flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi", "carrier_mean_arrival_delay_7d",
    "route_mean_arrival_delay_7d", "arrival_delay_min"
FROM _audited AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
LEFT JOIN (SELECT t."flight_date" AS first, COUNT(*) AS n
FROM "wh"."staging"."delay_features" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)
GROUP BY 1) AS c ON c.first = p.first
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

DROP TABLE IF EXISTS temp.main."_audited"

-- publish: 44 statements, in as many jobs where each is one

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
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed'

CREATE OR REPLACE TEMP TABLE "_ledger_wanted"
AS SELECT *
FROM _arrow_input

WITH layer0 AS (SELECT l.*
FROM "wh"."staging"."_ledger" AS l
JOIN _ledger_wanted AS w ON w.asset = l.asset AND w.partition = l.partition AND w.version = l.version
WHERE l.asset IN ('staged/flights', 'transformed/flight_performance') AND l.verdict = 'passed'
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, l.version ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1), layer1 AS (SELECT l.*
FROM "wh"."staging"."_ledger" AS l
JOIN (SELECT DISTINCT pair
FROM layer0 AS a, (SELECT UNNEST(STRING_SPLIT(REPLACE(REPLACE(a.inputs, '{', ','), '}', ','), ',')) AS pair) AS c) AS w ON w.pair =
    CONCAT('"', l.partition, '":"', l.version, '"')
WHERE l.asset IN ('staged/airlines', 'staged/airports', 'staged/flights', 'staged/planes', 'staged/weather',
    'transformed/flight_performance') AND l.verdict = 'passed'
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, l.version ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1)
SELECT *
FROM layer0
UNION ALL SELECT *
FROM layer1

DETACH wh

ATTACH 'WAREHOUSE' AS wh (READ_WRITE)

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

CREATE OR REPLACE TEMP TABLE "_parts"
AS SELECT *
FROM _arrow_input

SELECT *
FROM "wh"."staging"."delay_features" LIMIT 0

SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi",
    "carrier_mean_arrival_delay_7d", "route_mean_arrival_delay_7d", "arrival_delay_min")) AS VARCHAR) AS one,
    CAST(SUM(CAST(HASH("flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi", "carrier_mean_arrival_delay_7d",
    "route_mean_arrival_delay_7d", "arrival_delay_min") AS HUGEINT)) AS VARCHAR) AS two
FROM (SELECT t."flight_date", t."carrier", t."flight", t."origin", t."hour", t."weekday", t."distance_mi",
    t."carrier_mean_arrival_delay_7d", t."route_mean_arrival_delay_7d", t."arrival_delay_min", p.partition AS _slice
FROM "wh"."staging"."delay_features" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS s
GROUP BY _slice

CREATE OR REPLACE TEMP TABLE "_ledger_entries"
AS SELECT *
FROM _arrow_input

BEGIN

CREATE SCHEMA IF NOT EXISTS "wh"."production"

CREATE TABLE IF NOT EXISTS "wh"."production"."delay_features" ("flight_date" DATE, "carrier" VARCHAR, "flight" BIGINT, "origin" VARCHAR,
    "hour" BIGINT, "weekday" BIGINT, "distance_mi" BIGINT, "carrier_mean_arrival_delay_7d" DOUBLE, "route_mean_arrival_delay_7d" DOUBLE,
    "arrival_delay_min" BIGINT)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."production"."delay_features" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE) AND t."flight_date" IN (SELECT p.first
FROM _changed AS p)

INSERT INTO "wh"."production"."delay_features" ("flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi",
    "carrier_mean_arrival_delay_7d", "route_mean_arrival_delay_7d", "arrival_delay_min")
SELECT "flight_date", "carrier", "flight", "origin", "hour", "weekday", "distance_mi", "carrier_mean_arrival_delay_7d",
    "route_mean_arrival_delay_7d", "arrival_delay_min"
FROM (SELECT t."flight_date", t."carrier", t."flight", t."origin", t."hour", t."weekday", t."distance_mi",
    t."carrier_mean_arrival_delay_7d", t."route_mean_arrival_delay_7d", t."arrival_delay_min", p.partition AS _slice
FROM "wh"."staging"."delay_features" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
LEFT JOIN (SELECT t."flight_date" AS first, COUNT(*) AS n
FROM "wh"."production"."delay_features" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)
GROUP BY 1) AS c ON c.first = p.first
WHERE COALESCE(c.n, 0) <> p.expected LIMIT 1

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

SELECT p.partition, COUNT(*) AS n
FROM "wh"."production"."delay_features" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)
GROUP BY p.partition

-- difference: 10 statements, in as many jobs where each is one

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
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed'

CREATE OR REPLACE TEMP TABLE "_parts"
AS SELECT *
FROM _arrow_input

SELECT *
FROM "wh"."production"."delay_features" LIMIT 0

CREATE OR REPLACE TEMP TABLE "_compared"
AS SELECT *
FROM _arrow_input

WITH rows_b AS (SELECT r.*, HASH(r."flight_date", r."carrier", r."flight", r."origin", r."hour", r."weekday", r."distance_mi",
    r."carrier_mean_arrival_delay_7d", r."route_mean_arrival_delay_7d", r."arrival_delay_min") AS _hash
FROM (SELECT t."flight_date", t."carrier", t."flight", t."origin", t."hour", t."weekday", t."distance_mi",
    t."carrier_mean_arrival_delay_7d", t."route_mean_arrival_delay_7d", t."arrival_delay_min", p.partition AS _slice
FROM "wh"."production"."delay_features" AS t
JOIN _compared AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS r), rows_a AS (SELECT r.*,
    HASH(r."flight_date", r."carrier", r."flight", r."origin", r."hour", r."weekday", r."distance_mi", r."carrier_mean_arrival_delay_7d",
    r."route_mean_arrival_delay_7d", r."arrival_delay_min") AS _hash
FROM (SELECT t."flight_date", t."carrier", t."flight", t."origin", t."hour", t."weekday", t."distance_mi",
    t."carrier_mean_arrival_delay_7d", t."route_mean_arrival_delay_7d", t."arrival_delay_min", p.partition AS _slice
FROM "wh"."staging"."delay_features" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS r), sums_b AS (SELECT _slice,
    COUNT(*) AS n, COUNT(CASE WHEN "flight_date" IS NULL OR "carrier" IS NULL OR "flight" IS NULL OR "origin" IS NULL THEN 1 END) AS
    keyless, COUNT(DISTINCT HASH("flight_date", "carrier", "flight", "origin")) AS keys, SUM("hour") AS before0, SUM("weekday") AS before1,
    SUM("distance_mi") AS before2, SUM(CASE WHEN ABS("carrier_mean_arrival_delay_7d") < 1e+290 THEN "carrier_mean_arrival_delay_7d" END) AS
    before3, SUM(CASE WHEN ABS("route_mean_arrival_delay_7d") < 1e+290 THEN "route_mean_arrival_delay_7d" END) AS before4,
    SUM("arrival_delay_min") AS before5
FROM rows_b
GROUP BY _slice), sums_a AS (SELECT _slice, COUNT(*) AS n, SUM("hour") AS after0, SUM("weekday") AS after1, SUM("distance_mi") AS after2,
    SUM(CASE WHEN ABS("carrier_mean_arrival_delay_7d") < 1e+290 THEN "carrier_mean_arrival_delay_7d" END) AS after3, SUM(CASE WHEN
    ABS("route_mean_arrival_delay_7d") < 1e+290 THEN "route_mean_arrival_delay_7d" END) AS after4, SUM("arrival_delay_min") AS after5
FROM rows_a
GROUP BY _slice), changes AS (SELECT _slice, COUNT(CASE WHEN _added THEN 1 END) AS added, COUNT(CASE WHEN _removed THEN 1 END) AS removed,
    COUNT(_differs0) AS n0, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b0, '_after': _a0}, _differs0)) AS VARCHAR) AS example0,
    COUNT(_differs1) AS n1, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b1, '_after': _a1}, _differs1)) AS VARCHAR) AS example1,
    COUNT(_differs2) AS n2, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b2, '_after': _a2}, _differs2)) AS VARCHAR) AS example2,
    COUNT(_differs3) AS n3, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b3, '_after': _a3}, _differs3)) AS VARCHAR) AS example3,
    COUNT(_differs4) AS n4, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b4, '_after': _a4}, _differs4)) AS VARCHAR) AS example4,
    COUNT(_differs5) AS n5, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b5, '_after': _a5}, _differs5)) AS VARCHAR) AS example5,
    COUNT(COALESCE(_differs0, _differs1, _differs2, _differs3, _differs4, _differs5)) AS changed
FROM (SELECT *, CASE WHEN NOT (_added OR _removed) AND _b0 IS DISTINCT FROM _a0 THEN _order END AS _differs0, CASE WHEN NOT (_added OR
    _removed) AND _b1 IS DISTINCT FROM _a1 THEN _order END AS _differs1, CASE WHEN NOT (_added OR _removed) AND _b2 IS DISTINCT FROM _a2
    THEN _order END AS _differs2, CASE WHEN NOT (_added OR _removed) AND _b3 IS DISTINCT FROM _a3 THEN _order END AS _differs3, CASE WHEN
    NOT (_added OR _removed) AND _b4 IS DISTINCT FROM _a4 THEN _order END AS _differs4, CASE WHEN NOT (_added OR _removed) AND _b5 IS
    DISTINCT FROM _a5 THEN _order END AS _differs5
FROM (SELECT COALESCE(a._slice, b._slice) AS _slice, b._slice IS NULL AS _added, a._slice IS NULL AS _removed, HASH(a."flight_date",
    a."carrier", a."flight", a."origin") AS _order, {'flight_date': a."flight_date", 'carrier': a."carrier", 'flight': a."flight", 'origin':
    a."origin"} AS _key, b."hour" AS _b0, a."hour" AS _a0, b."weekday" AS _b1, a."weekday" AS _a1, b."distance_mi" AS _b2, a."distance_mi"
    AS _a2, b."carrier_mean_arrival_delay_7d" AS _b3, a."carrier_mean_arrival_delay_7d" AS _a3, b."route_mean_arrival_delay_7d" AS _b4,
    a."route_mean_arrival_delay_7d" AS _a4, b."arrival_delay_min" AS _b5, a."arrival_delay_min" AS _a5
FROM (SELECT s.*
FROM rows_b AS s
WHERE NOT EXISTS (SELECT 1
FROM rows_a AS o
WHERE o._hash = s._hash)) AS b FULL OUTER
JOIN (SELECT s.*
FROM rows_a AS s
WHERE NOT EXISTS (SELECT 1
FROM rows_b AS o
WHERE o._hash = s._hash)) AS a ON b._slice = a._slice AND b."flight_date" = a."flight_date" AND b."carrier" = a."carrier" AND b."flight" =
    a."flight" AND b."origin" = a."origin") AS i) AS j
GROUP BY _slice)
SELECT p.partition, b.n AS n_before, a.n AS n_after, b.keyless, b.keys, c.added, c.removed, c.changed, c.n0, c.example0, b.before0,
    a.after0, c.n1, c.example1, b.before1, a.after1, c.n2, c.example2, b.before2, a.after2, c.n3, c.example3, b.before3, a.after3, c.n4,
    c.example4, b.before4, a.after4, c.n5, c.example5, b.before5, a.after5
FROM _compared AS p
LEFT JOIN sums_b AS b ON b._slice = p.partition
LEFT JOIN sums_a AS a ON a._slice = p.partition
LEFT JOIN changes AS c ON c._slice = p.partition

DETACH wh
