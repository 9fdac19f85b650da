"""Ctrl-C where nothing is written ends the process at once, with one line and no traceback."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from dataops_assets.commands.interrupts import CODE, WORDS, at_once
from dataops_assets.discovery import Datasets
from dataops_assets.runs import runner
from dataops_assets.runs.failures import Failures
from dataops_assets.sources import Files
from dataops_assets.sources.base import Extraction, Request
from dataops_assets_tests.commands.conftest import Dataops, use
from dataops_assets_tests.proofs.shop import DAYS, ORDERS_ALONE, offer, sources, take
from dataops_assets_tests.support import make_project

QUERY = "select count(*) from range(100000) as a, range(1000000) as b where a.range * b.range % 7 = 1"
"""It computes for hours, and looks for an interrupt when it has an answer."""
MAIN = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
from dataops_assets.cli import main
print("begun", flush=True)
sys.exit(main(sys.argv[1:]))
"""


def interrupted(home: Path, after: float, *arguments: str) -> tuple[int, str]:
    """Exit code and errors of a command that is sent SIGINT some seconds after it has begun."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DATAOPS_", "DAGSTER_"))}
    environment |= {"DATAOPS_HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", MAIN, *arguments]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            pytest.fail("the interrupt was not heard")
    return process.returncode, errors


@pytest.mark.parametrize("after", [0.2, 0.7, 3])
def test_a_query_that_computes_or_has_not_begun(home: Path, after: float) -> None:
    assert interrupted(home, after, "query", QUERY) == (CODE, f"{WORDS}\n")


@pytest.mark.parametrize("command", ["status", "run", "rebuild"])
def test_what_is_still_being_imported(home: Path, command: str) -> None:
    assert interrupted(home, 0.6, command) == (CODE, f"{WORDS}\n")


def test_behind_it_an_interrupt_is_an_exception_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    with at_once():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert [thread for thread in threading.enumerate() if "_watch" in thread.name] == []


def test_where_the_signal_is_ignored_it_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with at_once():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_it_does_nothing() -> None:
    seen = []

    def work() -> None:
        with at_once():
            seen.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


class Interrupting:
    """A source that is read while a signal comes, the first time."""

    def __init__(self, files: Files) -> None:
        self._files, self._asked = files, 0

    def extract(self, request: Request) -> Extraction:
        self._asked += 1
        if self._asked == 1:
            signal.raise_signal(signal.SIGTERM)
        return self._files.extract(request)


def test_an_extraction_is_ended_and_not_tried_again(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(home, {DAYS[0]: "old"})
    orders, _ = sources(home)
    use(monkeypatch, Datasets((replace(orders, extract=Interrupting(orders.extract)),), ()))
    before = signal.getsignal(signal.SIGTERM)
    began = time.monotonic()
    result = dataops("run", "--partitions", DAYS[0])
    assert (result.code, result.err) == (CODE, f"{WORDS}\n"), result.out
    assert "is tried again" not in result.out
    assert time.monotonic() - began < 8, "Dagster waits for ten seconds and more before it tries again"
    assert signal.getsignal(signal.SIGTERM) == before
    status = dataops("status", "--select", "raw/orders").out
    assert WORDS in status
    assert "correct the source" not in status
    assert "mend what" not in status
    assert f"dataops run --select raw/orders+ --partitions {DAYS[0]}" in status


@pytest.mark.parametrize("place", ["a resource", "an asset that is tried again", "the last step"])
def test_an_interrupt_ends_a_run_wherever_dagster_hears_it(place: str) -> None:
    """It takes one for a fault of the run, one for a failure that is worth another try, and forgets one at the end."""

    @dg.resource
    def store() -> None:
        if place == "a resource":
            signal.raise_signal(signal.SIGINT)

    tries = []

    @dg.asset(required_resource_keys={"store"}, retry_policy=dg.RetryPolicy(max_retries=1, delay=8))
    def plain() -> None:
        tries.append(1)
        if place == "an asset that is tried again" and len(tries) == 1:
            signal.raise_signal(signal.SIGINT)

    def say(text: str) -> None:
        if place == "the last step" and "plain" in text:
            signal.raise_signal(signal.SIGINT)

    logger = runner.progress_logger(say)
    definitions = dg.Definitions([plain], resources={"store": store}, loggers={"console": logger})
    with dg.DagsterInstance.ephemeral() as instance:
        with pytest.raises(KeyboardInterrupt):
            list(runner.run(definitions, instance))
        [run] = instance.get_runs()
        assert Failures(instance).reason(run.run_id, "plain") == WORDS


def test_a_function_that_is_interrupted_is_not_at_fault(tmp_path: Path) -> None:
    """DuckDB's error for it would be put on record as a fault of the function, or of its rows."""

    def sales(orders: pd.DataFrame) -> pd.DataFrame:
        raise RuntimeError("Query interrupted")

    offer(tmp_path, {DAYS[0]: "old"})
    table = replace(ORDERS_ALONE, sql=None, function=sales, lineage={"day": ["orders.day"]})
    project = make_project(tmp_path, sources(tmp_path)[0], table)
    with pytest.raises(RuntimeError, match=r"^Query interrupted$"):
        take(project, DAYS[:1])
    assert project.storage.warehouse.query("SELECT DISTINCT asset FROM staging._ledger").to_pylist() == [
        {"asset": "staged/orders"}
    ]
