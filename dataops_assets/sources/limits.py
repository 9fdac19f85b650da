"""How much one row, and one file, may hold: a few kilobytes can unpack to more than any memory has room for.

What is above is refused while it is read, before anything of it is kept.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataops_assets.sources.base import PermanentSourceError

if TYPE_CHECKING:
    import pyarrow as pa

ROW_BYTES = 64 * 2**20
FILE_BYTES = 900_000_000
"""Below what the local warehouse uses of the memory by default."""
USUAL_RATIO = 100
"""Data are seldom packed closer: text by gzip to a tenth."""

_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
_AS_LONG = {"PLAIN", "RLE", "BIT_PACKED", "DELTA_LENGTH_BYTE_ARRAY"}
"""Encodings of texts that are no shorter than the texts."""


@dataclass(frozen=True)
class Limits:
    """row_bytes: what a row may hold. file_bytes: what a file may unpack to."""

    row_bytes: int
    file_bytes: int

    @classmethod
    def of(cls, row_bytes: int, file_bytes: int | None, size: int) -> "Limits":
        """Those of a file of `size` bytes; without `file_bytes`, what is usual."""
        return cls(row_bytes, max(FILE_BYTES, USUAL_RATIO * size) if file_bytes is None else file_bytes)

    def row_too_long(self, where: str, row: str) -> PermanentSourceError:
        return row_too_long(where, row, self.row_bytes)

    def file_too_large(self, where: str, row: str) -> PermanentSourceError:
        return PermanentSourceError(
            f"{where} unpacks to more than {self.file_bytes:,} bytes, which it does by {row}; have it delivered in "
            "several files, or raise max_file_bytes of this source, with DATAOPS_MEMORY_LIMIT as rows of that size need"
        )


def row_too_long(where: str, row: str, row_bytes: int) -> PermanentSourceError:
    """The error of a row that holds more than it may."""
    return PermanentSourceError(
        f"{where}: {row} holds more than {row_bytes:,} bytes; have it delivered in smaller rows, or raise "
        "max_row_bytes of this source: to load it takes several times the memory (DATAOPS_MEMORY_LIMIT)"
    )


class Limited(io.RawIOBase):
    """The unpacked bytes of a file. Raises PermanentSourceError once they are more than a row or a file may hold.

    rows: tells how many rows are complete, of the bytes that were read so far.
    """

    def __init__(self, source: Any, limits: Limits, where: str, rows: Callable[[], int]) -> None:
        self._source, self._limits, self._where, self._rows = source, limits, where, rows
        self._position = self._began = self._complete = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[override]
        rows = self._rows()
        if rows != self._complete:
            self._complete, self._began = rows, self._position
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        row = f"row {rows + 1}" if rows else "row 1 or what is before it"
        if self._position - self._began > self._limits.row_bytes + len(buffer):
            raise self._limits.row_too_long(self._where, row)
        if self._position > self._limits.file_bytes:
            raise self._limits.file_too_large(self._where, row)
        return len(data)


def check_parquet(path: Path, limits: Limits, where: str) -> None:
    """Raise PermanentSourceError if a row of this file holds more than it may, or all of them together do.

    A dictionary or a run says a long value once for any number of rows. Texts are looked into only where the footer
    leaves it open, and each is counted without being written out.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as footer:
        metadata = footer.metadata
    texts, size, unknown = _bounds(metadata)
    row = 0
    if size + unknown > limits.file_bytes or unknown > limits.row_bytes:
        for batch in _texts(path, metadata, texts):
            check_rows(batch, limits.row_bytes, where, row)
            size += text_bytes(batch)
            row += batch.num_rows
            if size > limits.file_bytes:
                break
    if size > limits.file_bytes:
        raise limits.file_too_large(where, f"row {row or metadata.num_rows}")


def _texts(path: Path, metadata: Any, texts: Mapping[int, str]) -> Iterator["pa.RecordBatch"]:
    """These columns of a Parquet file, with each text of a dictionary once; nothing more of a file that is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    encodings: dict[str, set[str]] = {name: set() for name in texts.values()}
    for group in range(metadata.num_row_groups):
        for place, name in texts.items():
            encodings[name] |= set(metadata.row_group(group).column(place).encodings)
    dictionaries = [name for name, used in encodings.items() if any("DICTIONARY" in each for each in used)]
    # What is told by its difference from the text before it has to be written out.
    rows = 16 if any("DELTA_BYTE_ARRAY" in used for used in encodings.values()) else 1024
    with pq.ParquetFile(path, read_dictionary=dictionaries) as file:
        try:
            yield from file.iter_batches(rows, columns=list(encodings))
        except (pa.ArrowException, OSError):
            return  # who loads it says so


def _bounds(metadata: Any) -> tuple[dict[int, str], int, int]:
    """The columns of text by their place, the bytes of all other columns, and at most how many those of text have."""
    texts: dict[int, str] = {}
    size = most = 0
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(place)
            if chunk.physical_type == "BYTE_ARRAY":
                texts[place] = chunk.path_in_schema
                times = 1 if set(chunk.encodings) <= _AS_LONG else chunk.num_values
                most += times * chunk.total_uncompressed_size
            else:
                size += chunk.num_values * (_WIDTHS.get(chunk.physical_type) or metadata.schema.column(place).length)
    return texts, size, most


def check_rows(batch: "pa.RecordBatch", row_bytes: int, where: str, before: int) -> None:
    """Raise PermanentSourceError if a row of the batch holds more; before: how many rows came before the batch."""
    if text_bytes(batch) <= row_bytes:
        return
    if batch.num_rows == 1:
        raise row_too_long(where, f"row {before + 1}", row_bytes)
    half = batch.num_rows // 2
    check_rows(batch.slice(0, half), row_bytes, where, before)
    check_rows(batch.slice(half), row_bytes, where, before + half)


def text_bytes(values: Any) -> int:
    """The bytes of all texts in a batch or an array, at any depth of nesting, each as often as it is said."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, pa.RecordBatch):
        return sum(map(text_bytes, values.columns))
    kind = values.type
    if pa.types.is_dictionary(kind):
        lengths = pc.call_function("binary_length", [values.dictionary])
        return pc.call_function("sum", [lengths.take(values.indices)]).as_py() or 0
    if pa.types.is_struct(kind):
        return sum(map(text_bytes, values.flatten()))
    if pa.types.is_map(kind):
        first, end = values.offsets[0].as_py(), values.offsets[-1].as_py()
        return sum(text_bytes(part.slice(first, end - first)) for part in (values.keys, values.items))
    if pa.types.is_nested(kind):
        return text_bytes(values.flatten())
    if (
        pa.types.is_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_large_binary(kind)
    ):
        return pc.call_function("sum", [pc.call_function("binary_length", [values])]).as_py() or 0
    return 0
