"""What fails alike is said once, with its partitions."""

from pathlib import Path

import pytest

from dataops_assets.build import load_project
from dataops_assets.model import Contract, Date, Integer, column
from dataops_assets.sources import Files
from dataops_assets_tests.commands.conftest import Dataops
from dataops_assets_tests.place import daily, source
from dataops_assets_tests.proofs import shop
from dataops_assets_tests.proofs.shop import offer
from dataops_assets_tests.support import make_project, materialize


class Orders(Contract):
    """Orders."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


DAYS = [f"2024-01-{n:02d}" for n in range(1, 11)]


@pytest.mark.parametrize("good", [0, 1])
def test_partitions_that_fail_alike(tmp_path: Path, good: int) -> None:
    """All of them, or all but one: then the run goes on, and the checks say it."""
    for number, day in enumerate(DAYS):
        value = "1" if number < good else "one"
        (tmp_path / f"{day}.csv").write_text(f"day,id\n{day},{value}\n")
    files = Files(f"{tmp_path}/{{partition.key}}.csv")
    project = make_project(tmp_path / "home", source(Orders, files, partition=daily()))
    [result] = materialize(project, first=DAYS[0], last=DAYS[-1])
    assert len(result.problems) == 1, "\n".join(result.problems)
    [problem] = result.problems
    assert f"{len(DAYS) - good} partitions, {DAYS[good]} to {DAYS[-1]}" in problem
    assert problem.startswith("staged/t")
    assert problem.count("staged/t: ") <= 1
    assert problem.count("in quarantine") <= 1, problem
    for day in DAYS[good + 1 : -1]:
        assert day not in problem


def test_what_the_source_cannot_give(tmp_path: Path) -> None:
    files = Files(f"{tmp_path}/{{partition.key}}.csv")
    project = make_project(tmp_path / "home", source(Orders, files, partition=daily()))
    [result] = materialize(project, first=DAYS[0], last=DAYS[-1])
    [problem] = result.problems
    assert f"10 partitions, {DAYS[0]} to {DAYS[-1]}: " in problem
    assert problem.count("there is no file") == 1


def test_a_cause_is_said_once_with_what_it_holds_back(dataops: Dataops, home: Path) -> None:
    """Three causes, in three layers, stand in front of 13 partitions of 7 assets."""
    offer(home, dict.fromkeys(shop.DAYS, "old") | {shop.DAYS[1]: "bad", shop.DAYS[2]: "many"})
    (home / "source" / f"orders-{shop.DAYS[3]}.csv").unlink()
    result = dataops("run", "--partitions", f"{shop.DAYS[0]}..{shop.DAYS[-1]}")
    lines = result.err.splitlines()
    causes = [line for line in lines if not line.startswith("  ")]
    assert [line.partition(":")[0] for line in causes] == [
        f"raw/orders {shop.DAYS[3]}",
        f"staged/stock {shop.DAYS[1]}",
        f"transformed/sales {shop.DAYS[2]}",
    ]
    assert f"production/trend 2 partitions, {shop.DAYS[1]} to {shop.DAYS[2]}" in lines[lines.index(causes[2]) - 1]
    assert result.err.count("would go to quarantine") == 1
    assert "would go to quarantine" not in result.out
    assert result.out.splitlines()[-1].startswith("3 problems in ")
    assert result.out.splitlines()[-1].endswith("dataops status")
    # What is held back by what is held back says where it began, and nothing of what is in between.
    ledger = "SELECT reason FROM staging._ledger WHERE asset = 'transformed/trend' AND verdict = 'held'"
    reasons = [
        row["reason"] for row in load_project().storage.warehouse.query(f"{ledger} ORDER BY partition").to_pylist()
    ]
    assert f": held back, because staged/stock {shop.DAYS[1]} failed: 3 of 3 rows" in reasons[0]
    assert all(
        reason.count("held back") == 1 and "transformed/sales" not in reason for reason in (*reasons[:2], reasons[3])
    )
