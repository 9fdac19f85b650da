"""Every write of a process, numbered, so that a test can kill the process (SIGKILL) at any one of them.

Lake: each temporary file, each link, rename, removal and flush. Warehouse: opening the file for writing, each statement
of a swap, its COMMIT, and closing the file, which moves the log into it. Ledger and receipts are tables of the
warehouse, so their writes are among these.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dataops_assets.lake import local
from dataops_assets.warehouse.duckdb import file as duckdb_file
from dataops_assets.warehouse.duckdb import undo
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse

SCRATCH = ("SELECT", "WITH", "CREATE OR REPLACE TEMP TABLE", "DROP TABLE IF EXISTS temp")
"""Statements that write nothing but private memory."""

SLOW = ("COMMIT", "close")
"""Writes that take a moment, in the middle of which a process can be killed as well."""


class Switch:
    """Counts writes from 1, and kills its process at one of them.

    at: the write; None only counts. inside: seconds after its beginning, instead of just before it.
    """

    def __init__(self, at: int | None = None, inside: float | None = None) -> None:
        self._at, self._inside = at, inside
        self.names: list[str] = []
        self._lock = threading.Lock()  # the lake is written by several threads

    def write(self, name: str) -> None:
        """A write is about to begin."""
        with self._lock:
            self.names.append(name)
            if len(self.names) != self._at:
                return
        if self._inside is None:
            os.kill(os.getpid(), signal.SIGKILL)
        # Without a handler the kernel ends the process, as with SIGKILL, wherever it is.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, self._inside or 0)


def number(switch: Switch) -> None:
    """Let the writes of this process, which is not to live long, pass a switch."""
    # Two threads would make the writes of two partitions in another order each time: no number would be one write.
    local.LocalStore.threads = 1
    local.os = _Counting(os, switch, {"link", "replace", "unlink", "fsync", "open"})
    undo.os = _Counting(os, switch, {"replace", "fsync"})
    duckdb_file.os = _Counting(os, switch, {"replace"})
    in_memory = DuckDBWarehouse._in_memory

    @contextmanager
    def counted(warehouse: DuckDBWarehouse) -> Iterator[Any]:
        with in_memory(warehouse) as connection:
            yield _Connection(connection, switch)

    DuckDBWarehouse._in_memory = counted  # type: ignore[method-assign]


class _Counting:
    """A module, some of whose functions are writes."""

    def __init__(self, module: Any, switch: Switch, names: set[str]) -> None:
        self._module, self._switch, self._names = module, switch, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        return self._counted(name, found) if name in self._names else found

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if name != "open" or args[1] & os.O_CREAT:
                self._switch.write(f"{name} {args[0] if args else ''}")
            return function(*args, **kwargs)

        return call


class _Connection:
    """A connection, whose statements are writes while a file is attached to it for writing."""

    def __init__(self, connection: Any, switch: Switch) -> None:
        self._connection, self._switch, self._writing = connection, switch, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *parameters: Any) -> Any:
        if sql.startswith("ATTACH") and "READ_WRITE" in sql:
            self._writing = True
        elif sql.startswith("DETACH") and self._writing:
            self._writing = False
            self._switch.write("close")
            return self._connection.execute(sql, *parameters)
        if self._writing and not sql.lstrip().startswith(SCRATCH):
            self._switch.write(" ".join(sql.split())[:90])
        return self._connection.execute(sql, *parameters)
