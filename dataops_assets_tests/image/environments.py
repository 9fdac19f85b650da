"""Staging and production on this machine: the rendered manifests run by podman, each with its own data and database."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import yaml
from google.cloud import storage

from dataops_assets_tests.delivery.checkers import KUBERNETES, checker
from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.image.containers import Engine
from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.standins.pubsub import PubSubServer

KUBECTL = f"{sys.executable} -m dataops_assets_tests.image.kubectl"
GCLOUD = f"{sys.executable} -m dataops_assets_tests.image.gcloud"
ENVIRONMENTS = ("staging", "production")


class Environments:
    """said: what each step has said, by its name; what came of each is told to `tell` as well."""

    def __init__(
        self,
        containers: Engine,
        cloud: Cloud,
        postgres: str,
        pubsub: PubSubServer,
        folder: Path,
        tell: Callable[[str, object], None],
    ) -> None:
        self.containers, self.cloud, self.pubsub, self.folder, self.tell = containers, cloud, pubsub, folder, tell
        self.manifests = folder / "kubernetes"
        shutil.copytree(KUBERNETES, self.manifests)
        shutil.copy(checker("kubectl"), folder / "kubectl")
        self.said: dict[str, str] = {}
        self.own = {name: self._own(name, postgres) for name in ENVIRONMENTS}

    def _own(self, name: str, postgres: str) -> dict[str, str]:
        """Make what an environment has for itself, and write its settings where somebody writes them; returns these."""
        found = re.fullmatch(r"postgresql://(\w+)@([\d.]+):(\d+)/\w+", postgres)
        assert found
        user, host, port = found.groups()
        database = psycopg2.connect(postgres)
        database.autocommit = True
        database.cursor().execute(f"CREATE DATABASE dagster_{name}")
        database.close()
        kind = self.cloud.name(name)
        buckets = {f"DATAOPS_{layer}_BUCKET": f"{kind}-{layer.lower()}" for layer in ("STAGING", "PRODUCTION")}
        buckets["DAGSTER_COMPUTE_LOGS_BUCKET"] = f"{kind}-logs"
        for bucket in buckets.values():
            storage.Client(project=self.cloud.project).create_bucket(bucket)
        settings = (
            self.cloud.environment
            | buckets
            | {f"DATAOPS_{layer}_DATASET": f"{kind}_{layer.lower()}" for layer in ("STAGING", "PRODUCTION", "SCRATCH")}
            | {
                "GOOGLE_CLOUD_PROJECT": self.cloud.project,
                "DATAOPS_PROJECT": self.cloud.project,
                "DATAOPS_LOCATION": "US",
                "DAGSTER_PG_HOST": host,
                "DAGSTER_PG_PORT": port,
                "DAGSTER_PG_DB": f"dagster_{name}",
                "DATAOPS_ENVIRONMENT": name,
                "DATAOPS_MESSAGES_TOPIC": f"projects/{self.cloud.project}/topics/{name}",
                "PUBSUB_EMULATOR_HOST": f"127.0.0.1:{self.pubsub.port}",
            }
        )
        file = self.manifests / name / "kustomization.yaml"
        kustomization = yaml.safe_load(file.read_text())
        (generator,) = kustomization["configMapGenerator"]
        literals = dict(each.partition("=")[::2] for each in generator["literals"]) | settings
        lines = [f"      - {literal(key)}={literal(value)}\n" for key, value in literals.items()]
        before, rest = file.read_text().split("    literals:\n")
        after = rest[rest.index("\nimages:") :]
        file.write_text(f"{before}    literals:\n{''.join(lines)}{after}")
        secret = {"stringData": {"DAGSTER_PG_USERNAME": user, "DAGSTER_PG_PASSWORD": "none"}}
        (self.folder / f"dataops-{name}.dataops-postgres.yaml").write_text(yaml.safe_dump(secret))
        return settings

    def step(self, title: str, *command: str, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the chain, and keep what it said."""
        began = time.monotonic()
        variables = {"CLUSTER": str(self.folder), "KUBECTL": KUBECTL, "GCLOUD": GCLOUD, "PYTHONPATH": str(ROOT)}
        variables |= {"SMOKE_TRIES": "3", "SMOKE_WAIT": "5", "DEPLOY_TIMEOUT": "180s"} | more
        done = self.containers.run(*command, check=check, **variables)
        self.said[title] = (done.stdout + done.stderr).strip()
        lines = (done.stderr if done.returncode else done.stdout).strip().splitlines() or [""]
        verdict = next((line for line in lines if line.startswith(ENVIRONMENTS)), lines[-1])
        self.tell("said", f"{title[:60]}: {verdict} ({time.monotonic() - began:.0f} s)")
        return done

    def script(self, title: str, name: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a script of deploy/kubernetes."""
        return self.step(title, "sh", str(self.manifests / name), *arguments, check=check)

    def inside(self, environment: str, *command: str) -> str:
        """What a command says in the pod of the code location."""
        title = f"{environment}: {' '.join(command)}"
        where = ("-n", f"dataops-{environment}", "exec", "deployment/dataops-code", "--")
        return self.step(title, *KUBECTL.split(), *where, *command).stdout

    def rows(self, environment: str, table: str) -> list[dict[str, Any]]:
        """A published table."""
        dataset = self.own[environment]["DATAOPS_PRODUCTION_DATASET"]
        found = self.cloud.bigquery().query_and_wait(f"select * from `{dataset}.{table}` order by 1, 2, 3")
        return [dict(row) for row in found]

    def pods(self, environment: str) -> str:
        """Which containers run there, and since when."""
        form = "{{.ID}} {{.Names}} {{.Image}}"
        return self.containers.podman("ps", "--filter", f"name=dataops-{environment}-", "--format", form)


def literal(value: str) -> str:
    """As it stands in a kustomization, where it stands for itself. Raises ValueError if it would not."""
    if not re.fullmatch(r"[\w./:=,@-]+", value):
        raise ValueError(value)
    return value
