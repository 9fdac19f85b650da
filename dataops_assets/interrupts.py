"""Ctrl-C, and the signal by which a process is told to end: how it is told from an error, and noticed whoever hears it.

A handler raises it wherever the program is, and what is raised there may be caught, wrapped, or turned into another try
by any library. The signal itself is noted as well, by the interpreter.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

WORDS = "interrupted; run the same command again to go on"
CODE = 130

_NAMES = {"KeyboardInterrupt", "DagsterExecutionInterruptedError"}
_DUCKDB = "Query interrupted"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def names_interrupt(name: str, message: str) -> bool:
    """Is an error of this class, with this message, an interrupt? DuckDB has a message for it and no class."""
    return name in _NAMES or (name == "RuntimeError" and _DUCKDB in message)


def is_interrupt(error: BaseException | None) -> bool:
    """Is this error, or one that led to it, an interrupt?"""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if any(names_interrupt(kind.__name__, str(error)) for kind in type(error).__mro__):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def terminable() -> Iterator[None]:
    """Let the signal to end, which Kubernetes sends, be an interrupt in the block, as it is in the steps of a run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


@contextmanager
def deferred() -> Iterator[None]:
    """Ctrl-C waits until the end of the block; processes that are started in it never hear of one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def noticed() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether an interrupt has come since, also where it was not heard, or was swallowed.

    It is to be asked in the block. Outside of the main thread it notices nothing: no signal is handled there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    read, write = os.pipe()
    for end in (read, write):
        os.set_blocking(end, False)
    found: list[bool] = []

    def has_come() -> bool:
        with suppress(BlockingIOError):
            found.extend(number in _SIGNALS for number in os.read(read, 4096))
        return any(found)

    # Dagster leaves the handler of SIGINT behind for SIGTERM: where SIGINT is ignored, nothing could end the process.
    terminated = signal.getsignal(signal.SIGTERM)
    former = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        yield has_come
    finally:
        signal.set_wakeup_fd(former)
        if terminated is not None:
            signal.signal(signal.SIGTERM, terminated)
        os.close(write)
        os.close(read)
