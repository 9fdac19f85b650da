"""The same tests on both backends: a DuckDB file, and the stand-in for BigQuery."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dataops_assets_tests.io.place import BOTH, Place, places


@pytest.fixture(params=BOTH)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty warehouse. A test that says `@on_both` runs on BigQuery in CI as well."""
    with places(request, tmp_path) as place:
        yield place


@pytest.fixture
def local(tmp_path: Path) -> Place:
    """An empty DuckDB warehouse, for what only it has."""
    return Place(tmp_path)
