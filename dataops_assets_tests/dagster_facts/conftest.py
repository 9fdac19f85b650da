"""An instance of its own for each test."""

from collections.abc import Iterator

import dagster as dg
import pytest

from dataops_assets_tests.dagster_facts.graphs import instance_at


@pytest.fixture
def instance(tmp_path) -> Iterator[dg.DagsterInstance]:
    """An empty instance with the event log this project uses locally."""
    with instance_at(tmp_path) as instance:
        yield instance
