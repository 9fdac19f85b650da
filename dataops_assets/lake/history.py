"""The committed attempts of a partition, listed by their folders, read from their manifests or from copies of these.

An attempt without a manifest does not exist. The one that was committed last is the current one, also where it began
before another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataops_assets.lake.collected import FOLDER, Collection, read_collections
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.parallel import together
from dataops_assets.lake.paths import MANIFEST, raw_prefix
from dataops_assets.lake.store import ObjectMissing, Store
from dataops_assets.model.partitions import Partition

_ATTEMPT = "created_at="


@dataclass(frozen=True)
class History:
    """attempts: those that were read, the current one last. loose: those of them that are in no collection, in the
    same order. collected: the names of those that are in one; of all of them, if only the newest were asked for.
    """

    attempts: list[Manifest]
    loose: list[Manifest]
    collected: frozenset[str]


def attempts(store: Store, table: str, partition: Partition | None) -> list[Manifest]:
    """The committed attempts of a partition, the current one last. The cost does not depend on other partitions."""
    return attempts_of(store, table, [partition])[partition]


def current(store: Store, table: str, partition: Partition | None) -> Manifest | None:
    """The attempt that was committed last, or None."""
    [found] = attempts_of(store, table, [partition], recent=True).values()
    return found[-1] if found else None


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
    prefixes = [raw_prefix(table, partition) for partition in partitions]
    listings = together(lambda prefix: _listed(store, prefix), prefixes, store.threads)
    copies = _told(store, listings, recent)
    loose = _read_each(store, [_loose(*both) for both in zip(listings, copies, strict=True)])
    return [_history(*each) for each in zip(listings, copies, loose, strict=True)]


def miscollected(store: Store, table: str, partition: Partition | None) -> list[str]:
    """A line for each attempt whose manifest is missing, or is not what it was when it was collected; and for each
    collection that has younger attempts than its own among those before it, which would be overlooked."""
    listing = _listed(store, raw_prefix(table, partition))
    collections = read_collections(store, listing.collections)
    told = {attempt: manifest for each in collections.values() for attempt, manifest in each.manifests.items()}
    named = told.keys() | {attempt for each in collections.values() for attempt in each.before}
    both = [attempt for attempt in listing.attempts if attempt in named]
    [read] = _read_each(store, [[listing.manifest(attempt) for attempt in both]])
    found = dict(zip(both, read, strict=True))
    label = f"raw/{table} {partition.key}" if partition else f"raw/{table}"
    lines = [
        f"{label}: {store.uri(listing.manifest(attempt))} {'has changed' if manifest else 'is missing'}; restore the "
        "object from a backup (extractions and loads go by the copy of it that was made before)"
        for attempt, manifest in found.items()
        if attempt in told and manifest != told[attempt]
    ]
    for folder, collection in collections.items():
        newest = _order(collection.newest)
        younger = [a for a in sorted(collection.before) if (manifest := found.get(a)) and _order(manifest) > newest]
        if younger:
            lines.append(
                f"{label}: {store.uri(folder)} says that {', '.join(younger)} came before it, and they came after it; "
                "it is a copy: delete its file, and load the partition again"
            )
    return lines


@dataclass(frozen=True)
class _Listing:
    """What the folders of a partition tell. collections: their folders, the newest last. attempts: their names."""

    prefix: str
    collections: list[str]
    attempts: dict[str, None]

    def manifest(self, attempt: str) -> str:
        return f"{self.prefix}{_ATTEMPT}{attempt}/{MANIFEST}"


@dataclass(frozen=True)
class _Told:
    """What collections tell. manifests: by attempt. older: attempts of collections that were not read."""

    manifests: dict[str, Manifest]
    older: frozenset[str] = frozenset()


def _listed(store: Store, prefix: str) -> _Listing:
    names = store.folders(prefix)
    return _Listing(
        prefix,
        [f"{prefix}{name}/" for name in names if name.startswith(FOLDER)],
        {name.removeprefix(_ATTEMPT): None for name in names if name.startswith(_ATTEMPT)},
    )


def _told(store: Store, listings: Sequence[_Listing], recent: bool) -> list[_Told]:
    """Of each partition. recent: by its newest collection, unless that cannot know which attempt is the newest."""
    chosen = [listing.collections[-1:] if recent else listing.collections for listing in listings]
    read = read_collections(store, [folder for folders in chosen for folder in folders])
    if not recent:
        return [_all_told(listing, read) for listing in listings]
    return [_newest_told(store, listing, read) for listing in listings]


def _all_told(listing: _Listing, read: Mapping[str, Collection]) -> _Told:
    found = [read[folder] for folder in listing.collections if folder in read]
    return _Told({attempt: manifest for each in found for attempt, manifest in each.manifests.items()})


def _newest_told(store: Store, listing: _Listing, read: Mapping[str, Collection]) -> _Told:
    if not listing.collections:
        return _Told({})
    last = read.get(listing.collections[-1])
    if last and last.newest.attempt in listing.attempts:
        return _Told(last.manifests, last.before)
    # A killed run has left it without its file, or the attempts that it is of were deleted: who is the newest now?
    return _all_told(listing, read_collections(store, listing.collections))


def _loose(listing: _Listing, told: _Told) -> list[str]:
    """The manifests of the attempts that no collection tells of."""
    return [listing.manifest(a) for a in listing.attempts if a not in told.manifests and a not in told.older]


def _history(listing: _Listing, told: _Told, read: Sequence[Manifest | None]) -> History:
    loose = sorted((manifest for manifest in read if manifest), key=_order)
    known = [told.manifests[attempt] for attempt in listing.attempts if attempt in told.manifests]
    return History(sorted([*known, *loose], key=_order), loose, told.older | told.manifests.keys())


def _order(manifest: Manifest) -> tuple[str, str]:
    return manifest.committed_at, manifest.attempt


def _read_each(store: Store, groups: Sequence[Sequence[str]]) -> list[list[Manifest | None]]:
    """The manifest at each of these paths, all groups at a time; None where there is none: there is no attempt."""

    def read(path: str) -> Manifest | None:
        try:
            return Manifest.from_json(store.read(path), store.uri(path))
        except ObjectMissing:
            return None

    found = iter(together(read, [path for group in groups for path in group], store.threads))
    return [[next(found) for _ in group] for group in groups]
