"""A project whose lake and warehouse are buckets and datasets of the stand-ins, and interference with its swaps."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dataops_assets.io.warehouse import Storage
from dataops_assets.lake.gcs import GCSStore
from dataops_assets.model import Derived, Source
from dataops_assets.warehouse.bigquery import BigQueryWarehouse
from dataops_assets.warehouse.bigquery_swap import BigQuerySwap
from dataops_assets_tests.load.place import Place, place
from dataops_assets_tests.standins.cloud import Cloud


def cloud_warehouse(cloud: Cloud) -> BigQueryWarehouse:
    """Datasets of a test's own."""
    staging, production = cloud.name("staging"), cloud.name("production")
    return BigQueryWarehouse(cloud.bigquery(), cloud.bigquery_storage(), staging=staging, production=production)


def cloud_place(cloud: Cloud, home: Path, *datasets: Source | Derived) -> Place:
    """Datasets and buckets of a test's own. Queries name them by `warehouse.staging` and `.production`."""
    from google.cloud import storage

    client = storage.Client(project=cloud.project)
    stores = [GCSStore(client, client.create_bucket(cloud.name(kind)).name) for kind in ("staging", "production")]
    at = place(home, *datasets)
    at.project.storage = Storage(cloud_warehouse(cloud), *stores)  # type: ignore[misc]
    return at


@contextlib.contextmanager
def meanwhile(monkeypatch: pytest.MonkeyPatch, *others: Callable[[], object]) -> Iterator[list[str]]:
    """Whatever this thread swaps: just before each of its first commits, another one does something.

    Gives the targets of the commits, in their order, those of the others left out.
    """
    commit, waiting, mine, seen = BigQuerySwap.commit, list(others), threading.get_ident(), []
    busy = False

    def interrupted(swap: BigQuerySwap) -> None:
        nonlocal busy
        if threading.get_ident() == mine and not busy:
            seen.append(swap._target)
            if waiting:
                busy = True
                try:
                    waiting.pop(0)()
                finally:
                    busy = False
        commit(swap)

    with monkeypatch.context() as patch:
        patch.setattr(BigQuerySwap, "commit", interrupted)
        yield seen
    assert not waiting, "not all of the others had their turn"
