"""A reader beside a writer, and two writers: nobody sees half of anything, and nothing is lost."""

from pathlib import Path
from typing import Any

import pytest

from dataops_assets.io.values import Extract, Load
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.load import load as loading
from dataops_assets.load.committed import Committed, committed
from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.killing import Children
from dataops_assets_tests.proofs.processes import reader_beside_writer, two_writers
from dataops_assets_tests.proofs.shop import CALENDAR, DAYS, offer, problems, shop, take

DAY = DAYS[0]


@pytest.mark.slow
def test_a_reader_sees_whole_tables(children: Children, tmp_path: Path) -> None:
    wrong, polls = reader_beside_writer(children, tmp_path, rounds=15)
    print(f"{polls} polls")
    assert wrong == []
    assert polls > 100


@pytest.mark.slow
def test_two_writers_lose_nothing(children: Children, tmp_path: Path) -> None:
    assert two_writers(children, tmp_path, rounds=7) == []


@pytest.mark.parametrize("name", ["orders", "stock"])
def test_an_attempt_that_arrives_during_a_load_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The second process extracts and loads while the first one holds a list of attempts without it."""
    project = shop(tmp_path)
    table = project.catalog.staged[name]
    offer(tmp_path, {DAY: "old"})
    take(project, [DAY], [f"raw/{name}"])
    listings: list[object] = []

    def listed(*asked: Any) -> dict[str, Committed]:
        listed_before = committed(*asked)
        listings.append(listed_before)
        if len(listings) == 1:  # the one that the load works with
            offer(tmp_path, {DAY: "new"})
            other = shop(tmp_path)
            for step in (Extract(table.source), Load(table)):
                [outcome] = step.write(other.storage, [CALENDAR.of(DAY)], RunInfo("other"))
            assert outcome.refusal == ""
        return listed_before

    monkeypatch.setattr(loading, "committed", listed)
    [outcome] = Load(table).write(project.storage, [CALENDAR.of(DAY)], RunInfo("first"))
    assert outcome.refusal == ""
    assert len(listings) == 3, "the swap saw that another run had listed and loaded, and the load began again"
    found = state.rows(project)[f"staging.raw_{name}"][DAY]
    assert all("'cents': 10" not in line and "'pieces': 10" not in line for line in found), found
    assert problems(project) == []
