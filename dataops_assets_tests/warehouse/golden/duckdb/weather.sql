-- load: 54 statements, in as many jobs where each is one

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

DETACH wh

CREATE OR REPLACE TEMP TABLE "_raw_files"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_incoming"
AS SELECT "weather_date", "origin", "year", "month", "day", "hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust",
    "precip", "pressure", "visib", "time_hour", _slice, _attempt, _order, _rejected, _flagged, CASE WHEN _rejected IS NOT NULL OR _flagged
    IS NOT NULL THEN COALESCE(_unreadable, CAST(JSON_OBJECT('origin', CAST(_r0 AS VARCHAR), 'year', CAST(_r1 AS VARCHAR), 'month', CAST(_r2
    AS VARCHAR), 'day', CAST(_r3 AS VARCHAR), 'hour', CAST(_r4 AS VARCHAR), 'temp', CAST(_r5 AS VARCHAR), 'dewp', CAST(_r6 AS VARCHAR),
    'humid', CAST(_r7 AS VARCHAR), 'wind_dir', CAST(_r8 AS VARCHAR), 'wind_speed', CAST(_r9 AS VARCHAR), 'wind_gust', CAST(_r10 AS VARCHAR),
    'precip', CAST(_r11 AS VARCHAR), 'pressure', CAST(_r12 AS VARCHAR), 'visib', CAST(_r13 AS VARCHAR), 'time_hour', CAST(_r14 AS VARCHAR))
    AS VARCHAR)) END AS _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r1 IS NULL OR "year" IS NOT NULL)) IS NOT FALSE) AND (((_r2 IS NULL
    OR "month" IS NOT NULL)) IS NOT FALSE) AND (((_r3 IS NULL OR "day" IS NOT NULL)) IS NOT FALSE) AND (((_r4 IS NULL OR "hour" IS NOT
    NULL)) IS NOT FALSE) AND (((_r5 IS NULL OR "temp" IS NOT NULL)) IS NOT FALSE) AND (((_r6 IS NULL OR "dewp" IS NOT NULL)) IS NOT FALSE)
    AND (((_r7 IS NULL OR "humid" IS NOT NULL)) IS NOT FALSE) AND (((_r8 IS NULL OR "wind_dir" IS NOT NULL)) IS NOT FALSE) AND (((_r9 IS
    NULL OR "wind_speed" IS NOT NULL)) IS NOT FALSE) AND (((_r10 IS NULL OR "wind_gust" IS NOT NULL)) IS NOT FALSE) AND (((_r11 IS NULL OR
    "precip" IS NOT NULL)) IS NOT FALSE) AND (((_r12 IS NULL OR "pressure" IS NOT NULL)) IS NOT FALSE) AND (((_r13 IS NULL OR "visib" IS NOT
    NULL)) IS NOT FALSE) AND (((_r14 IS NULL OR "time_hour" IS NOT NULL)) IS NOT FALSE) AND ((TRY(COALESCE(CAST(MAKE_DATE(year, month, day)
    AS DATE) BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE), TRUE)) IS NOT DISTINCT FROM TRUE) IS NOT FALSE) AND
    ((COALESCE("weather_date" >= _first AND "weather_date" < _after, _unreadable IS NOT NULL)) IS NOT FALSE) AND (("weather_date" IS NOT
    NULL) IS NOT FALSE) AND (((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("origin" IN ('EWR', 'JFK', 'LGA')) IS NOT
    FALSE) AND (((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("year" >= 1987) IS NOT FALSE) AND (("year" <= 2100) IS
    NOT FALSE) AND (((_r2 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("month" >= 1) IS NOT FALSE) AND (("month" <= 12) IS
    NOT FALSE) AND (((_r3 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("day" >= 1) IS NOT FALSE) AND (("day" <= 31) IS NOT
    FALSE) AND (((_r4 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("hour" >= 0) IS NOT FALSE) AND (("hour" <= 23) IS NOT
    FALSE) AND ((ISFINITE("temp")) IS NOT FALSE) AND (("temp" >= -60) IS NOT FALSE) AND (("temp" <= 140) IS NOT FALSE) AND
    ((ISFINITE("dewp")) IS NOT FALSE) AND (("dewp" >= -80) IS NOT FALSE) AND (("dewp" <= 100) IS NOT FALSE) AND ((ISFINITE("humid")) IS NOT
    FALSE) AND (("humid" >= 0) IS NOT FALSE) AND (("humid" <= 101) IS NOT FALSE) AND (("wind_dir" >= 0) IS NOT FALSE) AND (("wind_dir" <=
    360) IS NOT FALSE) AND ((ISFINITE("wind_speed")) IS NOT FALSE) AND (("wind_speed" >= 0) IS NOT FALSE) AND (("wind_speed" <= 200) IS NOT
    FALSE) AND ((ISFINITE("precip")) IS NOT FALSE) AND (("precip" >= 0) IS NOT FALSE) AND (("precip" <= 20) IS NOT FALSE) AND
    ((ISFINITE("pressure")) IS NOT FALSE) AND (("pressure" >= 850) IS NOT FALSE) AND (("pressure" <= 1100) IS NOT FALSE) AND
    ((ISFINITE("visib")) IS NOT FALSE) AND (("visib" >= 0) IS NOT FALSE) AND (("visib" <= 100) IS NOT FALSE) AND (((_r14 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (_unreadable IS NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN
    ((_r1 IS NULL OR "year" IS NOT NULL)) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ((_r2 IS NULL OR "month" IS NOT NULL)) IS FALSE THEN
    '2,' ELSE '' END, CASE WHEN ((_r3 IS NULL OR "day" IS NOT NULL)) IS FALSE THEN '3,' ELSE '' END, CASE WHEN ((_r4 IS NULL OR "hour" IS
    NOT NULL)) IS FALSE THEN '4,' ELSE '' END, CASE WHEN ((_r5 IS NULL OR "temp" IS NOT NULL)) IS FALSE THEN '5,' ELSE '' END, CASE WHEN
    ((_r6 IS NULL OR "dewp" IS NOT NULL)) IS FALSE THEN '6,' ELSE '' END, CASE WHEN ((_r7 IS NULL OR "humid" IS NOT NULL)) IS FALSE THEN
    '7,' ELSE '' END, CASE WHEN ((_r8 IS NULL OR "wind_dir" IS NOT NULL)) IS FALSE THEN '8,' ELSE '' END, CASE WHEN ((_r9 IS NULL OR
    "wind_speed" IS NOT NULL)) IS FALSE THEN '9,' ELSE '' END, CASE WHEN ((_r10 IS NULL OR "wind_gust" IS NOT NULL)) IS FALSE THEN '10,'
    ELSE '' END, CASE WHEN ((_r11 IS NULL OR "precip" IS NOT NULL)) IS FALSE THEN '11,' ELSE '' END, CASE WHEN ((_r12 IS NULL OR "pressure"
    IS NOT NULL)) IS FALSE THEN '12,' ELSE '' END, CASE WHEN ((_r13 IS NULL OR "visib" IS NOT NULL)) IS FALSE THEN '13,' ELSE '' END, CASE
    WHEN ((_r14 IS NULL OR "time_hour" IS NOT NULL)) IS FALSE THEN '14,' ELSE '' END, CASE WHEN (TRY(COALESCE(CAST(MAKE_DATE(year, month,
    day) AS DATE) BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE), TRUE)) IS NOT DISTINCT FROM TRUE) IS FALSE THEN '15,'
    ELSE '' END, CASE WHEN (COALESCE("weather_date" >= _first AND "weather_date" < _after, _unreadable IS NOT NULL)) IS FALSE THEN '16,'
    ELSE '' END, CASE WHEN ("weather_date" IS NOT NULL) IS FALSE THEN '17,' ELSE '' END, CASE WHEN ((_r0 IS NOT NULL OR _unreadable IS NOT
    NULL)) IS FALSE THEN '18,' ELSE '' END, CASE WHEN ("origin" IN ('EWR', 'JFK', 'LGA')) IS FALSE THEN '19,' ELSE '' END, CASE WHEN ((_r1
    IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '20,' ELSE '' END, CASE WHEN ("year" >= 1987) IS FALSE THEN '21,' ELSE '' END,
    CASE WHEN ("year" <= 2100) IS FALSE THEN '22,' ELSE '' END, CASE WHEN ((_r2 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '23,'
    ELSE '' END, CASE WHEN ("month" >= 1) IS FALSE THEN '24,' ELSE '' END, CASE WHEN ("month" <= 12) IS FALSE THEN '25,' ELSE '' END, CASE
    WHEN ((_r3 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '26,' ELSE '' END, CASE WHEN ("day" >= 1) IS FALSE THEN '27,' ELSE ''
    END, CASE WHEN ("day" <= 31) IS FALSE THEN '28,' ELSE '' END, CASE WHEN ((_r4 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN
    '29,' ELSE '' END, CASE WHEN ("hour" >= 0) IS FALSE THEN '30,' ELSE '' END, CASE WHEN ("hour" <= 23) IS FALSE THEN '31,' ELSE '' END,
    CASE WHEN (ISFINITE("temp")) IS FALSE THEN '32,' ELSE '' END, CASE WHEN ("temp" >= -60) IS FALSE THEN '33,' ELSE '' END, CASE WHEN
    ("temp" <= 140) IS FALSE THEN '34,' ELSE '' END, CASE WHEN (ISFINITE("dewp")) IS FALSE THEN '35,' ELSE '' END, CASE WHEN ("dewp" >= -80)
    IS FALSE THEN '36,' ELSE '' END, CASE WHEN ("dewp" <= 100) IS FALSE THEN '37,' ELSE '' END, CASE WHEN (ISFINITE("humid")) IS FALSE THEN
    '38,' ELSE '' END, CASE WHEN ("humid" >= 0) IS FALSE THEN '39,' ELSE '' END, CASE WHEN ("humid" <= 101) IS FALSE THEN '40,' ELSE '' END,
    CASE WHEN ("wind_dir" >= 0) IS FALSE THEN '41,' ELSE '' END, CASE WHEN ("wind_dir" <= 360) IS FALSE THEN '42,' ELSE '' END, CASE WHEN
    (ISFINITE("wind_speed")) IS FALSE THEN '43,' ELSE '' END, CASE WHEN ("wind_speed" >= 0) IS FALSE THEN '44,' ELSE '' END, CASE WHEN
    ("wind_speed" <= 200) IS FALSE THEN '45,' ELSE '' END, CASE WHEN (ISFINITE("precip")) IS FALSE THEN '48,' ELSE '' END, CASE WHEN
    ("precip" >= 0) IS FALSE THEN '49,' ELSE '' END, CASE WHEN ("precip" <= 20) IS FALSE THEN '50,' ELSE '' END, CASE WHEN
    (ISFINITE("pressure")) IS FALSE THEN '51,' ELSE '' END, CASE WHEN ("pressure" >= 850) IS FALSE THEN '52,' ELSE '' END, CASE WHEN
    ("pressure" <= 1100) IS FALSE THEN '53,' ELSE '' END, CASE WHEN (ISFINITE("visib")) IS FALSE THEN '54,' ELSE '' END, CASE WHEN ("visib"
    >= 0) IS FALSE THEN '55,' ELSE '' END, CASE WHEN ("visib" <= 100) IS FALSE THEN '56,' ELSE '' END, CASE WHEN ((_r14 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS FALSE THEN '57,' ELSE '' END) END AS _rejected, CASE WHEN ((ISFINITE("wind_gust")) IS NOT FALSE) AND
    (("wind_gust" >= 0) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (ISFINITE("wind_gust")) IS FALSE THEN '46,' ELSE '' END, CASE WHEN
    ("wind_gust" >= 0) IS FALSE THEN '47,' ELSE '' END) END AS _flagged
FROM (SELECT *, CASE WHEN TRY_CAST(TRY(MAKE_DATE(year, month, day)) AS DATE) BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS
    DATE) THEN TRY_CAST(TRY(MAKE_DATE(year, month, day)) AS DATE) END AS "weather_date"
FROM (SELECT *, _r0 AS "origin", CASE WHEN CAST(_r1 AS VARCHAR) IN (CAST(TRY_CAST(CAST(_r1 AS VARCHAR) AS BIGINT) AS VARCHAR),
    CAST(TRY_CAST(CAST(_r1 AS VARCHAR) AS BIGINT) AS VARCHAR) || '.0') THEN TRY_CAST(CAST(_r1 AS VARCHAR) AS BIGINT) ELSE CASE WHEN
    REGEXP_MATCHES(CAST(_r1 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r1 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r1 AS
    VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r1 AS VARCHAR) AS DECIMAL(38, 9)) AS
    BIGINT) END END AS "year", CASE WHEN CAST(_r2 AS VARCHAR) IN (CAST(TRY_CAST(CAST(_r2 AS VARCHAR) AS BIGINT) AS VARCHAR),
    CAST(TRY_CAST(CAST(_r2 AS VARCHAR) AS BIGINT) AS VARCHAR) || '.0') THEN TRY_CAST(CAST(_r2 AS VARCHAR) AS BIGINT) ELSE CASE WHEN
    REGEXP_MATCHES(CAST(_r2 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r2 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r2 AS
    VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r2 AS VARCHAR) AS DECIMAL(38, 9)) AS
    BIGINT) END END AS "month", CASE WHEN CAST(_r3 AS VARCHAR) IN (CAST(TRY_CAST(CAST(_r3 AS VARCHAR) AS BIGINT) AS VARCHAR),
    CAST(TRY_CAST(CAST(_r3 AS VARCHAR) AS BIGINT) AS VARCHAR) || '.0') THEN TRY_CAST(CAST(_r3 AS VARCHAR) AS BIGINT) ELSE CASE WHEN
    REGEXP_MATCHES(CAST(_r3 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r3 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r3 AS
    VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r3 AS VARCHAR) AS DECIMAL(38, 9)) AS
    BIGINT) END END AS "day", CASE WHEN CAST(_r4 AS VARCHAR) IN (CAST(TRY_CAST(CAST(_r4 AS VARCHAR) AS BIGINT) AS VARCHAR),
    CAST(TRY_CAST(CAST(_r4 AS VARCHAR) AS BIGINT) AS VARCHAR) || '.0') THEN TRY_CAST(CAST(_r4 AS VARCHAR) AS BIGINT) ELSE CASE WHEN
    REGEXP_MATCHES(CAST(_r4 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r4 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r4 AS
    VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r4 AS VARCHAR) AS DECIMAL(38, 9)) AS
    BIGINT) END END AS "hour", CASE WHEN REGEXP_MATCHES(CAST(_r5 AS VARCHAR), '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$') AND
    ISFINITE(TRY_CAST(CAST(_r5 AS VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(_r5 AS VARCHAR) AS DOUBLE) END AS "temp", CASE WHEN
    REGEXP_MATCHES(CAST(_r6 AS VARCHAR), '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$') AND ISFINITE(TRY_CAST(CAST(_r6 AS VARCHAR)
    AS DOUBLE)) THEN TRY_CAST(CAST(_r6 AS VARCHAR) AS DOUBLE) END AS "dewp", CASE WHEN REGEXP_MATCHES(CAST(_r7 AS VARCHAR),
    '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$') AND ISFINITE(TRY_CAST(CAST(_r7 AS VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(_r7
    AS VARCHAR) AS DOUBLE) END AS "humid", CASE WHEN CAST(_r8 AS VARCHAR) IN (CAST(TRY_CAST(CAST(_r8 AS VARCHAR) AS BIGINT) AS VARCHAR),
    CAST(TRY_CAST(CAST(_r8 AS VARCHAR) AS BIGINT) AS VARCHAR) || '.0') THEN TRY_CAST(CAST(_r8 AS VARCHAR) AS BIGINT) ELSE CASE WHEN
    REGEXP_MATCHES(CAST(_r8 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r8 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r8 AS
    VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r8 AS VARCHAR) AS DECIMAL(38, 9)) AS
    BIGINT) END END AS "wind_dir", CASE WHEN REGEXP_MATCHES(CAST(_r9 AS VARCHAR), '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$')
    AND ISFINITE(TRY_CAST(CAST(_r9 AS VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(_r9 AS VARCHAR) AS DOUBLE) END AS "wind_speed", CASE WHEN
    REGEXP_MATCHES(CAST(_r10 AS VARCHAR), '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$') AND ISFINITE(TRY_CAST(CAST(_r10 AS
    VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(_r10 AS VARCHAR) AS DOUBLE) END AS "wind_gust", CASE WHEN REGEXP_MATCHES(CAST(_r11 AS VARCHAR),
    '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$') AND ISFINITE(TRY_CAST(CAST(_r11 AS VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(_r11
    AS VARCHAR) AS DOUBLE) END AS "precip", CASE WHEN REGEXP_MATCHES(CAST(_r12 AS VARCHAR),
    '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$') AND ISFINITE(TRY_CAST(CAST(_r12 AS VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(_r12
    AS VARCHAR) AS DOUBLE) END AS "pressure", CASE WHEN REGEXP_MATCHES(CAST(_r13 AS VARCHAR),
    '^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$') AND ISFINITE(TRY_CAST(CAST(_r13 AS VARCHAR) AS DOUBLE)) THEN TRY_CAST(CAST(_r13
    AS VARCHAR) AS DOUBLE) END AS "visib", CASE WHEN REGEXP_MATCHES(CAST(_r14 AS VARCHAR), '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T
    ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?(Z|[+-](0[0-9]|1[0-3])(:?[0-5][0-9])?|[+-]14(:?00)?)?)?$') AND CAST(_r14 AS
    VARCHAR) >= '0001' AND TRY_CAST(CAST(_r14 AS VARCHAR) AS TIMESTAMPTZ) BETWEEN CAST('0001-01-01T00:00:00' AS TIMESTAMPTZ) AND
    CAST('9999-12-31T23:59:59.999999' AS TIMESTAMPTZ) THEN TRY_CAST(CAST(_r14 AS VARCHAR) AS TIMESTAMPTZ) END AS "time_hour"
FROM (SELECT r."origin" AS _r0, r."year" AS _r1, r."month" AS _r2, r."day" AS _r3, r."hour" AS _r4, r."temp" AS _r5, r."dewp" AS _r6,
    r."humid" AS _r7, r."wind_dir" AS _r8, r."wind_speed" AS _r9, r."wind_gust" AS _r10, r."precip" AS _r11, r."pressure" AS _r12, r."visib"
    AS _r13, r."time_hour" AS _r14, _unreadable, f."_slice", f."_attempt", f."_order", f."_first", f."_after"
FROM (SELECT c0 AS "origin", c1 AS "year", c2 AS "month", c3 AS "day", c4 AS "hour", c5 AS "temp", c6 AS "dewp", c7 AS "humid", c8 AS
    "wind_dir", c9 AS "wind_speed", c10 AS "wind_gust", c11 AS "precip", c12 AS "pressure", c13 AS "visib", c14 AS "time_hour", _file,
    CAST(NULL AS VARCHAR) AS _unreadable
FROM read_csv(['LAKE/raw_weather/date=2013-01-05/created_at=ATTEMPT/weather-2013-01-05.csv'], auto_detect = false, header = true, delim =
    ',', quote = '"', escape = '"', nullstr = '', columns = {'c0': 'VARCHAR', 'c1': 'VARCHAR', 'c2': 'VARCHAR', 'c3': 'VARCHAR', 'c4':
    'VARCHAR', 'c5': 'VARCHAR', 'c6': 'VARCHAR', 'c7': 'VARCHAR', 'c8': 'VARCHAR', 'c9': 'VARCHAR', 'c10': 'VARCHAR', 'c11': 'VARCHAR',
    'c12': 'VARCHAR', 'c13': 'VARCHAR', 'c14': 'VARCHAR'}, max_line_size = 8388608, buffer_size = 8388608, hive_partitioning = false,
    filename = '_file')) AS r
JOIN _raw_files AS f ON r._file = f.file))))

SELECT 1 AS found
FROM _incoming
WHERE _rejected IS NULL
GROUP BY _slice, "origin", "time_hour" HAVING COUNT(*) > 1 LIMIT 1

SELECT _slice, _attempt, COUNT("year") AS n0, COUNT("month") AS n1, COUNT("day") AS n2, COUNT("hour") AS n3, COUNT("temp") AS n4,
    COUNT("dewp") AS n5, COUNT("humid") AS n6, COUNT("wind_dir") AS n7, COUNT("wind_speed") AS n8, COUNT("wind_gust") AS n9, COUNT("precip")
    AS n10, COUNT("pressure") AS n11, COUNT("visib") AS n12, COUNT("time_hour") AS n13
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
    VARCHAR) AS "decided_by", CAST(MIN(r._because) AS VARCHAR) AS "decided_because", TRY_CAST(SUBSTR(r._slice, 1, 10) AS DATE) AS
    "weather_date"
FROM _rejects AS r, (SELECT UNNEST(STRING_SPLIT(r._rejected, ',')) AS check_id) AS c
JOIN _check_names AS n ON n.id = check_id
GROUP BY r._row, r._slice, r._attempt

DROP TABLE IF EXISTS temp.main."_check_names"

DROP TABLE IF EXISTS temp.main."_rejects"

ATTACH 'WAREHOUSE' AS wh (READ_WRITE)

SELECT l.partition, l.id, COALESCE(l.sequence, 0) AS sequence
FROM "wh"."staging"."_ledger" AS l
WHERE l.asset = $asset AND l.partition BETWEEN '2013-01-05' AND '2013-01-05' AND l.partition IN (SELECT k.partition
FROM _ledger_keys AS k)
QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY COALESCE(l.sequence, 0) DESC, l.recorded_at DESC, l.id DESC) = 1

CREATE OR REPLACE TEMP TABLE "_parts"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_existing"
AS SELECT CAST(NULL AS DATE) AS "weather_date", CAST(NULL AS VARCHAR) AS "origin", CAST(NULL AS BIGINT) AS "year", CAST(NULL AS BIGINT) AS
    "month", CAST(NULL AS BIGINT) AS "day", CAST(NULL AS BIGINT) AS "hour", CAST(NULL AS DOUBLE) AS "temp", CAST(NULL AS DOUBLE) AS "dewp",
    CAST(NULL AS DOUBLE) AS "humid", CAST(NULL AS BIGINT) AS "wind_dir", CAST(NULL AS DOUBLE) AS "wind_speed", CAST(NULL AS DOUBLE) AS
    "wind_gust", CAST(NULL AS DOUBLE) AS "precip", CAST(NULL AS DOUBLE) AS "pressure", CAST(NULL AS DOUBLE) AS "visib", CAST(NULL AS
    TIMESTAMPTZ) AS "time_hour", CAST(NULL AS TIMESTAMPTZ) AS created_at, CAST(NULL AS TIMESTAMPTZ) AS updated_at, CAST(NULL AS VARCHAR) AS
    _attempt, CAST(NULL AS VARCHAR) AS _run_id, CAST(NULL AS VARCHAR) AS _slice, 1 AS _n LIMIT 0

CREATE OR REPLACE TEMP TABLE "_keeping"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_final"
AS SELECT c."weather_date", c."origin", c."year", c."month", c."day", c."hour", c."temp", c."dewp", c."humid", c."wind_dir", c."wind_speed",
    c."wind_gust", c."precip", c."pressure", c."visib", c."time_hour", COALESCE(e.created_at, $now) AS created_at, CASE WHEN e.created_at IS
    NULL OR (c."weather_date" IS DISTINCT FROM e."weather_date" OR c."origin" IS DISTINCT FROM e."origin" OR c."year" IS DISTINCT FROM
    e."year" OR c."month" IS DISTINCT FROM e."month" OR c."day" IS DISTINCT FROM e."day" OR c."hour" IS DISTINCT FROM e."hour" OR c."temp"
    IS DISTINCT FROM e."temp" OR c."dewp" IS DISTINCT FROM e."dewp" OR c."humid" IS DISTINCT FROM e."humid" OR c."wind_dir" IS DISTINCT FROM
    e."wind_dir" OR c."wind_speed" IS DISTINCT FROM e."wind_speed" OR c."wind_gust" IS DISTINCT FROM e."wind_gust" OR c."precip" IS DISTINCT
    FROM e."precip" OR c."pressure" IS DISTINCT FROM e."pressure" OR c."visib" IS DISTINCT FROM e."visib" OR c."time_hour" IS DISTINCT FROM
    e."time_hour") THEN $now ELSE e.updated_at END AS updated_at, CASE WHEN e.created_at IS NULL OR (c."weather_date" IS DISTINCT FROM
    e."weather_date" OR c."origin" IS DISTINCT FROM e."origin" OR c."year" IS DISTINCT FROM e."year" OR c."month" IS DISTINCT FROM e."month"
    OR c."day" IS DISTINCT FROM e."day" OR c."hour" IS DISTINCT FROM e."hour" OR c."temp" IS DISTINCT FROM e."temp" OR c."dewp" IS DISTINCT
    FROM e."dewp" OR c."humid" IS DISTINCT FROM e."humid" OR c."wind_dir" IS DISTINCT FROM e."wind_dir" OR c."wind_speed" IS DISTINCT FROM
    e."wind_speed" OR c."wind_gust" IS DISTINCT FROM e."wind_gust" OR c."precip" IS DISTINCT FROM e."precip" OR c."pressure" IS DISTINCT
    FROM e."pressure" OR c."visib" IS DISTINCT FROM e."visib" OR c."time_hour" IS DISTINCT FROM e."time_hour") THEN c._attempt ELSE
    e._attempt END AS _attempt, CASE WHEN e.created_at IS NULL OR (c."weather_date" IS DISTINCT FROM e."weather_date" OR c."origin" IS
    DISTINCT FROM e."origin" OR c."year" IS DISTINCT FROM e."year" OR c."month" IS DISTINCT FROM e."month" OR c."day" IS DISTINCT FROM
    e."day" OR c."hour" IS DISTINCT FROM e."hour" OR c."temp" IS DISTINCT FROM e."temp" OR c."dewp" IS DISTINCT FROM e."dewp" OR c."humid"
    IS DISTINCT FROM e."humid" OR c."wind_dir" IS DISTINCT FROM e."wind_dir" OR c."wind_speed" IS DISTINCT FROM e."wind_speed" OR
    c."wind_gust" IS DISTINCT FROM e."wind_gust" OR c."precip" IS DISTINCT FROM e."precip" OR c."pressure" IS DISTINCT FROM e."pressure" OR
    c."visib" IS DISTINCT FROM e."visib" OR c."time_hour" IS DISTINCT FROM e."time_hour") THEN $run_id ELSE e._run_id END AS _run_id,
    c._slice, CASE WHEN e.created_at IS NULL THEN 'new' WHEN c."weather_date" IS DISTINCT FROM e."weather_date" OR c."origin" IS DISTINCT
    FROM e."origin" OR c."year" IS DISTINCT FROM e."year" OR c."month" IS DISTINCT FROM e."month" OR c."day" IS DISTINCT FROM e."day" OR
    c."hour" IS DISTINCT FROM e."hour" OR c."temp" IS DISTINCT FROM e."temp" OR c."dewp" IS DISTINCT FROM e."dewp" OR c."humid" IS DISTINCT
    FROM e."humid" OR c."wind_dir" IS DISTINCT FROM e."wind_dir" OR c."wind_speed" IS DISTINCT FROM e."wind_speed" OR c."wind_gust" IS
    DISTINCT FROM e."wind_gust" OR c."precip" IS DISTINCT FROM e."precip" OR c."pressure" IS DISTINCT FROM e."pressure" OR c."visib" IS
    DISTINCT FROM e."visib" OR c."time_hour" IS DISTINCT FROM e."time_hour" THEN 'changed' ELSE 'same' END AS _change
FROM (SELECT "weather_date", "origin", "year", "month", "day", "hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust",
    "precip", "pressure", "visib", "time_hour", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
LEFT JOIN _existing AS e ON c._slice = e._slice AND c._n = e._n AND c."origin" = e."origin" AND c."time_hour" = e."time_hour"
UNION ALL SELECT e."weather_date", e."origin", e."year", e."month", e."day", e."hour", e."temp", e."dewp", e."humid", e."wind_dir",
    e."wind_speed", e."wind_gust", e."precip", e."pressure", e."visib", e."time_hour", e."created_at", e."updated_at", e."_attempt",
    e."_run_id", e._slice, 'kept'
FROM _existing AS e
WHERE e._slice IN (SELECT value
FROM _keeping) AND NOT EXISTS (SELECT 1
FROM (SELECT "weather_date", "origin", "year", "month", "day", "hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust",
    "precip", "pressure", "visib", "time_hour", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c."origin" = e."origin" AND c."time_hour" = e."time_hour")

SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM _final
WHERE "origin" IS NOT NULL AND "time_hour" IS NOT NULL
GROUP BY _slice, "origin", "time_hour" HAVING COUNT(*) > 1) AS k
GROUP BY _slice

SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("weather_date", "origin", "year", "month", "day", "hour", "temp", "dewp", "humid",
    "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib", "time_hour")) AS VARCHAR) AS one,
    CAST(SUM(CAST(HASH("weather_date", "origin", "year", "month", "day", "hour", "temp", "dewp", "humid", "wind_dir", "wind_speed",
    "wind_gust", "precip", "pressure", "visib", "time_hour") AS HUGEINT)) AS VARCHAR) AS two, COUNTIF(_change = 'new') AS added,
    COUNTIF(_change = 'changed') AS changed, COUNTIF(_change = 'same') AS same, COUNT("weather_date") AS k0, CAST(MIN("weather_date") AS
    VARCHAR) AS min0, CAST(MAX("weather_date") AS VARCHAR) AS max0, COUNT("origin") AS k1, COUNT("year") AS k2, CAST(MIN("year") AS VARCHAR)
    AS min2, CAST(MAX("year") AS VARCHAR) AS max2, AVG(CAST("year" AS DOUBLE)) AS avg2, VAR_POP(CAST("year" AS DOUBLE)) AS var2,
    COUNT("month") AS k3, CAST(MIN("month") AS VARCHAR) AS min3, CAST(MAX("month") AS VARCHAR) AS max3, AVG(CAST("month" AS DOUBLE)) AS
    avg3, VAR_POP(CAST("month" AS DOUBLE)) AS var3, COUNT("day") AS k4, CAST(MIN("day") AS VARCHAR) AS min4, CAST(MAX("day") AS VARCHAR) AS
    max4, AVG(CAST("day" AS DOUBLE)) AS avg4, VAR_POP(CAST("day" AS DOUBLE)) AS var4, COUNT("hour") AS k5, CAST(MIN("hour") AS VARCHAR) AS
    min5, CAST(MAX("hour") AS VARCHAR) AS max5, AVG(CAST("hour" AS DOUBLE)) AS avg5, VAR_POP(CAST("hour" AS DOUBLE)) AS var5, COUNT(CASE
    WHEN ISFINITE("temp") THEN "temp" END) AS k6, CAST(MIN(CASE WHEN ISFINITE("temp") THEN "temp" END) AS VARCHAR) AS min6, CAST(MAX(CASE
    WHEN ISFINITE("temp") THEN "temp" END) AS VARCHAR) AS max6, AVG(CASE WHEN ABS("temp") < 1e+140 THEN "temp" END) AS avg6, VAR_POP(CASE
    WHEN ABS("temp") < 1e+140 THEN "temp" END) AS var6, COUNT(CASE WHEN ISFINITE("dewp") THEN "dewp" END) AS k7, CAST(MIN(CASE WHEN
    ISFINITE("dewp") THEN "dewp" END) AS VARCHAR) AS min7, CAST(MAX(CASE WHEN ISFINITE("dewp") THEN "dewp" END) AS VARCHAR) AS max7,
    AVG(CASE WHEN ABS("dewp") < 1e+140 THEN "dewp" END) AS avg7, VAR_POP(CASE WHEN ABS("dewp") < 1e+140 THEN "dewp" END) AS var7, COUNT(CASE
    WHEN ISFINITE("humid") THEN "humid" END) AS k8, CAST(MIN(CASE WHEN ISFINITE("humid") THEN "humid" END) AS VARCHAR) AS min8,
    CAST(MAX(CASE WHEN ISFINITE("humid") THEN "humid" END) AS VARCHAR) AS max8, AVG(CASE WHEN ABS("humid") < 1e+140 THEN "humid" END) AS
    avg8, VAR_POP(CASE WHEN ABS("humid") < 1e+140 THEN "humid" END) AS var8, COUNT("wind_dir") AS k9, CAST(MIN("wind_dir") AS VARCHAR) AS
    min9, CAST(MAX("wind_dir") AS VARCHAR) AS max9, AVG(CAST("wind_dir" AS DOUBLE)) AS avg9, VAR_POP(CAST("wind_dir" AS DOUBLE)) AS var9,
    COUNT(CASE WHEN ISFINITE("wind_speed") THEN "wind_speed" END) AS k10, CAST(MIN(CASE WHEN ISFINITE("wind_speed") THEN "wind_speed" END)
    AS VARCHAR) AS min10, CAST(MAX(CASE WHEN ISFINITE("wind_speed") THEN "wind_speed" END) AS VARCHAR) AS max10, AVG(CASE WHEN
    ABS("wind_speed") < 1e+140 THEN "wind_speed" END) AS avg10, VAR_POP(CASE WHEN ABS("wind_speed") < 1e+140 THEN "wind_speed" END) AS
    var10, COUNT(CASE WHEN ISFINITE("wind_gust") THEN "wind_gust" END) AS k11, CAST(MIN(CASE WHEN ISFINITE("wind_gust") THEN "wind_gust"
    END) AS VARCHAR) AS min11, CAST(MAX(CASE WHEN ISFINITE("wind_gust") THEN "wind_gust" END) AS VARCHAR) AS max11, AVG(CASE WHEN
    ABS("wind_gust") < 1e+140 THEN "wind_gust" END) AS avg11, VAR_POP(CASE WHEN ABS("wind_gust") < 1e+140 THEN "wind_gust" END) AS var11,
    COUNT(CASE WHEN ISFINITE("precip") THEN "precip" END) AS k12, CAST(MIN(CASE WHEN ISFINITE("precip") THEN "precip" END) AS VARCHAR) AS
    min12, CAST(MAX(CASE WHEN ISFINITE("precip") THEN "precip" END) AS VARCHAR) AS max12, AVG(CASE WHEN ABS("precip") < 1e+140 THEN "precip"
    END) AS avg12, VAR_POP(CASE WHEN ABS("precip") < 1e+140 THEN "precip" END) AS var12, COUNT(CASE WHEN ISFINITE("pressure") THEN
    "pressure" END) AS k13, CAST(MIN(CASE WHEN ISFINITE("pressure") THEN "pressure" END) AS VARCHAR) AS min13, CAST(MAX(CASE WHEN
    ISFINITE("pressure") THEN "pressure" END) AS VARCHAR) AS max13, AVG(CASE WHEN ABS("pressure") < 1e+140 THEN "pressure" END) AS avg13,
    VAR_POP(CASE WHEN ABS("pressure") < 1e+140 THEN "pressure" END) AS var13, COUNT(CASE WHEN ISFINITE("visib") THEN "visib" END) AS k14,
    CAST(MIN(CASE WHEN ISFINITE("visib") THEN "visib" END) AS VARCHAR) AS min14, CAST(MAX(CASE WHEN ISFINITE("visib") THEN "visib" END) AS
    VARCHAR) AS max14, AVG(CASE WHEN ABS("visib") < 1e+140 THEN "visib" END) AS avg14, VAR_POP(CASE WHEN ABS("visib") < 1e+140 THEN "visib"
    END) AS var14, COUNT("time_hour") AS k15, CAST(MIN("time_hour") AS VARCHAR) AS min15, CAST(MAX("time_hour") AS VARCHAR) AS max15
FROM _final
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS VARCHAR), ',', CAST(u.d AS VARCHAR), ',[', COALESCE(u.counts, ''),
    '],', COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM (SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS VARCHAR) AS counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT r."weather_date" AS part, "weather_date" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "weather_date" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r."weather_date" AS part, "origin" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "origin" IS NOT NULL
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
FROM (SELECT r."weather_date" AS part, "year" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "year" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 3 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, "month" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "month" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, "day" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "day" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, "hour" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "hour" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 6 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, CASE WHEN ISFINITE("temp") THEN "temp" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("temp") THEN "temp" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 7 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, CASE WHEN ISFINITE("dewp") THEN "dewp" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("dewp") THEN "dewp" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, CASE WHEN ISFINITE("humid") THEN "humid" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("humid") THEN "humid" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, "wind_dir" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "wind_dir" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 10 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, CASE WHEN ISFINITE("wind_speed") THEN "wind_speed" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("wind_speed") THEN "wind_speed" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 11 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, CASE WHEN ISFINITE("wind_gust") THEN "wind_gust" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("wind_gust") THEN "wind_gust" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 12 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, CASE WHEN ISFINITE("precip") THEN "precip" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("precip") THEN "precip" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 13 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, CASE WHEN ISFINITE("pressure") THEN "pressure" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("pressure") THEN "pressure" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 14 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, CASE WHEN ISFINITE("visib") THEN "visib" END AS v, COUNT(*) AS n
FROM _final AS r
WHERE CASE WHEN ISFINITE("visib") THEN "visib" END IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 15 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, DATE_PART('HOUR', v) AS b, SUM(n) AS n, COUNT(*) AS d
FROM (SELECT r."weather_date" AS part, "time_hour" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "time_hour" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part) AS u
JOIN _parts AS p ON u.part = p.first
GROUP BY p.partition) AS s ON f._slice = s.partition

SELECT i._slice, i.n - COALESCE(c.n, 0) AS n
FROM (SELECT _slice, COUNT(*) AS n
FROM _incoming
WHERE _rejected IS NULL
GROUP BY _slice) AS i
LEFT JOIN (SELECT _slice, COUNT(*) AS n
FROM (SELECT "weather_date", "origin", "year", "month", "day", "hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust",
    "precip", "pressure", "visib", "time_hour", 1 AS _n, _slice, _attempt
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

CREATE TABLE IF NOT EXISTS "wh"."staging"."quarantine_weather" ("partition_key" VARCHAR, "partition_date" DATE, "_attempt" VARCHAR,
    "_run_id" VARCHAR, "quarantined_at" TIMESTAMPTZ, "checks" VARCHAR, "reasons" VARCHAR, "raw" VARCHAR, "stopped" BOOLEAN, "stopped_of"
    BIGINT, "replayed" VARCHAR, "given_up" BOOLEAN, "decided_by" VARCHAR, "decided_because" VARCHAR, "weather_date" DATE)

CREATE TABLE IF NOT EXISTS "wh"."staging"."raw_weather" ("weather_date" DATE, "origin" VARCHAR, "year" BIGINT, "month" BIGINT, "day" BIGINT,
    "hour" BIGINT, "temp" DOUBLE, "dewp" DOUBLE, "humid" DOUBLE, "wind_dir" BIGINT, "wind_speed" DOUBLE, "wind_gust" DOUBLE, "precip"
    DOUBLE, "pressure" DOUBLE, "visib" DOUBLE, "time_hour" TIMESTAMPTZ, "created_at" TIMESTAMPTZ, "updated_at" TIMESTAMPTZ, "_attempt"
    VARCHAR, "_run_id" VARCHAR)

CREATE OR REPLACE TEMP TABLE "_rebuilt"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."quarantine_weather"
WHERE partition_date >= CAST('2013-01-05' AS DATE) AND partition_date < CAST('2013-01-06' AS DATE) AND partition_key IN (SELECT value
FROM _rebuilt)

CREATE OR REPLACE TEMP TABLE "_loaded"
AS SELECT *
FROM _arrow_input

INSERT INTO "wh"."staging"."quarantine_weather" ("partition_key", "partition_date", "_attempt", "_run_id", "quarantined_at", "checks",
    "reasons", "raw", "stopped", "stopped_of", "replayed", "given_up", "decided_by", "decided_because", "weather_date")
SELECT "partition_key", "partition_date", "_attempt", "_run_id", "quarantined_at", "checks", "reasons", "raw", "stopped", "stopped_of",
    "replayed", "given_up", "decided_by", "decided_because", "weather_date"
FROM _quarantine
WHERE partition_key IN (SELECT value
FROM _loaded)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."raw_weather" AS t
WHERE t."weather_date" >= CAST('2013-01-05' AS DATE) AND t."weather_date" < CAST('2013-01-06' AS DATE) AND t."weather_date" IN (SELECT
    p.first
FROM _changed AS p)

INSERT INTO "wh"."staging"."raw_weather" ("weather_date", "origin", "year", "month", "day", "hour", "temp", "dewp", "humid", "wind_dir",
    "wind_speed", "wind_gust", "precip", "pressure", "visib", "time_hour", "created_at", "updated_at", "_attempt", "_run_id")
SELECT "weather_date", "origin", "year", "month", "day", "hour", "temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip",
    "pressure", "visib", "time_hour", "created_at", "updated_at", "_attempt", "_run_id"
FROM _final AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
LEFT JOIN (SELECT t."weather_date" AS first, COUNT(*) AS n
FROM "wh"."staging"."raw_weather" AS t
WHERE t."weather_date" >= CAST('2013-01-05' AS DATE) AND t."weather_date" < CAST('2013-01-06' AS DATE)
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
