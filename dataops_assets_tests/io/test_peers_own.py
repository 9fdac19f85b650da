"""Dagster's own tests of its DuckDB IO manager for pandas, on this project's.

The tests come with the source distribution of dagster-duckdb-pandas. Of its twelve, one compares how the other manager
words an error, and one is about a part of it; the other ten pass.
"""

import re
import subprocess
import sys
import tarfile
from importlib import metadata
from pathlib import Path

import pytest

ELSEWHERE = ("test_handle_output_empty_dataframe", "test_not_supported_type")
"""Of the parts of the other manager, and of its words."""

PLUGIN = """
import os
from pathlib import Path
import pytest
from dataops_assets.io.warehouse import WarehouseIOManager
from dataops_assets.lake.local import LocalStore
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets.warehouse.storage import Storage

@pytest.fixture
def io_managers(tmp_path):
    lakes = LocalStore(tmp_path / "staging"), LocalStore(tmp_path / "production")
    storage = Storage(DuckDBWarehouse(tmp_path / "unit_test.duckdb"), *lakes)
    return [WarehouseIOManager(lambda: storage, "test")]
"""


@pytest.mark.slow
def test_the_peers_own_tests_pass(tmp_path: Path) -> None:
    release = metadata.version("dagster-duckdb-pandas")
    wanted = ["--no-deps", "--no-binary", ":all:", f"dagster-duckdb-pandas=={release}"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(tmp_path), *wanted]
    fetched = subprocess.run(command, capture_output=True, text=True, check=False)
    assert fetched.returncode == 0, fetched.stderr
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (tests,) = tmp_path.glob("*/dagster_duckdb_pandas_tests/test_type_handler.py")
    # Its fixture of this name goes, so that the one above takes its place.
    text, count = re.subn(
        r"@pytest\.fixture\ndef io_managers\(tmp_path\):.*?\n    \]\n", "", tests.read_text(), flags=re.S
    )
    assert count == 1
    tests.write_text(text)
    (tests.parent / "conftest.py").write_text(PLUGIN)
    others = " and ".join(f"not {name}" for name in ELSEWHERE)
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests.name, "-k", others],
        cwd=tests.parent,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(root), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert "10 passed" in ran.stdout
