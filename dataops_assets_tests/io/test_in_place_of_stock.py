"""Assets written for Dagster's own DuckDB IO manager, run on it and on this project's: what changes."""

import gc
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
import pytest
from dagster_duckdb_pandas import DuckDBPandasIOManager

from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets_tests.io.place import Place, frame

DAILY = dg.DailyPartitionsDefinition("2024-01-01")
KEY = "2024-01-02"
ANSWER: dict[str, Any] = {}


@dg.asset(key_prefix=["duckdb", "flowers"], partitions_def=DAILY, metadata={"partition_expr": "day"})
def iris(context: dg.AssetExecutionContext) -> pd.DataFrame:
    columns = {"day": [context.partition_key] * 2, "length": [5.1, 4.9], "kind": ["setosa", "virginica"], **ANSWER}
    return frame(**{name: values for name, values in columns.items() if values is not None})


@dg.asset(
    key_prefix=["duckdb", "flowers"],
    partitions_def=DAILY,
    metadata={"partition_expr": "day"},
    ins={"iris": dg.AssetIn(key_prefix=["duckdb", "flowers"], metadata={"columns": ["day", "length"]})},
)
def lengths(iris: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(iris.groupby("day", as_index=False)["length"].max())


@dg.asset(key_prefix=["duckdb", "flowers"], ins={"lengths": dg.AssetIn(key_prefix=["duckdb", "flowers"])})
def summary(lengths: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"days": [len(lengths)], "longest": [lengths["length"].max()]})


CHANGES = {
    "an added column": {"new": 1},
    "a missing column": {"kind": None},
    "text for numbers": {"length": ["long"] * 2},
}


@pytest.fixture(autouse=True)
def _same_answer() -> Any:
    yield
    ANSWER.clear()


def stock(path: Path) -> DuckDBPandasIOManager:
    return DuckDBPandasIOManager(database=str(path))


def counted(path: Path) -> int:
    gc.collect()  # After a failure the other connection stays open until then, and DuckDB wants the same kind again.
    with duckdb.connect(str(path)) as reader:
        row = reader.execute("SELECT COUNT(*) FROM flowers.iris").fetchone()
    assert row
    return row[0]


def run(manager: Any, *assets: Any, key: str | None = KEY) -> bool:
    """Materialize some of the three assets; was it a success?"""
    result = dg.materialize(
        [iris, lengths, summary],
        selection=list(assets) or None,
        partition_key=key,
        resources={"io_manager": manager},
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    return result.success


@pytest.mark.parametrize("change", CHANGES)
def test_a_failed_overwrite_empties_the_partition_there_and_not_here(place: Place, tmp_path: Path, change: str) -> None:
    there = tmp_path / "stock.duckdb"
    for manager in (stock(there), place.io_manager):
        ANSWER.clear()
        assert run(manager, iris)
        ANSWER.update(CHANGES[change])
        assert not run(manager, iris)
    assert counted(there) == 0
    assert len(place.rows("flowers.iris")) == 2


def test_the_same_assets_give_the_same_tables(place: Place, tmp_path: Path) -> None:
    there = tmp_path / "stock.duckdb"
    for manager in (stock(there), place.io_manager):
        for key in (KEY, "2024-01-03"):
            assert run(manager, iris, lengths, key=key)
        assert run(manager, summary, key=None)
    for table in ("iris", "lengths", "summary"):
        with duckdb.connect(str(there), read_only=True) as reader:
            found = reader.execute(f"SELECT * FROM flowers.{table}").fetchall()
        assert place.rows(f"flowers.{table}") == sorted(found, key=str)
        assert found


def test_a_database_of_the_other_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "stock.duckdb"
    assert run(stock(path), iris, lengths)
    place = Place(tmp_path, lambda: DuckDBWarehouse(path))
    assert run(place.io_manager, iris, lengths)
    assert run(place.io_manager, iris, lengths, key="2024-01-03")
    assert run(place.io_manager, summary, key=None)
    assert len(place.rows("flowers.iris")) == 4
    assert place.rows("flowers.summary") == [(2, 5.1)]
