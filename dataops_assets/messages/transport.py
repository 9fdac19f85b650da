"""What is asked of a way for messages; the address of a topic or a subscription says which way it is."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from dataops_assets.outbox.pubsub import Publish, publisher

Credentials = Callable[[], Any]
"""Gives those of Google's clients, or None for the environment's."""


@dataclass(frozen=True)
class Delivery:
    """One message, as it was delivered this time.

    token: by which it is acknowledged. transport_id: what the transport calls the message: another one where the same
    was published twice. deliveries: how often it was delivered by now, as the transport counts; 0: it does not.
    """

    body: bytes
    attributes: Mapping[str, str]
    token: str
    transport_id: str
    deliveries: int = 0


class Subscription(Protocol):
    """What was published is delivered until it is acknowledged: at least once, perhaps often, in no order."""

    def pull(self, most: int) -> list[Delivery]:
        """What there is, at most so many; none if there is nothing. Raises Undelivered."""
        ...

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """They are done with. Raises Undelivered."""
        ...

    def again(self, deliveries: Sequence[Delivery]) -> None:
        """They are to be delivered again, soon. Raises Undelivered."""
        ...


def publishing(topic: str, credentials: Credentials) -> AbstractContextManager[Publish]:
    """Publishes to a topic within the block; both raise Undelivered."""
    if topic.startswith("kafka://"):
        from dataops_assets.messages import kafka

        return kafka.publisher(topic)
    return publisher(topic, credentials)


def subscribed(subscription: str, credentials: Credentials) -> AbstractContextManager[Subscription]:
    """A subscription, for the length of the block; raises Undelivered."""
    if subscription.startswith("kafka://"):
        from dataops_assets.messages import kafka

        return kafka.subscriber(subscription)
    from dataops_assets.messages import pubsub

    return pubsub.subscriber(subscription, credentials)
