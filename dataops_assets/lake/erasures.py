"""Records of erasures: whose rows are to be gone from everywhere, without saying who that is.

    _erased/at={moment}/erasure.json      begun; never changed, and kept for good
    _erased/done={moment}/erasure.json    what was removed, once all of it is

The first is there before anything is removed: so a process may be killed in between, and from then on no extraction
brings rows of theirs back. The value is in neither, only its keyed hash.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.paths import attempt_name
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store

FOLDER = "_erased"
"""No dataset can be called like it."""

_FILE = "erasure.json"
_AT, _DONE = "at=", "done="


@dataclass(frozen=True)
class Removed:
    """What was removed of one partition of an asset, or of a raw attempt, or of a version in a lake.

    what: "raw", "correction", "staged", "quarantine", "transformed", "production", "version". before, after: versions,
    or hashes of content; "" where there is none.
    """

    asset: str
    partition: str
    what: str
    rows: int
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Erasure:
    """name: when it was begun, UTC. key: the subject key. hashed: the keyed hash of its value. secret: which secret the
    hash is of (`pseudonyms.fingerprint`).
    """

    name: str
    key: str
    hashed: str
    secret: str
    by: str
    reason: str
    run_id: str = ""
    code_version: str = ""
    format_version: int = 1


class Finished(msgspec.Struct):
    """What is kept at the end."""

    removed: list[Removed]
    finished_at: str


def begin(store: Store, erasure: Erasure) -> Erasure:
    """Keep the record; the one that was begun for the same subject, and not finished, is gone on with instead."""
    for known in erasures(store):
        if known.key == erasure.key and known.hashed == erasure.hashed and not is_done(store, known):
            return known
    while True:
        content = msgspec.json.format(msgspec.json.encode(erasure), indent=1)
        try:
            store.create(f"{FOLDER}/{_AT}{erasure.name}/{_FILE}", content)
        except ObjectExists:  # another process was in the same microsecond
            moment = datetime.fromisoformat(erasure.name) + timedelta(microseconds=1)
            erasure = replace(erasure, name=attempt_name(moment))
            continue
        return erasure


def finish(store: Store, erasure: Erasure, removed: Sequence[Removed]) -> None:
    """Say that all of it is gone, and what it was."""
    finished = Finished(list(removed), attempt_name(datetime.now(UTC)))
    with contextlib.suppress(ObjectExists):  # another process has finished it as well
        path = f"{FOLDER}/{_DONE}{erasure.name}/{_FILE}"
        store.create(path, msgspec.json.format(msgspec.json.encode(finished), indent=1))


def is_done(store: Store, erasure: Erasure) -> bool:
    """Was it finished?"""
    return store.stat(f"{FOLDER}/{_DONE}{erasure.name}/{_FILE}") is not None


def erasures(store: Store, known: Sequence[Erasure] = ()) -> list[Erasure]:
    """All that were ever begun, the newest last. known: those that need not be read again. Raises LakeDamaged."""
    names = [name.removeprefix(_AT) for name in store.folders(f"{FOLDER}/") if name.startswith(_AT)]
    there = {each.name: each for each in known}
    found = [there.get(name) or _read(store, name) for name in names]
    return [each for each in found if each]


def _read(store: Store, name: str) -> Erasure | None:
    path = f"{FOLDER}/{_AT}{name}/{_FILE}"
    try:
        return msgspec.json.decode(store.read(path), type=Erasure)
    except ObjectMissing:  # a killed process has left the folder alone
        return None
    except ValueError as error:
        raise LakeDamaged(f"{store.uri(path)} cannot be read: {error}; restore it from a backup") from error
