"""A lake in a folder: objects are files, create-only by the file system's own means."""

import contextlib
import fcntl
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from dataops_assets.lake.paths import TEMPORARY, checked
from dataops_assets.lake.scratch import Scratch
from dataops_assets.lake.store import ABSENT, ObjectChanged, ObjectExists, ObjectInfo, ObjectMissing, Store

_LEFTOVER_SECONDS = 24 * 3600
_LOCK = "replace.lock"


class LocalStore:
    """A folder. An object is written beside its place, flushed to disk, and linked into it: create-only and whole.

    Many at a time are flushed together: that is what a disk takes longest for. scratch: a place below `root`, if none
    is given. mode: of the folders that are made; by default nobody else may look into them.
    """

    threads = 1  # what is in the same machine's memory or on its disk is not waited for long enough

    def __init__(self, root: Path, scratch: Scratch | None = None, mode: int = 0o700) -> None:
        self.root = Path(root).absolute()
        self.scratch = scratch or Scratch(self.root / TEMPORARY / "scratch")
        self._mode = mode
        self._prepared = False
        self._lock = threading.Lock()

    def for_run(self, run_id: str) -> "LocalStore":
        return self  # a file carries no notes; the manifest beside it names the run

    def create(self, path: str, content: bytes | Path) -> None:
        if self.create_all([(path, content)]):
            raise ObjectExists(f"{self.root / path} exists already")

    def create_all(self, objects: Sequence[tuple[str, bytes | Path]]) -> list[str]:
        targets = [self._place(path) for path, _ in objects]
        with self._written([content for _, content in objects]) as files:
            return self._link(zip((path for path, _ in objects), files, targets, strict=True))

    def replace(self, path: str, content: bytes | Path, expected: str | None = None) -> None:
        target = self._place(path)
        with self._written([content]) as [temporary]:
            made = self._make_folder(os.path.dirname(target))
            with self._replacing():
                if expected is not None:
                    info = self.stat(path)
                    found = info.generation if info else ABSENT
                    if found != expected:
                        raise ObjectChanged(f"{target} is of generation {found!r}, not {expected!r}; read it again")
                os.replace(temporary, target)
        _sync_folders({os.path.dirname(target), *made})

    def replace_all(self, objects: Sequence[tuple[str, bytes]]) -> None:
        targets, changed = [self._place(path) for path, _ in objects], set()
        with self._written([content for _, content in objects]) as files:
            for target in targets:
                changed |= {os.path.dirname(target), *self._make_folder(os.path.dirname(target))}
            with self._replacing():
                for file, target in zip(files, targets, strict=True):
                    os.replace(file, target)
        _sync_folders(changed)

    def copy_from(self, other: Store, source: str, target: str) -> None:
        if self.copy_all(other, [(source, target)]):
            raise ObjectExists(f"{self.root / target} exists already")

    def copy_all(self, other: Store, objects: Sequence[tuple[str, str]]) -> list[str]:
        if not isinstance(other, LocalStore):
            raise TypeError(f"a local lake copies from a local lake only, not from {type(other).__name__}")
        # Objects never change, so two names may share the bytes.
        return self._link((target, other._place(source), self._place(target)) for source, target in objects)

    def read(self, path: str) -> bytes:
        with self.open(path) as stream:
            return stream.read()

    def open(self, path: str) -> BinaryIO:
        try:
            return open(self._place(path), "rb")
        except FileNotFoundError as error:
            raise ObjectMissing(f"{self.root / path} does not exist") from error

    def stat(self, path: str) -> ObjectInfo | None:
        try:
            found = os.stat(self._place(path))
        except FileNotFoundError:
            return None
        written = datetime.fromtimestamp(found.st_mtime, UTC)
        return ObjectInfo(found.st_size, f"{found.st_ino}-{found.st_mtime_ns}", written_at=written)

    def folders(self, prefix: str) -> list[str]:
        try:
            with os.scandir(self.root / checked(prefix.rstrip("/")) if prefix else self.root) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir() and entry.name != TEMPORARY)
        except FileNotFoundError:
            return []

    def objects(self, prefix: str) -> dict[str, ObjectInfo]:
        try:
            with os.scandir(self._place(prefix.rstrip("/"))) as entries:
                paths = sorted(f"{prefix}{entry.name}" for entry in entries if entry.is_file())
        except FileNotFoundError:
            return {}
        return {path: info for path in paths if (info := self.stat(path))}

    def delete(self, path: str, generation: str) -> bool:
        target = self._place(path)
        with self._replacing():
            info = self.stat(path)
            found = info is not None and info.generation == generation
            if found:
                os.unlink(target)
        folder = os.path.dirname(target)
        with contextlib.suppress(OSError):  # there is more in it, or another process was first
            os.rmdir(folder)
            folder = os.path.dirname(folder)
        with contextlib.suppress(FileNotFoundError):
            _sync_folders([folder])
        return found

    def uri(self, path: str) -> str:
        return str(self.root / path)

    def _link(self, objects: Iterable[tuple[str, str, str]]) -> list[str]:
        """Give files their places: path, file and place of each. Returns the paths that are taken, which stay."""
        taken, changed = [], set()
        for path, file, place in objects:
            folder = os.path.dirname(place)
            try:
                changed |= {folder, *self._make_folder(folder)}
                try:
                    os.link(file, place)
                except FileNotFoundError:  # the folder was empty, and deleted since
                    changed |= {folder, *self._make_folder(folder)}
                    os.link(file, place)
            except FileExistsError:
                taken.append(path)
            except FileNotFoundError as error:
                raise ObjectMissing(f"{file} does not exist") from error
            except OSError:  # another device, or a file system without links
                if os.path.dirname(file) == str(self.root / TEMPORARY):
                    raise
                taken += self.create_all([(path, Path(file))])
        _sync_folders(changed)
        return taken

    @contextlib.contextmanager
    def _written(self, contents: Sequence[bytes | Path]) -> Iterator[list[str]]:
        """Files of the root's own device with these contents, flushed to disk; gone afterwards unless moved."""
        folder = self._temporary_folder()
        with contextlib.ExitStack() as stack:
            names, streams = [], []
            for content in contents:
                temporary = f"{folder}/{uuid.uuid4().hex}"
                descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
                stack.callback(_remove, temporary)
                stream = stack.enter_context(os.fdopen(descriptor, "wb", buffering=0))
                if isinstance(content, bytes):
                    _write(stream, content)
                else:
                    with content.open("rb") as source:
                        shutil.copyfileobj(source, stream, 1 << 20)
                if len(contents) > 1 and hasattr(os, "posix_fadvise"):
                    # The disk begins now; the flushes then find one journal entry of the file system for all.
                    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                names.append(temporary)
                streams.append(stream)
            for stream in streams:
                os.fsync(stream.fileno())
                stream.close()
            yield names

    @contextlib.contextmanager
    def _replacing(self) -> Iterator[None]:
        """One replacement at a time, over all processes: none comes between a look at the old object and the rename."""
        descriptor = os.open(self._temporary_folder() / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)  # gives the lock back, as the end of a killed process does

    def _place(self, path: str) -> str:
        return f"{self.root}/{checked(path)}"

    def _temporary_folder(self) -> Path:
        folder = self.root / TEMPORARY
        with self._lock:
            if not self._prepared or not folder.is_dir():
                self._make_folder(str(folder))
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

    def _make_folder(self, folder: str) -> list[str]:
        """Make a folder with all above it; returns the folders that have changed, to be flushed."""
        missing = []
        while not os.path.isdir(folder):
            missing.append(folder)
            folder = os.path.dirname(folder)
        for name in reversed(missing):
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, self._mode)
        return [os.path.dirname(name) for name in missing]


def _write(stream: BinaryIO, content: bytes) -> None:
    rest = memoryview(content)
    while rest:  # without a buffer a write may be a part of it
        rest = rest[stream.write(rest) :]


def _remove(file: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(file)


def _sync_folders(folders: Iterable[str]) -> None:
    for folder in sorted(folders):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
