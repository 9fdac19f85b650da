"""Manifests of many attempts in one object, so that a long history is read from few.

    raw_{table}/[{partition}/]collected={newest of them}/manifests.jsonl

What an attempt says never changes, so a copy of it never gets old. It is a copy to read and no more: which attempts
there are, their folders say; one that is in no collection is read by itself; `dataops verify` reads all by themselves.
"""

from collections.abc import Iterable, Sequence

from dataops_assets.lake.manifest import BadManifest, Manifest
from dataops_assets.lake.parallel import together
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store

FOLDER = "collected="
SIZE = 100
"""Attempts that are in no collection, from which on they get one."""

_FILE = "manifests.jsonl"


def read_collected(store: Store, folders: Iterable[str]) -> dict[str, Manifest]:
    """The manifests in these collections, by the folder of their attempt. folders: with a slash at the end.

    Raises BadManifest for a collection that cannot be read.
    """

    def read(folder: str) -> list[tuple[str, Manifest]]:
        path = f"{folder}{_FILE}"
        try:
            lines = store.read(path).splitlines()
        except ObjectMissing:  # a folder that a killed run has left
            return []
        above = folder.rstrip("/").rpartition("/")[0]
        try:
            found = [Manifest.from_json(line, f"{store.uri(path)}: line {n}") for n, line in enumerate(lines, 1)]
        except BadManifest as error:
            raise BadManifest(f"{error}. It is a copy: delete this file, and run the same command again") from error
        return [(f"{above}/created_at={manifest.attempt}/", manifest) for manifest in found]

    return dict(pair for pairs in together(read, list(folders), store.threads) for pair in pairs)


def collect(store: Store, prefix: str, loose: Sequence[Manifest]) -> None:
    """Give the attempts that are in no collection one, if there are many. prefix: the folder of all attempts."""
    if len(loose) < SIZE:
        return
    content = b"\n".join(manifest.to_json(indent=None) for manifest in loose)
    newest = max(manifest.attempt for manifest in loose)
    try:
        store.create(f"{prefix}{FOLDER}{newest}/{_FILE}", content)
    except ObjectExists:  # another process has collected them meanwhile
        return
