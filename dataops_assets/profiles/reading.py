"""Who answers a question: the warehouse of the profile, with nothing loaded but what a question needs."""

from typing import TYPE_CHECKING, Protocol

from dataops_assets.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa


class Reader(Protocol):
    """A warehouse to ask."""

    def query(self, sql: str) -> "pa.Table":
        """One SELECT over committed tables, in the warehouse's own dialect. Raises WarehouseError."""
        ...

    def tables(self) -> list[str]:
        """The names of all tables, as `schema.table`. Raises WarehouseError."""
        ...


def reader(settings: Settings) -> Reader:
    """Of the profile's warehouse; no dataset is read for it."""
    if settings.cloud:
        from dataops_assets.profiles.gcp import Clients

        return Clients(settings.cloud).warehouse(settings)
    from dataops_assets.warehouse.duckdb.file import DuckDBFile

    settings.make_home()
    return DuckDBFile(
        settings.home / "warehouse.duckdb",
        settings.staging_dataset,
        settings.production_dataset,
        settings.memory_limit,
        settings.lock_timeout,
    )
