"""`dataops metrics`: each figure is what the books and Dagster's instance have, and nothing is missing in silence."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dataops_assets import build
from dataops_assets.commands.metrics import collector_of
from dataops_assets.discovery import Datasets
from dataops_assets.model import Freshness
from dataops_assets.monitoring.families import FAMILIES
from dataops_assets.monitoring.send import text_of
from dataops_assets.runs import runner
from dataops_assets.settings import Settings
from dataops_assets_tests.alerting.servers import hook
from dataops_assets_tests.commands.conftest import Dataops, dataops, home, use
from dataops_assets_tests.delivery.project import ROOT
from dataops_assets_tests.proofs import shop
from dataops_assets_tests.proofs.shop import DAYS, ORDERS, offer

__all__ = ["dataops", "home"]

ONE, TWO = DAYS[:2]


def samples(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels, these in the order of FAMILIES."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, *(sample.labels[name] for name in FAMILIES[sample.name].labels)] = sample.value
    return found


def said(call: Dataops) -> dict[tuple[str, ...], float]:
    result = call("metrics")
    assert (result.code, result.err) == (0, "")
    return samples(result.out)


def test_where_nothing_was_run(dataops: Dataops, home: Path) -> None:
    found = said(dataops)
    assert found["dataops_partitions", "staged/orders", "missing"] == len(DAYS)
    assert found["dataops_partitions", "staged/orders", "loaded"] == 0
    assert found["dataops_runs", "crashed"] == 0
    assert {part: value for (name, *part), value in found.items() if name == "dataops_collected" for part in part} == {
        "ledger": 1,
        "dagster": 1,
        "alerts": 1,
    }
    assert not (home / "dagster").exists(), "to look makes nothing"


def test_each_figure_is_what_is_on_record(dataops: Dataops, home: Path) -> None:
    offer(home, {ONE: "old", TWO: "old"})
    began = time.time()
    assert dataops("run", "--partitions", f"{ONE}..{TWO}").code == 0
    offer(home, {TWO: "bad"})
    assert dataops("run", "--select", "+staged/stock", "--partitions", TWO).code == 1
    found = said(dataops)

    assert found["dataops_partitions", "staged/orders", "loaded"] == 2
    assert found["dataops_partitions", "staged/orders", "missing"] == 3
    assert found["dataops_partitions", "staged/stock", "failed"] == 1
    assert found["dataops_partitions", "staged/stock", "loaded"] == 2, "what was there stands"
    assert found["dataops_rows", "staged/orders"] == 2 * ORDERS
    assert found["dataops_rows_changed_total", "staged/orders", "inserted"] == 2 * ORDERS
    kept = dataops("query", "select sum(rows_quarantined) as n from staging._ledger where asset = 'staged/orders'")
    assert found["dataops_quarantined_rows", "staged/orders"] == int(kept.out.split()[-1]) > 0
    assert found["dataops_writes_total", "staged/stock", "passed"] == 2
    assert found["dataops_writes_total", "staged/stock", "failed"] == 1
    assert found["dataops_alerting_partitions", "staged/stock", "contract", "stop"] == 1
    stored = sum(path.stat().st_size for path in home.rglob("staging/raw_orders/**/*.csv*"))
    assert found["dataops_extracted_bytes_total", "raw/orders"] == stored > 0
    assert found["dataops_runs", "succeeded"] == 1
    assert found["dataops_runs", "failed"] == 1
    assert began < found["dataops_last_run_end_timestamp_seconds", "failed"] < time.time()
    assert began < found["dataops_last_write_timestamp_seconds", "production/sales"] < time.time()
    assert 0 < found["dataops_step_seconds_total", "staged/orders"] < time.time() - began
    assert found["dataops_step_cpu_seconds_total", "staged/orders"] > 0
    assert 10**7 < found["dataops_step_peak_memory_bytes", "staged/orders"] < 10**11
    midnight = shop.CALENDAR.of(TWO).end.timestamp()
    assert found["dataops_newest_partition_end_timestamp_seconds", "production/sales"] == midnight
    assert found["dataops_next_partition_end_timestamp_seconds", "production/sales"] == midnight + 86400
    assert ("dataops_next_partition_due_timestamp_seconds", "staged/orders") not in found, "it declares no Freshness"


def test_when_the_next_partition_is_due(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders, stock = shop.sources(home)
    late = [Freshness(within=timedelta(hours=6))]
    use(monkeypatch, Datasets((replace(orders, statistics=late), replace(stock, statistics=late)), ()))
    offer(home, dict.fromkeys(DAYS, "old"))
    assert dataops("run", "--select", "+staged/stock", "--partitions", f"{DAYS[0]}..{DAYS[-1]}").code == 0
    found = said(dataops)
    first = shop.CALENDAR.of(ONE).end.timestamp()
    assert found["dataops_next_partition_due_timestamp_seconds", "staged/orders"] == first + 6 * 3600
    assert found["dataops_alerting_partitions", "staged/orders", "freshness", "warn"] == 1
    assert not [key for key in found if key[0].startswith("dataops_next_") and key[1] == "staged/stock"], "all is there"


def test_a_process_that_is_gone_has_crashed(dataops: Dataops, home: Path) -> None:
    settings = Settings.from_environment()
    with runner.open_instance(settings) as instance:
        for status in (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.QUEUED):
            instance.create_run_for_job(
                dg.job(name="any")(lambda: None), status=status, tags={runner.TAG: f"{os.uname().nodename} 0 0"}
            )
        instance.add_daemon_heartbeat(heartbeat(1000.0))
    found = said(dataops)
    assert (found["dataops_runs", "crashed"], found["dataops_runs", "failed"]) == (1, 0)
    assert found["dataops_runs", "queued"] == 1
    assert time.time() - found["dataops_last_run_end_timestamp_seconds", "crashed"] < 60
    assert found["dataops_daemon_heartbeat_timestamp_seconds", "sensor"] == 1000


def heartbeat(timestamp: float) -> Any:
    from dagster._daemon.types import DaemonHeartbeat

    return DaemonHeartbeat(timestamp, "SENSOR", "one", [])


def test_what_cannot_be_asked_is_said_and_keeps_back_nothing_else(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(home, {ONE: "old"})
    assert dataops("run", "--select", "+staged/stock", "--partitions", ONE).code == 0
    (home / "warehouse.duckdb").write_bytes(b"no database")
    result = dataops("metrics")
    found = samples(result.out)
    assert result.code == 1
    assert "metrics of ledger are missing: " in result.err
    assert [found["dataops_collected", part] for part in ("ledger", "dagster", "alerts")] == [0, 1, 0]
    assert found["dataops_runs", "succeeded"] == 1
    assert ("dataops_rows", "staged/stock") not in found


def test_what_was_read_of_the_event_log_is_not_read_again(dataops: Dataops, home: Path) -> None:
    offer(home, {ONE: "old", TWO: "old"})
    assert dataops("run", "--select", "+staged/stock", "--partitions", ONE).code == 0
    collector = collector_of(build.load_project())
    name = ("dataops_rows_changed_total", "staged/stock", "inserted")
    first = samples(text_of(collector))[name]
    assert samples(text_of(collector))[name] == first > 0
    assert dataops("run", "--select", "+staged/stock", "--partitions", TWO).code == 0
    whole = samples(text_of(collector_of(build.load_project())))[name]
    assert samples(text_of(collector))[name] == whole > first


def test_no_more_often_than_it_is_told(dataops: Dataops, home: Path) -> None:
    seldom = collector_of(build.load_project(), every=600)
    before = text_of(seldom)
    offer(home, {ONE: "old"})
    assert dataops("run", "--select", "+staged/stock", "--partitions", ONE).code == 0
    assert text_of(seldom) == before
    assert text_of(collector_of(build.load_project())) != before


def test_all_that_is_said_is_named_with_its_kind(dataops: Dataops) -> None:
    for name, family in FAMILIES.items():
        assert name.endswith("_total") == (family.kind == "counter"), name
        assert family.help.endswith(".")
        assert "partition" not in family.labels, "their number grows with time"
    declared = {name.removesuffix("_total") for name in FAMILIES}
    assert {family.name for family in text_string_to_metric_families(dataops("metrics").out)} <= declared


def test_the_page_names_them_all() -> None:
    page = (ROOT / "docs" / "watching.md").read_text()
    assert set(re.findall(r"`(dataops_[a-z_]+)`", page)) == FAMILIES.keys()


@pytest.mark.slow
def test_served_until_it_is_told_to_end(home: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATAOPS_")}
    environment |= {"DATAOPS_HOME": str(home)}
    command = [sys.executable, "-m", "dataops_assets.cli", "metrics", "--serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            address = re.search(r"http://127\.0\.0\.1:\d+/metrics", server.stdout.readline())
            assert address
            with urllib.request.urlopen(address[0], timeout=30) as answer:
                assert answer.headers["Content-Type"].startswith("text/plain; version=")
                assert samples(answer.read().decode())["dataops_collected", "ledger"] == 1
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--serve", "--port", "70000"], "cannot listen on 127.0.0.1:70000: "),
        (["--serve", "--every", "-1"], "--every -1.0: seconds, 0 or more"),
    ],
)
def test_what_cannot_be_served(dataops: Dataops, options: list[str], words: str) -> None:
    result = dataops("metrics", *options)
    assert result.code == 2
    assert words in result.err


def test_a_port_that_is_taken(dataops: Dataops) -> None:
    with hook() as other:
        result = dataops("metrics", "--serve", "--port", str(other.port))
    assert result.code == 2
    assert f"cannot listen on 127.0.0.1:{other.port}: Address already in use; another port: --port" in result.err


def test_a_gateway_that_is_gone_fails_and_says_so(dataops: Dataops) -> None:
    with hook() as gone:
        address = f"http://127.0.0.1:{gone.port}"
    result = dataops("metrics", "--push", address)
    assert result.code == 1
    assert result.err.startswith("--push: the Pushgateway cannot be reached: ")
