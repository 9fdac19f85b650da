"""What is asked of a way for messages, of whoever listens: it delivers at least once, perhaps often, in no order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


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
