"""The stand-ins as fixtures, for every test: the conftest at the top imports them.

One pair of servers for each pytest process, started by the first test that asks; names are one test's own. A test that
needs them fails with the reason where they cannot run: it is never skipped.

Tests marked `gcp` take `any_cloud` instead, and run on a real project as well (`make test-gcp`).
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from dataops_assets_tests.standins.cloud import Cloud, running

if TYPE_CHECKING:
    from google.cloud import bigquery, storage


@pytest.fixture(scope="session")
def cloud_servers() -> Iterator[Cloud]:
    with running() as cloud:
        yield cloud


@pytest.fixture
def cloud(cloud_servers: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Both stand-ins, with the environment of this process leading there for the length of the test."""
    for name, value in cloud_servers.environment.items():
        monkeypatch.setenv(name, value)
    return cloud_servers


@pytest.fixture
def any_cloud(request: pytest.FixtureRequest) -> Cloud:
    """The real project that DATAOPS_TEST_PROJECT names, asked with the credentials of this process; else `cloud`."""
    if project := os.environ.get("DATAOPS_TEST_PROJECT"):
        return Cloud({}, project)
    return request.getfixturevalue("cloud")


@pytest.fixture
def bucket(cloud: Cloud) -> "storage.Bucket":
    from google.cloud import storage

    return storage.Client(project=cloud.project).create_bucket(cloud.name("bucket"))


@pytest.fixture
def warehouse(cloud: Cloud) -> "bigquery.Client":
    return cloud.bigquery()


@pytest.fixture
def dataset(cloud: Cloud, warehouse: "bigquery.Client") -> Iterator[str]:
    name = cloud.name("dataset")
    warehouse.create_dataset(name)
    yield name
    warehouse.delete_dataset(name, delete_contents=True)
