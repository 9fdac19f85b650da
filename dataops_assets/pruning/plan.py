"""What would go of both lakes, and what stays and why. Nothing is written."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

from dataops_assets.lake.history import attempts_of
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.paths import MANIFEST, Part, attempt_prefix, partition_prefix, version_prefix
from dataops_assets.lake.prunings import Pruned, StoredObject
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import read_current
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import key_of
from dataops_assets.ledger.history import history
from dataops_assets.load.needed import needed_attempts
from dataops_assets.model.partitions import Partition
from dataops_assets.pruning.needed import Needed, needed_by, traced
from dataops_assets.retention import Retention
from dataops_assets.verification.copies import partitions_of
from dataops_assets.verification.raw import raw_partitions
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

GRACE = timedelta(days=1)
"""So long a version stays after it was written, and after nothing has needed it: a run may be about to use it."""


@dataclass
class Plan:
    """staging, production: what goes of each lake. kept: by asset, how many versions or attempts stay. notes: what is
    left alone, and why.
    """

    staging: list[Pruned] = field(default_factory=list)
    production: list[Pruned] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def items(self) -> list[Pruned]:
        return [*self.staging, *self.production]


def plan(storage: Storage, catalog: Catalog, retention: Retention, now: datetime) -> Plan:
    """now: UTC. Raises LakeDamaged for a pointer that cannot be read."""
    found, warehouse = Plan(), storage.warehouse
    staged = catalog.staged.values() if retention.raw_days is not None else []
    layers = list(_layers(storage, catalog, found)) if retention.versions is not None else []
    with warehouse.session() as session, session.reading():
        if not session.exists(warehouse.staging, ledger.TABLE):
            found.notes.append("the warehouse has no ledger, so nobody knows what is needed; nothing of the lake goes")
            return found
        used = _used(session, warehouse.staging, catalog) if staged else set[tuple[str, str]]()
        keep = retention.versions or 0
        needed = {asset: needed_by(session, warehouse.staging, asset, keep) for asset, *_ in layers}
    # Nobody is kept waiting while the lake is looked through: the ledger is asked once more before anything goes.
    for table in staged:
        _attempts(storage.staging, table, used, now - timedelta(days=retention.raw_days or 0), found)
    for asset, table, store, items in layers:
        items += _versions(store, table, asset, needed[asset], now - GRACE, found)
    return found


def _layers(storage: Storage, catalog: Catalog, found: Plan) -> Iterator[tuple[str, DerivedTable, Store, list[Pruned]]]:
    for name, table in catalog.derived.items():
        yield f"transformed/{name}", table, storage.staging, found.staging
        if table.derived.publish:
            yield f"production/{name}", table, storage.production, found.production


def _attempts(
    store: Store, table: StagedTable, used: Container[tuple[str, str]], before: datetime, found: Plan
) -> None:
    source, asset = table.source, f"raw/{table.source.name}"
    if source.write != "replace":
        found.notes.append(f"{asset}: all attempts stay, since {table.asset} is made of all of them ({source.write})")
        return
    partitions = raw_partitions(store, source.partition, source.name)
    todo: list[tuple[Partition | None, str, datetime]] = []
    there = 0
    for partition, manifests in attempts_of(store, source.name, partitions).items():
        needed, going = needed_attempts(source, manifests), dict[str, datetime]()
        where = f"{asset} {key_of(partition)}".strip()
        for manifest, after in pairwise(manifests):
            since = _moment(after.committed_at)
            is_used = manifest.attempt in needed or (where, manifest.attempt) in used
            if not is_used and since is not None and since <= before:
                going[manifest.attempt] = since
        # What stays may refer to the objects of one that would go.
        holders = {manifest.same_as for manifest in manifests if manifest.attempt not in going}
        todo += [(partition, attempt, since) for attempt, since in going.items() if attempt not in holders]
        there += len(manifests)

    def item(each: tuple[Partition | None, str, datetime]) -> Pruned | None:
        partition, attempt, since = each
        prefix = attempt_prefix(source.name, partition, attempt)
        return _item(store, "attempt", asset, f"raw_{source.name}", partition, attempt, prefix, since)

    items = [made for made in parallel_map(item, todo, store.threads) if made]
    found.kept[asset] = there - len(items)
    found.staging += items


def _versions(
    store: Store, table: DerivedTable, asset: str, by_key: Mapping[str, Needed], before: datetime, found: Plan
) -> list[Pruned]:
    partitions = partitions_of(store, table)
    names = parallel_map(lambda part: store.folders(partition_prefix(table.relation, part)), partitions, store.threads)
    todo: list[tuple[Partition | None, str, datetime | None]] = []
    waiting = 0
    for partition, folders in zip(partitions, names, strict=True):
        versions = [name.removeprefix("version=") for name in folders if name.startswith("version=")]
        state = by_key.get(key_of(partition), Needed())
        going = [version for version in versions if state.allows(version)]
        if going and asset.startswith("production/"):
            shown = read_current(store, table.relation, partition)
            if shown and shown["version"] not in state.versions:
                where = f"{asset} {key_of(partition)}".strip()
                found.notes.append(f"{where}: the lake shows another version than the ledger; see dataops verify")
                going = []
        waiting += state.waits and len(versions) > 1
        found.kept[asset] = found.kept.get(asset, 0) + len(versions)
        todo += [(partition, version, state.since.get(version)) for version in going]

    def item(each: tuple[Partition | None, str, datetime | None]) -> Pruned | None:
        partition, version, since = each
        if since is not None and since > before:
            return None
        prefix = version_prefix(table.relation, partition, version)
        return _item(store, "version", asset, table.relation, partition, version, prefix, since, before)

    if waiting:
        found.notes.append(f"{asset}: {waiting} partitions wait for a decision or are held by one; all of them stay")
    items = [made for made in parallel_map(item, todo, store.threads) if made]
    if todo or partitions:
        found.kept[asset] = found.kept.get(asset, 0) - len(items)
    return items


def _item(
    store: Store,
    kind: Literal["version", "attempt"],
    asset: str,
    table: str,
    partition: Part | None,
    name: str,
    prefix: str,
    since: datetime | None,
    written_before: datetime | None = None,
) -> Pruned | None:
    """None of what has no manifest, and so is none, or was written since."""
    objects = store.objects(prefix)
    manifest = objects.get(f"{prefix}{MANIFEST}")
    if manifest is None:
        return None
    if written_before and (manifest.written_at is None or manifest.written_at > written_before):
        return None
    ordered = sorted(objects, key=lambda path: path != f"{prefix}{MANIFEST}")
    moment = since or manifest.written_at
    return Pruned(
        kind,
        asset,
        table,
        partition.key if partition else "",
        name,
        moment.astimezone(UTC).isoformat(timespec="seconds") if moment else "",
        store.read(f"{prefix}{MANIFEST}").decode(errors="replace"),
        [StoredObject(path, objects[path].generation, objects[path].size) for path in ordered],
    )


def _used(session: Session, schema: str, catalog: Catalog) -> set[tuple[str, str]]:
    """The raw attempts, by partition and name, that the rows of staged tables and of production come from."""
    found: set[tuple[str, str]] = set()
    for name, table in catalog.staged.items():
        for key, state in ledger.states(session, schema, table.asset).items():
            for entry in filter(None, (state.latest, state.passed)):
                found |= {(f"raw/{name} {key}".strip(), each["attempt"]) for each in entry.attempts}
    for name, table in catalog.derived.items():
        if table.derived.publish:
            for entries in history(session, schema, f"production/{name}").values():
                found |= traced(entries)
    return found


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # the folder of a damaged attempt may have any name
        return None


def by_asset(items: Iterable[Pruned]) -> dict[str, Sequence[Pruned]]:
    """In the order in which they come."""
    found: dict[str, list[Pruned]] = {}
    for item in items:
        found.setdefault(item.asset, []).append(item)
    return dict(found)
