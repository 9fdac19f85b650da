"""The pooled event log holds what the stock one holds, in the same files, with several processes at work and killed."""

import contextlib
import gc
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluation
from dagster._core.events import DagsterEvent
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.utils import make_new_run_id

from dataops_assets.automation.event_log import PooledSqliteEventLogStorage
from dataops_assets_tests.dagster_facts.graphs import DAILY, FIRST, SECOND, build, instance_at, run

START, END, BAD = "2013-01-01", "2013-01-05", "2013-01-03"
YEAR_END = "2013-12-31"
MATERIALIZED = dg.DagsterEventType.ASSET_MATERIALIZATION


def query(path: Path, sql: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
        return connection.execute(sql).fetchall()


def index(home: Path, sql: str) -> list[tuple]:
    return query(home / "history" / "runs" / "index.db", sql)


def start(home: Path, first: str, last: str, storage: str = "pooled") -> subprocess.Popen:
    module = "dataops_assets_tests.dagster_facts.graphs"
    with open(home / f"{first}.log", "w") as log:
        return subprocess.Popen([sys.executable, "-m", module, str(home), storage, first, last], stderr=log)


def contents(home: Path, run_id: str) -> dict[str, list[tuple]]:
    """What both databases hold after one run, without ids and times."""
    events = "select dagster_event_type, step_key, asset_key, partition from event_logs order by id"
    return {
        "run": query(home / "history" / "runs" / f"{run_id}.db", events),
        "index": index(home, events),
        "assets": index(
            home,
            """select a.asset_key, a.last_run_id = e.run_id, e.dagster_event_type, e.partition,
                a.last_materialization_timestamp = e.timestamp
            from asset_keys a join event_logs e
            on e.id = json_extract(a.last_materialization, '$.storage_id') order by 1""",
        ),
        "tags": index(
            home, "select asset_key, key, count(*), count(distinct event_id) from asset_event_tags group by 1, 2"
        ),
        "checks": index(
            home,
            """select c.asset_key, c.check_name, c.partition, c.execution_status, e.dagster_event_type, e.partition,
                c.evaluation_event_timestamp = e.timestamp, m.dagster_event_type, m.partition
            from asset_check_executions c
            left join event_logs e on e.id = c.evaluation_event_storage_id
            left join event_logs m on m.id = c.materialization_event_storage_id order by 1, 2, 3""",
        ),
    }


@pytest.mark.slow
def test_holds_what_the_stock_storage_holds(tmp_path):
    found = {}
    for storage in ("stock", "pooled"):
        home = tmp_path / storage
        home.mkdir()
        with instance_at(home, storage) as instance:
            result = run(instance, build({"first": [BAD]}), START, END)
        found[storage] = contents(home, result.run_id)
    assert len(found["stock"]["checks"]) == 2 * (5 + 5 + 1)
    assert found["pooled"]["assets"]
    for part, rows in found["stock"].items():
        if part in ("run", "index"):  # the order inside a batch is the same, what other threads write may fall between
            assert sorted(map(repr, found["pooled"][part])) == sorted(map(repr, rows)), part
        else:
            assert found["pooled"][part] == rows, part


def test_files_and_schema_are_those_of_the_stock_storage(tmp_path):
    schemas, versions = [], []
    for storage in ("stock", "pooled"):
        home = tmp_path / storage
        home.mkdir()
        with instance_at(home, storage) as instance:
            result = run(instance, build(), START, START, only=[FIRST])
            versions.append(instance.event_log_storage.alembic_version())
        runs = home / "history" / "runs"
        schema = "select type, name, sql from sqlite_master order by 1, 2"
        stamp = "select version_num from alembic_version"
        shard = runs / f"{result.run_id}.db"
        schemas.append(
            [query(path, sql) for path in (runs / "index.db", shard) for sql in (schema, stamp, "pragma journal_mode")]
        )
    assert schemas[0] == schemas[1]
    assert versions[0] == versions[1]


def test_change_to_the_stock_storage_and_back(tmp_path):
    days = [START, "2013-01-02", "2013-01-03"]
    for storage, day in zip(("pooled", "stock", "pooled"), days, strict=True):
        with instance_at(tmp_path, storage) as instance:
            kind = PooledSqliteEventLogStorage if storage == "pooled" else SqliteEventLogStorage
            assert type(instance.event_log_storage) is kind
            assert run(instance, build(), day, day, only=[FIRST]).success
            seen = instance.get_materialized_partitions(FIRST)
            assert seen == set(days[: days.index(day) + 1])
            assert instance.event_log_storage.alembic_version()[0] == instance.event_log_storage.alembic_version()[1]


@pytest.mark.slow
def test_processes_with_either_storage_write_at_once(tmp_path):
    with instance_at(tmp_path):
        pass
    processes = [
        start(tmp_path, "2013-01-01", "2013-06-30"),
        start(tmp_path, "2013-07-01", "2013-12-26"),
        start(tmp_path, "2013-12-27", YEAR_END, "stock"),
    ]
    assert [process.wait(timeout=240) for process in processes] == [0, 0, 0]
    with instance_at(tmp_path) as instance:
        assert instance.get_materialized_partitions(FIRST) == set(DAILY.get_partition_keys())
        for key in (FIRST, SECOND):
            state = instance.event_log_storage.get_asset_check_state([(dg.AssetCheckKey(key, "contract"), DAILY)])
            [check] = state.values()
            sizes = {status.value: subset.size for status, subset in check.subsets.items() if subset.size}
            assert sizes == {"SUCCEEDED": 365}


@pytest.mark.slow
def test_readers_see_a_run_while_it_writes(tmp_path):
    with instance_at(tmp_path) as instance:
        process, seen = start(tmp_path, START, YEAR_END), []
        while process.poll() is None:
            materialized = len(instance.get_materialized_partitions(SECOND))
            instance.event_log_storage.get_asset_check_state([(dg.AssetCheckKey(SECOND, "contract"), DAILY)])
            for record in instance.get_run_records():
                instance.all_logs(record.dagster_run.run_id)
            seen.append(materialized)
        assert process.returncode == 0
        assert seen == sorted(seen)
        assert len(instance.get_materialized_partitions(SECOND)) == 365


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "wait"), [(1, 0.0), (1, 0.04), (366, 0.0), (366, 0.02), (366, 0.1)])
def test_killed_while_it_writes(tmp_path, moment, wait):
    with instance_at(tmp_path):
        pass
    process = start(tmp_path, START, YEAR_END)
    count = "select count(*) from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
    deadline = time.monotonic() + 120
    while index(tmp_path, count)[0][0] < moment and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for path in (tmp_path / "history" / "runs").glob("*.db"):
        assert query(path, "pragma integrity_check") == [("ok",)], path
    with instance_at(tmp_path) as instance:
        [record] = instance.get_run_records()
        logs = instance.all_logs(record.dagster_run.run_id)
        logged = sum(1 for e in logs if e.dagster_event_type == MATERIALIZED)
        assert logged <= index(tmp_path, count)[0][0], "the index never lags behind the run's own log"
        assert run(instance, build(), START, END).success
        assert instance.get_materialized_partitions(SECOND) >= set(DAILY.get_partition_keys()[:5])


@pytest.mark.slow
def test_live_log_follows_another_process(tmp_path):
    with instance_at(tmp_path) as instance:
        process = start(tmp_path, START, END)
        while not (records := instance.get_run_records()):
            assert process.poll() is None
            time.sleep(0.05)
        seen, done = [], threading.Event()

        def follow(event: EventLogEntry, _cursor: str) -> None:
            seen.append(event.dagster_event_type)
            if event.dagster_event_type == dg.DagsterEventType.RUN_SUCCESS:
                done.set()

        instance.watch_event_logs(records[0].dagster_run.run_id, None, follow)
        assert process.wait(timeout=60) == 0
        assert done.wait(timeout=10)
        assert seen.count(MATERIALIZED) == 5 + 5 + 1


def evaluation(run_id: str, partition: str, passed: bool) -> EventLogEntry:
    data = AssetCheckEvaluation(asset_key=FIRST, check_name="contract", passed=passed, partition=partition)
    event = DagsterEvent("ASSET_CHECK_EVALUATION", "job", event_specific_data=data)
    return EventLogEntry(None, 10, "", run_id, time.time(), dagster_event=event)


def test_check_reported_twice_in_one_batch_keeps_the_last(instance):
    run_id = make_new_run_id()
    instance.event_log_storage.store_event_batch([evaluation(run_id, START, passed) for passed in (True, False)])
    instance.event_log_storage.store_event_batch([evaluation(run_id, END, True)])
    key = dg.AssetCheckKey(FIRST, "contract")
    [state] = instance.event_log_storage.get_asset_check_state([(key, DAILY)]).values()
    found = {
        s.value: set(subset.subset_value.get_partition_keys()) for s, subset in state.subsets.items() if subset.size
    }
    assert found == {"FAILED": {START}, "SUCCEEDED": {END}}


def test_refused_batch_leaves_nothing_behind(instance):
    run_id, storage = make_new_run_id(), instance.event_log_storage
    with storage.index_connection() as conn:
        conn.exec_driver_sql(
            "create trigger refuse before insert on asset_check_executions begin select raise(fail, 'no'); end"
        )
    with pytest.raises(Exception, match="no"):
        storage.store_event_batch([evaluation(run_id, day, True) for day in (START, END)])
    assert storage.get_logs_for_run(run_id) == []
    assert query(Path(storage._base_dir) / "index.db", "select count(*) from event_logs") == [(0,)]


def test_files_deleted_by_another_process(tmp_path):
    with instance_at(tmp_path) as instance, instance_at(tmp_path, "stock") as other:
        first = run(instance, build(), START, START, only=[FIRST])
        other.event_log_storage.wipe()
        assert instance.all_logs(first.run_id) == []
        assert run(instance, build(), END, END, only=[FIRST]).success
        assert instance.get_materialized_partitions(FIRST) == {END}


def test_home_is_the_default_place(tmp_path, monkeypatch):
    config = "event_log_storage:\n  module: dataops_assets.automation.event_log\n  class: PooledSqliteEventLogStorage\n"
    (tmp_path / "dagster.yaml").write_text(config)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with dg.DagsterInstance.get() as instance:
        assert type(instance.event_log_storage) is PooledSqliteEventLogStorage
        assert (tmp_path / "history" / "runs" / "index.db").exists()


def test_without_a_home_the_place_is_temporary(monkeypatch):
    """As `dagster definitions validate` has it."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    storage = PooledSqliteEventLogStorage()
    index = Path(storage._base_dir) / "index.db"
    assert index.exists()
    del storage
    gc.collect()
    assert not index.exists()
