"""The tables on the terminal."""

import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from bench.measure import Measured

_PARTS = ("source", "load", "transform", "publish")
_WIDTH = 48


def heading(text: str) -> None:
    """A line above the tables of one size."""
    _print(f"\n{text}\n{'=' * len(text)}")


def table(rows: Sequence[tuple[str, Measured]]) -> None:
    """Seconds, processor seconds, peak memory and the ratio of processor seconds to the first row's."""
    _print(f"{'':{_WIDTH}} {'seconds':>9} {'cpu s':>9} {'peak MiB':>9} {'ratio s':>8} {'ratio cpu':>9}")
    first = rows[0][1]
    for label, done in rows:
        ratios = f"{done.seconds / first.seconds:8.2f} {done.cpu / first.cpu:9.2f}"
        _print(f"{label:{_WIDTH}} {done.seconds:9.1f} {done.cpu:9.1f} {done.peak:9.0f} {ratios}")


def stock_row(done: Measured, days: int, ours: Measured | None) -> None:
    """Dagster's own IO manager: the days measured, and scaled to all days."""
    took: list[float] = done.answer["days"]
    all_days = done.answer["first"] + statistics.mean(took) * days
    _print(
        f"{'(c) dagster-duckdb-pandas, a run per day':{_WIDTH}} {done.seconds:9.1f} {done.cpu:9.1f} {done.peak:9.0f}"
        f"   {len(took)} days, {statistics.mean(took):.2f} s each"
    )
    ratio = f"   {all_days / ours.seconds:.1f} times as long as this project's whole run" if ours else ""
    _print(f"{f'    … scaled to {days} days':{_WIDTH}} {all_days:9.0f}{ratio}")


def division(label: str, done: Measured) -> None:
    """How the time of a piece divides. The rest of a whole run is Dagster: events, planning, the reports."""
    parts = {name: (float(seconds), float(cpu)) for name, (seconds, cpu) in done.answer["parts"].items()}
    _print(f"\n{f'{label}: where the time goes':{_WIDTH}} {'seconds':>9} {'cpu s':>9} {'share':>9}")
    whole = parts.get("all", (done.seconds, done.cpu))
    known = [(name, *parts[name]) for name in _PARTS if name in parts]
    rest = (whole[0] - sum(row[1] for row in known), whole[1] - sum(row[2] for row in known))
    names = {
        "source": "source: extraction into the raw lake",
        "load": "data work: load",
        "transform": "data work: transform",
    }
    names |= {"publish": "data work: publish"}
    for name, seconds, cpu in known:
        _part(names[name], seconds, cpu, whole[0])
    if "lake copies" in parts:
        _part("    of these two, writing files in the lake", *parts["lake copies"], whole[0])
    if "all" in parts:
        _part("Dagster", *rest, whole[0])
        _part("start: imports", done.seconds - whole[0], done.cpu - whole[1], whole[0])
    else:
        _part("start: imports, reading the results", *rest, whole[0])


def growth(found: Mapping[int, Any], days: int, rows: int) -> None:
    """One more day, with few and with many before it."""
    heading(f"One more day: one partition of {rows} flights, and the tables without partitions (median of {days} days)")
    _print(f"{'partitions and refreshes before':{_WIDTH}} {'seconds':>9} {'cpu s':>9} {'ratio s':>8} {'ratio cpu':>9}")
    first = next(iter(found.values()))
    for before, took in found.items():
        ratios = f"{took['seconds'] / first['seconds']:8.2f} {took['cpu'] / first['cpu']:9.2f}"
        _print(f"{before:<{_WIDTH}} {took['seconds']:9.2f} {took['cpu']:9.2f} {ratios}")


def added(name: str, found: Sequence[Mapping[str, Mapping[str, float]]]) -> None:
    """What profiles and statistical checks add, by operation and in all: the sum over all times, and of each time."""
    heading(f"Profiles and statistical checks of {name}: processor seconds with and without them, in turn")
    _print(f"{'':{_WIDTH}} {'with':>9} {'without':>9} {'more':>9}")
    for label in found[0]:
        _added(label, [each[label] for each in found])
    for number, each in enumerate(found, start=1):
        _added(f"all, time {number}", list(each.values()))
    _added("all", [operation for each in found for operation in each.values()])


def _added(label: str, measured: Sequence[Mapping[str, float]]) -> None:
    done, bare = (sum(each[name] for each in measured) for name in ("with", "without"))
    _print(f"{label:{_WIDTH}} {done:9.2f} {bare:9.2f} {done / bare - 1:9.1%}")


def published(done: Measured) -> None:
    """What all pieces published."""
    counts = ", ".join(f"{name} {rows:,}" for name, rows in done.answer["rows"].items())
    _print(f"\nrows published by each piece: {counts}")


def _part(label: str, seconds: float, cpu: float, whole: float) -> None:
    _print(f"{label:{_WIDTH}} {seconds:9.1f} {cpu:9.1f} {seconds / whole:9.0%}")


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
