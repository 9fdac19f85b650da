"""The image and its composition, as far as one can tell without an engine; CI builds and runs them."""

import fnmatch
import os
import re
import subprocess
from pathlib import Path

import pytest

from dataops_assets_tests.delivery.project import ROOT, document, text

INSTRUCTIONS = re.sub(r"^\s*#.*\n", "", text("Dockerfile"), flags=re.MULTILINE).replace("\\\n", " ").splitlines()
COMPOSE = document("deploy/compose.yaml")


def arguments(instruction: str) -> list[str]:
    """What follows each use of an instruction, in order."""
    return [line.split(maxsplit=1)[1] for line in INSTRUCTIONS if line.startswith(f"{instruction} ")]


def in_context(name: str) -> bool:
    """Whether a file gets past .dockerignore: its last matching line decides."""
    kept = True
    for line in text(".dockerignore").split():
        pattern = line.removeprefix("!")
        if fnmatch.fnmatch(name, pattern) or name.startswith(f"{pattern}/"):
            kept = line.startswith("!")
    return kept


def test_stages_share_one_base_and_the_last_is_not_root() -> None:
    bases = [line.split()[0] for line in arguments("FROM")]
    assert bases == ["python:${PYTHON_VERSION}-slim"] * 2
    assert arguments("USER") == ["10001:10001"]


def test_every_copied_file_is_in_the_context() -> None:
    copied = [name for line in arguments("COPY") if not line.startswith("--from") for name in line.split()[:-1]]
    assert "dataops_assets" in copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert in_context(name), f"{name} is in .dockerignore"


def test_what_lies_about_stays_out_of_the_context() -> None:
    for name in (".git/config", ".venv/bin/python", ".dataops/warehouse.duckdb", "deploy/compose.yaml", ".env"):
        assert not in_context(name), name


def test_commit_reaches_the_code_and_the_label() -> None:
    assert "GIT_COMMIT=unknown" in arguments("ARG")
    assert any("GIT_COMMIT=${GIT_COMMIT}" in line for line in arguments("ENV"))
    assert "org.opencontainers.image.revision=${GIT_COMMIT}" in arguments("LABEL")[0]


def entrypoint(app: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the image's entry point with a command that tells what it was given."""
    command = ["sh", str(app / "entrypoint.sh"), "sh", "-c", 'echo "$#: $0 $1"', "a", "b c"]
    variables = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """What the image has in /app."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "entrypoint.sh").write_text(text("deploy/entrypoint.sh"))
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    return folder


def test_entry_point_replaces_the_settings_of_an_older_image(app: Path, tmp_path: Path) -> None:
    home = tmp_path / "state"
    (home / "dagster").mkdir(parents=True)
    (home / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: true}\n")
    started = entrypoint(app, DATAOPS_HOME=str(home), DAGSTER_HOME=str(home / "dagster"))
    assert started.stdout == "1: a b c\n", started.stderr
    assert (home / "dagster" / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"
    assert [path.name for path in (home / "dagster").iterdir()] == ["dagster.yaml"]


def test_entry_point_leaves_a_dagster_home_of_ones_own_alone(app: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    started = entrypoint(app, DATAOPS_HOME=str(tmp_path / "state"), DAGSTER_HOME=str(own))
    assert started.returncode == 0, started.stderr
    assert list(own.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "added"),
    [
        ("dagster api grpc -h 0.0.0.0", " --log-format json"),
        ("dagster-daemon run -w workspace.yaml", " --log-format json"),
        ("dagster-webserver -p 3000", " --log-format json"),
        ("dataops run --plan", ""),
        ("dagster-daemon liveness-check", ""),
    ],
)
def test_entry_point_has_the_processes_of_dagster_log_as_runs_do(
    app: Path, tmp_path: Path, command: str, added: str
) -> None:
    for name in {"dagster", "dagster-daemon", "dagster-webserver", "dataops"}:
        (tmp_path / name).write_text('#!/bin/sh\necho "$(basename "$0") $*"\n')
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DATAOPS_HOME": str(tmp_path / "state")}
    for form, more in (("json", added), ("text", ""), ("", "")):
        started = subprocess.run(
            ["sh", str(app / "entrypoint.sh"), *command.split()],
            env={**environment, "DATAOPS_LOG_FORMAT": form},
            capture_output=True,
            text=True,
            check=True,
        )
        assert started.stdout == f"{command}{more}\n"


def test_composition_has_the_three_processes_on_one_image() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"code", "webserver", "daemon"}
    assert {service["image"] for service in services.values()} == {"dataops-assets"}
    assert "command" not in services["code"], "the image's own command is the code location"


def test_composition_shows_the_ui_to_this_machine_only() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:3000:3000"]


def test_webserver_and_daemon_ask_the_code_location() -> None:
    server = document("deploy/workspace.yaml")["load_from"][0]["grpc_server"]
    assert server["host"] in COMPOSE["services"]
    assert f'"-p", "{server["port"]}", "-m", "dataops_assets.definitions"' in arguments("CMD")[-1]
    for service in COMPOSE["services"].values():
        assert "./workspace.yaml:/app/workspace.yaml:ro" in service["volumes"]
