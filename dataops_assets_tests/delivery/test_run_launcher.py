"""What a run is in a cluster: restricted, somebody with the data, on the image, with the settings of the processes."""

import json
from pathlib import Path
from typing import Any

import pytest

from dataops_assets_tests.delivery.checkers import KUBERNETES, manifests, unrestricted
from dataops_assets_tests.delivery.project import document
from dataops_assets_tests.delivery.run_job import IMAGE, run_job


@pytest.fixture
def job(tmp_path: Path) -> dict[str, Any]:
    return run_job(tmp_path)


def test_it_is_restricted(job: dict[str, Any]) -> None:
    assert unrestricted(job["spec"]["template"]) == []


def test_it_runs_as_the_account_with_the_data_on_the_image_with_the_settings(job: dict[str, Any]) -> None:
    spec = job["spec"]["template"]["spec"]
    container = spec["containers"][0]
    assert container["image"] == IMAGE
    assert spec["serviceAccountName"] == "dataops"
    assert spec["automountServiceAccountToken"] is False, "a run asks the cluster for nothing"
    assert {"name": "DAGSTER_HOME", "value": "/app/kubernetes"} in container["env"]
    sources = [next(iter(each.values()))["name"] for each in container["envFrom"]]
    assert sorted(sources) == ["dataops-postgres", "dataops-secrets", "dataops-settings-abc"]
    assert container["resources"]["limits"] == {"memory": "4Gi"}
    assert job["spec"]["backoffLimit"] == 0


@pytest.mark.slow
def test_it_has_what_the_processes_have() -> None:
    """The settings of the image are where the processes and the runs look for them."""
    launcher = document("deploy/kubernetes/dagster.yaml")["run_launcher"]["config"]
    for each in manifests(KUBERNETES / "staging"):
        if each["kind"] == "Deployment":
            container = each["spec"]["template"]["spec"]["containers"][0]
            variables = {one["name"]: one.get("value") for one in container["env"]}
            assert variables["DAGSTER_HOME"] == launcher["dagster_home"] == "/app/kubernetes"
            assert {"DATAOPS_NAMESPACE", "DATAOPS_SETTINGS"} <= set(variables)
            secrets = [one["secretRef"] for one in container["envFrom"] if "secretRef" in one]
            assert [one["name"] for one in secrets if not one.get("optional")] == launcher["env_secrets"]
            # What sources are asked with has the code location, as runs do, and no process that only shows or starts.
            [own] = launcher["run_k8s_config"]["container_config"]["env_from"]
            needs = each["metadata"]["name"] == "dataops-code"
            assert ([one["name"] for one in secrets if one.get("optional")] == [own["secret_ref"]["name"]]) == needs


def test_the_rest_is_the_instance_on_google_cloud() -> None:
    cluster, cloud = document("deploy/kubernetes/dagster.yaml"), document("deploy/gcp/dagster.yaml")
    del cluster["run_launcher"], cloud["run_launcher"]
    assert cluster == cloud


def test_a_tag_may_ask_for_memory_and_for_nothing_else(tmp_path: Path) -> None:
    more = {"container_config": {"resources": {"limits": {"memory": "8Gi"}}}}
    job = run_job(tmp_path, config=json.dumps(more))
    assert job["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"] == {"memory": "8Gi"}
    with pytest.raises(Exception, match="service_account_name"):
        run_job(tmp_path, config=json.dumps({"pod_spec_config": {"service_account_name": "dataops-daemon"}}))
