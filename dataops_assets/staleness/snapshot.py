"""What ledger and lake say of all partitions at one moment: one query of the ledger, one listing of each raw folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dataops_assets.lake.corrections import id_of
from dataops_assets.lake.history import listed
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.store import Store
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import Entry, State, is_current, key_of
from dataops_assets.load.committed import Committed, committed, corrected
from dataops_assets.model.partitions import UNPARTITIONED, Partition, TimePartitions
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

States = Mapping[str, State]
"""By partition key."""


@dataclass(frozen=True)
class Raw:
    """Of a source. loaded: keys of the partitions that have an attempt, without those that the table no longer keeps.
    attempts: what a load has to know of, of each partition of which it has not seen all. failed: why the newest
    extraction failed, where that is known.
    """

    there: frozenset[str] = frozenset()
    attempts: Mapping[str, Committed] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """states: by asset, of the partitions that the table has now. older: the same of entries of another calendar.
    strangers: of assets that no dataset makes. raw: by source.
    """

    states: Mapping[str, States]
    older: Mapping[str, States]
    strangers: Mapping[str, States]
    raw: Mapping[str, Raw]


def tables_of(catalog: Catalog) -> dict[str, StagedTable | DerivedTable]:
    """The assets that the ledger knows, each after what it is made of, with their tables."""
    found: dict[str, StagedTable | DerivedTable] = {table.asset: table for table in catalog.staged.values()}
    for name, table in catalog.derived.items():
        found[table.asset] = table
        if table.derived.publish:
            found[f"production/{name}"] = table
    return found


def take(storage: Storage, catalog: Catalog, extractions: Mapping[str, Mapping[str, str]]) -> Snapshot:
    """Look at all of it. extractions: those that failed, by source and partition, with the reason."""
    warehouse = storage.warehouse
    with warehouse.session() as session, session.reading():
        known = ledger.all_states(session, warehouse.staging)
    tables = tables_of(catalog)
    states: dict[str, dict[str, State]] = {asset: {} for asset in tables}
    older: dict[str, dict[str, State]] = {}
    for asset, table in tables.items():
        for key, state in known.pop(asset, {}).items():
            (states[asset] if is_current(table, state) else older.setdefault(asset, {}))[key] = state
    raw = {
        name: _raw(storage.staging, table, states[table.asset], extractions.get(name, {}))
        for name, table in catalog.staged.items()
    }
    return Snapshot(states, older, known, raw)


def due(calendar: TimePartitions | None, now: datetime | None = None) -> list[str]:
    """The keys of all partitions that are over and are kept, in the order of time. now: UTC."""
    if calendar is None:
        return [UNPARTITIONED]
    now = now or datetime.now(UTC)
    end = min(calendar.end, now) if calendar.end else now
    if end <= calendar.start or (last := calendar.before(end)).start < calendar.start:
        return []
    return [
        partition.key
        for partition in calendar.between(calendar.at(calendar.start).key, last.key)
        if calendar.keeps(partition)
    ]


def _raw(store: Store, table: StagedTable, states: States, failed: Mapping[str, str]) -> Raw:
    name, calendar = table.source.name, table.calendar
    partitions: list[Partition | None] = [None]
    if calendar:
        folders = (calendar.of_folder(folder) for folder in store.folders(f"raw_{name}/"))
        partitions = [partition for partition in folders if partition and calendar.keeps(partition)]
    listings = parallel_map(lambda partition: listed(store, name, partition), partitions, store.threads)
    there = set()
    doubtful: list[Partition | None] = []
    for partition, listing in zip(partitions, listings, strict=True):
        if not listing.attempts:
            continue
        state = states.get(key_of(partition))
        latest = state.latest if state and state.latest.verdict == "passed" else None
        said = id_of(listing.corrections)
        if latest and listing.attempts.keys() <= _loaded(latest) and corrected(latest) == said:
            there.add(key_of(partition))
        else:
            doubtful.append(partition)
    # A folder may hold no more than what a killed run has left there.
    found = committed(store, table, doubtful) if doubtful else {}
    attempts = {key: each for key, each in found.items() if each.manifests}
    return Raw(frozenset(there | attempts.keys()), attempts, failed)


def _loaded(latest: Entry) -> set[str]:
    return {attempt["attempt"] for attempt in latest.attempts}
