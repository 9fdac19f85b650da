"""Arrow batches → the bytes of one Parquet file, piece by piece."""

import io
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


class _Sink(io.RawIOBase):
    """A file that forgets what was taken from it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._position += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def parquet_chunks(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], group_rows: int, group_bytes: int
) -> Iterator[bytes]:
    """A Parquet file (zstd) in pieces of a row group: at most about `group_rows` rows and `group_bytes` bytes."""
    sink = _Sink()
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in batches:
            waiting.append(batch)
            rows += batch.num_rows
            size += batch.nbytes
            if rows >= group_rows or size >= group_bytes:
                writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=max(rows, 1))
                waiting, rows, size = [], 0, 0
                yield sink.take()
        if rows:
            writer.write_table(pa.Table.from_batches(waiting, schema), row_group_size=rows)
    yield sink.take()
