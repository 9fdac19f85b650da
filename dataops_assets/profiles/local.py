"""The profile "local": a lake of files and a DuckDB warehouse, both below DATAOPS_HOME."""

from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.scratch import Scratch
from dataops_assets.settings import Settings
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse


def lakes(settings: Settings) -> tuple[LocalStore, LocalStore]:
    """The lakes of staging and of production."""
    settings.make_home()
    scratch = Scratch(settings.home / "scratch")
    staging, production = (settings.home / "lake" / name for name in ("staging", "production"))
    mode = settings.home_mode
    return LocalStore(staging, scratch, mode), LocalStore(production, scratch, mode)


def warehouse(settings: Settings) -> DuckDBWarehouse:
    """The warehouse, in one file."""
    settings.make_home()
    return DuckDBWarehouse(
        settings.home / "warehouse.duckdb",
        settings.staging_dataset,
        settings.production_dataset,
        settings.memory_limit,
        settings.lock_timeout,
        settings.max_frame_rows,
    )
