"""A version tells nested values apart that DuckDB's own hash does not."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse

LISTS = [None, [], [None], [""], ["a", "b"], ["a, b"], ["NULL"], ["a"], ["b", "a"]]
STRUCTS = [None, {"x": None, "y": None}, {"x": "NULL", "y": None}, {"x": "a", "y": None}, {"x": None, "y": "a"}]


@pytest.mark.parametrize(
    ("kind", "values"),
    [(pa.list_(pa.string()), LISTS), (pa.struct([("x", pa.string()), ("y", pa.string())]), STRUCTS)],
    ids=["lists", "structs"],
)
def test_nested_values_that_differ_have_versions_that_differ(tmp_path: Path, kind: pa.DataType, values: Any) -> None:
    with DuckDBWarehouse(tmp_path / "w.duckdb").session() as session:
        session.scratch_arrow("_rows", pa.table({"n": range(len(values)), "v": pa.array(values, kind)}))
        one, two = session.dialect.fingerprint(pa.schema([("v", kind)]))
        found = session.rows(f"SELECT {one}, {two} FROM _rows GROUP BY n")
    assert len(set(found)) == len(values)
