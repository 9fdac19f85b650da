"""`dataops messages`: for those who have no daemon, and for a pipeline that has deployed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dataops_assets import build
from dataops_assets.messages.message import PartitionMessage, ReleaseMessage, decoded
from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.messages.scene import TOPIC, pubsub
from dataops_assets_tests.proofs.shop import DAYS, offer

ONE = DAYS[0]
IMAGE = f"registry/app@sha256:{'0' * 64}"


def test_it_tells_what_was_published_once(dataops: Dataops, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = "nobody is told: DATAOPS_MESSAGES_TOPIC names no topic (docs/messages.md)\n"
    assert dataops("messages").out == f"there is nothing to tell\n{nobody}"
    for words in (["--send"], ["--deployed", IMAGE]):
        assert dataops("messages", *words).code == 2
    offer(home, dict.fromkeys(DAYS, "good"))
    assert dataops("run", "--partitions", ONE).code == 0
    waiting = dataops("messages").out
    assert "not sent yet\n" in waiting
    assert f"published  production/sales  {ONE}" in waiting

    monkeypatch.setenv("DATAOPS_MESSAGES_TOPIC", "projects/p1/topics/gone")
    build.load_project.cache_clear()
    with pubsub() as server:
        sent = dataops("messages", "--send")
        assert sent.code == 1
        assert "projects/p1/topics/gone: 404 Resource not found (resource=gone)" in sent.out
        assert dataops("messages", "--deployed", IMAGE).code == 1
        assert "messages wait for" not in dataops("status").out
        later(monkeypatch)
        assert " messages wait for projects/p1/topics/gone since " in dataops("status").out
        monkeypatch.setenv("DATAOPS_MESSAGES_TOPIC", TOPIC)
        build.load_project.cache_clear()
        assert dataops("messages", "--deployed", IMAGE).code == 0, "it waits already, and is told once"
        assert dataops("messages", "--send").out == "there is nothing to tell\n"
        assert "with its digest" in dataops("messages", "--deployed", "app:latest").err
        told = [decoded(each.data) for each in server.published[TOPIC]]
    partitions = [each for each in told if isinstance(each, PartitionMessage)]
    assert ("production/sales", ONE, "published") in [(each.table, each.partition, each.event) for each in partitions]
    [release] = [each for each in told if isinstance(each, ReleaseMessage)]
    assert (release.event, release.image, release.environment) == ("deployed", IMAGE, "local")
    found = json.loads(dataops("messages", "--format", "json").out)
    assert [each["message"]["id"] for each in found["sent"]] == [each.id for each in told]
    assert found["unsent"] == []


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(UTC) + timedelta(minutes=30)

    for module in ("messages", "status"):
        monkeypatch.setattr(f"dataops_assets.commands.{module}.datetime", Later)


def test_the_schema_is_for_those_who_write_messages(dataops: Dataops) -> None:
    schema = json.loads(dataops("messages", "--schema").out)
    assert schema["discriminator"]["propertyName"] == "about"
    assert set(schema["$defs"]["PartitionMessage"]["required"]) >= {
        "about",
        "form",
        "id",
        "event",
        "table",
        "partition",
    }
