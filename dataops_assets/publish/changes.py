"""What would change in production if it were published now, and what the last publication has changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.difference import Difference
from dataops_assets.ledger.entry import Decision, Entry, State, key_of, validated_version
from dataops_assets.ledger.history import history
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.difference import differences
from dataops_assets.publish.hiding import SHOWN, stage_shown
from dataops_assets.publish.names import published
from dataops_assets.publish.rows import StagedRows
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.tables import DerivedTable


@dataclass(frozen=True)
class Change:
    """A partition. stands: the entry of what production holds, or None. comes: the one of the version that a
    publication would put in its place, or None. last: the publication that has changed it last. decision: what somebody
    has decided about the partition, as far as it holds.

    difference: between these two, or what the last publication has changed; None where there is none that is known.
    """

    stands: Entry | None
    comes: Entry | None
    last: Entry | None
    difference: Difference | None
    decision: Decision | None = None


def changes(
    warehouse: Warehouse, table: DerivedTable, partitions: Sequence[Partition | None] | None = None
) -> dict[str, Change]:
    """Of these partitions, or of all that were ever validated or published, by key; in their order."""
    asset = published(table)
    keys = None if partitions is None else [key_of(partition) for partition in partitions]
    with warehouse.session() as session, session.reading():
        validated = ledger.states(session, warehouse.staging, table.asset, keys)
        entries = history(session, warehouse.staging, asset, keys)
        stands = {key: next((e for e in found if e.verdict == "passed"), None) for key, found in entries.items()}
        comes = {
            key: state.latest
            for key, state in validated.items()
            if is_publishable(table, state) and state.latest.version != _version(stands.get(key))
        }
        live = _live(session, warehouse, table, stands, comes)
    found: dict[str, Change] = {}
    for key in sorted(stands.keys() | validated.keys()):
        last = next((e for e in entries.get(key, ()) if e.verdict == "passed" and e.difference), None)
        difference = live[key] if key in comes else last.difference if last else None
        decision = entries[key][0].decision if key in entries else None
        found[key] = Change(stands.get(key), comes.get(key), last, difference, decision)
    return found


def is_publishable(table: DerivedTable, state: State) -> bool:
    """Is there a validated version under the contract in force? Gates may stand before it all the same."""
    return state.latest.verdict == "passed" and state.latest.contract == table.spec.fingerprint


def _version(entry: Entry | None) -> str:
    return validated_version(entry) or ""


def _live(
    session: Session,
    warehouse: Warehouse,
    table: DerivedTable,
    stands: dict[str, Entry | None],
    comes: dict[str, Entry],
) -> dict[str, Difference]:
    """The differences of what is to come, worked out now."""
    known = {key: entry for key in comes if (entry := stands.get(key))}
    found = {key: Difference.first(entry.rows) for key, entry in comes.items() if key not in known}
    if not known:
        return found
    slices = table.slices(_partitions(table, known))
    if table.hides:
        stage_shown(session, warehouse.staging, table, _partitions(table, known) or [None])
        source = SHOWN
    else:
        source = StagedRows(warehouse.staging, table).select(session, slices)
    return found | differences(session, warehouse.production, table, slices, source, known, comes)()


def _partitions(table: DerivedTable, keys: Iterable[str]) -> list[Partition]:
    return [table.calendar.of(key) for key in keys] if table.calendar else []
