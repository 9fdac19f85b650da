"""No secret is in the repository, as detect-secrets sees it: keys, tokens, logins in addresses."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from dataops_assets_tests.delivery.checkers import checked
from dataops_assets_tests.delivery.project import ROOT

pytestmark = pytest.mark.slow

MADE_UP = re.compile(r"password|SECRET|secret%40%3A|s3cret|s3c%ret")
"""Logins that tests and examples have; whatever else looks like one is a finding."""
GUESSES = ("Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector")
"""What goes by how random something looks finds every digest, and is not asked."""


def found(*files: str, folder: Path = ROOT) -> list[str]:
    options = [option for name in GUESSES for option in ("--disable-plugin", name)]
    excused = ["--exclude-secrets", rf"({MADE_UP.pattern})"]
    done = checked("detect-secrets", "scan", "--all-files", *options, *excused, *files, folder=folder)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    return [f"{file}:{each['line_number']}: {each['type']}" for file, several in results.items() for each in several]


def test_no_secret_is_in_the_repository() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert len(files) > 500
    assert found(*files) == []


def test_a_secret_would_be_found(tmp_path: Path) -> None:
    key = "-----BEGIN " + "PRIVATE KEY-----"
    (tmp_path / "settings.py").write_text(
        f'KEY = """{key}\nMIIEvQ"""\nURL = "postgresql://svc:{"hunter" + "2"}@db/shop"\n'
    )
    assert found("settings.py", folder=tmp_path) == [
        "settings.py:1: Private Key",
        "settings.py:3: Basic Auth Credentials",
    ]
