"""`dataops alerts`: for those who have no daemon; and what `dataops status` says of a route that is down."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dataops_assets import build
from dataops_assets_tests.alerting.servers import hook
from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.proofs.shop import DAYS, offer

ONE = DAYS[0]
FILE = """
[[route]]
name = "on call"
to = "webhook"
url_env = "TEST_HOOK"
tables = ["staged/*"]
"""


def test_it_names_what_is_wrong_and_sends_it_once(
    dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dataops("alerts").out == (
        "nothing is wrong\n\nnobody is told: DATAOPS_ALERTS names no file with routes (docs/alerts.md)\n"
    )
    assert not (home / "dagster").exists()
    assert dataops("alerts", "--send").code == 2
    offer(home, {ONE: "bad"})
    assert dataops("run", "--select", "+staged/stock", "--partitions", ONE).code == 1

    (home / "alerts.toml").write_text(FILE)
    monkeypatch.setenv("DATAOPS_ALERTS", str(home / "alerts.toml"))
    monkeypatch.setenv("DATAOPS_UI_URL", "https://dagster.example.com/")
    build.load_project.cache_clear()
    said = dataops("alerts")
    assert said.code == 0
    assert said.out.splitlines()[1] == f"[stop] check contract of staged/stock {ONE} fails"
    assert "    told to: on call\n" in said.out
    assert f"      dataops run --select +staged/stock+ --partitions {ONE}\n" in said.out

    with hook() as gone:
        monkeypatch.setenv("TEST_HOOK", f"http://127.0.0.1:{gone.port}/SECRETpath")
    sent = dataops("alerts", "--send")
    assert sent.code == 1
    assert f"  on call: [stop] check contract of staged/stock {ONE} fails\n" in sent.out
    assert "\n      127.0.0.1 cannot be reached: " in sent.out
    found: dict[str, Any] = json.loads(dataops("alerts", "--format", "json").out)
    assert [(each["asset"], each["routes"], each["partitions"]) for each in found["alerts"]] == [
        ("staged/stock", ["on call"], [ONE])
    ]
    assert [each["route"] for each in found["unsent"]] == ["on call"]
    assert list(found["behind"]) == ["on call"]
    assert "SECRET" not in f"{sent.out} {sent.err} {found}"

    later(monkeypatch, timedelta(minutes=30))
    assert "\nalerts: route 'on call': a message waits since " in dataops("status").out
    with hook(gone.port) as there:
        assert dataops("alerts", "--send").code == 0
        assert dataops("alerts", "--send").code == 0
    (text,) = there.texts
    assert text.startswith(f"[stop] check contract of staged/stock {ONE} fails\n")
    assert f"https://dagster.example.com/assets/staged/stock?view=partitions&amp;partition={ONE}" in text
    assert "a message waits" not in dataops("status").out


def later(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(UTC) + by

    for module in ("alerts", "status"):
        monkeypatch.setattr(f"dataops_assets.commands.{module}.datetime", Later)


def test_a_file_that_cannot_be_used(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "alerts.toml").write_text('[[route]]\nto = "pager"\n')
    monkeypatch.setenv("DATAOPS_ALERTS", str(home / "alerts.toml"))
    for words in (["alerts"], ["run", "--partitions", ONE]):
        result = dataops(*words)
        assert result.code == 2
        assert result.err.endswith("alerts.toml: route 1: to: is one of log, webhook, smtp, pubsub\n")
