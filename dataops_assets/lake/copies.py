"""What is in manifests and in checkpoints of them, compared; what is damaged is made again of the other."""

from dataclasses import dataclass

from dataops_assets.lake.checkpoints import Checkpoint, read_checkpoint, rewrite
from dataops_assets.lake.history import Listing, listed, order, read_each, readable
from dataops_assets.lake.manifest import BadManifest, Manifest
from dataops_assets.lake.paths import MANIFEST
from dataops_assets.lake.store import Store
from dataops_assets.model.partitions import Partition


@dataclass(frozen=True)
class Damage:
    """manifests: the copies of those that are missing or are not what they were, with what is wrong with the objects.
    checkpoints: the folders of those that cannot be read, or that hide an attempt, with what is wrong.
    """

    manifests: dict[str, Manifest]
    checkpoints: dict[str, str]
    problems: list[str]


def damaged_copies(store: Store, table: str, partition: Partition | None) -> list[str]:
    """A line for each manifest that is missing, or is not what its checkpoint says; and for each checkpoint that cannot
    be read, or has younger attempts than its own among those before it, which would be overlooked.
    """
    return _compared(store, table, partition).problems


def restore_copies(store: Store, table: str, partition: Partition | None) -> list[str]:
    """Put these manifests back as they were when their checkpoint was written, and make these checkpoints again.

    Returns a line for each object that was written.
    """
    damage = _compared(store, table, partition)
    listing = listed(store, table, partition)
    written = []
    for attempt, manifest in damage.manifests.items():
        path = f"{listing.folder(attempt)}{MANIFEST}"
        store.replace(path, manifest.to_json())
        written.append(f"{store.uri(path)} restored from its copy")
    if damage.checkpoints:
        written += _rewrite(store, listing, damage)
    return written


def _compared(store: Store, table: str, partition: Partition | None) -> Damage:
    listing = listed(store, table, partition)
    checkpoints: dict[str, Checkpoint] = {}
    damage = Damage({}, {}, [])
    for folder in listing.checkpoints:
        try:
            if checkpoint := read_checkpoint(store, folder):
                checkpoints[folder] = checkpoint
        except BadManifest as error:
            damage.checkpoints[folder] = ""
            damage.problems.append(str(error))
    copied = {attempt: manifest for each in checkpoints.values() for attempt, manifest in each.manifests.items()}
    named = copied.keys() | {attempt for each in checkpoints.values() for attempt in each.before}
    both = [attempt for attempt in listing.attempts if attempt in named]
    [read] = read_each(store, [(listing, both)])
    found = dict(zip(both, read, strict=True))
    for attempt, manifest in found.items():
        if attempt in copied and manifest != copied[attempt]:
            damage.manifests[attempt] = copied[attempt]
            uri, what = store.uri(f"{listing.folder(attempt)}{MANIFEST}"), "has changed" if manifest else "is missing"
            damage.problems.append(f"{uri} {what} (extractions and loads go by the copy of it that was made before)")
    for folder, checkpoint in checkpoints.items():
        newest = order(checkpoint.newest)
        younger = [a for a in sorted(checkpoint.before) if (manifest := found.get(a)) and order(manifest) > newest]
        if younger:
            damage.checkpoints[folder] = folder
            damage.problems.append(
                f"{store.uri(folder)} says that {', '.join(younger)} came before it, and they came after it"
            )
    return damage


def _rewrite(store: Store, listing: Listing, damage: Damage) -> list[str]:
    """Each of what was committed up to the moment by which it is called, and is in none of the others."""
    [manifests] = read_each(store, [(listing, list(listing.attempts))])
    loose = sorted(readable([manifest for manifest in manifests if manifest]), key=order)
    before: set[str] = set()
    written = []
    for folder in listing.checkpoints:
        moment = folder.rstrip("/").rpartition("=")[2]
        if folder not in damage.checkpoints:
            checkpoint = read_checkpoint(store, folder)
            before |= checkpoint.manifests.keys() if checkpoint else set()
            continue
        own = [manifest for manifest in loose if manifest.attempt not in before and manifest.committed_at <= moment]
        if own:
            rewrite(store, folder, own, before)
            before |= {manifest.attempt for manifest in own}
            written.append(f"{store.uri(folder)} written again")
    return written
