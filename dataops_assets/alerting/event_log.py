"""What failed and left nothing in lake and ledger, as Dagster's event log has it, for alerts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import dagster as dg
from dagster._core.storage.runs.sql_run_storage import SqlRunStorage

from dataops_assets.alerting.judge import PAST, PAST_KEPT, Past, Unjudged
from dataops_assets.layers.catalog import Catalog
from dataops_assets.runs.failures import Failures
from dataops_assets.runs.plain_failures import failed_plain_assets, keys, owners
from dataops_assets.staleness.snapshot import tables_of


def unjudged(
    instance: dg.DagsterInstance, catalog: Catalog, plain: Iterable[Any], shared: bool, now: datetime
) -> Unjudged:
    """Ask it. plain: as discovered. shared: other instances may write to the same warehouse. now: UTC."""
    failures, plain = Failures(instance), list(plain)
    past = [
        Past(f"{PAST}{moment:%Y-%m-%d} {name} {key} {number}", f"raw/{name}", key, moment, reason)
        for name, key, number, moment, reason in failures.past_extractions(catalog.staged, now - PAST_KEPT)
    ]
    checks = {asset: "receipt" if asset.startswith("production/") else "contract" for asset in tables_of(catalog)}
    return Unjudged(
        failures.extractions(catalog.staged),
        failures.writes(checks),
        failed_plain_assets(instance, failures, plain),
        keys(plain),
        owners(plain),
        _id(instance) if shared else "",
        past,
    )


def _id(instance: dg.DagsterInstance) -> str:
    storage = instance.run_storage
    return storage.get_run_storage_id() if isinstance(storage, SqlRunStorage) else type(storage).__name__
