"""A run of two days, killed at every write: readers see whole partitions, and the same command again mends all.

A second form of the same proof kills in the middle of what takes a moment: COMMIT, and the closing of the file.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from dataops_assets_tests.proofs.deciding import DECISIONS
from dataops_assets_tests.proofs.killing import Case, Children, Scene
from dataops_assets_tests.proofs.writes import SLOW

LAKE = ("open", "fsync", "link", "unlink")
"""The writes of a file in the lake, or of the flush of one: a run writes dozens of files one like the other."""
KINDS = {"open", "fsync", "link", "replace", "ATTACH", "BEGIN", "DELETE", "INSERT", "COMMIT", "close"}
"""Of the writes that a run makes where something is there already."""
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


@scenes([], [])
@pytest.mark.parametrize(
    "some",
    [
        pytest.param(True, marks=pytest.mark.slow, id="kind of"),
        pytest.param(False, marks=pytest.mark.cloud, id="single"),
    ],
)
def test_killed_at_every_write(scene: Scene, some: bool) -> None:
    """All writes; or of each kind each third of the warehouse, and each twentieth of the lake."""
    kinds: dict[str, list[int]] = {}
    for at, name in enumerate(scene.writes, 1):
        kinds.setdefault(name.split()[0], []).append(at)
    if not scene.first_ever:
        assert kinds.keys() >= KINDS
        assert sum("_ledger" in name for name in scene.writes) >= 6
    chosen = sorted(at for kind, every in kinds.items() for at in every[:: (20 if kind in LAKE else 3) if some else 1])
    print(f"{len(chosen)} of {len(scene.writes)} writes")
    assert scene.crash([(at, None) for at in chosen], processes=2) == []


@scenes([pytest.mark.cloud], [pytest.mark.slow])
def test_killed_inside_the_longer_writes(scene: Scene) -> None:
    moments = inside(scene)[::3] if not scene.first_ever else inside(scene)
    print(f"{len(moments)} moments")
    assert scene.crash(moments, processes=2) == []


@pytest.mark.parametrize(
    "every", [pytest.param(4, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.cloud)], ids=["some", "all"]
)
@pytest.mark.parametrize("decision", DECISIONS)
def test_decisions_killed_at_their_writes(children: Children, tmp_path: Path, decision: str, every: int) -> None:
    """A decision about two days: nobody sees one day decided and the other not."""
    scene = Scene(children, tmp_path, first_ever=False, broken=[decision])
    writes = range(len(scene.writes), 0, -every)
    print(f"{len(writes)} of {len(scene.writes)} writes")
    assert scene.crash([(at, None) for at in writes] + inside(scene)[:: 2 * every], processes=2, whole=True) == []


@pytest.mark.slow
def test_corrections_killed_at_some_writes(children: Children, tmp_path: Path) -> None:
    """What was said of bad rows is in the lake, or was not said; the same commands again say nothing twice."""
    scene = Scene(children, tmp_path, first_ever=False, broken=["correct"])
    said = [at for at, name in enumerate(scene.writes, 1) if name.split()[0] == "link"]
    assert len(said) == 2
    some = sorted({*said, *(at + 1 for at in said), *range(9, len(scene.writes) + 1, 9)})
    assert scene.crash([(at, None) for at in some], processes=2) == []


@pytest.mark.slow
def test_runs_of_dagster_killed_at_some_writes(children: Children, tmp_path: Path) -> None:
    scene = Scene(children, tmp_path, first_ever=False, broken=["dagster"])
    every = len(scene.writes) // 5
    assert scene.crash([(at, None) for at in range(every, len(scene.writes) + 1, every)], processes=2) == []
