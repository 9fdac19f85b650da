"""The sensor `tell_messages`: real runs that publish, and when the warehouse is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.automation import message_sensors
from dataops_assets.automation.message_sensors import TELL
from dataops_assets.channels import Channels
from dataops_assets.messages.message import PartitionMessage, decoded
from dataops_assets_tests.automation.place import Place, city_visits, make_place, sources
from dataops_assets_tests.messages.scene import TOPIC, pubsub
from dataops_assets_tests.standins.pubsub import PubSubServer
from dataops_assets_tests.support import make_project, succeed

DAY = "2026-01-05"


@pytest.fixture
def server() -> Iterator[PubSubServer]:
    with pubsub() as opened:
        yield opened


@pytest.fixture
def at(tmp_path: Path, instance: dg.DagsterInstance) -> Place:
    place = make_place(tmp_path, instance)
    used = sources(place.folder).values()
    project = make_project(tmp_path / "home", *used, city_visits, channels=Channels(TOPIC))
    return Place(place.folder, project, instance)


def test_what_a_run_has_published_is_told_by_the_next_tick(
    at: Place, server: PubSubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Any] = []
    original = message_sensors.tell
    monkeypatch.setattr(message_sensors, "tell", lambda *args: looks.append(args) or original(*args))
    tick = at.tick(TELL)
    assert (tick.skip_message, len(looks)) == ("0 messages sent, 0 wait", 1)
    assert at.tick(TELL, tick.cursor).skip_message.startswith("no run has ended since the last look; the next one")
    at.visits(DAY, "A")
    at.rain(DAY, 3)
    succeed(at.project, "+production/city_visits", DAY, instance=at.instance)
    tick = at.tick(TELL, tick.cursor)
    assert (tick.skip_message, len(looks)) == ("1 messages sent, 0 wait", 2)
    at.tick(TELL, tick.cursor)
    assert len(looks) == 2
    [message] = [decoded(each.data) for each in server.published[TOPIC]]
    assert isinstance(message, PartitionMessage)
    assert (message.event, message.table, message.partition, message.rows) == (
        "published",
        "production/city_visits",
        DAY,
        1,
    )


def test_it_is_there_where_a_topic_is_named_and_on(at: Place, place: Place) -> None:
    assert at.repository.get_sensor_def(TELL).default_status is dg.DefaultSensorStatus.RUNNING
    assert not place.repository.has_sensor_def(TELL)
