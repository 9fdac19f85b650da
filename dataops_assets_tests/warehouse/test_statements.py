"""The statements of each dataset of the demo, in both dialects, are those that were reviewed."""

import difflib
from pathlib import Path

import pytest

from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.warehouse import recorded


def changes(dialect: str, found: recorded.Statements) -> str:
    """What differs from what is written down."""
    lines = []
    known = {file.stem for file in (recorded.GOLDEN / dialect).glob("*.sql")}
    for name in sorted(known | found.keys()):
        file = recorded.path(dialect, name)
        old = file.read_text() if file.exists() else ""
        new = recorded.as_file(found[name]) if name in found else ""
        lines += difflib.unified_diff(old.splitlines(), new.splitlines(), f"{dialect}/{name}", "now", lineterm="", n=1)
    return "\n".join(lines)


@pytest.fixture(autouse=True)
def _demo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATAOPS_HOME", str(tmp_path))


def test_on_duckdb(tmp_path: Path) -> None:
    differs = changes("duckdb", recorded.local(tmp_path / "home"))
    assert not differs, f"{differs}\n\nreview, and write them down: {recorded.REWRITE}"


@pytest.mark.slow
def test_on_bigquery(cloud: Cloud, tmp_path: Path) -> None:
    differs = changes("bigquery", recorded.on_cloud(cloud, tmp_path / "home"))
    assert not differs, f"{differs}\n\nreview, and write them down: {recorded.REWRITE}"
