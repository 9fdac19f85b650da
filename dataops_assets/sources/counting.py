"""Counting the records and columns of a file while its bytes pass by unchanged."""

import csv
import gzip
import io
import re
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from dataops_assets.sources.base import DataFile, PermanentSourceError
from dataops_assets.sources.jsonlines import DEEPEST, Columns, too_deep
from dataops_assets.sources.limits import Limited, Limits, check_parquet

CHUNK = 1 << 20
_AHEAD = 1 << 16
_VALUE = re.compile(
    r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|\d{4}-\d\d-\d\d([T ].*)?|nan|[-+]?inf(inity)?", re.IGNORECASE
)


class Tee(io.RawIOBase):
    """A reader that keeps what was read through it until it is taken."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.pending: list[bytes] = []

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[override]
        data = self._source.read(min(len(buffer), CHUNK))
        buffer[: len(data)] = data
        if data:
            self.pending.append(data)
        return len(data)

    def take(self) -> bytes:
        taken, self.pending = b"".join(self.pending), []
        return taken

    def rest(self) -> Iterator[bytes]:
        """What was read and not taken, and all that is left."""
        if taken := self.take():
            yield taken
        while data := self._source.read(CHUNK):
            yield data


def _decoded(tee: Tee, file: DataFile, limits: Limits, where: str) -> io.BufferedReader:
    source: Any = io.BufferedReader(tee, CHUNK)
    if file.compression == "gzip":
        source = gzip.GzipFile(fileobj=source, mode="rb")
    return io.BufferedReader(Limited(source, limits, where, lambda: file.rows), _AHEAD)


def csv_rows(source: BinaryIO, file: DataFile, where: str, limits: Limits) -> Iterator[bytes]:
    """The bytes of a CSV file. Fills in rows (blank lines are none) and columns.

    Raises PermanentSourceError before the first byte if there is no usable header, on text that is not UTF-8, and for
    what is above the limits.
    """
    # A process-wide limit of 128 KiB a field would refuse long texts, which are data like any other.
    csv.field_size_limit(sys.maxsize)
    tee = Tee(source)
    text = io.TextIOWrapper(_decoded(tee, file, limits, where), encoding="utf-8-sig", newline="")
    reader = csv.reader(text)
    try:
        header = next(reader, None)
        _check_header(header, where)
        file.columns = dict.fromkeys(header or (), "text")
        # In a file of one column a blank line is a row whose value is missing.
        blank_counts = len(file.columns) == 1
        for row in reader:
            file.rows += bool(row) or blank_counts
            if tee.pending and (piece := tee.take()):
                yield piece
    except UnicodeDecodeError as error:
        raise PermanentSourceError(
            f"{where} is not UTF-8 (near line {reader.line_num + 1}: {error.reason}); have it delivered as UTF-8"
        ) from None
    except (csv.Error, EOFError, OSError) as error:
        if getattr(error, "errno", None):  # the system's own, which says nothing of what is in the file
            raise
        raise PermanentSourceError(f"{where} cannot be read after line {reader.line_num}: {error}") from None
    yield from tee.rest()


def _check_header(header: list[str] | None, where: str) -> None:
    if not header or not any(name.strip() for name in header):
        raise PermanentSourceError(f"{where} has no header; the first line of a CSV file names its columns")
    repeated = sorted({name for name in header if header.count(name) > 1})
    values = [name for name in header if _VALUE.fullmatch(name.strip())]
    if values:
        raise PermanentSourceError(
            f"{where} has no header: its first line holds values such as {values[0]!r}; "
            "the first line of a CSV file names its columns"
        )
    if repeated:
        raise PermanentSourceError(f"{where} names the columns {repeated} more than once; name them apart")
    if any(not name.strip() for name in header):
        raise PermanentSourceError(
            f"{where} leaves column {[bool(n.strip()) for n in header].index(False) + 1} of its header without a name"
        )


def json_rows(source: BinaryIO, file: DataFile, where: str, limits: Limits) -> Iterator[bytes]:
    """The bytes of a file of JSON lines. Fills in rows (blank lines are none) and columns.

    A line that is no JSON object is a row as well, which the load puts into quarantine. Raises PermanentSourceError at
    the end if most lines are none: then the file is something else; and for what is above the limits.
    """
    tee = Tee(source)
    columns = Columns()
    number = 0
    first_broken = ""
    try:
        for line in _decoded(tee, file, limits, where):
            number += 1
            record = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if record:
                file.rows += 1
                try:
                    if too_deep(record):
                        raise RecursionError(f"it has brackets within brackets, more than {DEEPEST}")
                    columns.record(record)
                except (msgspec.MsgspecError, RecursionError) as error:
                    file.broken += 1
                    first_broken = first_broken or f"line {number} is no JSON object: {error}"
            if tee.pending and (piece := tee.take()):
                yield piece
    except (EOFError, OSError) as error:
        if getattr(error, "errno", None):
            raise
        raise PermanentSourceError(f"{where} cannot be read after line {number}: {error}") from None
    if 2 * file.broken > file.rows:
        raise PermanentSourceError(
            f"{where}, {first_broken} ({file.broken} of {file.rows} lines); JSON lines are one object a line"
        )
    file.columns = columns.seen()
    yield from tee.rest()


def parquet_rows(source: BinaryIO, file: DataFile, where: str, limits: Limits) -> Iterator[bytes]:
    """The bytes of a Parquet file. Rows and columns are in its footer, which is read first."""
    file.check = lambda path: check_parquet(path, limits, where)
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.ParquetFile(source)
        file.rows = footer.metadata.num_rows
        names = footer.schema_arrow.names
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise PermanentSourceError(f"{where} names the columns {repeated} more than once; name them apart")
        file.columns = {column.name: str(column.type) for column in footer.schema_arrow}
    except pa.ArrowException as error:
        raise PermanentSourceError(f"{where} is no Parquet file: {error}") from None
    source.seek(0)
    while data := source.read(CHUNK):
        yield data
