"""Dagster's SQLite event log, made cheap to write: open connections, and one transaction for a batch of events.

The stock storage opens an engine and a connection for each event, and commits each on its own: 15 to 25 ms an event,
of which a year of partitions with their checks writes tens of thousands. This one writes the same tables in the same
files (`history/runs/index.db` and one file per run, the schema created and stamped by the stock code), so one can
change over in either direction at any time, with no migration. In `dagster.yaml`:

    event_log_storage:
      module: dataops_assets.automation.event_log
      class: PooledSqliteEventLogStorage

What it gives up: `synchronous=NORMAL` instead of FULL. When the power fails or the kernel stops, the events of the
last moments may be missing; the files are never damaged, and a process that is killed loses nothing it had committed.
"""

import os
import tempfile
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import dagster as dg
import sqlalchemy as sa
from dagster._config.config_schema import UserConfigSchema
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationPlanned,
)
from dagster._core.event_api import EventHandlerFn
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, EVENT_TYPE_TO_PIPELINE_RUN_STATUS, DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as CheckStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
    SqliteEventLogStorageWatchdog,
)
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.event import listen
from watchdog.events import FileSystemEvent
from watchdog.observers import Observer

_OPEN_RUNS = 16  # files of runs kept open in a process, the least recently used is closed first
_MIRRORED = ASSET_EVENTS | ASSET_CHECK_EVENTS | set(EVENT_TYPE_TO_PIPELINE_RUN_STATUS)

_Row = dict[str, Any]
_Stored = tuple[EventLogEntry, _Row, int]  # an event, its row, and its id in the index


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """Event log storage for `dagster.yaml`; the users of an instance may mix it with the stock one.

    Config: `base_dir`, by default where the stock storage keeps its files in `DAGSTER_HOME`, without that a temporary
    folder, as `dagster definitions validate` takes for the rest of the instance; `event_batch_size`, the most events
    written in one transaction. Dagster reads that number from `DAGSTER_EVENT_BATCH_SIZE`, which is set here for this
    process and those it starts, unless it is set already.
    """

    def __init__(
        self, base_dir: str = "", event_batch_size: int = 1000, inst_data: ConfigurableClassData | None = None
    ) -> None:
        if not base_dir:
            base_dir = os.path.join(os.environ.get("DAGSTER_HOME") or self._temporary(), "history", "runs")
        os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", str(event_batch_size))
        self._engines: OrderedDict[str, tuple[sa.Engine, tuple[int, int]]] = OrderedDict()
        self._engines_lock = threading.Lock()
        self._engines_pid = os.getpid()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def _temporary(self) -> str:
        """A folder that goes with this object: without DAGSTER_HOME the whole instance is a temporary one."""
        self._folder = tempfile.TemporaryDirectory(prefix="dataops-events-", ignore_cleanup_errors=True)
        return self._folder.name

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        return {
            "base_dir": dg.Field(dg.StringSource, is_required=False),
            "event_batch_size": dg.Field(dg.IntSource, is_required=False, default_value=1000),
        }

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "PooledSqliteEventLogStorage":
        return cls(**config_value, inst_data=inst_data)

    # -- connections

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._engine(shard).begin() as conn:
            yield conn

    def _engine(self, shard: str) -> sa.Engine:
        with self._engines_lock:
            if self._engines_pid != os.getpid():
                # A SQLite connection must not be used, nor closed, on the other side of a fork.
                for engine, _ in self._engines.values():
                    engine.dispose(close=False)
                self._engines.clear()
                self._engines_pid = os.getpid()
            if shard in self._engines:
                engine, identity = self._engines[shard]
                if identity == self._identity(shard):
                    self._engines.move_to_end(shard)
                    return engine
                # The file was deleted or replaced behind our back (a wipe in another process).
                engine.dispose()
                self._initialized_dbs.discard(shard)
            if shard not in self._initialized_dbs:
                with super()._connect(shard):
                    pass  # the stock code creates, migrates and stamps the file
            engine = self._open(shard)
            self._engines[shard] = (engine, self._identity(shard))
            runs = [name for name in self._engines if name != INDEX_SHARD_NAME]
            for name in runs[:-_OPEN_RUNS]:
                self._engines.pop(name)[0].dispose()
            return engine

    def _open(self, shard: str) -> sa.Engine:
        engine = sa.create_engine(
            self.conn_string_for_shard(shard),
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            pool_size=4,
            max_overflow=-1,
        )

        listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=NORMAL"))
        return engine

    def _identity(self, shard: str) -> tuple[int, int]:
        try:
            stat = os.stat(self.path_for_shard(shard))
        except FileNotFoundError:
            return 0, 0
        return stat.st_dev, stat.st_ino

    def _close(self) -> None:
        with self._engines_lock:
            for engine, _ in self._engines.values():
                engine.dispose(close=self._engines_pid == os.getpid())
            self._engines.clear()

    def dispose(self) -> None:
        super().dispose()
        self._close()

    def wipe(self) -> None:
        self._close()  # the files of runs are about to be deleted
        super().wipe()

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table; asked for each event, so that a yes is remembered."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_index_cols_on_connection(self, conn: sa.Connection) -> bool:
        column = f"{AssetKeyTable.name}.last_materialization_timestamp"
        if column not in self._tables and super()._has_asset_key_index_cols_on_connection(conn):
            self._tables.add(column)
        return column in self._tables

    # -- writing

    def store_event(self, event: EventLogEntry) -> None:
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events in order: per run, one transaction on the run's file, and one on the index inside it.

        If either fails, neither is kept: Dagster then stores the events of the batch one by one.
        """
        runs: dict[str, list[EventLogEntry]] = defaultdict(list)
        for event in events:
            runs[event.run_id].append(event)
        for run_id, group in runs.items():
            rows = [(event, self._event_to_row(event)) for event in group]
            mirrored = [item for item in rows if item[0].is_dagster_event and item[0].dagster_event_type in _MIRRORED]
            with self.run_connection(run_id) as conn:
                conn.execute(SqlEventLogStorageTable.insert(), [row for _, row in rows])
                if mirrored:
                    with self.index_connection() as index:
                        self._mirror(index, mirrored)

    def _mirror(self, conn: sa.Connection, events: list[tuple[EventLogEntry, _Row]]) -> None:
        """Write what is asked for across runs to the index: asset events, checks, changes of a run's status."""
        insert = SqlEventLogStorageTable.insert().returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)
        ids = conn.execute(insert, [row for _, row in events]).scalars().all()
        stored = [(event, row, number) for (event, row), number in zip(events, ids, strict=True)]
        assets = [item for item in stored if item[0].dagster_event_type in ASSET_EVENTS]
        if assets:
            self._store_asset_event_tags(conn, [item[0] for item in assets], [item[2] for item in assets])
            self._store_asset_keys(conn, assets)
        checks = [item for item in stored if item[0].dagster_event_type in ASSET_CHECK_EVENTS]
        self._store_planned_checks(conn, checks)
        self._store_evaluations(conn, checks)

    def _store_asset_keys(self, conn: sa.Connection, events: list[_Stored]) -> None:
        """Bring `asset_keys` to the state after the last event of each kind: one upsert per asset, not per event."""
        last: dict[tuple[str, DagsterEventType | None], tuple[int, EventLogEntry]] = {}
        for event, row, number in events:
            if row["asset_key"]:
                last.pop((row["asset_key"], event.dagster_event_type), None)  # so that the order is that of the last
                last[row["asset_key"], event.dagster_event_type] = number, event
        by_asset: dict[str, _Row] = defaultdict(dict)
        has_timestamp = self._has_asset_key_index_cols_on_connection(conn)
        for (asset_key, _), (number, event) in last.items():
            by_asset[asset_key] |= self._get_asset_entry_values(event, number, has_timestamp)
        for asset_key, values in by_asset.items():
            if values:
                statement = upsert(AssetKeyTable).values(asset_key=asset_key, **values)
                conn.execute(statement.on_conflict_do_update(index_elements=["asset_key"], set_=values))

    def _store_planned_checks(self, conn: sa.Connection, events: list[_Stored]) -> None:
        rows = []
        for event, row, number in events:
            if event.dagster_event_type != DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED:
                continue
            planned = cast("AssetCheckEvaluationPlanned", event.get_dagster_event().event_specific_data)
            subset = planned.partitions_subset
            rows += [
                _check_row(planned.asset_key, planned.check_name, partition, CheckStatus.PLANNED, row, number)
                for partition in (subset.get_partition_keys() if subset else [None])
            ]
        if rows:
            conn.execute(AssetCheckExecutionsTable.insert(), rows)

    def _store_evaluations(self, conn: sa.Connection, events: list[_Stored]) -> None:
        """Turn the row that a run planned for a check and partition into its result, or add one if it planned none."""
        table = AssetCheckExecutionsTable
        new: dict[tuple[str | None, ...], _Row] = {}
        changed: list[_Row] = []
        planned: dict[tuple[str, str, str], dict[str | None, int]] = {}
        for event, row, number in events:
            if event.dagster_event_type != DagsterEventType.ASSET_CHECK_EVALUATION:
                continue
            found = cast("AssetCheckEvaluation", event.get_dagster_event().event_specific_data)
            status = CheckStatus.SUCCEEDED if found.passed else CheckStatus.FAILED
            values = _check_row(found.asset_key, found.check_name, found.partition, status, row, number)
            target = found.target_materialization_data
            values["materialization_event_storage_id"] = target.storage_id if target else None
            check = values["asset_key"], values["check_name"], event.run_id
            if event.run_id and check not in planned:
                query = sa.select(table.c.partition, table.c.id).where(
                    table.c.asset_key == check[0], table.c.check_name == check[1], table.c.run_id == check[2]
                )
                planned[check] = {row.partition: row.id for row in conn.execute(query)}
            row_id = planned[check].get(found.partition) if event.run_id else None
            if row_id:
                changed.append({**values, "row_id": row_id})
            else:
                new[(*check, found.partition) if event.run_id else (str(number),)] = values
        if changed:
            columns = {name: sa.bindparam(name) for name in changed[0] if name != "row_id"}
            conn.execute(table.update().where(table.c.id == sa.bindparam("row_id")).values(columns), changed)
        if new:
            conn.execute(table.insert(), list(new.values()))

    # -- watching

    def watch(self, run_id: str, cursor: str | None, callback: EventHandlerFn) -> None:
        if not self._obs:
            self._obs = Observer()
            self._obs.start()
        handler = _Watchdog(self, run_id, callback, cursor)
        self._watchers[run_id][callback] = handler, self._obs.schedule(handler, self._base_dir, recursive=True)


class _Watchdog(SqliteEventLogStorageWatchdog):
    """Also looks at the run's write-ahead log: with connections kept open, that is where new events arrive."""

    @property
    def patterns(self) -> list[str]:
        return [self._log_path, f"{self._log_path}-wal"]

    def on_modified(self, event: FileSystemEvent) -> None:
        self._process_log()


def _check_row(
    asset_key: dg.AssetKey, check: str, partition: str | None, status: CheckStatus, row: _Row, number: int
) -> _Row:
    return {
        "asset_key": asset_key.to_string(),
        "check_name": check,
        "partition": partition,
        "run_id": row["run_id"],
        "execution_status": status.value,
        "evaluation_event": row["event"],
        "evaluation_event_timestamp": row["timestamp"],
        "evaluation_event_storage_id": number,
    }
