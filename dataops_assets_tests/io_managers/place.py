"""A warehouse of its own for a test, and runs of plain assets on it."""

from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from dataops_assets.io.warehouse import Storage, WarehouseIOManager
from dataops_assets.lake.local import LocalStore
from dataops_assets.warehouse.duckdb import DuckDBWarehouse


class Place:
    """A DuckDB warehouse in a folder, with the IO manager that writes it."""

    def __init__(self, folder: Path, warehouse: DuckDBWarehouse | None = None) -> None:
        self.warehouse = warehouse or DuckDBWarehouse(folder / "warehouse.duckdb")
        storage = Storage(self.warehouse, LocalStore(folder / "staging"), LocalStore(folder / "production"))
        self.io_manager = WarehouseIOManager(lambda: storage, "test")
        self.instance = _instance()

    def run(
        self, *assets: Any, key: str | None = None, to: str | None = None, **options: Any
    ) -> dg.ExecuteInProcessResult:
        """Materialize one partition, or all from `key` to `to` in one run. The result may be a failed one."""
        tags = {"dagster/asset_partition_range_start": key, "dagster/asset_partition_range_end": to} if to else {}
        return dg.materialize(
            list(assets),
            resources={"io_manager": self.io_manager},
            partition_key=None if to else key,
            tags=tags,  # type: ignore[arg-type]
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
        found = self.warehouse.query(f"SELECT * FROM {table}")
        return sorted((tuple(row.values()) for row in found.to_pylist()), key=str)


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
