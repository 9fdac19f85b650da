"""What the production lake shows: pointers to the versions that the warehouse holds."""

from collections.abc import Mapping

from dataops_assets.lake.parallel import batched
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Version, point_to_versions
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Entry
from dataops_assets.ledger.integrity import counted
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.names import published
from dataops_assets.publish.receipts import provenance
from dataops_assets.warehouse.base import Mark, Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.tables import DerivedTable


def point_to_what_is_shown(
    session: Session,
    warehouse: Warehouse,
    store: Store,
    table: DerivedTable,
    by_key: Mapping[str, Partition | None],
    entries: Mapping[str, Entry],
    mark: Mark | None = None,
) -> dict[str, int]:
    """Point to the versions that were just written, or to those that others have written since.

    entries: what was written, by partition key. mark: the moment after that. Returns how many rows are shown of each,
    as counted in the table.
    """
    asset = published(table)

    def point() -> dict[str, int]:
        nonlocal mark
        since, mark = mark, None
        # Somebody else may have published since, or does it just now: then once more.
        with session.swapping(asset, since=since) as swap:
            found = None if swap.unchanged else ledger.newest(session, warehouse.staging, asset, entries)
            rows = counted(session, warehouse.production, table, [by_key[key] for key in entries])
            newest = found() if found else {}
            others = [key for key in entries if newest[key].id != entries[key].id] if found else []
            states = ledger.states(session, warehouse.staging, asset, others) if others else {}
            shown = ((key, states[key].passed if key in states else entries[key]) for key in entries)
            versions = (Version(table.relation, by_key[key], e.version, provenance(e)) for key, e in shown if e)
            for some in batched(versions):
                point_to_versions(store, some)
        return {key: entries[key].rows if key in others else rows()[key] for key in entries}

    return retry_on_conflict(point)
