"""The committed attempts of a partition, listed by their folders, read from their manifests or from copies of these.

An attempt without a manifest does not exist. The one that was committed last is the current one, also where it began
before another. One whose manifest cannot be read has its place among the others, as a `DamagedManifest`: who needs its
data is told so, and the others go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataops_assets.lake.checkpoints import FOLDER, Checkpoint, read_checkpoints
from dataops_assets.lake.manifest import BadManifest, DamagedManifest, Manifest, check_place
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.paths import MANIFEST, raw_prefix
from dataops_assets.lake.store import ObjectMissing, Store
from dataops_assets.model.partitions import Partition

_ATTEMPT = "created_at="
CORRECTED = "corrected="
"""Begins the folder of a correction (`corrections`)."""


@dataclass(frozen=True)
class History:
    """attempts: those that were read, the current one last. loose: those of them that are in no checkpoint, in the
    same order. checkpointed: the names of those that are in one; of all of them, if only the newest were asked for.
    corrections: the names of corrections, the newest last.
    """

    attempts: list[Manifest]
    loose: list[Manifest]
    checkpointed: frozenset[str]
    corrections: Sequence[str] = ()


def attempts(store: Store, table: str, partition: Partition | None) -> list[Manifest]:
    """The committed attempts of a partition, the current one last. The cost does not depend on other partitions."""
    return attempts_of(store, table, [partition])[partition]


def current(store: Store, table: str, partition: Partition | None) -> Manifest | None:
    """The attempt that was committed last, of those that can be read, or None."""
    [found] = attempts_of(store, table, [partition], recent=True).values()
    if found and not readable(found):  # none of the newest
        found = attempts(store, table, partition)
    return next(iter(reversed(readable(found))), None)


def readable(attempts: Sequence[Manifest]) -> list[Manifest]:
    """Those whose manifest can be read."""
    return [manifest for manifest in attempts if not isinstance(manifest, DamagedManifest)]


def attempts_of(
    store: Store, table: str, partitions: Sequence[Partition | None], *, recent: bool = False
) -> dict[Partition | None, list[Manifest]]:
    """`attempts` of many partitions, several requests at a time: a listing for each, and one for each manifest.

    Of a partition with a long history it is one for each hundred manifests. recent: of such a one the newest hundred
    or two, for two requests and one for each of the youngest.
    """
    unique = list(dict.fromkeys(partitions))
    found = histories(store, table, unique, recent=recent)
    return {partition: history.attempts for partition, history in zip(unique, found, strict=True)}


def histories(store: Store, table: str, partitions: Sequence[Partition | None], *, recent: bool) -> list[History]:
    """Of each partition. recent: as of `attempts_of`."""
    listings = parallel_map(lambda partition: listed(store, table, partition), partitions, store.threads)
    copies = _checkpointed(store, listings, recent)
    loose = read_each(store, [(both[0], _loose(*both)) for both in zip(listings, copies, strict=True)])
    return [_history(*each) for each in zip(listings, copies, loose, strict=True)]


@dataclass(frozen=True)
class Listing:
    """What the folders of a partition tell. checkpoints: their folders, the newest last. attempts, corrections: their
    names.
    """

    table: str
    partition: Partition | None
    prefix: str
    checkpoints: list[str]
    attempts: dict[str, None]
    corrections: Sequence[str] = ()

    def folder(self, attempt: str) -> str:
        """Of one attempt, with a slash at the end."""
        return f"{self.prefix}{_ATTEMPT}{attempt}/"


@dataclass(frozen=True)
class _Checkpointed:
    """What checkpoints tell. manifests: by attempt. older: attempts of checkpoints that were not read."""

    manifests: dict[str, Manifest]
    older: frozenset[str] = frozenset()


def listed(store: Store, table: str, partition: Partition | None) -> Listing:
    """The folders of a partition."""
    prefix = raw_prefix(table, partition)
    names = store.folders(prefix)
    return Listing(
        table,
        partition,
        prefix,
        [f"{prefix}{name}/" for name in names if name.startswith(FOLDER)],
        {name.removeprefix(_ATTEMPT): None for name in names if name.startswith(_ATTEMPT)},
        [name.removeprefix(CORRECTED) for name in names if name.startswith(CORRECTED)],
    )


def _checkpointed(store: Store, listings: Sequence[Listing], recent: bool) -> list[_Checkpointed]:
    """Of each partition. recent: by its newest checkpoint, unless that cannot know which attempt is the newest."""
    chosen = [listing.checkpoints[-1:] if recent else listing.checkpoints for listing in listings]
    read = read_checkpoints(store, [folder for folders in chosen for folder in folders])
    if not recent:
        return [_of_all(listing, read) for listing in listings]
    return [_of_newest(store, listing, read) for listing in listings]


def _of_all(listing: Listing, read: Mapping[str, Checkpoint]) -> _Checkpointed:
    found = [read[folder] for folder in listing.checkpoints if folder in read]
    return _Checkpointed({attempt: manifest for each in found for attempt, manifest in each.manifests.items()})


def _of_newest(store: Store, listing: Listing, read: Mapping[str, Checkpoint]) -> _Checkpointed:
    if not listing.checkpoints:
        return _Checkpointed({})
    last = read.get(listing.checkpoints[-1])
    if last and last.newest.attempt in listing.attempts:
        return _Checkpointed(last.manifests, last.before)
    # A killed run has left it without its file, or the attempts that it is of were deleted: who is the newest now?
    return _of_all(listing, read_checkpoints(store, listing.checkpoints))


def _loose(listing: Listing, checkpointed: _Checkpointed) -> list[str]:
    """The attempts that no checkpoint tells of."""
    return [a for a in listing.attempts if a not in checkpointed.manifests and a not in checkpointed.older]


def _history(listing: Listing, checkpointed: _Checkpointed, read: Sequence[Manifest | None]) -> History:
    loose = sorted((manifest for manifest in read if manifest), key=order)
    known = [checkpointed.manifests[attempt] for attempt in listing.attempts if attempt in checkpointed.manifests]
    older = checkpointed.older | checkpointed.manifests.keys()
    return History(sorted([*known, *loose], key=order), loose, older, listing.corrections)


def order(manifest: Manifest) -> tuple[str, str]:
    """By this the attempts of a partition are sorted."""
    return manifest.committed_at, manifest.attempt


def read_each(store: Store, groups: Sequence[tuple[Listing, Sequence[str]]]) -> list[list[Manifest | None]]:
    """The manifests of these attempts as they are now, all groups at a time; None where there is none: there is no
    attempt. One that cannot be read is a DamagedManifest.
    """

    def read(place: tuple[Listing, str]) -> Manifest | None:
        listing, attempt = place
        folder = listing.folder(attempt)
        path = f"{folder}{MANIFEST}"
        try:
            manifest = Manifest.from_json(store.read(path), store.uri(path))
            check_place(manifest, store.uri(path), folder)
        except ObjectMissing:
            return None
        except BadManifest as error:
            key = listing.partition.key if listing.partition else None
            return DamagedManifest.of(listing.table, key, attempt, str(error))
        return manifest

    found = iter(
        parallel_map(read, [(listing, attempt) for listing, group in groups for attempt in group], store.threads)
    )
    return [[next(found) for _ in group] for _, group in groups]
