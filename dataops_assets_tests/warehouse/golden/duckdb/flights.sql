-- load: 56 statements, in as many jobs where each is one

ATTACH 'WAREHOUSE' AS wh (READ_ONLY)

SELECT schema_name, table_name
FROM duckdb_tables()
WHERE database_name = 'wh'

DETACH wh

CREATE OR REPLACE TEMP TABLE "_raw_files"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_incoming"
AS SELECT "flight_date", "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay",
    "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute", "time_hour", _slice, _attempt, _order,
    _rejected, _flagged, CASE WHEN _rejected IS NOT NULL OR _flagged IS NOT NULL THEN COALESCE(_unreadable, CAST(JSON_OBJECT('year',
    CAST(_r0 AS VARCHAR), 'month', CAST(_r1 AS VARCHAR), 'day', CAST(_r2 AS VARCHAR), 'dep_time', CAST(_r3 AS VARCHAR), 'sched_dep_time',
    CAST(_r4 AS VARCHAR), 'dep_delay', CAST(_r5 AS VARCHAR), 'arr_time', CAST(_r6 AS VARCHAR), 'sched_arr_time', CAST(_r7 AS VARCHAR),
    'arr_delay', CAST(_r8 AS VARCHAR), 'carrier', CAST(_r9 AS VARCHAR), 'flight', CAST(_r10 AS VARCHAR), 'tailnum', CAST(_r11 AS VARCHAR),
    'origin', CAST(_r12 AS VARCHAR), 'dest', CAST(_r13 AS VARCHAR), 'air_time', CAST(_r14 AS VARCHAR), 'distance', CAST(_r15 AS VARCHAR),
    'hour', CAST(_r16 AS VARCHAR), 'minute', CAST(_r17 AS VARCHAR), 'time_hour', CAST(_r18 AS VARCHAR)) AS VARCHAR)) END AS _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r0 IS NULL OR "year" IS NOT NULL)) IS NOT FALSE) AND (((_r1 IS NULL
    OR "month" IS NOT NULL)) IS NOT FALSE) AND (((_r2 IS NULL OR "day" IS NOT NULL)) IS NOT FALSE) AND (((_r3 IS NULL OR "dep_time" IS NOT
    NULL)) IS NOT FALSE) AND (((_r4 IS NULL OR "sched_dep_time" IS NOT NULL)) IS NOT FALSE) AND (((_r5 IS NULL OR "dep_delay" IS NOT NULL))
    IS NOT FALSE) AND (((_r6 IS NULL OR "arr_time" IS NOT NULL)) IS NOT FALSE) AND (((_r7 IS NULL OR "sched_arr_time" IS NOT NULL)) IS NOT
    FALSE) AND (((_r8 IS NULL OR "arr_delay" IS NOT NULL)) IS NOT FALSE) AND (((_r10 IS NULL OR "flight" IS NOT NULL)) IS NOT FALSE) AND
    (((_r14 IS NULL OR "air_time" IS NOT NULL)) IS NOT FALSE) AND (((_r15 IS NULL OR "distance" IS NOT NULL)) IS NOT FALSE) AND (((_r16 IS
    NULL OR "hour" IS NOT NULL)) IS NOT FALSE) AND (((_r17 IS NULL OR "minute" IS NOT NULL)) IS NOT FALSE) AND (((_r18 IS NULL OR
    "time_hour" IS NOT NULL)) IS NOT FALSE) AND ((TRY(COALESCE(CAST(MAKE_DATE(year, month, day) AS DATE) BETWEEN CAST('0001-01-01' AS DATE)
    AND CAST('9999-12-31' AS DATE), TRUE)) IS NOT DISTINCT FROM TRUE) IS NOT FALSE) AND ((COALESCE("flight_date" >= _first AND "flight_date"
    < _after, _unreadable IS NOT NULL)) IS NOT FALSE) AND (("flight_date" IS NOT NULL) IS NOT FALSE) AND (((_r0 IS NOT NULL OR _unreadable
    IS NOT NULL)) IS NOT FALSE) AND (("year" >= 1987) IS NOT FALSE) AND (("year" <= 2100) IS NOT FALSE) AND (((_r1 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS NOT FALSE) AND (("month" >= 1) IS NOT FALSE) AND (("month" <= 12) IS NOT FALSE) AND (((_r2 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS NOT FALSE) AND (("day" >= 1) IS NOT FALSE) AND (("day" <= 31) IS NOT FALSE) AND (("dep_time" >= 0) IS NOT
    FALSE) AND (("dep_time" <= 2400) IS NOT FALSE) AND (((_r4 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("sched_dep_time"
    >= 0) IS NOT FALSE) AND (("sched_dep_time" <= 2400) IS NOT FALSE) AND (("dep_delay" >= -180) IS NOT FALSE) AND (("dep_delay" <= 3000) IS
    NOT FALSE) AND (("arr_time" >= 0) IS NOT FALSE) AND (("arr_time" <= 2400) IS NOT FALSE) AND (((_r7 IS NOT NULL OR _unreadable IS NOT
    NULL)) IS NOT FALSE) AND (("sched_arr_time" >= 0) IS NOT FALSE) AND (("sched_arr_time" <= 2400) IS NOT FALSE) AND (("arr_delay" >= -240)
    IS NOT FALSE) AND (("arr_delay" <= 3000) IS NOT FALSE) AND (((_r9 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((REGEXP_MATCHES("carrier", '^(?:[0-9A-Z]{2}$)')) IS NOT FALSE) AND (((_r10 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    (("flight" >= 1) IS NOT FALSE) AND (("flight" <= 9999) IS NOT FALSE) AND (((_r12 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE)
    AND (("origin" IN ('EWR', 'JFK', 'LGA')) IS NOT FALSE) AND (((_r13 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((REGEXP_MATCHES("dest", '^(?:[0-9A-Z]{3}$)')) IS NOT FALSE) AND (("air_time" >= 1) IS NOT FALSE) AND (("air_time" <= 1500) IS NOT
    FALSE) AND (((_r15 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("distance" >= 1) IS NOT FALSE) AND (("distance" <=
    12000) IS NOT FALSE) AND (((_r16 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("hour" >= 0) IS NOT FALSE) AND (("hour" <=
    24) IS NOT FALSE) AND (((_r17 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND (("minute" >= 0) IS NOT FALSE) AND (("minute"
    <= 59) IS NOT FALSE) AND (((_r18 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (_unreadable IS
    NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN ((_r0 IS NULL OR "year" IS NOT NULL)) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ((_r1 IS
    NULL OR "month" IS NOT NULL)) IS FALSE THEN '2,' ELSE '' END, CASE WHEN ((_r2 IS NULL OR "day" IS NOT NULL)) IS FALSE THEN '3,' ELSE ''
    END, CASE WHEN ((_r3 IS NULL OR "dep_time" IS NOT NULL)) IS FALSE THEN '4,' ELSE '' END, CASE WHEN ((_r4 IS NULL OR "sched_dep_time" IS
    NOT NULL)) IS FALSE THEN '5,' ELSE '' END, CASE WHEN ((_r5 IS NULL OR "dep_delay" IS NOT NULL)) IS FALSE THEN '6,' ELSE '' END, CASE
    WHEN ((_r6 IS NULL OR "arr_time" IS NOT NULL)) IS FALSE THEN '7,' ELSE '' END, CASE WHEN ((_r7 IS NULL OR "sched_arr_time" IS NOT NULL))
    IS FALSE THEN '8,' ELSE '' END, CASE WHEN ((_r8 IS NULL OR "arr_delay" IS NOT NULL)) IS FALSE THEN '9,' ELSE '' END, CASE WHEN ((_r10 IS
    NULL OR "flight" IS NOT NULL)) IS FALSE THEN '10,' ELSE '' END, CASE WHEN ((_r14 IS NULL OR "air_time" IS NOT NULL)) IS FALSE THEN '11,'
    ELSE '' END, CASE WHEN ((_r15 IS NULL OR "distance" IS NOT NULL)) IS FALSE THEN '12,' ELSE '' END, CASE WHEN ((_r16 IS NULL OR "hour" IS
    NOT NULL)) IS FALSE THEN '13,' ELSE '' END, CASE WHEN ((_r17 IS NULL OR "minute" IS NOT NULL)) IS FALSE THEN '14,' ELSE '' END, CASE
    WHEN ((_r18 IS NULL OR "time_hour" IS NOT NULL)) IS FALSE THEN '15,' ELSE '' END, CASE WHEN (TRY(COALESCE(CAST(MAKE_DATE(year, month,
    day) AS DATE) BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS DATE), TRUE)) IS NOT DISTINCT FROM TRUE) IS FALSE THEN '16,'
    ELSE '' END, CASE WHEN (COALESCE("flight_date" >= _first AND "flight_date" < _after, _unreadable IS NOT NULL)) IS FALSE THEN '17,' ELSE
    '' END, CASE WHEN ("flight_date" IS NOT NULL) IS FALSE THEN '18,' ELSE '' END, CASE WHEN ((_r0 IS NOT NULL OR _unreadable IS NOT NULL))
    IS FALSE THEN '19,' ELSE '' END, CASE WHEN ("year" >= 1987) IS FALSE THEN '20,' ELSE '' END, CASE WHEN ("year" <= 2100) IS FALSE THEN
    '21,' ELSE '' END, CASE WHEN ((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '22,' ELSE '' END, CASE WHEN ("month" >= 1) IS
    FALSE THEN '23,' ELSE '' END, CASE WHEN ("month" <= 12) IS FALSE THEN '24,' ELSE '' END, CASE WHEN ((_r2 IS NOT NULL OR _unreadable IS
    NOT NULL)) IS FALSE THEN '25,' ELSE '' END, CASE WHEN ("day" >= 1) IS FALSE THEN '26,' ELSE '' END, CASE WHEN ("day" <= 31) IS FALSE
    THEN '27,' ELSE '' END, CASE WHEN ("dep_time" >= 0) IS FALSE THEN '28,' ELSE '' END, CASE WHEN ("dep_time" <= 2400) IS FALSE THEN '29,'
    ELSE '' END, CASE WHEN ((_r4 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '30,' ELSE '' END, CASE WHEN ("sched_dep_time" >= 0)
    IS FALSE THEN '31,' ELSE '' END, CASE WHEN ("sched_dep_time" <= 2400) IS FALSE THEN '32,' ELSE '' END, CASE WHEN ("dep_delay" >= -180)
    IS FALSE THEN '33,' ELSE '' END, CASE WHEN ("dep_delay" <= 3000) IS FALSE THEN '34,' ELSE '' END, CASE WHEN ("arr_time" >= 0) IS FALSE
    THEN '35,' ELSE '' END, CASE WHEN ("arr_time" <= 2400) IS FALSE THEN '36,' ELSE '' END, CASE WHEN ((_r7 IS NOT NULL OR _unreadable IS
    NOT NULL)) IS FALSE THEN '37,' ELSE '' END, CASE WHEN ("sched_arr_time" >= 0) IS FALSE THEN '38,' ELSE '' END, CASE WHEN
    ("sched_arr_time" <= 2400) IS FALSE THEN '39,' ELSE '' END, CASE WHEN ("arr_delay" >= -240) IS FALSE THEN '40,' ELSE '' END, CASE WHEN
    ("arr_delay" <= 3000) IS FALSE THEN '41,' ELSE '' END, CASE WHEN ((_r9 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '42,' ELSE
    '' END, CASE WHEN (REGEXP_MATCHES("carrier", '^(?:[0-9A-Z]{2}$)')) IS FALSE THEN '43,' ELSE '' END, CASE WHEN ((_r10 IS NOT NULL OR
    _unreadable IS NOT NULL)) IS FALSE THEN '44,' ELSE '' END, CASE WHEN ("flight" >= 1) IS FALSE THEN '45,' ELSE '' END, CASE WHEN
    ("flight" <= 9999) IS FALSE THEN '46,' ELSE '' END, CASE WHEN ((_r12 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '47,' ELSE
    '' END, CASE WHEN ("origin" IN ('EWR', 'JFK', 'LGA')) IS FALSE THEN '48,' ELSE '' END, CASE WHEN ((_r13 IS NOT NULL OR _unreadable IS
    NOT NULL)) IS FALSE THEN '49,' ELSE '' END, CASE WHEN (REGEXP_MATCHES("dest", '^(?:[0-9A-Z]{3}$)')) IS FALSE THEN '50,' ELSE '' END,
    CASE WHEN ("air_time" >= 1) IS FALSE THEN '51,' ELSE '' END, CASE WHEN ("air_time" <= 1500) IS FALSE THEN '52,' ELSE '' END, CASE WHEN
    ((_r15 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '53,' ELSE '' END, CASE WHEN ("distance" >= 1) IS FALSE THEN '54,' ELSE ''
    END, CASE WHEN ("distance" <= 12000) IS FALSE THEN '55,' ELSE '' END, CASE WHEN ((_r16 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE
    THEN '56,' ELSE '' END, CASE WHEN ("hour" >= 0) IS FALSE THEN '57,' ELSE '' END, CASE WHEN ("hour" <= 24) IS FALSE THEN '58,' ELSE ''
    END, CASE WHEN ((_r17 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '59,' ELSE '' END, CASE WHEN ("minute" >= 0) IS FALSE THEN
    '60,' ELSE '' END, CASE WHEN ("minute" <= 59) IS FALSE THEN '61,' ELSE '' END, CASE WHEN ((_r18 IS NOT NULL OR _unreadable IS NOT NULL))
    IS FALSE THEN '62,' ELSE '' END) END AS _rejected, CASE WHEN ((arr_time IS NULL OR NOT dep_time IS NULL) IS NOT FALSE) THEN NULL ELSE
    CONCAT(CASE WHEN (arr_time IS NULL OR NOT dep_time IS NULL) IS FALSE THEN '63,' ELSE '' END) END AS _flagged
FROM (SELECT *, CASE WHEN TRY_CAST(TRY(MAKE_DATE(year, month, day)) AS DATE) BETWEEN CAST('0001-01-01' AS DATE) AND CAST('9999-12-31' AS
    DATE) THEN TRY_CAST(TRY(MAKE_DATE(year, month, day)) AS DATE) END AS "flight_date"
FROM (SELECT *, CASE WHEN CAST(TRY_CAST(CAST(_r0 AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r0 AS VARCHAR) THEN TRY_CAST(CAST(_r0 AS
    VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r0 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r0 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r0 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r0 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "year", CASE WHEN CAST(TRY_CAST(CAST(_r1 AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r1 AS
    VARCHAR) THEN TRY_CAST(CAST(_r1 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r1 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r1 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r1 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r1 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "month", CASE WHEN CAST(TRY_CAST(CAST(_r2 AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r2 AS
    VARCHAR) THEN TRY_CAST(CAST(_r2 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r2 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r2 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r2 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r2 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "day", CASE WHEN CAST(TRY_CAST(CAST(_r3 AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r3 AS
    VARCHAR) THEN TRY_CAST(CAST(_r3 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r3 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r3 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r3 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r3 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "dep_time", CASE WHEN CAST(TRY_CAST(CAST(_r4 AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r4 AS
    VARCHAR) THEN TRY_CAST(CAST(_r4 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r4 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r4 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r4 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r4 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "sched_dep_time", CASE WHEN CAST(TRY_CAST(CAST(_r5 AS VARCHAR) AS BIGINT) AS VARCHAR) =
    CAST(_r5 AS VARCHAR) THEN TRY_CAST(CAST(_r5 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r5 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r5 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r5 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r5 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "dep_delay", CASE WHEN CAST(TRY_CAST(CAST(_r6 AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r6 AS
    VARCHAR) THEN TRY_CAST(CAST(_r6 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r6 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r6 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r6 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r6 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "arr_time", CASE WHEN CAST(TRY_CAST(CAST(_r7 AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r7 AS
    VARCHAR) THEN TRY_CAST(CAST(_r7 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r7 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r7 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r7 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r7 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "sched_arr_time", CASE WHEN CAST(TRY_CAST(CAST(_r8 AS VARCHAR) AS BIGINT) AS VARCHAR) =
    CAST(_r8 AS VARCHAR) THEN TRY_CAST(CAST(_r8 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r8 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r8 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r8 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r8 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not
    written as an integer') AS BIGINT) END AS "arr_delay", _r9 AS "carrier", CASE WHEN CAST(TRY_CAST(CAST(_r10 AS VARCHAR) AS BIGINT) AS
    VARCHAR) = CAST(_r10 AS VARCHAR) THEN TRY_CAST(CAST(_r10 AS VARCHAR) AS BIGINT) WHEN CASE WHEN REGEXP_MATCHES(CAST(_r10 AS VARCHAR),
    '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r10 AS
    VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r10 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS
    VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r10 AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) END IS NOT NULL THEN
    CAST(ERROR('not written as an integer') AS BIGINT) END AS "flight", _r11 AS "tailnum", _r12 AS "origin", _r13 AS "dest", CASE WHEN
    CAST(TRY_CAST(CAST(_r14 AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r14 AS VARCHAR) THEN TRY_CAST(CAST(_r14 AS VARCHAR) AS BIGINT) WHEN
    CASE WHEN REGEXP_MATCHES(CAST(_r14 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$')
    AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r14 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r14
    AS VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r14 AS VARCHAR) AS DECIMAL(38, 9))
    AS BIGINT) END IS NOT NULL THEN CAST(ERROR('not written as an integer') AS BIGINT) END AS "air_time", CASE WHEN CAST(TRY_CAST(CAST(_r15
    AS VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r15 AS VARCHAR) THEN TRY_CAST(CAST(_r15 AS VARCHAR) AS BIGINT) WHEN CASE WHEN
    REGEXP_MATCHES(CAST(_r15 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r15 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r15 AS
    VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r15 AS VARCHAR) AS DECIMAL(38, 9)) AS
    BIGINT) END IS NOT NULL THEN CAST(ERROR('not written as an integer') AS BIGINT) END AS "distance", CASE WHEN CAST(TRY_CAST(CAST(_r16 AS
    VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r16 AS VARCHAR) THEN TRY_CAST(CAST(_r16 AS VARCHAR) AS BIGINT) WHEN CASE WHEN
    REGEXP_MATCHES(CAST(_r16 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r16 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r16 AS
    VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r16 AS VARCHAR) AS DECIMAL(38, 9)) AS
    BIGINT) END IS NOT NULL THEN CAST(ERROR('not written as an integer') AS BIGINT) END AS "hour", CASE WHEN CAST(TRY_CAST(CAST(_r17 AS
    VARCHAR) AS BIGINT) AS VARCHAR) = CAST(_r17 AS VARCHAR) THEN TRY_CAST(CAST(_r17 AS VARCHAR) AS BIGINT) WHEN CASE WHEN
    REGEXP_MATCHES(CAST(_r17 AS VARCHAR), '^[+-]?(0*[0-9]{1,29}(\.[0-9]*)?|\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r17 AS VARCHAR), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(TRY_CAST(TRY_CAST(CAST(_r17 AS
    VARCHAR) AS DECIMAL(38, 9)) AS BIGINT) AS VARCHAR), '.', ''), '-0') THEN TRY_CAST(TRY_CAST(CAST(_r17 AS VARCHAR) AS DECIMAL(38, 9)) AS
    BIGINT) END IS NOT NULL THEN CAST(ERROR('not written as an integer') AS BIGINT) END AS "minute", CASE WHEN REGEXP_MATCHES(CAST(_r18 AS
    VARCHAR), '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T
    ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0*)?)?(Z|[+-](0[0-9]|1[0-3])(:?[0-5][0-9])?|[+-]14(:?00)?)?)?$') AND CAST(_r18 AS
    VARCHAR) >= '0001' AND TRY_CAST(CAST(_r18 AS VARCHAR) AS TIMESTAMPTZ) BETWEEN CAST('0001-01-01T00:00:00' AS TIMESTAMPTZ) AND
    CAST('9999-12-31T23:59:59.999999' AS TIMESTAMPTZ) THEN TRY_CAST(CAST(_r18 AS VARCHAR) AS TIMESTAMPTZ) END AS "time_hour"
FROM (SELECT r."year" AS _r0, r."month" AS _r1, r."day" AS _r2, r."dep_time" AS _r3, r."sched_dep_time" AS _r4, r."dep_delay" AS _r5,
    r."arr_time" AS _r6, r."sched_arr_time" AS _r7, r."arr_delay" AS _r8, r."carrier" AS _r9, r."flight" AS _r10, r."tailnum" AS _r11,
    r."origin" AS _r12, r."dest" AS _r13, r."air_time" AS _r14, r."distance" AS _r15, r."hour" AS _r16, r."minute" AS _r17, r."time_hour" AS
    _r18, _unreadable, f."_slice", f."_attempt", f."_order", f."_first", f."_after"
FROM (SELECT "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay", "carrier",
    "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute", "time_hour", _file, CAST(NULL AS VARCHAR) AS
    _unreadable
FROM read_json(['LAKE/raw_flights/date=2013-01-05/created_at=ATTEMPT/part-00000.jsonl.gz'], format = 'newline_delimited', columns = {'year':
    'VARCHAR', 'month': 'VARCHAR', 'day': 'VARCHAR', 'dep_time': 'VARCHAR', 'sched_dep_time': 'VARCHAR', 'dep_delay': 'VARCHAR', 'arr_time':
    'VARCHAR', 'sched_arr_time': 'VARCHAR', 'arr_delay': 'VARCHAR', 'carrier': 'VARCHAR', 'flight': 'VARCHAR', 'tailnum': 'VARCHAR',
    'origin': 'VARCHAR', 'dest': 'VARCHAR', 'air_time': 'VARCHAR', 'distance': 'VARCHAR', 'hour': 'VARCHAR', 'minute': 'VARCHAR',
    'time_hour': 'VARCHAR'}, hive_partitioning = false, filename = '_file', compression = 'gzip')) AS r
JOIN _raw_files AS f ON r._file = f.file))))

SELECT 1 AS found
FROM _incoming
WHERE _rejected IS NULL
GROUP BY _slice, "flight_date", "carrier", "flight", "origin", "sched_dep_time" HAVING COUNT(*) > 1 LIMIT 1

SELECT _slice, _attempt, COUNT("year") AS n0, COUNT("month") AS n1, COUNT("day") AS n2, COUNT("dep_time") AS n3, COUNT("sched_dep_time") AS
    n4, COUNT("dep_delay") AS n5, COUNT("arr_time") AS n6, COUNT("sched_arr_time") AS n7, COUNT("arr_delay") AS n8, COUNT("flight") AS n9,
    COUNT("air_time") AS n10, COUNT("distance") AS n11, COUNT("hour") AS n12, COUNT("minute") AS n13, COUNT("time_hour") AS n14
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
    "flight_date"
FROM _rejects AS r, (SELECT UNNEST(STRING_SPLIT(r._rejected, ',')) AS check_id) AS c
JOIN _check_names AS n ON n.id = check_id
GROUP BY r._row, r._slice, r._attempt

DROP TABLE IF EXISTS temp.main."_check_names"

DROP TABLE IF EXISTS temp.main."_rejects"

ATTACH 'WAREHOUSE' AS wh (READ_WRITE)

CREATE OR REPLACE TEMP TABLE "_parts"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_existing"
AS SELECT CAST(NULL AS DATE) AS "flight_date", CAST(NULL AS BIGINT) AS "year", CAST(NULL AS BIGINT) AS "month", CAST(NULL AS BIGINT) AS
    "day", CAST(NULL AS BIGINT) AS "dep_time", CAST(NULL AS BIGINT) AS "sched_dep_time", CAST(NULL AS BIGINT) AS "dep_delay", CAST(NULL AS
    BIGINT) AS "arr_time", CAST(NULL AS BIGINT) AS "sched_arr_time", CAST(NULL AS BIGINT) AS "arr_delay", CAST(NULL AS VARCHAR) AS
    "carrier", CAST(NULL AS BIGINT) AS "flight", CAST(NULL AS VARCHAR) AS "tailnum", CAST(NULL AS VARCHAR) AS "origin", CAST(NULL AS
    VARCHAR) AS "dest", CAST(NULL AS BIGINT) AS "air_time", CAST(NULL AS BIGINT) AS "distance", CAST(NULL AS BIGINT) AS "hour", CAST(NULL AS
    BIGINT) AS "minute", CAST(NULL AS TIMESTAMPTZ) AS "time_hour", CAST(NULL AS TIMESTAMPTZ) AS created_at, CAST(NULL AS TIMESTAMPTZ) AS
    updated_at, CAST(NULL AS VARCHAR) AS _attempt, CAST(NULL AS VARCHAR) AS _run_id, CAST(NULL AS VARCHAR) AS _slice, 1 AS _n LIMIT 0

CREATE OR REPLACE TEMP TABLE "_keeping"
AS SELECT *
FROM _arrow_input

CREATE OR REPLACE TEMP TABLE "_final"
AS SELECT c."flight_date", c."year", c."month", c."day", c."dep_time", c."sched_dep_time", c."dep_delay", c."arr_time", c."sched_arr_time",
    c."arr_delay", c."carrier", c."flight", c."tailnum", c."origin", c."dest", c."air_time", c."distance", c."hour", c."minute",
    c."time_hour", COALESCE(e.created_at, $now) AS created_at, CASE WHEN e.created_at IS NULL OR (c."flight_date" IS DISTINCT FROM
    e."flight_date" OR c."year" IS DISTINCT FROM e."year" OR c."month" IS DISTINCT FROM e."month" OR c."day" IS DISTINCT FROM e."day" OR
    c."dep_time" IS DISTINCT FROM e."dep_time" OR c."sched_dep_time" IS DISTINCT FROM e."sched_dep_time" OR c."dep_delay" IS DISTINCT FROM
    e."dep_delay" OR c."arr_time" IS DISTINCT FROM e."arr_time" OR c."sched_arr_time" IS DISTINCT FROM e."sched_arr_time" OR c."arr_delay"
    IS DISTINCT FROM e."arr_delay" OR c."carrier" IS DISTINCT FROM e."carrier" OR c."flight" IS DISTINCT FROM e."flight" OR c."tailnum" IS
    DISTINCT FROM e."tailnum" OR c."origin" IS DISTINCT FROM e."origin" OR c."dest" IS DISTINCT FROM e."dest" OR c."air_time" IS DISTINCT
    FROM e."air_time" OR c."distance" IS DISTINCT FROM e."distance" OR c."hour" IS DISTINCT FROM e."hour" OR c."minute" IS DISTINCT FROM
    e."minute" OR c."time_hour" IS DISTINCT FROM e."time_hour") THEN $now ELSE e.updated_at END AS updated_at, CASE WHEN e.created_at IS
    NULL OR (c."flight_date" IS DISTINCT FROM e."flight_date" OR c."year" IS DISTINCT FROM e."year" OR c."month" IS DISTINCT FROM e."month"
    OR c."day" IS DISTINCT FROM e."day" OR c."dep_time" IS DISTINCT FROM e."dep_time" OR c."sched_dep_time" IS DISTINCT FROM
    e."sched_dep_time" OR c."dep_delay" IS DISTINCT FROM e."dep_delay" OR c."arr_time" IS DISTINCT FROM e."arr_time" OR c."sched_arr_time"
    IS DISTINCT FROM e."sched_arr_time" OR c."arr_delay" IS DISTINCT FROM e."arr_delay" OR c."carrier" IS DISTINCT FROM e."carrier" OR
    c."flight" IS DISTINCT FROM e."flight" OR c."tailnum" IS DISTINCT FROM e."tailnum" OR c."origin" IS DISTINCT FROM e."origin" OR c."dest"
    IS DISTINCT FROM e."dest" OR c."air_time" IS DISTINCT FROM e."air_time" OR c."distance" IS DISTINCT FROM e."distance" OR c."hour" IS
    DISTINCT FROM e."hour" OR c."minute" IS DISTINCT FROM e."minute" OR c."time_hour" IS DISTINCT FROM e."time_hour") THEN c._attempt ELSE
    e._attempt END AS _attempt, CASE WHEN e.created_at IS NULL OR (c."flight_date" IS DISTINCT FROM e."flight_date" OR c."year" IS DISTINCT
    FROM e."year" OR c."month" IS DISTINCT FROM e."month" OR c."day" IS DISTINCT FROM e."day" OR c."dep_time" IS DISTINCT FROM e."dep_time"
    OR c."sched_dep_time" IS DISTINCT FROM e."sched_dep_time" OR c."dep_delay" IS DISTINCT FROM e."dep_delay" OR c."arr_time" IS DISTINCT
    FROM e."arr_time" OR c."sched_arr_time" IS DISTINCT FROM e."sched_arr_time" OR c."arr_delay" IS DISTINCT FROM e."arr_delay" OR
    c."carrier" IS DISTINCT FROM e."carrier" OR c."flight" IS DISTINCT FROM e."flight" OR c."tailnum" IS DISTINCT FROM e."tailnum" OR
    c."origin" IS DISTINCT FROM e."origin" OR c."dest" IS DISTINCT FROM e."dest" OR c."air_time" IS DISTINCT FROM e."air_time" OR
    c."distance" IS DISTINCT FROM e."distance" OR c."hour" IS DISTINCT FROM e."hour" OR c."minute" IS DISTINCT FROM e."minute" OR
    c."time_hour" IS DISTINCT FROM e."time_hour") THEN $run_id ELSE e._run_id END AS _run_id, c._slice, CASE WHEN e.created_at IS NULL THEN
    'new' WHEN c."flight_date" IS DISTINCT FROM e."flight_date" OR c."year" IS DISTINCT FROM e."year" OR c."month" IS DISTINCT FROM
    e."month" OR c."day" IS DISTINCT FROM e."day" OR c."dep_time" IS DISTINCT FROM e."dep_time" OR c."sched_dep_time" IS DISTINCT FROM
    e."sched_dep_time" OR c."dep_delay" IS DISTINCT FROM e."dep_delay" OR c."arr_time" IS DISTINCT FROM e."arr_time" OR c."sched_arr_time"
    IS DISTINCT FROM e."sched_arr_time" OR c."arr_delay" IS DISTINCT FROM e."arr_delay" OR c."carrier" IS DISTINCT FROM e."carrier" OR
    c."flight" IS DISTINCT FROM e."flight" OR c."tailnum" IS DISTINCT FROM e."tailnum" OR c."origin" IS DISTINCT FROM e."origin" OR c."dest"
    IS DISTINCT FROM e."dest" OR c."air_time" IS DISTINCT FROM e."air_time" OR c."distance" IS DISTINCT FROM e."distance" OR c."hour" IS
    DISTINCT FROM e."hour" OR c."minute" IS DISTINCT FROM e."minute" OR c."time_hour" IS DISTINCT FROM e."time_hour" THEN 'changed' ELSE
    'same' END AS _change
FROM (SELECT "flight_date", "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay",
    "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute", "time_hour", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
LEFT JOIN _existing AS e ON c._slice = e._slice AND c._n = e._n AND c."flight_date" = e."flight_date" AND c."carrier" = e."carrier" AND
    c."flight" = e."flight" AND c."origin" = e."origin" AND c."sched_dep_time" = e."sched_dep_time"
UNION ALL SELECT e."flight_date", e."year", e."month", e."day", e."dep_time", e."sched_dep_time", e."dep_delay", e."arr_time",
    e."sched_arr_time", e."arr_delay", e."carrier", e."flight", e."tailnum", e."origin", e."dest", e."air_time", e."distance", e."hour",
    e."minute", e."time_hour", e."created_at", e."updated_at", e."_attempt", e."_run_id", e._slice, 'kept'
FROM _existing AS e
WHERE e._slice IN (SELECT value
FROM _keeping) AND NOT EXISTS (SELECT 1
FROM (SELECT "flight_date", "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay",
    "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute", "time_hour", 1 AS _n, _slice, _attempt
FROM _incoming
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c."flight_date" = e."flight_date" AND c."carrier" = e."carrier" AND c."flight" = e."flight"
    AND c."origin" = e."origin" AND c."sched_dep_time" = e."sched_dep_time")

SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM _final
WHERE "flight_date" IS NOT NULL AND "carrier" IS NOT NULL AND "flight" IS NOT NULL AND "origin" IS NOT NULL AND "sched_dep_time" IS NOT NULL
GROUP BY _slice, "flight_date", "carrier", "flight", "origin", "sched_dep_time" HAVING COUNT(*) > 1) AS k
GROUP BY _slice

SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(HASH("flight_date", "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay",
    "arr_time", "sched_arr_time", "arr_delay", "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute",
    "time_hour")) AS VARCHAR) AS one, CAST(SUM(CAST(HASH("flight_date", "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay",
    "arr_time", "sched_arr_time", "arr_delay", "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute",
    "time_hour") AS HUGEINT)) AS VARCHAR) AS two, COUNTIF(_change = 'new') AS added, COUNTIF(_change = 'changed') AS changed,
    COUNTIF(_change = 'same') AS same, COUNT("flight_date") AS k0, CAST(MIN("flight_date") AS VARCHAR) AS min0, CAST(MAX("flight_date") AS
    VARCHAR) AS max0, COUNT("year") AS k1, CAST(MIN("year") AS VARCHAR) AS min1, CAST(MAX("year") AS VARCHAR) AS max1, AVG(CAST("year" AS
    DOUBLE)) AS avg1, VAR_POP(CAST("year" AS DOUBLE)) AS var1, COUNT("month") AS k2, CAST(MIN("month") AS VARCHAR) AS min2,
    CAST(MAX("month") AS VARCHAR) AS max2, AVG(CAST("month" AS DOUBLE)) AS avg2, VAR_POP(CAST("month" AS DOUBLE)) AS var2, COUNT("day") AS
    k3, CAST(MIN("day") AS VARCHAR) AS min3, CAST(MAX("day") AS VARCHAR) AS max3, AVG(CAST("day" AS DOUBLE)) AS avg3, VAR_POP(CAST("day" AS
    DOUBLE)) AS var3, COUNT("dep_time") AS k4, CAST(MIN("dep_time") AS VARCHAR) AS min4, CAST(MAX("dep_time") AS VARCHAR) AS max4,
    AVG(CAST("dep_time" AS DOUBLE)) AS avg4, VAR_POP(CAST("dep_time" AS DOUBLE)) AS var4, COUNT("sched_dep_time") AS k5,
    CAST(MIN("sched_dep_time") AS VARCHAR) AS min5, CAST(MAX("sched_dep_time") AS VARCHAR) AS max5, AVG(CAST("sched_dep_time" AS DOUBLE)) AS
    avg5, VAR_POP(CAST("sched_dep_time" AS DOUBLE)) AS var5, COUNT("dep_delay") AS k6, CAST(MIN("dep_delay") AS VARCHAR) AS min6,
    CAST(MAX("dep_delay") AS VARCHAR) AS max6, AVG(CAST("dep_delay" AS DOUBLE)) AS avg6, VAR_POP(CAST("dep_delay" AS DOUBLE)) AS var6,
    COUNT("arr_time") AS k7, CAST(MIN("arr_time") AS VARCHAR) AS min7, CAST(MAX("arr_time") AS VARCHAR) AS max7, AVG(CAST("arr_time" AS
    DOUBLE)) AS avg7, VAR_POP(CAST("arr_time" AS DOUBLE)) AS var7, COUNT("sched_arr_time") AS k8, CAST(MIN("sched_arr_time") AS VARCHAR) AS
    min8, CAST(MAX("sched_arr_time") AS VARCHAR) AS max8, AVG(CAST("sched_arr_time" AS DOUBLE)) AS avg8, VAR_POP(CAST("sched_arr_time" AS
    DOUBLE)) AS var8, COUNT("arr_delay") AS k9, CAST(MIN("arr_delay") AS VARCHAR) AS min9, CAST(MAX("arr_delay") AS VARCHAR) AS max9,
    AVG(CAST("arr_delay" AS DOUBLE)) AS avg9, VAR_POP(CAST("arr_delay" AS DOUBLE)) AS var9, COUNT("carrier") AS k10, COUNT("flight") AS k11,
    CAST(MIN("flight") AS VARCHAR) AS min11, CAST(MAX("flight") AS VARCHAR) AS max11, AVG(CAST("flight" AS DOUBLE)) AS avg11,
    VAR_POP(CAST("flight" AS DOUBLE)) AS var11, COUNT("tailnum") AS k12, COUNT("origin") AS k13, COUNT("dest") AS k14, COUNT("air_time") AS
    k15, CAST(MIN("air_time") AS VARCHAR) AS min15, CAST(MAX("air_time") AS VARCHAR) AS max15, AVG(CAST("air_time" AS DOUBLE)) AS avg15,
    VAR_POP(CAST("air_time" AS DOUBLE)) AS var15, COUNT("distance") AS k16, CAST(MIN("distance") AS VARCHAR) AS min16, CAST(MAX("distance")
    AS VARCHAR) AS max16, AVG(CAST("distance" AS DOUBLE)) AS avg16, VAR_POP(CAST("distance" AS DOUBLE)) AS var16, COUNT("hour") AS k17,
    CAST(MIN("hour") AS VARCHAR) AS min17, CAST(MAX("hour") AS VARCHAR) AS max17, AVG(CAST("hour" AS DOUBLE)) AS avg17, VAR_POP(CAST("hour"
    AS DOUBLE)) AS var17, COUNT("minute") AS k18, CAST(MIN("minute") AS VARCHAR) AS min18, CAST(MAX("minute") AS VARCHAR) AS max18,
    AVG(CAST("minute" AS DOUBLE)) AS avg18, VAR_POP(CAST("minute" AS DOUBLE)) AS var18, COUNT("time_hour") AS k19, CAST(MIN("time_hour") AS
    VARCHAR) AS min19, CAST(MAX("time_hour") AS VARCHAR) AS max19, COUNT(CASE WHEN CAST("arr_delay" AS DOUBLE) IS NOT NULL THEN
    CAST("dep_delay" AS DOUBLE) END) AS pk0, AVG(CASE WHEN CAST("arr_delay" AS DOUBLE) IS NOT NULL THEN CAST("dep_delay" AS DOUBLE) END) AS
    pa0, AVG(CASE WHEN CAST("dep_delay" AS DOUBLE) IS NOT NULL THEN CAST("arr_delay" AS DOUBLE) END) AS pb0, VAR_POP(CASE WHEN
    CAST("arr_delay" AS DOUBLE) IS NOT NULL THEN CAST("dep_delay" AS DOUBLE) END) AS pc0, VAR_POP(CASE WHEN CAST("dep_delay" AS DOUBLE) IS
    NOT NULL THEN CAST("arr_delay" AS DOUBLE) END) AS pd0, COVAR_POP(CASE WHEN CAST("arr_delay" AS DOUBLE) IS NOT NULL THEN CAST("dep_delay"
    AS DOUBLE) END, CASE WHEN CAST("dep_delay" AS DOUBLE) IS NOT NULL THEN CAST("arr_delay" AS DOUBLE) END) AS pe0
FROM _final
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS VARCHAR), ',', CAST(u.d AS VARCHAR), ',[', COALESCE(u.counts, ''),
    '],', COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM (SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS VARCHAR) AS counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT r."flight_date" AS part, "flight_date" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "flight_date" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 1 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "year" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "year" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 2 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "month" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "month" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 3 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "day" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "day" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "dep_time" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "dep_time" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "sched_dep_time" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "sched_dep_time" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 6 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "dep_delay" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "dep_delay" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 7 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "arr_time" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "arr_time" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "sched_arr_time" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "sched_arr_time" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "arr_delay" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "arr_delay" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "carrier" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "carrier" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 10 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 11 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "flight" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "flight" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "tailnum" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "tailnum" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 12 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "origin" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "origin" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 13 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT r."flight_date" AS part, "dest" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "dest" IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 14 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN CAST(JSON_OBJECT('v', SUBSTR(CAST(c.v AS VARCHAR), 1,
    100), 'n', c.n) AS VARCHAR) END, ',') AS counts, CAST(JSON_OBJECT('least', SUBSTR(MAX(d.least), 1, 100), 'most', SUBSTR(MAX(d.most), 1,
    100)) AS VARCHAR) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 15 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "air_time" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "air_time" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 16 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "distance" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "distance" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 17 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "hour" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "hour" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 18 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS DOUBLE))) * 92.3325)), 0) AS BIGINT) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "minute" AS v, COUNT(*) AS n
FROM _final AS r
WHERE "minute" IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 19 AS place, CAST(SUM(d) AS BIGINT) AS d, STRING_AGG(CONCAT(CAST(b AS VARCHAR), ',', CAST(n AS VARCHAR)), ',') AS
    counts, CAST(NULL AS VARCHAR) AS bounds
FROM (SELECT part, DATE_PART('HOUR', v) AS b, SUM(n) AS n, COUNT(*) AS d
FROM (SELECT r."flight_date" AS part, "time_hour" AS v, COUNT(*) AS n
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
FROM (SELECT "flight_date", "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay",
    "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute", "time_hour", 1 AS _n, _slice, _attempt
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

CREATE TABLE IF NOT EXISTS "wh"."staging"."_ledger" ("id" VARCHAR, "recorded_at" TIMESTAMPTZ, "asset" VARCHAR, "partition" VARCHAR,
    "verdict" VARCHAR, "version" VARCHAR, "rows" BIGINT, "rows_read" BIGINT, "rows_quarantined" BIGINT, "duplicates_dropped" BIGINT,
    "rows_inserted" BIGINT, "rows_updated" BIGINT, "rows_deleted" BIGINT, "reason" VARCHAR, "attempts" VARCHAR, "follows" VARCHAR, "inputs"
    VARCHAR, "checks" VARCHAR, "contract" VARCHAR, "code_version" VARCHAR, "made_by" VARCHAR, "cause" VARCHAR, "provenance" VARCHAR,
    "difference" VARCHAR, "decision" VARCHAR, "run_id" VARCHAR, "sequence" BIGINT)

CREATE TABLE IF NOT EXISTS "wh"."staging"."quarantine_flights" ("partition_key" VARCHAR, "partition_date" DATE, "_attempt" VARCHAR,
    "_run_id" VARCHAR, "quarantined_at" TIMESTAMPTZ, "checks" VARCHAR, "reasons" VARCHAR, "raw" VARCHAR, "stopped" BOOLEAN, "stopped_of"
    BIGINT, "replayed" VARCHAR, "given_up" BOOLEAN, "decided_by" VARCHAR, "decided_because" VARCHAR, "flight_date" DATE)

CREATE TABLE IF NOT EXISTS "wh"."staging"."raw_flights" ("flight_date" DATE, "year" BIGINT, "month" BIGINT, "day" BIGINT, "dep_time" BIGINT,
    "sched_dep_time" BIGINT, "dep_delay" BIGINT, "arr_time" BIGINT, "sched_arr_time" BIGINT, "arr_delay" BIGINT, "carrier" VARCHAR, "flight"
    BIGINT, "tailnum" VARCHAR, "origin" VARCHAR, "dest" VARCHAR, "air_time" BIGINT, "distance" BIGINT, "hour" BIGINT, "minute" BIGINT,
    "time_hour" TIMESTAMPTZ, "created_at" TIMESTAMPTZ, "updated_at" TIMESTAMPTZ, "_attempt" VARCHAR, "_run_id" VARCHAR)

CREATE OR REPLACE TEMP TABLE "_rebuilt"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."quarantine_flights"
WHERE partition_date >= CAST('2013-01-05' AS DATE) AND partition_date < CAST('2013-01-06' AS DATE) AND partition_key IN (SELECT value
FROM _rebuilt)

CREATE OR REPLACE TEMP TABLE "_loaded"
AS SELECT *
FROM _arrow_input

INSERT INTO "wh"."staging"."quarantine_flights" ("partition_key", "partition_date", "_attempt", "_run_id", "quarantined_at", "checks",
    "reasons", "raw", "stopped", "stopped_of", "replayed", "given_up", "decided_by", "decided_because", "flight_date")
SELECT "partition_key", "partition_date", "_attempt", "_run_id", "quarantined_at", "checks", "reasons", "raw", "stopped", "stopped_of",
    "replayed", "given_up", "decided_by", "decided_because", "flight_date"
FROM _quarantine
WHERE partition_key IN (SELECT value
FROM _loaded)

CREATE OR REPLACE TEMP TABLE "_changed"
AS SELECT *
FROM _arrow_input

DELETE FROM "wh"."staging"."raw_flights" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE) AND t."flight_date" IN (SELECT p.first
FROM _changed AS p)

INSERT INTO "wh"."staging"."raw_flights" ("flight_date", "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time",
    "sched_arr_time", "arr_delay", "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute", "time_hour",
    "created_at", "updated_at", "_attempt", "_run_id")
SELECT "flight_date", "year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time", "arr_delay",
    "carrier", "flight", "tailnum", "origin", "dest", "air_time", "distance", "hour", "minute", "time_hour", "created_at", "updated_at",
    "_attempt", "_run_id"
FROM _final AS s
WHERE s._slice IN (SELECT p.partition
FROM _changed AS p) ORDER BY s._slice

SELECT 1
FROM _changed AS p
LEFT JOIN (SELECT t."flight_date" AS first, COUNT(*) AS n
FROM "wh"."staging"."raw_flights" AS t
WHERE t."flight_date" >= CAST('2013-01-05' AS DATE) AND t."flight_date" < CAST('2013-01-06' AS DATE)
GROUP BY 1) AS c ON c.first = p.first
WHERE COALESCE(c.n, 0) <> p.expected LIMIT 1

CREATE OR REPLACE TEMP TABLE "_profile_rows"
AS SELECT *
FROM _arrow_input

CREATE TABLE IF NOT EXISTS "wh"."staging"."_profiles" ("asset" VARCHAR, "partition" VARCHAR, "column_name" VARCHAR, "kind" VARCHAR, "rows"
    BIGINT, "nulls" BIGINT, "distinct_values" BIGINT, "minimum" VARCHAR, "maximum" VARCHAR, "mean" DOUBLE, "variance" DOUBLE, "counts"
    VARCHAR, "complete" BOOLEAN, "whole" BOOLEAN, "run_id" VARCHAR, "recorded_at" TIMESTAMPTZ, "sequence" BIGINT, "version" VARCHAR)

INSERT INTO "wh"."staging"."_profiles" ("asset", "partition", "column_name", "kind", "rows", "nulls", "distinct_values", "minimum",
    "maximum", "mean", "variance", "counts", "complete", "whole", "run_id", "recorded_at", "sequence", "version")
SELECT "asset", "partition", "column_name", "kind", "rows", "nulls", "distinct_values", "minimum", "maximum", "mean", "variance", "counts",
    "complete", "whole", "run_id", "recorded_at", "sequence", "version"
FROM _profile_rows

CREATE TABLE IF NOT EXISTS "wh"."staging"."_checks" ("asset" VARCHAR, "partition" VARCHAR, "check_name" VARCHAR, "column_name" VARCHAR,
    "severity" VARCHAR, "verdict" VARCHAR, "value" DOUBLE, "threshold" DOUBLE, "reason" VARCHAR, "run_id" VARCHAR, "recorded_at"
    TIMESTAMPTZ, "version" VARCHAR)

CREATE OR REPLACE TEMP TABLE "_measured"
AS SELECT *
FROM _arrow_input

INSERT INTO "wh"."staging"."_checks" ("asset", "partition", "check_name", "column_name", "severity", "verdict", "value", "threshold",
    "reason", "run_id", "recorded_at", "version")
SELECT "asset", "partition", "check_name", "column_name", "severity", "verdict", "value", "threshold", "reason", "run_id", "recorded_at",
    "version"
FROM _measured

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
