"""`dataops ui` for somebody who has only the UI: a backfill, its results per partition, and the end of it all."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from dataops_assets_tests.delivery.project import ROOT

DAYS = ["2013-01-05", "2013-01-06", "2013-01-07"]
AFTER = 7
"""Days whose history is among these: a backfill of all asks for them too, and they are not loaded."""
START = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
BACKFILL = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    ... on PartitionBackfill { status runs: unfinishedRuns(limit: 10) { id } error { message } }
  }
}
"""
GRAPH = """
{
  repositoriesOrError { ... on RepositoryConnection { nodes { schedules { name } sensors { name } } } }
  assetNodes { assetKey { path } groupName description kinds partitionStats { numMaterialized numFailed } }
}
"""
CHECKED = """
query ($key: AssetKeyInput!, $day: String!) {
  assetCheckExecutions(assetKey: $key, checkName: "contract", limit: 5, partition: $day) { status }
}
"""


@dataclass
class Ui:
    """A running UI. process: leads a session of its own."""

    process: "subprocess.Popen[bytes]"
    url: str
    log: Path

    def ask(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def wait(self, what: str, found: Callable[[], Any], seconds: float) -> Any:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if output := found():
                return output
            time.sleep(0.5)
        raise AssertionError(f"{what}: not within {seconds:.0f} s; the end of the log:\n{self.log.read_text()[-3000:]}")

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/server_info", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


@pytest.fixture
def ui(tmp_path: Path) -> Iterator[Ui]:
    with started(tmp_path) as opened:
        yield opened


@contextmanager
def started(folder: Path, **settings: str) -> Iterator[Ui]:
    """A UI with its state in `folder/home`, started in the background by a shell without job control, which has its
    programs ignore SIGINT.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {"DATAOPS_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT), **settings}
    dataops = [sys.executable, "-m", "dataops_assets.cli", "ui", f"--port={port}"]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *dataops],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        opened = Ui(process, f"http://127.0.0.1:{port}", log)
        opened.wait("an answer", opened.answers, 120)
        yield opened
    finally:
        for left in of_session(process.pid):
            os.kill(left, signal.SIGKILL)
        process.wait()


def of_session(leader: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:  # it has ended meanwhile
                continue
            if int(session) == leader and state != "Z":
                found.append(int(folder.name))
    return found


def node(graph: Any, layer: str, table: str) -> Any:
    [found] = [each for each in graph["assetNodes"] if each["assetKey"]["path"] == [layer, table]]
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_a_backfill_from_the_ui(ui: Ui) -> None:
    graph = ui.wait("the code location", lambda: (g := ui.ask(GRAPH))["assetNodes"] and g, 120)
    [location] = graph["repositoriesOrError"]["nodes"]
    assert "weather_files" in {sensor["name"] for sensor in location["sensors"]}
    assert location["schedules"]
    staged = node(graph, "staged", "weather")
    assert (staged["groupName"], "duckdb" in staged["kinds"]) == ("2_staged", True)
    assert staged["description"]

    selection = [each["assetKey"] for each in graph["assetNodes"]]
    made = ui.ask(START, params={"assetSelection": selection, "partitionNames": DAYS, "title": "three days"})
    backfill = made["launchPartitionBackfill"]["backfillId"]

    def over() -> Any:
        output = ui.ask(BACKFILL, id=backfill)["partitionBackfillOrError"]
        assert not output["error"], output
        return output["status"].startswith("COMPLETED") and output["status"]

    assert ui.wait("the end of the backfill", over, 420) == "COMPLETED_FAILED"
    graph = ui.ask(GRAPH)
    for each in graph["assetNodes"]:
        layer, table = each["assetKey"]["path"]
        if each["partitionStats"]:
            failed = AFTER if table == "delay_features" else 0
            assert each["partitionStats"] == {"numMaterialized": len(DAYS), "numFailed": failed}, (layer, table)
    for layer, table in [("staged", "weather"), ("transformed", "delay_features")]:
        for day in DAYS:
            found = ui.ask(CHECKED, key={"path": [layer, table]}, day=day)["assetCheckExecutions"]
            assert [each["status"] for each in found] == ["SUCCEEDED"], (layer, table, day)

    assert len(of_session(ui.process.pid)) > 2  # webserver, daemon and code location besides itself
    ui.process.terminate()
    ui.process.wait(60)
    # The code location ends when it no longer hears from the webserver.
    ui.wait("the end of all processes", lambda: not of_session(ui.process.pid), 90)
