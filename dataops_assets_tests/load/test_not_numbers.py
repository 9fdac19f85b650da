"""What is no number, or is finer than a type, is in quarantine for the same reason on every path and engine."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataops_assets.model import Contract, Float, Integer, Numeric, Source, Text, Timestamp, column
from dataops_assets.sources import Files
from dataops_assets_tests.place import Place, on_standin, place


class Values(Contract, quarantine_above=1.0):
    """Values."""

    id: Integer = column("Number.")
    x: Float = column("Float.", nullable=True)


class Exact(Values):
    """With columns for which DuckDB does not read JSON itself."""

    n: Numeric = column("Numeric.", nullable=True)
    s: Text = column("Text.", nullable=True)


class Moments(Contract, quarantine_above=1.0):
    """Moments."""

    id: Integer = column("Number.")
    at: Timestamp = column("Moment.")


def taken(home: Path, contract: type[Contract], file: Path) -> Place:
    at = place(home, Source(name="t", extract=Files(str(file)), contract=contract, key=["id"]))
    [outcome] = at.take("t")
    assert not outcome.refusal, outcome.refusal
    return at


@pytest.mark.parametrize("contract", [Values, Exact])
def test_nan_in_json_is_no_json(tmp_path: Path, contract: type[Contract], each_backend: str) -> None:
    broken = '{"id": 2, "x": NaN, "n": 1.5, "s": 7}'
    (tmp_path / "a.jsonl").write_text(f'{{"id": 1, "x": 1.0, "n": 1.5, "s": 7}}\n{broken}\n')
    at = taken(tmp_path / "home", contract, tmp_path / "a.jsonl")
    assert [row["id"] for row in at.staged("t")] == [1]
    [row] = at.quarantine("t")
    if not on_standin(each_backend):  # whose JSON is DuckDB's, which takes it
        assert (row["checks"], row["raw"]) == ("readable", broken)


TEXTS: list[Any] = ["2024-01-01T00:00:00.123456", "2024-01-01T00:00:00.123456789"]


def as_csv(path: Path) -> None:
    path.write_text("id,at\n" + "".join(f"{n},{text}\n" for n, text in enumerate(TEXTS)))


def as_json(path: Path) -> None:
    path.write_text("".join(json.dumps({"id": n, "at": text}) + "\n" for n, text in enumerate(TEXTS)))


def as_parquet(path: Path) -> None:
    moments = pa.array([text.ljust(29, "0") for text in TEXTS]).cast(pa.timestamp("ns"))
    pq.write_table(pa.table({"id": [0, 1], "at": moments}), path)


@pytest.mark.usefixtures("each_backend")
@pytest.mark.parametrize("write", [as_csv, as_json, as_parquet])
def test_nanoseconds_are_said(tmp_path: Path, write: Any) -> None:
    file = tmp_path / f"a.{write.__name__.removeprefix('as_').replace('json', 'jsonl')}"
    write(file)
    at = taken(tmp_path / "home", Moments, file)
    assert [row["id"] for row in at.staged("t")] == [0]
    [row] = at.quarantine("t")
    assert (row["checks"], row["reasons"]) == (
        "at.type",
        "at is a timestamp of the years 0001 to 9999 with no more than microseconds",
    )
    assert json.loads(row["raw"])["at"].replace("T", " ") == "2024-01-01 00:00:00.123456789"
