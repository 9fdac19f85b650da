"""What the metrics read of the books is the same on both engines."""

from pathlib import Path

import pytest

from dataops_assets.model import Contract, Date, Integer, column
from dataops_assets.monitoring.collector import ProjectCollector
from dataops_assets.monitoring.families import FAMILIES
from dataops_assets_tests.place import Scripted, csv, daily, place, source

ONE, TWO = "2024-01-01", "2024-01-02"
pytestmark = pytest.mark.usefixtures("each_backend")


class Orders(Contract, quarantine_above=0.5):
    """Rows of a day."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


def test_rows_quarantine_and_verdicts(tmp_path: Path) -> None:
    scripted = Scripted()
    orders = source(Orders, scripted, partition=daily(days=3))
    at = place(tmp_path, orders)
    project = at.project
    collector = ProjectCollector(project.settings, project.catalog, lambda: project.storage)
    list(collector.collect())
    assert collector.errors == {}, "there is no ledger yet"
    scripted.answer(ONE, csv("day,id", f"{ONE},1", f"{ONE},2", f"{ONE},x"))
    scripted.answer(TWO, csv("day,id", f"{TWO},x"))  # all of it is bad
    at.take(orders.name, ONE, TWO)
    found = {
        (sample.name, *(sample.labels[name] for name in FAMILIES[sample.name].labels)): sample.value
        for family in collector.collect()
        for sample in family.samples
    }
    assert collector.errors == {}
    asset = f"staged/{orders.name}"
    assert {state: found["dataops_partitions", asset, state] for state in ("loaded", "failed", "held", "missing")} == {
        "loaded": 1,
        "failed": 1,
        "held": 0,
        "missing": 2,
    }
    assert found["dataops_rows", asset] == 2
    assert found["dataops_quarantined_rows", asset] == 1
    assert [found["dataops_writes_total", asset, verdict] for verdict in ("passed", "failed", "held")] == [1, 1, 0]
    assert found["dataops_alerting_partitions", asset, "contract", "stop"] == 1
