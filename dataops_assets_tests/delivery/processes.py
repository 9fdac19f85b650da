"""The processes of a deployment, each started as its container is told to, on a real Postgres."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.delivery.test_ui import of_session
from dataops_assets_tests.standins.gcs_proxy import free_port

PROGRAMS = Path(sys.executable).parent


class Processes:
    """Processes that share a folder with settings, which is read-only for them, and with the data.

    settings: the content of dagster.yaml. postgres: its address. logs: the bucket of what steps print.
    """

    def __init__(self, folder: Path, settings: str, postgres: str, project: str, logs: str, stack: ExitStack) -> None:
        self.folder, self.code, self.ui = folder, free_port(), free_port()
        self.home = folder / "kubernetes"
        self.home.mkdir()
        (self.home / "dagster.yaml").write_text(settings)
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
        self.started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        """Start a process for which the folder of the settings is read-only, as the image's is in a cluster."""
        ports = {"4000": str(self.code), "3000": str(self.ui), "0.0.0.0": "127.0.0.1"}
        command = tuple(ports.get(word, word) for word in command)
        if os.getuid() == 0:  # whom modes do not stop
            bind = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
            command = ("unshare", "--mount", "sh", "-c", bind, str(self.home), *command)
        else:
            self.home.chmod(0o555)
        log = self.stack.enter_context((self.folder / f"{name}.log").open("a"))
        self.started[name] = subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        self.stack.callback(self.kill, name)

    def kill(self, name: str) -> int:
        """Kill a process, and all that it has started, as the end of a container does; returns how many that were."""
        process = self.started[name]
        killed = 0
        while left := of_session(process.pid):
            for each in left:
                with suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
            killed = max(killed, len(left))
            process.poll()
        process.wait()
        return killed

    def said(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text()[-2000:]}" for log in self.folder.glob("*.log"))
