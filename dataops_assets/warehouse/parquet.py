"""Query results as Parquet files, one for each partition, in bounded memory."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def write_partitions(
    batches: pa.RecordBatchReader, folder: Path, partitions: Sequence[str]
) -> Iterator[tuple[str, bytes | Path]]:
    """Write rows that are ordered by their last column, `_slice`, which the files do not have.

    Yields each of the partitions with its file when it is complete: on disk, below `folder`, if it is of several
    batches, else in memory, where all its rows are anyway. Those without rows come last.
    """
    schema = batches.schema.remove(len(batches.schema) - 1)
    missing = dict.fromkeys(partitions)
    open_: tuple[str, pq.ParquetWriter] | None = None
    try:
        for partition, rows, whole in _runs(batches):
            if open_ and open_[0] != partition:
                open_[1].close()
                yield open_[0], _file(folder, open_[0])
                open_ = None
            missing.pop(partition, None)
            if whole and not open_:
                yield partition, _in_memory(schema, rows)
                continue
            if not open_:
                open_ = partition, _writer(str(_file(folder, partition)), schema)
            open_[1].write_table(rows)
        if open_:
            open_[1].close()
            yield open_[0], _file(folder, open_[0])
            open_ = None
    finally:
        if open_:
            open_[1].close()
    for partition in missing:
        yield partition, _in_memory(schema, schema.empty_table())


def _file(folder: Path, partition: str) -> Path:
    return folder / f"{partition or 'all'}.parquet"


def _in_memory(schema: pa.Schema, rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with _writer(sink, schema) as writer:
        if rows.num_rows:
            writer.write_table(rows)
    return sink.getvalue().to_pybytes()


def _writer(sink: Any, schema: pa.Schema) -> pq.ParquetWriter:
    # Dictionaries pay for words, not for numbers that are nearly all different.
    words: Any = [field.name for field in schema if pa.types.is_string(field.type)]
    return pq.ParquetWriter(sink, schema, compression="zstd", use_dictionary=words)


def _runs(batches: pa.RecordBatchReader) -> Iterator[tuple[str, pa.Table, bool]]:
    """Rows of one partition that follow each other within a batch; and if they end before it does, and so are all."""
    for batch in batches:
        if not batch.num_rows:
            continue
        keys = batch.column(batch.num_columns - 1)
        rows = pa.Table.from_batches([batch.select(range(batch.num_columns - 1))])
        codes = keys.dictionary_encode().indices.to_numpy()
        edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(keys)]
        for start, end in pairwise(edges):
            yield keys[start].as_py(), rows.slice(start, end - start), end < len(keys)
