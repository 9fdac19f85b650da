"""What stands between a version and production: gates, each of which may refuse partitions and says why."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Protocol

from dataops_assets.ledger.entries import Entry, Receipt, State
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable


@dataclass(frozen=True)
class Judged:
    """What a gate says. refused: why, by partition key. evidence: the entries of the ledger that it went by."""

    refused: Mapping[str, str]
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
    ) -> Judged:
        """Judge partitions. Inside `reading`.

        schema: where the ledger is. keys: the partitions that no gate has refused so far. states: what the ledger knows
        of the table as it was validated, by partition key.
        """
        ...
