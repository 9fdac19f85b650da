-- transform: 54 statements, in as many jobs where each is one

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

SELECT p.partition, COUNT(*) AS n
FROM "wh"."staging"."flight_performance" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)
GROUP BY p.partition

DETACH wh

SELECT *
FROM (SELECT flight_date, carrier, MIN(carrier_name) AS carrier_name, COUNT(*) AS flights, COUNT(CASE WHEN status = 'cancelled' THEN 1 END)
    AS cancelled, COUNT(CASE WHEN status = 'diverted' THEN 1 END) AS diverted, AVG(CASE WHEN status <> 'cancelled' THEN departure_delay_min
    ELSE NULL END) AS mean_departure_delay_min, MAX(CASE WHEN status <> 'cancelled' THEN departure_delay_min ELSE NULL END) AS
    max_departure_delay_min, COUNT(CASE WHEN status = 'flown' AND arrival_delay_min < 15 THEN 1 END) / COUNT(*) AS on_time_rate,
    COALESCE(SUM(CASE WHEN status = 'flown' THEN distance_mi ELSE NULL END), 0) AS distance_mi
FROM "wh"."staging"."flight_performance" AS flight_performance
WHERE flight_date >= $window_start AND flight_date < $window_end
GROUP BY flight_date, carrier) AS query LIMIT 0

CREATE OR REPLACE TEMP TABLE "_audited"
AS SELECT r."flight_date", r."carrier", r."carrier_name", r."flights", r."cancelled", r."diverted", r."mean_departure_delay_min",
    r."max_departure_delay_min", r."on_time_rate", r."distance_mi", p.partition AS _slice, CASE WHEN (("flight_date" IS NOT NULL) IS NOT
    FALSE) AND (("carrier" IS NOT NULL) IS NOT FALSE) AND (("flights" IS NOT NULL) IS NOT FALSE) AND (("flights" >= 1) IS NOT FALSE) AND
    (("cancelled" IS NOT NULL) IS NOT FALSE) AND (("cancelled" >= 0) IS NOT FALSE) AND (("diverted" IS NOT NULL) IS NOT FALSE) AND
    (("diverted" >= 0) IS NOT FALSE) AND ((ISFINITE("mean_departure_delay_min")) IS NOT FALSE) AND (("on_time_rate" IS NOT NULL) IS NOT
    FALSE) AND ((ISFINITE("on_time_rate")) IS NOT FALSE) AND (("on_time_rate" >= 0) IS NOT FALSE) AND (("on_time_rate" <= 1) IS NOT FALSE)
    AND (("distance_mi" IS NOT NULL) IS NOT FALSE) AND (("distance_mi" >= 0) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN ("flight_date" IS
    NOT NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN ("carrier" IS NOT NULL) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ("flights" IS NOT
    NULL) IS FALSE THEN '2,' ELSE '' END, CASE WHEN ("flights" >= 1) IS FALSE THEN '3,' ELSE '' END, CASE WHEN ("cancelled" IS NOT NULL) IS
    FALSE THEN '4,' ELSE '' END, CASE WHEN ("cancelled" >= 0) IS FALSE THEN '5,' ELSE '' END, CASE WHEN ("diverted" IS NOT NULL) IS FALSE
    THEN '6,' ELSE '' END, CASE WHEN ("diverted" >= 0) IS FALSE THEN '7,' ELSE '' END, CASE WHEN (ISFINITE("mean_departure_delay_min")) IS
    FALSE THEN '8,' ELSE '' END, CASE WHEN ("on_time_rate" IS NOT NULL) IS FALSE THEN '9,' ELSE '' END, CASE WHEN (ISFINITE("on_time_rate"))
    IS FALSE THEN '10,' ELSE '' END, CASE WHEN ("on_time_rate" >= 0) IS FALSE THEN '11,' ELSE '' END, CASE WHEN ("on_time_rate" <= 1) IS
    FALSE THEN '12,' ELSE '' END, CASE WHEN ("distance_mi" IS NOT NULL) IS FALSE THEN '13,' ELSE '' END, CASE WHEN ("distance_mi" >= 0) IS
    FALSE THEN '14,' ELSE '' END) END AS _rejected, CAST(NULL AS VARCHAR) AS _flagged
FROM (SELECT CASE WHEN CAST("flight_date" AS DATE) BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE) OR "flight_date" IS
    NULL THEN CAST("flight_date" AS DATE) ELSE CAST(ERROR('no such year') AS DATE) END AS "flight_date", CAST("carrier" AS VARCHAR) AS
    "carrier", CAST("carrier_name" AS VARCHAR) AS "carrier_name", CAST("flights" AS BIGINT) AS "flights", CAST("cancelled" AS BIGINT) AS
    "cancelled", CAST("diverted" AS BIGINT) AS "diverted", CAST("mean_departure_delay_min" AS DOUBLE) AS "mean_departure_delay_min",
    CAST("max_departure_delay_min" AS BIGINT) AS "max_departure_delay_min", CAST("on_time_rate" AS DOUBLE) AS "on_time_rate",
    CAST("distance_mi" AS BIGINT) AS "distance_mi"
FROM (SELECT flight_date, carrier, MIN(carrier_name) AS carrier_name, COUNT(*) AS flights, COUNT(CASE WHEN status = 'cancelled' THEN 1 END)
    AS cancelled, COUNT(CASE WHEN status = 'diverted' THEN 1 END) AS diverted, AVG(CASE WHEN status <> 'cancelled' THEN departure_delay_min
    ELSE NULL END) AS mean_departure_delay_min, MAX(CASE WHEN status <> 'cancelled' THEN departure_delay_min ELSE NULL END) AS
    max_departure_delay_min, COUNT(CASE WHEN status = 'flown' AND arrival_delay_min < 15 THEN 1 END) / COUNT(*) AS on_time_rate,
    COALESCE(SUM(CASE WHEN status = 'flown' THEN distance_mi ELSE NULL END), 0) AS distance_mi
FROM "wh"."staging"."flight_performance" AS flight_performance
WHERE flight_date >= $window_start AND flight_date < $window_end
GROUP BY flight_date, carrier) AS q) AS r
LEFT JOIN _parts AS p ON r."flight_date" >= CAST('2013-01-05' AS DATE) AND r."flight_date" < CAST('2013-01-06' AS DATE) AND r."flight_date"
    = p.first

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

SELECT COUNT(*) AS n
FROM _audited
WHERE _slice IS NULL

SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted",
    "mean_departure_delay_min", "max_departure_delay_min", "on_time_rate", "distance_mi")) AS VARCHAR) AS one,
    CAST(SUM(CAST(HASH("flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted", "mean_departure_delay_min",
    "max_departure_delay_min", "on_time_rate", "distance_mi") AS HUGEINT)) AS VARCHAR) AS two, COUNT("flight_date") AS k0,
    CAST(MIN("flight_date") AS VARCHAR) AS min0, CAST(MAX("flight_date") AS VARCHAR) AS max0, COUNT("carrier") AS k1, COUNT("carrier_name")
    AS k2, COUNT("flights") AS k3, CAST(MIN("flights") AS VARCHAR) AS min3, CAST(MAX("flights") AS VARCHAR) AS max3, AVG(CAST("flights" AS
    DOUBLE)) AS avg3, VAR_POP(CAST("flights" AS DOUBLE)) AS var3, COUNT("cancelled") AS k4, CAST(MIN("cancelled") AS VARCHAR) AS min4,
    CAST(MAX("cancelled") AS VARCHAR) AS max4, AVG(CAST("cancelled" AS DOUBLE)) AS avg4, VAR_POP(CAST("cancelled" AS DOUBLE)) AS var4,
    COUNT("diverted") AS k5, CAST(MIN("diverted") AS VARCHAR) AS min5, CAST(MAX("diverted") AS VARCHAR) AS max5, AVG(CAST("diverted" AS
    DOUBLE)) AS avg5, VAR_POP(CAST("diverted" AS DOUBLE)) AS var5, COUNT(CASE WHEN ISFINITE("mean_departure_delay_min") THEN
    "mean_departure_delay_min" END) AS k6, CAST(MIN(CASE WHEN ISFINITE("mean_departure_delay_min") THEN "mean_departure_delay_min" END) AS
    VARCHAR) AS min6, CAST(MAX(CASE WHEN ISFINITE("mean_departure_delay_min") THEN "mean_departure_delay_min" END) AS VARCHAR) AS max6,
    AVG(CASE WHEN ABS("mean_departure_delay_min") < 1e+140 THEN "mean_departure_delay_min" END) AS avg6, VAR_POP(CASE WHEN
    ABS("mean_departure_delay_min") < 1e+140 THEN "mean_departure_delay_min" END) AS var6, COUNT("max_departure_delay_min") AS k7,
    CAST(MIN("max_departure_delay_min") AS VARCHAR) AS min7, CAST(MAX("max_departure_delay_min") AS VARCHAR) AS max7,
    AVG(CAST("max_departure_delay_min" AS DOUBLE)) AS avg7, VAR_POP(CAST("max_departure_delay_min" AS DOUBLE)) AS var7, COUNT(CASE WHEN
    ISFINITE("on_time_rate") THEN "on_time_rate" END) AS k8, CAST(MIN(CASE WHEN ISFINITE("on_time_rate") THEN "on_time_rate" END) AS
    VARCHAR) AS min8, CAST(MAX(CASE WHEN ISFINITE("on_time_rate") THEN "on_time_rate" END) AS VARCHAR) AS max8, AVG(CASE WHEN
    ABS("on_time_rate") < 1e+140 THEN "on_time_rate" END) AS avg8, VAR_POP(CASE WHEN ABS("on_time_rate") < 1e+140 THEN "on_time_rate" END)
    AS var8, COUNT("distance_mi") AS k9, CAST(MIN("distance_mi") AS VARCHAR) AS min9, CAST(MAX("distance_mi") AS VARCHAR) AS max9,
    AVG(CAST("distance_mi" AS DOUBLE)) AS avg9, VAR_POP(CAST("distance_mi" AS DOUBLE)) AS var9
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
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "carrier_name" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "carrier_name" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 2 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 3 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "flights" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "flights" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "cancelled" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "cancelled" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "diverted" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "diverted" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 6 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, CASE WHEN ISFINITE("mean_departure_delay_min") THEN "mean_departure_delay_min" END AS v, COUNT(*) AS n
FROM _audited AS r
WHERE CASE WHEN ISFINITE("mean_departure_delay_min") THEN "mean_departure_delay_min" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 7 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "max_departure_delay_min" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "max_departure_delay_min" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, CASE WHEN ISFINITE("on_time_rate") THEN "on_time_rate" END AS v, COUNT(*) AS n
FROM _audited AS r
WHERE CASE WHEN ISFINITE("on_time_rate") THEN "on_time_rate" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "distance_mi" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "distance_mi" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part) AS u
JOIN _parts AS p ON u.part = p.first
GROUP BY p.partition) AS s ON f._slice = s.partition

SELECT _slice, SUM(n - 1) AS repeated, MIN("flight_date") AS least0, MIN("carrier") AS least1
FROM (SELECT _slice, "flight_date", "carrier", COUNT(*) AS n
FROM _audited
WHERE "flight_date" IS NOT NULL AND "carrier" IS NOT NULL
GROUP BY _slice, "flight_date", "carrier" HAVING COUNT(*) > 1) AS k
GROUP BY _slice

SELECT _slice, COUNT(*) AS n, COUNT(_rejected) AS rejected, COUNT(_flagged) AS flagged
FROM _audited
GROUP BY _slice

DROP TABLE IF EXISTS temp.main."_result"

CREATE OR REPLACE TEMP TABLE "_wanted"
AS SELECT *
FROM _arrow_input

SELECT "flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted", "mean_departure_delay_min", "max_departure_delay_min",
    "on_time_rate", "distance_mi", _slice
FROM _audited
WHERE _slice IN (SELECT value
FROM _wanted) ORDER BY "_slice", "flight_date", "carrier"

ATTACH 'WAREHOUSE' AS wh (READ_WRITE)

CREATE OR REPLACE TEMP TABLE "_ledger_entries"
AS SELECT *
FROM _arrow_input

BEGIN

CREATE SCHEMA IF NOT EXISTS "wh"."staging"

CREATE TABLE IF NOT EXISTS "wh"."staging"."carrier_daily" ("flight_date" DATE, "carrier" VARCHAR, "carrier_name" VARCHAR, "flights" BIGINT,
    "cancelled" BIGINT, "diverted" BIGINT, "mean_departure_delay_min" DOUBLE, "max_departure_delay_min" BIGINT, "on_time_rate" DOUBLE,
    "distance_mi" BIGINT)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."carrier_daily" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE) AND t."flight_date" IN (SELECT p.first
FROM _changed AS p)

INSERT INTO "wh"."staging"."carrier_daily" ("flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted",
    "mean_departure_delay_min", "max_departure_delay_min", "on_time_rate", "distance_mi")
SELECT "flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted", "mean_departure_delay_min", "max_departure_delay_min",
    "on_time_rate", "distance_mi"
FROM _audited AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
LEFT JOIN (SELECT t."flight_date" AS first, COUNT(*) AS n
FROM "wh"."staging"."carrier_daily" AS t
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
WHERE l.asset IN ('transformed/flight_performance') AND l.verdict = 'passed'
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
FROM "wh"."staging"."carrier_daily" LIMIT 0

SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted",
    "mean_departure_delay_min", "max_departure_delay_min", "on_time_rate", "distance_mi")) AS VARCHAR) AS one,
    CAST(SUM(CAST(HASH("flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted", "mean_departure_delay_min",
    "max_departure_delay_min", "on_time_rate", "distance_mi") AS HUGEINT)) AS VARCHAR) AS two
FROM (SELECT t."flight_date", t."carrier", t."carrier_name", t."flights", t."cancelled", t."diverted", t."mean_departure_delay_min",
    t."max_departure_delay_min", t."on_time_rate", t."distance_mi", p.partition AS _slice
FROM "wh"."staging"."carrier_daily" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS s
GROUP BY _slice

CREATE OR REPLACE TEMP TABLE "_ledger_entries"
AS SELECT *
FROM _arrow_input

BEGIN

CREATE SCHEMA IF NOT EXISTS "wh"."production"

CREATE TABLE IF NOT EXISTS "wh"."production"."carrier_daily" ("flight_date" DATE, "carrier" VARCHAR, "carrier_name" VARCHAR, "flights"
    BIGINT, "cancelled" BIGINT, "diverted" BIGINT, "mean_departure_delay_min" DOUBLE, "max_departure_delay_min" BIGINT, "on_time_rate"
    DOUBLE, "distance_mi" BIGINT)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."production"."carrier_daily" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE) AND t."flight_date" IN (SELECT p.first
FROM _changed AS p)

INSERT INTO "wh"."production"."carrier_daily" ("flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted",
    "mean_departure_delay_min", "max_departure_delay_min", "on_time_rate", "distance_mi")
SELECT "flight_date", "carrier", "carrier_name", "flights", "cancelled", "diverted", "mean_departure_delay_min", "max_departure_delay_min",
    "on_time_rate", "distance_mi"
FROM (SELECT t."flight_date", t."carrier", t."carrier_name", t."flights", t."cancelled", t."diverted", t."mean_departure_delay_min",
    t."max_departure_delay_min", t."on_time_rate", t."distance_mi", p.partition AS _slice
FROM "wh"."staging"."carrier_daily" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
LEFT JOIN (SELECT t."flight_date" AS first, COUNT(*) AS n
FROM "wh"."production"."carrier_daily" AS t
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
FROM "wh"."production"."carrier_daily" AS t
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
FROM "wh"."production"."carrier_daily" LIMIT 0

CREATE OR REPLACE TEMP TABLE "_compared"
AS SELECT *
FROM _arrow_input

WITH rows_b AS (SELECT r.*, HASH(r."flight_date", r."carrier", r."carrier_name", r."flights", r."cancelled", r."diverted",
    r."mean_departure_delay_min", r."max_departure_delay_min", r."on_time_rate", r."distance_mi") AS _hash
FROM (SELECT t."flight_date", t."carrier", t."carrier_name", t."flights", t."cancelled", t."diverted", t."mean_departure_delay_min",
    t."max_departure_delay_min", t."on_time_rate", t."distance_mi", p.partition AS _slice
FROM "wh"."production"."carrier_daily" AS t
JOIN _compared AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS r), rows_a AS (SELECT r.*,
    HASH(r."flight_date", r."carrier", r."carrier_name", r."flights", r."cancelled", r."diverted", r."mean_departure_delay_min",
    r."max_departure_delay_min", r."on_time_rate", r."distance_mi") AS _hash
FROM (SELECT t."flight_date", t."carrier", t."carrier_name", t."flights", t."cancelled", t."diverted", t."mean_departure_delay_min",
    t."max_departure_delay_min", t."on_time_rate", t."distance_mi", p.partition AS _slice
FROM "wh"."staging"."carrier_daily" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS r), sums_b AS (SELECT _slice,
    COUNT(*) AS n, COUNT(CASE WHEN "flight_date" IS NULL OR "carrier" IS NULL THEN 1 END) AS keyless, COUNT(DISTINCT HASH("flight_date",
    "carrier")) AS keys, SUM("flights") AS before1, SUM("cancelled") AS before2, SUM("diverted") AS before3, SUM(CASE WHEN
    ABS("mean_departure_delay_min") < 1e+290 THEN "mean_departure_delay_min" END) AS before4, SUM("max_departure_delay_min") AS before5,
    SUM(CASE WHEN ABS("on_time_rate") < 1e+290 THEN "on_time_rate" END) AS before6, SUM("distance_mi") AS before7
FROM rows_b
GROUP BY _slice), sums_a AS (SELECT _slice, COUNT(*) AS n, SUM("flights") AS after1, SUM("cancelled") AS after2, SUM("diverted") AS after3,
    SUM(CASE WHEN ABS("mean_departure_delay_min") < 1e+290 THEN "mean_departure_delay_min" END) AS after4, SUM("max_departure_delay_min") AS
    after5, SUM(CASE WHEN ABS("on_time_rate") < 1e+290 THEN "on_time_rate" END) AS after6, SUM("distance_mi") AS after7
FROM rows_a
GROUP BY _slice), changes AS (SELECT _slice, COUNT(CASE WHEN _added THEN 1 END) AS added, COUNT(CASE WHEN _removed THEN 1 END) AS removed,
    COUNT(_differs0) AS n0, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b0, '_after': _a0}, _differs0)) AS VARCHAR) AS example0,
    COUNT(_differs1) AS n1, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b1, '_after': _a1}, _differs1)) AS VARCHAR) AS example1,
    COUNT(_differs2) AS n2, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b2, '_after': _a2}, _differs2)) AS VARCHAR) AS example2,
    COUNT(_differs3) AS n3, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b3, '_after': _a3}, _differs3)) AS VARCHAR) AS example3,
    COUNT(_differs4) AS n4, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b4, '_after': _a4}, _differs4)) AS VARCHAR) AS example4,
    COUNT(_differs5) AS n5, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b5, '_after': _a5}, _differs5)) AS VARCHAR) AS example5,
    COUNT(_differs6) AS n6, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b6, '_after': _a6}, _differs6)) AS VARCHAR) AS example6,
    COUNT(_differs7) AS n7, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b7, '_after': _a7}, _differs7)) AS VARCHAR) AS example7,
    COUNT(COALESCE(_differs0, _differs1, _differs2, _differs3, _differs4, _differs5, _differs6, _differs7)) AS changed
FROM (SELECT *, CASE WHEN NOT (_added OR _removed) AND _b0 IS DISTINCT FROM _a0 THEN _order END AS _differs0, CASE WHEN NOT (_added OR
    _removed) AND _b1 IS DISTINCT FROM _a1 THEN _order END AS _differs1, CASE WHEN NOT (_added OR _removed) AND _b2 IS DISTINCT FROM _a2
    THEN _order END AS _differs2, CASE WHEN NOT (_added OR _removed) AND _b3 IS DISTINCT FROM _a3 THEN _order END AS _differs3, CASE WHEN
    NOT (_added OR _removed) AND _b4 IS DISTINCT FROM _a4 THEN _order END AS _differs4, CASE WHEN NOT (_added OR _removed) AND _b5 IS
    DISTINCT FROM _a5 THEN _order END AS _differs5, CASE WHEN NOT (_added OR _removed) AND _b6 IS DISTINCT FROM _a6 THEN _order END AS
    _differs6, CASE WHEN NOT (_added OR _removed) AND _b7 IS DISTINCT FROM _a7 THEN _order END AS _differs7
FROM (SELECT COALESCE(a._slice, b._slice) AS _slice, b._slice IS NULL AS _added, a._slice IS NULL AS _removed, HASH(a."flight_date",
    a."carrier") AS _order, {'flight_date': a."flight_date", 'carrier': a."carrier"} AS _key, b."carrier_name" AS _b0, a."carrier_name" AS
    _a0, b."flights" AS _b1, a."flights" AS _a1, b."cancelled" AS _b2, a."cancelled" AS _a2, b."diverted" AS _b3, a."diverted" AS _a3,
    b."mean_departure_delay_min" AS _b4, a."mean_departure_delay_min" AS _a4, b."max_departure_delay_min" AS _b5,
    a."max_departure_delay_min" AS _a5, b."on_time_rate" AS _b6, a."on_time_rate" AS _a6, b."distance_mi" AS _b7, a."distance_mi" AS _a7
FROM (SELECT s.*
FROM rows_b AS s
WHERE NOT EXISTS (SELECT 1
FROM rows_a AS o
WHERE o._hash = s._hash)) AS b FULL OUTER
JOIN (SELECT s.*
FROM rows_a AS s
WHERE NOT EXISTS (SELECT 1
FROM rows_b AS o
WHERE o._hash = s._hash)) AS a ON b._slice = a._slice AND b."flight_date" = a."flight_date" AND b."carrier" = a."carrier") AS i) AS j
GROUP BY _slice)
SELECT p.partition, b.n AS n_before, a.n AS n_after, b.keyless, b.keys, c.added, c.removed, c.changed, c.n0, c.example0, c.n1, c.example1,
    b.before1, a.after1, c.n2, c.example2, b.before2, a.after2, c.n3, c.example3, b.before3, a.after3, c.n4, c.example4, b.before4,
    a.after4, c.n5, c.example5, b.before5, a.after5, c.n6, c.example6, b.before6, a.after6, c.n7, c.example7, b.before7, a.after7
FROM _compared AS p
LEFT JOIN sums_b AS b ON b._slice = p.partition
LEFT JOIN sums_a AS a ON a._slice = p.partition
LEFT JOIN changes AS c ON c._slice = p.partition

DETACH wh
