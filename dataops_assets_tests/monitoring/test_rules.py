"""Rules, routes and dashboard of deploy/monitoring: right by their own checkers, and run for real."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dataops_assets import build
from dataops_assets.commands.metrics import collector_of
from dataops_assets.discovery import Datasets
from dataops_assets.model import Freshness
from dataops_assets.monitoring.families import FAMILIES
from dataops_assets.monitoring.send import served
from dataops_assets_tests.alerting.servers import Hook, hook
from dataops_assets_tests.commands.conftest import Dataops, dataops, home, use
from dataops_assets_tests.delivery.project import ROOT, document, text
from dataops_assets_tests.monitoring.programs import asked, checked, free_port, running, until
from dataops_assets_tests.proofs import shop
from dataops_assets_tests.proofs.shop import DAYS, offer

__all__ = ["dataops", "home"]

PLACE = ROOT / "deploy" / "monitoring"
CASES = ROOT / "dataops_assets_tests" / "monitoring" / "rules_test.yaml"
OTHERS = {"up", "push_time_seconds"}
"""Metrics that Prometheus and the Pushgateway have of themselves."""


def rules() -> list[dict[str, Any]]:
    return [rule for group in document("deploy/monitoring/dataops.rules.yaml")["groups"] for rule in group["rules"]]


def metrics_in(expression: str) -> set[str]:
    """The names of metrics in PromQL: words that are followed by no bracket and stand in no braces or brackets."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without|ignoring)\s*\([^)]*\)", " ", expression)
    words = re.findall(r"(?<!\w)[a-zA-Z_:][\w:]*(?!\w|\s*\()", bare)
    return set(words) - {"and", "or", "unless", "bool", "offset", "group_left", "group_right"}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_is_there_and_has_a_case(rule: dict[str, Any]) -> None:
    assert metrics_in(rule["expr"]) <= FAMILIES.keys() | OTHERS
    assert rule["labels"]["severity"] in ("critical", "warning")
    cases = [case for test in document(str(CASES.relative_to(ROOT)))["tests"] for case in test["alert_rule_test"]]
    mine = [bool(case["exp_alerts"]) for case in cases if case["alertname"] == rule["alert"]]
    assert True in mine, "there is no moment at which it fires"
    assert False in mine, "there is none at which it does not"


@pytest.mark.slow
def test_their_own_checkers(tmp_path: Path) -> None:
    assert "14 rules found" in checked("promtool", "check", "config", PLACE / "prometheus.yaml")
    assert len(rules()) == 14
    checked("amtool", "check-config", PLACE / "alertmanager.yaml")
    for file in (CASES, PLACE / "dataops.rules.yaml"):
        shutil.copy(file, tmp_path)
    checked("promtool", "test", "rules", tmp_path / CASES.name)


@dataclass
class Watched:
    """The addresses of all that runs, and what each receiver was sent."""

    prometheus: str
    gateway: str
    hook: Hook

    def told(self, status: str) -> set[tuple[str, str, str]]:
        """Receiver, alert and asset of what was delivered."""
        return {
            (body["receiver"], each["labels"]["alertname"], each["labels"].get("asset", ""))
            for body, _ in list(self.hook.got)
            for each in body["alerts"]
            if each["status"] == status
        }

    def values(self, query: str) -> list[tuple[dict[str, str], float]]:
        found = asked(f"{self.prometheus}/api/v1/query", query=query)["result"]
        return [(each["metric"], float(each["value"][1])) for each in found]


@pytest.fixture
def watched(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Watched]:
    """The files of deploy/monitoring, all of them, at other ports, and with seconds in the place of minutes."""
    orders, stock = shop.sources(home)
    late = [Freshness(within=timedelta(hours=6))]
    use(monkeypatch, Datasets((replace(orders, statistics=late), stock), (shop.SALES, shop.trend)))
    folder = tmp_path / "monitoring"
    folder.mkdir()
    shutil.copy(PLACE / "dataops.rules.yaml", folder)
    web, alerts, gateway = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        receiver = stack.enter_context(hook())
        endpoint = stack.enter_context(served(collector_of(build.load_project()), "127.0.0.1", 0))
        ports = {"9464": endpoint, "9093": alerts, "9091": gateway, "5001": receiver.port}
        # A look takes a second or two, and much longer on a machine that has other work: no scrape shall be given up.
        quick = {"scrape_interval: 60s": "8s", "scrape_timeout: 50s": "8s", "evaluation_interval: 60s": "1s"}
        quick |= {"group_wait: 30s": "0s", "group_interval: 5m": "1s"}
        for name in ("prometheus.yaml", "alertmanager.yaml"):
            written = text(f"deploy/monitoring/{name}")
            for before, after in ports.items():
                written = written.replace(f"127.0.0.1:{before}", f"127.0.0.1:{after}")
            for before, after in quick.items():
                written = written.replace(before, f"{before.split()[0]} {after}")
            (folder / name).write_text(written)
        here = [f"http://127.0.0.1:{port}" for port in (web, alerts, gateway)]
        own = "--persistence.file=pushed"  # Debian's keeps what is pushed, in one place for the whole machine
        for name, ready, arguments in (
            ("prometheus-pushgateway", f"{here[2]}/-/ready", [own, f"--web.listen-address=127.0.0.1:{gateway}"]),
            (
                "prometheus-alertmanager",
                f"{here[1]}/-/ready",
                [
                    "--config.file=alertmanager.yaml",
                    "--storage.path=alerts",
                    "--cluster.listen-address=",
                    f"--web.listen-address=127.0.0.1:{alerts}",
                ],
            ),
            (
                "prometheus",
                f"{here[0]}/-/ready",
                [
                    "--config.file=prometheus.yaml",
                    "--storage.tsdb.path=data",
                    f"--web.listen-address=127.0.0.1:{web}",
                ],
            ),
        ):
            stack.enter_context(running(name, folder, ready, arguments))
        yield Watched(here[0], here[2], receiver)


@pytest.mark.slow
def test_what_goes_wrong_is_told_and_that_it_is_mended(watched: Watched, dataops: Dataops, home: Path) -> None:
    one = DAYS[0]
    offer(home, {one: "bad"})
    assert dataops("run", "--select", "+staged/stock,+staged/orders", "--partitions", one).code == 1
    stopped = ("on call", "DataopsStopped", "staged/stock")
    until(lambda: stopped in watched.told("firing"), "the check that stops the stock is told")
    until(lambda: ("on call", "DataopsLate", "staged/orders") in watched.told("firing"), "that orders are late is told")
    assert watched.values('dataops_partitions{asset="staged/stock",state="failed",job="dataops"}')[0][1] == 1

    offer(home, {one: "old"})
    assert dataops("run", "--select", "+staged/stock", "--partitions", one).code == 0
    until(lambda: stopped in watched.told("resolved"), "that the stock is mended is told")

    assert not watched.values('push_time_seconds{job="nightly"}')
    assert dataops("metrics", "--push", watched.gateway, "--job", "nightly").code == 0
    until(lambda: watched.values('dataops_rows{job="nightly",asset="staged/stock"}'), "what was pushed is there")
    assert [value for _, value in watched.values('dataops_rows{job="nightly",asset="staged/stock"}')] == [3]
    (pushed,) = watched.values('time() - push_time_seconds{job="nightly"} and on (job) dataops_build_info')
    assert pushed[1] < 60

    evaluated = [
        each
        for group in asked(f"{watched.prometheus}/api/v1/rules")["groups"]
        for each in group["rules"]
        if each["health"] == "ok"
    ]
    assert {each["name"] for each in evaluated} == {rule["alert"] for rule in rules()}
    for title, expression in expressions():
        values = watched.values(without_variables(expression))
        assert values or metrics_in(expression) <= NOT_HERE or title in EMPTY, title
    names = {name for name in FAMILIES if watched.values(name)}
    assert FAMILIES.keys() - names == NOT_HERE, "each metric is there under its name, but for those"


EMPTY = {"Writes that did not pass"}  # its counters have not risen since they are scraped
NOT_HERE = {
    "dataops_daemon_heartbeat_timestamp_seconds",  # no daemon runs
    "dataops_bigquery_bytes_billed_total",  # nor is it BigQuery
    "dataops_bigquery_slot_seconds_total",
}


@pytest.mark.slow
@pytest.mark.parametrize(("severity", "receiver"), [("critical", "on call"), ("warning", "team")])
def test_who_is_told(severity: str, receiver: str) -> None:
    file = PLACE / "alertmanager.yaml"
    said = checked("amtool", "config", "routes", "test", f"--config.file={file}", f"severity={severity}")
    assert said.splitlines()[-1] == receiver


def expressions() -> list[tuple[str, str]]:
    """Of the dashboard: the title of each panel, with what it asks."""
    panels = json.loads(text("deploy/monitoring/dashboard.json"))["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", ())]


def without_variables(expression: str) -> str:
    return re.sub(r'(\w+=~)"\$\w+"', r'\1".*"', expression)


def test_the_dashboard_asks_for_what_is_there() -> None:
    dashboard = json.loads(text("deploy/monitoring/dashboard.json"))
    for title, expression in expressions():
        for name in metrics_in(expression):
            assert name in FAMILIES, title
            labels = {*FAMILIES[name].labels, "job", "instance"}
            for selected in re.findall(rf"{name}\{{([^}}]*)\}}", expression):
                assert set(re.findall(r"(\w+)(?:=|!)", selected)) <= labels, title
    declared = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert set(re.findall(r"\$\{?(\w+)", text("deploy/monitoring/dashboard.json"))) - {"__all"} == declared
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))


def test_the_page_names_all_rules() -> None:
    assert set(re.findall(r"`(Dataops\w+)`", text("docs/watching.md"))) == {rule["alert"] for rule in rules()}


def test_no_panels_lie_upon_each_other() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in json.loads(text("deploy/monitoring/dashboard.json"))["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, f"{panel['title']} and {taken[x, y]}"
                taken[x, y] = panel["title"]
