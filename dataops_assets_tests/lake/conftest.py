"""What the tests of the lake share: an empty store, a day, and sources that answer what they are told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake.store import LocalStore
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


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "staging")


@pytest.fixture
def day() -> Partition:
    return CALENDAR.of("2013-01-05")
