"""Another one who does something between the last reading of a swap and its commit."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest

from dataops_assets.warehouse.bigquery.swap import BigQuerySwap


@contextlib.contextmanager
def meanwhile(monkeypatch: pytest.MonkeyPatch, *others: Callable[[], object]) -> Iterator[list[str]]:
    """Whatever this thread swaps: just before each of its first commits, another one does something.

    Gives the targets of the commits, in their order, those of the others left out.
    """
    commit, waiting, mine, seen = BigQuerySwap.commit, list(others), threading.get_ident(), []
    busy = False

    def interrupted(swap: BigQuerySwap) -> None:
        nonlocal busy
        if threading.get_ident() == mine and not busy:
            seen.append(swap._target)
            if waiting:
                busy = True
                try:
                    waiting.pop(0)()
                finally:
                    busy = False
        commit(swap)

    with monkeypatch.context() as patch:
        patch.setattr(BigQuerySwap, "commit", interrupted)
        yield seen
    assert not waiting, "not all of the others had their turn"
