"""The stand-ins as fixtures, for every test: the conftest at the top imports them.

One of each for each pytest process, started by the first test that asks; names are one test's own. A test that needs
them fails with the reason where they cannot run: it is never skipped. That of BigQuery takes seconds to start and to
answer, so what needs it is `slow`, or `cloud`; that of Cloud Storage alone is quick.

Tests marked `gcp` take `any_cloud` or `any_gcs` instead, and run on a real project as well (`make test-gcp`).
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from dataops_assets_tests.standins.bigquery import BigQuery
from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.standins.gcs import Gcs

if TYPE_CHECKING:
    from google.cloud import bigquery, storage


@pytest.fixture(scope="session")
def gcs_server() -> Iterator[Gcs]:
    with Gcs() as gcs:
        yield gcs


@pytest.fixture(scope="session")
def cloud_servers(gcs_server: Gcs) -> Iterator[Cloud]:
    with BigQuery(gcs_server.url) as bigquery:
        yield Cloud(gcs_server.environment | bigquery.environment)


@pytest.fixture
def gcs(gcs_server: Gcs, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """The stand-in for Cloud Storage alone, with the environment of this process leading there."""
    for name, value in gcs_server.environment.items():
        monkeypatch.setenv(name, value)
    return Cloud(gcs_server.environment)


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
def any_gcs(request: pytest.FixtureRequest) -> Cloud:
    """As `any_cloud`, where only Cloud Storage is asked."""
    return request.getfixturevalue("any_cloud" if os.environ.get("DATAOPS_TEST_PROJECT") else "gcs")


@pytest.fixture
def bucket(gcs: Cloud) -> "storage.Bucket":
    from google.cloud import storage

    return storage.Client(project=gcs.project).create_bucket(gcs.name("bucket"))


@pytest.fixture
def warehouse(cloud: Cloud) -> "bigquery.Client":
    return cloud.bigquery()


@pytest.fixture
def dataset(cloud: Cloud, warehouse: "bigquery.Client") -> Iterator[str]:
    name = cloud.name("dataset")
    warehouse.create_dataset(name)
    yield name
    warehouse.delete_dataset(name, delete_contents=True)
