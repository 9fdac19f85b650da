"""A home of the demo in which something is wrong, and the UI that shows it.

Three days are published by the command line. Then the sources say something else of two of them, and the same days are
run again: of one day too many observations of the weather are impossible, and the flights of another are later.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataops_assets.demo.data import flights
from dataops_assets.demo.server import FlightsServer
from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.delivery.test_ui import Ui, started

DAYS = ("2013-01-01", "2013-01-02", "2013-01-03")
DAMAGED, LATER = DAYS[1], DAYS[2]
"""The days with impossible weather, and with other flights."""
TO_DO = ("2013-01-04", "2013-01-05")
"""Days that nobody has run."""
LATE = 45
"""Minutes by which the flights of `LATER` are later than they were said to be at first."""
NEWEST = "2013-04-24"
"""The last day of the history that pictures have; the source has half of its flights."""


@dataclass
class Scene:
    """What is served. ran: what the command line said when it ran the days again."""

    ui: Ui
    folder: Path
    environment: dict[str, str]
    ran: str

    def dataops(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return _dataops(self.folder, self.environment, *arguments)

    def query(self, sql: str) -> list[dict[str, Any]]:
        done = self.dataops("query", sql, "--format", "json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@contextmanager
def served(folder: Path, history: bool = False) -> Iterator[Scene]:
    """The scene in a folder, until the end of the block. history: with the flights of 16 weeks, staged alone."""
    with FlightsServer() as before, FlightsServer(day=_later) as after:
        settings = {
            "DATAOPS_DATASETS": f"{__package__}.datasets",
            "DATAOPS_FLIGHTS_URL": before.url,
            "DATAOPS_HOME": str(folder / "home"),
            "PYTHONPATH": str(ROOT),
        }
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))} | settings
        days = ("--partitions", f"{DAYS[0]}..{DAYS[-1]}")
        first = _dataops(folder, environment, "run", *days)
        assert first.returncode == 0, first.stdout + first.stderr
        _damage(folder / "home" / "demo" / "weather" / f"weather-{DAMAGED}.csv")
        settings["DATAOPS_FLIGHTS_URL"] = environment["DATAOPS_FLIGHTS_URL"] = after.url
        again = _dataops(folder, environment, "run", *days)
        assert again.returncode == 1, again.stdout + again.stderr
        if history:
            span = f"{TO_DO[0]}..{NEWEST}"
            _dataops(folder, environment, "run", "--select", "raw/flights,staged/flights", "--partitions", span)
        del settings["DATAOPS_HOME"]
        with started(folder, **settings) as ui:
            yield Scene(ui, folder, environment, again.stdout + again.stderr)


def _dataops(folder: Path, environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dataops_assets.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def _later(year: int, month: int, day: int) -> tuple[bytes, ...]:
    """The flights of a day, as the demo has them; those of one day are later, and half of another are lost."""
    records, name = flights().day(year, month, day), f"{year}-{month:02}-{day:02}"
    if name != LATER:
        return records[::2] if name == NEWEST else records
    changed = []
    for record in map(json.loads, records):
        delays = {name: record[name] + LATE for name in ("dep_delay", "arr_delay") if record[name] is not None}
        changed.append(json.dumps(record | delays).encode())
    return tuple(changed)


def _damage(file: Path) -> None:
    """Make the humidity of every third observation impossible."""
    header, *lines = file.read_text().splitlines()
    place = header.split(",").index("humid")
    rows = [line.split(",") for line in lines]
    for row in rows[::3]:
        row[place] = "900"
    file.write_text("\n".join([header, *map(",".join, rows), ""]))
