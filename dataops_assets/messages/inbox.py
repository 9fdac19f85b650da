"""What a subscription delivers, read and judged; and what nobody can act upon, put where somebody looks at it."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dataops_assets.messages.asked import Asked, asked_of
from dataops_assets.messages.delivery import Delivery, Subscription
from dataops_assets.messages.message import Unusable, decoded
from dataops_assets.messages.transport import Credentials, publishing
from dataops_assets.model.tables import Source
from dataops_assets.outbox.sending import Undelivered

MOST = 200
"""Messages that one look takes; the others are delivered to the next."""

_SECONDS = 10.0
_LONGEST = 1000  # bytes of an attribute; Pub/Sub takes 1024


@dataclass
class Mail:
    """What was delivered. asked: with what it asks for. poison: with the reason."""

    asked: list[tuple[Delivery, Asked]] = field(default_factory=list)
    poison: list[tuple[Delivery, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """tables: by the asset key of somebody else's table, the source that reads it."""

    tables: Mapping[str, Source]
    environment: str

    def fetch(self, subscription: Subscription, now: datetime) -> Mail:
        """What there is. Raises Undelivered if the subscription cannot be asked."""
        mail, began, count = Mail(), time.monotonic(), 0
        while count < MOST and time.monotonic() - began < _SECONDS:
            deliveries = subscription.pull(MOST - count)
            if not deliveries:
                break
            count += len(deliveries)
            for delivery in deliveries:
                try:
                    message = decoded(delivery.body)
                    mail.asked.append((delivery, asked_of(message, self.tables, self.environment, now)))
                except Unusable as error:
                    mail.poison.append((delivery, str(error)))
        return mail


def park(
    subscription: Subscription,
    dead_letter: str,
    poison: Iterable[tuple[Delivery, str]],
    credentials: Credentials,
    say: Callable[[str], None],
) -> int:
    """Publish deliveries to the topic of dead letters, as they came, with the reason among the attributes, and
    acknowledge them then. Returns how many; those that could not be published are delivered again.

    say: the log; what is parked is said as well, for those who read it.
    """
    poison, parked = list(poison), list[Delivery]()
    if not poison:
        return 0
    try:
        with publishing(dead_letter, credentials) as publish:
            for delivery, reason in poison:
                attributes = dict(list(delivery.attributes.items())[:90]) | {
                    "dead_letter_reason": _cut(reason),
                    "dead_letter_message": delivery.transport_id,
                    "dead_letter_deliveries": str(delivery.deliveries),
                }
                publish(delivery.body, attributes)
                parked.append(delivery)
                say(f"message {delivery.transport_id} is put into {dead_letter}: {reason}")
    except Undelivered as error:
        say(f"{len(poison) - len(parked)} messages that nobody can act upon cannot be put away: {error}")
    subscription.acknowledge(parked)
    subscription.again([delivery for delivery, _ in poison if delivery not in parked])
    return len(parked)


def _cut(text: str) -> str:
    return text.encode()[:_LONGEST].decode(errors="ignore")
