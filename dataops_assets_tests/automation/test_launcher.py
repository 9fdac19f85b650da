"""What is known of a run's process. That a lost run is started again is proven in delivery/test_killed.py."""

import json
import socket
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun
from dagster._core.launcher import WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from dataops_assets.automation.launcher import WatchfulRunLauncher
from dataops_assets_tests.standins.gcs_proxy import free_port


@pytest.fixture
def launcher() -> WatchfulRunLauncher:
    launcher = WatchfulRunLauncher()
    launcher.register_instance(DagsterInstance.ephemeral())
    return launcher


def health(launcher: WatchfulRunLauncher, **place: object) -> WorkerStatus:
    tags = {GRPC_INFO_TAG: json.dumps({"host": "127.0.0.1", **place})} if place else {}
    return launcher.check_run_worker_health(DagsterRun(job_name="flights", tags=tags)).status


def test_a_run_of_which_nothing_is_known_is_let_be(launcher: WatchfulRunLauncher) -> None:
    assert health(launcher) == WorkerStatus.RUNNING  # that of `dataops run`, which has no code location
    # It may be started again and have the run, or be cut off for a moment.
    assert health(launcher, port=free_port()) == WorkerStatus.RUNNING


def test_a_run_is_lost_with_the_code_location_of_a_ui_that_has_ended(
    launcher: WatchfulRunLauncher, tmp_path: Path
) -> None:
    path = tmp_path / "socket"
    assert health(launcher, socket=str(path)) == WorkerStatus.NOT_FOUND
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
    assert path.exists(), "as it stays where a process was killed"
    assert health(launcher, socket=str(path)) == WorkerStatus.NOT_FOUND
