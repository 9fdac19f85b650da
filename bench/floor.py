"""The floor: the same flow as one plain script on DuckDB, as fast as such a script reasonably is.

It reads the same raw files, types, filters, deduplicates, joins, aggregates, computes the features of seven days, and
writes the staged and the production tables and a Parquet file a day of each production table (or, as a floor below
the floor, one file for each chunk: small files cost as much as all the rest). It goes through the
days in chunks of about a million rows, which needs less memory and less processor time than all at once. It does
nothing else: no hashes, no quarantine, no checks, no books, no versions, nothing is atomic, and text that is not of
its type ends it.
"""

import shutil
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb

from bench.sizes import Size

CHUNK_DAYS = 1095

_FLIGHT_NUMBERS = ("year", "month", "day", "dep_time", "sched_dep_time", "dep_delay", "arr_time", "sched_arr_time")
_FLIGHT_NUMBERS += ("arr_delay", "flight", "air_time", "distance", "hour", "minute")
FLIGHTS = dict.fromkeys(_FLIGHT_NUMBERS, "INT")
FLIGHTS |= dict.fromkeys(("carrier", "tailnum", "origin", "dest"), "VARCHAR") | {"time_hour": "TIMESTAMPTZ"}
# In the order of the file: CSV columns are read by position.
WEATHER = {"origin": "VARCHAR", "year": "INT", "month": "INT", "day": "INT", "hour": "INT"}
_WEATHER_NUMBERS = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
WEATHER |= dict.fromkeys(_WEATHER_NUMBERS, "DOUBLE") | {"time_hour": "TIMESTAMPTZ"}

STAGE_FLIGHTS = """
    CREATE OR REPLACE TEMP TABLE new_flights AS
    SELECT make_date(year, month, day) AS flight_date, *
    FROM read_json({files}, format = 'newline_delimited', columns = {columns}, compression = 'gzip')
    QUALIFY row_number() OVER (PARTITION BY year, month, day, carrier, flight, origin, sched_dep_time) = 1
"""
STAGE_WEATHER = """
    CREATE OR REPLACE TEMP TABLE new_weather AS
    SELECT make_date(year, month, day) AS weather_date, *
    FROM read_csv({files}, auto_detect = false, header = true, delim = ',', nullstr = '', columns = {columns})
    WHERE wind_speed IS NULL OR wind_speed <= 200
    QUALIFY row_number() OVER (PARTITION BY origin, time_hour) = 1
"""
PERFORMANCE = """
    CREATE OR REPLACE TEMP TABLE new_performance AS
    SELECT f.flight_date, f.carrier, f.flight, f.origin, airlines.name AS carrier_name, f.tailnum, f.dest,
      airports.name AS dest_name, f.time_hour + to_minutes(f.minute) AS scheduled_departure,
      f.dep_delay AS departure_delay_min, f.arr_delay AS arrival_delay_min, f.air_time AS air_time_min,
      f.distance AS distance_mi,
      CASE WHEN f.dep_time IS NULL THEN 'cancelled' WHEN f.arr_delay IS NULL THEN 'diverted' ELSE 'flown' END AS status,
      planes.year AS plane_year, planes.model AS plane_model, planes.seats,
      w.temp AS temp_f, w.wind_speed AS wind_speed_mph, w.precip AS precip_in, w.visib AS visib_mi
    FROM new_flights AS f
    LEFT JOIN airlines ON airlines.carrier = f.carrier
    LEFT JOIN airports ON airports.faa = f.dest
    LEFT JOIN planes ON planes.tailnum = f.tailnum
    LEFT JOIN new_weather AS w ON w.origin = f.origin AND w.time_hour = f.time_hour
"""
CARRIERS = """
    CREATE OR REPLACE TEMP TABLE new_carriers AS
    SELECT flight_date, carrier, min(carrier_name) AS carrier_name, count(*) AS flights,
      count_if(status = 'cancelled') AS cancelled, count_if(status = 'diverted') AS diverted,
      avg(departure_delay_min) FILTER (status <> 'cancelled') AS mean_departure_delay_min,
      max(departure_delay_min) FILTER (status <> 'cancelled') AS max_departure_delay_min,
      count_if(status = 'flown' AND arrival_delay_min < 15) / count(*) AS on_time_rate,
      coalesce(sum(distance_mi) FILTER (status = 'flown'), 0) AS distance_mi
    FROM new_performance GROUP BY flight_date, carrier
"""
MEANS = """
    SELECT days.flight_date, {by}, sum(total) / sum(n) AS mean
    FROM (SELECT DISTINCT flight_date, {by} FROM new_performance) AS days
    LEFT JOIN (
      SELECT flight_date AS day, {by}, sum(arrival_delay_min) AS total, count(arrival_delay_min) AS n
      FROM performance WHERE status = 'flown' AND flight_date >= $first - 7 AND flight_date < $after GROUP BY ALL
    ) AS before USING ({by})
    WHERE day >= flight_date - 7 AND day < flight_date
    GROUP BY ALL
"""
FEATURES = f"""
    CREATE OR REPLACE TEMP TABLE new_features AS
    WITH carriers AS ({MEANS.format(by="carrier")}), routes AS ({MEANS.format(by="origin, dest")})
    SELECT p.flight_date, p.carrier, p.flight, p.origin, f.hour, isodow(p.flight_date) AS weekday, p.distance_mi,
      carriers.mean AS carrier_mean_arrival_delay_7d, routes.mean AS route_mean_arrival_delay_7d, p.arrival_delay_min
    FROM new_performance AS p
    LEFT JOIN (SELECT flight_date, carrier, flight, origin, hour FROM new_flights) AS f
      USING (flight_date, carrier, flight, origin)
    LEFT JOIN carriers USING (flight_date, carrier)
    LEFT JOIN routes USING (flight_date, origin, dest)
"""


def run(size: Size, lake: Path, home: Path, daily_files: bool = True) -> dict[str, int]:
    """Take the raw lake to production below `home`; returns rows by table."""
    shutil.rmtree(home, ignore_errors=True)
    (home / "lake").mkdir(parents=True)
    config = {"memory_limit": "1GB", "preserve_insertion_order": False, "temp_directory": str(home / "spill")}
    with duckdb.connect(str(home / "floor.duckdb"), config=config) as db:
        db.execute("SET TimeZone = 'UTC'")
        db.execute("SET enable_progress_bar = false")
        for name in ("planes", "airports", "airlines"):
            [file] = map(str, lake.glob(f"raw_{name}/*/*.parquet"))
            db.execute(f"CREATE TABLE {name} AS SELECT * FROM read_parquet('{file}')")
        for first, after in _chunks(size):
            days = [first + timedelta(days=n) for n in range((after - first).days)]
            db.execute(STAGE_FLIGHTS.format(files=_files(lake, "flights", days), columns=FLIGHTS))
            db.execute(STAGE_WEATHER.format(files=_files(lake, "weather", days), columns=WEATHER))
            db.execute(PERFORMANCE)
            db.execute(CARRIERS)
            _append(db, "performance", "new_performance")
            db.execute(FEATURES, {"first": first, "after": after})
            _append(db, "flights", "new_flights")
            _append(db, "weather", "new_weather")
            _append(db, "carriers", "new_carriers")
            _append(db, "features", "new_features")
            for name in ("performance", "carriers", "features"):
                _append(db, f"production_{name}", f"new_{name}")
                target, options = home / "lake" / name, "FORMAT parquet, COMPRESSION zstd"
                if daily_files:
                    options += ", PARTITION_BY (flight_date), WRITE_PARTITION_COLUMNS, APPEND"
                else:
                    target = target.with_name(f"{name}-{first}.parquet")
                db.execute(f"COPY (SELECT * FROM new_{name} ORDER BY flight_date) TO '{target}' ({options})")
        production = {"performance": "flight_performance", "carriers": "carrier_daily", "features": "delay_features"}
        return {
            table: db.execute(f"SELECT count(*) FROM production_{name}").fetchall()[0][0]
            for name, table in production.items()
        }


def _append(db: duckdb.DuckDBPyConnection, table: str, source: str) -> None:
    db.execute(f"CREATE TABLE IF NOT EXISTS {table} AS SELECT * FROM {source} LIMIT 0")
    db.execute(f"INSERT INTO {table} SELECT * FROM {source}")


def _chunks(size: Size) -> Iterator[tuple[date, date]]:
    """First day of each chunk, and the day after its last."""
    days = size.days
    for start in range(0, len(days), CHUNK_DAYS):
        chunk = days[start : start + CHUNK_DAYS]
        yield chunk[0], chunk[-1] + timedelta(days=1)


def _files(lake: Path, name: str, days: Sequence[date]) -> list[str]:
    return [str(file) for day in days for file in (lake / f"raw_{name}" / f"date={day}").glob("*/*[!n]")]
