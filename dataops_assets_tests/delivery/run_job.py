"""The Job that Dagster's launcher makes of a run in a cluster: by the launcher, up to the request to the cluster."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster import DagsterRun
from dagster._config import process_config
from dagster._core.instance.config import dagster_instance_config
from dagster_k8s import K8sRunLauncher
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.job import construct_dagster_k8s_job
from kubernetes.client import ApiClient

from dataops_assets_tests.delivery.checkers import KUBERNETES
from dataops_assets_tests.delivery.project import document

IMAGE = "registry.example.com/dataops-assets@sha256:" + "0" * 64
NOWHERE = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "nowhere",
    "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": "nobody"}}],
    "clusters": [{"name": "nowhere", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "nobody", "user": {}}],
}


def launcher(folder: Path) -> K8sRunLauncher:
    """The launcher that the image's settings name, of a daemon in staging; folder: for its kubeconfig."""
    dagster_instance_config(str(KUBERNETES))  # raises for what is not Dagster's
    (kubeconfig := folder / "kubeconfig").write_text(yaml.safe_dump(NOWHERE))
    config = document("deploy/kubernetes/dagster.yaml")["run_launcher"]["config"]
    config |= {"load_incluster_config": False, "kubeconfig_file": str(kubeconfig)}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATAOPS_NAMESPACE", "dataops-staging")
        environment.setenv("DATAOPS_SETTINGS", "dataops-settings-abc")
        taken = process_config(K8sRunLauncher.config_type(), config)
    assert taken.success, taken.errors
    assert taken.value is not None
    return K8sRunLauncher(**taken.value)


def run_job(folder: Path, **tags: Any) -> dict[str, Any]:
    """The Job of a run with these tags (`dagster-k8s/config` as `config`), as the cluster would be sent it."""
    own = launcher(folder)
    run = DagsterRun(job_name="flights", tags={f"dagster-k8s/{name}": value for name, value in tags.items()})
    context = K8sContainerContext.create_for_run(run, own, include_run_tags=True)
    made = construct_dagster_k8s_job(
        job_config=context.get_k8s_job_config(job_image=IMAGE, run_launcher=own),
        args=["dagster", "api", "execute_run"],
        job_name="dagster-run-1",
        component="run_worker",
        user_defined_k8s_config=context.run_k8s_config,
    )
    sent = ApiClient().sanitize_for_serialization(made)
    assert isinstance(sent, dict)
    return sent
