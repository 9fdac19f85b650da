"""What the settings choose: the lake, the warehouse, and who reads the files of a source. Each is chosen apart."""

from functools import cached_property
from typing import TYPE_CHECKING

from dataops_assets.dialects.base import Dialect
from dataops_assets.dialects.bigquery import BIGQUERY
from dataops_assets.dialects.duckdb import DUCKDB
from dataops_assets.lake.scratch import Scratch
from dataops_assets.lake.store import Store
from dataops_assets.profiles import local
from dataops_assets.settings import Settings
from dataops_assets.sources.folders import MakeClient
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.storage import Storage

if TYPE_CHECKING:
    from dataops_assets.profiles.gcp import Clients


def dialect_of(settings: Settings) -> Dialect:
    """The SQL of the warehouse; its name is the kind of a table that the UI shows."""
    return BIGQUERY if settings.cloud else DUCKDB


class Profile:
    """The parts of one project. Each is made, and its library loaded, when it is first asked for."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def clients(self) -> "Clients":
        """Google's clients, of a project on Google Cloud."""
        # They take seconds to import, which the local profile does not spend.
        from dataops_assets.profiles.gcp import Clients

        assert self._settings.cloud
        return Clients(self._settings.cloud)

    @property
    def source_client(self) -> MakeClient | None:
        """By whom files of a source are read from buckets: on Google Cloud as the settings say, as the lake is."""
        return (lambda: self.clients.storage) if self._settings.cloud else None

    def lakes(self) -> tuple[Store, Store]:
        """The lakes of staging and of production."""
        if cloud := self._settings.cloud:
            scratch = Scratch(self._settings.home / "scratch")
            return self.clients.lake(cloud.staging_bucket, scratch), self.clients.lake(cloud.production_bucket, scratch)
        return local.lakes(self._settings)

    def warehouse(self) -> Warehouse:
        """The warehouse."""
        return self.clients.warehouse(self._settings) if self._settings.cloud else local.warehouse(self._settings)

    def storage(self) -> Storage:
        """All of it."""
        staging, production = self.lakes()
        return Storage(self.warehouse(), staging, production, self.source_client)
