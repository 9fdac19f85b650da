"""Topics of Kafka, by confluent-kafka: "kafka://HOST:PORT/TOPIC", and what a group has read of one, "…?group=GROUP".

More than an address, such as a login, is in the variables KAFKA_… as librdkafka calls them: KAFKA_SASL_PASSWORD is its
`sasl.password`.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dataops_assets.messages.delivery import Delivery
from dataops_assets.outbox.pubsub import Publish
from dataops_assets.outbox.sending import SECONDS, Undelivered

_ADDRESS = re.compile(r"kafka://(?P<brokers>[^/]+)/(?P<topic>[^?]+)(\?group=(?P<group>.+))?")
_VARIABLE = "KAFKA_"


class KafkaSubscription:
    """consumer: of confluent_kafka. A group's place in a partition is where its first unacknowledged message is: what
    comes behind that is delivered again as well, by whoever reads next.
    """

    def __init__(self, consumer: Any, topic: str) -> None:
        self._consumer, self._topic = consumer, topic
        self._ends: set[int] = set()
        self._read: dict[int, list[int]] = {}
        self._done: set[tuple[int, int]] = set()
        with _explained(topic):
            self._partitions = self._assigned()

    def _assigned(self) -> list[int]:
        """Each partition from where the group was. Without joining the group: there is one who reads at a time."""
        from confluent_kafka import OFFSET_BEGINNING, KafkaException, TopicPartition

        known = self._consumer.list_topics(self._topic, timeout=SECONDS).topics[self._topic]
        if known.error:
            raise KafkaException(known.error)
        found = self._consumer.committed([TopicPartition(self._topic, each) for each in known.partitions], SECONDS)
        for each in found:
            each.offset = each.offset if each.offset >= 0 else OFFSET_BEGINNING
        self._consumer.assign(found)
        return [each.partition for each in found]

    def pull(self, most: int) -> list[Delivery]:
        from confluent_kafka import KafkaError, KafkaException

        found: list[Delivery] = []
        until = time.monotonic() + SECONDS
        with _explained(self._topic):
            while len(found) < most and len(self._ends) < len(self._partitions) and time.monotonic() < until:
                message = self._consumer.poll(max(until - time.monotonic(), 0.0))
                if message is None:
                    break
                if error := message.error():
                    if error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
                    self._ends.add(message.partition())
                    continue
                self._read.setdefault(message.partition(), []).append(message.offset())
                token = f"{message.partition()}/{message.offset()}"
                headers = {key: (value or b"").decode("utf-8", "replace") for key, value in message.headers() or ()}
                found.append(Delivery(message.value() or b"", headers, token, f"{self._topic}/{token}"))
        return found

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        from confluent_kafka import TopicPartition

        if not deliveries:
            return
        for each in deliveries:
            partition, offset = map(int, each.token.split("/"))
            self._done.add((partition, offset))
        places = []
        for partition, offsets in self._read.items():
            for number, offset in enumerate(offsets):
                if (partition, offset) not in self._done:
                    break
                if number + 1 == len(offsets) or (partition, offsets[number + 1]) not in self._done:
                    places.append(TopicPartition(self._topic, partition, offset + 1))
        if places:
            with _explained(self._topic):
                self._consumer.commit(offsets=places, asynchronous=False)

    def again(self, deliveries: Sequence[Delivery]) -> None:
        """What is not acknowledged is delivered to the next who reads."""


@contextmanager
def subscriber(address: str) -> Iterator[KafkaSubscription]:
    """What a group reads of a topic, for the length of the block; raises Undelivered."""
    brokers, topic, group = _parts(address)
    with _explained(topic):
        from confluent_kafka import Consumer

        settings = {
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
        consumer = Consumer(_settings(brokers) | settings)
    try:
        yield KafkaSubscription(consumer, topic)
    finally:
        consumer.close()


@contextmanager
def publisher(address: str) -> Iterator[Publish]:
    """Publishes to a topic within the block; both raise Undelivered."""
    brokers, topic, _ = _parts(address)
    with _explained(topic):
        from confluent_kafka import Producer

        settings = {"enable.idempotence": True, "message.timeout.ms": int(SECONDS * 1000)}
        producer = Producer(_settings(brokers) | settings)

    def publish(data: bytes, attributes: Mapping[str, str], in_line: str = "") -> None:
        from confluent_kafka import KafkaException

        answers: list[Any] = []
        with _explained(topic):
            producer.produce(
                topic,
                data,
                in_line or None,
                headers=list(attributes.items()),
                on_delivery=lambda error, _: answers.append(error),
            )
            if producer.flush(2 * SECONDS):
                producer.purge()
                raise Undelivered(f"{topic}: no answer", down=True, uncertain=True)
            if answers[0]:
                raise KafkaException(answers[0])

    yield publish


def _parts(address: str) -> tuple[str, str, str]:
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ValueError(f"{address!r} is not of the form kafka://HOST:PORT/TOPIC")
    return match["brokers"], match["topic"], match["group"] or ""


def _settings(brokers: str) -> dict[str, Any]:
    more = {
        name.removeprefix(_VARIABLE).lower().replace("_", "."): value
        for name, value in os.environ.items()
        if name.startswith(_VARIABLE)
    }
    # Without a word on the error output: what is wrong is raised.
    return {"log_level": 0, **more, "bootstrap.servers": brokers}


@contextmanager
def _explained(topic: str) -> Iterator[None]:
    """What the client raises in the block is raised as Undelivered."""
    try:
        from confluent_kafka import KafkaError, KafkaException
    except ImportError:
        raise Undelivered("confluent-kafka is missing: pip install 'dataops_assets[kafka]'", down=True) from None
    try:
        yield
    except KafkaException as raised:
        error = raised.args[0]
        refused = error.code() in (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG)
        uncertain = error.code() in (KafkaError._MSG_TIMED_OUT, KafkaError._TIMED_OUT, KafkaError.REQUEST_TIMED_OUT)
        raise Undelivered(f"{topic}: {error.str()}", down=not refused, uncertain=uncertain) from None
    except BufferError as error:
        raise Undelivered(f"{topic}: {error}", down=True) from None
