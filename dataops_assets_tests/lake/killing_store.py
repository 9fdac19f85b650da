"""A lake that kills its own process (SIGKILL) at a chosen write, so that tests can crash a run wherever they like."""

import contextlib
import itertools
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dataops_assets.lake.store import ObjectExists, Store


class KillSwitch:
    """Counts the durable writes of a process, from 1, and kills it before or after one of them.

    at: the write to die at; None only counts. Several stores, and anything else that writes, may share one switch.
    """

    def __init__(self, at: int | None = None, after: bool = False) -> None:
        self._at, self._after = at, after
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.writes: list[str] = []

    @contextlib.contextmanager
    def write(self, what: str) -> Iterator[None]:
        """Put around a write. what: how a test's message names it."""
        with self._lock:
            number = next(self._numbers)
            self.writes.append(what)
        if number == self._at and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        yield
        if number == self._at:
            os.kill(os.getpid(), signal.SIGKILL)


class KillingStore:
    """Another store, whose writes pass a switch."""

    def __init__(self, store: Store, switch: KillSwitch) -> None:
        self._store, self._switch = store, switch
        self.threads, self.scratch = store.threads, store.scratch
        # Reading is left as it is.
        self.read, self.open, self.stat = store.read, store.open, store.stat
        self.folders, self.uri, self.objects = store.folders, store.uri, store.objects

    def for_run(self, run_id: str) -> "KillingStore":
        return KillingStore(self._store.for_run(run_id), self._switch)

    def create(self, path: str, content: bytes | Path) -> None:
        with self._switch.write(f"create {path}"):
            self._store.create(path, content)

    def create_all(self, objects: Sequence[tuple[str, bytes | Path]]) -> list[str]:
        return [path for path, content in objects if _taken(self.create, path, content)]

    def replace_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        for each in objects:
            self.replace(*each)

    def copy_all(self, other: Store, objects: Sequence[tuple[str, str]]) -> list[str]:
        return [target for source, target in objects if _taken(self.copy_from, other, source, target)]

    def replace(self, path: str, content: bytes, expected: str | None = None) -> None:
        with self._switch.write(f"replace {path}"):
            self._store.replace(path, content, expected)

    def delete(self, path: str, generation: str) -> bool:
        with self._switch.write(f"delete {path}"):
            return self._store.delete(path, generation)

    def copy_from(self, other: Store, source: str, target: str) -> None:
        with self._switch.write(f"copy {target}"):
            self._store.copy_from(other._store if isinstance(other, KillingStore) else other, source, target)


def _taken(write: Callable[..., None], *arguments: Any) -> bool:
    try:
        write(*arguments)
    except ObjectExists:
        return True
    return False
