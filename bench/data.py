"""The data that is measured: the demo's flights, weather and reference tables.

Thirty years are the year 2013 thirty times with the year of its records changed, 1990 to 2019; the leap days among
them are empty. They are extracted into the lake as any source is, but from an extractor that rewrites records instead
of asking an API.
"""

import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from bench.sizes import Size
from dataops_assets.build import Project
from dataops_assets.demo.data import flights
from dataops_assets.demo.systems import weather_dir
from dataops_assets.discovery import Datasets, discover
from dataops_assets.extract.extract import extract
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model import Derived, Source
from dataops_assets.model.partitions import Partition
from dataops_assets.settings import Settings
from dataops_assets.sources.base import DataFile, Extraction, Request
from dataops_assets.sources.jsonlines import GZIP_LEVEL

Kind = Literal["jsonl", "csv"]
T = TypeVar("T", Source, Derived)


def datasets(size: Size) -> Datasets:
    """The demo's datasets, with the calendar of `size`, and sources that have its days."""
    found = discover()
    if not size.shifted:
        return found
    sources = tuple(_shifted(size, source) if source.partition else source for source in found.sources)
    return Datasets(sources, tuple(map(_moved, found.derived)))


def project(
    size: Size, home: Path, change: Callable[[Datasets], Datasets] = lambda found: found, **settings: Any
) -> Project:
    """The project on a folder of its own, with the datasets of `datasets` or what `change` makes of them."""
    home.mkdir(parents=True, exist_ok=True)
    return Project(Settings(home=home, **settings), change(datasets(size)))


def make_raw(size: Size, home: Path) -> None:
    """Fill the raw lake below `home`, unless that was done before."""
    done = home / "complete"
    if done.exists():
        return
    os.fsync = lambda _: None  # this process makes test data, which need not survive a power cut
    store = project(size, home).storage.staging
    for source in datasets(size).sources:
        by = source.partition
        partitions: list[Partition | None] = [by.of(str(day)) for day in size.days] if by else [None]
        run = RunInfo("bench", "bench")
        held = [outcome.refusal for outcome in extract(store, source, partitions, run) if outcome.refusal]
        if held:
            raise RuntimeError(held[0])
    done.touch()


def share_raw(raw: Path, home: Path, but: Collection[str] = ()) -> None:
    """Let the lake below `home` show the raw tables of the one below `raw`, all but these."""
    target = home / "lake" / "staging"
    target.mkdir(parents=True, exist_ok=True)
    for folder in (raw / "lake" / "staging").glob("raw_*"):
        if folder.name not in but:
            (target / folder.name).symlink_to(folder, target_is_directory=True)


@dataclass(frozen=True)
class ShiftedYears:
    """An extractor that answers a day of 2013 as if it were the same day of the year asked for."""

    kind: Kind
    rows_a_day: int | None = None

    def extract(self, request: Request) -> Extraction:
        assert request.partition
        return Extraction({"kind": "shifted"}, {}, self._files(request.partition.start))

    def _files(self, day: datetime) -> Iterator[DataFile]:
        if (day.month, day.day) == (2, 29):
            return
        text, rows, columns = _day_2013(self.kind, day.month, day.day, self.rows_a_day)
        json = self.kind == "jsonl"
        before, after = (b'"year":', b",") if json else (b",", b",%d,%d," % (day.month, day.day))
        text = text.replace(before + b"2013" + after, before + b"%d" % day.year + after)
        quote = b'"' if json else b","
        # The last evening of a year is the next one's in UTC. In this order no year is changed twice.
        for year in (2013, 2014) if day.year < 2013 else (2014, 2013):
            text = text.replace(quote + b"%d-" % year, quote + b"%d-" % (year - 2013 + day.year))
        if json:
            gzip = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
            text = gzip.compress(text) + gzip.flush()
            yield DataFile("part-00000.jsonl.gz", "jsonl", "gzip", iter([text]), rows, columns)
        else:
            yield DataFile(f"weather-{day:%Y-%m-%d}.csv", "csv", None, iter([text]), rows, columns)


@cache
def _day_2013(kind: Kind, month: int, day: int, limit: int | None) -> tuple[bytes, int, dict[str, str]]:
    """Text, number of records and columns of a day."""
    if kind == "jsonl":
        records = flights().day(2013, month, day)[:limit]
        texts = {"carrier", "tailnum", "origin", "dest", "time_hour"}
        names = [name.decode() for name in re.findall(rb'"([a-z_]+)":', records[0])]
        columns = {name: "string" if name in texts else "number" for name in names}
        return b"\n".join(records) + b"\n", len(records), columns
    text = (Path(weather_dir()) / f"weather-2013-{month:02}-{day:02}.csv").read_bytes()
    header, _, rest = text.partition(b"\n")
    return text, rest.count(b"\n"), dict.fromkeys(header.decode().split(","), "text")


def _shifted(size: Size, source: Source) -> Source:
    kind: Kind = "jsonl" if source.name == "flights" else "csv"
    return replace(_moved(source), extract=ShiftedYears(kind, size.rows_a_day), max_parallel=2)


def _moved(dataset: T) -> T:
    by = dataset.partition
    if by is None:
        return dataset
    start, end = datetime(1990, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    return replace(dataset, partition=replace(by, start=start, end=end))
