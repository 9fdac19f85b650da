"""The image and its composition, as far as one can tell without an engine; CI builds and runs them."""

import fnmatch
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from dagster import TextMetadataValue

from dataops_assets.build import Project
from dataops_assets.discovery import discover
from dataops_assets.settings import Settings
from dataops_assets_tests.delivery.checkers import checked
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
    assert bases == ["python:${PYTHON_VERSION}${PYTHON_DIGEST:+@}${PYTHON_DIGEST}"] * 2
    (version,) = [each.partition("=")[2] for each in arguments("ARG") if each.startswith("PYTHON_VERSION=")]
    assert re.fullmatch(r"3\.\d+\.\d+-slim-\w+", version), "a release of Python on a release of Debian"
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
    assert "GIT_COMMIT_HASH=unknown" in arguments("ARG")
    assert any("GIT_COMMIT_HASH=${GIT_COMMIT_HASH}" in line for line in arguments("ENV"))
    assert "org.opencontainers.image.revision=${GIT_COMMIT_HASH}" in arguments("LABEL")[0]
    assert Settings.from_environment({"GIT_COMMIT_HASH": "abc", "GIT_COMMIT": "def"}).code_version == "abc"
    assert Settings.from_environment({"GIT_COMMIT": "def"}).code_version == "def"


def test_commit_is_shown_with_the_code_location() -> None:
    settings = Settings.from_environment({"GIT_COMMIT_HASH": "abc"})
    shown = Project(settings, discover(*settings.datasets)).definitions().metadata
    assert shown["dataops/code_version"] == TextMetadataValue("abc")


@pytest.mark.parametrize("name", ["Dockerfile", "dataops_assets/template/Dockerfile"])
@pytest.mark.slow
def test_hadolint_finds_nothing(name: str) -> None:
    done = checked("hadolint", "--no-color", name)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_hadolint_would_find_something(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian\nRUN apt-get install git\n")
    assert "DL3008" in checked("hadolint", "--no-color", tmp_path / "Dockerfile").stdout


def built(path: Path, *engines: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run deploy/image.sh with these engines, each of which prints what it was called with; "docker!" does not work."""
    for engine in engines:
        works = not engine.endswith("!")
        program = path / engine.rstrip("!")
        program.write_text(f"#!/bin/sh\ntest $1 = info && exit {int(not works)}\necho {program.name} $*\n")
        program.chmod(0o755)
    for tool in ("sh", "dirname"):
        (path / tool).symlink_to(str(shutil.which(tool)))
    command = [str(path / "sh"), str(ROOT / "deploy" / "image.sh"), "air:1"]
    return subprocess.run(command, env={"PATH": str(path), **variables}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("engines", "expected"),
    [
        (["docker", "podman", "buildah"], "docker build --build-arg"),
        (["docker!", "podman"], "podman build --format docker"),
        (["docker!", "podman!", "buildah"], "buildah bud --format docker"),
    ],
)
def test_image_is_built_by_the_first_engine_that_works(tmp_path: Path, engines: list[str], expected: str) -> None:
    done = built(tmp_path, *engines, GIT_COMMIT_HASH="abc", EXTRAS="gcp,kubernetes", PYTHON_DIGEST="sha256:1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(expected)
    for part in ("GIT_COMMIT_HASH=abc", "EXTRAS=gcp,kubernetes", "PYTHON_DIGEST=sha256:1", "--tag air:1 ."):
        assert part in done.stdout


def test_image_without_an_engine_that_works_says_so(tmp_path: Path) -> None:
    done = built(tmp_path, "docker!")
    assert done.returncode == 2
    assert "apt-get install buildah" in done.stderr


def test_image_of_no_commit_says_so(tmp_path: Path) -> None:
    assert "GIT_COMMIT_HASH=unknown" in built(tmp_path, "docker").stdout  # no git there


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


def test_composition_has_the_three_processes_on_one_image_and_metrics_if_asked_for() -> None:
    services = COMPOSE["services"]
    assert {name: service.get("profiles") for name, service in services.items()} == {
        "code": None,
        "webserver": None,
        "daemon": None,
        "metrics": ["metrics"],
    }
    assert {service["image"] for service in services.values()} == {"dataops-assets"}
    assert "command" not in services["code"], "the image's own command is the code location"


def test_composition_runs_as_the_cluster_does() -> None:
    for service in COMPOSE["services"].values():
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]
        assert service["cap_drop"] == ["ALL"]


def test_composition_shows_ui_and_metrics_to_this_machine_only() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:3000:3000", "127.0.0.1:9464:9464"]


def test_webserver_and_daemon_ask_the_code_location() -> None:
    server = document("deploy/workspace.yaml")["load_from"][0]["grpc_server"]
    assert server["host"] in COMPOSE["services"]
    assert f'"-p", "{server["port"]}", "-m", "dataops_assets.definitions"' in arguments("CMD")[-1]
    for service in COMPOSE["services"].values():
        assert "./workspace.yaml:/app/workspace.yaml:ro" in service["volumes"]
