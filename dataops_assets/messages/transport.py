"""Topics and subscriptions, opened: the address says which way for messages it is."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from dataops_assets.messages.delivery import Subscription
from dataops_assets.outbox.pubsub import Publish, publisher

Credentials = Callable[[], Any]
"""Gives those of Google's clients, or None for the environment's."""


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
