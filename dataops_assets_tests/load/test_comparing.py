"""A partition against another table: keys that are not there, and totals that do not agree."""

from pathlib import Path
from typing import Any

import pytest

from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.ruling import Wanted, rule
from dataops_assets.model import (
    Contract,
    DatasetError,
    Date,
    Derived,
    Freshness,
    Integer,
    Parity,
    References,
    Text,
    column,
)
from dataops_assets_tests.place import Place, Scripted, check_of, csv, daily, place, source

pytestmark = pytest.mark.usefixtures("each_backend")

ONE, TWO, THREE = "2024-01-01", "2024-01-02", "2024-01-03"


class Sold(Contract):
    """What was sold."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    item: Text = column("What.", nullable=True)
    cents: Integer = column("Price.")


class Item(Contract):
    """What there is to be sold."""

    name: Text = column("Name.")


class Total(Contract):
    """What the till says."""

    day: Date = column("Day.")
    cents: Integer = column("Sum.")


ITEMS = Scripted({"": [csv("name", "pen", "ink")]})
CHECKS = (
    References(columns=["item"], of="staged/items", to=["name"], severity="stop"),
    Parity(of="staged/totals", total="SUM(cents)", by="day"),
)


def sold(day: str, *items: str) -> Any:
    return csv("day,id,item,cents", *(f"{day},{number},{item},{10 * number}" for number, item in enumerate(items, 1)))


def shop(tmp_path: Path, told: Scripted, totals: Scripted, *more: Any) -> Place:
    return place(
        tmp_path,
        source(Sold, told, name="sold", statistics=CHECKS),
        source(Item, ITEMS, name="items", partition=None, key=["name"]),
        source(Total, totals, name="totals", partition=None, key=["day"]),
        *more,
    )


def test_keys_and_totals(tmp_path: Path) -> None:
    told, totals = Scripted({ONE: [sold(ONE, "pen", "ink")], TWO: [sold(TWO, "pen", "", "ink")]}), Scripted()
    sql = (
        "select day, id, item, cents from staged.sold where day >= @window_start and day < @window_end "
        "and item is not null"
    )
    about: dict[str, Any] = {"contract": Sold, "key": ["day", "id"], "partition": daily()}
    made = Derived(name="made", sql=sql, statistics=[Parity(of="staged/sold", severity="stop")], **about)
    at = shop(tmp_path, told, totals, made)
    (unknown,) = at.take("sold", ONE)
    assert not [check for check in unknown.checks if check.name in ("references_item", "parity_totals")]
    verdicts = at.rows("SELECT check_name, verdict, reason FROM staging._checks")
    assert [(row["check_name"], row["verdict"]) for row in verdicts] == [
        ("parity_totals", "no history"),
        ("references_item", "no history"),
    ]
    assert verdicts[0]["reason"] == "staged/totals has nothing to compare it with"

    totals.answer("", csv("day,cents", f"{ONE},30", f"{TWO},50"))
    at.take("items")
    at.take("totals")
    told.answer(ONE, sold(ONE, "ink", "pen"))
    found = {each.entry.partition: each for each in at.take("sold", ONE, TWO)}
    assert check_of(found[ONE], "parity_totals").passed
    assert check_of(found[ONE], "references_item").passed
    assert check_of(found[TWO], "references_item").passed, "a missing value is not looked for"
    parity = check_of(found[TWO], "parity_totals")
    assert not parity.passed
    assert parity.description == "SUM(cents) is 60, and SUM(cents) of staged/totals is 50 (+10)"

    told.answer(THREE, sold(THREE, "pen", "hat", "bag", "ink"))
    (stopped,) = at.take("sold", THREE)
    assert (
        "references_item: 2 of 4 rows have values of item that staged/items has not, such as 'bag'" in stopped.refusal
    )
    wanted = Wanted("accept", "references_item", "", "anna", "not in the list yet")
    table = at.project.catalog.staged["sold"]
    rule(at.project.storage.warehouse, table, daily().of(THREE), wanted, "by hand")
    assert not at.load("sold", THREE)[0].refusal

    one, two = at.transform("made", ONE, TWO)
    assert (one.refusal, check_of(one, "parity_sold").passed) == ("", True)
    assert "COUNT(*) is 2, and COUNT(*) of staged/sold is 3 (-1)" in two.refusal
    at.verify()


@pytest.mark.parametrize(
    ("statistic", "words"),
    [
        (
            References(columns=["item"], of="staged/item", to=["name"]),
            "which is no staged or transformed table; did you",
        ),
        (
            References(columns=["itm"], of="staged/items", to=["name"]),
            "staged/sold has no column 'itm'; did you mean item",
        ),
        (References(columns=["item"], of="staged/items"), "staged/items has no column 'item'; there are name"),
        (References(columns=["id"], of="staged/items", to=["name"]), "id is int64 and name of staged/items is string"),
        (References(columns=["item", "id"], of="staged/items", to=["name"]), "columns and to name as many columns"),
        (Parity(of="staged/totals", total="SUM(cents)"), "staged/totals has no partitions; by= says"),
        (
            Parity(of="staged/totals", total="SUM(cent)", by="day"),
            "staged/sold has no column 'cent'; did you mean cents",
        ),
        (Parity(of="staged/totals", total="SUM(", by="day"), "'SUM"),
        (Parity(of="staged/totals", total="SUM(cents)", by="cents"), "cents of staged/totals is no date"),
        (Freshness(severity="stop"), "severity is 'warn' or 'log': what is not there cannot be stopped"),
    ],
)
def test_mistakes_are_found_before_anything_runs(statistic: Any, words: str) -> None:
    declared = source(Sold, Scripted(), name="sold", statistics=[statistic])
    others = (
        source(Item, ITEMS, name="items", partition=None, key=["name"]),
        source(Total, Scripted(), name="totals", partition=None, key=["day"]),
    )
    with pytest.raises(DatasetError) as refused:
        Catalog.of([declared, *others], [])
    assert words in str(refused.value)
