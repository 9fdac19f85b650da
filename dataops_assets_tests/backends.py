"""The same tests on both backends: files and DuckDB, and the stand-ins for Cloud Storage and BigQuery.

With DATAOPS_TEST_PROJECT the second is that real project, in buckets and datasets that each test makes and deletes.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.build import Project
from dataops_assets.discovery import Datasets
from dataops_assets.profiles.gcp import Clients
from dataops_assets.settings import Cloud as CloudSettings
from dataops_assets.settings import Settings
from dataops_assets.warehouse.storage import Storage
from dataops_assets_tests import place
from dataops_assets_tests.standins.cloud import Cloud

StorageIn = Callable[[Path], Storage]


@pytest.fixture
def storage_in(any_cloud: Cloud) -> Iterator[StorageIn]:
    """Makes lake and warehouse of a folder in the cloud; all of them are removed after the test."""
    made: list[Settings] = []
    yield lambda home: cloud_storage(any_cloud.project, home, made)
    for settings in made:
        remove(settings)


@pytest.fixture(params=["local", pytest.param("cloud", marks=[pytest.mark.cloud, pytest.mark.gcp])])
def each_backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """Tests that use this run twice; `place` puts the project on the backend of the moment."""
    if request.param == "local":
        yield "local"
        return
    place.STORAGE.append(request.getfixturevalue("storage_in"))
    try:
        yield "cloud"
    finally:
        place.STORAGE.pop()


def cloud_storage(project: str, home: Path, made: list[Settings], **more: Any) -> Storage:
    """Buckets and datasets of this folder, made when they are first asked for, and noted in `made`; more: of Cloud."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    name = hashlib.sha256(f"{home} {run} {os.getpid()}".encode()).hexdigest()[:16]
    cloud = CloudSettings(
        project,
        f"dataops-test-staging-{name}",
        f"dataops-test-production-{name}",
        location=os.environ.get("DATAOPS_TEST_LOCATION", "US"),
        scratch_dataset=f"dataops_test_scratch_{name}",
        **more,
    )
    settings = Settings("gcp", home, f"dataops_test_staging_{name}", f"dataops_test_production_{name}", cloud=cloud)
    if settings not in made:
        made.append(settings)
        client = Clients(cloud).storage
        for bucket in (cloud.staging_bucket, cloud.production_bucket):
            client.create_bucket(bucket, location=cloud.location)
    return Project(settings, Datasets((), (), ())).storage


def remove(settings: Settings) -> None:
    """All that `cloud_storage` made."""
    cloud = settings.cloud
    assert cloud
    clients = Clients(cloud)
    for dataset in (settings.staging_dataset, settings.production_dataset, cloud.scratch_dataset):
        clients.bigquery.delete_dataset(f"{cloud.project}.{dataset}", delete_contents=True, not_found_ok=True)
    for bucket in (cloud.staging_bucket, cloud.production_bucket):
        held = clients.storage.bucket(bucket)
        for blob in clients.storage.list_blobs(held):
            blob.delete()
        held.delete()
