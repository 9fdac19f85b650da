"""A Dagster instance with real storages, in memory."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets_tests.automation.place import Place, make_place


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, instance: dg.DagsterInstance) -> Place:
    return make_place(tmp_path, instance)
