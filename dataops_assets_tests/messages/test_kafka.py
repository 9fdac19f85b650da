"""The second way for messages: the same through Kafka, on the cluster that librdkafka has for tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from confluent_kafka import Producer

from dataops_assets.channels import Channels
from dataops_assets.messages import kafka
from dataops_assets.messages.message import encoded
from dataops_assets.outbox.sending import Undelivered
from dataops_assets_tests.messages.scene import ONE, TWO, Rows
from dataops_assets_tests.messages.test_heard import Ears, told, what
from dataops_assets_tests.place import Scripted, source
from dataops_assets_tests.standins.pubsub import PubSubServer
from dataops_assets_tests.support import make_project


@pytest.fixture(scope="module")
def brokers() -> Iterator[str]:
    cluster = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    [broker] = cluster.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    cluster.flush(1)


def all_of(brokers: str, topic: str) -> list[Any]:
    """What is in a topic, whoever has read it."""
    with kafka.subscriber(f"kafka://{brokers}/{topic}?group=looks") as looks:
        return looks.pull(100)


def test_what_is_published_is_read_until_it_is_acknowledged(brokers: str) -> None:
    address = f"kafka://{brokers}/one"
    with kafka.publisher(address) as publish:
        for number in range(3):
            publish(b"%d" % number, {"id": f"é{number}"}, "line")
    group = f"{address}?group=g"
    with kafka.subscriber(group) as subscription:
        first, second, third = subscription.pull(10)
        assert [each.body for each in (first, second, third)] == [b"0", b"1", b"2"]
        assert dict(first.attributes) == {"id": "é0"}
        assert subscription.pull(10) == []
        subscription.acknowledge([first, third])
    with kafka.subscriber(group) as subscription:
        second, third = subscription.pull(10)
        assert [second.body, third.body] == [b"1", b"2"]
        subscription.again([second])
        subscription.acknowledge([third])
        subscription.acknowledge([second])
    with kafka.subscriber(group) as subscription:
        assert subscription.pull(10) == []
    with kafka.publisher(address) as publish:
        publish(b"3", {}, "line")
    with kafka.subscriber(group) as subscription:
        assert [each.body for each in subscription.pull(1)] == [b"3"]


def test_a_cluster_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "SECONDS", 1.0)
    with kafka.publisher("kafka://127.0.0.1:1/one") as publish, pytest.raises(Undelivered) as refused:
        publish(b"0", {})
    assert refused.value.down
    with pytest.raises(Undelivered, match="one: ") as refused, kafka.subscriber("kafka://127.0.0.1:1/one?group=g"):
        pass
    assert refused.value.down


def test_settings_of_librdkafka_are_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_CLIENT_IDX", "1")
    with (
        pytest.raises(Undelivered, match=r'No such configuration property: "client\.idx"'),
        kafka.publisher("kafka://127.0.0.1:1/one"),
    ):
        pass


def test_what_messages_ask_for_is_started_once(brokers: str, tmp_path: Path, server: PubSubServer) -> None:
    """As through Pub/Sub; poison goes to the topic of dead letters."""
    heard, dead = f"kafka://{brokers}/heard", f"kafka://{brokers}/dead"
    channels = Channels("", f"{heard}?group=dataops", dead, {"production/theirs": "t"})
    project = make_project(tmp_path, source(Rows, Scripted()), channels=channels)
    with dg.DagsterInstance.ephemeral() as instance:
        at = Ears(project, instance, server)
        first = told(ONE)
        with kafka.publisher(heard) as publish:
            for body in (encoded(first).encode(), b"{}", encoded(told(TWO)).encode(), encoded(first).encode()):
                publish(body, {}, "production/theirs")
        at.evaluate()  # and dies
        assert what(at.tick()) == [("t_load", f"{ONE}..{TWO}")]
        assert at.tick() == []
        assert at.tick() == []
        with kafka.subscriber(channels.subscription) as subscription:
            assert subscription.pull(10) == []
    letters = all_of(brokers, "dead")
    assert {each.body for each in letters} == {b"{}"}
    assert "it cannot be read" in letters[0].attributes["dead_letter_reason"]
