"""What messages ask for, under Dagster's own daemon, which is killed where it hurts."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets.automation.message_sensors import HEAR
from dataops_assets.build import Project
from dataops_assets.discovery import discover
from dataops_assets.messages.message import PartitionMessage, encoded
from dataops_assets.runs import runner
from dataops_assets.settings import Settings
from dataops_assets_tests.automation.test_daemon import daemon
from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.messages.scene import DEAD, ONE, SUBSCRIPTION, TOPIC, TWO
from dataops_assets_tests.messages.test_heard import told
from dataops_assets_tests.standins.pubsub import PubSubServer
from dataops_assets_tests.support import rows

DATASETS = '''
from dataops_assets.model import Contract, Daily, Date, Integer, Source, column
from dataops_assets.sources import Files

class Visits(Contract):
    """Visits."""
    day: Date = column("The day.")
    visit: Integer = column("Number.")

visits = Source(
    name="visits", contract=Visits, partition=Daily(start="2024-01-01", column="day"), key=["day", "visit"],
    extract=Files("{folder}/{{partition.start:%Y-%m-%d}}.csv"),
)
'''


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_a_daemon_that_is_killed_starts_nothing_twice(
    tmp_path: Path, server: PubSubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, folder, home = (tmp_path / name for name in ("a_shop_that_hears", "files", "home"))
    for made in (package, folder, home / "dagster"):
        made.mkdir(parents=True)
    for day in (ONE, TWO):
        (folder / f"{day}.csv").write_text(f"day,visit\n{day},1\n")
    (package / "__init__.py").write_text(DATASETS.format(folder=folder))
    (home / "dagster" / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(home / "dagster"))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, package.name, raising=False)
    project = Project(Settings(home=home, datasets=(package.name,)), discover(package.name))
    environment = os.environ | {
        "DATAOPS_HOME": str(home),
        "DATAOPS_DATASETS": package.name,
        "DATAOPS_MESSAGES_SUBSCRIPTION": SUBSCRIPTION,
        "DATAOPS_MESSAGES_DEAD_LETTER": DEAD,
        "DATAOPS_MESSAGES_TABLES": "production/theirs=visits",
        "PYTHONPATH": f"{ROOT}:{tmp_path}",
    }
    module = ["-m", "dataops_assets.definitions"]
    first, second = told(ONE), told(TWO)
    with runner.open_instance(project.settings) as instance:
        begin = [sys.executable, "-m", "dagster", "sensor", "start", HEAR, *module]
        subprocess.run(begin, env=environment, cwd=tmp_path, check=True, capture_output=True, timeout=120)

        def runs() -> list[dg.DagsterRun]:
            return list(instance.get_runs(dg.RunsFilter(tags={"dagster/sensor_name": HEAR})))

        say(first)
        with daemon(module, environment, tmp_path) as log:
            until(lambda: bool(server.pulled[SUBSCRIPTION]), log)  # and killed: nothing is on record, or just now
        server.pass_deadlines()
        with daemon(module, environment, tmp_path) as log:
            until(lambda: bool(runs()), log)  # and killed: it is on record, and not acknowledged
        server.pass_deadlines()
        say(first, second)
        with daemon(module, environment, tmp_path) as log:
            until(lambda: len(server.acknowledged) == 3, log)
            until(lambda: any(run.is_success for run in runs() if run.tags["dagster/run_key"] == second.id), log)
        keys = sorted(run.tags["dagster/run_key"] for run in runs())
    assert keys == sorted([first.id, second.id])
    assert not server.published.get(DEAD)
    # The run that was killed with its daemon is on record, and its rerun a matter of the monitoring of runs.
    assert f"{TWO}" in {f"{row['day']}" for row in rows(project, "select day from staging.raw_visits")}


def say(*messages: PartitionMessage) -> None:
    from google.cloud import pubsub_v1

    client = pubsub_v1.PublisherClient()
    for message in messages:
        client.publish(TOPIC, encoded(message).encode()).result()
    client.transport.close()


def until(there: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + 180
    while not there():
        assert time.monotonic() < end, log.read_text()[-3000:]
        time.sleep(0.05)
