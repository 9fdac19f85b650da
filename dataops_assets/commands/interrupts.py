"""Ctrl-C where nothing is being written: the process ends there and then.

Python lets an interrupt wait until the library that is at work comes back to it. An extension module whose import is
interrupted may abort with a traceback, and a query may compute for hours before it asks.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dataops_assets.interrupts import CODE, WORDS


@contextmanager
def at_once() -> Iterator[None]:
    """Ctrl-C in the block ends the process, whatever it is at. Where the signal is ignored, it stays so."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    watcher = threading.Thread(target=_watch, args=(read,), daemon=True)
    watcher.start()
    handler = signal.signal(signal.SIGINT, lambda *_: None)
    former = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(former)
        signal.signal(signal.SIGINT, handler)
        os.close(write)  # which ends the watcher
        watcher.join()
        os.close(read)


def _watch(read: int) -> None:
    while received := os.read(read, 1):
        if received[0] == signal.SIGINT:
            os.write(2, f"{WORDS}\n".encode())
            os._exit(CODE)
