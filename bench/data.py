"""The data that is measured: the demo's flights and weather, for a week, for the year, or for thirty years.

Thirty years are the year 2013 thirty times with the year of its records changed, 1990 to 2019; the leap days among
them are empty. They are written into the raw lake as any extraction is, but by an extractor that rewrites records
instead of asking an API.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from dataops_assets.build import Project
from dataops_assets.demo.data import flights
from dataops_assets.demo.systems import weather_dir
from dataops_assets.discovery import Datasets, discover
from dataops_assets.io.lake import extract
from dataops_assets.model import Derived, Source
from dataops_assets.settings import Settings
from dataops_assets.sources.base import DataFile, Extraction, Request
from dataops_assets.sources.jsonlines import GZIP_LEVEL


@dataclass(frozen=True)
class Size:
    """first, last: the partitions measured, both included."""

    name: str
    first: str
    last: str

    @property
    def shifted(self) -> bool:
        """Are these the years made of 2013, rather than 2013?"""
        return self.last < "2013" or self.first < "2013"

    @property
    def days(self) -> int:
        return (datetime.fromisoformat(self.last) - datetime.fromisoformat(self.first)).days + 1


SIZES = {
    size.name: size
    for size in (
        Size("week", "2013-01-01", "2013-01-07"),
        Size("year", "2013-01-01", "2013-12-31"),
        Size("10m", "1990-01-01", "2019-12-31"),
    )
}


def datasets(size: Size) -> Datasets:
    """The demo's datasets, with the calendar of `size`."""
    found = discover()
    if not size.shifted:
        return found
    return Datasets(tuple(map(_moved, found.sources)), tuple(map(_moved, found.derived)))


def project(size: Size, home: Path, **settings: object) -> Project:
    """The project on a folder of its own."""
    return Project(Settings(home=home, **settings), datasets(size))  # type: ignore[arg-type]


def keys(dataset: Source | Derived, size: Size) -> list[str | None]:
    """The partitions of a dataset that are measured."""
    by = dataset.partition
    return [partition.key for partition in by.between(size.first, size.last)] if by else [None]


def make_raw(size: Size, home: Path) -> None:
    """Fill the raw lake below `home`, unless that was done before."""
    done = home / "complete"
    if done.exists():
        return
    store = project(size, home).storage.staging
    for source in datasets(size).sources:
        if size.shifted and source.partition:
            kind: Kind = "jsonl" if source.name == "flights" else "csv"
            source = replace(source, extract=ShiftedYears(kind), max_parallel=2)
        reports = extract(store, source, keys(source, size), "bench", "bench")
        for report in reports:
            if report.held:
                raise RuntimeError(report.held)
    done.touch()


Kind = Literal["jsonl", "csv"]
T = TypeVar("T", Source, Derived)


@dataclass(frozen=True)
class ShiftedYears:
    """An extractor that answers a day of 2013 as if it were the same day of the year asked for."""

    kind: Kind

    def extract(self, request: Request) -> Extraction:
        assert request.partition
        return Extraction({"kind": "shifted"}, {}, self._files(request.partition.start))

    def _files(self, day: datetime) -> Iterator[DataFile]:
        if (day.month, day.day) == (2, 29):
            return
        text, rows, columns = _day_2013(self.kind, day.month, day.day)
        before, after = (b'"year":', b",") if self.kind == "jsonl" else (b",", b",%d,%d," % (day.month, day.day))
        text = text.replace(before + b"2013" + after, before + b"%d" % day.year + after)
        quote = b'"' if self.kind == "jsonl" else b","
        # The last evening of a year is the next one's in UTC. In this order no year is changed twice.
        for year in (2013, 2014) if day.year < 2013 else (2014, 2013):
            text = text.replace(quote + b"%d-" % year, quote + b"%d-" % (year - 2013 + day.year))
        name, form, compression = f"weather-{day:%Y-%m-%d}.csv", "csv", None
        if self.kind == "jsonl":
            gzip = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 31)
            text = gzip.compress(text) + gzip.flush()
            name, form, compression = "part-00000.jsonl.gz", "jsonl", "gzip"
        yield DataFile(name, form, compression, iter([text]), rows, columns)  # type: ignore[arg-type]


def _day_2013(kind: Kind, month: int, day: int) -> tuple[bytes, int, dict[str, str]]:
    """Text, number of records and columns of a day."""
    if kind == "jsonl":
        records = flights().day(2013, month, day)
        texts = {"carrier", "tailnum", "origin", "dest", "time_hour"}
        names = re.findall(rb'"([a-z_]+)":', records[0])
        columns = {name.decode(): "string" if name.decode() in texts else "number" for name in names}
        return b"\n".join(records) + b"\n", len(records), columns
    text = (Path(weather_dir()) / f"weather-2013-{month:02}-{day:02}.csv").read_bytes()
    header, _, rest = text.partition(b"\n")
    return text, rest.count(b"\n"), dict.fromkeys(header.decode().split(","), "text")


def _moved(dataset: T) -> T:
    by = dataset.partition
    if by is None:
        return dataset
    start, end = datetime(1990, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    return replace(dataset, partition=replace(by, start=start, end=end))
