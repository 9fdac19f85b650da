"""The sensor `alerts`: tells whom the route table names what is wrong, again after a while, and when it is resolved.

It asks the warehouse only where there may be news: a run has ended, a reminder or a retry is due, or the routes have
changed; while a run goes on, every ten minutes; and once a day, for what was written without this instance.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import dagster as dg

from dataops_assets.alerting.event_log import unjudged
from dataops_assets.alerting.routes import read_routes
from dataops_assets.alerting.tick import Desk, tick
from dataops_assets.automation.looks import cursor_of, ended, log_of, rests
from dataops_assets.layers.catalog import Catalog
from dataops_assets.settings import Settings
from dataops_assets.warehouse.storage import Storage

_SECONDS = 60
_AT_LEAST_EVERY = timedelta(days=1)
_WHILE_RUNNING = timedelta(minutes=10)
"""A long run has verdicts long before its end."""
_RUNNING = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])


def alert_sensor(
    catalog: Catalog, settings: Settings, storage: Callable[[], Storage], plain: Iterable[Any] = ()
) -> dg.SensorDefinition:
    """On from the beginning where routes are configured. Raises SettingsError for a route table that cannot be used."""
    routes, plain = read_routes(settings.alerts), list(plain)

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING if routes else dg.DefaultSensorStatus.STOPPED,
        description="Sends alerts to the routes of DATAOPS_ALERTS: once, again as a reminder, and when resolved.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        if not routes:
            return dg.SkipReason("DATAOPS_ALERTS names no file with routes")
        now = datetime.now(UTC)
        # Before the look: a run that ends during it is looked at by the next tick.
        known = {"ended": ended(context.instance), "routes": sha256(repr(routes).encode()).hexdigest()[:16]}
        if due := rests(context.cursor, known, now, _AT_LEAST_EVERY):
            return dg.SkipReason(f"no run has ended since the last look; the next one is at {due}")
        desk = Desk.of(settings, storage().warehouse, catalog, routes)
        asked = unjudged(context.instance, catalog, plain, bool(settings.cloud), now)
        report = tick(desk, asked, now, log_of(context))
        wait = _WHILE_RUNNING if context.instance.get_runs_count(_RUNNING) else _AT_LEAST_EVERY
        later = min(filter(None, [now + wait, report.next_look]))
        context.update_cursor(cursor_of(known, later))
        return dg.SkipReason(
            f"{len(report.firing.alerts)} alerts fire; {len(report.sent)} messages sent, {len(report.waiting)} wait"
        )

    return sensor
