"""Manifests of many attempts in one object, so that a long history is read from few, and the newest of it from one.

    raw_{table}/[{partition}/]collected={when the newest of them was committed}/manifests.jsonl

The first line names the attempts of the collections before, the others are manifests. What an attempt says never
changes, so a copy of it never gets old. It is a copy to read and no more: which attempts there are, their folders say;
one that is in no collection is read by itself; `dataops verify` reads all by themselves.
"""

import json
from collections.abc import Collection as Several
from collections.abc import Sequence
from dataclasses import dataclass

from dataops_assets.lake.manifest import BadManifest, Manifest
from dataops_assets.lake.parallel import together
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store

FOLDER = "collected="
SIZE = 100
"""Attempts that are in no collection, from which on they get one."""

_FILE = "manifests.jsonl"


@dataclass(frozen=True)
class Collection:
    """manifests: by attempt, the one that was committed last at the end. before: attempts of earlier collections."""

    manifests: dict[str, Manifest]
    before: frozenset[str]

    @property
    def newest(self) -> Manifest:
        return self.manifests[next(reversed(self.manifests))]


def read_collections(store: Store, folders: Sequence[str]) -> dict[str, Collection]:
    """By folder, but for those that a killed run has left without their file. folders: with a slash at the end.

    Raises BadManifest for one that cannot be read.
    """

    def read(folder: str) -> Collection | None:
        path = f"{folder}{_FILE}"
        try:
            content = store.read(path)
        except ObjectMissing:
            return None
        try:
            if not content:
                raise ValueError("it has no lines")
            first, *lines = content.splitlines()
            before = frozenset(json.loads(first))
            if not lines:
                raise ValueError("it has no attempts")
            found = [Manifest.from_json(line, f"line {n}") for n, line in enumerate(lines, 2)]
        except ValueError as error:
            raise BadManifest(
                f"{store.uri(path)} cannot be read: {error}. It is a copy: delete this file, and run the same command "
                "again"
            ) from error
        return Collection({manifest.attempt: manifest for manifest in found}, before)

    found = zip(folders, together(read, folders, store.threads), strict=True)
    return {folder: collection for folder, collection in found if collection is not None}


def collect(store: Store, prefix: str, loose: Sequence[Manifest], before: Several[str]) -> None:
    """Give attempts that are in no collection one, if they are many.

    prefix: the folder of all attempts. loose: those attempts, the one committed last at the end. before: the attempts
    that are in a collection.
    """
    if len(loose) < SIZE:
        return
    lines = [json.dumps(sorted(before)).encode(), *(manifest.to_json(indent=None) for manifest in loose)]
    try:
        store.create(f"{prefix}{FOLDER}{loose[-1].committed_at}/{_FILE}", b"\n".join(lines))
    except ObjectExists:  # another process has collected them meanwhile
        return
