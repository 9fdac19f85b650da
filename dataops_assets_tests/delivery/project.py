"""The files of the project, as these tests read them."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def text(name: str) -> str:
    """Content of a file, by its path from the root of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def document(name: str) -> Any:
    """A YAML file as plain values. The key `on` of a workflow is read as True: that is YAML 1.1."""
    return yaml.safe_load(text(name))


def make_targets() -> set[str]:
    """Names of the Makefile's targets."""
    return set(re.findall(r"^([a-z][a-z-]*):", text("Makefile"), re.MULTILINE))


def make_commands(script: str) -> list[str]:
    """The targets that a script or a page calls, in order: `make test FLAGS=…` gives "test"."""
    return re.findall(r"(?:^|[`\s])make ([a-z][a-z-]*)", script, re.MULTILINE)


def repository_files() -> list[Path]:
    """All files that are in the repository, or would be after `git add --all`."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git repository: there is no list of its files")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]
