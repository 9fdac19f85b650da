"""A run of two days, killed at every write: readers see whole partitions, and the same command again mends all.

A second form of the same proof kills in the middle of what takes a moment: COMMIT, and the closing of the file.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from dataops_assets_tests.proofs.killing import Case, Children, Scene
from dataops_assets_tests.proofs.writes import SLOW

LAKE = ("open", "fsync", "link", "unlink")
"""The writes of a file in the lake, or of the flush of one: a run writes dozens of files one like the other."""
INSTANTS = (0.00005, 0.0005, 0.002, 0.008)


def scenes(
    first_load: Sequence[pytest.MarkDecorator], overwrite: Sequence[pytest.MarkDecorator]
) -> pytest.MarkDecorator:
    """The two scenes, with the marks of the test in each."""
    params = [
        pytest.param(True, id="first load", marks=first_load),
        pytest.param(False, id="overwrite", marks=overwrite),
    ]
    return pytest.mark.parametrize("scene", params, indirect=True)


@pytest.fixture(scope="module")
def scene(request: pytest.FixtureRequest, children: Children, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(children, tmp_path_factory.mktemp("crash"), request.param)


def inside(scene: Scene) -> list[Case]:
    return [(at, moment) for at, name in enumerate(scene.writes, 1) if name in SLOW for moment in INSTANTS]


@scenes([pytest.mark.slow], [])
def test_killed_at_some_writes(scene: Scene) -> None:
    kinds = {name.split()[0] for name in scene.writes}
    assert kinds >= {"open", "fsync", "link", "replace", "ATTACH", "BEGIN", "DELETE", "INSERT", "COMMIT", "close"}
    assert sum("_ledger" in name for name in scene.writes) >= 6
    every = len(scene.writes) // 3
    cases: list[Case] = [(at, None) for at in range(every, len(scene.writes) + 1, every)]
    assert scene.crash([*cases, *inside(scene)[3::35]]) == []


@scenes([], [])
@pytest.mark.parametrize(
    "every",
    [pytest.param(7, marks=pytest.mark.slow, id="kind of"), pytest.param(1, marks=pytest.mark.cloud, id="single")],
)
def test_killed_at_every_write(scene: Scene, every: int) -> None:
    """All writes of the warehouse, and of those of the lake each, or each seventh, so that it has been each step of a
    file, and files of each table.
    """
    lake = [at for at, name in enumerate(scene.writes, 1) if name.split()[0] in LAKE]
    left_out = {*lake} - {*lake[::every]}
    cases: list[Case] = [(at, None) for at in range(1, len(scene.writes) + 1) if at not in left_out]
    print(f"{len(cases)} of {len(scene.writes)} writes")
    killed_at = [scene.writes[at - 1] for at, _ in cases]
    assert {name.split()[0] for name in killed_at} == {name.split()[0] for name in scene.writes}
    assert scene.crash(cases, processes=2) == []


@scenes([pytest.mark.cloud], [pytest.mark.slow])
def test_killed_inside_the_longer_writes(scene: Scene) -> None:
    print(f"{len(inside(scene))} moments")
    assert scene.crash(inside(scene), processes=2) == []


@pytest.mark.slow
def test_runs_of_dagster_killed_at_some_writes(children: Children, tmp_path: Path) -> None:
    scene = Scene(children, tmp_path, first_ever=False, broken=["dagster"])
    every = len(scene.writes) // 10
    assert scene.crash([(at, None) for at in range(every, len(scene.writes) + 1, every)], processes=2) == []
