"""A Dagster instance that is one: with storages, on disk."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets_tests.automation.place import Place, make_place


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.DagsterInstance.local_temp(str(folder)) as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path, instance: dg.DagsterInstance) -> Place:
    return make_place(tmp_path, instance)
