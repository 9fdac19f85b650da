"""What the lake has of the partitions of a load."""

from collections.abc import Sequence
from dataclasses import dataclass

from dataops_assets.lake.corrections import NONE, Corrections, read_corrections
from dataops_assets.lake.history import attempts_of, histories
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.store import Store
from dataops_assets.ledger.entry import Entry, key_of
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse.tables import StagedTable


@dataclass(frozen=True)
class Committed:
    """What the lake has of a partition: its attempts, the newest last, and what is said of their rows."""

    manifests: Sequence[Manifest] = ()
    corrections: Corrections = NONE


def committed(store: Store, table: StagedTable, partitions: Sequence[Partition | None]) -> dict[str, Committed]:
    """What a load has to know of, by partition key."""
    name = table.source.name
    replaces = table.source.write == "replace"  # by the newest alone, if it has any rows
    unique = list(dict.fromkeys(partitions))
    known = dict(zip(unique, histories(store, name, unique, recent=replaces), strict=True))
    found = {partition: history.attempts for partition, history in known.items()}
    # An answer without rows is judged by whether there ever were any.
    if empty := [p for p, manifests in found.items() if manifests and not any(m.rows for m in manifests)]:
        found |= attempts_of(store, name, empty)
    said = {p: read_corrections(store, name, p, each.corrections) for p, each in known.items() if each.corrections}
    return {key_of(p): Committed(manifests, said.get(p, NONE)) for p, manifests in found.items()}


def corrected(entry: Entry) -> str:
    """The `id` of the corrections with which a load read the rows of its attempts."""
    found = {str(attempt.get("corrected", "")) for attempt in entry.attempts}
    return found.pop() if len(found) == 1 else "" if not found else "several"
