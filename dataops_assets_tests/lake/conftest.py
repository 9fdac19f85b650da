"""What the tests of the lake share: an empty store, a day, and sources that answer what they are told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.store import LocalStore, Store
from dataops_assets.model.partitions import Daily, Partition
from dataops_assets.sources.base import DataFile, Extraction

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


@pytest.fixture(params=["local", "gcs"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Store]:
    """Two empty places of the same kind: whatever is asked of one store is asked of all kinds."""
    if request.param == "local":
        return LocalStore(tmp_path / "staging"), LocalStore(tmp_path / "production")
    cloud = request.getfixturevalue("cloud")
    from google.cloud import storage

    client = storage.Client(project=cloud.project)
    first, second = (client.create_bucket(cloud.name("bucket")).name for _ in range(2))
    return GCSStore(client, first, prefix="lake"), GCSStore(client, second)


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
