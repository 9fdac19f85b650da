"""What a cluster would be given: rendered as kubectl does it, held to Kubernetes' schemas and to what is promised."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataops_assets_tests.delivery.checkers import KUBERNETES, checked, manifests, pod, rendered, unrestricted
from dataops_assets_tests.delivery.project import document, text
from dataops_assets_tests.delivery.run_job import run_job

pytestmark = pytest.mark.slow  # kubectl is of .checkers

ENVIRONMENTS = ("staging", "production")
FOLDERS = (*ENVIRONMENTS, "cronjob")
GOOGLES = {"BackendConfig", "ManagedCertificate"}


@pytest.fixture
def with_components(tmp_path: Path) -> Path:
    """Staging as somebody with Prometheus and without Cloud SQL has it; a copy, as kustomize takes no absolute path."""
    copied = tmp_path / "kubernetes"
    shutil.copytree(KUBERNETES, copied)
    (copied / "own").mkdir()
    own = {"resources": ["../staging"], "components": ["../components/postgres", "../components/metrics"]}
    (copied / "own" / "kustomization.yaml").write_text(yaml.safe_dump(own))
    return copied / "own"


@pytest.fixture(params=[*FOLDERS, "components"])
def folder(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue("with_components") if request.param == "components" else KUBERNETES / request.param


def found(folder: Path, kind: str, name: str) -> dict[str, Any]:
    (one,) = [each for each in manifests(folder) if each["kind"] == kind and each["metadata"]["name"] == name]
    return one


def variables(manifest: dict[str, Any]) -> dict[str, str]:
    template = pod(manifest)
    assert template is not None
    return {each["name"]: each.get("value", "") for each in template["spec"]["containers"][0].get("env", [])}


def test_every_manifest_is_what_kubernetes_knows(with_components: Path, tmp_path: Path) -> None:
    files = {name: rendered(KUBERNETES / name) for name in FOLDERS}
    files |= {"components": rendered(with_components), "run": yaml.safe_dump(run_job(tmp_path))}
    files["broken"] = files["staging"].replace("livenessProbe:", "livenesProbe:")  # proves that the checker looks
    for name, manifest in files.items():
        (tmp_path / f"{name}.yaml").write_text(manifest)
    # One call: it reads the schemas of all of Kubernetes first.
    done = checked("kubernetes-validate", "--strict", *(f"{name}.yaml" for name in files), folder=tmp_path)
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    passed = {name: sum(line.startswith(f"INFO {name}.yaml passed") for line in said) for name in files}
    # Google's own two kinds have no schema, and nothing else goes unchecked.
    unchecked = {
        (line.split()[1].partition(".")[0], line.split()[7]) for line in said if "Couldn't find schema" in line
    }
    googles = {(name, kind) for name in ("staging", "production", "components", "broken") for kind in GOOGLES}
    assert unchecked == googles
    for name in (*FOLDERS, "components", "run"):
        documents = [each for each in yaml.safe_load_all(files[name]) if each]
        assert passed[name] == len(documents) - sum(each["kind"] in GOOGLES for each in documents), said
    assert passed["broken"] == passed["staging"] - 4, "each of the four processes has the field"


def test_every_pod_is_restricted_and_limited(folder: Path) -> None:
    pods = {each["metadata"]["name"]: template for each in manifests(folder) if (template := pod(each))}
    assert pods
    assert {name: wrong for name, template in pods.items() if (wrong := unrestricted(template))} == {}
    (namespace,) = [each for each in manifests(folder) if each["kind"] == "Namespace"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for name, template in pods.items():
        for container in template["spec"]["containers"]:
            resources = container["resources"]
            assert {"cpu", "memory"} <= set(resources["requests"]), name
            assert resources["limits"]["memory"], name


def test_every_process_says_whether_it_is_well(folder: Path) -> None:
    for each in manifests(folder):
        if each["kind"] in {"Deployment", "StatefulSet"}:
            for container in each["spec"]["template"]["spec"]["containers"]:
                assert "livenessProbe" in container, container["name"]
                assert "readinessProbe" in container or container["name"] == "daemon", container["name"]


def test_every_label_that_selects_is_one_that_something_has(folder: Path) -> None:
    every = manifests(folder)
    labels = [template["metadata"]["labels"] for each in every if (template := pod(each))]
    components = {label["app.kubernetes.io/component"] for label in labels}
    for each in every:
        spec = each.get("spec", {})
        selector = spec.get("selector") if each["kind"] == "Service" else None
        if each["kind"] in {"Deployment", "StatefulSet", "PodDisruptionBudget"}:
            selector = spec["selector"]["matchLabels"]
        if selector is not None:
            assert any(selector.items() <= label.items() for label in labels), each["metadata"]["name"]
        if each["kind"] == "NetworkPolicy":
            for expression in spec["podSelector"].get("matchExpressions", []):
                assert set(expression["values"]) <= components
    accounts = {each["metadata"]["name"] for each in every if each["kind"] == "ServiceAccount"}
    own = {template["spec"].get("serviceAccountName") for each in every if (template := pod(each))}
    assert own - {None} <= accounts


def test_nothing_talks_but_what_is_allowed_to(folder: Path) -> None:
    denied = found(folder, "NetworkPolicy", "dataops-default-deny")["spec"]
    assert denied == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_one_image_is_everything_and_runs_are_made_of_it(environment: str) -> None:
    processes = [each for each in manifests(KUBERNETES / environment) if each["kind"] == "Deployment"]
    images = {each["spec"]["template"]["spec"]["containers"][0]["image"] for each in processes}
    assert len(processes) == 4
    assert len(images) == 1
    assert variables(found(KUBERNETES / environment, "Deployment", "dataops-code"))["DAGSTER_CURRENT_IMAGE"] in images


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_change_of_settings_is_rolled_out_and_reaches_runs(environment: str) -> None:
    (settings,) = [
        each["metadata"]["name"]
        for each in manifests(KUBERNETES / environment)
        if each["kind"] == "ConfigMap" and each["metadata"]["name"].startswith("dataops-settings")
    ]
    assert settings != "dataops-settings", "its name carries a hash of what is in it"
    for each in manifests(KUBERNETES / environment):
        if each["kind"] == "Deployment":
            assert variables(each)["DATAOPS_SETTINGS"] == settings
            container = each["spec"]["template"]["spec"]["containers"][0]
            assert container["envFrom"][0]["configMapRef"]["name"] == settings


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_daemon_is_one_and_viewers_only_look(environment: str) -> None:
    daemon = found(KUBERNETES / environment, "Deployment", "dataops-daemon")["spec"]
    assert (daemon["replicas"], daemon["strategy"]) == (1, {"type": "Recreate"})
    viewer = found(KUBERNETES / environment, "Deployment", "dataops-viewer")["spec"]["template"]["spec"]
    assert "--read-only" in viewer["containers"][0]["args"]
    (role,) = [each for each in manifests(KUBERNETES / environment) if each["kind"] == "RoleBinding"]
    assert {each["name"] for each in role["subjects"]} == {"dataops-webserver", "dataops-daemon"}
    assert {each["namespace"] for each in role["subjects"]} == {f"dataops-{environment}"}


def test_environments_share_nothing() -> None:
    settings, accounts = [], []
    for environment in ENVIRONMENTS:
        every = manifests(KUBERNETES / environment)
        assert {each["metadata"].get("namespace") for each in every if each["kind"] != "Namespace"} == {
            f"dataops-{environment}"
        }
        (data,) = [each["data"] for each in every if each["kind"] == "ConfigMap" and "DATAOPS_PROFILE" in each["data"]]
        settings.append({data[key] for key in data if key.endswith(("_BUCKET", "_PROJECT"))})
        accounts.append(
            {
                each["metadata"]["annotations"]["iam.gke.io/gcp-service-account"]
                for each in every
                if each["kind"] == "ServiceAccount"
            }
        )
        assert len(accounts[-1]) == 4, "each process is somebody else"
    assert not settings[0] & settings[1]
    assert not accounts[0] & accounts[1]


def test_only_the_proxy_reaches_a_ui() -> None:
    sources = found(KUBERNETES / "production", "NetworkPolicy", "dataops-ui")["spec"]["ingress"][0]["from"]
    assert [each["ipBlock"]["cidr"] for each in sources] == ["35.191.0.0/16", "130.211.0.0/22"]
    assert found(KUBERNETES / "production", "BackendConfig", "dataops-iap")["spec"]["iap"] == {"enabled": True}
    for name in ("dataops-webserver", "dataops-viewer"):
        service = found(KUBERNETES / "production", "Service", name)
        assert service["spec"].get("type", "ClusterIP") == "ClusterIP"
        assert "dataops-iap" in service["metadata"]["annotations"]["cloud.google.com/backend-config"]
    rules = found(KUBERNETES / "production", "Ingress", "dataops")["spec"]["rules"]
    domains = found(KUBERNETES / "production", "ManagedCertificate", "dataops")["spec"]["domains"]
    assert [rule["host"] for rule in rules] == domains


def test_the_cron_job_makes_what_the_plan_names_and_never_twice_at_once() -> None:
    job = found(KUBERNETES / "cronjob", "CronJob", "dataops-run")["spec"]
    assert job["concurrencyPolicy"] == "Forbid"
    assert job["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"] == ["dataops", "run", "--plan"]
    assert job["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_webserver_and_daemon_ask_the_code_location() -> None:
    server = document("deploy/kubernetes/base/workspace.yaml")["load_from"][0]["grpc_server"]
    service = found(KUBERNETES / "staging", "Service", server["host"])
    assert service["spec"]["ports"][0]["port"] == server["port"] == 4000
    assert server["location_name"] == document("deploy/workspace.yaml")["load_from"][0]["grpc_server"]["location_name"]


def test_no_secret_is_in_the_manifests() -> None:
    for name in FOLDERS:
        assert not [each for each in manifests(KUBERNETES / name) if each["kind"] == "Secret"]
    assert "DAGSTER_PG_PASSWORD=" not in text("deploy/kubernetes/base/kustomization.yaml")


def test_metrics_are_for_prometheus_alone_and_may_do_nothing_in_the_cluster(with_components: Path) -> None:
    policy = found(with_components, "NetworkPolicy", "dataops-metrics")["spec"]
    assert policy["ingress"] == [
        {
            "from": [{"namespaceSelector": {"matchLabels": {"dataops/prometheus": "true"}}}],
            "ports": [{"protocol": "TCP", "port": 9464}],
        }
    ]
    account = found(with_components, "Deployment", "dataops-metrics")["spec"]["template"]["spec"]["serviceAccountName"]
    (role,) = [each for each in manifests(with_components) if each["kind"] == "RoleBinding"]
    assert account not in {each["name"] for each in role["subjects"]}
