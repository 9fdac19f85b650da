"""Dagster's launcher of runs as children of the code location, which notices that a run's process is gone.

The stock launcher cannot tell: where a code location is killed (no memory, a node that went away) and its runs with it,
as a container's processes are, they count as running until `max_runtime_seconds` ends them, hours later, and hold their
places. This one asks the code location whether it has the run, and Dagster's monitoring then reports the lost ones as
failed, and starts them again if `run_retries` says so. In `dagster.yaml`:

    run_launcher:
      module: dataops_assets.automation.launcher
      class: WatchfulRunLauncher
"""

import json
import socket
from typing import Any

from dagster import DagsterRun
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._grpc.client import DagsterGrpcClient
from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
from dagster._serdes import deserialize_value


class WatchfulRunLauncher(DefaultRunLauncher):
    """A run that its code location does not have is lost. One whose code location does not answer may be well."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """RUNNING, or NOT_FOUND with the reason. Dagster fails a run for any other answer, UNKNOWN among them."""
        place = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
        if not place:
            # Another launcher's, or `dataops run`'s own process: nothing is known of it here.
            return CheckRunHealthResult(WorkerStatus.RUNNING, "it was not started by a code location")
        if _is_over(place.get("socket")):
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "the code location that ran it has ended")
        client = DagsterGrpcClient(
            port=place.get("port"),
            socket=place.get("socket"),
            host=place.get("host"),
            use_ssl=place.get("use_ssl", False),
        )
        try:
            answer: Any = deserialize_value(
                client.can_cancel_execution(CanCancelExecutionRequest(run_id=run.run_id)), CanCancelExecutionResult
            )
        except DagsterUserCodeUnreachableError:
            return CheckRunHealthResult(WorkerStatus.RUNNING, "its code location does not answer")
        if answer.can_cancel or self._is_canceling(run):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "the code location was started anew, and the run is gone")

    def _is_canceling(self, run: DagsterRun) -> bool:
        """What is being canceled cannot be canceled again, and is there still."""
        now = self._instance.get_run_by_id(run.run_id)
        return now is not None and now.status.name == "CANCELING"


def _is_over(path: str | None) -> bool:
    """Does nobody listen at this socket any more? A code location with one is never started again at the same."""
    if path is None:
        return False
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return True
        except OSError:
            return False
    return False
