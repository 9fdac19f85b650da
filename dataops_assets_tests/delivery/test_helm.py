"""The values for Dagster's chart say of Dagster what deploy/gcp/dagster.yaml says, and their pods are restricted."""

import re
from importlib.metadata import version
from typing import Any

import pytest

from dataops_assets_tests.delivery.checkers import unrestricted
from dataops_assets_tests.delivery.project import document, text

VALUES = document("deploy/helm/values.yaml")
CLOUD = document("deploy/gcp/dagster.yaml")
(CODE,) = VALUES["dagster-user-deployments"]["deployments"]


def snake(value: Any) -> Any:
    """Keys as Dagster's YAML has them. What is below `value` of a limit keeps its own."""
    if isinstance(value, list):
        return [snake(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {re.sub("[A-Z]", lambda m: f"_{m[0].lower()}", k): v if k == "value" else snake(v) for k, v in value.items()}


def test_dagster_is_told_what_it_is_told_elsewhere() -> None:
    daemon = VALUES["dagsterDaemon"]
    assert snake(daemon["runMonitoring"]) == CLOUD["run_monitoring"]
    assert snake(daemon["runRetries"]) == CLOUD["run_retries"]
    assert snake(daemon["runCoordinator"]["config"]["queuedRunCoordinator"]) == CLOUD["concurrency"]["runs"]
    assert snake({k: v for k, v in VALUES["retention"].items() if k != "enabled"}) == CLOUD["retention"]
    logs = snake(VALUES["computeLogManager"]["config"]["gcsComputeLogManager"])
    assert {k: v for k, v in logs.items() if k != "bucket"} == {
        k: v for k, v in CLOUD["compute_logs"]["config"].items() if k != "bucket"
    }
    assert VALUES["telemetry"] == CLOUD["telemetry"]


@pytest.mark.parametrize("process", [VALUES["dagsterWebserver"], VALUES["dagsterDaemon"], CODE])
def test_every_process_is_restricted_and_of_one_image(process: dict[str, Any]) -> None:
    container = {"name": "it", "securityContext": process["securityContext"]}
    pod = {"securityContext": process["podSecurityContext"], "containers": [container], "volumes": process["volumes"]}
    assert unrestricted({"spec": pod}) == []
    assert process["image"] == VALUES["dagsterWebserver"]["image"]
    assert {each["mountPath"] for each in process["volumeMounts"]} == {"/var/lib/dataops", "/tmp"}
    assert process["resources"]["limits"]["memory"]


def test_a_run_is_the_job_that_the_launcher_of_the_image_makes() -> None:
    own = document("deploy/kubernetes/dagster.yaml")["run_launcher"]["config"]["run_k8s_config"]
    chart = snake(VALUES["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"])
    assert chart["job_spec_config"] == own["job_spec_config"]
    assert chart["container_config"]["resources"] == own["container_config"]["resources"]


def test_versions_of_chart_and_dagster_are_one() -> None:

    assert f"--version {version('dagster')} " in text("deploy/helm/values.yaml")
