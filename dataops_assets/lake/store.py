"""A bucket of immutable objects: what the lake asks of its storage, and the answer of a local folder.

`create` never overwrites. The one object that may change is a pointer (`replace`). A store on GCS keeps the same
promises with preconditions on generations.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from dataops_assets.lake.paths import TEMPORARY, checked

ABSENT = ""  # as the expected generation: there must be no object yet
_LEFTOVER_SECONDS = 24 * 3600
_LOCK = "replace.lock"


class ObjectExists(FileExistsError):
    """There is an object of that name already; it stays as it is."""


class ObjectMissing(FileNotFoundError):
    """There is no object of that name."""


class ObjectChanged(Exception):
    """The object is not the one that was seen before: another process has replaced it."""


class StoreFailed(Exception):
    """The store could not be reached, or it refused. Writing again is safe: a write happens whole or not at all."""


@dataclass(frozen=True)
class ObjectInfo:
    """size: in bytes. generation: another one each time the object is replaced; opaque.

    crc32c: in base64, where the store itself vouches that the object is what this says; None where it does not.
    """

    size: int
    generation: str
    crc32c: str | None = None


class Store(Protocol):
    """One bucket. Paths are relative to its root, with slashes. Every method may raise StoreFailed."""

    threads: int
    """How many objects at a time are handled faster than one."""

    def for_run(self, run_id: str) -> "Store":
        """The same bucket; the run is noted with what is written, where objects can carry notes."""
        ...

    def create(self, path: str, content: bytes | Path) -> None:
        """Store an object whole or not at all; raises ObjectExists. A Path is a local file to be copied (or moved)."""
        ...

    def replace(self, path: str, content: bytes, expected: str | None = None) -> None:
        """Store an object in the place of what is there, in one step: for pointers only.

        expected: the generation that `stat` said before the old content was read, or ABSENT; raises ObjectChanged if
        another one is there by now. None replaces whatever is there.
        """
        ...

    def copy_from(self, other: "Store", source: str, target: str) -> None:
        """Copy an object of another store of the same kind without moving its bytes; raises ObjectExists."""
        ...

    def read(self, path: str) -> bytes:
        """The content; raises ObjectMissing."""
        ...

    def open(self, path: str) -> BinaryIO:
        """The content as a stream; raises ObjectMissing."""
        ...

    def stat(self, path: str) -> ObjectInfo | None:
        """What is known of the object, or None."""
        ...

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders directly below a prefix, sorted. The cost does not depend on what lies elsewhere."""
        ...

    def uri(self, path: str) -> str:
        """What an engine opens."""
        ...


class LocalStore:
    """A folder. An object is written beside its place, flushed to disk, and linked into it: create-only and whole."""

    threads = 2  # more only wait for the same disk, and cost processor time

    def __init__(self, root: Path) -> None:
        self.root = Path(root).absolute()
        self._prepared = False
        self._lock = threading.Lock()

    def for_run(self, run_id: str) -> "LocalStore":
        return self  # a file carries no notes; the manifest beside it names the run

    def create(self, path: str, content: bytes | Path) -> None:
        target = self.root / checked(path)
        with self._written(content) as temporary:
            self._make_folder(target.parent)
            try:
                os.link(temporary, target)
            except FileExistsError as error:
                raise ObjectExists(f"{target} exists already") from error
        _sync_folder(target.parent)

    def replace(self, path: str, content: bytes, expected: str | None = None) -> None:
        target = self.root / checked(path)
        with self._written(content) as temporary:
            self._make_folder(target.parent)
            with self._replacing():
                if expected is not None:
                    info = self.stat(path)
                    found = info.generation if info else ABSENT
                    if found != expected:
                        raise ObjectChanged(f"{target} is of generation {found!r}, not {expected!r}; read it again")
                os.replace(temporary, target)
        _sync_folder(target.parent)

    def copy_from(self, other: "Store", source: str, target: str) -> None:
        if not isinstance(other, LocalStore):
            raise TypeError(f"a local lake copies from a local lake only, not from {type(other).__name__}")
        origin, place = other.root / checked(source), self.root / checked(target)
        self._make_folder(place.parent)
        try:
            os.link(origin, place)  # objects never change, so two names may share the bytes
        except FileExistsError as error:
            raise ObjectExists(f"{place} exists already") from error
        except FileNotFoundError as error:
            raise ObjectMissing(f"{origin} does not exist") from error
        except OSError:  # another device, or a file system without links
            self.create(target, origin)
            return
        _sync_folder(place.parent)

    def read(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def open(self, path: str) -> BinaryIO:
        try:
            return (self.root / checked(path)).open("rb")
        except FileNotFoundError as error:
            raise ObjectMissing(f"{self.root / path} does not exist") from error

    def stat(self, path: str) -> ObjectInfo | None:
        try:
            found = (self.root / checked(path)).stat()
        except FileNotFoundError:
            return None
        return ObjectInfo(found.st_size, f"{found.st_ino}-{found.st_mtime_ns}")

    def folders(self, prefix: str) -> list[str]:
        try:
            with os.scandir(self.root / checked(prefix.rstrip("/"))) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir())
        except FileNotFoundError:
            return []

    def uri(self, path: str) -> str:
        return str(self.root / path)

    @contextlib.contextmanager
    def _written(self, content: bytes | Path) -> Iterator[str]:
        """A file of the root's own device with the content, flushed to disk; gone afterwards unless moved."""
        descriptor, temporary = tempfile.mkstemp(dir=self._temporary_folder())
        try:
            with os.fdopen(descriptor, "wb") as stream:
                if isinstance(content, bytes):
                    stream.write(content)
                else:
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, stream, 1 << 20)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(temporary, 0o644)
            yield temporary
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)

    @contextlib.contextmanager
    def _replacing(self) -> Iterator[None]:
        """One replacement at a time, over all processes: none comes between a look at the old object and the rename."""
        descriptor = os.open(self._temporary_folder() / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)  # gives the lock back, as the end of a killed process does

    def _temporary_folder(self) -> Path:
        folder = self.root / TEMPORARY
        with self._lock:
            folder.mkdir(parents=True, exist_ok=True)
            if not self._prepared:
                self._remove_leftovers(folder)
                self._prepared = True
        return folder

    @staticmethod
    def _remove_leftovers(folder: Path) -> None:
        """Files of processes that were killed; a day old, so that none is still being written."""
        for leftover in folder.iterdir():
            with contextlib.suppress(OSError):  # another process may be cleaning too; leftovers are harmless
                if leftover.name != _LOCK and time.time() - leftover.stat().st_mtime > _LEFTOVER_SECONDS:
                    leftover.unlink()

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        missing = [folder]
        while not missing[-1].parent.is_dir():
            missing.append(missing[-1].parent)
        folder.mkdir(parents=True, exist_ok=True)
        for made in missing:
            _sync_folder(made.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
