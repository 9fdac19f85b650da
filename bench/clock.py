"""Where the time of the project goes: stopwatches around its steps, its lake and its Parquet exports."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dataops_assets.build import Project
from dataops_assets.io.values import Extract, Load, Operation, Publish, Transform
from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.store import Store
from dataops_assets.warehouse.duckdb.warehouse import DuckDBSession
from dataops_assets.warehouse.storage import Storage

LAKE = "lake copies"
WORK: dict[type[Operation], str] = {Extract: "source", Load: "load", Transform: "transform", Publish: "publish"}


class Clock:
    """Seconds and processor seconds by name. What several threads do at once is counted once."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.cpu: dict[str, float] = defaultdict(float)
        self._inside: dict[str, int] = defaultdict(int)
        self._since: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        with self._lock:
            self._inside[name] += 1
            if self._inside[name] == 1:
                self._since[name] = time.monotonic(), time.process_time()
        try:
            yield
        finally:
            with self._lock:
                self._inside[name] -= 1
                if not self._inside[name]:
                    started, cpu = self._since[name]
                    self.seconds[name] += time.monotonic() - started
                    self.cpu[name] += time.process_time() - cpu

    def running(self, name: str) -> bool:
        return bool(self._inside[name])

    def figures(self) -> dict[str, tuple[float, float]]:
        """(seconds, processor seconds) by name."""
        return {name: (seconds, self.cpu[name]) for name, seconds in self.seconds.items()}


def watch(project: Project, clock: Clock) -> None:
    """Put stopwatches on a project's storage, and on the steps of this process."""
    stored = project.storage
    roots = project.settings.home / "lake"
    storage = Storage(
        stored.warehouse, _WatchedStore(roots / "staging", clock), _WatchedStore(roots / "production", clock)
    )
    project.storage = storage
    export = DuckDBSession.export

    def timed_export(*args: Any, **kwargs: Any) -> Any:
        with clock(LAKE):
            found = export(*args, **kwargs)
        return _steps(clock, found) if isinstance(found, Iterator) else found

    DuckDBSession.export = timed_export
    for kind, name in WORK.items():
        kind.write = _timed(clock, name, kind.write)  # type: ignore[method-assign]


def _timed(clock: Clock, name: str, write: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*args: Any) -> Any:
        with clock(name):
            return write(*args)

    return timed


def _steps(clock: Clock, found: Iterator[Any]) -> Iterator[Any]:
    while True:
        with clock(LAKE):
            item = next(found, None)
        if item is None:
            return
        yield item


class _WatchedStore(LocalStore):
    """Times what is written during a transformation or a publication."""

    def __init__(self, root: Path, clock: Clock) -> None:
        super().__init__(root)
        self._clock = clock

    def create(self, path: str, content: bytes | Path) -> None:
        with self._counted():
            super().create(path, content)

    def replace(self, path: str, content: bytes | Path, expected: str | None = None) -> None:
        with self._counted():
            super().replace(path, content, expected)

    def copy_from(self, other: Store, source: str, target: str) -> None:
        with self._counted():
            super().copy_from(other, source, target)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._clock.running("source"):
            yield
            return
        with self._clock(LAKE):
            yield
