"""Files of different formats in one load."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.manifest import StoredFile
from dataops_assets.load import unreadable
from dataops_assets.load.raw_rows import union_of
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse


def test_parts_of_different_types_meet_as_text(tmp_path: Path) -> None:
    """BigQuery puts no text under numbers, as DuckDB does: each part has to give the text itself."""
    with DuckDBWarehouse(tmp_path / "warehouse.duckdb").session() as session:
        about = {"_file": ["f"], "_unreadable": pa.nulls(1, pa.string())}
        session.scratch_arrow("one", pa.table({"n": ["1"], "x": [0.5], **about}))
        session.scratch_arrow("two", pa.table({"n": [2], "x": [1.5], **about}))
        query, types = union_of(session, ["one", "two"], ["n", "x"])
        first, second = (session.schema_of(part) for part in query.split(" UNION ALL "))
        assert first == second
        assert types == {"n": pa.string(), "x": pa.float64()}
        assert session.rows(f"SELECT n, x FROM ({query}) ORDER BY n") == [("1", 0.5), ("2", 1.5)]


def test_parquet_read_in_python_is_handed_on_before_all_of_it_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, opened = LocalStore(tmp_path), []
    files = []
    for number in range(4):
        sink = pa.BufferOutputStream()
        pq.write_table(pa.table({"n": pa.array([2**64 - 1 - number], pa.uint64())}), sink)
        store.create(f"{number}.parquet", sink.getvalue().to_pybytes())
        files.append((f"u{number}", StoredFile(f"{number}.parquet", "", "parquet", None, 0, "", 1, {"n": "uint64"})))
    open_ = LocalStore.open
    monkeypatch.setattr(LocalStore, "open", lambda self, path: opened.append(path) or open_(self, path))
    kinds = {"n": {pa.decimal128(38, 9)}}
    [whole] = unreadable.read_parquet(store, files, kinds)
    size = whole.nbytes // len(files)
    monkeypatch.setattr(unreadable, "_HELD_BYTES", 2 * size)
    opened.clear()
    taken = []
    for part in unreadable.read_parquet(store, files, kinds):
        taken.append((len(opened), part["n"].to_pylist(), part["_file"].to_pylist()))
    top = 2**64 - 1
    assert taken == [(2, [f"{top}", f"{top - 1}"], ["u0", "u1"]), (4, [f"{top - 2}", f"{top - 3}"], ["u2", "u3"])]
    assert pa.concat_tables(unreadable.read_parquet(store, files, kinds)) == whole
