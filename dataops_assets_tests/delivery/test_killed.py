"""A backfill in whose middle each process of a deployment is killed and started again, as its engine does it."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pandas as pd
import pytest
import yaml
from google.cloud import storage

from dataops_assets.build import Project
from dataops_assets.discovery import discover
from dataops_assets.settings import Settings
from dataops_assets_tests.delivery.processes import Processes
from dataops_assets_tests.delivery.project import document, text
from dataops_assets_tests.delivery.test_ui import BACKFILL, START
from dataops_assets_tests.oracle import Published, check_carrier_daily, check_flight_performance
from dataops_assets_tests.sources.postgres import server
from dataops_assets_tests.support import rows, succeed

pytestmark = pytest.mark.slow
DAYS = "2013-01-01", "2013-01-06"
OF_DAGSTER = r"\s(PGTZ|DAGSTER_BACKFILL_\w+)=(\S+)"
"""What the image sets for Dagster's sake, whatever is run in it."""
TABLES = ("flight_performance", "carrier_daily")
RUNS = """{ runsOrError(limit: 100) { ... on Runs { results { runId status rootRunId tags { key value } } } } }"""
STEPS = """
query ($id: ID!) { runOrError(runId: $id) { ... on Run { stepStats { stepKey status } } } }
"""


class Deployment(Processes):
    """The three processes of deploy/compose.yaml, with Dagster's storage in Postgres."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.environment |= {"DATAOPS_PARTITIONS_PER_RUN": "2"} | dict(re.findall(OF_DAGSTER, text("Dockerfile")))
        command = re.search(r"^CMD (\[.*\])$", text("Dockerfile"), re.MULTILINE)
        assert command
        services = document("deploy/compose.yaml")["services"]
        self.commands = {
            name: each.get("command") or json.loads(command[1])
            for name, each in services.items()
            if "profiles" not in each
        }
        for name in self.commands:
            self.begin(name)

    def begin(self, name: str) -> None:
        self.start(name, *self.commands[name])

    def ask(self, query: str, **variables: Any) -> Any:
        address = f"http://127.0.0.1:{self.ui}/graphql"
        answer = httpx.post(address, json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def wait(self, what: str, found: Callable[[], Any], seconds: float = 300) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if output := found():
                    return output
            except httpx.TransportError:
                pass  # the webserver, which takes its time to come up
            time.sleep(0.3)
        raise AssertionError(f"{what}: not within {seconds:.0f} s\n{self.said()}")

    def runs(self, *states: str) -> list[dict[str, Any]]:
        found = self.ask(RUNS)["runsOrError"]["results"]
        return [run for run in found if not states or run["status"] in states]

    def at_work(self) -> str | None:
        """A run of which a step has ended and another has not."""
        for run in self.runs("STARTED"):
            steps = [each["status"] for each in self.ask(STEPS, id=run["runId"])["runOrError"]["stepStats"]]
            if "SUCCESS" in steps and "IN_PROGRESS" in steps:
                return run["runId"]
        return None


@pytest.fixture
def deployment(tmp_path: Path, gcs: Any) -> Iterator[Deployment]:
    logs = gcs.name("logs")
    storage.Client(project=gcs.project).create_bucket(logs)
    # What deploy/compose.yaml shares is one file of DuckDB; and a lost run is looked for more often, to wait less.
    settings = document("deploy/gcp/dagster.yaml")
    settings["concurrency"]["runs"]["max_concurrent_runs"] = 2
    settings["run_monitoring"] |= {"poll_interval_seconds": 3}
    settings["run_coordinator"]["config"]["user_code_failure_retry_delay"] = 5
    with server() as postgres, ExitStack() as stack:
        yield Deployment(tmp_path, yaml.safe_dump(settings), postgres, gcs.project, logs, stack)


def test_a_backfill_in_which_every_process_is_killed_ends_right(deployment: Deployment, tmp_path: Path) -> None:
    graph = deployment.wait(
        "the code location", lambda: deployment.ask("{ assetNodes { assetKey { path } } }")["assetNodes"]
    )
    keys = [each["assetKey"] for each in graph if "delay_features" not in each["assetKey"]["path"]]
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range(*DAYS)]
    params = {"assetSelection": keys, "partitionNames": days, "title": "killed"}
    backfill = deployment.ask(START, params=params)["launchPartitionBackfill"]["backfillId"]

    lost = None
    for name in ("webserver", "daemon", "code"):
        at_work = deployment.wait("a run in the middle", deployment.at_work)
        killed = deployment.kill(name)
        if name == "code":
            lost = at_work
            assert killed > 1, "the run's own process as well"
        time.sleep(1)  # as an engine waits before it starts what has ended
        deployment.begin(name)
        deployment.wait("the webserver", lambda: deployment.runs())

    def over() -> Any:
        found = deployment.ask(BACKFILL, id=backfill)["partitionBackfillOrError"]
        return found["status"].startswith(("COMPLETED", "FAILED")) and found

    ended = deployment.wait("the end of the backfill", over, 900)
    assert ended["status"] == "COMPLETED_SUCCESS", f"{ended}\n{deployment.said()}"
    (failed,) = [run for run in deployment.runs("FAILURE") if run["runId"] == lost]
    again = [run["status"] for run in deployment.runs() if run["rootRunId"] == failed["runId"] != run["runId"]]
    assert again == ["SUCCESS"]
    for name in deployment.commands:
        deployment.kill(name)

    published = Published.of_days(tmp_path / "state", *DAYS)
    check_flight_performance(published)
    check_carrier_daily(published)
    # And the same as where nobody disturbed it, with nothing twice and nothing left over.
    other = Project(Settings(home=tmp_path / "undisturbed"), discover())
    succeed(other, None, days[0], days[-1], dg.DagsterInstance.ephemeral())
    for table in TABLES:
        sql = (
            "select columns(lambda c: c not in ('created_at', 'updated_at') and not starts_with(c, '_')) "
            f"from production.{table} order by all"
        )
        assert rows(published.project, sql) == rows(other, sql)
