"""Processes that are killed while they write, and processes that write at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse
from dataops_assets.warehouse.duckdb.warehouse import DuckDBSession, DuckDBWarehouse
from dataops_assets_tests.io.place import Place, bigquery, frame
from dataops_assets_tests.standins.cloud import Cloud

DAILY = dg.DailyPartitionsDefinition("2024-01-01")


def daily(value: int) -> dg.AssetsDefinition:
    @dg.asset(partitions_def=DAILY, metadata={"partition_expr": "day"}, backfill_policy=dg.BackfillPolicy.single_run())
    def daily(context: dg.AssetExecutionContext) -> pd.DataFrame:
        return frame(day=list(context.partition_keys) * 3, value=value)

    return daily


class Dying:
    """A connection in a process that dies before the n-th statement of a swap, counted from its BEGIN."""

    def __init__(self, connection: Any, at: int) -> None:
        self._connection = connection
        self._at = at
        self._count: int | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql == "BEGIN" or self._count is not None:
            self._count = (self._count or 0) + 1
            if self._count == self._at:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._connection.execute(sql, *parameters)


class DyingWarehouse(DuckDBWarehouse):
    """A warehouse whose process dies in the middle of a swap."""

    at = 0

    @contextmanager
    def session(self) -> Iterator[DuckDBSession]:
        with super().session() as session:
            session._connection = Dying(session._connection, self.at)  # type: ignore[assignment]
            yield session


def write_and_die(folder: Path, at: int) -> None:
    warehouse = DyingWarehouse(folder / "warehouse.duckdb")
    warehouse.at = at
    Place(folder, lambda: warehouse).wrote(daily(2), key="2024-01-02", to="2024-01-03")


def write_on_bigquery_and_die(folder: Path, project: str, at: int) -> None:
    """Die before the swap's first job, before its transaction (2), or when that is done and its answer is here (3)."""
    warehouse = bigquery(os.environ, project)
    runner = warehouse.jobs
    count = 0

    def jobs() -> Jobs:
        made = runner()
        query = made.query

        def dying(sql: str, *arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += "_swaps_" in sql
            if "_swaps_" in sql and count == at:
                os.kill(os.getpid(), signal.SIGKILL)
            done = query(sql, *arguments, **options)
            if "COMMIT" in sql and at == 3:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        made.query = dying
        return made

    warehouse.jobs = jobs
    Place(folder, lambda: warehouse).wrote(daily(2), key="2024-01-02", to="2024-01-03")


def write_days(folder: Path, value: int, days: list[int]) -> None:
    place = Place(folder)
    for day in days:
        place.wrote(daily(value), key=f"2024-01-{day:02}")


def child(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """This module as a program of its own."""
    command = [sys.executable, "-m", __name__, str(folder), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_killed_at_every_statement_of_a_swap(local: Place, tmp_path: Path) -> None:
    local.wrote(daily(1), key="2024-01-01", to="2024-01-04")
    old, new = [1] * 12, [1] * 3 + [2] * 6 + [1] * 3
    states = []
    with child(tmp_path, "die") as process:
        assert process.stdin
        assert process.stdout
        for at in range(1, 20):
            print(at, file=process.stdin, flush=True)
            code = int(process.stdout.readline())
            states.append([value for _, value in local.rows("staging.daily")])
            if code == 0:
                break
            assert code == -signal.SIGKILL
    assert all(state in (old, new) for state in states)
    assert states[:3] == [old] * 3, "killed at BEGIN, DELETE and INSERT"
    assert states[-1] == new, "the same write again ends as if nothing had happened"
    assert len(states) > 4


@pytest.mark.cloud
@pytest.mark.parametrize("place", ["cloud"], indirect=True)
def test_killed_at_every_job_of_a_swap_on_bigquery(place: Place, cloud_servers: Cloud, tmp_path: Path) -> None:
    assert isinstance(place.warehouse, BigQueryWarehouse)
    place.wrote(daily(1), key="2024-01-01", to="2024-01-04")
    old, new = [1] * 12, [1] * 3 + [2] * 6 + [1] * 3
    command = [sys.executable, "-m", __name__, str(tmp_path), "die on bigquery", place.warehouse.client.project]
    states = []
    for at in (1, 2, 3, 4):
        code = subprocess.call([*command, str(at)], env={**os.environ, **cloud_servers.environment}, timeout=120)
        states.append((code, [value for _, value in place.rows("staging.daily")]))
    assert states == [(-signal.SIGKILL, old), (-signal.SIGKILL, old), (-signal.SIGKILL, new), (0, new)]


@pytest.mark.slow
def test_two_processes_at_once(local: Place, tmp_path: Path) -> None:
    left, right = [1, 3, 5, 7, 2, 4], [2, 4, 6, 8, 3, 1]  # different days first, then the other's
    writers = [child(tmp_path, "write", str(i), *map(str, days)) for i, days in enumerate((left, right))]
    while any(writer.poll() is None for writer in writers):
        if local.warehouse.query("SELECT 1 FROM duckdb_tables() WHERE table_name = 'daily'").num_rows:
            seen = local.warehouse.query("SELECT day, COUNT(*), COUNT(DISTINCT value) FROM staging.daily GROUP BY day")
            assert {tuple(row.values())[1:] for row in seen.to_pylist()} <= {(3, 1)}, "a reader sees whole partitions"
        time.sleep(0.02)
    assert [writer.wait() for writer in writers] == [0, 0]
    counts = local.warehouse.query("SELECT day, COUNT(*) AS rows FROM staging.daily GROUP BY day").to_pydict()
    assert counts["rows"] == [3] * len({*left, *right})


def main() -> None:
    folder, task, *arguments = sys.argv[1:]
    if task == "write":
        value, *days = map(int, arguments)
        write_days(Path(folder), value, days)
        return
    if task == "die on bigquery":
        write_on_bigquery_and_die(Path(folder), arguments[0], int(arguments[1]))
        return
    Place(Path(folder))
    for line in sys.stdin:  # a process for each number, forked from this one, which has imported everything
        pid = os.fork()
        if not pid:
            write_and_die(Path(folder), int(line))
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
