"""The programs that check what is delivered. Without one its tests fail, and say how it is had."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from dataops_assets_tests.delivery.project import ROOT

KUBERNETES = ROOT / "deploy" / "kubernetes"


def checker(name: str) -> str:
    """Path of a checker of deploy/checkers.txt."""
    path = ROOT / ".checkers" / "bin" / name
    if not path.exists():
        pytest.fail(f"{name} is not installed; run: make checkers")
    return str(path)


def checked(name: str, *arguments: object, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What a checker says."""
    command = [checker(name), *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@cache
def rendered(folder: Path) -> str:
    """The manifests of a kustomization, as `kubectl apply` would be given them."""
    done = checked("kubectl", "kustomize", folder)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr  # deprecated fields are told there
    return done.stdout


def manifests(folder: Path) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [each for each in yaml.safe_load_all(rendered(folder)) if each]


def pod(manifest: dict[str, Any]) -> dict[str, Any] | None:
    """The pod that a manifest makes, if any: its template, with metadata and spec."""
    spec = manifest.get("spec", {})
    if manifest["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec.get("template") if manifest["kind"] in {"Deployment", "StatefulSet", "Job", "CronJob"} else None


def unrestricted(template: dict[str, Any]) -> list[str]:
    """What of a pod the Pod Security Standard "restricted" refuses, or would run as root or write to its own root."""
    spec, wrong = template["spec"], []
    of_pod = spec.get("securityContext", {})
    if not of_pod.get("runAsNonRoot") or not of_pod.get("runAsUser"):
        wrong.append("it may run as root")
    if of_pod.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        wrong.append("no seccomp profile")
    wrong += [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    allowed = {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
    wrong += [f"volume {volume['name']}" for volume in spec.get("volumes", []) if not allowed & set(volume)]
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        name, context = container["name"], container.get("securityContext", {})
        if context.get("allowPrivilegeEscalation") is not False:
            wrong.append(f"{name}: privileges may grow")
        if context.get("capabilities", {}).get("drop") != ["ALL"] or context.get("capabilities", {}).get("add"):
            wrong.append(f"{name}: capabilities")
        if context.get("readOnlyRootFilesystem") is not True:
            wrong.append(f"{name}: the root file system can be written")
        if context.get("privileged") or context.get("runAsUser") == 0:
            wrong.append(f"{name}: privileged")
        wrong += [f"{name}: host port" for port in container.get("ports", []) if port.get("hostPort")]
    return wrong
