"""Databases as sources, all the way to the staged table: no row is lost, no type stops a table, no secret stays."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.model import Contract, Date, Integer, Numeric, Source, Text, Timestamp, column
from dataops_assets.sources import RestApi, SqlTable
from dataops_assets_tests.place import place
from dataops_assets_tests.sources.postgres import TYPES, every_type, execute_on, server
from dataops_assets_tests.support import materialize, succeed


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with server() as url:
        yield url


class Row(Contract):
    """One column; what else the table has is no business of the load."""

    id: Integer = column("Number.")


def everything_as_text() -> type[Contract]:
    words: dict[str, Any] = {f"c{n}": column("A value.", nullable=True) for n in range(len(TYPES))}
    notes = {"id": Integer} | dict.fromkeys(words, Text)
    made: Any = type(Contract)("All", (Contract,), {"__doc__": "All as text.", "__annotations__": notes} | words)
    return made


class Lists(Contract):
    """Lists of numbers, texts and moments."""

    id: Integer = column("Number.")
    numbers: Annotated[pd.ArrowDtype, pa.list_(pa.int64())] = column("Numbers.")
    parts: Annotated[pd.ArrowDtype, pa.list_(pa.float64())] = column("Parts.")
    words: Annotated[pd.ArrowDtype, pa.list_(pa.string())] = column("Words.")
    moments: Annotated[pd.ArrowDtype, pa.list_(pa.timestamp("us", tz="UTC"))] = column("Moments.")


def test_lists_are_lists(postgres: str, tmp_path: Path, each_backend: str) -> None:
    execute_on(postgres)(
        "CREATE TABLE t (id int, numbers int[], parts real[], words varchar(3)[], moments timestamp[])",
        "INSERT INTO t VALUES (1, '{1,2}', '{0.5}', '{a,b}', '{2026-01-05 10:00}'), (2, '{}', '{}', '{}', '{}')",
    )
    at = place(tmp_path, Source(name="t", extract=SqlTable(postgres, "t"), contract=Lists))
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    read = [(row["numbers"], row["parts"], row["words"], len(row["moments"])) for row in at.staged("t")]
    assert read == [([1, 2], [0.5], ["a", "b"], 1), ([], [], [], 0)]
    at.verify()


class Times(Contract, quarantine_above=1.0):
    """Times and exact numbers, typed."""

    id: Integer = column("Number.")
    day: Date = column("Day.")
    at: Timestamp = column("Moment.")
    amount: Numeric = column("Amount.")


@pytest.mark.parametrize("named", ["one column", "all as text"])
def test_no_type_of_postgresql_stops_a_table(postgres: str, tmp_path: Path, each_backend: str, named: str) -> None:
    every_type(execute_on(postgres))
    contract = Row if named == "one column" else everything_as_text()
    at = place(tmp_path, Source(name="t", extract=SqlTable(postgres, "t"), contract=contract))
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert [row["id"] for row in at.staged("t", "id")] == [1, 2]
    at.verify()


def test_a_moment_that_no_warehouse_has_is_in_quarantine(postgres: str, tmp_path: Path, each_backend: str) -> None:
    execute_on(postgres)(
        "CREATE TABLE t (id int, day date, at timestamptz, amount numeric)",
        "INSERT INTO t VALUES (1, '2026-01-05', '2026-01-05 10:00:00.123456+02', 1.5), (2, 'infinity', 'now', 1), "
        "(3, '2026-01-06', 'infinity', 1), (4, '2026-01-06', '2026-01-05 10:00+00', 'NaN')",
    )
    at = place(tmp_path, Source(name="t", extract=SqlTable(postgres, "t"), contract=Times))
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert [(row["id"], str(row["at"])) for row in at.staged("t")] == [(1, "2026-01-05 08:00:00.123456+00:00")]
    raw = [row["raw"] for row in at.quarantine("t")]
    assert len(raw) == 3
    assert all(word in "".join(raw) for word in ("infinity", "NaN"))
    at.verify()


class Spelt(Contract):
    """Rows with a time in text."""

    id: Integer = column("Number.")
    at: Timestamp = column("Last change.")


def test_a_row_whose_time_is_spelt_otherwise_arrives(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"

    def execute(statement: str) -> None:
        with closing(sqlite3.connect(file)) as database, database:
            database.execute(statement)

    execute("CREATE TABLE t (id INTEGER, at TEXT)")
    execute("INSERT INTO t VALUES (1, '2026-01-05T09:00:00')")
    table = SqlTable(f"sqlite:///{file}", "t", cursor="at")
    at = place(tmp_path / "home", Source(name="t", extract=table, contract=Spelt, key=["id"], write="merge"))
    succeed(at.project, "raw/t,staged/t")
    execute("INSERT INTO t VALUES (2, '2026-01-05 10:00:00')")
    succeed(at.project, "raw/t,staged/t")
    assert sorted(row["id"] for row in at.staged("t")) == [1, 2]
    at.verify()


@pytest.mark.parametrize("scheme", ["http", "postgresql"])
def test_a_password_that_is_not_escaped_is_kept_nowhere(
    tmp_path: Path, scheme: str, capfd: pytest.CaptureFixture[str]
) -> None:
    address = f"{scheme}://svc:s3cr/et@db.example.com/x"
    extract = RestApi(address) if scheme == "http" else SqlTable(address, "t")
    at = place(tmp_path / "home", Source(name="t", extract=extract, contract=Row))
    events = tmp_path / "events"
    events.mkdir()
    with dg.DagsterInstance.local_temp(str(events)) as instance:
        (failed,) = materialize(at.project, "raw/t", instance=instance)
    assert "does not parse as one" in failed.problems[0]
    out, err = capfd.readouterr()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"does not parse as one" in kept
    for message in (" ".join(failed.problems), out, err, kept.decode("latin-1")):
        assert "s3cr" not in message
