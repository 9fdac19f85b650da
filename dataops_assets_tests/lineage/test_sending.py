"""Sending: the order is kept, nothing is raised, and nothing is done where the client is not set up."""

import json
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from openlineage.client import OpenLineageClient
from openlineage.client.serde import Serde

from dataops_assets.lineage import sending
from dataops_assets.lineage.addresses import of_source
from dataops_assets.lineage.events import event_of
from dataops_assets.lineage.sending import Sender
from dataops_assets.lineage.step import Step
from dataops_assets.messages import kafka
from dataops_assets_tests.lineage.backend import backend, client, problems


def test_what_waits_goes_first(caplog: pytest.LogCaptureFixture) -> None:
    def tell(asset: str) -> list[tuple[str, str]]:
        step = Step(run_id="", job="", asset=asset, state="START", at=datetime.now(UTC))
        sender.send(step)
        sender.send(replace(step, state="COMPLETE"))
        return [("START", asset), ("COMPLETE", asset)]

    with backend() as gone:
        pass
    now = [0.0]
    sender = Sender("tests", "1.0", lambda: client(gone), lambda: now[0])
    with caplog.at_level(logging.WARNING):
        first = tell("raw/visits")
    assert "OpenLineage cannot be told, and an event waits" in caplog.text
    with backend(gone.port) as seen:
        now[0] = 10.0
        first += tell("staged/visits")
        assert seen.told == [], "it is not asked for a while"
        now[0] = 60.0
        assert [*first, *tell("transformed/pages")] == seen.told

        seen.events.clear()
        seen.answer = lambda event: 400 if event["eventType"] == "START" else 201
        assert tell("production/pages")[1:] == seen.told, "a refusal holds nothing up"
        assert "refuses an event" in caplog.text
        seen.events.clear()
        seen.answer = lambda event: 503
        last = tell("raw/visits")
        seen.answer = lambda event: 201
        sender.close()
        assert seen.told == last, "at the end of the process what waits is tried once more"


def test_kafka_is_told_in_order() -> None:
    cluster = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    [broker] = cluster.list_topics(timeout=10).brokers.values()
    brokers = f"{broker.host}:{broker.port}"
    transport = {"type": "kafka", "topic": "lineage", "config": {"bootstrap.servers": brokers}}
    sender = Sender("tests", "1.0", lambda: OpenLineageClient(config={"transport": transport}))
    step = Step(run_id="", job="", asset="raw/visits", state="START", at=datetime.now(UTC))
    sender.send(step)
    sender.send(replace(step, state="COMPLETE"))
    sender.close()
    with kafka.subscriber(f"kafka://{brokers}/lineage?group=looks") as looks:
        events = [json.loads(each.body) for each in looks.pull(10)]
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"]
    assert [problem for event in events for problem in problems(event)] == []
    cluster.flush(1)


@pytest.mark.slow
def test_a_broker_that_is_gone_is_waited_for_once(caplog: pytest.LogCaptureFixture) -> None:
    with backend() as gone:
        pass
    transport = {"type": "kafka", "topic": "lineage", "config": {"bootstrap.servers": f"127.0.0.1:{gone.port}"}}
    sender = Sender("tests", "1.0", lambda: OpenLineageClient(config={"transport": transport}))
    began = time.monotonic()
    with caplog.at_level(logging.WARNING):
        for number in range(5):
            sender.send(Step(run_id="", job="", asset=f"raw/{number}", state="START", at=datetime.now(UTC)))
        assert time.monotonic() - began < 8
        sender.close()
    assert time.monotonic() - began < 20
    assert "the run goes on" in caplog.text
    assert "may not have been sent" in caplog.text


def test_a_client_that_cannot_be_made_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Any:
        raise ValueError("Failed to parse OpenLineage config.")

    sender = Sender("tests", "1.0", broken)
    with caplog.at_level(logging.WARNING):
        sender.send(Step(run_id="", job="", asset="raw/visits", state="START", at=datetime.now(UTC)))
        sender.close()
    assert "Failed to parse OpenLineage config" in caplog.text


def test_the_backend_tells_a_wrong_event() -> None:
    step = Step(run_id="", job="", asset="raw/visits", state="START", at=datetime.now(UTC), description="Words.")
    right = json.loads(Serde.to_json(event_of(step, "tests", "1.0")))
    assert problems(right) == []
    for wrong in (
        {**right, "eventTime": "2024-01-01T00:00:00"},
        {**right, "run": {**right["run"], "runId": "17"}},
        {**right, "job": {"name": "raw/visits"}},
        {**right, "job": {**right["job"], "facets": {"sql": {"_schemaURL": "…/SQLJobFacet", "_producer": "x"}}}},
    ):
        assert problems(wrong), wrong


@pytest.mark.parametrize(
    ("variables", "file", "on"),
    [
        ({}, False, False),
        ({"OPENLINEAGE_URL": "http://127.0.0.1:1"}, False, True),
        ({"OPENLINEAGE__TRANSPORT__TYPE": "console"}, False, True),
        ({"OPENLINEAGE_NAMESPACE": "mine"}, False, False),
        ({}, True, True),
        ({"OPENLINEAGE_URL": "http://127.0.0.1:1", "OPENLINEAGE_DISABLED": "true"}, True, False),
    ],
)
def test_it_is_on_where_the_client_is_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], file: bool, on: bool
) -> None:
    monkeypatch.setattr(sending, "_sender", None)
    monkeypatch.setattr(sending.atexit, "register", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if file:
        (tmp_path / "openlineage.yml").write_text("transport: {type: console}\n")
    sending.configure("tests", "1.0")
    assert sending.is_on() is on


@pytest.mark.parametrize(
    ("origin", "named"),
    [
        (
            {"kind": "rest", "url": "https://api.example.com:8080/v1/x?key=***"},
            ("https://api.example.com:8080", "/v1/x"),
        ),
        ({"kind": "files", "path": "gs://exports/a/2024-01-01.csv"}, ("gs://exports", "a")),
        ({"kind": "files", "path": "/exports/2024-01-01.csv"}, ("file", "/exports")),
        (
            {"kind": "sql", "url": "postgresql://db:5433/shop", "table": "orders"},
            ("postgres://db:5433", "shop.public.orders"),
        ),
        ({"kind": "sql", "url": "postgresql://db/shop", "table": "a.orders"}, ("postgres://db:5432", "shop.a.orders")),
        ({"kind": "sql", "url": "bigquery://p/sales", "table": "orders"}, ("bigquery", "p.sales.orders")),
        (
            {"kind": "sql", "url": "sqlite:///shop.db", "query": "with a as (select 1) select * from orders, a"},
            ("sqlite:///shop.db", "orders"),
        ),
    ],
)
def test_a_source_is_called_as_others_call_it(origin: dict[str, str], named: tuple[str, str]) -> None:
    assert of_source(origin, partitioned=True) == [named]


def test_what_a_source_of_ones_own_is_called_is_not_known() -> None:
    assert of_source({"kind": "scripted"}, partitioned=True) == []
    assert of_source({"kind": "sql", "url": "sqlite:///shop.db", "query": "select 'open"}, partitioned=False) == []
