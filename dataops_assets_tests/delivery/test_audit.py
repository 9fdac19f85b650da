"""The look-up of known vulnerabilities: what was not looked up stops a release as much as what was found."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dataops_assets_tests.delivery.checkers import checked, checker
from dataops_assets_tests.delivery.project import ROOT

AUDIT = runpy.run_path(str(ROOT / "deploy" / "audit.py"))
FOUND = {
    "name": "jinja2",
    "version": "3.1.2",
    "vulns": [{"id": "GHSA-1", "aliases": ["CVE-1"], "fix_versions": ["3.1.3"]}],
}
CLEAN = {"name": "duckdb", "version": "2.0.0", "vulns": []}


def problems(asked: list[str], *answers: dict[str, Any], **excused: str) -> list[str]:
    return AUDIT["problems"](
        asked, {"dependencies": list(answers)}, {key.replace("_", "-"): excused[key] for key in excused}
    )


def test_what_is_clean_passes() -> None:
    assert problems(["duckdb==2.0.0"], CLEAN) == []


def test_a_vulnerability_stops_with_the_version_that_mends_it() -> None:
    assert problems(["jinja2==3.1.2"], FOUND) == ["jinja2 3.1.2: GHSA-1, fixed in 3.1.3"]


@pytest.mark.parametrize("named", ["GHSA_1", "CVE_1"])
def test_one_that_is_accepted_does_not(named: str) -> None:
    assert problems(["jinja2==3.1.2"], FOUND, **{named: "not reached"}) == []


def test_what_could_not_be_looked_up_stops() -> None:
    skipped = {"name": "dagster", "skip_reason": "not found"}
    assert problems(["duckdb==2.0.0", "dagster==1"], CLEAN, skipped) == ["dagster: not found"]
    assert problems(["duckdb==2.0.0", "dagster==1"], CLEAN) == ["dagster==1: not in the answer"]


def test_an_acceptance_needs_a_reason() -> None:
    assert AUDIT["accepted"]("# comment\nCVE-1 not reached\n") == {"CVE-1": "not reached"}
    with pytest.raises(SystemExit, match="CVE-2 has no reason"):
        AUDIT["accepted"]("CVE-2\n")


@pytest.mark.slow
def test_bill_of_materials_names_what_the_image_has(tmp_path: Path) -> None:
    (tmp_path / "packages.txt").write_text("dagster==1.13.27\ndataops_assets==0.1.0\nduckdb==2.0.0\n")
    done = checked("cyclonedx-py", "requirements", "-o", "sbom.json", "packages.txt", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    bill = json.loads((tmp_path / "sbom.json").read_text())
    assert (bill["bomFormat"], len(bill["components"])) == ("CycloneDX", 3)
    assert AUDIT["packages"](bill) == ["dagster==1.13.27", "duckdb==2.0.0"]


@pytest.mark.slow
def test_an_empty_bill_is_not_a_clean_one(tmp_path: Path) -> None:
    checker("pip-audit")
    (tmp_path / "sbom.json").write_text("{}")
    command = [sys.executable, str(ROOT / "deploy" / "audit.py"), str(tmp_path / "sbom.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "names no Python package" in done.stderr
