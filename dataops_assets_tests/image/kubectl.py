"""A `kubectl` whose cluster is podman on this machine: it runs the rendered Deployments, as pods of `podman play kube`.

For the scripts of deploy/kubernetes and for nothing else: it has the commands that they call. A namespace's pods share
the network of the host, so that each process gets a port of its own, in its arguments and in the workspace; probes are
asked when a rollout is waited for. Services, network policies, accounts, quotas and the replacement of pods one by one
are a real cluster's.

    CLUSTER=FOLDER KUBECTL="python -m dataops_assets_tests.image.kubectl" sh deploy/kubernetes/deploy.sh …

In the folder are the checker's kubectl, as `kubectl`, the secrets, as `NAMESPACE.SECRET.yaml`, and what was deployed.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml

from dataops_assets_tests.standins.gcs_proxy import free_port

FOLDER = Path(os.environ.get("CLUSTER", "."))
Manifest = dict[str, Any]


def podman(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"podman {arguments[0]}: {done.stderr.strip()}")
    return done


class Deployment:
    """A Deployment of a namespace, with what it was before: revisions, the last of which runs."""

    def __init__(self, namespace: str, name: str) -> None:
        self.namespace, self.name = namespace, name.removeprefix("deployment/")
        self.pod = f"{namespace}-{self.name}"
        self.file = FOLDER / f"{self.pod}.json"
        self.revisions: list[list[Manifest]] = json.loads(self.file.read_text()) if self.file.exists() else []

    @property
    def spec(self) -> Manifest:
        return self.revisions[-1][0]["spec"]["template"]["spec"]

    @property
    def container(self) -> str:
        return f"{self.pod}-{self.spec['containers'][0]['name']}"

    def take(self, manifests: list[Manifest]) -> None:
        """Run these manifests, the Deployment first and then what it reads, unless they run already."""
        if not self.revisions or self.revisions[-1] != manifests:
            self.revisions.append(manifests)
            self.run()

    def undo(self) -> None:
        if len(self.revisions) > 1:
            self.revisions.append(self.revisions[-2])
            self.run()

    def run(self) -> None:
        self.file.write_text(json.dumps(self.revisions))
        podman("pod", "rm", "--force", "--time", "5", self.pod, check=False)
        spec = json.loads(json.dumps(self.spec))
        (container,) = spec["containers"]
        image = container["image"]
        arguments = container.get("args") or json.loads(
            podman("image", "inspect", "--format", "{{json .Config.Cmd}}", image).stdout
        )
        own = {"4000": str(port(self.namespace, "code")), "3000": str(port(self.namespace, self.name))}
        container["args"] = [own.get(word, word) for word in arguments]
        container["env"] = [*map(self.known, container["env"]), {"name": "UI_PORT", "value": own["3000"]}]
        for each in [one for one in container["envFrom"] if "secretRef" in one]:
            container["envFrom"].remove(each)
            file = FOLDER / f"{self.namespace}.{each['secretRef']['name']}.yaml"
            if file.exists() or not each["secretRef"].get("optional"):
                secret = yaml.safe_load(file.read_text())
                container["env"] += [{"name": key, "value": value} for key, value in secret["stringData"].items()]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            container.pop(probe, None)  # there is no systemd to ask them; see `ready`
        container.pop("ports", None)  # the host's own are open
        spec["restartPolicy"] = "Never"
        configs = {each["metadata"]["name"]: self.placed(each) for each in self.revisions[-1][1:]}
        for volume in spec["volumes"]:
            if "configMap" in volume:  # podman mounts these as folders, and knows no subPath
                (mount,) = [each for each in container["volumeMounts"] if each["name"] == volume["name"]]
                file = FOLDER / f"{self.pod}.{mount.pop('subPath')}"
                file.write_text(configs[volume.pop("configMap")["name"]]["data"][Path(mount["mountPath"]).name])
                volume["hostPath"] = {"path": str(file), "type": "File"}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self.pod}, "spec": spec}
        documents = [*configs.values(), pod]
        (FOLDER / f"{self.pod}.yaml").write_text(yaml.safe_dump_all(documents))
        podman("play", "kube", "--network", "host", str(FOLDER / f"{self.pod}.yaml"))

    def known(self, variable: Manifest) -> Manifest:
        """A variable with its value, where that is the pod's namespace."""
        if variable.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath") == "metadata.namespace":
            return {"name": variable["name"], "value": self.namespace}
        return variable

    def placed(self, config: Manifest) -> Manifest:
        """A ConfigMap in which the code location is where it is on this machine."""
        there = f"host: 127.0.0.1\n      port: {port(self.namespace, 'code')}"
        data = {
            key: value.replace("host: dataops-code\n      port: 4000", there) for key, value in config["data"].items()
        }
        return config | {"data": data, "metadata": {"name": config["metadata"]["name"]}}

    def ready(self) -> bool:
        """What its readiness probe says, or the liveness probe where there is none."""
        container = self.revisions[-1][0]["spec"]["template"]["spec"]["containers"][0]
        probe = container.get("readinessProbe") or container["livenessProbe"]
        if "httpGet" in probe:
            address = f"http://127.0.0.1:{port(self.namespace, self.name)}{probe['httpGet']['path']}"
            try:
                return urllib.request.urlopen(address, timeout=10).status == 200
            except (urllib.error.URLError, OSError):
                return False
        command = ["dagster", "api", "grpc-health-check", "-p", str(port(self.namespace, "code"))]
        command = probe.get("exec", {}).get("command") or command
        return podman("exec", self.container, *command, check=False).returncode == 0

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while True:
            state = podman("inspect", "--format", "{{.State.Status}}", self.container, check=False).stdout.strip()
            if state == "running" and self.ready():
                print(f'deployment "{self.name}" successfully rolled out')
                return
            if state == "exited" or time.monotonic() > end:
                log = podman("logs", "--tail", "5", self.container, check=False)
                raise SystemExit(f"{self.name} is {state or 'not there'}:\n{(log.stdout + log.stderr)[-1500:]}")
            time.sleep(1)

    def images(self) -> list[str]:
        """What runs, and what runs would be made of, as the container was started."""
        shown = json.loads(podman("inspect", self.container).stdout)[0]
        variables = dict(each.partition("=")[::2] for each in shown["Config"]["Env"])
        return [shown["ImageName"], *filter(None, [variables.get("DAGSTER_CURRENT_IMAGE")])]


def port(namespace: str, name: str) -> int:
    """The one that a process of a namespace has."""
    file = FOLDER / f"{namespace}-{name.removeprefix('dataops-')}.port"
    if not file.exists():
        file.write_text(str(free_port()))
    return int(file.read_text())


def apply(path: str) -> None:
    every = [each for each in yaml.safe_load_all(Path(path).read_text()) if each]
    configs = {each["metadata"]["name"]: each for each in every if each["kind"] == "ConfigMap"}
    for each in every:
        if each["kind"] == "Deployment":
            text = json.dumps(each)
            used = [config for name, config in configs.items() if f'"{name}"' in text]
            Deployment(each["metadata"]["namespace"], each["metadata"]["name"]).take([each, *used])
        print(f"{each['kind'].lower()}/{each['metadata']['name']} serverside-applied")


def in_namespace(namespace: str, command: list[str]) -> None:
    every = [
        Deployment(namespace, file.stem.removeprefix(f"{namespace}-")) for file in FOLDER.glob(f"{namespace}-*.json")
    ]
    match command:
        case ["rollout", "status", name, "--timeout", seconds]:
            Deployment(namespace, name).wait(float(seconds.rstrip("s")))
        case ["rollout", "undo", name]:
            Deployment(namespace, name).undo()
            print(f"{name} rolled back")
        case ["get", "pods", *_, form] if form.startswith("jsonpath="):
            print("\n".join(image for each in every for image in each.images()))
        case ["get", "pods", *_]:
            print(podman("ps", "--all", "--filter", f"name={namespace}-").stdout)
        case ["get", name] if not Deployment(namespace, name).revisions:
            raise SystemExit(f"{name} not found")
        case ["get", "deployment", name, "-o", _]:
            print(Deployment(namespace, name).spec["containers"][0]["image"])
        case ["exec", name, "--", *inside]:
            raise SystemExit(subprocess.call(["podman", "exec", Deployment(namespace, name).container, *inside]))
        case _:
            raise SystemExit(f"this kubectl does not know {command}")


def main(command: list[str]) -> None:
    match command:
        case ["kustomize", *_]:
            os.execv(FOLDER / "kubectl", ["kubectl", *command])
        case ["apply", "--server-side", "--field-manager", _, "-f", path]:
            apply(path)
        case ["-n", namespace, *rest]:
            in_namespace(namespace, rest)
        case _:
            raise SystemExit(f"this kubectl does not know {command}")


if __name__ == "__main__":
    main(sys.argv[1:])
