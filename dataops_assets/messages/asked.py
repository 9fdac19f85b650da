"""What a message asks for: the load of a partition of somebody else's table, the verification of a release, nothing."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dataops_assets.messages.message import Message, PartitionMessage, ReleaseMessage, Unusable
from dataops_assets.model.partitions import Partition
from dataops_assets.model.tables import Source
from dataops_assets.nearest import suggestion


@dataclass(frozen=True)
class Load:
    """source, partition: of this project; None for a source without partitions."""

    message: PartitionMessage
    source: Source
    partition: Partition | None


@dataclass(frozen=True)
class Verification:
    """Of the release that was deployed here."""

    message: ReleaseMessage


@dataclass(frozen=True)
class Nothing:
    """It is good to know, and nobody has to do anything."""

    message: Message


Asked = Load | Verification | Nothing


def asked_of(message: Message, tables: Mapping[str, Source], environment: str, now: datetime) -> Asked:
    """What a message asks for. tables: by the asset key of somebody else's table, the source that reads it.
    environment: what this place is called. now: UTC. Raises Unusable.
    """
    if isinstance(message, ReleaseMessage):
        here = message.event == "deployed" and message.environment == environment
        return Verification(message) if here else Nothing(message)
    if message.table not in tables:
        raise Unusable(
            f"table {message.table!r} is none of DATAOPS_MESSAGES_TABLES; {suggestion(message.table, tables)}"
        )
    source = tables[message.table]
    partition = _partition(source, message, now)
    if message.event in ("published", "rolled_back"):
        return Load(message, source, partition)
    return Nothing(message)


def _partition(source: Source, message: PartitionMessage, now: datetime) -> Partition | None:
    calendar = source.partition
    if calendar is None:
        return None
    if not message.partition:
        raise Unusable(f"{message.table} has no partition, and source {source.name!r} is read by {calendar.unit.name}")
    try:
        partition = calendar.of(message.partition)
    except ValueError as error:
        raise Unusable(f"{message.table}: source {source.name!r}: {error}") from None
    if not calendar.keeps(partition):
        raise Unusable(f"{message.table}: source {source.name!r}: partition {partition.key} is older than what is kept")
    if partition.end > now:
        raise Unusable(
            f"{message.table}: source {source.name!r}: partition {partition.key} is not over before "
            f"{partition.end:%Y-%m-%d %H:%M} UTC"
        )
    return partition


@dataclass(frozen=True)
class Mark:
    """What a run has as a tag, by which one sees that a message was heard. key: alike for messages about the same."""

    key: str
    id: str
    sequence: int
    at: datetime

    @classmethod
    def of(cls, message: Message) -> "Mark":
        about = (message.table, message.partition) if isinstance(message, PartitionMessage) else ("release", message.id)
        digest = hashlib.blake2b("\0".join(about).encode(), digest_size=10).hexdigest()
        sequence = message.sequence if isinstance(message, PartitionMessage) else 0
        return cls(f"dataops/message.{digest}", message.id, sequence, message.at)

    @property
    def value(self) -> str:
        return f"{self.sequence} {self.at.isoformat()} {self.id}"

    @classmethod
    def read(cls, key: str, value: str) -> "Mark | None":
        """The mark of such a tag; None if it is not one."""
        try:
            sequence, at, id = value.split(" ", 2)
            return cls(key, id, int(sequence), datetime.fromisoformat(at))
        except ValueError:
            return None

    def covers(self, other: "Mark") -> bool:
        """Has who heard this heard the other as well? It is the same, or a later one about the same partition.

        Later by its number and by its time: where a ledger was made anew, the numbers begin again.
        """
        same = self.key == other.key
        return same and (self.id == other.id or (self.sequence >= other.sequence and self.at >= other.at))


def newest(marks: Iterable[Mark]) -> Mark:
    """Of marks of one key the one that covers the most."""
    return max(marks, key=lambda mark: (mark.at, mark.sequence, mark.id))
