"""Everything the steps of a row's way write to: both lakes and the warehouse, each of them chosen apart."""

from dataclasses import dataclass

from dataops_assets.lake.store import Store
from dataops_assets.sources.folders import MakeClient
from dataops_assets.warehouse.base import Warehouse


@dataclass(frozen=True)
class Storage:
    """The warehouse, and the lakes of staging and production.

    source_client: gives the client of Cloud Storage that files of a source are read with; None: the environment's.
    """

    warehouse: Warehouse
    staging: Store
    production: Store
    source_client: MakeClient | None = None
