"""The commands of a deployment, with the real `kubectl kustomize` and a record of what the cluster was asked."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from dataops_assets_tests.delivery.checkers import KUBERNETES, checker, pod

pytestmark = pytest.mark.slow  # kubectl is of .checkers

DIGEST = "sha256:" + "a1" * 32
IMAGE = f"europe-docker.pkg.dev/air/dataops/dataops-assets@{DIGEST}"


class Cluster:
    """A kubectl that renders as the real one does, keeps what it was asked and given, and fails where it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kubectl = folder / "kubectl"
        script = f"""#!/bin/sh
        test "$1" != kustomize || exec {checker("kubectl")} "$@"
        echo "$*" >> {folder}/asked
        for argument; do case $argument in */rendered.yaml) cp "$argument" {folder}/applied.yaml;; esac; done
        if test -f {folder}/fails && echo "$*" | grep -q -f {folder}/fails; then exit 1; fi
        case "$*" in
            *replicasets*) echo 2026-11-20T06:30:00Z;;
            *jsonpath*) cat {folder}/answer;;
            *GIT_COMMIT_HASH*) cat {folder}/commit 2>/dev/null || true;;
            *"dataops checks"*) echo "staged/flights 2013-01-05 volume: a tenth of the rows"; exit 1;;
        esac
        """
        self.kubectl.write_text(script.replace("\n        ", "\n"))
        self.kubectl.chmod(0o755)
        (folder / "answer").write_text(IMAGE)
        self.fails("get deployment/dataops-metrics")  # which is not there, unless a test says so

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "KUBECTL": str(self.kubectl), "SMOKE_TRIES": "1"}
        command = ["sh", str(KUBERNETES / script), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def fails(self, pattern: str) -> None:
        with (self.folder / "fails").open("a") as file:
            file.write(f"{pattern}\n")

    @property
    def asked(self) -> list[str]:
        file = self.folder / "asked"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    return Cluster(tmp_path)


@pytest.mark.parametrize("environment", ["staging", "production", "cronjob"])
def test_every_container_is_given_the_digest(cluster: Cluster, environment: str) -> None:
    before = (KUBERNETES / environment / "kustomization.yaml").read_text()
    done = cluster.run("deploy.sh", environment, IMAGE)
    assert done.returncode == 0, done.stderr
    applied = [each for each in yaml.safe_load_all((cluster.folder / "applied.yaml").read_text()) if each]
    templates = [template for each in applied if (template := pod(each))]
    assert {each["image"] for template in templates for each in template["spec"]["containers"]} == {IMAGE}
    if environment != "cronjob":
        assert (cluster.folder / "applied.yaml").read_text().count(DIGEST) == len(templates) + 1, "that of runs too"
        assert f"-n dataops-{environment} rollout status deployment/dataops-daemon --timeout 300s" in cluster.asked
    assert (KUBERNETES / environment / "kustomization.yaml").read_text() == before


def test_what_does_not_come_up_is_undone(cluster: Cluster) -> None:
    cluster.fails("rollout status deployment/dataops-webserver")
    done = cluster.run("deploy.sh", "production", IMAGE)
    assert done.returncode == 1
    assert "dataops-webserver did not come up; what ran before is put back" in done.stderr
    undone = [line.split("/")[-1] for line in cluster.asked if "rollout undo" in line]
    assert undone == ["dataops-code", "dataops-webserver", "dataops-viewer", "dataops-daemon"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("production", "europe-docker.pkg.dev/air/dataops/dataops-assets:latest"), "it is needed with its digest"),
        (("prod", IMAGE), "it is staging, production or cronjob"),
        (("", IMAGE), "it is staging, production or cronjob"),
    ],
)
def test_what_is_no_environment_or_no_digest_is_refused(
    cluster: Cluster, arguments: tuple[str, str], said: str
) -> None:
    done = cluster.run("deploy.sh", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert cluster.asked == []


def test_metrics_go_back_with_the_others_where_they_are(cluster: Cluster) -> None:
    (cluster.folder / "fails").unlink()
    assert cluster.run("rollback.sh", "production").returncode == 0
    assert "-n dataops-production rollout undo deployment/dataops-metrics" in [line.strip() for line in cluster.asked]


def test_rollback_says_what_runs_again(cluster: Cluster) -> None:
    done = cluster.run("rollback.sh", "staging")
    assert done.stdout.splitlines()[-1] == f"staging runs {IMAGE} again"
    cluster.fails("rollout undo deployment/dataops-daemon")
    assert cluster.run("rollback.sh", "staging").returncode == 1


def test_smoke_test_asks_for_images_code_location_daemon_and_plan(cluster: Cluster) -> None:
    done = cluster.run("smoke-test.sh", "staging", IMAGE)
    assert done.returncode == 0, done.stderr
    inside = [line.partition(" exec deployment/")[2] for line in cluster.asked if " exec " in line]
    assert "dataops-daemon -- dagster-daemon liveness-check" in inside
    assert "dataops-code -- dataops plan" in inside
    assert any(line.startswith("dataops-webserver -- python3 -c") for line in inside)


@pytest.mark.parametrize("broken", ["dagster-daemon liveness-check", "dataops plan", "urllib.request"])
def test_smoke_test_fails_with_any_of_them(cluster: Cluster, broken: str) -> None:
    cluster.fails(broken)
    assert cluster.run("smoke-test.sh", "staging", IMAGE).returncode != 0


def test_smoke_test_fails_where_another_image_runs(cluster: Cluster) -> None:
    (cluster.folder / "answer").write_text(f"{IMAGE}\neurope-docker.pkg.dev/air/dataops/dataops-assets@sha256:old\n")
    done = cluster.run("smoke-test.sh", "staging", IMAGE)
    assert done.returncode == 1
    assert "sha256:old" in done.stderr


def test_release_note_says_what_comes_and_what_was_found(cluster: Cluster, tmp_path: Path) -> None:
    first = cluster.run("release-note.sh", "production", IMAGE)
    assert (first.returncode, first.stdout.splitlines()[-1]) == (0, "Nothing runs in dataops-production yet.")

    log = subprocess.run(
        ["git", "log", "--format=%H %h %s", "-3", "--", "."], cwd=KUBERNETES, capture_output=True, text=True, check=True
    )
    newest, _, before = log.stdout.splitlines()
    (cluster.folder / "commit").write_text(before.split()[0] + "\n")
    note = cluster.run("release-note.sh", "production", IMAGE)
    assert note.returncode == 0, note.stderr
    assert f"- {newest.split(' ', 1)[1]}" in note.stdout
    assert "staged/flights 2013-01-05 volume: a tenth of the rows" in note.stdout
    asked = "exec deployment/dataops-code -- dataops checks --failed --since 2026-11-20T06:30:00Z"
    assert cluster.asked[-1].endswith(asked)

    cluster.fails("dataops checks")
    (cluster.folder / "commit").write_text("0" * 40)
    assert "is not in this checkout" in cluster.run("release-note.sh", "production", IMAGE).stdout
