"""Puts together what ledger, Dagster's instance and alerts say, as often as it is asked for, but no more often."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from prometheus_client.registry import Collector

from dataops_assets import __version__
from dataops_assets.alerting.event_log import unjudged
from dataops_assets.alerting.tick import Desk, peek
from dataops_assets.layers.catalog import Catalog
from dataops_assets.monitoring.books import add_books
from dataops_assets.monitoring.families import Found, Samples
from dataops_assets.monitoring.instance import Steps, add_heartbeats, add_runs
from dataops_assets.runs import runner
from dataops_assets.runs.plain_failures import keys
from dataops_assets.settings import Settings
from dataops_assets.staleness.snapshot import tables_of
from dataops_assets.warehouse.storage import Storage

_log = logging.getLogger(__name__)


class ProjectCollector(Collector):
    """Collects the metrics of a project, for a registry of prometheus_client.

    open_storage: opens lake and warehouse. plain: plain assets, as discovered. every: seconds for which what was found
    is said again, however often it is asked for: on BigQuery each look is billed.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        open_storage: Callable[[], Storage],
        plain: Sequence[Any] = (),
        every: float = 0.0,
    ) -> None:
        self._settings, self._catalog, self._open_storage, self._plain = settings, catalog, open_storage, plain
        self._every = every
        self._steps = Steps([*(f"raw/{name}" for name in catalog.staged), *tables_of(catalog), *keys(plain)])
        self._lock = threading.Lock()
        self._found: list[Samples] = []
        self._found_at: float | None = None
        self.errors: dict[str, str] = {}
        """By part, why it could not be asked the last time."""

    def describe(self) -> Iterable[Samples]:
        """Nothing: to be registered is no reason to ask the warehouse."""
        return []

    def collect(self) -> Iterable[Samples]:
        """All metrics; of a part that cannot be asked, that alone."""
        with self._lock:  # two that ask at once are given the same
            if self._found_at is None or time.monotonic() - self._found_at >= self._every:
                self._found = self._collected()
                self._found_at = time.monotonic()
            return self._found

    def _collected(self) -> list[Samples]:
        now = datetime.now(UTC)
        about = Found()
        about.add("dataops_build_info", 1, __version__, self._settings.code_version, self._settings.profile)
        self.errors = {}
        families: list[Samples] = []
        for part, add in {"ledger": self._ledger, "dagster": self._dagster, "alerts": self._alerts}.items():
            began, found = time.monotonic(), Found()
            try:
                add(found, now)
            except Exception as error:
                # Whatever it is: the others are said all the same, and that this one is missing.
                self.errors[part] = f"{type(error).__name__}: {error}"
                _log.warning("metrics of %s are missing: %s", part, self.errors[part])
                found = Found()
            families += found.families
            about.add("dataops_collected", part not in self.errors, part)
            about.add("dataops_collection_seconds", time.monotonic() - began, part)
        return families + about.families

    def _ledger(self, found: Found, now: datetime) -> None:
        warehouse = self._open_storage().warehouse
        with warehouse.session() as session, session.reading():
            add_books(found, session, warehouse.staging, self._catalog, now)

    def _dagster(self, found: Found, now: datetime) -> None:
        with runner.instance_to_read(self._settings) as instance:
            add_runs(found, instance)
            add_heartbeats(found, instance)
            self._steps.add(found, instance)

    def _alerts(self, found: Found, now: datetime) -> None:
        warehouse = self._open_storage().warehouse
        desk = Desk.of(self._settings, warehouse, self._catalog, [])
        with runner.instance_to_read(self._settings) as instance:
            asked = unjudged(instance, self._catalog, self._plain, bool(self._settings.cloud), now)
        report = peek(desk, replace(asked, past=()), now)
        for alert in report.firing.alerts.values():
            found.add("dataops_alerting_partitions", len(alert.partitions), alert.asset, alert.check, alert.severity)
        found.add("dataops_waiting_alert_messages", len(report.waiting))
