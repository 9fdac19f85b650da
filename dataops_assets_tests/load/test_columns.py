"""Each file of an attempt has the columns of the contract, by name; a table follows the columns of its contract."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from dataops_assets.model import Contract, Date, Integer, Text, column
from dataops_assets.model.tables import DatasetError
from dataops_assets.sources import Files
from dataops_assets_tests.place import DAY, Place, Scripted, csv, jsonl, parquet, place, source

pytestmark = pytest.mark.usefixtures("each_backend")


class Sales(Contract):
    """Sales."""

    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True)


class MaybeSales(Contract):
    """Sales, of which some files have no amount."""

    id: Integer = column("Number.")
    amount: Integer = column("Amount.", nullable=True, required=False)


def written(kind: str, *names: str, first: int = 1) -> bytes:
    """A file of two rows with columns of these names: numbers from `first` on."""
    rows = [{name: first + row + place for place, name in enumerate(names)} for row in range(2)]
    answer = {
        "csv": lambda: csv(",".join(names), *(",".join(map(str, row.values())) for row in rows)),
        "jsonl": lambda: jsonl(*rows),
        "parquet": lambda: parquet(pa.Table.from_pylist(rows)),
    }[kind]()
    return answer.content


def folder(tmp_path: Path, kind: str, contract: type[Contract], **files: bytes) -> Place:
    """A place with a wildcard source over these files."""
    for name, content in files.items():
        (tmp_path / f"{name}.{kind}").write_bytes(content)
    return place(tmp_path / "home", source(contract, Files(f"{tmp_path}/*.{kind}"), partition=None, key=["id"]))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("lacks", ["a", "b"])
@pytest.mark.parametrize("contract", [Sales, MaybeSales])
def test_a_file_that_spells_a_column_otherwise_stops_the_load(
    tmp_path: Path, kind: str, lacks: str, contract: type[Contract]
) -> None:
    files = {name: written(kind, "id", "Amount" if name == lacks else "amount", first=ord(name)) for name in "ab"}
    at = folder(tmp_path, kind, contract, **files)
    (outcome,) = at.take("t")
    assert f"({lacks}.{kind}), which has ['Amount', 'id']; it has 'Amount' in the place of 'amount'" in outcome.refusal
    assert outcome.refusal.startswith("staged/t: column ")
    assert outcome.entry.rows == 0


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_file_without_a_column_stops_the_load_unless_it_may_be_missing(tmp_path: Path, kind: str) -> None:
    files = {"a": written(kind, "id", "amount"), "b": written(kind, "id", first=8)}
    (outcome,) = folder(tmp_path, kind, Sales, **files).take("t")
    assert "column 'amount' of the contract Sales is not in raw attempt" in outcome.refusal
    assert f"(b.{kind}), which has ['id']" in outcome.refusal
    (tmp_path / "maybe").mkdir()
    at = folder(tmp_path / "maybe", kind, MaybeSales, **files)
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert [row["amount"] for row in at.staged("t", "id, amount")] == [2, 3, None, None]


def test_the_parts_of_an_answer_are_looked_at_together(tmp_path: Path) -> None:
    """A record of JSON leaves out what it has no value for; where an answer is cut in two is by chance."""
    scripted = Scripted({"": [jsonl({"id": 1, "amount": 1}), jsonl({"id": 2})]})
    at = place(tmp_path, source(Sales, scripted, partition=None, key=["id"]))
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert [row["amount"] for row in at.staged("t", "id, amount")] == [1, None]


def test_a_part_of_an_answer_that_spells_a_column_otherwise_stops_the_load(tmp_path: Path) -> None:
    one, other, both = ({"id": 1, "amount": 1}, {"id": 2, "Amount": 2}, {"id": 3, "amount": 3, "Amount": 4})
    scripted = Scripted({"": [jsonl(one), jsonl(other)]})
    at = place(tmp_path, source(Sales, scripted, partition=None, key=["id"]))
    (outcome,) = at.take("t")
    assert "(part-00001.jsonl), which has ['Amount', 'id']; it has 'Amount' in the place of 'amount'" in outcome.refusal
    scripted.answer("", jsonl(one), jsonl(other), jsonl(both))  # two fields
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert [row["amount"] for row in at.staged("t", "id, amount")] == [1, None, 3]


def test_a_header_whose_letters_are_composed_otherwise_stops_the_load(tmp_path: Path) -> None:
    class Prices(Contract):
        """Prices, of which some files have none."""

        id: Integer = column("Number.")
        price: Integer = column("Price.", source="pr\u00e9cio", nullable=True, required=False)

    at = folder(tmp_path, "csv", Prices, a=written("csv", "id", "pre\u0301cio"))
    (outcome,) = at.take("t")
    assert "it has 'pre\u0301cio' in the place of 'pr\u00e9cio'" in outcome.refusal


def test_each_attempt_is_looked_at(tmp_path: Path) -> None:
    at = folder(tmp_path, "csv", Sales, a=written("csv", "id", "amount"))
    at.extract("t")
    (tmp_path / "b.csv").write_bytes(written("csv", "id", "AMOUNT", first=5))
    (outcome,) = at.take("t")
    assert "(b.csv)" in outcome.refusal


def test_a_file_without_rows_may_lack_columns(tmp_path: Path) -> None:
    at = folder(tmp_path, "csv", Sales, a=written("csv", "id", "amount"), b=b"nothing\n")
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    assert outcome.entry.rows == 2


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("names", [("id", "Amount", "amount"), ("id", "amount", "Amount"), ("ID", "id", "amount")])
def test_a_column_is_never_taken_for_another_of_other_case(tmp_path: Path, kind: str, names: tuple[str, ...]) -> None:
    at = folder(tmp_path, kind, Sales, a=written(kind, *names))
    (outcome,) = at.take("t")
    assert not outcome.refusal, outcome.refusal
    first = {name: 1 + position for position, name in enumerate(names)}
    assert at.staged("t", "id, amount") == [
        {"id": first["id"] + row, "amount": first["amount"] + row} for row in range(2)
    ]


def test_a_contract_that_reads_both_is_refused(tmp_path: Path) -> None:
    class Both(Contract):
        """Both."""

        id: Integer = column("Number.")
        net: Integer = column("Net.", source="amount")
        gross: Integer = column("Gross.", source="Amount")

    with pytest.raises(DatasetError, match="Both reads 'amount' and 'Amount', which are one name"):
        place(tmp_path, source(Both, Scripted(), partition=None, key=["id"]))


class Old(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


class Added(Contract):
    """Rows with one more column."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    note: Text = column("Note.", nullable=True, required=False)


class Renamed(Contract):
    """Rows with a column of another name."""

    day: Date = column("Day.")
    number: Integer = column("Number.", source="id")


@pytest.mark.parametrize("write", ["replace", "append"])
@pytest.mark.parametrize("partitioned", [True, False])
def test_a_table_without_key_follows_its_contract(tmp_path: Path, write: str, partitioned: bool) -> None:
    keys = [DAY] if partitioned else []
    more: dict[str, Any] = {"key": [], "write": write} | ({} if partitioned else {"partition": None})
    key = DAY if partitioned else ""
    scripted = Scripted({key: [jsonl({"day": DAY, "id": 1, "note": "a"}, {"day": DAY, "id": 1, "note": "b"})]})
    day = date.fromisoformat(DAY)
    place(tmp_path, source(Old, scripted, **more)).take("t", *keys)
    at = place(tmp_path, source(Added, scripted, **more))
    (outcome,) = at.load("t", *keys)
    assert not outcome.refusal, outcome.refusal
    assert at.staged("t", "day, id, note") == [{"day": day, "id": 1, "note": note} for note in "ab"]
    scripted.answer(key, jsonl({"day": DAY, "id": 1, "note": "a"}, {"day": DAY, "id": 2, "note": "c"}))
    (outcome,) = at.take("t", *keys)
    assert not outcome.refusal, outcome.refusal
    at = place(tmp_path, source(Renamed, scripted, **more))
    (outcome,) = at.load("t", *keys)
    assert not outcome.refusal, outcome.refusal
    assert [row["number"] for row in at.staged("t", "number")] == ([1, 2] if write == "replace" else [1, 1, 2])
    at.verify()
