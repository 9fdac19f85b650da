"""Dagster's own files: the instance takes its settings, and both ways to name the code location work."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dataops_assets_tests.delivery.project import ROOT


def run(home: Path, *command: str) -> str:
    """Output of one of the environment's commands, in the project's folder, on an instance of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {"DAGSTER_HOME": str(home), "DATAOPS_HOME": str(home / "state"), "PYTHONPATH": str(ROOT)}
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run(
        [str(program), *command[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A DAGSTER_HOME with the project's settings."""
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_instance_takes_every_setting(home: Path) -> None:
    shown = run(home, "dagster", "instance", "info")
    _, _, listing = shown.partition("Instance configuration:\n-----------------------\n")
    listing, _, _ = listing.partition("\n\n\n")  # the schema of the storage follows
    settings = yaml.safe_load(listing)
    assert settings["telemetry"] == {"enabled": False}
    assert settings["nux"] == {"enabled": False}
    assert settings["run_monitoring"]["enabled"] is True
    assert settings["run_monitoring"]["max_runtime_seconds"] == 6 * 3600
    assert settings["run_retries"]["retry_on_asset_or_op_failure"] is False
    assert settings["concurrency"]["runs"]["max_concurrent_runs"] == 2
    assert settings["event_log_storage"]["class"] == "PooledSqliteEventLogStorage"
    assert set(settings["retention"]["sensor"]["purge_after_days"]) == {"started", "skipped", "failure", "success"}
    assert settings["retention"]["schedule"]["purge_after_days"] == 90


def test_workspace_loads(home: Path) -> None:
    assert "Validation successful" in run(home, "dagster", "definitions", "validate", "-w", "workspace.yaml")


@pytest.mark.slow
def test_dg_loads_the_project(home: Path) -> None:
    assert "All definitions loaded successfully" in run(home, "dg", "check", "defs")
