"""The processes of a cluster, with the settings of the image, on a real Postgres; and the smoke test over them."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.cloud import storage
from grpc_health.v1 import health_pb2, health_pb2_grpc

from dataops_assets_tests.delivery.checkers import KUBERNETES, manifests
from dataops_assets_tests.delivery.processes import Processes
from dataops_assets_tests.sources.postgres import server

WAIT = 90  # seconds, on a busy machine


def container(component: str) -> dict[str, Any]:
    """The container of a Deployment, as staging would be given it."""
    (one,) = [
        each["spec"]["template"]["spec"]["containers"][0]
        for each in manifests(KUBERNETES / "staging")
        if each["kind"] == "Deployment" and each["metadata"]["name"] == f"dataops-{component}"
    ]
    return one


@pytest.fixture
def processes(tmp_path: Path, gcs: Any) -> Iterator[Processes]:
    logs = gcs.name("logs")
    storage.Client(project=gcs.project).create_bucket(logs)
    with server() as postgres, ExitStack() as stack:
        own = Processes(tmp_path, (KUBERNETES / "dagster.yaml").read_text(), postgres, gcs.project, logs, stack)
        code = ["dagster", "api", "grpc", "-h", "0.0.0.0", "-p", "4000", "-m", "dataops_assets.definitions"]
        for name, command in (
            ("code", code),
            ("viewer", container("viewer")["args"]),
            ("daemon", container("daemon")["args"]),
        ):
            own.start(name, *command)
        yield own


def smoke_test(own: Processes, image: str) -> subprocess.CompletedProcess[str]:
    """The smoke test with a kubectl that runs on this machine what it is to run in a pod."""
    kubectl = own.folder / "kubectl"
    kubectl.write_text(f"""#!/bin/sh
case "$*" in *jsonpath*) echo {image}; exit;; esac
while [ "$1" != -- ]; do shift; done
shift
cd {own.folder}
exec "$@"
""")
    kubectl.chmod(0o755)
    environment = own.environment | {"KUBECTL": str(kubectl), "SMOKE_TRIES": "1"}
    command = ["sh", str(KUBERNETES / "smoke-test.sh"), "staging", image]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.xdist_group("processes")
def test_the_processes_come_up_on_postgres_with_settings_that_are_read_only(processes: Processes) -> None:
    probe = container("code")["readinessProbe"]["grpc"]
    with grpc.insecure_channel(f"127.0.0.1:{processes.code}") as channel:
        request = health_pb2.HealthCheckRequest(service=probe["service"])
        health: Any = health_pb2_grpc.HealthStub(channel)
        answer = health.Check(request, timeout=WAIT, wait_for_ready=True)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING

    deadline, done = time.monotonic() + WAIT, smoke_test(processes, "image@sha256:1")
    while done.returncode and time.monotonic() < deadline:
        time.sleep(2)  # as a deployment waits until they are ready
        done = smoke_test(processes, "image@sha256:1")
    assert done.returncode == 0, done.stdout + done.stderr + processes.said()
    assert done.stdout.splitlines()[-1] == "staging: all processes run image@sha256:1, built of commit abc"
    assert [path.name for path in processes.home.iterdir()] == ["dagster.yaml"]
