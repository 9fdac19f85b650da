"""The promises, each broken in the implementation: what a proof must notice, or it proves nothing.

Only processes that a test starts for this purpose, and tests that put things back, break anything.
"""

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.lake import local
from dataops_assets.lake.local import LocalStore
from dataops_assets.ledger.entry import Entry
from dataops_assets.load import load, needed
from dataops_assets.publish import publish
from dataops_assets.publish.gates import Judged
from dataops_assets.warehouse.duckdb import file as duckdb_file
from dataops_assets.warehouse.duckdb.warehouse import DuckDBSwap
from dataops_assets_tests.proofs.shop import DAYS


def store_that_overwrites(self: LocalStore, objects: Sequence[tuple[str, bytes | Path]]) -> list[str]:
    """Promise 1: creation without a precondition."""
    self.replace_all([(path, _bytes(content)) for path, content in objects])
    return []


def store_in_place(self: LocalStore, objects: Sequence[tuple[str, bytes | Path]]) -> list[str]:
    """Promise 6: an object that can be seen before it is whole."""
    for path, content in objects:
        target, data = self.root / path, _bytes(content)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb", buffering=0) as stream:
            stream.write(data[: len(data) // 2])
            local.os.fsync(stream.fileno())
            stream.write(data[len(data) // 2 :])
    return []


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def begin_nothing(self: DuckDBSwap) -> None:
    """Promise 2: a swap whose statements commit one by one."""


@contextlib.contextmanager
def no_lock(path: Path, **_: Any) -> Iterator[None]:
    """Promise 2: nobody waits for anybody."""
    yield


def let_all_through(*_: Any) -> Judged:
    """Promise 3: nobody asks for a receipt."""
    return Judged({}, defaultdict(lambda: Entry("staged/anything", DAYS[0], "passed")))


def write_and_lose(*arguments: Any) -> None:
    """Promise 4: a row is gone after all has been counted."""
    session, swap, schema, table = arguments[:4]
    write_rows(*arguments)
    swap.execute(f"DELETE FROM {session.relation(schema, table.relation)} WHERE item = 'item-1'")


def count_all(manifests: Any) -> list[Any]:
    """Promise 5: what was said twice counts twice."""
    return list(manifests)


write_rows = load.write_rows


def patches(promise: str) -> list[tuple[Any, str, Any]]:
    """What to put where."""
    return {
        "overwrites": [(LocalStore, "create_all", store_that_overwrites)],
        "in place": [(LocalStore, "create_all", store_in_place)],
        "no transaction": [(DuckDBSwap, "begin", begin_nothing)],
        "no lock": [(duckdb_file, "file_lock", no_lock)],
        "no receipt": [(publish, "GATES", (let_all_through,))],
        "lost row": [(load, "write_rows", write_and_lose)],
        "dagster": [],
        "correct": [],
        "counts twice": [(needed, "_changes", count_all)],
    }[promise]


def broken(monkeypatch: pytest.MonkeyPatch, promise: str) -> None:
    """Break a promise for the rest of a test."""
    for target, name, value in patches(promise):
        monkeypatch.setattr(target, name, value)


def broken_for_good(promise: str) -> None:
    """Break a promise in this process."""
    for target, name, value in patches(promise):
        setattr(target, name, value)
