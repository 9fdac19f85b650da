"""A swap on DuckDB that is interrupted around its COMMIT is made or not, and the session goes on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dataops_assets.warehouse.duckdb.warehouse import DuckDBSession, DuckDBWarehouse


@pytest.mark.parametrize(("after", "rows"), [(False, 1), (True, 2)])
def test_interrupted_around_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool, rows: int) -> None:
    execute = DuckDBSession.execute

    def interrupted(self: DuckDBSession, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        if sql != "COMMIT" or after:
            execute(self, sql, parameters)
        if sql == "COMMIT":
            raise KeyboardInterrupt

    with DuckDBWarehouse(tmp_path / "w.duckdb").session() as session:
        table = session.relation("staging", "t")
        with session.swapping("t") as swap:
            swap.define(f"CREATE TABLE {table} AS SELECT 1 AS n")
        with monkeypatch.context() as patch:
            patch.setattr(DuckDBSession, "execute", interrupted)
            with pytest.raises(KeyboardInterrupt), session.swapping("t") as swap:
                swap.execute(f"INSERT INTO {table} VALUES (2)")
        with session.reading():
            assert session.rows(f"SELECT COUNT(*) FROM {table}") == [(rows,)]
