-- transform: 98 statements, in as many jobs where each is one

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
WHERE l.asset = $asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY _age = 1 OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1 AND verdict = 'passed'

CREATE OR REPLACE TEMP TABLE "_parts"
AS SELECT *
FROM _arrow_input

SELECT p.partition, COUNT(*) AS n
FROM "wh"."staging"."raw_flights" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)
GROUP BY p.partition

SELECT p.partition, COUNT(*) AS n
FROM "wh"."staging"."raw_airlines" AS t
CROSS JOIN _parts AS p
GROUP BY p.partition

SELECT p.partition, COUNT(*) AS n
FROM "wh"."staging"."raw_airports" AS t
CROSS JOIN _parts AS p
GROUP BY p.partition

SELECT p.partition, COUNT(*) AS n
FROM "wh"."staging"."raw_planes" AS t
CROSS JOIN _parts AS p
GROUP BY p.partition

SELECT p.partition, COUNT(*) AS n
FROM "wh"."staging"."raw_weather" AS t
JOIN _parts AS p ON t."weather_date" = p.first
WHERE t."weather_date" >= CAST('2013-01-05' AS DATE) AND t."weather_date" < CAST('2013-01-06' AS DATE)
GROUP BY p.partition

DETACH wh

SELECT *
FROM (SELECT flights.flight_date, flights.carrier, flights.flight, flights.origin, airlines.name AS carrier_name, flights.tailnum,
    flights.dest, airports.name AS dest_name, flights.time_hour + INTERVAL (flights.minute) MINUTE AS scheduled_departure, flights.dep_delay
    AS departure_delay_min, flights.arr_delay AS arrival_delay_min, flights.air_time AS air_time_min, flights.distance AS distance_mi, CASE
    WHEN flights.dep_time IS NULL THEN 'cancelled' WHEN flights.arr_delay IS NULL THEN 'diverted' ELSE 'flown' END AS status, planes.year AS
    plane_year, planes.model AS plane_model, planes.seats, weather.temp AS temp_f, weather.wind_speed AS wind_speed_mph, weather.precip AS
    precip_in, weather.visib AS visib_mi
FROM "wh"."staging"."raw_flights" AS flights
LEFT JOIN "wh"."staging"."raw_airlines" AS airlines ON airlines.carrier = flights.carrier
LEFT JOIN "wh"."staging"."raw_airports" AS airports ON airports.faa = flights.dest
LEFT JOIN "wh"."staging"."raw_planes" AS planes ON planes.tailnum = flights.tailnum
LEFT JOIN "wh"."staging"."raw_weather" AS weather ON weather.origin = flights.origin AND weather.time_hour = flights.time_hour AND
    weather.weather_date >= $window_start AND weather.weather_date < $window_end
WHERE flights.flight_date >= $window_start AND flights.flight_date < $window_end) AS query LIMIT 0

CREATE OR REPLACE TEMP TABLE "_audited"
AS SELECT r."flight_date", r."carrier", r."flight", r."origin", r."carrier_name", r."tailnum", r."dest", r."dest_name",
    r."scheduled_departure", r."departure_delay_min", r."arrival_delay_min", r."air_time_min", r."distance_mi", r."status", r."plane_year",
    r."plane_model", r."seats", r."temp_f", r."wind_speed_mph", r."precip_in", r."visib_mi", p.partition AS _slice, CASE WHEN
    (("flight_date" IS NOT NULL) IS NOT FALSE) AND (("carrier" IS NOT NULL) IS NOT FALSE) AND (("flight" IS NOT NULL) IS NOT FALSE) AND
    (("origin" IS NOT NULL) IS NOT FALSE) AND (("dest" IS NOT NULL) IS NOT FALSE) AND (("scheduled_departure" IS NOT NULL) IS NOT FALSE) AND
    (("air_time_min" >= 0) IS NOT FALSE) AND (("distance_mi" IS NOT NULL) IS NOT FALSE) AND (("distance_mi" >= 0) IS NOT FALSE) AND
    (("status" IS NOT NULL) IS NOT FALSE) AND (("status" IN ('cancelled', 'diverted', 'flown')) IS NOT FALSE) AND (("seats" >= 0) IS NOT
    FALSE) AND ((ISFINITE("temp_f")) IS NOT FALSE) AND ((ISFINITE("wind_speed_mph")) IS NOT FALSE) AND (("wind_speed_mph" >= 0) IS NOT
    FALSE) AND (("wind_speed_mph" <= 200) IS NOT FALSE) AND ((ISFINITE("precip_in")) IS NOT FALSE) AND (("precip_in" >= 0) IS NOT FALSE) AND
    ((ISFINITE("visib_mi")) IS NOT FALSE) AND (("visib_mi" >= 0) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN ("flight_date" IS NOT NULL)
    IS FALSE THEN '0,' ELSE '' END, CASE WHEN ("carrier" IS NOT NULL) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ("flight" IS NOT NULL) IS
    FALSE THEN '2,' ELSE '' END, CASE WHEN ("origin" IS NOT NULL) IS FALSE THEN '3,' ELSE '' END, CASE WHEN ("dest" IS NOT NULL) IS FALSE
    THEN '4,' ELSE '' END, CASE WHEN ("scheduled_departure" IS NOT NULL) IS FALSE THEN '5,' ELSE '' END, CASE WHEN ("air_time_min" >= 0) IS
    FALSE THEN '6,' ELSE '' END, CASE WHEN ("distance_mi" IS NOT NULL) IS FALSE THEN '7,' ELSE '' END, CASE WHEN ("distance_mi" >= 0) IS
    FALSE THEN '8,' ELSE '' END, CASE WHEN ("status" IS NOT NULL) IS FALSE THEN '9,' ELSE '' END, CASE WHEN ("status" IN ('cancelled',
    'diverted', 'flown')) IS FALSE THEN '10,' ELSE '' END, CASE WHEN ("seats" >= 0) IS FALSE THEN '11,' ELSE '' END, CASE WHEN
    (ISFINITE("temp_f")) IS FALSE THEN '12,' ELSE '' END, CASE WHEN (ISFINITE("wind_speed_mph")) IS FALSE THEN '13,' ELSE '' END, CASE WHEN
    ("wind_speed_mph" >= 0) IS FALSE THEN '14,' ELSE '' END, CASE WHEN ("wind_speed_mph" <= 200) IS FALSE THEN '15,' ELSE '' END, CASE WHEN
    (ISFINITE("precip_in")) IS FALSE THEN '16,' ELSE '' END, CASE WHEN ("precip_in" >= 0) IS FALSE THEN '17,' ELSE '' END, CASE WHEN
    (ISFINITE("visib_mi")) IS FALSE THEN '18,' ELSE '' END, CASE WHEN ("visib_mi" >= 0) IS FALSE THEN '19,' ELSE '' END) END AS _rejected,
    CAST(NULL AS VARCHAR) AS _flagged
FROM (SELECT CASE WHEN CAST("flight_date" AS DATE) BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE) OR "flight_date" IS
    NULL THEN CAST("flight_date" AS DATE) ELSE CAST(ERROR('no such year') AS DATE) END AS "flight_date", CAST("carrier" AS VARCHAR) AS
    "carrier", CAST("flight" AS BIGINT) AS "flight", CAST("origin" AS VARCHAR) AS "origin", CAST("carrier_name" AS VARCHAR) AS
    "carrier_name", CAST("tailnum" AS VARCHAR) AS "tailnum", CAST("dest" AS VARCHAR) AS "dest", CAST("dest_name" AS VARCHAR) AS "dest_name",
    CASE WHEN CAST("scheduled_departure" AS TIMESTAMPTZ) BETWEEN CAST('0001-01-01T00:00:00' AS TIMESTAMPTZ) AND
    CAST('9999-12-31T23:59:59.999999' AS TIMESTAMPTZ) OR "scheduled_departure" IS NULL THEN CAST("scheduled_departure" AS TIMESTAMPTZ) ELSE
    CAST(ERROR('no such year') AS TIMESTAMPTZ) END AS "scheduled_departure", CAST("departure_delay_min" AS BIGINT) AS "departure_delay_min",
    CAST("arrival_delay_min" AS BIGINT) AS "arrival_delay_min", CAST("air_time_min" AS BIGINT) AS "air_time_min", CAST("distance_mi" AS
    BIGINT) AS "distance_mi", CAST("status" AS VARCHAR) AS "status", CAST("plane_year" AS BIGINT) AS "plane_year", CAST("plane_model" AS
    VARCHAR) AS "plane_model", CAST("seats" AS BIGINT) AS "seats", CAST("temp_f" AS DOUBLE) AS "temp_f", CAST("wind_speed_mph" AS DOUBLE) AS
    "wind_speed_mph", CAST("precip_in" AS DOUBLE) AS "precip_in", CAST("visib_mi" AS DOUBLE) AS "visib_mi"
FROM (SELECT flights.flight_date, flights.carrier, flights.flight, flights.origin, airlines.name AS carrier_name, flights.tailnum,
    flights.dest, airports.name AS dest_name, flights.time_hour + INTERVAL (flights.minute) MINUTE AS scheduled_departure, flights.dep_delay
    AS departure_delay_min, flights.arr_delay AS arrival_delay_min, flights.air_time AS air_time_min, flights.distance AS distance_mi, CASE
    WHEN flights.dep_time IS NULL THEN 'cancelled' WHEN flights.arr_delay IS NULL THEN 'diverted' ELSE 'flown' END AS status, planes.year AS
    plane_year, planes.model AS plane_model, planes.seats, weather.temp AS temp_f, weather.wind_speed AS wind_speed_mph, weather.precip AS
    precip_in, weather.visib AS visib_mi
FROM "wh"."staging"."raw_flights" AS flights
LEFT JOIN "wh"."staging"."raw_airlines" AS airlines ON airlines.carrier = flights.carrier
LEFT JOIN "wh"."staging"."raw_airports" AS airports ON airports.faa = flights.dest
LEFT JOIN "wh"."staging"."raw_planes" AS planes ON planes.tailnum = flights.tailnum
LEFT JOIN "wh"."staging"."raw_weather" AS weather ON weather.origin = flights.origin AND weather.time_hour = flights.time_hour AND
    weather.weather_date >= $window_start AND weather.weather_date < $window_end
WHERE flights.flight_date >= $window_start AND flights.flight_date < $window_end) AS q) AS r
LEFT JOIN _parts AS p ON r."flight_date" >= CAST('2013-01-05' AS DATE) AND r."flight_date" < CAST('2013-01-06' AS DATE) AND r."flight_date"
    = p.first

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '' AND '' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

SELECT COUNT(*) AS n
FROM _audited
WHERE _slice IS NULL

SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("flight_date", "carrier", "flight", "origin", "carrier_name", "tailnum", "dest",
    "dest_name", "scheduled_departure", "departure_delay_min", "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year",
    "plane_model", "seats", "temp_f", "wind_speed_mph", "precip_in", "visib_mi")) AS VARCHAR) AS one, CAST(SUM(CAST(HASH("flight_date",
    "carrier", "flight", "origin", "carrier_name", "tailnum", "dest", "dest_name", "scheduled_departure", "departure_delay_min",
    "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year", "plane_model", "seats", "temp_f", "wind_speed_mph",
    "precip_in", "visib_mi") AS HUGEINT)) AS VARCHAR) AS two, COUNT("flight_date") AS k0, CAST(MIN("flight_date") AS VARCHAR) AS min0,
    CAST(MAX("flight_date") AS VARCHAR) AS max0, COUNT("carrier") AS k1, COUNT("flight") AS k2, CAST(MIN("flight") AS VARCHAR) AS min2,
    CAST(MAX("flight") AS VARCHAR) AS max2, AVG(CAST("flight" AS DOUBLE)) AS avg2, VAR_POP(CAST("flight" AS DOUBLE)) AS var2,
    COUNT("origin") AS k3, COUNT("carrier_name") AS k4, COUNT("tailnum") AS k5, COUNT("dest") AS k6, COUNT("dest_name") AS k7,
    COUNT("scheduled_departure") AS k8, CAST(MIN("scheduled_departure") AS VARCHAR) AS min8, CAST(MAX("scheduled_departure") AS VARCHAR) AS
    max8, COUNT("departure_delay_min") AS k9, CAST(MIN("departure_delay_min") AS VARCHAR) AS min9, CAST(MAX("departure_delay_min") AS
    VARCHAR) AS max9, AVG(CAST("departure_delay_min" AS DOUBLE)) AS avg9, VAR_POP(CAST("departure_delay_min" AS DOUBLE)) AS var9,
    COUNT("arrival_delay_min") AS k10, CAST(MIN("arrival_delay_min") AS VARCHAR) AS min10, CAST(MAX("arrival_delay_min") AS VARCHAR) AS
    max10, AVG(CAST("arrival_delay_min" AS DOUBLE)) AS avg10, VAR_POP(CAST("arrival_delay_min" AS DOUBLE)) AS var10, COUNT("air_time_min")
    AS k11, CAST(MIN("air_time_min") AS VARCHAR) AS min11, CAST(MAX("air_time_min") AS VARCHAR) AS max11, AVG(CAST("air_time_min" AS
    DOUBLE)) AS avg11, VAR_POP(CAST("air_time_min" AS DOUBLE)) AS var11, COUNT("distance_mi") AS k12, CAST(MIN("distance_mi") AS VARCHAR) AS
    min12, CAST(MAX("distance_mi") AS VARCHAR) AS max12, AVG(CAST("distance_mi" AS DOUBLE)) AS avg12, VAR_POP(CAST("distance_mi" AS DOUBLE))
    AS var12, COUNT("status") AS k13, COUNT("plane_year") AS k14, CAST(MIN("plane_year") AS VARCHAR) AS min14, CAST(MAX("plane_year") AS
    VARCHAR) AS max14, AVG(CAST("plane_year" AS DOUBLE)) AS avg14, VAR_POP(CAST("plane_year" AS DOUBLE)) AS var14, COUNT("plane_model") AS
    k15, COUNT("seats") AS k16, CAST(MIN("seats") AS VARCHAR) AS min16, CAST(MAX("seats") AS VARCHAR) AS max16, AVG(CAST("seats" AS DOUBLE))
    AS avg16, VAR_POP(CAST("seats" AS DOUBLE)) AS var16, COUNT(CASE WHEN ISFINITE("temp_f") THEN "temp_f" END) AS k17, CAST(MIN(CASE WHEN
    ISFINITE("temp_f") THEN "temp_f" END) AS VARCHAR) AS min17, CAST(MAX(CASE WHEN ISFINITE("temp_f") THEN "temp_f" END) AS VARCHAR) AS
    max17, AVG(CASE WHEN ABS("temp_f") < 1e+140 THEN "temp_f" END) AS avg17, VAR_POP(CASE WHEN ABS("temp_f") < 1e+140 THEN "temp_f" END) AS
    var17, COUNT(CASE WHEN ISFINITE("wind_speed_mph") THEN "wind_speed_mph" END) AS k18, CAST(MIN(CASE WHEN ISFINITE("wind_speed_mph") THEN
    "wind_speed_mph" END) AS VARCHAR) AS min18, CAST(MAX(CASE WHEN ISFINITE("wind_speed_mph") THEN "wind_speed_mph" END) AS VARCHAR) AS
    max18, AVG(CASE WHEN ABS("wind_speed_mph") < 1e+140 THEN "wind_speed_mph" END) AS avg18, VAR_POP(CASE WHEN ABS("wind_speed_mph") <
    1e+140 THEN "wind_speed_mph" END) AS var18, COUNT(CASE WHEN ISFINITE("precip_in") THEN "precip_in" END) AS k19, CAST(MIN(CASE WHEN
    ISFINITE("precip_in") THEN "precip_in" END) AS VARCHAR) AS min19, CAST(MAX(CASE WHEN ISFINITE("precip_in") THEN "precip_in" END) AS
    VARCHAR) AS max19, AVG(CASE WHEN ABS("precip_in") < 1e+140 THEN "precip_in" END) AS avg19, VAR_POP(CASE WHEN ABS("precip_in") < 1e+140
    THEN "precip_in" END) AS var19, COUNT(CASE WHEN ISFINITE("visib_mi") THEN "visib_mi" END) AS k20, CAST(MIN(CASE WHEN
    ISFINITE("visib_mi") THEN "visib_mi" END) AS VARCHAR) AS min20, CAST(MAX(CASE WHEN ISFINITE("visib_mi") THEN "visib_mi" END) AS VARCHAR)
    AS max20, AVG(CASE WHEN ABS("visib_mi") < 1e+140 THEN "visib_mi" END) AS avg20, VAR_POP(CASE WHEN ABS("visib_mi") < 1e+140 THEN
    "visib_mi" END) AS var20
FROM _audited
WHERE _slice IS NOT NULL
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS VARCHAR), ',', CAST(u.d AS VARCHAR), ',[', COALESCE(u.counts, ''),
    '],', COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM ((SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS VARCHAR) AS counts, CAST(NULL AS VARCHAR) AS bounds
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
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "carrier_name" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "carrier_name" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 4 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "tailnum" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "tailnum" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 5 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "dest" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "dest" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 6 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "dest_name" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "dest_name" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 7 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, DATE_PART('HOUR', v) AS b, SUM(n) AS n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "scheduled_departure" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "scheduled_departure" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "departure_delay_min" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "departure_delay_min" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part)
UNION ALL (SELECT part, 10 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "arrival_delay_min" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "arrival_delay_min" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 11 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "air_time_min" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "air_time_min" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 12 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "distance_mi" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "distance_mi" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "status" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "status" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 13 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 14 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "plane_year" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "plane_year" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "plane_model" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "plane_model" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 15 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 16 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "seats" AS v, COUNT(*) AS n
FROM _audited AS r
WHERE "seats" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 17 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, CASE WHEN ISFINITE("temp_f") THEN "temp_f" END AS v, COUNT(*) AS n
FROM _audited AS r
WHERE CASE WHEN ISFINITE("temp_f") THEN "temp_f" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 18 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, CASE WHEN ISFINITE("wind_speed_mph") THEN "wind_speed_mph" END AS v, COUNT(*) AS n
FROM _audited AS r
WHERE CASE WHEN ISFINITE("wind_speed_mph") THEN "wind_speed_mph" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 19 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, CASE WHEN ISFINITE("precip_in") THEN "precip_in" END AS v, COUNT(*) AS n
FROM _audited AS r
WHERE CASE WHEN ISFINITE("precip_in") THEN "precip_in" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 20 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, CASE WHEN ISFINITE("visib_mi") THEN "visib_mi" END AS v, COUNT(*) AS n
FROM _audited AS r
WHERE CASE WHEN ISFINITE("visib_mi") THEN "visib_mi" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part)) AS u
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

SELECT "flight_date", "carrier", "flight", "origin", "carrier_name", "tailnum", "dest", "dest_name", "scheduled_departure",
    "departure_delay_min", "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year", "plane_model", "seats", "temp_f",
    "wind_speed_mph", "precip_in", "visib_mi", _slice
FROM _audited
WHERE _slice IN (SELECT value
FROM _wanted) ORDER BY "_slice", "flight_date", "carrier", "flight", "origin"

ATTACH 'WAREHOUSE' AS wh (READ_WRITE)

CREATE OR REPLACE TEMP TABLE "_ledger_entries"
AS SELECT *
FROM _arrow_input

BEGIN

CREATE SCHEMA IF NOT EXISTS "wh"."staging"

CREATE TABLE IF NOT EXISTS "wh"."staging"."flight_performance" ("flight_date" DATE, "carrier" VARCHAR, "flight" BIGINT, "origin" VARCHAR,
    "carrier_name" VARCHAR, "tailnum" VARCHAR, "dest" VARCHAR, "dest_name" VARCHAR, "scheduled_departure" TIMESTAMPTZ, "departure_delay_min"
    BIGINT, "arrival_delay_min" BIGINT, "air_time_min" BIGINT, "distance_mi" BIGINT, "status" VARCHAR, "plane_year" BIGINT, "plane_model"
    VARCHAR, "seats" BIGINT, "temp_f" DOUBLE, "wind_speed_mph" DOUBLE, "precip_in" DOUBLE, "visib_mi" DOUBLE)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."flight_performance" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE) AND t."flight_date" IN (SELECT p.first
FROM _changed AS p)

INSERT INTO "wh"."staging"."flight_performance" ("flight_date", "carrier", "flight", "origin", "carrier_name", "tailnum", "dest",
    "dest_name", "scheduled_departure", "departure_delay_min", "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year",
    "plane_model", "seats", "temp_f", "wind_speed_mph", "precip_in", "visib_mi")
SELECT "flight_date", "carrier", "flight", "origin", "carrier_name", "tailnum", "dest", "dest_name", "scheduled_departure",
    "departure_delay_min", "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year", "plane_model", "seats", "temp_f",
    "wind_speed_mph", "precip_in", "visib_mi"
FROM _audited AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
LEFT JOIN (SELECT t."flight_date" AS first, COUNT(*) AS n
FROM "wh"."staging"."flight_performance" AS t
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

SELECT l.*
FROM "wh"."staging"."_ledger" AS l
JOIN _ledger_wanted AS w ON w.asset = l.asset AND w.partition = l.partition AND w.version = l.version
WHERE l.asset IN ('staged/airlines', 'staged/airports', 'staged/flights', 'staged/planes', 'staged/weather') AND l.verdict = 'passed'
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, l.version ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id
    DESC) = 1

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
FROM "wh"."staging"."flight_performance" LIMIT 0

SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("flight_date", "carrier", "flight", "origin", "carrier_name", "tailnum", "dest",
    "dest_name", "scheduled_departure", "departure_delay_min", "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year",
    "plane_model", "seats", "temp_f", "wind_speed_mph", "precip_in", "visib_mi")) AS VARCHAR) AS one, CAST(SUM(CAST(HASH("flight_date",
    "carrier", "flight", "origin", "carrier_name", "tailnum", "dest", "dest_name", "scheduled_departure", "departure_delay_min",
    "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year", "plane_model", "seats", "temp_f", "wind_speed_mph",
    "precip_in", "visib_mi") AS HUGEINT)) AS VARCHAR) AS two
FROM (SELECT t."flight_date", t."carrier", t."flight", t."origin", t."carrier_name", t."tailnum", t."dest", t."dest_name",
    t."scheduled_departure", t."departure_delay_min", t."arrival_delay_min", t."air_time_min", t."distance_mi", t."status", t."plane_year",
    t."plane_model", t."seats", t."temp_f", t."wind_speed_mph", t."precip_in", t."visib_mi", p.partition AS _slice
FROM "wh"."staging"."flight_performance" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS s
GROUP BY _slice

CREATE OR REPLACE TEMP TABLE "_ledger_entries"
AS SELECT *
FROM _arrow_input

BEGIN

CREATE SCHEMA IF NOT EXISTS "wh"."production"

CREATE TABLE IF NOT EXISTS "wh"."production"."flight_performance" ("flight_date" DATE, "carrier" VARCHAR, "flight" BIGINT, "origin" VARCHAR,
    "carrier_name" VARCHAR, "tailnum" VARCHAR, "dest" VARCHAR, "dest_name" VARCHAR, "scheduled_departure" TIMESTAMPTZ, "departure_delay_min"
    BIGINT, "arrival_delay_min" BIGINT, "air_time_min" BIGINT, "distance_mi" BIGINT, "status" VARCHAR, "plane_year" BIGINT, "plane_model"
    VARCHAR, "seats" BIGINT, "temp_f" DOUBLE, "wind_speed_mph" DOUBLE, "precip_in" DOUBLE, "visib_mi" DOUBLE)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."production"."flight_performance" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE) AND t."flight_date" IN (SELECT p.first
FROM _changed AS p)

INSERT INTO "wh"."production"."flight_performance" ("flight_date", "carrier", "flight", "origin", "carrier_name", "tailnum", "dest",
    "dest_name", "scheduled_departure", "departure_delay_min", "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year",
    "plane_model", "seats", "temp_f", "wind_speed_mph", "precip_in", "visib_mi")
SELECT "flight_date", "carrier", "flight", "origin", "carrier_name", "tailnum", "dest", "dest_name", "scheduled_departure",
    "departure_delay_min", "arrival_delay_min", "air_time_min", "distance_mi", "status", "plane_year", "plane_model", "seats", "temp_f",
    "wind_speed_mph", "precip_in", "visib_mi"
FROM (SELECT t."flight_date", t."carrier", t."flight", t."origin", t."carrier_name", t."tailnum", t."dest", t."dest_name",
    t."scheduled_departure", t."departure_delay_min", t."arrival_delay_min", t."air_time_min", t."distance_mi", t."status", t."plane_year",
    t."plane_model", t."seats", t."temp_f", t."wind_speed_mph", t."precip_in", t."visib_mi", p.partition AS _slice
FROM "wh"."staging"."flight_performance" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
LEFT JOIN (SELECT t."flight_date" AS first, COUNT(*) AS n
FROM "wh"."production"."flight_performance" AS t
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
FROM "wh"."production"."flight_performance" AS t
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
FROM "wh"."production"."flight_performance" LIMIT 0

CREATE OR REPLACE TEMP TABLE "_compared"
AS SELECT *
FROM _arrow_input

WITH rows_b AS (SELECT r.*, HASH(r."flight_date", r."carrier", r."flight", r."origin", r."carrier_name", r."tailnum", r."dest",
    r."dest_name", r."scheduled_departure", r."departure_delay_min", r."arrival_delay_min", r."air_time_min", r."distance_mi", r."status",
    r."plane_year", r."plane_model", r."seats", r."temp_f", r."wind_speed_mph", r."precip_in", r."visib_mi") AS _hash
FROM (SELECT t."flight_date", t."carrier", t."flight", t."origin", t."carrier_name", t."tailnum", t."dest", t."dest_name",
    t."scheduled_departure", t."departure_delay_min", t."arrival_delay_min", t."air_time_min", t."distance_mi", t."status", t."plane_year",
    t."plane_model", t."seats", t."temp_f", t."wind_speed_mph", t."precip_in", t."visib_mi", p.partition AS _slice
FROM "wh"."production"."flight_performance" AS t
JOIN _compared AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS r), rows_a AS (SELECT r.*,
    HASH(r."flight_date", r."carrier", r."flight", r."origin", r."carrier_name", r."tailnum", r."dest", r."dest_name",
    r."scheduled_departure", r."departure_delay_min", r."arrival_delay_min", r."air_time_min", r."distance_mi", r."status", r."plane_year",
    r."plane_model", r."seats", r."temp_f", r."wind_speed_mph", r."precip_in", r."visib_mi") AS _hash
FROM (SELECT t."flight_date", t."carrier", t."flight", t."origin", t."carrier_name", t."tailnum", t."dest", t."dest_name",
    t."scheduled_departure", t."departure_delay_min", t."arrival_delay_min", t."air_time_min", t."distance_mi", t."status", t."plane_year",
    t."plane_model", t."seats", t."temp_f", t."wind_speed_mph", t."precip_in", t."visib_mi", p.partition AS _slice
FROM "wh"."staging"."flight_performance" AS t
JOIN _parts AS p ON t."flight_date" = p.first
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)) AS r), sums_b AS (SELECT _slice,
    COUNT(*) AS n, COUNT(CASE WHEN "flight_date" IS NULL OR "carrier" IS NULL OR "flight" IS NULL OR "origin" IS NULL THEN 1 END) AS
    keyless, COUNT(DISTINCT HASH("flight_date", "carrier", "flight", "origin")) AS keys, SUM("departure_delay_min") AS before5,
    SUM("arrival_delay_min") AS before6, SUM("air_time_min") AS before7, SUM("distance_mi") AS before8, SUM("plane_year") AS before10,
    SUM("seats") AS before12, SUM(CASE WHEN ABS("temp_f") < 1e+290 THEN "temp_f" END) AS before13, SUM(CASE WHEN ABS("wind_speed_mph") <
    1e+290 THEN "wind_speed_mph" END) AS before14, SUM(CASE WHEN ABS("precip_in") < 1e+290 THEN "precip_in" END) AS before15, SUM(CASE WHEN
    ABS("visib_mi") < 1e+290 THEN "visib_mi" END) AS before16
FROM rows_b
GROUP BY _slice), sums_a AS (SELECT _slice, COUNT(*) AS n, SUM("departure_delay_min") AS after5, SUM("arrival_delay_min") AS after6,
    SUM("air_time_min") AS after7, SUM("distance_mi") AS after8, SUM("plane_year") AS after10, SUM("seats") AS after12, SUM(CASE WHEN
    ABS("temp_f") < 1e+290 THEN "temp_f" END) AS after13, SUM(CASE WHEN ABS("wind_speed_mph") < 1e+290 THEN "wind_speed_mph" END) AS
    after14, SUM(CASE WHEN ABS("precip_in") < 1e+290 THEN "precip_in" END) AS after15, SUM(CASE WHEN ABS("visib_mi") < 1e+290 THEN
    "visib_mi" END) AS after16
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
    COUNT(_differs8) AS n8, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b8, '_after': _a8}, _differs8)) AS VARCHAR) AS example8,
    COUNT(_differs9) AS n9, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b9, '_after': _a9}, _differs9)) AS VARCHAR) AS example9,
    COUNT(_differs10) AS n10, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b10, '_after': _a10}, _differs10)) AS VARCHAR) AS example10,
    COUNT(_differs11) AS n11, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b11, '_after': _a11}, _differs11)) AS VARCHAR) AS example11,
    COUNT(_differs12) AS n12, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b12, '_after': _a12}, _differs12)) AS VARCHAR) AS example12,
    COUNT(_differs13) AS n13, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b13, '_after': _a13}, _differs13)) AS VARCHAR) AS example13,
    COUNT(_differs14) AS n14, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b14, '_after': _a14}, _differs14)) AS VARCHAR) AS example14,
    COUNT(_differs15) AS n15, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b15, '_after': _a15}, _differs15)) AS VARCHAR) AS example15,
    COUNT(_differs16) AS n16, CAST(TO_JSON(MIN_BY({'_key': _key, '_before': _b16, '_after': _a16}, _differs16)) AS VARCHAR) AS example16,
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
    DISTINCT FROM _a12 THEN _order END AS _differs12, CASE WHEN NOT (_added OR _removed) AND _b13 IS DISTINCT FROM _a13 THEN _order END AS
    _differs13, CASE WHEN NOT (_added OR _removed) AND _b14 IS DISTINCT FROM _a14 THEN _order END AS _differs14, CASE WHEN NOT (_added OR
    _removed) AND _b15 IS DISTINCT FROM _a15 THEN _order END AS _differs15, CASE WHEN NOT (_added OR _removed) AND _b16 IS DISTINCT FROM
    _a16 THEN _order END AS _differs16
FROM (SELECT COALESCE(a._slice, b._slice) AS _slice, b._slice IS NULL AS _added, a._slice IS NULL AS _removed, HASH(a."flight_date",
    a."carrier", a."flight", a."origin") AS _order, {'flight_date': a."flight_date", 'carrier': a."carrier", 'flight': a."flight", 'origin':
    a."origin"} AS _key, b."carrier_name" AS _b0, a."carrier_name" AS _a0, b."tailnum" AS _b1, a."tailnum" AS _a1, b."dest" AS _b2, a."dest"
    AS _a2, b."dest_name" AS _b3, a."dest_name" AS _a3, b."scheduled_departure" AS _b4, a."scheduled_departure" AS _a4,
    b."departure_delay_min" AS _b5, a."departure_delay_min" AS _a5, b."arrival_delay_min" AS _b6, a."arrival_delay_min" AS _a6,
    b."air_time_min" AS _b7, a."air_time_min" AS _a7, b."distance_mi" AS _b8, a."distance_mi" AS _a8, b."status" AS _b9, a."status" AS _a9,
    b."plane_year" AS _b10, a."plane_year" AS _a10, b."plane_model" AS _b11, a."plane_model" AS _a11, b."seats" AS _b12, a."seats" AS _a12,
    b."temp_f" AS _b13, a."temp_f" AS _a13, b."wind_speed_mph" AS _b14, a."wind_speed_mph" AS _a14, b."precip_in" AS _b15, a."precip_in" AS
    _a15, b."visib_mi" AS _b16, a."visib_mi" AS _a16
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
SELECT p.partition, b.n AS n_before, a.n AS n_after, b.keyless, b.keys, c.added, c.removed, c.changed, c.n0, c.example0, c.n1, c.example1,
    c.n2, c.example2, c.n3, c.example3, c.n4, c.example4, c.n5, c.example5, b.before5, a.after5, c.n6, c.example6, b.before6, a.after6,
    c.n7, c.example7, b.before7, a.after7, c.n8, c.example8, b.before8, a.after8, c.n9, c.example9, c.n10, c.example10, b.before10,
    a.after10, c.n11, c.example11, c.n12, c.example12, b.before12, a.after12, c.n13, c.example13, b.before13, a.after13, c.n14, c.example14,
    b.before14, a.after14, c.n15, c.example15, b.before15, a.after15, c.n16, c.example16, b.before16, a.after16
FROM _compared AS p
LEFT JOIN sums_b AS b ON b._slice = p.partition
LEFT JOIN sums_a AS a ON a._slice = p.partition
LEFT JOIN changes AS c ON c._slice = p.partition

DETACH wh
