"""A correction changes no value of other rows, whatever their types; and two that come at once are both kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa

from dataops_assets.load.correcting import Deciding
from dataops_assets.model import Contract, Date, Float, Integer, Numeric, Text, Timestamp, column
from dataops_assets_tests.place import DAY, Place, Scripted, jsonl, parquet, place, source
from dataops_assets_tests.support import make_project


class Typed(Contract, quarantine_above=0.9):
    """Rows of many types."""

    day: Date = column("Day.")
    id: Integer = column("Number.", le=10)
    ratio: Float = column("Ratio.", nullable=True)
    price: Numeric = column("Price.", nullable=True)
    at: Timestamp = column("When.", nullable=True)
    note: Text = column("Note.", nullable=True)


ROWS: list[dict[str, Any]] = [
    {
        "day": date(2024, 1, 1),
        "id": number,
        "ratio": 0.1 + number / 3,
        "price": Decimal("12345678901234567.123456789"),
        "at": datetime(2024, 1, 1, 5, 6, 7, 123456, UTC),
        "note": 'a "b"\nü' if number % 2 else None,
    }
    for number in (1, 2, 3, 70, 80)
]


def deciding(at: Place) -> Deciding:
    storage, table = at.project.storage, at.project.catalog.staged["t"]
    return Deciding(storage.warehouse, storage.staging, table, at.partitions(table, [DAY])[0], "otto", "why")


def test_values_of_all_types_are_as_they_were(tmp_path: Path) -> None:
    scripted = Scripted()
    declared = source(Typed, scripted)
    at = place(tmp_path, declared)
    scripted.answer(DAY, parquet(pa.Table.from_pylist(ROWS)))
    assert at.take("t", DAY)[0].entry.rows_quarantined == 2
    before = at.staged("t", "* EXCLUDE (created_at, updated_at, _run_id)")
    texts = [row["raw"] for row in at.quarantine("t")]

    def said(place: Place, raw: str, number: int) -> None:
        assert deciding(place).replay([{"_raw": raw, "id": number}])
        place.load("t", DAY)

    places = [Place(make_project(tmp_path, declared)) for _ in texts]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(said, places, texts, (7, 8)))
    at.verify()
    assert [outcome.changed for outcome in at.load("t", DAY)] == [False]
    after = at.staged("t", "* EXCLUDE (created_at, updated_at, _run_id)")
    assert [row for row in after if row["id"] < 7] == before
    assert [{**row, "id": 1, "note": None, "ratio": None} for row in after if row["id"] >= 7] == [
        {**before[0], "id": 1, "note": None, "ratio": None}
    ] * 2
    assert [row["ratio"] for row in after if row["id"] >= 7] == [0.1 + 70 / 3, 0.1 + 80 / 3]
    assert at.quarantine("t") == []


class Tagged(Contract, quarantine_above=0.9):
    """Rows with lists."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    tags: Annotated[pd.ArrowDtype, pa.list_(pa.string())] = column("Tags.", nullable=True)


def test_lists_are_corrected_too(tmp_path: Path) -> None:
    scripted = Scripted()
    at = place(tmp_path, source(Tagged, scripted))
    rows = [{"id": 1, "tags": ["a", "b"]}, {"id": "x", "tags": ["c"]}, {"id": 3, "tags": "nope"}]
    scripted.answer(DAY, jsonl(*({"day": DAY, **row} for row in rows)))
    assert at.take("t", DAY)[0].entry.rows_quarantined == 2
    texts = [row["raw"] for row in at.quarantine("t")]
    given = [{"_raw": raw, "day": DAY, "id": 10 + n, "tags": ["z"]} for n, raw in enumerate(texts)]
    assert deciding(at).replay(given)
    assert not at.load("t", DAY)[0].refusal
    assert [(row["id"], row["tags"]) for row in at.staged("t", "id, tags")] == [
        (1, ["a", "b"]),
        (10, ["z"]),
        (11, ["z"]),
    ]
    assert at.quarantine("t") == []
    at.verify()
