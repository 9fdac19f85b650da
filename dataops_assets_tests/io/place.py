"""A warehouse of its own for a test, and runs of plain assets on it."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.io.warehouse import WarehouseIOManager
from dataops_assets.lake.local import LocalStore
from dataops_assets.profiles.gcp import Clients
from dataops_assets.settings import Cloud
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets.warehouse.storage import Storage

BOTH = ["local", pytest.param("cloud", marks=pytest.mark.cloud)]
on_both = pytest.mark.parametrize("place", ["local", pytest.param("cloud", marks=pytest.mark.slow)], indirect=True)


class Place:
    """A warehouse of its own, with the IO manager that writes it.

    fresh: makes the warehouse, and others that are empty; without, it is a DuckDB file in the folder.
    """

    def __init__(self, folder: Path, fresh: Callable[[], Warehouse] | None = None) -> None:
        self.folder, self.fresh = folder, fresh
        self.warehouse = fresh() if fresh else DuckDBWarehouse(folder / "warehouse.duckdb")
        storage = Storage(self.warehouse, LocalStore(folder / "staging"), LocalStore(folder / "production"))
        self.io_manager = WarehouseIOManager(lambda: storage, "test")
        self.instance = _instance()
        self.others: list[Place] = []

    def run(
        self, *assets: Any, key: str | None = None, to: str | None = None, **options: Any
    ) -> dg.ExecuteInProcessResult:
        """Materialize one partition, or all from `key` to `to` in one run. The result may be a failed one."""
        tags = {"dagster/asset_partition_range_start": key, "dagster/asset_partition_range_end": to} if to else {}
        return dg.materialize(
            list(assets),
            resources={"io_manager": self.io_manager},
            partition_key=None if to else key,
            tags=tags,
            instance=self.instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            **options,
        )

    def wrote(self, *assets: Any, **options: Any) -> dg.ExecuteInProcessResult:
        """Like `run`, which has to succeed."""
        result = self.run(*assets, **options)
        assert result.success, reason(result)
        return result

    def refused(self, *assets: Any, **options: Any) -> str:
        """Like `run`, which has to fail; returns what the error says."""
        result = self.run(*assets, **options)
        assert not result.success
        return reason(result)

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """All rows of `schema.table`, sorted."""
        return sorted((tuple(row.values()) for row in self.table(table).to_pylist()), key=str)

    def table(self, table: str) -> pa.Table:
        """All rows of `schema.table`."""
        return self.warehouse.query(f"SELECT * FROM {self.warehouse.dialect.quote(*table.split('.'))}")

    def another(self) -> "Place":
        """An empty one beside, on the same backend."""
        other = Place(self.folder / uuid.uuid4().hex, self.fresh)
        self.others.append(other)
        return other


@contextmanager
def places(request: pytest.FixtureRequest, folder: Path) -> Iterator[Place]:
    """An empty place on the backend that the fixture's parameter names."""
    if request.param == "local":
        yield Place(folder)
        return
    environment = request.getfixturevalue("cloud_servers").environment
    place = Place(folder, lambda: bigquery(environment))
    yield place
    for made in (place, *place.others):
        remove(made.warehouse)


def bigquery(environment: Mapping[str, str], project: str = "") -> BigQueryWarehouse:
    """The warehouse in a project of the stand-in, which keeps the datasets of each apart; an empty one without a name.

    Not for a real project: the schemas of plain tables, such as `sales`, are datasets, and may be somebody's there.
    """
    clients = Clients(Cloud(project or f"plain-{uuid.uuid4().hex[:12]}", "staging", "production"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        return BigQueryWarehouse(clients.bigquery, clients.bigquery_read)


def remove(warehouse: Warehouse) -> None:
    """All datasets of the stand-in's project: the more it holds, the slower it is."""
    assert isinstance(warehouse, BigQueryWarehouse)
    assert warehouse.client.project.startswith("plain-")
    for dataset in list(warehouse.client.list_datasets()):
        warehouse.client.delete_dataset(dataset.reference, delete_contents=True)


@cache
def _instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


def reason(result: dg.ExecuteInProcessResult) -> str:
    """Why the first failed step failed."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            assert error is not None
            return (error.cause or error).message  # the cause is ours, around it is Dagster's name of the step
    return ""


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The metadata of an asset's last materialization."""
    events = result.asset_materializations_for_node(asset)
    return {name: value.value for name, value in events[-1].metadata.items()}


def frame(**columns: Any) -> pd.DataFrame:
    """A DataFrame; a column named `day` is turned into timestamps."""
    made = pd.DataFrame(columns)
    return made.assign(day=pd.to_datetime(made["day"])) if "day" in made else made
