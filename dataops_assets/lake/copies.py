"""What is in manifests and in collections of them, compared; what is damaged is made again of the other."""

from dataclasses import dataclass

from dataops_assets.lake.collected import Collection, read_collection, rewrite
from dataops_assets.lake.history import Listing, listed, order, read_each, readable
from dataops_assets.lake.manifest import BadManifest, Manifest
from dataops_assets.lake.paths import MANIFEST
from dataops_assets.lake.store import Store
from dataops_assets.model.partitions import Partition


@dataclass(frozen=True)
class Damage:
    """manifests: the copies of those that are missing or are not what they were, with what is wrong with the objects.
    collections: the folders of those that cannot be read, or that hide an attempt, with what is wrong.
    """

    manifests: dict[str, Manifest]
    collections: dict[str, str]
    problems: list[str]


def damaged_copies(store: Store, table: str, partition: Partition | None) -> list[str]:
    """A line for each manifest that is missing, or is not what it was when it was collected; and for each collection
    that cannot be read, or has younger attempts than its own among those before it, which would be overlooked.
    """
    return _compared(store, table, partition).problems


def restore_copies(store: Store, table: str, partition: Partition | None) -> list[str]:
    """Put these manifests back as they were when they were collected, and make these collections again.

    Returns a line for each object that was written.
    """
    damage = _compared(store, table, partition)
    listing = listed(store, table, partition)
    written = []
    for attempt, manifest in damage.manifests.items():
        path = f"{listing.folder(attempt)}{MANIFEST}"
        store.replace(path, manifest.to_json())
        written.append(f"{store.uri(path)} restored from its copy")
    if damage.collections:
        written += _collect_again(store, listing, damage)
    return written


def _compared(store: Store, table: str, partition: Partition | None) -> Damage:
    listing = listed(store, table, partition)
    collections: dict[str, Collection] = {}
    damage = Damage({}, {}, [])
    for folder in listing.collections:
        try:
            if collection := read_collection(store, folder):
                collections[folder] = collection
        except BadManifest as error:
            damage.collections[folder] = ""
            damage.problems.append(str(error))
    told = {attempt: manifest for each in collections.values() for attempt, manifest in each.manifests.items()}
    named = told.keys() | {attempt for each in collections.values() for attempt in each.before}
    both = [attempt for attempt in listing.attempts if attempt in named]
    [read] = read_each(store, [(listing, both)])
    found = dict(zip(both, read, strict=True))
    for attempt, manifest in found.items():
        if attempt in told and manifest != told[attempt]:
            damage.manifests[attempt] = told[attempt]
            uri, what = store.uri(f"{listing.folder(attempt)}{MANIFEST}"), "has changed" if manifest else "is missing"
            damage.problems.append(f"{uri} {what} (extractions and loads go by the copy of it that was made before)")
    for folder, collection in collections.items():
        newest = order(collection.newest)
        younger = [a for a in sorted(collection.before) if (manifest := found.get(a)) and order(manifest) > newest]
        if younger:
            damage.collections[folder] = folder
            damage.problems.append(
                f"{store.uri(folder)} says that {', '.join(younger)} came before it, and they came after it"
            )
    return damage


def _collect_again(store: Store, listing: Listing, damage: Damage) -> list[str]:
    """Each of what was committed up to the moment by which it is called, and is in none of the others."""
    [manifests] = read_each(store, [(listing, list(listing.attempts))])
    loose = sorted(readable([manifest for manifest in manifests if manifest]), key=order)
    before: set[str] = set()
    written = []
    for folder in listing.collections:
        moment = folder.rstrip("/").rpartition("=")[2]
        if folder not in damage.collections:
            collection = read_collection(store, folder)
            before |= collection.manifests.keys() if collection else set()
            continue
        own = [manifest for manifest in loose if manifest.attempt not in before and manifest.committed_at <= moment]
        if own:
            rewrite(store, folder, own, before)
            before |= {manifest.attempt for manifest in own}
            written.append(f"{store.uri(folder)} collected again")
    return written
