"""What one types, and what CI runs: the README's commands exist, and both CI scripts run the README's."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dataops_assets_tests.delivery.project import ROOT, document, make_commands, make_targets, text

PROMISED = {
    "demo",
    "standins",
    "demo-gcp",
    "test-gcp",
    "test",
    "test-slow",
    "ui",
    "bench",
    "lint",
    "format",
    "lock",
    "coverage",
    "clean",
    "help",
    "setup",
}


def make(*arguments: str, folder: Path = ROOT, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """Call make with no terminal and no input."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    command = [str(shutil.which("make")), *arguments]
    environment |= {"PATH": path} if path is not None else {}
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("target", sorted(PROMISED))
def test_target_exists_and_is_well_formed(target: str) -> None:
    planned = make("-n", target)
    assert planned.returncode == 0, planned.stderr


def test_make_alone_lists_every_target() -> None:
    listed = make().stdout
    assert {line.split()[0] for line in listed.splitlines()} >= PROMISED - {"help"}


def test_every_target_named_in_a_document_exists() -> None:
    documents = [path.name for path in ROOT.glob("docs/*.md")]
    workflows = [f".github/workflows/{path.name}" for path in ROOT.glob(".github/workflows/*.yml")]
    scripts = [str(path.relative_to(ROOT)) for path in ROOT.glob("deploy/**/*") if path.suffix in {".sh", ".yaml"}]
    pages = ("README.md", "Dockerfile", *workflows, *scripts, *(f"docs/{name}" for name in documents))
    named = {name for page in pages for name in make_commands(text(page))}
    assert named <= make_targets()
    assert {"demo", "test", "ui"} <= named


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what set-up needs, and no environment yet."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def shell_tools(folder: Path) -> str:
    """A PATH with the shell's tools and no Python."""
    tools = folder / "tools"
    tools.mkdir()
    for tool in ("sh", "test", "echo", "touch"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    return str(tools)


def stand_in(folder: Path, script: str) -> str:
    """A PATH with a `python3` that is this shell script."""
    path = shell_tools(folder)
    (Path(path) / "python3").write_text(f"#!/bin/sh\n{script}\n")
    (Path(path) / "python3").chmod(0o755)
    return path


def test_set_up_without_a_python_says_so(clone: Path, tmp_path: Path) -> None:
    made = make("setup", folder=clone, path=shell_tools(tmp_path))
    assert made.returncode == 2
    assert "No Python >= 3.11 found" in made.stderr


def test_set_up_passes_over_an_old_python(clone: Path, tmp_path: Path) -> None:
    made = make("setup", folder=clone, path=stand_in(tmp_path, "exit 1"))
    assert "No Python >= 3.11 found" in made.stderr


def test_set_up_with_an_old_python_asked_for_says_so(clone: Path, tmp_path: Path) -> None:
    made = make("setup", "PYTHON=python3", folder=clone, path=stand_in(tmp_path, "exit 1"))
    assert made.returncode == 2
    assert "python3 is not Python >= 3.11" in made.stderr
    assert not (clone / ".venv").exists()


def test_set_up_without_the_venv_module_names_the_package(clone: Path, tmp_path: Path) -> None:
    # As Debian does it: Python is there, `-m venv` is not.
    made = make("setup", folder=clone, path=stand_in(tmp_path, 'test "$1" != -m'))
    assert made.returncode == 2
    assert "apt-get install python3-venv" in made.stderr


def test_ci_script_is_executable_and_sound() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert text(".ci/run").startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text(".ci/run")
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_ci_script_runs_lint_and_the_readmes_test_command() -> None:
    called = make_commands(text(".ci/run"))
    assert called == ["setup", "standins", "standins", "lint", "test", "checkers", "dvc"]
    assert 'pytest -m "slow and not cloud"' in text(".ci/run").splitlines()[-1]


def test_commit_hooks_need_no_network() -> None:
    repositories = document(".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    hooks = repositories[0]["hooks"]
    assert {hook["language"] for hook in hooks} <= {"system", "pygrep"}
    assert {hook["id"] for hook in hooks} == {"ruff-check", "ruff-format", "pyright", "no-addresses", "no-large-files"}
