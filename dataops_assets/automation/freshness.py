"""The sensor `freshness`: evaluates the checks of this name by the clock, where no run does.

It asks the warehouse only when a partition may be late by what it saw last, and says it once when that changes.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg

from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.freshness import Fresh, fresh, there
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import Freshness
from dataops_assets.staleness.snapshot import tables_of
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_SECONDS = 300


def freshness_sensors(catalog: Catalog, storage: Callable[[], Storage]) -> list[dg.SensorDefinition]:
    """One, if a table declares `Freshness`. storage: opens the warehouse."""
    tables = {
        asset: table
        for asset, table in tables_of(catalog).items()
        if not asset.startswith("production/") and any(isinstance(each, Freshness) for each in table.statistics)
    }
    if not tables:
        return []

    @dg.sensor(
        name="freshness",
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Evaluates the checks `freshness`: the newest partition by the calendar is there in time.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        known: dict[str, tuple[str, bool]] = json.loads(context.cursor or "{}")
        asked = [asset for asset, table in tables.items() if _may_be_late(table, known.get(asset), now)]
        events = []
        if asked:
            warehouse = storage().warehouse
            with warehouse.session() as session, session.reading():
                states = ledger.all_states(session, warehouse.staging)
            for asset in asked:
                found = fresh(tables[asset], there(tables[asset], states.get(asset, {})), now)
                late = bool(found and found.late)
                if found and (asset not in known or known[asset][1] != late):
                    events.append(_evaluation(asset, found))
                known[asset] = found.newest if found else "", late
        return dg.SensorResult(
            asset_events=events,
            cursor=json.dumps({asset: each for asset, each in known.items() if asset in tables}),
            skip_reason=dg.SkipReason(f"{sum(bool(each[1]) for each in known.values())} tables are late"),
        )

    return [sensor]


def _may_be_late(table: StagedTable | DerivedTable, known: tuple[str, bool] | None, now: datetime) -> bool:
    """By what was seen last, of which nothing has gone since; known: the newest partition, and if it was late."""
    try:
        found = fresh(table, filter(None, known[:1]) if known else (), now)
    except ValueError:  # of another calendar
        return True
    return known is None or bool(found and found.late)


def _evaluation(asset: str, found: Fresh) -> dg.AssetCheckEvaluation:
    (figure,) = found.measured.figures
    alerts = Severity(found.measured.statistic.severity).alerts
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(asset.split("/")),
        check_name=Freshness.name,
        passed=not found.late or not alerts,
        severity=dg.AssetCheckSeverity.WARN,
        description=figure.reason or f"the newest partition is {found.newest}",
        metadata={
            "hours": figure.value or 0.0,
            "threshold": figure.threshold or 0.0,
            "newest": found.newest,
            "severity": found.measured.statistic.severity,
        },
    )
