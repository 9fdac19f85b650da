"""A lake of its own for a test, runs of plain assets on it, and what their readers get."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.io.lake import LakeIOManager
from dataops_assets.lake.store import Store
from dataops_assets.warehouse.storage import Storage
from dataops_assets_tests.io.place import Place, frame

DAILY = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-05")
RANGE = dg.BackfillPolicy.single_run()
CURRENT = "assets/sales/daily/partition=2024-01-02/current.json"


class LakePlace(Place):
    """A place whose assets are stored in a lake."""

    def __init__(self, folder: Path, store: Store) -> None:
        super().__init__(folder)
        self.store = store
        self.io_manager: Any = LakeIOManager(lambda: Storage(self.warehouse, store, store), "test")

    def version(self, current: str = CURRENT) -> str:
        return json.loads(self.store.read(current))["version"]

    def got(self, asset: dg.AssetsDefinition, kind: Any = Any, key: str | None = None, **options: Any) -> Any:
        """What an input of this type is given, in a run of its own."""
        seen: list[Any] = []
        ins = {"up": dg.AssetIn(asset.key, metadata=options)}
        reader = dg.asset(name="reader", ins=ins, partitions_def=asset.partitions_def if key else None)

        def read(up: Any) -> None:
            seen.append(up)

        read.__annotations__["up"] = kind
        made = reader(read)
        self.wrote(asset, made, selection=[made], key=key)
        return seen[0]

    def not_got(self, asset: dg.AssetsDefinition, kind: Any = Any, key: str | None = None) -> str:
        with pytest.raises(AssertionError) as failed:
            self.got(asset, kind, key)
        return str(failed.value)


def asset_of(value: Any, name: str = "daily", partitions: Any = DAILY, **options: Any) -> dg.AssetsDefinition:
    """An asset that returns a value, or what a function makes of the keys of the run."""

    def asset(context: dg.AssetExecutionContext) -> Any:
        return value(list(context.partition_keys)) if callable(value) else value

    made = dg.asset(name=name, key_prefix="sales", partitions_def=partitions, backfill_policy=RANGE, **options)
    return made(asset)


def by_day(value: int) -> dg.AssetsDefinition:
    return asset_of(lambda keys: {key: frame(day=[key] * 2, value=value) for key in keys})
