"""The same tests on both backends: files and DuckDB, and the stand-ins for Cloud Storage and BigQuery."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dataops_assets.io.warehouse import Storage
from dataops_assets_tests.load import place
from dataops_assets_tests.standins.cloud import Cloud


@pytest.fixture(params=["local", pytest.param("cloud", marks=pytest.mark.slow)])
def each_backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """Tests that use this run twice; `place` puts the project on the backend of the moment."""
    if request.param == "local":
        yield "local"
        return
    cloud: Cloud = request.getfixturevalue("cloud")
    place.STORAGE.append(lambda home: cloud_storage(cloud, home))
    yield "cloud"
    place.STORAGE.pop()


def cloud_storage(cloud: Cloud, home: Path) -> Storage:
    """Buckets and datasets of this folder, made when they are first asked for."""
    from google.cloud import storage

    from dataops_assets.lake.gcs import GCSStore
    from dataops_assets.warehouse.bigquery import BigQueryWarehouse

    name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    client = storage.Client(project=cloud.project)
    buckets = [f"staging-{name}", f"production-{name}"]
    for bucket in buckets:
        if client.lookup_bucket(bucket) is None:
            client.create_bucket(bucket)
    # Queries of tests say "staging" and "production": each home has a project's datasets of its own only by renaming.
    warehouse = BigQueryWarehouse(
        cloud.bigquery(), cloud.bigquery_storage(), staging=f"staging_{name}", production=f"production_{name}"
    )
    return Storage(warehouse, GCSStore(client, buckets[0]), GCSStore(client, buckets[1]))
