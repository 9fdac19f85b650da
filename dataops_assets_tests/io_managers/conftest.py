"""Fixtures of the IO manager tests."""

from pathlib import Path

import pytest

from dataops_assets_tests.io_managers.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty warehouse."""
    return Place(tmp_path)
