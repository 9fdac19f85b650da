"""A schedule under Dagster's own daemon, with the instance's settings of the project: a tick, its queue, its runs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.scheduler.instigation import ScheduleInstigatorData

from dataops_assets.build import Project
from dataops_assets.discovery import discover
from dataops_assets.runs import runner
from dataops_assets.settings import Settings
from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.delivery.test_ui import of_session
from dataops_assets_tests.support import rows, succeed

DATASETS = '''
from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Source, column
from dataops_assets.sources import Files

class Visits(Contract):
    """Visits."""
    day: Date = column("The day.")
    visit: Integer = column("Number.")

class Counts(Contract):
    """Visits by day."""
    day: Date = column("The day.")
    count: Integer = column("How many.")

IN_WINDOW = "where day >= @window_start and day < @window_end group by 1"
days = Daily(start="{start}", column="day", lookback=3)
visits = Source(
    name="visits", contract=Visits, partition=days, key=["day", "visit"], schedule="{cron}",
    extract=Files("{folder}/{{partition.start:%Y-%m-%d}}.csv"),
)
counts = Derived(
    name="counts", contract=Counts, partition=days, key=["day"], publish=True,
    sql=f"select day, {factor} * count(*) as count from staged.visits {{IN_WINDOW}}",
)
later = Derived(
    name="later", contract=Counts, partition=Daily(start="{later}", column="day"), key=["day"],
    sql=f"select day, sum(count) as count from transformed.counts {{IN_WINDOW}}",
)
'''


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_a_tick_runs_what_is_due_what_is_stale_and_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = datetime.now(UTC) - timedelta(minutes=1)
    cron = f"{due.minute} {due.hour} * * *"
    days = [f"{due - timedelta(days=back):%Y-%m-%d}" for back in range(7, 0, -1)]
    package, folder, home = (tmp_path / name for name in ("a_shop_of_visits", "files", "home"))
    for made in (package, folder):
        made.mkdir()
    for count, day in enumerate(days, start=1):
        (folder / f"{day}.csv").write_text("day,visit\n" + "".join(f"{day},{n}\n" for n in range(count)))
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, package.name, raising=False)

    def write(factor: int) -> None:
        about = {"start": days[0], "later": days[4], "folder": folder, "cron": cron}
        (package / "__init__.py").write_text(DATASETS.format(factor=factor, **about))

    write(1)
    project = Project(Settings(home=home, datasets=(package.name,)), discover(package.name))
    (home / "dagster").mkdir(parents=True)
    (home / "dagster" / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    with runner.open_instance(project.settings) as instance:
        succeed(project, "raw/visits,staged/visits,*/counts", days[0], days[1], instance=instance)
        write(100)
        (folder / f"{days[0]}.csv").unlink()  # which nobody asks for
        environment = os.environ | {
            "DATAOPS_HOME": str(home),
            "DATAOPS_DATASETS": package.name,
            "DATAOPS_PARTITIONS_PER_RUN": "3",
            "PYTHONPATH": f"{ROOT}:{tmp_path}",
        }
        module = ["-m", "dataops_assets.definitions"]
        begin = [sys.executable, "-m", "dagster", "schedule", "start", "visits_daily", *module]
        subprocess.run(begin, env=environment, cwd=tmp_path, check=True, capture_output=True, timeout=120)
        [state] = [each for each in instance.all_instigator_state() if each.name == "visits_daily"]
        since = ScheduleInstigatorData(cron, due.timestamp() - 120)
        instance.update_instigator_state(state.with_data(since))
        with daemon(module, environment, tmp_path) as log:
            runs = ended(instance, 4, log)

    every = "production/counts raw/visits staged/visits transformed/counts"
    assert [asked(run) for run in runs] == [
        (every, f"{days[3]}..{days[5]}"),
        (every, f"{days[6]}..{days[6]}"),
        ("production/counts transformed/counts", f"{days[0]}..{days[1]}"),
        ("transformed/later", f"{days[4]}..{days[6]}"),
    ]
    times = [moment for run in runs for moment in (run.start_time or 0, run.end_time or 0)]
    assert all(times)
    assert times == sorted(times), "one after the other"
    wanted = {days[at]: 100 * (at + 1) for at in (0, 1, 3, 4, 5, 6)}
    for table, first in (("production.counts", 0), ("staging.later", 4)):
        found = {f"{row['day']}": row["count"] for row in rows(project, f"SELECT * FROM {table}")}
        assert found == {day: count for day, count in wanted.items() if day >= days[first]}


def asked(record: dg.RunRecord) -> tuple[str, str]:
    """The assets of a run, and the partitions that its key names."""
    run = record.dagster_run
    names = sorted(key.to_user_string() for key in run.asset_selection or ())
    return " ".join(names), run.tags["dagster/run_key"].split(" ")[1]


def ended(instance: dg.DagsterInstance, count: int, log: Path) -> list[dg.RunRecord]:
    """The runs of the schedule in the order in which they were asked for, once so many have succeeded."""
    until, states = time.monotonic() + 300, []
    while time.monotonic() < until:
        tag = dg.RunsFilter(tags={"dagster/schedule_name": "visits_daily"})
        found = instance.get_run_records(tag, ascending=True)
        states = [each.dagster_run.status for each in found]
        assert dg.DagsterRunStatus.FAILURE not in states, log.read_text()[-3000:]
        if states == [dg.DagsterRunStatus.SUCCESS] * count:
            return list(found)
        time.sleep(0.5)
    raise AssertionError(f"{states}; the end of the log:\n{log.read_text()[-3000:]}")


@contextmanager
def daemon(module: list[str], environment: dict[str, str], folder: Path) -> Iterator[Path]:
    """Dagster's daemon with the code location of a module; gives its log."""
    log = folder / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "dagster._daemon", "run", *module]
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield log
    finally:
        for left in of_session(process.pid):
            os.kill(left, signal.SIGKILL)
        process.wait()
