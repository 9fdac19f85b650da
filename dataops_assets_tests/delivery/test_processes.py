"""The processes of a cluster, with the settings of the image, on a real Postgres; and the smoke test over them."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import pytest
from google.cloud import storage
from grpc_health.v1 import health_pb2, health_pb2_grpc

from dataops_assets_tests.delivery.checkers import KUBERNETES, manifests
from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.sources.postgres import server
from dataops_assets_tests.standins.gcs_proxy import free_port

PROGRAMS = Path(sys.executable).parent
WAIT = 90  # seconds, on a busy machine


class Processes:
    """Code location, the UI that only looks, and daemon; as their containers are told, but for ports and the data."""

    def __init__(self, folder: Path, postgres: str, project: str, logs: str, stack: ExitStack) -> None:
        self.folder, self.code, self.ui = folder, free_port(), free_port()
        self.home = folder / "kubernetes"
        self.home.mkdir()
        shutil.copy(KUBERNETES / "dagster.yaml", self.home)
        (folder / "workspace.yaml").write_text(
            f"load_from: [{{grpc_server: {{host: 127.0.0.1, port: {self.code}, location_name: dataops_assets}}}}]"
        )
        place = urlsplit(postgres)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
        self.environment = inherited | {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "DAGSTER_HOME": str(self.home),
            "DATAOPS_HOME": str(folder / "state"),
            "DATAOPS_NAMESPACE": "dataops-staging",
            "DATAOPS_SETTINGS": "dataops-settings",
            "DAGSTER_PG_HOST": str(place.hostname),
            "DAGSTER_PG_PORT": str(place.port),
            "DAGSTER_PG_DB": place.path.strip("/"),
            "DAGSTER_PG_USERNAME": str(place.username),
            "DAGSTER_PG_PASSWORD": "none",
            "DAGSTER_COMPUTE_LOGS_BUCKET": logs,
            "GOOGLE_CLOUD_PROJECT": project,
            "GIT_COMMIT_HASH": "abc",
            "UI_PORT": str(self.ui),
        }
        self.stack = stack

    def start(self, name: str, *command: str) -> None:
        """Start a process for which the folder of the settings is read-only, as the image's is in a cluster."""
        if os.getuid() == 0:  # whom modes do not stop
            bind = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
            command = ("unshare", "--mount", "sh", "-c", bind, str(self.home), *command)
        else:
            self.home.chmod(0o555)
        log = self.stack.enter_context((self.folder / f"{name}.log").open("w"))
        started = subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=log, stderr=log)
        self.stack.callback(lambda: (started.kill(), started.wait()))

    def said(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text()[-2000:]}" for log in self.folder.glob("*.log"))


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
        own = Processes(tmp_path, postgres, gcs.project, logs, stack)
        ports = {"4000": str(own.code), "3000": str(own.ui), "0.0.0.0": "127.0.0.1"}
        code = ["dagster", "api", "grpc", "-h", "0.0.0.0", "-p", "4000", "-m", "dataops_assets.definitions"]
        for name, command in (
            ("code", code),
            ("viewer", container("viewer")["args"]),
            ("daemon", container("daemon")["args"]),
        ):
            own.start(name, *(ports.get(word, word) for word in command))
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
