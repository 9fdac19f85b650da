"""The records of prunings: who had what deleted of a lake, and when, written before the first object goes.

    _pruned/at={moment}/pruning.json        what is to be deleted; never changed, and kept for good
    _pruned/done={moment}/pruning.json      once all of it is

So a process may be killed in between: the next one finds a record that is not done, and finishes it.
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import msgspec

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.paths import attempt_name
from dataops_assets.lake.store import ObjectExists, ObjectMissing, Store

FOLDER = "_pruned"
"""No dataset can be called like it."""

_FILE = "pruning.json"
_AT, _DONE = "at=", "done="


@dataclass(frozen=True)
class StoredObject:
    """One object. generation: as the store said it when the pruning was decided; another one is not deleted."""

    path: str
    generation: str
    bytes: int


@dataclass(frozen=True)
class Pruned:
    """A version of a table, or a raw attempt, that nothing needs.

    asset: whose it is. table: its folder in the lake. partition: its key, or "". name: the version, or the attempt.
    since: from when on nothing has needed it, UTC, ISO 8601. manifest: the content of its manifest, which is the first
    of the objects.
    """

    kind: Literal["version", "attempt"]
    asset: str
    table: str
    partition: str
    name: str
    since: str
    manifest: str
    objects: Sequence[StoredObject]

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.objects)


@dataclass(frozen=True)
class Pruning:
    """name: when, UTC. by: who. keeps: the retention in force. runs: ids of the runs of Dagster that go as well.
    done: is all of it gone?
    """

    name: str
    by: str
    keeps: Mapping[str, int | None]
    items: Sequence[Pruned]
    runs: Sequence[str] = ()
    run_id: str = ""
    code_version: str = ""
    done: bool = False


def begin(store: Store, pruning: Pruning) -> Pruning:
    """Keep the record, from which on it is to be finished; returns it as it was kept."""
    while True:
        content = msgspec.json.format(msgspec.json.encode(_Record.of(pruning)), indent=1)
        try:
            store.create(f"{FOLDER}/{_AT}{pruning.name}/{_FILE}", content)
        except ObjectExists:  # another process was in the same microsecond
            pruning = replace(pruning, name=attempt_name(datetime.now(UTC)))
            continue
        return pruning


def finish(store: Store, pruning: Pruning) -> None:
    """Say that all of it is gone."""
    with contextlib.suppress(ObjectExists):  # another process has finished it as well
        store.create(f"{FOLDER}/{_DONE}{pruning.name}/{_FILE}", b"{}")


def prunings(store: Store) -> list[Pruning]:
    """All of a lake, the newest last. Raises LakeDamaged if one cannot be read."""
    names = store.folders(f"{FOLDER}/")
    done = {name.removeprefix(_DONE) for name in names if name.startswith(_DONE)}
    found = parallel_map(
        lambda name: _read(store, name, name in done),
        [name.removeprefix(_AT) for name in names if name.startswith(_AT)],
        store.threads,
    )
    return [each for each in found if each]


def unfinished(store: Store) -> list[Pruning]:
    """Those of a process that was killed, or that is at work; no others are read."""
    names = store.folders(f"{FOLDER}/")
    done = {name.removeprefix(_DONE) for name in names if name.startswith(_DONE)}
    open_ = [at for name in names if name.startswith(_AT) and (at := name.removeprefix(_AT)) not in done]
    return [each for name in open_ if (each := _read(store, name, False))]


def pruned_versions(store: Store, table: str) -> dict[tuple[str, str], Pruning]:
    """Of a table, by partition and version, which pruning has deleted it last; it may have been made again since."""
    return {
        (item.partition, item.name): pruning
        for pruning in prunings(store)
        for item in pruning.items
        if item.kind == "version" and item.table == table
    }


class _Record(msgspec.Struct):
    """A pruning as it is kept."""

    name: str
    by: str
    keeps: dict[str, int | None]
    items: list[Pruned]
    runs: list[str] = []
    run_id: str = ""
    code_version: str = ""
    format_version: int = 1

    @classmethod
    def of(cls, pruning: Pruning) -> "_Record":
        what = dict(pruning.keeps), list(pruning.items), list(pruning.runs)
        return cls(pruning.name, pruning.by, *what, pruning.run_id, pruning.code_version)


def _read(store: Store, name: str, done: bool) -> Pruning | None:
    path = f"{FOLDER}/{_AT}{name}/{_FILE}"
    try:
        record = msgspec.json.decode(store.read(path), type=_Record)
    except ObjectMissing:  # a killed process has left the folder alone
        return None
    except ValueError as error:
        raise LakeDamaged(f"{store.uri(path)} cannot be read: {error}; restore it from a backup") from error
    what = record.keeps, record.items, record.runs
    return Pruning(record.name, record.by, *what, record.run_id, record.code_version, done)
