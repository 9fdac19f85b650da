"""Lists and records of every scalar type, from every format: each row whole, or in quarantine with its own text."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa
import pytest

from dataops_assets.load.nested_values import from_text
from dataops_assets.model import Contract, Date, Integer, column
from dataops_assets_tests.place import DAY, Answer, Scripted, csv, jsonl, parquet, place, source

MOMENT = dt.datetime(2024, 1, 1, 10, tzinfo=dt.UTC)
KINDS: dict[str, tuple[pa.DataType, str, list[Any]]] = {
    "integers": (pa.int64(), "[1, -2.0, 3e2, 9007199254740993]", [1, -2, 300, 2**53 + 1]),
    "numerics": (pa.decimal128(38, 9), "[0.1, 12345678901234567.123456789]",
                 [Decimal("0.1"), Decimal("12345678901234567.123456789")]),
    "floats": (pa.float64(), "[0.1, 1]", [0.1, 1.0]),
    "texts": (pa.string(), '["a", "b,c", 1.50]', ["a", "b,c", "1.50"]),
    "booleans": (pa.bool_(), "[true, false]", [True, False]),
    "dates": (pa.date32(), '["2024-01-31"]', [dt.date(2024, 1, 31)]),
    "moments": (pa.timestamp("us", tz="UTC"), '["2024-01-01T10:00:00Z"]', [MOMENT]),
}  # fmt: skip
RECORD = pa.struct([("k", pa.int64()), ("l", pa.list_(pa.string()))])


def contract() -> type[Contract]:
    names: dict[str, Any] = {"day": Date, "id": Integer}
    names |= {name: Annotated[pd.ArrowDtype, pa.list_(kind)] for name, (kind, _, _) in KINDS.items()}
    names["record"] = Annotated[pd.ArrowDtype, RECORD]
    columns = {name: column("A value.", nullable=name not in ("day", "id")) for name in names}
    made: Any = type(Contract)(
        "Nested", (Contract,), {"__doc__": "Nested.", "__annotations__": names} | columns, quarantine_above=1.0
    )
    return made


GOOD = {name: text for name, (_, text, _) in KINDS.items()} | {"record": '{"k": 1, "l": ["x"]}'}
BAD = {"integers": "[1, null]", "numerics": "[1e-10]", "floats": '["x"]', "dates": '["soon"]', "record": '{"k": 0.5}'}
ROWS = [GOOD, {}, *({name: text} for name, text in BAD.items())]


def as_json() -> Answer:
    lines = [
        f'{{"day": "{DAY}", "id": {n}{"".join(f", {json.dumps(k)}: {v}" for k, v in row.items())}}}'.encode()
        for n, row in enumerate(ROWS)
    ]
    return jsonl(*lines)


def as_csv() -> Answer:
    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if text else ""

    names = [*KINDS, "record"]
    lines = [",".join([DAY, str(n), *(quoted(row.get(name, "")) for name in names)]) for n, row in enumerate(ROWS)]
    return csv(",".join(["day", "id", *names]), *lines)


def as_parquet() -> Answer:
    """As text, as a database gives a list that its driver would change."""
    columns = {name: pa.array([row.get(name) for row in ROWS], pa.string()) for name in (*KINDS, "record")}
    return parquet(pa.table({"day": [DAY] * len(ROWS), "id": range(len(ROWS))} | columns))


@pytest.mark.usefixtures("each_backend")
def test_rows_with_lists_are_whole_or_in_quarantine(tmp_path: Path) -> None:
    scripted = Scripted()
    answers = {"a": as_json(), "b": as_csv(), "c": as_parquet()}
    at = place(tmp_path, *(source(contract(), scripted, name=name) for name in answers))
    for name, answer in answers.items():
        scripted.answer(DAY, answer)
        [outcome] = at.take(name, DAY)
        assert not outcome.refusal, outcome.refusal
        full, _ = sorted(at.staged(name), key=lambda row: row["id"])
        assert {kind: full[kind] for kind in KINDS} == {kind: right for kind, (_, _, right) in KINDS.items()}
        assert full["record"] == {"k": 1, "l": ["x"]}
        raw = {fields["id"]: fields for row in at.quarantine(name) for fields in [json.loads(row["raw"])]}
        assert [raw[str(n)][kind] for n, kind in enumerate(BAD, start=2)] == list(BAD.values())
        assert {row["checks"] for row in at.quarantine(name)} == {"readable"}
    at.verify()


def test_lists_of_parquet_with_items_as_text_or_missing(tmp_path: Path) -> None:
    class Numerics(Contract, quarantine_above=1.0):
        """A list."""

        day: Date = column("Day.")
        id: Integer = column("Number.")
        numerics: Annotated[pd.ArrowDtype, pa.list_(pa.decimal128(38, 9))] = column("Numbers.", nullable=True)
        floats: Annotated[pd.ArrowDtype, pa.list_(pa.float64())] = column("Finite numbers.", nullable=True)

    scripted = Scripted()
    at = place(tmp_path, source(Numerics, scripted))
    numerics = pa.array([["1.5"], ["2", None], None, ["x"], None], pa.list_(pa.string()))
    floats = pa.array([[0.5], None, None, None, [1.0, float("inf")]], pa.list_(pa.float64()))
    table = pa.table({"day": [DAY] * 5, "id": range(5), "numerics": numerics, "floats": floats})
    scripted.answer(DAY, parquet(table))
    [outcome] = at.take("t", DAY)
    assert not outcome.refusal, outcome.refusal
    staged = at.staged("t", "id, numerics, floats")
    assert [(row["numerics"], row["floats"]) for row in staged] == [([Decimal("1.5")], [0.5]), (None, None)]
    rows = at.quarantine("t")
    values = [json.loads(row["raw"]) for row in rows]
    assert sorted((row["numerics"] or "", row["floats"] or "") for row in values) == [
        ("", '[1.0,"inf"]'),
        ('["2",null]', ""),
        ('["x"]', ""),
    ]
    assert "numerics, floats as the contract's lists and records, no item missing" in rows[0]["reasons"]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("{1,NULL,3}", None), ("{1,2}", [1, 2]), ("{}", []), ("{{1},{2}}", None), ("{1,}", None), ("[1", None),
        ('{"1"}', [1]), ("", None), ("[[1]]", None), ("{1 2}", None),
    ],
)  # fmt: skip
def test_a_list_in_the_form_of_postgresql(text: str, items: list[int] | None) -> None:
    [found], [fits] = (
        each if isinstance(each, list) else each.to_pylist() for each in from_text([text], pa.list_(pa.int64()))
    )
    assert (found, fits) == (items, items is not None)
