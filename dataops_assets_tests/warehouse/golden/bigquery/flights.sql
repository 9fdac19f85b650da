-- load: 7 statements, in as many jobs where each is one

-- load job: CSV LAKE/raw_flights/date=2013-01-05/created_at=ATTEMPT/part-00000.jsonl.gz INTO
    stand-in.scratch.SESSION_raw_part_0_0

SELECT *
FROM (SELECT IF(_readable, COALESCE(JSON_VALUE(line, '$."year"'), NULLIF(JSON_QUERY(line, '$."year"'), 'null')), NULL) AS `year`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."month"'), NULLIF(JSON_QUERY(line, '$."month"'), 'null')), NULL) AS `month`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."day"'), NULLIF(JSON_QUERY(line, '$."day"'), 'null')), NULL) AS `day`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."dep_time"'), NULLIF(JSON_QUERY(line, '$."dep_time"'), 'null')), NULL) AS `dep_time`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."sched_dep_time"'), NULLIF(JSON_QUERY(line, '$."sched_dep_time"'), 'null')), NULL) AS `sched_dep_time`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."dep_delay"'), NULLIF(JSON_QUERY(line, '$."dep_delay"'), 'null')), NULL) AS `dep_delay`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."arr_time"'), NULLIF(JSON_QUERY(line, '$."arr_time"'), 'null')), NULL) AS `arr_time`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."sched_arr_time"'), NULLIF(JSON_QUERY(line, '$."sched_arr_time"'), 'null')), NULL) AS
    `sched_arr_time`, IF(_readable, COALESCE(JSON_VALUE(line, '$."arr_delay"'), NULLIF(JSON_QUERY(line, '$."arr_delay"'), 'null')), NULL) AS
    `arr_delay`, IF(_readable, COALESCE(JSON_VALUE(line, '$."carrier"'), NULLIF(JSON_QUERY(line, '$."carrier"'), 'null')), NULL) AS
    `carrier`, IF(_readable, COALESCE(JSON_VALUE(line, '$."flight"'), NULLIF(JSON_QUERY(line, '$."flight"'), 'null')), NULL) AS `flight`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."tailnum"'), NULLIF(JSON_QUERY(line, '$."tailnum"'), 'null')), NULL) AS `tailnum`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."origin"'), NULLIF(JSON_QUERY(line, '$."origin"'), 'null')), NULL) AS `origin`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."dest"'), NULLIF(JSON_QUERY(line, '$."dest"'), 'null')), NULL) AS `dest`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."air_time"'), NULLIF(JSON_QUERY(line, '$."air_time"'), 'null')), NULL) AS `air_time`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."distance"'), NULLIF(JSON_QUERY(line, '$."distance"'), 'null')), NULL) AS `distance`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."hour"'), NULLIF(JSON_QUERY(line, '$."hour"'), 'null')), NULL) AS `hour`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."minute"'), NULLIF(JSON_QUERY(line, '$."minute"'), 'null')), NULL) AS `minute`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."time_hour"'), NULLIF(JSON_QUERY(line, '$."time_hour"'), 'null')), NULL) AS `time_hour`,
    'LAKE/raw_flights/date=2013-01-05/created_at=ATTEMPT/part-00000.jsonl.gz' AS _file, IF(_readable, NULL, line) AS _unreadable
FROM (SELECT line, COALESCE(JSON_TYPE(SAFE.PARSE_JSON(line, wide_number_mode => 'round')) = 'object', FALSE) AS _readable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`
WHERE TRIM(line) <> ''))

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_incoming`
AS SELECT `flight_date`, `year`, `month`, `day`, `dep_time`, `sched_dep_time`, `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`,
    `carrier`, `flight`, `tailnum`, `origin`, `dest`, `air_time`, `distance`, `hour`, `minute`, `time_hour`, _slice, _attempt, _order,
    _rejected, _flagged, CASE WHEN _rejected IS NOT NULL OR _flagged IS NOT NULL THEN COALESCE(_unreadable, TO_JSON_STRING(STRUCT(CAST(_r0
    AS STRING) AS `year`, CAST(_r1 AS STRING) AS `month`, CAST(_r2 AS STRING) AS `day`, CAST(_r3 AS STRING) AS `dep_time`, CAST(_r4 AS
    STRING) AS `sched_dep_time`, CAST(_r5 AS STRING) AS `dep_delay`, CAST(_r6 AS STRING) AS `arr_time`, CAST(_r7 AS STRING) AS
    `sched_arr_time`, CAST(_r8 AS STRING) AS `arr_delay`, CAST(_r9 AS STRING) AS `carrier`, CAST(_r10 AS STRING) AS `flight`, CAST(_r11 AS
    STRING) AS `tailnum`, CAST(_r12 AS STRING) AS `origin`, CAST(_r13 AS STRING) AS `dest`, CAST(_r14 AS STRING) AS `air_time`, CAST(_r15 AS
    STRING) AS `distance`, CAST(_r16 AS STRING) AS `hour`, CAST(_r17 AS STRING) AS `minute`, CAST(_r18 AS STRING) AS `time_hour`))) END AS
    _raw
FROM (SELECT *, CASE WHEN ((_unreadable IS NULL) IS NOT FALSE) AND (((_r0 IS NULL OR `year` IS NOT NULL)) IS NOT FALSE) AND (((_r1 IS NULL
    OR `month` IS NOT NULL)) IS NOT FALSE) AND (((_r2 IS NULL OR `day` IS NOT NULL)) IS NOT FALSE) AND (((_r3 IS NULL OR `dep_time` IS NOT
    NULL)) IS NOT FALSE) AND (((_r4 IS NULL OR `sched_dep_time` IS NOT NULL)) IS NOT FALSE) AND (((_r5 IS NULL OR `dep_delay` IS NOT NULL))
    IS NOT FALSE) AND (((_r6 IS NULL OR `arr_time` IS NOT NULL)) IS NOT FALSE) AND (((_r7 IS NULL OR `sched_arr_time` IS NOT NULL)) IS NOT
    FALSE) AND (((_r8 IS NULL OR `arr_delay` IS NOT NULL)) IS NOT FALSE) AND (((_r10 IS NULL OR `flight` IS NOT NULL)) IS NOT FALSE) AND
    (((_r14 IS NULL OR `air_time` IS NOT NULL)) IS NOT FALSE) AND (((_r15 IS NULL OR `distance` IS NOT NULL)) IS NOT FALSE) AND (((_r16 IS
    NULL OR `hour` IS NOT NULL)) IS NOT FALSE) AND (((_r17 IS NULL OR `minute` IS NOT NULL)) IS NOT FALSE) AND (((_r18 IS NULL OR
    `time_hour` IS NOT NULL)) IS NOT FALSE) AND ((COALESCE(`flight_date` >= _first AND `flight_date` < _after, _unreadable IS NOT NULL)) IS
    NOT FALSE) AND ((`flight_date` IS NOT NULL) IS NOT FALSE) AND (((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`year`
    >= 1987) IS NOT FALSE) AND ((`year` <= 2100) IS NOT FALSE) AND (((_r1 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((`month` >= 1) IS NOT FALSE) AND ((`month` <= 12) IS NOT FALSE) AND (((_r2 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((`day` >= 1) IS NOT FALSE) AND ((`day` <= 31) IS NOT FALSE) AND ((`dep_time` >= 0) IS NOT FALSE) AND ((`dep_time` <= 2400) IS NOT
    FALSE) AND (((_r4 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`sched_dep_time` >= 0) IS NOT FALSE) AND
    ((`sched_dep_time` <= 2400) IS NOT FALSE) AND ((`dep_delay` >= -180) IS NOT FALSE) AND ((`dep_delay` <= 3000) IS NOT FALSE) AND
    ((`arr_time` >= 0) IS NOT FALSE) AND ((`arr_time` <= 2400) IS NOT FALSE) AND (((_r7 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT
    FALSE) AND ((`sched_arr_time` >= 0) IS NOT FALSE) AND ((`sched_arr_time` <= 2400) IS NOT FALSE) AND ((`arr_delay` >= -240) IS NOT FALSE)
    AND ((`arr_delay` <= 3000) IS NOT FALSE) AND (((_r9 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((REGEXP_CONTAINS(`carrier`, '^(?:[0-9A-Z]{2}$)')) IS NOT FALSE) AND (((_r10 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((`flight` >= 1) IS NOT FALSE) AND ((`flight` <= 9999) IS NOT FALSE) AND (((_r12 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE)
    AND ((`origin` IN ('EWR', 'JFK', 'LGA')) IS NOT FALSE) AND (((_r13 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND
    ((REGEXP_CONTAINS(`dest`, '^(?:[0-9A-Z]{3}$)')) IS NOT FALSE) AND ((`air_time` >= 1) IS NOT FALSE) AND ((`air_time` <= 1500) IS NOT
    FALSE) AND (((_r15 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`distance` >= 1) IS NOT FALSE) AND ((`distance` <=
    12000) IS NOT FALSE) AND (((_r16 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`hour` >= 0) IS NOT FALSE) AND ((`hour` <=
    24) IS NOT FALSE) AND (((_r17 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) AND ((`minute` >= 0) IS NOT FALSE) AND ((`minute`
    <= 59) IS NOT FALSE) AND (((_r18 IS NOT NULL OR _unreadable IS NOT NULL)) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (_unreadable IS
    NULL) IS FALSE THEN '0,' ELSE '' END, CASE WHEN ((_r0 IS NULL OR `year` IS NOT NULL)) IS FALSE THEN '1,' ELSE '' END, CASE WHEN ((_r1 IS
    NULL OR `month` IS NOT NULL)) IS FALSE THEN '2,' ELSE '' END, CASE WHEN ((_r2 IS NULL OR `day` IS NOT NULL)) IS FALSE THEN '3,' ELSE ''
    END, CASE WHEN ((_r3 IS NULL OR `dep_time` IS NOT NULL)) IS FALSE THEN '4,' ELSE '' END, CASE WHEN ((_r4 IS NULL OR `sched_dep_time` IS
    NOT NULL)) IS FALSE THEN '5,' ELSE '' END, CASE WHEN ((_r5 IS NULL OR `dep_delay` IS NOT NULL)) IS FALSE THEN '6,' ELSE '' END, CASE
    WHEN ((_r6 IS NULL OR `arr_time` IS NOT NULL)) IS FALSE THEN '7,' ELSE '' END, CASE WHEN ((_r7 IS NULL OR `sched_arr_time` IS NOT NULL))
    IS FALSE THEN '8,' ELSE '' END, CASE WHEN ((_r8 IS NULL OR `arr_delay` IS NOT NULL)) IS FALSE THEN '9,' ELSE '' END, CASE WHEN ((_r10 IS
    NULL OR `flight` IS NOT NULL)) IS FALSE THEN '10,' ELSE '' END, CASE WHEN ((_r14 IS NULL OR `air_time` IS NOT NULL)) IS FALSE THEN '11,'
    ELSE '' END, CASE WHEN ((_r15 IS NULL OR `distance` IS NOT NULL)) IS FALSE THEN '12,' ELSE '' END, CASE WHEN ((_r16 IS NULL OR `hour` IS
    NOT NULL)) IS FALSE THEN '13,' ELSE '' END, CASE WHEN ((_r17 IS NULL OR `minute` IS NOT NULL)) IS FALSE THEN '14,' ELSE '' END, CASE
    WHEN ((_r18 IS NULL OR `time_hour` IS NOT NULL)) IS FALSE THEN '15,' ELSE '' END, CASE WHEN (COALESCE(`flight_date` >= _first AND
    `flight_date` < _after, _unreadable IS NOT NULL)) IS FALSE THEN '17,' ELSE '' END, CASE WHEN (`flight_date` IS NOT NULL) IS FALSE THEN
    '18,' ELSE '' END, CASE WHEN ((_r0 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '19,' ELSE '' END, CASE WHEN (`year` >= 1987)
    IS FALSE THEN '20,' ELSE '' END, CASE WHEN (`year` <= 2100) IS FALSE THEN '21,' ELSE '' END, CASE WHEN ((_r1 IS NOT NULL OR _unreadable
    IS NOT NULL)) IS FALSE THEN '22,' ELSE '' END, CASE WHEN (`month` >= 1) IS FALSE THEN '23,' ELSE '' END, CASE WHEN (`month` <= 12) IS
    FALSE THEN '24,' ELSE '' END, CASE WHEN ((_r2 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '25,' ELSE '' END, CASE WHEN (`day`
    >= 1) IS FALSE THEN '26,' ELSE '' END, CASE WHEN (`day` <= 31) IS FALSE THEN '27,' ELSE '' END, CASE WHEN (`dep_time` >= 0) IS FALSE
    THEN '28,' ELSE '' END, CASE WHEN (`dep_time` <= 2400) IS FALSE THEN '29,' ELSE '' END, CASE WHEN ((_r4 IS NOT NULL OR _unreadable IS
    NOT NULL)) IS FALSE THEN '30,' ELSE '' END, CASE WHEN (`sched_dep_time` >= 0) IS FALSE THEN '31,' ELSE '' END, CASE WHEN
    (`sched_dep_time` <= 2400) IS FALSE THEN '32,' ELSE '' END, CASE WHEN (`dep_delay` >= -180) IS FALSE THEN '33,' ELSE '' END, CASE WHEN
    (`dep_delay` <= 3000) IS FALSE THEN '34,' ELSE '' END, CASE WHEN (`arr_time` >= 0) IS FALSE THEN '35,' ELSE '' END, CASE WHEN
    (`arr_time` <= 2400) IS FALSE THEN '36,' ELSE '' END, CASE WHEN ((_r7 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '37,' ELSE
    '' END, CASE WHEN (`sched_arr_time` >= 0) IS FALSE THEN '38,' ELSE '' END, CASE WHEN (`sched_arr_time` <= 2400) IS FALSE THEN '39,' ELSE
    '' END, CASE WHEN (`arr_delay` >= -240) IS FALSE THEN '40,' ELSE '' END, CASE WHEN (`arr_delay` <= 3000) IS FALSE THEN '41,' ELSE ''
    END, CASE WHEN ((_r9 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '42,' ELSE '' END, CASE WHEN (REGEXP_CONTAINS(`carrier`,
    '^(?:[0-9A-Z]{2}$)')) IS FALSE THEN '43,' ELSE '' END, CASE WHEN ((_r10 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '44,'
    ELSE '' END, CASE WHEN (`flight` >= 1) IS FALSE THEN '45,' ELSE '' END, CASE WHEN (`flight` <= 9999) IS FALSE THEN '46,' ELSE '' END,
    CASE WHEN ((_r12 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '47,' ELSE '' END, CASE WHEN (`origin` IN ('EWR', 'JFK', 'LGA'))
    IS FALSE THEN '48,' ELSE '' END, CASE WHEN ((_r13 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '49,' ELSE '' END, CASE WHEN
    (REGEXP_CONTAINS(`dest`, '^(?:[0-9A-Z]{3}$)')) IS FALSE THEN '50,' ELSE '' END, CASE WHEN (`air_time` >= 1) IS FALSE THEN '51,' ELSE ''
    END, CASE WHEN (`air_time` <= 1500) IS FALSE THEN '52,' ELSE '' END, CASE WHEN ((_r15 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE
    THEN '53,' ELSE '' END, CASE WHEN (`distance` >= 1) IS FALSE THEN '54,' ELSE '' END, CASE WHEN (`distance` <= 12000) IS FALSE THEN '55,'
    ELSE '' END, CASE WHEN ((_r16 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '56,' ELSE '' END, CASE WHEN (`hour` >= 0) IS FALSE
    THEN '57,' ELSE '' END, CASE WHEN (`hour` <= 24) IS FALSE THEN '58,' ELSE '' END, CASE WHEN ((_r17 IS NOT NULL OR _unreadable IS NOT
    NULL)) IS FALSE THEN '59,' ELSE '' END, CASE WHEN (`minute` >= 0) IS FALSE THEN '60,' ELSE '' END, CASE WHEN (`minute` <= 59) IS FALSE
    THEN '61,' ELSE '' END, CASE WHEN ((_r18 IS NOT NULL OR _unreadable IS NOT NULL)) IS FALSE THEN '62,' ELSE '' END) END AS _rejected,
    CASE WHEN ((arr_time IS NULL OR NOT dep_time IS NULL) IS NOT FALSE) THEN NULL ELSE CONCAT(CASE WHEN (arr_time IS NULL OR NOT dep_time IS
    NULL) IS FALSE THEN '63,' ELSE '' END) END AS _flagged
FROM (SELECT *, SAFE_CAST(DATE(year, month, day) AS DATE) AS `flight_date`
FROM (SELECT *, CASE WHEN REGEXP_CONTAINS(CAST(_r0 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r0 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r0 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r0 AS STRING) AS NUMERIC) AS INT64) END AS `year`, CASE WHEN REGEXP_CONTAINS(CAST(_r1 AS
    STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r1 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r1 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r1 AS STRING) AS NUMERIC) AS INT64) END AS
    `month`, CASE WHEN REGEXP_CONTAINS(CAST(_r2 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r2 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r2 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r2 AS STRING) AS NUMERIC) AS INT64) END AS `day`, CASE WHEN REGEXP_CONTAINS(CAST(_r3 AS
    STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r3 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r3 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r3 AS STRING) AS NUMERIC) AS INT64) END AS
    `dep_time`, CASE WHEN REGEXP_CONTAINS(CAST(_r4 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r4 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r4 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r4 AS STRING) AS NUMERIC) AS INT64) END AS `sched_dep_time`, CASE WHEN
    REGEXP_CONTAINS(CAST(_r5 AS STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r5 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r5 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r5 AS STRING) AS NUMERIC) AS INT64) END AS
    `dep_delay`, CASE WHEN REGEXP_CONTAINS(CAST(_r6 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r6 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r6 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r6 AS STRING) AS NUMERIC) AS INT64) END AS `arr_time`, CASE WHEN REGEXP_CONTAINS(CAST(_r7
    AS STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r7 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r7 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r7 AS STRING) AS NUMERIC) AS INT64) END AS
    `sched_arr_time`, CASE WHEN REGEXP_CONTAINS(CAST(_r8 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r8 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r8 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r8 AS STRING) AS NUMERIC) AS INT64) END AS `arr_delay`, _r9 AS `carrier`, CASE WHEN
    REGEXP_CONTAINS(CAST(_r10 AS STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r10 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r10 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r10 AS STRING) AS NUMERIC) AS INT64) END AS
    `flight`, _r11 AS `tailnum`, _r12 AS `origin`, _r13 AS `dest`, CASE WHEN REGEXP_CONTAINS(CAST(_r14 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r14 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r14 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r14 AS STRING) AS NUMERIC) AS INT64) END AS `air_time`, CASE WHEN
    REGEXP_CONTAINS(CAST(_r15 AS STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r15 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r15 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r15 AS STRING) AS NUMERIC) AS INT64) END AS
    `distance`, CASE WHEN REGEXP_CONTAINS(CAST(_r16 AS STRING),
    '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND TRIM(REGEXP_REPLACE(REPLACE(CAST(_r16 AS
    STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r16 AS STRING) AS NUMERIC) AS INT64) AS STRING),
    '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r16 AS STRING) AS NUMERIC) AS INT64) END AS `hour`, CASE WHEN REGEXP_CONTAINS(CAST(_r17
    AS STRING), '^[+-]?(0*[0-9]{1,29}(\\.[0-9]*)?|\\.[0-9]+)([eE]([+]?0*[0-2]?[0-9]|-0*[0-9]{1,2}))?$') AND
    TRIM(REGEXP_REPLACE(REPLACE(CAST(_r17 AS STRING), '.', ''), '[eE].*', ''), '+-0') = TRIM(REPLACE(CAST(SAFE_CAST(SAFE_CAST(CAST(_r17 AS
    STRING) AS NUMERIC) AS INT64) AS STRING), '.', ''), '-0') THEN SAFE_CAST(SAFE_CAST(CAST(_r17 AS STRING) AS NUMERIC) AS INT64) END AS
    `minute`, CASE WHEN REGEXP_CONTAINS(CAST(_r18 AS STRING), '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T
    ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6}0*)?)?(Z|[+-](0[0-9]|1[0-3])(:?[0-5][0-9])?|[+-]14(:?00)?)?)?$') AND CAST(_r18
    AS STRING) >= '0001' AND SAFE_CAST(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(CAST(_r18 AS STRING), '^(.{16})(Z|[+-].*)?$',
    '\\1:00\\2'), '([.][0-9]{6})0+', '\\1'), '([+-][0-9]{2})([0-9]{2})$', '\\1:\\2') AS TIMESTAMP) BETWEEN CAST('0001-01-01T00:00:00' AS
    TIMESTAMP) AND CAST('9999-12-31T23:59:59.999999' AS TIMESTAMP) THEN SAFE_CAST(REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(CAST(_r18 AS
    STRING), '^(.{16})(Z|[+-].*)?$', '\\1:00\\2'), '([.][0-9]{6})0+', '\\1'), '([+-][0-9]{2})([0-9]{2})$', '\\1:\\2') AS TIMESTAMP) END AS
    `time_hour`
FROM (SELECT r.`year` AS _r0, r.`month` AS _r1, r.`day` AS _r2, r.`dep_time` AS _r3, r.`sched_dep_time` AS _r4, r.`dep_delay` AS _r5,
    r.`arr_time` AS _r6, r.`sched_arr_time` AS _r7, r.`arr_delay` AS _r8, r.`carrier` AS _r9, r.`flight` AS _r10, r.`tailnum` AS _r11,
    r.`origin` AS _r12, r.`dest` AS _r13, r.`air_time` AS _r14, r.`distance` AS _r15, r.`hour` AS _r16, r.`minute` AS _r17, r.`time_hour` AS
    _r18, _unreadable, f.`_slice`, f.`_attempt`, f.`_order`, f.`_first`, f.`_after`
FROM (SELECT `year`, `month`, `day`, `dep_time`, `sched_dep_time`, `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`, `carrier`,
    `flight`, `tailnum`, `origin`, `dest`, `air_time`, `distance`, `hour`, `minute`, `time_hour`, _file, _unreadable
FROM (SELECT IF(_readable, COALESCE(JSON_VALUE(line, '$."year"'), NULLIF(JSON_QUERY(line, '$."year"'), 'null')), NULL) AS `year`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."month"'), NULLIF(JSON_QUERY(line, '$."month"'), 'null')), NULL) AS `month`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."day"'), NULLIF(JSON_QUERY(line, '$."day"'), 'null')), NULL) AS `day`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."dep_time"'), NULLIF(JSON_QUERY(line, '$."dep_time"'), 'null')), NULL) AS `dep_time`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."sched_dep_time"'), NULLIF(JSON_QUERY(line, '$."sched_dep_time"'), 'null')), NULL) AS `sched_dep_time`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."dep_delay"'), NULLIF(JSON_QUERY(line, '$."dep_delay"'), 'null')), NULL) AS `dep_delay`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."arr_time"'), NULLIF(JSON_QUERY(line, '$."arr_time"'), 'null')), NULL) AS `arr_time`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."sched_arr_time"'), NULLIF(JSON_QUERY(line, '$."sched_arr_time"'), 'null')), NULL) AS
    `sched_arr_time`, IF(_readable, COALESCE(JSON_VALUE(line, '$."arr_delay"'), NULLIF(JSON_QUERY(line, '$."arr_delay"'), 'null')), NULL) AS
    `arr_delay`, IF(_readable, COALESCE(JSON_VALUE(line, '$."carrier"'), NULLIF(JSON_QUERY(line, '$."carrier"'), 'null')), NULL) AS
    `carrier`, IF(_readable, COALESCE(JSON_VALUE(line, '$."flight"'), NULLIF(JSON_QUERY(line, '$."flight"'), 'null')), NULL) AS `flight`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."tailnum"'), NULLIF(JSON_QUERY(line, '$."tailnum"'), 'null')), NULL) AS `tailnum`,
    IF(_readable, COALESCE(JSON_VALUE(line, '$."origin"'), NULLIF(JSON_QUERY(line, '$."origin"'), 'null')), NULL) AS `origin`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."dest"'), NULLIF(JSON_QUERY(line, '$."dest"'), 'null')), NULL) AS `dest`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."air_time"'), NULLIF(JSON_QUERY(line, '$."air_time"'), 'null')), NULL) AS `air_time`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."distance"'), NULLIF(JSON_QUERY(line, '$."distance"'), 'null')), NULL) AS `distance`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."hour"'), NULLIF(JSON_QUERY(line, '$."hour"'), 'null')), NULL) AS `hour`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."minute"'), NULLIF(JSON_QUERY(line, '$."minute"'), 'null')), NULL) AS `minute`, IF(_readable,
    COALESCE(JSON_VALUE(line, '$."time_hour"'), NULLIF(JSON_QUERY(line, '$."time_hour"'), 'null')), NULL) AS `time_hour`,
    'LAKE/raw_flights/date=2013-01-05/created_at=ATTEMPT/part-00000.jsonl.gz' AS _file, IF(_readable, NULL, line) AS _unreadable
FROM (SELECT line, COALESCE(JSON_TYPE(SAFE.PARSE_JSON(line, wide_number_mode => 'round')) = 'object', FALSE) AS _readable
FROM `stand-in`.`scratch`.`SESSION_raw_part_0_0`
WHERE TRIM(line) <> ''))) AS r
JOIN (SELECT e.`file`, e.`_slice`, e.`_attempt`, e.`_order`, e.`_first`, e.`_after`
FROM UNNEST(@p0_t_raw_files) AS e) AS f ON r._file = f.file))));
SELECT ARRAY(SELECT _row
FROM (SELECT 1 AS found
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL
GROUP BY _slice, `flight_date`, `carrier`, `flight`, `origin`, `sched_dep_time` HAVING COUNT(*) > 1 LIMIT 1) AS _row) AS a0, ARRAY(SELECT
    _row
FROM (SELECT _slice, _attempt, COUNT(`year`) AS n0, COUNT(`month`) AS n1, COUNT(`day`) AS n2, COUNT(`dep_time`) AS n3,
    COUNT(`sched_dep_time`) AS n4, COUNT(`dep_delay`) AS n5, COUNT(`arr_time`) AS n6, COUNT(`sched_arr_time`) AS n7, COUNT(`arr_delay`) AS
    n8, COUNT(`flight`) AS n9, COUNT(`air_time`) AS n10, COUNT(`distance`) AS n11, COUNT(`hour`) AS n12, COUNT(`minute`) AS n13,
    COUNT(`time_hour`) AS n14
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
    AS `decided_by`, CAST(MIN(r._because) AS STRING) AS `decided_because`, SAFE_CAST(SUBSTR(r._slice, 1, 10) AS DATE) AS `flight_date`
FROM `stand-in`.`scratch`.`SESSION_rejects` AS r, UNNEST(SPLIT(r._rejected, ',')) AS check_id
JOIN (SELECT e.`id`, e.`place`, e.`name`, e.`words`
FROM UNNEST(@p1_t_check_names) AS e) AS n ON n.id = check_id
GROUP BY r._row, r._slice, r._attempt;
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_swaps_staged_flights`
AS SELECT 0 AS n;
SELECT 0 AS i, n
FROM `stand-in`.`staging`.`_swaps_staged_flights`;

CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_existing`
AS SELECT CAST(NULL AS DATE) AS `flight_date`, CAST(NULL AS INT64) AS `year`, CAST(NULL AS INT64) AS `month`, CAST(NULL AS INT64) AS `day`,
    CAST(NULL AS INT64) AS `dep_time`, CAST(NULL AS INT64) AS `sched_dep_time`, CAST(NULL AS INT64) AS `dep_delay`, CAST(NULL AS INT64) AS
    `arr_time`, CAST(NULL AS INT64) AS `sched_arr_time`, CAST(NULL AS INT64) AS `arr_delay`, CAST(NULL AS STRING) AS `carrier`, CAST(NULL AS
    INT64) AS `flight`, CAST(NULL AS STRING) AS `tailnum`, CAST(NULL AS STRING) AS `origin`, CAST(NULL AS STRING) AS `dest`, CAST(NULL AS
    INT64) AS `air_time`, CAST(NULL AS INT64) AS `distance`, CAST(NULL AS INT64) AS `hour`, CAST(NULL AS INT64) AS `minute`, CAST(NULL AS
    TIMESTAMP) AS `time_hour`, CAST(NULL AS TIMESTAMP) AS created_at, CAST(NULL AS TIMESTAMP) AS updated_at, CAST(NULL AS STRING) AS
    _attempt, CAST(NULL AS STRING) AS _run_id, CAST(NULL AS STRING) AS _slice, 1 AS _n LIMIT 0;
CREATE OR REPLACE TABLE `stand-in`.`scratch`.`SESSION_final`
AS SELECT c.`flight_date`, c.`year`, c.`month`, c.`day`, c.`dep_time`, c.`sched_dep_time`, c.`dep_delay`, c.`arr_time`, c.`sched_arr_time`,
    c.`arr_delay`, c.`carrier`, c.`flight`, c.`tailnum`, c.`origin`, c.`dest`, c.`air_time`, c.`distance`, c.`hour`, c.`minute`,
    c.`time_hour`, COALESCE(e.created_at, @p1_now) AS created_at, CASE WHEN e.created_at IS NULL OR (c.`flight_date` IS DISTINCT FROM
    e.`flight_date` OR c.`year` IS DISTINCT FROM e.`year` OR c.`month` IS DISTINCT FROM e.`month` OR c.`day` IS DISTINCT FROM e.`day` OR
    c.`dep_time` IS DISTINCT FROM e.`dep_time` OR c.`sched_dep_time` IS DISTINCT FROM e.`sched_dep_time` OR c.`dep_delay` IS DISTINCT FROM
    e.`dep_delay` OR c.`arr_time` IS DISTINCT FROM e.`arr_time` OR c.`sched_arr_time` IS DISTINCT FROM e.`sched_arr_time` OR c.`arr_delay`
    IS DISTINCT FROM e.`arr_delay` OR c.`carrier` IS DISTINCT FROM e.`carrier` OR c.`flight` IS DISTINCT FROM e.`flight` OR c.`tailnum` IS
    DISTINCT FROM e.`tailnum` OR c.`origin` IS DISTINCT FROM e.`origin` OR c.`dest` IS DISTINCT FROM e.`dest` OR c.`air_time` IS DISTINCT
    FROM e.`air_time` OR c.`distance` IS DISTINCT FROM e.`distance` OR c.`hour` IS DISTINCT FROM e.`hour` OR c.`minute` IS DISTINCT FROM
    e.`minute` OR c.`time_hour` IS DISTINCT FROM e.`time_hour`) THEN @p1_now ELSE e.updated_at END AS updated_at, CASE WHEN e.created_at IS
    NULL OR (c.`flight_date` IS DISTINCT FROM e.`flight_date` OR c.`year` IS DISTINCT FROM e.`year` OR c.`month` IS DISTINCT FROM e.`month`
    OR c.`day` IS DISTINCT FROM e.`day` OR c.`dep_time` IS DISTINCT FROM e.`dep_time` OR c.`sched_dep_time` IS DISTINCT FROM
    e.`sched_dep_time` OR c.`dep_delay` IS DISTINCT FROM e.`dep_delay` OR c.`arr_time` IS DISTINCT FROM e.`arr_time` OR c.`sched_arr_time`
    IS DISTINCT FROM e.`sched_arr_time` OR c.`arr_delay` IS DISTINCT FROM e.`arr_delay` OR c.`carrier` IS DISTINCT FROM e.`carrier` OR
    c.`flight` IS DISTINCT FROM e.`flight` OR c.`tailnum` IS DISTINCT FROM e.`tailnum` OR c.`origin` IS DISTINCT FROM e.`origin` OR c.`dest`
    IS DISTINCT FROM e.`dest` OR c.`air_time` IS DISTINCT FROM e.`air_time` OR c.`distance` IS DISTINCT FROM e.`distance` OR c.`hour` IS
    DISTINCT FROM e.`hour` OR c.`minute` IS DISTINCT FROM e.`minute` OR c.`time_hour` IS DISTINCT FROM e.`time_hour`) THEN c._attempt ELSE
    e._attempt END AS _attempt, CASE WHEN e.created_at IS NULL OR (c.`flight_date` IS DISTINCT FROM e.`flight_date` OR c.`year` IS DISTINCT
    FROM e.`year` OR c.`month` IS DISTINCT FROM e.`month` OR c.`day` IS DISTINCT FROM e.`day` OR c.`dep_time` IS DISTINCT FROM e.`dep_time`
    OR c.`sched_dep_time` IS DISTINCT FROM e.`sched_dep_time` OR c.`dep_delay` IS DISTINCT FROM e.`dep_delay` OR c.`arr_time` IS DISTINCT
    FROM e.`arr_time` OR c.`sched_arr_time` IS DISTINCT FROM e.`sched_arr_time` OR c.`arr_delay` IS DISTINCT FROM e.`arr_delay` OR
    c.`carrier` IS DISTINCT FROM e.`carrier` OR c.`flight` IS DISTINCT FROM e.`flight` OR c.`tailnum` IS DISTINCT FROM e.`tailnum` OR
    c.`origin` IS DISTINCT FROM e.`origin` OR c.`dest` IS DISTINCT FROM e.`dest` OR c.`air_time` IS DISTINCT FROM e.`air_time` OR
    c.`distance` IS DISTINCT FROM e.`distance` OR c.`hour` IS DISTINCT FROM e.`hour` OR c.`minute` IS DISTINCT FROM e.`minute` OR
    c.`time_hour` IS DISTINCT FROM e.`time_hour`) THEN @p1_run_id ELSE e._run_id END AS _run_id, c._slice, CASE WHEN e.created_at IS NULL
    THEN 'new' WHEN c.`flight_date` IS DISTINCT FROM e.`flight_date` OR c.`year` IS DISTINCT FROM e.`year` OR c.`month` IS DISTINCT FROM
    e.`month` OR c.`day` IS DISTINCT FROM e.`day` OR c.`dep_time` IS DISTINCT FROM e.`dep_time` OR c.`sched_dep_time` IS DISTINCT FROM
    e.`sched_dep_time` OR c.`dep_delay` IS DISTINCT FROM e.`dep_delay` OR c.`arr_time` IS DISTINCT FROM e.`arr_time` OR c.`sched_arr_time`
    IS DISTINCT FROM e.`sched_arr_time` OR c.`arr_delay` IS DISTINCT FROM e.`arr_delay` OR c.`carrier` IS DISTINCT FROM e.`carrier` OR
    c.`flight` IS DISTINCT FROM e.`flight` OR c.`tailnum` IS DISTINCT FROM e.`tailnum` OR c.`origin` IS DISTINCT FROM e.`origin` OR c.`dest`
    IS DISTINCT FROM e.`dest` OR c.`air_time` IS DISTINCT FROM e.`air_time` OR c.`distance` IS DISTINCT FROM e.`distance` OR c.`hour` IS
    DISTINCT FROM e.`hour` OR c.`minute` IS DISTINCT FROM e.`minute` OR c.`time_hour` IS DISTINCT FROM e.`time_hour` THEN 'changed' ELSE
    'same' END AS _change
FROM (SELECT `flight_date`, `year`, `month`, `day`, `dep_time`, `sched_dep_time`, `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`,
    `carrier`, `flight`, `tailnum`, `origin`, `dest`, `air_time`, `distance`, `hour`, `minute`, `time_hour`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
LEFT JOIN `stand-in`.`scratch`.`SESSION_existing` AS e ON c._slice = e._slice AND c._n = e._n AND c.`flight_date` =
    e.`flight_date` AND c.`carrier` = e.`carrier` AND c.`flight` = e.`flight` AND c.`origin` = e.`origin` AND c.`sched_dep_time` =
    e.`sched_dep_time`
UNION ALL SELECT e.`flight_date`, e.`year`, e.`month`, e.`day`, e.`dep_time`, e.`sched_dep_time`, e.`dep_delay`, e.`arr_time`,
    e.`sched_arr_time`, e.`arr_delay`, e.`carrier`, e.`flight`, e.`tailnum`, e.`origin`, e.`dest`, e.`air_time`, e.`distance`, e.`hour`,
    e.`minute`, e.`time_hour`, e.`created_at`, e.`updated_at`, e.`_attempt`, e.`_run_id`, e._slice, 'kept'
FROM `stand-in`.`scratch`.`SESSION_existing` AS e
WHERE e._slice IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_keeping) AS e)) AND NOT EXISTS (SELECT 1
FROM (SELECT `flight_date`, `year`, `month`, `day`, `dep_time`, `sched_dep_time`, `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`,
    `carrier`, `flight`, `tailnum`, `origin`, `dest`, `air_time`, `distance`, `hour`, `minute`, `time_hour`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
WHERE c._slice = e._slice AND c._n = e._n AND c.`flight_date` = e.`flight_date` AND c.`carrier` = e.`carrier` AND c.`flight` = e.`flight`
    AND c.`origin` = e.`origin` AND c.`sched_dep_time` = e.`sched_dep_time`);
SELECT ARRAY(SELECT _row
FROM (SELECT _slice, SUM(n - 1) AS repeated
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE `flight_date` IS NOT NULL AND `carrier` IS NOT NULL AND `flight` IS NOT NULL AND `origin` IS NOT NULL AND `sched_dep_time` IS NOT NULL
GROUP BY _slice, `flight_date`, `carrier`, `flight`, `origin`, `sched_dep_time` HAVING COUNT(*) > 1) AS k
GROUP BY _slice) AS _row) AS a0, ARRAY(SELECT _row
FROM (SELECT f.*, s.spreads
FROM (SELECT _slice, COUNT(*) AS n, CAST(BIT_XOR(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`, `year`, `month`, `day`, `dep_time`,
    `sched_dep_time`, `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`, `carrier`, `flight`, `tailnum`, `origin`, `dest`, `air_time`,
    `distance`, `hour`, `minute`, `time_hour`)))) AS STRING) AS one, CAST(SUM(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`flight_date`,
    `year`, `month`, `day`, `dep_time`, `sched_dep_time`, `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`, `carrier`, `flight`,
    `tailnum`, `origin`, `dest`, `air_time`, `distance`, `hour`, `minute`, `time_hour`))) AS NUMERIC)) AS STRING) AS two, COUNTIF(_change =
    'new') AS added, COUNTIF(_change = 'changed') AS changed, COUNTIF(_change = 'same') AS same, COUNT(`flight_date`) AS k0,
    CAST(MIN(`flight_date`) AS STRING) AS min0, CAST(MAX(`flight_date`) AS STRING) AS max0, COUNT(`year`) AS k1, CAST(MIN(`year`) AS STRING)
    AS min1, CAST(MAX(`year`) AS STRING) AS max1, AVG(CAST(`year` AS FLOAT64)) AS avg1, VAR_POP(CAST(`year` AS FLOAT64)) AS var1,
    COUNT(`month`) AS k2, CAST(MIN(`month`) AS STRING) AS min2, CAST(MAX(`month`) AS STRING) AS max2, AVG(CAST(`month` AS FLOAT64)) AS avg2,
    VAR_POP(CAST(`month` AS FLOAT64)) AS var2, COUNT(`day`) AS k3, CAST(MIN(`day`) AS STRING) AS min3, CAST(MAX(`day`) AS STRING) AS max3,
    AVG(CAST(`day` AS FLOAT64)) AS avg3, VAR_POP(CAST(`day` AS FLOAT64)) AS var3, COUNT(`dep_time`) AS k4, CAST(MIN(`dep_time`) AS STRING)
    AS min4, CAST(MAX(`dep_time`) AS STRING) AS max4, AVG(CAST(`dep_time` AS FLOAT64)) AS avg4, VAR_POP(CAST(`dep_time` AS FLOAT64)) AS
    var4, COUNT(`sched_dep_time`) AS k5, CAST(MIN(`sched_dep_time`) AS STRING) AS min5, CAST(MAX(`sched_dep_time`) AS STRING) AS max5,
    AVG(CAST(`sched_dep_time` AS FLOAT64)) AS avg5, VAR_POP(CAST(`sched_dep_time` AS FLOAT64)) AS var5, COUNT(`dep_delay`) AS k6,
    CAST(MIN(`dep_delay`) AS STRING) AS min6, CAST(MAX(`dep_delay`) AS STRING) AS max6, AVG(CAST(`dep_delay` AS FLOAT64)) AS avg6,
    VAR_POP(CAST(`dep_delay` AS FLOAT64)) AS var6, COUNT(`arr_time`) AS k7, CAST(MIN(`arr_time`) AS STRING) AS min7, CAST(MAX(`arr_time`) AS
    STRING) AS max7, AVG(CAST(`arr_time` AS FLOAT64)) AS avg7, VAR_POP(CAST(`arr_time` AS FLOAT64)) AS var7, COUNT(`sched_arr_time`) AS k8,
    CAST(MIN(`sched_arr_time`) AS STRING) AS min8, CAST(MAX(`sched_arr_time`) AS STRING) AS max8, AVG(CAST(`sched_arr_time` AS FLOAT64)) AS
    avg8, VAR_POP(CAST(`sched_arr_time` AS FLOAT64)) AS var8, COUNT(`arr_delay`) AS k9, CAST(MIN(`arr_delay`) AS STRING) AS min9,
    CAST(MAX(`arr_delay`) AS STRING) AS max9, AVG(CAST(`arr_delay` AS FLOAT64)) AS avg9, VAR_POP(CAST(`arr_delay` AS FLOAT64)) AS var9,
    COUNT(`carrier`) AS k10, COUNT(`flight`) AS k11, CAST(MIN(`flight`) AS STRING) AS min11, CAST(MAX(`flight`) AS STRING) AS max11,
    AVG(CAST(`flight` AS FLOAT64)) AS avg11, VAR_POP(CAST(`flight` AS FLOAT64)) AS var11, COUNT(`tailnum`) AS k12, COUNT(`origin`) AS k13,
    COUNT(`dest`) AS k14, COUNT(`air_time`) AS k15, CAST(MIN(`air_time`) AS STRING) AS min15, CAST(MAX(`air_time`) AS STRING) AS max15,
    AVG(CAST(`air_time` AS FLOAT64)) AS avg15, VAR_POP(CAST(`air_time` AS FLOAT64)) AS var15, COUNT(`distance`) AS k16, CAST(MIN(`distance`)
    AS STRING) AS min16, CAST(MAX(`distance`) AS STRING) AS max16, AVG(CAST(`distance` AS FLOAT64)) AS avg16, VAR_POP(CAST(`distance` AS
    FLOAT64)) AS var16, COUNT(`hour`) AS k17, CAST(MIN(`hour`) AS STRING) AS min17, CAST(MAX(`hour`) AS STRING) AS max17, AVG(CAST(`hour` AS
    FLOAT64)) AS avg17, VAR_POP(CAST(`hour` AS FLOAT64)) AS var17, COUNT(`minute`) AS k18, CAST(MIN(`minute`) AS STRING) AS min18,
    CAST(MAX(`minute`) AS STRING) AS max18, AVG(CAST(`minute` AS FLOAT64)) AS avg18, VAR_POP(CAST(`minute` AS FLOAT64)) AS var18,
    COUNT(`time_hour`) AS k19, CAST(MIN(`time_hour`) AS STRING) AS min19, CAST(MAX(`time_hour`) AS STRING) AS max19, COUNT(CASE WHEN
    CAST(`arr_delay` AS FLOAT64) IS NOT NULL THEN CAST(`dep_delay` AS FLOAT64) END) AS pk0, AVG(CASE WHEN CAST(`arr_delay` AS FLOAT64) IS
    NOT NULL THEN CAST(`dep_delay` AS FLOAT64) END) AS pa0, AVG(CASE WHEN CAST(`dep_delay` AS FLOAT64) IS NOT NULL THEN CAST(`arr_delay` AS
    FLOAT64) END) AS pb0, VAR_POP(CASE WHEN CAST(`arr_delay` AS FLOAT64) IS NOT NULL THEN CAST(`dep_delay` AS FLOAT64) END) AS pc0,
    VAR_POP(CASE WHEN CAST(`dep_delay` AS FLOAT64) IS NOT NULL THEN CAST(`arr_delay` AS FLOAT64) END) AS pd0, COVAR_POP(CASE WHEN
    CAST(`arr_delay` AS FLOAT64) IS NOT NULL THEN CAST(`dep_delay` AS FLOAT64) END, CASE WHEN CAST(`dep_delay` AS FLOAT64) IS NOT NULL THEN
    CAST(`arr_delay` AS FLOAT64) END) AS pe0
FROM `stand-in`.`scratch`.`SESSION_final`
WHERE TRUE
GROUP BY _slice) AS f
LEFT JOIN (SELECT p.partition, STRING_AGG(CONCAT('[', CAST(u.place AS STRING), ',', CAST(u.d AS STRING), ',[', COALESCE(u.counts, ''), '],',
    COALESCE(u.bounds, 'null'), ']'), ',') AS spreads
FROM (SELECT part, 0 AS place, COUNT(*) AS d, CAST(NULL AS STRING) AS counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `flight_date` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `flight_date` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 1 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `year` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `year` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 2 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `month` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `month` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 3 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `day` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `day` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 4 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `dep_time` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `dep_time` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 5 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `sched_dep_time` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `sched_dep_time` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 6 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `dep_delay` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `dep_delay` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 7 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `arr_time` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `arr_time` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 8 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `sched_arr_time` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `sched_arr_time` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 9 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS counts,
    CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `arr_delay` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `arr_delay` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `carrier` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `carrier` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 10 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 11 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `flight` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `flight` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `tailnum` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `tailnum` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 12 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `origin` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `origin` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 13 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL (WITH c AS (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `dest` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `dest` IS NOT NULL
GROUP BY 1, 2), d AS (SELECT part, COUNT(*) AS d, MIN(v) AS least, MAX(v) AS most
FROM c
GROUP BY part)
SELECT d.part, 14 AS place, MAX(d.d) AS d, STRING_AGG(CASE WHEN c.n IS NOT NULL THEN TO_JSON_STRING(STRUCT(SUBSTR(CAST(c.v AS STRING), 1,
    100) AS `v`, c.n AS `n`)) END, ',') AS counts, TO_JSON_STRING(STRUCT(SUBSTR(MAX(d.least), 1, 100) AS `least`, SUBSTR(MAX(d.most), 1,
    100) AS `most`)) AS bounds
FROM d
LEFT JOIN c ON c.part = d.part AND d.d <= 256
GROUP BY d.part)
UNION ALL SELECT part, 15 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `air_time` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `air_time` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 16 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `distance` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `distance` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 17 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `hour` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `hour` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 18 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, CAST(COALESCE(SIGN(v) * (100000 + FLOOR(LN(ABS(CAST(NULLIF(v, 0) AS FLOAT64))) * 92.3325)), 0) AS INT64) AS b, SUM(n) AS
    n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `minute` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `minute` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part
UNION ALL SELECT part, 19 AS place, CAST(SUM(d) AS INT64) AS d, STRING_AGG(CONCAT(CAST(b AS STRING), ',', CAST(n AS STRING)), ',') AS
    counts, CAST(NULL AS STRING) AS bounds
FROM (SELECT part, EXTRACT(HOUR
FROM v) AS b, SUM(n) AS n, COUNT(*) AS d
FROM (SELECT DATE_TRUNC(r.`flight_date`, DAY) AS part, `time_hour` AS v, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_final` AS r
WHERE `time_hour` IS NOT NULL
GROUP BY 1, 2) AS c
GROUP BY 1, 2) AS c
GROUP BY part) AS u
JOIN (SELECT e.`partition`, e.`first`, e.`after`
FROM UNNEST(@p3_t_parts) AS e) AS p ON u.part = p.first
GROUP BY p.partition) AS s ON f._slice = s.partition) AS _row) AS a1, ARRAY(SELECT _row
FROM (SELECT i._slice, i.n - COALESCE(c.n, 0) AS n
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL
GROUP BY _slice) AS i
LEFT JOIN (SELECT _slice, COUNT(*) AS n
FROM (SELECT `flight_date`, `year`, `month`, `day`, `dep_time`, `sched_dep_time`, `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`,
    `carrier`, `flight`, `tailnum`, `origin`, `dest`, `air_time`, `distance`, `hour`, `minute`, `time_hour`, 1 AS _n, _slice, _attempt
FROM `stand-in`.`scratch`.`SESSION_incoming`
WHERE _rejected IS NULL) AS c
GROUP BY _slice) AS c ON i._slice = c._slice) AS _row) AS a2, ARRAY(SELECT _row
FROM (SELECT _slice, COUNT(*) AS n
FROM `stand-in`.`scratch`.`SESSION_existing`
GROUP BY _slice) AS _row) AS a3;

CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_ledger` (`id` STRING, `recorded_at` TIMESTAMP, `asset` STRING,
    `partition` STRING, `verdict` STRING, `version` STRING, `rows` INT64, `rows_read` INT64, `rows_quarantined` INT64, `duplicates_dropped`
    INT64, `rows_inserted` INT64, `rows_updated` INT64, `rows_deleted` INT64, `reason` STRING, `attempts` STRING, `follows` STRING, `inputs`
    STRING, `checks` STRING, `contract` STRING, `code_version` STRING, `made_by` STRING, `cause` STRING, `provenance` STRING, `difference`
    STRING, `decision` STRING, `run_id` STRING, `sequence` INT64) CLUSTER BY `asset`, `partition` OPTIONS(description='What happened to each
    partition of each table, one row for each load, transformation and publication.');
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`quarantine_flights` (`partition_key` STRING, `partition_date` DATE,
    `_attempt` STRING, `_run_id` STRING, `quarantined_at` TIMESTAMP, `checks` STRING, `reasons` STRING, `raw` STRING, `stopped` BOOL,
    `stopped_of` INT64, `replayed` STRING, `given_up` BOOL, `decided_by` STRING, `decided_because` STRING, `flight_date` DATE) PARTITION BY
    `partition_date` CLUSTER BY `partition_key` OPTIONS(description='Rows that broke a check, as they came, with the reasons.');
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`raw_flights` (`flight_date` DATE OPTIONS(description='Local date of
    the scheduled departure.'), `year` INT64 OPTIONS(description='Year of the scheduled departure.'), `month` INT64
    OPTIONS(description='Month of the scheduled departure.'), `day` INT64 OPTIONS(description='Day of the scheduled departure.'), `dep_time`
    INT64 OPTIONS(description='Local time of departure, hhmm; missing if cancelled.'), `sched_dep_time` INT64 OPTIONS(description='Local
    time of the scheduled departure, hhmm.'), `dep_delay` INT64 OPTIONS(description='Departure delay; early is negative.'), `arr_time` INT64
    OPTIONS(description='Local time of arrival, hhmm.'), `sched_arr_time` INT64 OPTIONS(description='Local time of the scheduled arrival,
    hhmm.'), `arr_delay` INT64 OPTIONS(description='Arrival delay; early is negative.'), `carrier` STRING OPTIONS(description='Two-character
    code of the airline.'), `flight` INT64 OPTIONS(description='Flight number.'), `tailnum` STRING OPTIONS(description='Tail number of the
    plane.'), `origin` STRING OPTIONS(description='Airport of departure, FAA code.'), `dest` STRING OPTIONS(description='Airport of
    destination, FAA code.'), `air_time` INT64 OPTIONS(description='Time in the air.'), `distance` INT64 OPTIONS(description='Distance
    between the airports.'), `hour` INT64 OPTIONS(description='Hour of the scheduled departure, local.'), `minute` INT64
    OPTIONS(description='Minute of the scheduled departure.'), `time_hour` TIMESTAMP OPTIONS(description='Hour of the scheduled departure,
    UTC; joins the weather.'), `created_at` TIMESTAMP, `updated_at` TIMESTAMP, `_attempt` STRING, `_run_id` STRING) PARTITION BY
    `flight_date` CLUSTER BY `carrier`, `flight`, `origin`, `sched_dep_time` OPTIONS(description='One row per scheduled departure, as the
    airlines reported it to the Bureau of Transportation Statistics.', labels=[('dataset', 'flights'), ('layer', 'staged')]);
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_profiles` (`asset` STRING, `partition` STRING, `column_name` STRING,
    `kind` STRING, `rows` INT64, `nulls` INT64, `distinct_values` INT64, `minimum` STRING, `maximum` STRING, `mean` FLOAT64, `variance`
    FLOAT64, `counts` STRING, `complete` BOOL, `whole` BOOL, `run_id` STRING, `recorded_at` TIMESTAMP, `sequence` INT64, `version` STRING)
    CLUSTER BY `asset`, `partition` OPTIONS(description='What is known of the rows of each partition: a row for each column, and one without
    a name for pairs of columns. Of a partition that was written again, those of the greatest sequence.');
CREATE TABLE IF NOT EXISTS `stand-in`.`staging`.`_checks` (`asset` STRING, `partition` STRING, `check_name` STRING,
    `column_name` STRING, `severity` STRING, `verdict` STRING, `value` FLOAT64, `threshold` FLOAT64, `reason` STRING, `run_id` STRING,
    `recorded_at` TIMESTAMP, `version` STRING) CLUSTER BY `asset`, `partition` OPTIONS(description='What the statistical checks measured: a
    row for each partition, check and column of each write, kept for good.');

BEGIN TRANSACTION;
UPDATE `stand-in`.`staging`.`_swaps_staged_flights` SET n = n + 1
WHERE n = @seen0;
SELECT IF(@@row_count = 1, 0, ERROR('dataops:another was first'));
DELETE FROM `stand-in`.`staging`.`quarantine_flights`
WHERE partition_date >= CAST('2013-01-05' AS DATE) AND partition_date < CAST('2013-01-06' AS DATE) AND partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p0_t_rebuilt) AS e));
INSERT INTO `stand-in`.`staging`.`quarantine_flights` (`partition_key`, `partition_date`, `_attempt`, `_run_id`,
    `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`, `replayed`, `given_up`, `decided_by`, `decided_because`,
    `flight_date`)
SELECT `partition_key`, `partition_date`, `_attempt`, `_run_id`, `quarantined_at`, `checks`, `reasons`, `raw`, `stopped`, `stopped_of`,
    `replayed`, `given_up`, `decided_by`, `decided_because`, `flight_date`
FROM `stand-in`.`scratch`.`SESSION_quarantine`
WHERE partition_key IN (SELECT value
FROM (SELECT e.`value`
FROM UNNEST(@p1_t_loaded) AS e));
DELETE FROM `stand-in`.`staging`.`raw_flights` AS t
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE) AND DATE_TRUNC(t.`flight_date`, DAY) IN
    (SELECT p.first
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p2_t_changed) AS e) AS p);
INSERT INTO `stand-in`.`staging`.`raw_flights` (`flight_date`, `year`, `month`, `day`, `dep_time`, `sched_dep_time`,
    `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`, `carrier`, `flight`, `tailnum`, `origin`, `dest`, `air_time`, `distance`,
    `hour`, `minute`, `time_hour`, `created_at`, `updated_at`, `_attempt`, `_run_id`)
SELECT `flight_date`, `year`, `month`, `day`, `dep_time`, `sched_dep_time`, `dep_delay`, `arr_time`, `sched_arr_time`, `arr_delay`,
    `carrier`, `flight`, `tailnum`, `origin`, `dest`, `air_time`, `distance`, `hour`, `minute`, `time_hour`, `created_at`, `updated_at`,
    `_attempt`, `_run_id`
FROM `stand-in`.`scratch`.`SESSION_final` AS s
WHERE s._slice IN (SELECT p.partition
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p3_t_changed) AS e) AS p);
SELECT IF(NOT EXISTS (SELECT 1
FROM (SELECT e.`partition`, e.`first`, e.`after`, e.`expected`
FROM UNNEST(@p4_t_changed) AS e) AS p
LEFT JOIN (SELECT DATE_TRUNC(t.`flight_date`, DAY) AS first, COUNT(*) AS n
FROM `stand-in`.`staging`.`raw_flights` AS t
WHERE t.`flight_date` >= CAST('2013-01-05' AS DATE) AND t.`flight_date` < CAST('2013-01-06' AS DATE)
GROUP BY 1) AS c ON c.first = p.first
WHERE COALESCE(c.n, 0) <> p.expected), 0, ERROR('dataops:expectation 0'));
INSERT INTO `stand-in`.`staging`.`_profiles` (`asset`, `partition`, `column_name`, `kind`, `rows`, `nulls`,
    `distinct_values`, `minimum`, `maximum`, `mean`, `variance`, `counts`, `complete`, `whole`, `run_id`, `recorded_at`, `sequence`,
    `version`)
SELECT `asset`, `partition`, `column_name`, `kind`, `rows`, `nulls`, `distinct_values`, `minimum`, `maximum`, `mean`, `variance`, `counts`,
    `complete`, `whole`, `run_id`, `recorded_at`, `sequence`, `version`
FROM (SELECT e.`asset`, e.`partition`, e.`column_name`, e.`kind`, e.`rows`, e.`nulls`, e.`distinct_values`, e.`minimum`, e.`maximum`,
    e.`mean`, e.`variance`, e.`counts`, e.`complete`, e.`whole`, e.`run_id`, e.`recorded_at`, e.`sequence`, e.`version`
FROM UNNEST(@p6_t_profile_rows) AS e);
INSERT INTO `stand-in`.`staging`.`_checks` (`asset`, `partition`, `check_name`, `column_name`, `severity`, `verdict`,
    `value`, `threshold`, `reason`, `run_id`, `recorded_at`, `version`)
SELECT `asset`, `partition`, `check_name`, `column_name`, `severity`, `verdict`, `value`, `threshold`, `reason`, `run_id`, `recorded_at`,
    `version`
FROM (SELECT e.`asset`, e.`partition`, e.`check_name`, e.`column_name`, e.`severity`, e.`verdict`, e.`value`, e.`threshold`, e.`reason`,
    e.`run_id`, e.`recorded_at`, e.`version`
FROM UNNEST(@p7_t_measured) AS e);
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
FROM UNNEST(@p8_t_ledger_entries) AS e);
COMMIT TRANSACTION;
