"""A subscription of Pub/Sub, read by pulling: a tick of a sensor asks, and goes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from dataops_assets.messages.delivery import Delivery
from dataops_assets.outbox.pubsub import client_credentials, explained
from dataops_assets.outbox.sending import SECONDS

_WAIT = 3.0
"""Seconds for a message to come: the service answers when there is one, and a tick holds up other sensors."""


class PubSubSubscription:
    """client: of `google.cloud.pubsub_v1`."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def pull(self, most: int) -> list[Delivery]:
        from google.api_core.exceptions import DeadlineExceeded

        with explained(self._name):
            try:
                answer = self._client.pull(subscription=self._name, max_messages=most, retry=None, timeout=_WAIT)
            except DeadlineExceeded:  # there was nothing all the time
                return []
        return [
            Delivery(
                each.message.data,
                dict(each.message.attributes),
                each.ack_id,
                each.message.message_id,
                each.delivery_attempt,
            )
            for each in answer.received_messages
        ]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            with explained(self._name):
                self._client.acknowledge(
                    subscription=self._name, ack_ids=[each.token for each in deliveries], timeout=SECONDS
                )

    def again(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            with explained(self._name):
                self._client.modify_ack_deadline(
                    subscription=self._name,
                    ack_ids=[each.token for each in deliveries],
                    ack_deadline_seconds=0,
                    timeout=SECONDS,
                )


@contextmanager
def subscriber(name: str, credentials: Callable[[], Any]) -> Iterator[PubSubSubscription]:
    """The subscription of this name ("projects/…/subscriptions/…") for the length of the block; raises Undelivered."""
    with explained(name):
        from google.cloud import pubsub_v1

        client = pubsub_v1.SubscriberClient(credentials=client_credentials(name, credentials))
    try:
        yield PubSubSubscription(client, name)
    finally:
        client.close()
