"""What Dagster's instance says: runs by how they ended, heartbeats of the daemon, and what steps took."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress

import dagster as dg
from dagster._core.storage.dagster_run import RunRecord

from dataops_assets.monitoring.families import Found

_PAGE = 500
_NEWEST = 100
"""Failed runs among which the newest that crashed is looked for."""

_BY_STEP = {"dagster/failure_reason": "STEP_FAILURE"}
"""The tag by which Dagster tells a run of which a step failed from one that ended in any other way."""

_Status = dg.DagsterRunStatus
_STATUSES = {
    "queued": [_Status.QUEUED, _Status.NOT_STARTED],
    "running": [_Status.STARTING, _Status.STARTED, _Status.CANCELING],
    "succeeded": [_Status.SUCCESS],
    "canceled": [_Status.CANCELED],
}

_COUNTERS: dict[str, tuple[str, tuple[str, ...], float]] = {
    "rows_inserted": ("dataops_rows_changed_total", ("inserted",), 1),
    "rows_updated": ("dataops_rows_changed_total", ("updated",), 1),
    "rows_deleted": ("dataops_rows_changed_total", ("deleted",), 1),
    "bytes": ("dataops_extracted_bytes_total", (), 1),
    "step/seconds": ("dataops_step_seconds_total", (), 1),
    "step/cpu_seconds": ("dataops_step_cpu_seconds_total", (), 1),
    "bigquery/bytes_billed": ("dataops_bigquery_bytes_billed_total", (), 1),
    "bigquery/slot_ms": ("dataops_bigquery_slot_seconds_total", (), 0.001),
}
"""By entry of a materialization's metadata: the counter that sums it up, its labels after the asset, and its unit."""
_PEAK = "step/peak_memory_bytes"


class Steps:
    """What materializations say that steps took, summed up; each is read once, in the order in which it was stored.

    A run that failed is not counted: it says nothing.
    """

    def __init__(self, assets: Iterable[str]) -> None:
        self._keys = {asset: dg.AssetKey(asset.split("/")) for asset in assets}
        self._cursors: dict[str, str] = {}
        self._sums: dict[tuple[str, str], float] = defaultdict(float)
        self._peaks: dict[str, float] = {}

    def add(self, found: Found, instance: dg.DagsterInstance) -> None:
        """Read what has come since the last time, and add all."""
        for asset, key in self._keys.items():
            for metadata in self._new(instance, asset, key):
                for name in _COUNTERS.keys() & metadata.keys():
                    self._sums[asset, name] += _number(metadata[name])
                if _PEAK in metadata:
                    self._peaks[asset] = _number(metadata[_PEAK])
        for (asset, name), value in sorted(self._sums.items()):
            family, labels, unit = _COUNTERS[name]
            found.add(family, value * unit, asset, *labels)
        for asset, value in sorted(self._peaks.items()):
            found.add("dataops_step_peak_memory_bytes", value, asset)

    def _new(self, instance: dg.DagsterInstance, asset: str, key: dg.AssetKey) -> Iterator[dict[str, dg.MetadataValue]]:
        while True:
            cursor = self._cursors.get(asset)
            page = instance.fetch_materializations(key, limit=_PAGE, cursor=cursor, ascending=True)
            for record in page.records:
                yield dict(record.asset_materialization.metadata) if record.asset_materialization else {}
            if page.records:
                self._cursors[asset] = page.cursor
            if not page.has_more:
                return


def add_runs(found: Found, instance: dg.DagsterInstance) -> None:
    """Add how many runs there are, and when the newest of each kind ended."""
    for status, statuses in _STATUSES.items():
        _add(found, instance, status, dg.RunsFilter(statuses=statuses))
    failed = dg.RunsFilter(statuses=[_Status.FAILURE])
    by_step = dg.RunsFilter(statuses=[_Status.FAILURE], tags=_BY_STEP)
    _add(found, instance, "failed", by_step)
    crashed = instance.get_runs_count(failed) - instance.get_runs_count(by_step)
    found.add("dataops_runs", crashed, "crashed")
    newest = instance.get_run_records(failed, limit=_NEWEST) if crashed else []
    _add_end(found, "crashed", [record for record in newest if not _BY_STEP.items() <= record.dagster_run.tags.items()])


def add_heartbeats(found: Found, instance: dg.DagsterInstance) -> None:
    """Add when each daemon was last heard of; one that never ran has no heartbeat."""
    with suppress(NotImplementedError):  # an instance in memory has none
        for daemon, heartbeat in sorted(instance.get_daemon_heartbeats().items()):
            found.add("dataops_daemon_heartbeat_timestamp_seconds", heartbeat.timestamp, daemon.lower())


def _add(found: Found, instance: dg.DagsterInstance, status: str, runs: dg.RunsFilter) -> None:
    found.add("dataops_runs", instance.get_runs_count(runs), status)
    _add_end(found, status, instance.get_run_records(runs, limit=1))


def _add_end(found: Found, status: str, newest: Iterable[RunRecord]) -> None:
    ends = [record.end_time for record in newest if record.end_time]
    if ends:
        found.add("dataops_last_run_end_timestamp_seconds", max(ends), status)


def _number(value: dg.MetadataValue) -> float:
    return float(value.value) if isinstance(value.value, int | float) else 0.0
