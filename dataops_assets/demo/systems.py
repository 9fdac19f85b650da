"""Where the demo's source systems are: what the environment says, else the demo's own, made when first asked for.

Generated things appear under `{DATAOPS_HOME or .dataops}/demo` in one step (a rename), so that two processes may
generate them at once and a killed one leaves nothing half done.
"""

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from dataops_assets.demo.data import data_file, flights, table
from dataops_assets.demo.server import FlightsServer

_REFERENCE = {
    "planes": "tailnum TEXT PRIMARY KEY, year INTEGER, type TEXT, manufacturer TEXT, model TEXT, engines INTEGER, "
    "seats INTEGER, speed INTEGER, engine TEXT",
    "airports": "faa TEXT PRIMARY KEY, name TEXT, lat REAL, lon REAL, alt INTEGER, tz INTEGER, dst TEXT, tzone TEXT",
    "airlines": "carrier TEXT PRIMARY KEY, name TEXT",
}

_lock = threading.Lock()
_servers: dict[int, FlightsServer] = {}


def flights_url() -> str:
    """Base URL of the flights API: `DATAOPS_FLIGHTS_URL`, else a server started in this process, once."""
    if configured := os.environ.get("DATAOPS_FLIGHTS_URL"):
        return configured
    with _lock:
        # By process id: a forked child inherits this dictionary, but not the threads that serve.
        if os.getpid() not in _servers:
            data_file("flights.csv.zip")
            _servers[os.getpid()] = FlightsServer().start()
        return _servers[os.getpid()].url


def weather_dir() -> str:
    """Folder of the weather files: `DATAOPS_WEATHER_DIR`, else one generated under `DATAOPS_HOME`."""
    if configured := os.environ.get("DATAOPS_WEATHER_DIR"):
        return configured
    folder = _home() / "weather"
    with _lock:
        if not folder.exists():
            with _draft(folder) as draft:
                draft.mkdir()
                _write_weather(draft)
    return str(folder)


def reference_db() -> str:
    """URI of the reference database, `sqlite:///…`: `DATAOPS_REFERENCE_DB` (a URI or a path), else a generated one."""
    configured = os.environ.get("DATAOPS_REFERENCE_DB")
    if configured and "://" in configured:
        return configured
    path = Path(configured).resolve() if configured else _home() / "reference.db"
    with _lock:
        if not configured and not path.exists():
            with _draft(path) as draft:
                _write_reference(draft)
    return f"sqlite:///{path}"


def serve(port: int) -> FlightsServer:
    """The flights API on a port of one's choice, with the data already unpacked."""
    flights()
    return FlightsServer(port).start()


def _home() -> Path:
    return Path(os.environ.get("DATAOPS_HOME") or ".dataops").resolve() / "demo"


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A path to write to, moved to `target` at the end; whoever comes second leaves the first one's work."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as scratch:
        draft = Path(scratch) / target.name
        yield draft
        try:
            if draft.is_dir():
                draft.rename(target)  # fails if there is a folder with content
            else:
                os.link(draft, target)  # fails if there is a file
        except OSError:
            if not target.exists():
                shutil.move(draft, target)


def _write_weather(folder: Path) -> None:
    """One file a day of 2013: the header, and the observations of that local day; missing values are empty."""
    rows = table("weather.csv")
    header = b",".join(value or b"" for value in next(rows)) + b"\n"
    position = [header.strip().split(b",").index(name) for name in (b"year", b"month", b"day")]
    days: dict[date, list[bytes]] = {date(2013, 1, 1) + timedelta(days=n): [] for n in range(365)}
    for row in rows:
        year, month, day = (int(row[i] or 0) for i in position)
        days[date(year, month, day)].append(b",".join(value or b"" for value in row) + b"\n")
    for local_day, lines in days.items():
        (folder / f"weather-{local_day:%Y-%m-%d}.csv").write_bytes(header + b"".join(lines))


def _write_reference(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        for name, columns in _REFERENCE.items():
            rows = table(f"{name}.csv")
            header = [(value or b"").decode() for value in next(rows)]
            database.execute(f"CREATE TABLE {name} ({columns})")
            # Declared types have SQLite store "2004" as a number where the column is one.
            values = ([None if value is None else value.decode() for value in row] for row in rows)
            marks = ", ".join("?" for _ in header)
            database.executemany(f"INSERT INTO {name} ({', '.join(header)}) VALUES ({marks})", values)
