"""An advisory lock on a file, shared by readers and exclusive for a writer, across processes and threads.

Whoever waits holds the turnstile, so requests are served in the order in which they came and a stream of readers does
not starve a writer. The operating system drops the lock of a process that dies.
"""

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dataops_assets.warehouse.errors import TransientError

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.005
_SAY_AFTER_SECONDS = 10.0
_LOCKS = Path("/proc/locks")  # https://man7.org/linux/man-pages/man5/proc_locks.5.html


class LockTimeout(TransientError, TimeoutError):
    """Someone else held the lock for too long; the message names who."""


@contextmanager
def file_lock(path: Path, *, exclusive: bool, timeout: float) -> Iterator[None]:
    """Hold the lock `path`; raises LockTimeout after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    turnstile = os.open(f"{path}.turn", os.O_RDWR | os.O_CREAT, 0o644)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(turnstile, fcntl.LOCK_EX, path, deadline, timeout)
        try:
            _acquire(lock, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH, path, deadline, timeout)
        finally:
            fcntl.flock(turnstile, fcntl.LOCK_UN)
        if exclusive:
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)
        os.close(turnstile)


def _acquire(descriptor: int, mode: int, path: Path, deadline: float, timeout: float) -> None:
    say_at = time.monotonic() + _SAY_AFTER_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            now = time.monotonic()
            if now >= deadline:
                raise LockTimeout(
                    f"{path}: still held by {_holders(path)} after {timeout:.0f} s; "
                    "wait for that run or query, or stop it if it hangs, and start again"
                ) from None
            if now >= say_at:
                logger.warning("waiting for %s, held by %s", path, _holders(path))
                say_at = now + 6 * _SAY_AFTER_SECONDS
            time.sleep(_POLL_SECONDS)


def _holders(path: Path) -> str:
    """By the list that Linux keeps. Elsewhere only a writer has left its word, which a reader does not take away."""
    locks = [line.split() for line in _read(_LOCKS).splitlines() if " FLOCK " in line]
    inode = str(path.stat().st_ino)
    found = sorted({int(pid) for _, _, _, _, pid, file, *_ in locks if file.rpartition(":")[2] == inode})
    if not found:
        return f"another process (the last one to write was {_read(path).strip() or 'none'})"
    return f"{'process' if len(found) == 1 else 'processes'} {', '.join(map(str, found))}"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
