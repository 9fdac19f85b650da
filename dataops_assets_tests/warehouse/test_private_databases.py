"""Databases in memory are used again, and nobody sees what another one had in it."""

import os
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from dataops_assets.warehouse.duckdb.memory import private_database

LARGE = "CREATE TEMP TABLE large AS SELECT repeat('x', 200) || range AS x FROM range(500000)"


def place(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name


def names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    tables = connection.execute("SELECT table_name FROM duckdb_tables() UNION ALL FROM (SHOW ALL TABLES) SELECT name")
    return [name for (name,) in tables.fetchall()]


def setting(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    return connection.execute(f"SELECT current_setting('{name}')").fetchall()[0][0]


def test_nothing_is_left_to_the_next(tmp_path: Path) -> None:
    with private_database(place(tmp_path, "a"), "1GB") as one:
        one.execute("CREATE TEMP TABLE secret AS SELECT 1 AS n")
        one.register("frame", pa.table({"n": [2]}))
        one.execute("SET TimeZone = 'Asia/Tokyo'")
    with private_database(place(tmp_path, "b"), "200MB") as other:
        assert names(other) == []
        assert setting(other, "TimeZone") == "UTC"
        assert setting(other, "memory_limit") == "190.7 MiB"
        assert setting(other, "temp_directory") == str(tmp_path / "b")
        with private_database(place(tmp_path, "c"), None) as third:  # at the same time, as of another thread
            third.execute("CREATE TABLE own AS SELECT 1 AS n")
            assert names(other) == []
            assert setting(other, "memory_limit") == "190.7 MiB"
            assert setting(third, "memory_limit") != "190.7 MiB"
        with private_database(place(tmp_path, "d"), None) as fourth:
            assert names(fourth) == []


def test_one_that_has_spilled_or_failed_is_not_used_again(tmp_path: Path) -> None:
    with private_database(place(tmp_path, "a"), "60MB") as one:
        one.execute(LARGE)
        assert any((tmp_path / "a").iterdir()), "it has spilled"
    with private_database(place(tmp_path, "b"), "60MB") as other:
        assert setting(other, "temp_directory") == str(tmp_path / "b")
        other.execute(LARGE)
        assert any((tmp_path / "b").iterdir()), "it has spilled into its own folder"
    with private_database(place(tmp_path, "c"), None) as third:
        third.execute("ATTACH ':memory:' AS wh")  # and it stays
    folder = place(tmp_path, "d")
    with pytest.raises(KeyError), private_database(folder, None) as fourth:
        raise KeyError(fourth.execute("ATTACH ':memory:' AS wh"))
    with private_database(place(tmp_path, "e"), None) as fifth:
        fifth.execute("ATTACH ':memory:' AS wh")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_makes_its_own(tmp_path: Path) -> None:
    with private_database(place(tmp_path, "a"), None) as one:
        one.execute("SELECT 1")
    child = os.fork()
    if child == 0:
        with private_database(place(tmp_path, "b"), None) as own:
            found = own.execute("SELECT sum(range) FROM range(3000000)").fetchall()
        os._exit(found != [(4499998500000,)])
    assert os.waitpid(child, 0)[1] == 0
