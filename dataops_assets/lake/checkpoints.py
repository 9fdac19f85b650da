"""Checkpoints: manifests of many attempts in one object, so that a long history is read from few, and the newest of it
from one.

    raw_{table}/[{partition}/]collected={when the newest of them was committed}/manifests.jsonl

The first line names the attempts of the checkpoints before, the others are manifests. What an attempt says never
changes, so a copy of it never gets old. It is a copy to read and no more: which attempts there are, their folders say;
one that is in no checkpoint is read by itself; `dataops verify` reads all by themselves.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import msgspec

from dataops_assets.lake.manifest import BadManifest, Manifest, check_place
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store

FOLDER = "collected="
SIZE = 100
"""Attempts that are in no checkpoint, from which on they get one."""

_FILE = "manifests.jsonl"


@dataclass(frozen=True)
class Checkpoint:
    """manifests: by attempt, the one that was committed last at the end. before: attempts of earlier checkpoints."""

    manifests: dict[str, Manifest]
    before: frozenset[str]

    @property
    def newest(self) -> Manifest:
        return self.manifests[next(reversed(self.manifests))]


def read_checkpoints(store: Store, folders: Sequence[str]) -> dict[str, Checkpoint]:
    """By folder, with a slash at the end, but for those that cannot be read, or that a killed run has left without
    their file: what they tell of is read by itself.
    """

    def read(folder: str) -> Checkpoint | None:
        try:
            return read_checkpoint(store, folder)
        except BadManifest:
            return None

    found = zip(folders, parallel_map(read, folders, store.threads), strict=True)
    return {folder: checkpoint for folder, checkpoint in found if checkpoint is not None}


def read_checkpoint(store: Store, folder: str) -> Checkpoint | None:
    """The checkpoint of a folder; None if it has no file. Raises BadManifest if it cannot be read."""
    path, parent = f"{folder}{_FILE}", folder.removesuffix("/").rpartition("/")[0]
    try:
        content = store.read(path)
    except ObjectMissing:
        return None
    found: dict[str, Manifest] = {}
    try:
        if not content:
            raise ValueError("it has no lines")
        first, *lines = content.splitlines()
        before = msgspec.json.decode(first, type=frozenset[str])
        if not lines:
            raise ValueError("it has no attempts")
        for number, line in enumerate(lines, 2):
            manifest = Manifest.from_json(line, f"line {number}")
            check_place(manifest, f"line {number}", f"{parent}/created_at={manifest.attempt}/")
            found[manifest.attempt] = manifest
    except ValueError as error:
        raise BadManifest(f"{store.uri(path)} cannot be read: {error}") from error
    return Checkpoint(found, before)


def write_checkpoint(store: Store, prefix: str, loose: Sequence[Manifest], before: Collection[str]) -> None:
    """Give attempts that are in no checkpoint one, if they are many.

    prefix: the folder of all attempts. loose: those attempts, the one committed last at the end. before: the attempts
    that are in a checkpoint.
    """
    if len(loose) < SIZE:
        return
    try:
        store.create(f"{prefix}{FOLDER}{loose[-1].committed_at}/{_FILE}", _content(loose, before))
    except ObjectExists:  # another process has written one meanwhile
        return


def rewrite(store: Store, folder: str, manifests: Sequence[Manifest], before: Collection[str]) -> None:
    """Put a checkpoint in the place of a damaged one: it is a copy, and what it tells of is there."""
    store.replace(f"{folder}{_FILE}", _content(manifests, before))


def _content(manifests: Sequence[Manifest], before: Collection[str]) -> bytes:
    return b"\n".join([json.dumps(sorted(before)).encode(), *(manifest.to_json(indent=None) for manifest in manifests)])
