"""What stands between a version and production: gates, each of which may refuse partitions and says why."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from dataops_assets.ledger.entries import Receipt
from dataops_assets.ledger.entry import Cause, Entry, State
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable


class Refusal(NamedTuple):
    """Why a partition is not published: words for people, and the cause for programs."""

    words: str
    cause: Cause


@dataclass(frozen=True)
class Judged:
    """What a gate says. refused: why, by partition key. evidence: the entries of the ledger that it went by."""

    refused: Mapping[str, Refusal]
    evidence: MutableMapping[Receipt, Entry] = field(default_factory=dict)


class Gate(Protocol):
    """Lets partitions of a table through, or refuses them."""

    def __call__(
        self,
        session: Session,
        schema: str,
        table: DerivedTable,
        keys: Mapping[str, Partition | None],
        states: Mapping[str, State],
        shown: Mapping[str, State],
        /,
    ) -> Judged:
        """Judge partitions. Inside `reading`.

        schema: where the ledger is. keys: the partitions that no gate has refused so far. states, shown: what the
        ledger knows of the table as it was validated, and as it was published, by partition key.
        """
        ...
