"""Carrying out what a record says; once more does the rest of what was interrupted.

Of versions the ledger has the last word, and it has it after the manifest is gone. Who uses a version that was there
before looks, within a swap, whether its manifest is (`are_there`). So either that look comes after the deletion, and
finds nothing; or the swap is over before the one here begins, which then finds the version in the ledger, and puts the
manifest back; or one of the two meets the other, and starts over. Data are deleted last, and by their generation: what
somebody has written anew under the same name stays.
"""

from collections.abc import Sequence
from contextlib import suppress

from dataops_assets.lake.history import attempts
from dataops_assets.lake.parallel import batched, parallel_map
from dataops_assets.lake.prunings import Pruned, Pruning, finish, unfinished
from dataops_assets.lake.store import ObjectExists, Store
from dataops_assets.layers.catalog import Catalog
from dataops_assets.load.needed import needed_attempts
from dataops_assets.pruning.needed import Needed, needed_by
from dataops_assets.pruning.plan import by_asset
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.storage import Storage

_COUNTED = "SELECT 1"
"""A statement that changes nothing, and makes a swap one that others meet."""


def interrupted(storage: Storage) -> list[Pruning]:
    """Those of both lakes that are not finished."""
    return [*unfinished(storage.staging), *unfinished(storage.production)]


def finish_interrupted(storage: Storage, catalog: Catalog) -> int:
    """Finish what a killed process has begun; returns how many prunings that were."""
    count = 0
    for store in (storage.staging, storage.production):
        for pruning in unfinished(store):
            carry_out(storage, store, catalog, pruning)
            count += 1
    return count


def carry_out(storage: Storage, store: Store, catalog: Catalog, pruning: Pruning) -> list[Pruned]:
    """Delete what is in a record that is kept already, but for what is needed by now; returns what is gone."""
    gone: list[Pruned] = []
    for asset, items in by_asset(pruning.items).items():
        for some in batched(items):
            if asset.startswith("raw/"):
                gone += _attempts(store, catalog, asset, some)
            else:
                keep = pruning.keeps.get("DATAOPS_KEEP_VERSIONS") or 1
                gone += _versions(storage.warehouse, store, asset, some, keep)
    finish(store, pruning)
    return gone


def _versions(warehouse: Warehouse, store: Store, asset: str, items: Sequence[Pruned], keep: int) -> list[Pruned]:
    keys = list(dict.fromkeys(item.partition for item in items))

    def look(count: bool) -> dict[str, Needed]:
        with warehouse.session() as session:
            if not count:
                with session.reading():
                    return needed_by(session, warehouse.staging, asset, keep, keys)
            with session.swapping(asset) as swap:
                now = needed_by(session, warehouse.staging, asset, keep, keys)
                swap.execute(_COUNTED)
            return now

    def allowed(now: dict[str, Needed]) -> list[Pruned]:
        return [item for item in items if now.get(item.partition, Needed()).allows(item.name)]

    going = allowed(look(count=False))
    parallel_map(lambda item: _delete(store, item, 0), going, store.threads)
    gone = allowed(retry_on_conflict(lambda: look(count=True)))
    parallel_map(lambda item: _put_back(store, item), [item for item in items if item not in gone], store.threads)
    gone = [item for item in gone if item in going or _has_no_manifest(store, item)]
    parallel_map(lambda item: _delete(store, item), gone, store.threads)
    return gone


def _attempts(store: Store, catalog: Catalog, asset: str, items: Sequence[Pruned]) -> list[Pruned]:
    """Nothing comes to need an attempt again that another one has taken the place of; it may have been declared to."""
    table = catalog.staged.get(asset.partition("/")[2])
    gone: list[Pruned] = []
    for key in dict.fromkeys(item.partition for item in items):
        here, needed = [item for item in items if item.partition == key], set[str]()
        if table:
            with suppress(ValueError):  # the calendar is another one by now
                partition = table.calendar.of(key) if table.calendar else None
                needed = needed_attempts(table.source, attempts(store, table.source.name, partition))
        gone += [item for item in here if item.name not in needed]
    parallel_map(lambda item: _delete_all(store, item), gone, store.threads)
    return gone


def _delete(store: Store, item: Pruned, only: int | None = None) -> None:
    """All objects of an item, the manifest first, or only the one of a number."""
    for each in item.objects if only is None else [item.objects[only]]:
        store.delete(each.path, each.generation)


def _delete_all(store: Store, item: Pruned) -> None:
    """Of whatever generation: no attempt is made twice; a manifest that is missing may have been put back."""
    for each in item.objects:
        info = store.stat(each.path)
        store.delete(each.path, info.generation if info else each.generation)


def _has_no_manifest(store: Store, item: Pruned) -> bool:
    return store.stat(item.objects[0].path) is None


def _put_back(store: Store, item: Pruned) -> None:
    """The manifest of what is needed by now, if it is gone and nobody has written another one.

    Not where some of the data are gone: then it was decided before, and what is left of it goes as well.
    """
    if not _has_no_manifest(store, item):
        return
    if all((info := store.stat(each.path)) and info.generation == each.generation for each in item.objects[1:]):
        with suppress(ObjectExists):
            store.create(item.objects[0].path, item.manifest.encode())
    else:
        _delete(store, item)
