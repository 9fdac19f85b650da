"""What fails alike is said once, with its partitions."""

from pathlib import Path

import pytest

from dataops_assets.model import Contract, Date, Integer, column
from dataops_assets.sources import Files
from dataops_assets_tests.place import daily, source
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
