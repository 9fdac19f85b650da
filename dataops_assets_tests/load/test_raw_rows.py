"""Files of different formats in one load."""

from pathlib import Path

import pyarrow as pa

from dataops_assets.warehouse.duckdb import DuckDBWarehouse
from dataops_assets.warehouse.raw_rows import unite


def test_parts_of_different_types_meet_as_text(tmp_path: Path) -> None:
    """BigQuery puts no text under numbers, as DuckDB does: each part has to give the text itself."""
    with DuckDBWarehouse(tmp_path / "warehouse.duckdb").session() as session:
        told = {"_file": ["f"], "_unreadable": pa.nulls(1, pa.string())}
        session.scratch_arrow("one", pa.table({"n": ["1"], "x": [0.5], **told}))
        session.scratch_arrow("two", pa.table({"n": [2], "x": [1.5], **told}))
        query, types = unite(session, ["one", "two"], ["n", "x"])
        first, second = (session.schema_of(part) for part in query.split(" UNION ALL "))
        assert first == second
        assert types == {"n": pa.string(), "x": pa.float64()}
        assert session.rows(f"SELECT n, x FROM ({query}) ORDER BY n") == [("1", 0.5), ("2", 1.5)]
