"""What BigQuery was paid for, summed up from the materializations that say it."""

from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg

_PAGE = 500


@dataclass
class Cost:
    """bytes_billed, slot_ms: of all runs of an asset that ended in a materialization and are still on record."""

    bytes_billed: int = 0
    slot_ms: int = 0


def costs(instance: dg.DagsterInstance, assets: Iterable[str]) -> dict[str, Cost]:
    """By asset. A run that failed is not counted: what it cost stands in BigQuery, under the labels of its jobs."""
    return {asset: _cost(instance, dg.AssetKey(asset.split("/"))) for asset in assets}


def _cost(instance: dg.DagsterInstance, key: dg.AssetKey) -> Cost:
    cost, cursor = Cost(), None
    while True:
        page = instance.fetch_materializations(key, limit=_PAGE, cursor=cursor)
        for record in page.records:
            values = record.asset_materialization.metadata if record.asset_materialization else {}
            cost.bytes_billed += _number(values.get("bigquery/bytes_billed"))
            cost.slot_ms += _number(values.get("bigquery/slot_ms"))
        if not page.has_more:
            return cost
        cursor = page.cursor


def _number(value: dg.MetadataValue | None) -> int:
    return int(value.value) if value is not None and isinstance(value.value, int | float) else 0
