"""`python -m bench`: measure the pieces that were asked for, and print the tables."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.measure import Measured, PieceFailed, measure
from bench.report import added, division, growth, heading, published, stock_row, table
from bench.sizes import SIZES

_PIECES = "pieces"
GROUPS = ("floor", "data", "profiles", "run", "stock", "growth")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 1 if a piece failed, 2 for unusable arguments (argparse)."""
    options = _options(arguments)
    folder = Path(options.folder).absolute()
    try:
        if options.quick:
            _measure_all(options.only, folder, ["week"], per_run=4, stock_days=2, growth=(2, 6, 1), pairs=1)
        else:
            rows = [options.rows] if options.rows else ["year", "10m"]
            _measure_all(options.only, folder, rows, per_run=100, stock_days=30, growth=(30, 3000, 7), pairs=5)
    except PieceFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    finally:
        shutil.rmtree(folder / _PIECES, ignore_errors=True)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the project against a floor.")
    parser.add_argument("--rows", choices=["year", "1m", "10m"], help="one size; year and 10m if left out")
    parser.add_argument("--only", type=_only, default=GROUPS, help=f"some of {','.join(GROUPS)}; all if left out")
    parser.add_argument("--quick", action="store_true", help="a week: does it run? The figures say little")
    parser.add_argument("--folder", default=".dataops/bench", help="for data and results; 10m needs about 12 GB")
    return parser.parse_args(arguments)


def _only(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if strangers := sorted(set(chosen) - set(GROUPS)):
        raise argparse.ArgumentTypeError(f"{', '.join(strangers)}: it is some of {', '.join(GROUPS)}")
    return chosen


def _measure_all(
    only: Sequence[str],
    folder: Path,
    sizes: Sequence[str],
    per_run: int,
    stock_days: int,
    growth: tuple[int, int, int],
    pairs: int,
) -> None:
    for name in sizes:
        _measure_size(only, folder, name, per_run, stock_days)
    if "profiles" in only and (name := sizes[0]) != "10m":
        _measure_profiles(folder, name, pairs)
    if "growth" in only:
        _measure_growth(folder, *growth)


def _measure_size(only: Sequence[str], folder: Path, name: str, per_run: int, stock_days: int) -> None:
    size = SIZES[name]
    rows: list[tuple[str, Measured]] = []
    parts: list[tuple[str, Measured]] = []
    heading(f"{name}: {len(size.days)} days, {size.first} to {size.last}")
    if "floor" in only:
        for daily, label in ((True, "(a) floor: plain DuckDB script"), (False, "    … with large Parquet files")):
            _say(label)
            rows.append((label, _fresh(folder, "floor", size=name, raw=str(_raw(folder, name)), daily_files=daily)))
    if "data" in only:
        _say("data work alone")
        done = _fresh(folder, "data", size=name, raw=str(_raw(folder, name)))
        rows.append(("(b) this project, data work alone", done))
        parts.append(("data work alone", done))
    if "run" in only:
        _say("the whole run")
        done = _fresh(folder, "run", size=name, per_run=per_run)
        rows.append(("(b) this project, from the sources, in Dagster", done))
        parts.append(("whole run", done))
    if rows:
        table(rows)
    if "stock" in only:
        _say(f"Dagster's own IO manager, {stock_days} days")
        done = _fresh(folder, "stock", size=name, days=stock_days)
        stock_row(done, len(size.days), next((m for label, m in rows if "Dagster" in label), None))
    for label, done in parts:
        division(label, done)
    same = {tuple(sorted(m.answer["rows"].items())) for _, m in rows}
    if len(same) > 1:
        raise PieceFailed(f"the pieces did not publish the same numbers of rows: {sorted(same)}")
    if rows:
        published(rows[0][1])


def _measure_profiles(folder: Path, name: str, pairs: int) -> None:
    _say(f"profiles and statistical checks of {name}, {pairs} times with and without")
    added(name, _fresh(folder, "profiled", size=name, raw=str(_raw(folder, name)), times=pairs).answer)


def _raw(folder: Path, name: str) -> Path:
    """The raw lake of a size, which is made unless it is there."""
    raw = folder / f"raw-{name}"
    if not (raw / "complete").exists():
        _say(f"making the raw lake of {name} …")
        measure("raw", raw, size=name)
    return raw


def _measure_growth(folder: Path, few: int, many: int, days: int) -> None:
    found, raw = {}, _raw(folder, "thin")
    for before in (few, many):
        _say(f"one more day after {before}")
        found[before] = _fresh(folder, "growth", size="thin", raw=str(raw), before=before, days=days).answer
    growth(found, days, SIZES["thin"].rows_a_day or 0)


def _fresh(folder: Path, piece: str, **arguments: object) -> Measured:
    """Measure a piece in an empty folder.

    The folder stays until all is measured: where thousands of files were deleted a minute ago, ext4 takes several times
    as long to make new ones, as it passes over each of their inodes.
    """
    (folder / _PIECES).mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix=f"{piece}-", dir=folder / _PIECES))
    os.sync()  # what the piece before left to be written is not this one's
    return measure(piece, home, **arguments)


def _say(text: str) -> None:
    sys.stderr.write(f"… {text.strip(' …')}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
