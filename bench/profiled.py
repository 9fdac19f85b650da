"""What profiles and statistical checks add to the data work: the same operations with and without them, in turn.

Both are done in one process, operation by operation, on a store each, so that a machine that is slow for a moment is
slow for both. What is left out is all of it: the profile in the statement that counts and fingerprints the rows, what
is read of the partitions before, the checks, and the writing of `_profiles` and `_checks`.
"""

import atexit
import gc
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.data import project, share_raw
from bench.ours import carry_out, operations
from bench.sizes import Size
from dataops_assets.build import Project
from dataops_assets.discovery import Datasets
from dataops_assets.ledger import profiles
from dataops_assets.validation.profile import Profile
from dataops_assets.validation.profiling import Profiling
from dataops_assets.warehouse.base import Answer, Session
from dataops_assets.warehouse.slices import Slices

WITH, WITHOUT = "with", "without"


def added(size: Size, raw: Path, home: Path, times: int) -> list[dict[str, dict[str, float]]]:
    """Processor seconds of each operation, `with` and `without` them, each time in fresh stores."""
    found = []
    for number in range(times):
        found.append(_once(size, raw, home / str(number), number))
        done, bare = (sum(each[name] for each in found[-1].values()) for name in (WITH, WITHOUT))
        sys.stderr.write(f"… {done:.2f} s with, {bare:.2f} s without: {done / bare - 1:.1%} more\n")
    return found


def _once(size: Size, raw: Path, home: Path, number: int) -> dict[str, dict[str, float]]:
    built = {name: _project(name, size, raw, home / name) for name in (WITH, WITHOUT)}
    todo = {name: operations(each) for name, each in built.items()}
    gc.freeze()  # as each command does once it has loaded the project
    atexit.register(gc.unfreeze)
    found: dict[str, dict[str, float]] = {}
    for place, label in enumerate(todo[WITH]):
        # Who goes first finds colder caches.
        order = (WITH, WITHOUT) if (place + number) % 2 else (WITHOUT, WITH)
        for name in order:
            with _left_out() if name == WITHOUT else nullcontext():
                started = time.process_time()
                carry_out(built[name], todo[name][label], size.first, size.last)
                found.setdefault(label, {})[name] = time.process_time() - started
    return found


def _project(name: str, size: Size, raw: Path, home: Path) -> Project:
    share_raw(raw, home)
    return project(size, home, _unchecked) if name == WITHOUT else project(size, home)


def _unchecked(found: Datasets) -> Datasets:
    return Datasets(
        tuple(replace(each, statistics=()) for each in found.sources),
        tuple(replace(each, statistics=()) for each in found.derived),
    )


@contextmanager
def _left_out() -> Iterator[None]:
    def ask(_: Profiling, session: Session, rows: str, slices: Slices, aggregates: str, where: str = "TRUE") -> Answer:
        return session.later(f"SELECT _slice, COUNT(*) AS n, {aggregates} FROM {rows} WHERE {where} GROUP BY _slice")

    def read(_: Profiling, rows: int, found: Sequence[Any]) -> Profile:
        return Profile(rows)

    def append(*_: Any) -> None:
        pass

    with (
        patch.object(Profiling, "ask", ask),
        patch.object(Profiling, "read", read),
        patch.object(profiles, "append", append),
    ):
        yield
