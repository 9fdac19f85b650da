"""Parquet files of partitions, written while the rows come in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataops_assets.lake.parallel import parallel_each
from dataops_assets.warehouse.parquet import write_partitions

SCHEMA = pa.schema([("n", pa.int64()), ("word", pa.string()), ("_slice", pa.string())])
ROWS = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 7))


def reader(rows: Mapping[str, int], batch: int) -> pa.RecordBatchReader:
    table = pa.Table.from_pylist(
        [{"n": n, "word": key * n, "_slice": key} for key, count in sorted(rows.items()) for n in range(count)],
        SCHEMA,
    )
    return pa.RecordBatchReader.from_batches(SCHEMA, table.to_batches(max_chunksize=batch))


def opened(file: bytes | Path) -> Any:
    return pa.BufferReader(file) if isinstance(file, bytes) else file


@settings(deadline=None)
@given(ROWS, st.integers(1, 9))
def test_each_partition_has_its_rows_wherever_the_batches_end(
    tmp_path_factory: pytest.TempPathFactory, rows: Mapping[str, int], batch: int
) -> None:
    folder = tmp_path_factory.mktemp("parquet")
    files = dict(write_partitions(reader(rows, batch), folder, list(rows)))
    assert files.keys() == rows.keys()
    for key, count in rows.items():
        found = pq.read_table(opened(files[key]))
        assert found.schema.names == ["n", "word"]
        assert found.to_pydict() == {"n": list(range(count)), "word": [key * n for n in range(count)]}


def test_a_table_without_partitions(tmp_path: Path) -> None:
    [(key, file)] = write_partitions(reader({"": 3}, 2), tmp_path, [""])
    assert key == ""
    assert pq.read_metadata(opened(file)).num_rows == 3


def test_all_are_done_and_the_first_error_is_raised() -> None:
    done: list[int] = []
    parallel_each(done.append, range(20), threads=3)
    assert sorted(done) == list(range(20))

    def fail(number: int) -> None:
        if number == 7:
            raise ValueError("the seventh")

    taken: list[int] = []
    numbers = (taken.append(n) or n for n in range(1000))
    with pytest.raises(ValueError, match="seventh"):
        parallel_each(fail, numbers, threads=2)
    assert len(taken) < 20
