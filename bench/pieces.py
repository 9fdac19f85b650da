"""The measured pieces by name, and the child process that runs one: `python -m bench.pieces NAME ARGUMENTS FILE`.

Each takes the folder of its local state and returns what is to be said of it as JSON. Imports are inside, so that none
pays for those of another.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.sizes import SIZES


def raw(home: str, size: str) -> None:
    """The raw lake of a size."""
    from bench.data import make_raw

    make_raw(SIZES[size], Path(home))


def floor(home: str, size: str, raw: str, daily_files: bool) -> Any:
    """The plain script; daily_files: Parquet files a day, not a chunk."""
    from bench.floor import run

    return {"rows": run(SIZES[size], Path(raw) / "lake" / "staging", Path(home), daily_files)}


def data(home: str, size: str, raw: str) -> Any:
    """The project's data work alone."""
    from bench.ours import data_work

    return data_work(SIZES[size], Path(raw), Path(home))


def run(home: str, size: str, per_run: int) -> Any:
    """The project from the sources to production, in Dagster."""
    from bench.ours import whole_run

    return whole_run(SIZES[size], Path(home), per_run)


def stock(home: str, size: str, days: int) -> Any:
    """Dagster's own IO manager."""
    from bench.stock import run

    return run(SIZES[size], Path(home), days)


def growth(home: str, size: str, raw: str, before: int, days: int) -> Any:
    """One more day, with `before` days there."""
    from bench.ours import one_more_day

    return one_more_day(SIZES[size], Path(raw), Path(home), before, days)


def profiled(home: str, size: str, raw: str, times: int) -> Any:
    """The data work with profiles and statistical checks, and without."""
    from bench.profiled import added

    return added(SIZES[size], Path(raw), Path(home), times)


PIECES: dict[str, Callable[..., Any]] = {
    piece.__name__: piece for piece in (raw, floor, data, run, stock, growth, profiled)
}


if __name__ == "__main__":
    name, arguments, file = sys.argv[1:]
    Path(file).write_text(json.dumps(PIECES[name](**json.loads(arguments))))
