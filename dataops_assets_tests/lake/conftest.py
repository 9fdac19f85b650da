"""What the tests of the lake share: an empty store, a day, and sources that answer what they are told."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake import gcs
from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.store import Store
from dataops_assets.model.partitions import Daily, Partition
from dataops_assets.sources.base import DataFile, Extraction
from dataops_assets_tests.lake.faulty_server import FaultyServer, serving
from dataops_assets_tests.lake.strict_gcs import Bucketful

CALENDAR = Daily(start="2013-01-01", column="flight_date")


def data_file(name: str, content: bytes, columns: dict[str, str] | None = None) -> DataFile:
    """A CSV file of these bytes, a row per line; rows and columns are known only after its chunks are consumed."""
    file = DataFile(name, "csv", None, iter(()))

    def chunks() -> Iterator[bytes]:
        for line in content.splitlines(keepends=True):
            file.rows += 1
            yield line
        file.columns.update(columns or {"flight": "text"})

    file.chunks = chunks()
    return file


def extraction(*files: tuple[str, bytes], **answer: Any) -> Extraction:
    """A source that answers with these files."""
    return Extraction({"kind": "test"}, {"day": "5"}, (data_file(name, content) for name, content in files), **answer)


def opened(bucket: str, seconds: float = 5.0, **options: Any) -> GCSStore:
    """A store whose client tries again soon."""
    from google.cloud import storage
    from google.cloud.storage.retry import DEFAULT_RETRY

    retry = DEFAULT_RETRY.with_delay(initial=0.01, maximum=0.02).with_timeout(seconds)
    return GCSStore(storage.Client(project="p"), bucket, retry=retry, **options)


@pytest.fixture(params=["local", pytest.param("gcs", marks=pytest.mark.gcp)])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """Two empty places of the same kind: whatever is asked of one store is asked of all kinds."""
    if request.param == "local":
        yield LocalStore(tmp_path / "staging"), LocalStore(tmp_path / "production")
        return
    cloud = request.getfixturevalue("any_gcs")
    from google.cloud import storage

    client = storage.Client(project=cloud.project)
    where = os.environ.get("DATAOPS_TEST_LOCATION", "US")
    first, second = cloud.name("dataops-test"), cloud.name("dataops-test")
    buckets = [client.create_bucket(name, location=where) for name in (first, second)]
    yield GCSStore(client, first, prefix="lake"), GCSStore(client, second)
    for bucket in buckets:
        bucket.delete_blobs(list(client.list_blobs(bucket)))
        bucket.delete()


@pytest.fixture
def store(stores: tuple[Store, Store]) -> Store:
    return stores[0]


@pytest.fixture
def production(stores: tuple[Store, Store]) -> Store:
    return stores[1]


@pytest.fixture
def local(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "staging")


@pytest.fixture
def day() -> Partition:
    return CALENDAR.of("2013-01-05")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """A strict Cloud Storage with two buckets."""
    monkeypatch.setattr(gcs, "_PIECE", 4 << 20)
    with serving(Bucketful("staging", "production", rewritten=4 << 20)) as server:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
        # Otherwise the client asks for the bucket in the background, and requests cannot be counted.
        monkeypatch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        yield server


@pytest.fixture
def staging(server: FaultyServer) -> GCSStore:
    return opened("staging")


@pytest.fixture
def published(server: FaultyServer) -> GCSStore:
    return opened("production")
