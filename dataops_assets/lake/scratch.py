"""Folders of this machine for what is on its way, such as an answer before it is kept.

A process that is killed leaves its folders behind; the next one that needs such a folder takes them away. Each is
locked for as long as it is used, and the operating system drops the lock of a process that dies: so that tells which
are in use, where process ids would not (they come again, and those of a container say nothing outside of it).
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

PREFIX = "dataops-"


class Scratch:
    """Where such folders are made: below `root`, made on first use for this user alone; None: the system's own place,
    in which nothing is taken away.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._swept = False

    @contextlib.contextmanager
    def folder(self) -> Iterator[Path]:
        """An empty folder, gone at the end of the block."""
        if self.root is None:
            with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
                yield Path(folder)
            return
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep_once(self.root)
        folder, lock = _made(self.root)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)

    def _sweep_once(self, root: Path) -> None:
        with self._lock:
            if not self._swept:
                self._swept = True
                for leftover in root.glob(f"{PREFIX}*"):
                    _remove_unless_used(leftover)


def _made(root: Path) -> tuple[Path, int]:
    while True:  # another process may take it away before it is locked
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            with contextlib.suppress(OSError):  # a file system without locks: nor can anybody lock it to take it away
                fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                return folder, lock
            os.close(lock)


def _remove_unless_used(folder: Path) -> None:
    with contextlib.suppress(OSError):
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
