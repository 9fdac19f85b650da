"""Query results as Parquet files, one for each partition, in bounded memory."""

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def write_partitions(
    batches: pa.RecordBatchReader, folder: Path, partitions: Sequence[str]
) -> Iterator[tuple[str, Path]]:
    """Write rows that are ordered by their last column, `_slice`, which the files do not have.

    Yields each of the partitions with its file when it is complete; those without rows come last.
    """
    schema = batches.schema.remove(len(batches.schema) - 1)
    missing = dict.fromkeys(partitions)
    for partition, runs in groupby(_runs(batches), key=itemgetter(0)):
        with _writer(path := _file(folder, partition), schema) as writer:
            for _, rows in runs:
                writer.write_table(rows)
        del missing[partition]
        yield partition, path
    for partition in missing:
        with _writer(path := _file(folder, partition), schema):
            pass
        yield partition, path


def _file(folder: Path, partition: str) -> Path:
    return folder / f"{partition or 'all'}.parquet"


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # Dictionaries pay for words, not for numbers that are nearly all different.
    words: Any = [field.name for field in schema if pa.types.is_string(field.type)]
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=words)


def _runs(batches: pa.RecordBatchReader) -> Iterator[tuple[str, pa.Table]]:
    """Rows of one partition that follow each other within a batch."""
    for batch in batches:
        if not batch.num_rows:
            continue
        keys = batch.column(batch.num_columns - 1)
        rows = pa.Table.from_batches([batch.select(range(batch.num_columns - 1))])
        codes = keys.dictionary_encode().indices.to_numpy()
        edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(keys)]
        for start, end in pairwise(edges):
            yield keys[start].as_py(), rows.slice(start, end - start)
