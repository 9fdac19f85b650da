"""What has no receipt is not published from BigQuery either; it is said why, and what to do.

The other ways are in `proofs/receipts.py`, on files and DuckDB.
"""

from pathlib import Path

import pytest

from dataops_assets.model import Contract, Date, Derived, Integer, column
from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse
from dataops_assets_tests.backends import StorageIn
from dataops_assets_tests.place import DAY, Place, Scripted, csv, daily, place, source

SQL = "select day, id, id * 10 as tenfold from staged.t where day >= @window_start and day < @window_end"
MEND = f"run: dataops run --select transformed/made --partitions {DAY}"
MEND_ALL = MEND.replace(" transformed", " +transformed")


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


class Made(Rows):
    """Made of them."""

    tenfold: Integer = column("Ten times the number.")


def a_place(home: Path) -> Place:
    made = Derived(name="made", contract=Made, key=["day", "id"], partition=daily(), publish=True, sql=SQL)
    return place(home, source(Rows, Scripted({DAY: [csv("day,id", f"{DAY},1", f"{DAY},2")]})), made)


def tamper(at: Place, sql: str) -> None:
    """Change the warehouse behind the ledger's back."""
    warehouse = at.project.storage.warehouse
    assert isinstance(warehouse, BigQueryWarehouse)
    warehouse.client.query(sql.replace("staging.", f"{warehouse.staging}.")).result()


def published(at: Place) -> tuple[str, list[int]]:
    """Publish; the reason why not, and what production shows then."""
    [outcome] = at.publish("made", DAY)
    assert (outcome.entry.verdict == "passed") == (not outcome.refusal)
    warehouse = at.project.storage.warehouse
    with warehouse.session() as session:
        there = session.exists(warehouse.production, "made")
    return outcome.refusal, [row["tenfold"] for row in at.rows("SELECT tenfold FROM production.made")] if there else []


@pytest.mark.slow
@pytest.mark.gcp
def test_refused_with_a_reason_and_with_what_to_do(storage_in: StorageIn, tmp_path: Path) -> None:
    at = a_place(tmp_path)
    at.project.storage = storage_in(tmp_path)
    at.take("t", DAY)
    held, shown = published(at)
    assert (f"production/made {DAY}: transformed/made has no validated version; {MEND_ALL}" in held, shown) == (
        True,
        [],
    )

    assert not at.transform("made", DAY)[0].refusal
    tamper(at, "UPDATE staging.made SET tenfold = 11 WHERE id = 1")
    held, shown = published(at)
    assert "the rows in" in held
    assert "the receipt is of" in held
    assert (held.endswith(MEND), shown) == (True, [])

    at.transform("made", DAY)  # as it was said
    assert published(at) == ("", [10, 20])

    tamper(at, "DELETE FROM staging._ledger WHERE asset = 'staged/t'")
    held, shown = published(at)
    assert f"production/made {DAY}: no receipt for staged/t {DAY} version" in held
    assert (held.endswith(MEND_ALL), shown) == (True, [10, 20])
