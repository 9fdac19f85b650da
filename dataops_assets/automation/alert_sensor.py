"""The sensor `alerts`: tells whom the route table names what is wrong, again after a while, and when it is resolved.

It asks the warehouse only where there may be news: a run has ended, a reminder or a retry is due, or the routes have
changed; while a run goes on, every ten minutes; and once a day, for what was written without this instance.
"""

import json
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import dagster as dg

from dataops_assets.alerting.event_log import unjudged
from dataops_assets.alerting.routes import read_routes
from dataops_assets.alerting.tick import Desk, tick
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
        now, before = datetime.now(UTC), json.loads(context.cursor or "{}")
        # Before the look: a run that ends during it is looked at by the next tick.
        ended = _ended(context.instance)
        known = {"ended": ended, "routes": sha256(repr(routes).encode()).hexdigest()[:16]}
        # A clock that was ahead has written a time that may be far away.
        rests = before and timedelta(0) < datetime.fromisoformat(before["next"]) - now <= _AT_LEAST_EVERY
        if before.get("known") == known and rests:
            return dg.SkipReason(f"no run has ended since the last look; the next one is at {before['next']}")
        desk = Desk.of(settings, storage().warehouse, catalog, routes)
        asked = unjudged(context.instance, catalog, plain, bool(settings.cloud), now)
        report = tick(desk, asked, now, _log(context))
        wait = _WHILE_RUNNING if context.instance.get_runs_count(_RUNNING) else _AT_LEAST_EVERY
        later = min(filter(None, [now + wait, report.next_look]))
        context.update_cursor(json.dumps({"known": known, "next": later.isoformat()}))
        return dg.SkipReason(
            f"{len(report.firing.alerts)} alerts fire; {len(report.sent)} messages sent, {len(report.waiting)} wait"
        )

    return sensor


def _ended(instance: dg.DagsterInstance) -> list[int]:
    """Where the events of runs that have ended end, for each kind of end."""
    found = (
        instance.fetch_run_status_changes(dg.RunStatusChangeRecordsFilter(kind), limit=1, ascending=False)
        for kind in (dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED)
    )
    return [page.records[0].storage_id if page.records else 0 for page in found]


def _log(context: dg.SensorEvaluationContext) -> Callable[[int, str], None]:
    def say(level: int, line: str) -> None:
        log = {logging.ERROR: context.log.error, logging.WARNING: context.log.warning}.get(level, context.log.info)
        log(line)

    return say
