"""What failed and left nothing in lake and ledger, as Dagster's event log has it, for alerts."""

from collections.abc import Iterable
from typing import Any

import dagster as dg

from dataops_assets.alerting.firing import Unjudged
from dataops_assets.layers.catalog import Catalog
from dataops_assets.runs.failures import Failures
from dataops_assets.runs.plain_failures import failed_plain_assets, owners
from dataops_assets.staleness.snapshot import tables_of


def unjudged(instance: dg.DagsterInstance, catalog: Catalog, plain: Iterable[Any]) -> Unjudged:
    """Ask it. plain: as discovered."""
    failures, plain = Failures(instance), list(plain)
    checks = {asset: "receipt" if asset.startswith("production/") else "contract" for asset in tables_of(catalog)}
    return Unjudged(
        failures.extractions(catalog.staged),
        failures.writes(checks),
        failed_plain_assets(instance, failures, plain),
        owners(plain),
    )
