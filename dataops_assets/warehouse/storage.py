"""Everything the steps of a row's way write to: both lakes and the warehouse, each of them chosen apart."""

from dataclasses import dataclass

from dataops_assets.lake.store import Store
from dataops_assets.warehouse.base import Warehouse


@dataclass(frozen=True)
class Storage:
    """The warehouse, and the lakes of staging and production."""

    warehouse: Warehouse
    staging: Store
    production: Store
