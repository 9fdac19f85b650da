"""What a report reads of the books is the same on both engines."""

from pathlib import Path

import pytest

from dataops_assets.model import Categories, Completeness, Contract, Date, Integer, Text, column
from dataops_assets.report.facts import gather
from dataops_assets.report.panel import panel
from dataops_assets.report.spreads import bins_of
from dataops_assets_tests.place import Scripted, csv, daily, place, source

ONE, TWO, THREE = "2024-01-01", "2024-01-02", "2024-01-03"
pytestmark = pytest.mark.usefixtures("each_backend")


class Orders(Contract, quarantine_above=0.9):
    """Rows of a day."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    item: Text = column("What was ordered.")


def test_partitions_checks_and_values(tmp_path: Path) -> None:
    scripted = Scripted()
    statistics = [Categories(), Completeness()]
    orders = source(Orders, scripted, partition=daily(days=3), statistics=statistics)
    at = place(tmp_path, orders)
    for day, items in ((THREE, "aab"), (ONE, "ab")):  # and none between
        lines = [f"{day},{n},{item}" for n, item in enumerate(items)]
        scripted.answer(day, csv("day,id,item", *lines, f"{day},x,a"))
    at.take(orders.name, ONE, THREE)
    table, warehouse = at.project.catalog.staged[orders.name], at.project.storage.warehouse
    with warehouse.session() as session, session.reading():
        facts = gather(session, warehouse.staging, table)
    assert [(slot.key, slot.state, slot.rows, slot.quarantined) for slot in facts.slots] == [
        (ONE, "written", 2, 1),
        (TWO, "missing", None, 0),
        (THREE, "written", 3, 1),
    ]
    assert facts.rows_failing == {"id.type": {ONE: 1, THREE: 1}}
    assert [check.check for check in facts.checks] == ["categories", "completeness"]
    item = next(each for each in facts.spreads if each.column == "item")
    assert bins_of(item) == [("a", pytest.approx(2 / 3), 0.5), ("b", pytest.approx(1 / 3), 0.5)]
    assert (facts.newest, facts.compared) == (THREE, 1)
    assert f"- {TWO}\\: no rows, missing" in panel(facts)
