"""A day of the demo, told to a file as `openlineage.yml` says: published columns are traced to fields of sources."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dataops_assets_tests.lineage.backend import problems

pytestmark = pytest.mark.slow

Column = tuple[str, str, str]


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_", "OPENLINEAGE"))}
    return {**kept, "DATAOPS_HOME": str(home / "state"), "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **more}


def run(home: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "dataops_assets.cli", "run", *arguments]
    ran = subprocess.run(command, cwd=home, env=environment(home), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_day_of_the_demo(tmp_path: Path) -> None:
    (tmp_path / "openlineage.yml").write_text(
        f"transport:\n  type: file\n  log_file_path: {tmp_path}/events.jsonl\n  append: true\n"
    )
    run(tmp_path, "--select", "+production/carrier_daily", "--partitions", "2013-01-05")
    events: list[dict[str, Any]] = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [problem for event in events for problem in problems(event)] == []
    states: dict[str, list[str]] = {}
    for event in events:
        states.setdefault(event["job"]["name"], []).append(event["eventType"])
    assert len(states) == 13
    assert set(map(tuple, states.values())) == {("START", "COMPLETE")}
    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)

    origins: dict[Column, set[Column]] = {}
    makers: dict[tuple[str, str], str] = {}
    for event in (each for each in events if each["eventType"] == "COMPLETE"):
        for made in event["outputs"]:
            makers[made["namespace"], made["name"]] = event["job"]["name"]
            for name, field in made["facets"].get("columnLineage", {}).get("fields", {}).items():
                origins[made["namespace"], made["name"], name] = {
                    (each["namespace"], each["name"], each["field"]) for each in field["inputFields"]
                }

    def roots(column: Column) -> set[Column]:
        return {root for each in origins[column] for root in roots(each)} if column in origins else {column}

    [published] = {column[:2] for column in origins if column[1] == "warehouse.production.carrier_daily"}
    found = {
        name: {(makers[root[0], root[1]], root[2]) for root in roots((*published, name))}
        for name in ("carrier_name", "mean_departure_delay_min", "distance_mi")
    }
    assert ("raw/airlines", "name") in found["carrier_name"]
    assert ("raw/flights", "dep_delay") in found["mean_departure_delay_min"]
    assert ("raw/flights", "distance") in found["distance_mi"]


def test_without_a_set_up_nothing_of_it_is_imported(tmp_path: Path) -> None:
    program = """
import sys
from dataops_assets.build import load_project
load_project().definitions()
from dataops_assets.lineage import sending
print(sending.is_on(), [name for name in sys.modules if name.startswith("openlineage")])
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(tmp_path, HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.strip() == "False []", ran.stderr
