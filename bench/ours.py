"""The project itself: its data work alone, a whole run with Dagster, and what one more day costs."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import clock as watching
from bench.clock import Clock
from bench.data import project, share_raw
from bench.sizes import Size
from dataops_assets.build import Project
from dataops_assets.io.values import Extract, Load, Operation, Publish, Transform
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model import Source
from dataops_assets.model.partitions import Partition
from dataops_assets.runs import runner


class NotSound(RuntimeError):
    """A partition was held back, so that the figures would be of something else."""


def data_work(size: Size, raw: Path, home: Path) -> dict[str, Any]:
    """Load, transform and publish all partitions through the project's operations, without Dagster."""
    share_raw(raw, home)
    built = project(size, home)
    clock = Clock()
    watching.watch(built, clock)
    _carry_out(built, size.first, size.last)
    return {"rows": published(built), "parts": clock.figures()}


def whole_run(size: Size, home: Path, per_run: int) -> dict[str, Any]:
    """What `dataops run --partitions FIRST..LAST` does, from source to production, on an instance on disk."""
    built = project(size, home, partitions_per_run=per_run)
    clock = Clock()
    watching.watch(built, clock)
    with clock("all"):
        instance = runner.open_instance(built.settings)
        definitions = built.definitions(logger=runner.progress_logger(lambda line: None))
        runs = list(runner.run(definitions, instance, partitions=(size.first, size.last)))
        instance.dispose()
    problems = [problem for run in runs for problem in run.problems]
    if problems:
        raise NotSound("\n".join(problems[:5]))
    return {"rows": published(built), "parts": clock.figures(), "runs": len(runs)}


def one_more_day(size: Size, raw: Path, home: Path, before: int, days: int) -> dict[str, Any]:
    """Seconds to load, transform and publish one more partition of everything, with `before` of them there already, and
    to refresh the tables without partitions, which have been refreshed that often.

    Returns the median over `days` partitions, which come one after the other.
    """
    built = project(size, home)
    whole = [table.source for table in built.catalog.staged.values() if table.calendar is None]
    share_raw(raw, home, but={f"raw_{source.name}" for source in whole})
    for _ in range(before):
        _refresh(built, whole)
    all_days = [str(day) for day in size.days]
    _carry_out(built, all_days[0], all_days[before - 1])
    seconds, cpu = [], []
    for day in all_days[before : before + days]:
        started, used = time.monotonic(), time.process_time()
        _refresh(built, whole)
        _carry_out(built, day, day)
        seconds.append(time.monotonic() - started)
        cpu.append(time.process_time() - used)
    return {"seconds": statistics.median(seconds), "cpu": statistics.median(cpu)}


def published(built: Project) -> dict[str, int]:
    """Rows by published table."""
    warehouse = built.storage.warehouse
    return {
        name: warehouse.query(f"SELECT COUNT(*) AS n FROM production.{name}").column("n")[0].as_py()
        for name, table in built.catalog.derived.items()
        if table.derived.publish
    }


def _refresh(built: Project, sources: Sequence[Source]) -> None:
    for source in sources:
        for outcome in Extract(source).write(built.storage, [None], RunInfo("bench", "bench")):
            if outcome.refusal:
                raise NotSound(outcome.refusal)


def operations(built: Project) -> dict[str, Operation]:
    """Those of all layers, in order, by a name of each."""
    catalog = built.catalog
    found: dict[str, Operation] = {f"load {name}": Load(table) for name, table in catalog.staged.items()}
    for name, table in catalog.derived.items():
        found[f"transform {name}"] = Transform(table, catalog.inputs[name])
    return found | {
        f"publish {name}": Publish(table) for name, table in catalog.derived.items() if table.derived.publish
    }


def carry_out(built: Project, item: Operation, first: str, last: str) -> None:
    """An operation over a range, or for a table without partitions. Raises NotSound."""
    by = item.calendar
    partitions: list[Partition | None] = [*by.between(first, last)] if by else [None]
    for outcome in item.write(built.storage, partitions, RunInfo("bench", "bench")):
        if outcome.refusal:
            raise NotSound(outcome.refusal)


def _carry_out(built: Project, first: str, last: str) -> None:
    """The operations of all layers over a range, and for tables without partitions."""
    for item in operations(built).values():
        carry_out(built, item, first, last)
