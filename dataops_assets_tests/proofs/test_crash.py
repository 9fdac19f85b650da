"""A run of two days, killed at every write: readers see whole partitions, and the same command again mends all.

A second form of the same proof kills in the middle of what takes a moment: COMMIT, and the closing of the file.
"""

from pathlib import Path

import pytest

from dataops_assets_tests.proofs.killing import Case, Children, Scene
from dataops_assets_tests.proofs.writes import SLOW

INSTANTS = (0.00005, 0.0005, 0.002, 0.008)


@pytest.fixture(scope="module", params=[True, False], ids=["first load", "overwrite"])
def scene(request: pytest.FixtureRequest, children: Children, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(children, tmp_path_factory.mktemp("crash"), request.param)


def inside(scene: Scene) -> list[Case]:
    return [(at, moment) for at, name in enumerate(scene.writes, 1) if name in SLOW for moment in INSTANTS]


def test_killed_at_some_writes(scene: Scene) -> None:
    kinds = {name.split()[0] for name in scene.writes}
    assert kinds >= {"open", "fsync", "link", "replace", "ATTACH", "BEGIN", "DELETE", "INSERT", "COMMIT", "close"}
    assert sum("_ledger" in name for name in scene.writes) >= 6
    every = len(scene.writes) // 3
    cases: list[Case] = [(at, None) for at in range(every, len(scene.writes) + 1, every)]
    assert scene.crash([*cases, *inside(scene)[3::35]]) == []


@pytest.mark.slow
def test_killed_at_every_write(scene: Scene) -> None:
    print(f"{len(scene.writes)} writes")
    assert scene.crash([(at, None) for at in range(1, len(scene.writes) + 1)], processes=2) == []


@pytest.mark.slow
def test_killed_inside_the_longer_writes(scene: Scene) -> None:
    print(f"{len(inside(scene))} moments")
    assert scene.crash(inside(scene), processes=2) == []


@pytest.mark.slow
def test_runs_of_dagster_killed_at_some_writes(children: Children, tmp_path: Path) -> None:
    scene = Scene(children, tmp_path, first_ever=False, broken=["dagster"])
    every = len(scene.writes) // 10
    assert scene.crash([(at, None) for at in range(every, len(scene.writes) + 1, every)], processes=2) == []
