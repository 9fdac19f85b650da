"""DATAOPS_LOG_FORMAT=json: every line of a run is an object, and says of which run, asset and partition it is."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.automation.run_log import json_run_log
from dataops_assets.logs import fields_of, trace_of
from dataops_assets.settings import Settings, SettingsError
from dataops_assets_tests.support import make_project

MINE = """
import logging, threading, warnings
from pathlib import Path
import pandas as pd
from dataops_assets.model import Contract, Daily, Date, Integer, Source, Window, column, derived
from dataops_assets.sources import Files

class Count(Contract):
    \"\"\"One row a day.\"\"\"

    day: Date = column("Day of the count.")
    pieces: Integer = column("How many there were.", nullable=True)

DAY = Daily(start="2024-01-01", end="2024-01-05", column="day")

files = Files(f"{Path(__file__).parent}/count-{{partition.start:%Y-%m-%d}}.csv")
count = Source(name="count", extract=files, contract=Count, partition=DAY, key=["day"])

@derived(contract=Count, partition=DAY, key=["day"], lineage={"day": ["count.day"], "pieces": ["count.pieces"]})
def total(count: pd.DataFrame, window: Window) -> pd.DataFrame:
    thread = threading.Thread(target=lambda: logging.getLogger("a.library").warning("slow: %s", "x"))
    thread.start()
    thread.join()
    warnings.warn("old")
    raise RuntimeError("no third")
"""


@dataclass
class Ran:
    """What a command ended with, and the lines of its standard error."""

    code: int
    out: str
    lines: list[dict[str, Any]]


def dataops(home: Path, *arguments: str, **more: str) -> Ran:
    """In a process of its own, on the datasets above."""
    (home / "mine.py").write_text(MINE)
    for day in ("2024-01-02", "2024-01-03"):
        (home / f"count-{day}.csv").write_text(f"day,pieces\n{day},1\n")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {
        "DATAOPS_HOME": str(home / "state"),
        "DATAOPS_DATASETS": "mine",
        "DATAOPS_LOG_FORMAT": "json",
        "PYTHONPATH": os.pathsep.join([str(home), *filter(None, sys.path)]),
        **more,
    }
    command = [sys.executable, "-m", "dataops_assets.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=home)
    return Ran(done.returncode, done.stdout, [json.loads(line) for line in done.stderr.splitlines()])


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return dataops(tmp_path_factory.mktemp("home"), "run", "--partitions", "2024-01-02..2024-01-03")


def events(ran: Ran, kind: str) -> list[dict[str, Any]]:
    return [line for line in ran.lines if line.get("event_type") == kind]


def test_all_is_said_as_objects_with_the_run_they_are_of(ran: Ran) -> None:
    assert (ran.code, ran.out) == (1, "")
    assert all(line.keys() >= {"time", "severity", "message", "logger"} for line in ran.lines)
    (run,) = {line["run"] for line in ran.lines if "run" in line}
    assert {line["trace"] for line in ran.lines if "run" in line} == {run.replace("-", "")}
    materialized = [(line["asset"], line["partition"]) for line in events(ran, "ASSET_MATERIALIZATION")]
    assert materialized[:2] == [("raw/count", "2024-01-02"), ("raw/count", "2024-01-03")]
    assert events(ran, "ASSET_MATERIALIZATION")[0]["figures"]["partition_row_count"] == 1
    started = events(ran, "STEP_START")[0]
    assert (started["asset"], started["partition"]) == ("raw/count", "2024-01-02..2024-01-03")
    assert len(events(ran, "RUN_START")) == 1


def test_what_fails_is_an_error_with_its_traceback(ran: Ran) -> None:
    failed = [line for line in ran.lines if "Traceback" in line["message"] or "Stack Trace" in line["message"]]
    assert [(line["asset"], line["severity"], line["event_type"]) for line in failed] == [
        ("transformed/total", "ERROR", "STEP_FAILURE")
    ]
    assert "RuntimeError: no third" in failed[0]["message"]
    assert [line["severity"] for line in events(ran, "RUN_FAILURE")] == ["ERROR"]
    assert ran.lines[-1]["message"].startswith("1 problem in ")


def test_what_libraries_say_in_any_thread_is_of_the_step(ran: Ran) -> None:
    (run,) = {line["run"] for line in ran.lines if "run" in line}
    for logger in ("a.library", "py.warnings"):
        said = [line for line in ran.lines if line["logger"] == logger]
        assert {(line["run"], line["asset"], line["severity"]) for line in said} == {
            (run, "transformed/total", "WARNING")
        }


@pytest.mark.slow
def test_an_error_of_a_command_is_an_object_too(tmp_path: Path) -> None:
    wrong = dataops(tmp_path, "run", "--select", "raw/nothing")
    assert wrong.code == 2
    assert [line["severity"] for line in wrong.lines] == ["ERROR"]
    assert wrong.lines[0]["message"].startswith("dataops run: ")


def test_runs_of_the_daemon_log_so_as_well(tmp_path: Path) -> None:
    assert (make_project(tmp_path, log_format="json").definitions().loggers or {}).get("console") is json_run_log
    assert not make_project(tmp_path).definitions().loggers


def test_a_format_that_there_is_not() -> None:
    with pytest.raises(SettingsError, match="DATAOPS_LOG_FORMAT='xml': it is one of text, json"):
        Settings.from_environment({"DATAOPS_LOG_FORMAT": "xml"})


def test_the_trace_of_a_run_is_its_id() -> None:
    assert trace_of("9740ef95-b3cb-4307-b48d-09a71b2ce2b6") == "9740ef95b3cb4307b48d09a71b2ce2b6"
    assert fields_of("run", "raw/a", [None]) == {"run": "run", "asset": "raw/a"}
