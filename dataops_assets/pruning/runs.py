"""Runs of Dagster that ended long ago, with their events and with what their steps have printed.

What Dagster says of an asset it takes from events: those runs stay that made the newest of a kind of a partition, and
so what the UI, `dataops status` and sensors say does not change. `delete_run` is Dagster's own. It leaves two things
behind, which go here: the results of checks, and of the storage in files the emptied file of the run.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from dagster._core.execution.backfill import BULK_ACTION_TERMINAL_STATUSES, BulkActionsFilter, BulkActionStatus
from dagster._core.storage.dagster_run import FINISHED_STATUSES, NOT_FINISHED_STATUSES, RunRecord
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

LOOKED_AT = 100
"""So many of the newest runs of a schedule or sensor stay: by these it knows what it has asked for."""

_PAGE = 500
_ID = 36  # characters of a run's id: other files may lie in the same folder
_SUFFIXES = ("", "-wal", "-shm", "-journal")
_BACKFILL = "dagster/backfill"
_ASKED_BY = ("dagster/schedule_name", "dagster/sensor_name")
_UNDER_WAY = [status for status in BulkActionStatus if status not in BULK_ACTION_TERMINAL_STATUSES]
_BY_PARTITION = (dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.ASSET_OBSERVATION)


@dataclass(frozen=True)
class OldRuns:
    """going: ids of the runs that go, the oldest first. kept: of those that ended as long ago, and something needs.
    bytes: of the files of those that go; 0 where they are not in files. oldest, newest: when the first and the last of
    them ended, UTC.
    """

    going: Sequence[str] = ()
    kept: Sequence[str] = ()
    bytes: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


def old_runs(instance: dg.DagsterInstance, before: datetime) -> OldRuns:
    """The runs that ended before a moment, UTC."""
    ended: dict[str, float] = {}
    asked_by: dict[str, int] = {}
    needed = _of_assets(instance) | _under_way(instance)
    newest = instance.get_run_records(limit=1)
    for number, record in enumerate(_records(instance)):  # the newest first
        run = record.dagster_run
        names = [f"{tag} {run.tags[tag]}" for tag in _ASKED_BY if tag in run.tags]
        for name in names:
            asked_by[name] = asked_by.get(name, 0) + 1
        # Sensors go on after the highest number of a run, and of an event: none must be given again.
        if number == 0 or any(asked_by[name] <= LOOKED_AT for name in names):
            needed.add(run.run_id)
        if run.tags.get(_BACKFILL) in needed:
            needed.add(run.run_id)
        end = record.end_time or record.update_timestamp.replace(tzinfo=UTC).timestamp()
        if end < before.timestamp():
            ended[run.run_id] = end
    needed |= {record.dagster_run.run_id for record in newest}
    if last := max(ended, key=lambda run_id: ended[run_id], default=None):
        needed.add(last)
    going = sorted(ended.keys() - needed, key=lambda run_id: ended[run_id])
    moments = [datetime.fromtimestamp(ended[run_id], UTC) for run_id in (*going[:1], *going[-1:])]
    return OldRuns(
        going,
        [run_id for run_id in ended if run_id in needed],
        sum(_bytes(instance, run_id) for run_id in going),
        *(moments or (None, None)),
    )


def delete_runs(instance: dg.DagsterInstance, runs: Iterable[str], printed: Iterable[str] = ()) -> None:
    """Delete runs, the record of each last: one whose deletion was interrupted is found again.

    printed: runs that stay, of which goes what their steps have printed; where that is in files.
    """
    logs, events = instance.compute_log_manager, instance.event_log_storage
    for run_id in runs:
        logs.delete_logs(prefix=[run_id])
        events.delete_events(run_id)
        if isinstance(events, SqlEventLogStorage):
            with events.index_connection() as connection:
                connection.execute(
                    AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id)
                )
        instance.delete_run(run_id)
        _delete_file(events, run_id)
    if isinstance(logs, LocalComputeLogManager):
        for run_id in printed:
            logs.delete_logs(prefix=[run_id])


def sweep(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete the files of runs that are no longer on record, as an interrupted deletion leaves them, and Dagster's own;
    those that were written before a moment, UTC. Returns how many.
    """
    events = instance.event_log_storage
    if not isinstance(events, SqliteEventLogStorage):
        return 0
    count = 0
    for file in Path(events.path_for_shard(INDEX_SHARD_NAME)).parent.glob("*.db"):
        run_id = file.stem
        if run_id == INDEX_SHARD_NAME or len(run_id) != _ID or file.stat().st_mtime > before.timestamp():
            continue
        if not instance.has_run(run_id):
            _delete_file(events, run_id)
            count += 1
    return count


def _records(instance: dg.DagsterInstance) -> Iterator[RunRecord]:
    """Of all runs that ended, the newest first."""
    cursor: str | None = None
    filters = dg.RunsFilter(statuses=FINISHED_STATUSES)
    while page := instance.get_run_records(filters, limit=_PAGE, cursor=cursor):
        yield from page
        cursor = page[-1].dagster_run.run_id


def _of_assets(instance: dg.DagsterInstance) -> set[str]:
    """The runs from which Dagster tells how assets, their partitions and their checks are."""
    events, found = instance.event_log_storage, set[str]()
    for key in events.all_asset_keys():
        for kind in _BY_PARTITION:
            fetch = _fetch(instance, kind)
            newest = list(events.get_latest_storage_id_by_partition(key, kind).values())
            for place in range(0, len(newest), _PAGE):
                ids = newest[place : place + _PAGE]
                wanted = dg.AssetRecordsFilter(asset_key=key, storage_ids=ids)
                found |= {record.run_id for record in fetch(wanted, limit=len(ids)).records}
            found |= {record.run_id for record in fetch(key, limit=1).records}
        tried = events.get_latest_asset_partition_materialization_attempts_without_materializations(key)
        found |= {run_id for run_id, _ in tried.values()}
    for record in events.get_asset_records():
        written = record.asset_entry.last_materialization_record
        found |= {record.asset_entry.last_run_id or "", written.run_id if written else ""}
    for info in events.get_asset_check_partition_info(_checks(instance)):
        found.add(info.latest_planned_run_id)
    return found


def _checks(instance: dg.DagsterInstance) -> list[dg.AssetCheckKey]:
    """All that were ever run, declared or not."""
    events, table = instance.event_log_storage, AssetCheckExecutionsTable
    if not isinstance(events, SqlEventLogStorage):
        return []
    with events.index_connection() as connection:
        rows = connection.execute(sa.select(table.c.asset_key, table.c.check_name).distinct()).all()
    return [dg.AssetCheckKey(key, name) for text, name in rows if (key := dg.AssetKey.from_db_string(text))]


def _fetch(instance: dg.DagsterInstance, kind: dg.DagsterEventType) -> Callable[..., dg.EventRecordsResult]:
    observed = kind == dg.DagsterEventType.ASSET_OBSERVATION
    return instance.fetch_observations if observed else instance.fetch_materializations


def _under_way(instance: dg.DagsterInstance) -> set[str]:
    """Backfills that go on, and runs that others are started again from."""
    backfills = instance.get_backfills(filters=BulkActionsFilter(statuses=_UNDER_WAY))
    found = {each.backfill_id for each in backfills}
    for run in instance.get_runs(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)):
        found |= {run.parent_run_id or "", run.root_run_id or ""}
    return found


def _delete_file(events: object, run_id: str) -> None:
    if isinstance(events, SqliteEventLogStorage):
        for suffix in _SUFFIXES:
            with suppress(FileNotFoundError):
                os.unlink(events.path_for_shard(run_id) + suffix)


def _bytes(instance: dg.DagsterInstance, run_id: str) -> int:
    events, logs = instance.event_log_storage, instance.compute_log_manager
    files: list[Path] = []
    if isinstance(events, SqliteEventLogStorage):
        files += [Path(events.path_for_shard(run_id) + suffix) for suffix in _SUFFIXES]
    if isinstance(logs, LocalComputeLogManager):
        folder = Path(logs.get_captured_local_path([run_id, "compute_logs", "any"], "out")).parent.parent
        files += [file for file in folder.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files if file.exists())
