"""Runs on the stand-ins killed at their writes, before the effect and after it: what `test_crash.py` proves locally."""

from pathlib import Path

import pytest

from dataops_assets_tests.proofs.between import FAULTS, EachOnce
from dataops_assets_tests.proofs.cloud_scene import Kill, Stall, expected, wrong_after_kill
from dataops_assets_tests.proofs.killing import Child, different
from dataops_assets_tests.proofs.shop import DAYS
from dataops_assets_tests.standins.cloud import Cloud

SWAP, SCRATCH = "BEGIN TRANSACTION", "_scratch"
PASSING = [fault for fault in FAULTS if fault != "slow"]


def test_killed_after_its_swap_amid_faults(led_to_cloud: Cloud, cloud_child: Child, tmp_path: Path) -> None:
    """The short form of both proofs: one day, every request fails once, one fault after the other."""
    day = DAYS[:1]
    states, shop = expected(tmp_path / "local", ["old"], day), Stall(led_to_cloud, cloud_child, tmp_path, day)
    kill, again = Kill(SWAP, after=True, faults=EachOnce(PASSING)), EachOnce(PASSING, start=1)
    assert list(wrong_after_kill(shop, kill, "old", states, "", again)) == []
    assert again.failed > len(shop.requests) / 3


class Scene:
    """Two days that are there, and have corrections now; writes: of the run that takes these through."""

    def __init__(self, cloud: Cloud, child: Child, folder: Path, *broken: str) -> None:
        self.states = expected(folder / "local", ["old", "new"], DAYS[:2])
        self._before = Stall(cloud, child, folder, broken=broken)
        assert "verdicts" in self._before.run("old")
        whole, counted = self._before.copy(), Kill(0, after=False)
        assert "verdicts" in whole.run("new", counted)
        self.found, self.writes = whole.look(), counted.names

    def crash(self, cases: list[tuple[int, bool]]) -> list[str]:
        """Kill at these writes, after their effect or before it; returns what is wrong."""
        print(f"{len(self.writes)} writes, {len(cases)} cases")
        wrong = []
        for at, after in cases:
            found = wrong_after_kill(self._before.copy(), Kill(at, after), "new", self.states, "old")
            wrong += [f"{'after' if after else 'before'} write {at} ({self.writes[at - 1]}): {line}" for line in found]
        return wrong

    def numbers(self, lasting: bool) -> list[int]:
        """The writes that others see, or those of scratch tables."""
        return [n for n, name in enumerate(self.writes, 1) if lasting == (SCRATCH not in name or SWAP in name)]


@pytest.fixture(scope="module")
def scene(led_to_cloud: Cloud, cloud_child: Child, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    scene = Scene(led_to_cloud, cloud_child, tmp_path_factory.mktemp("crash"))
    assert different(scene.states["new"], scene.found) == []
    return scene


@pytest.mark.slow
def test_killed_at_some_writes(scene: Scene) -> None:
    swaps = [n for n, name in enumerate(scene.writes, 1) if SWAP in name]
    assert len(swaps) == 3
    uploads = [n for n in scene.numbers(lasting=True) if n not in swaps]
    assert len(uploads) >= 12
    assert scene.crash([(swaps[1], True), (swaps[2], False), *((n, n % 2 == 0) for n in uploads[1::4])]) == []


@pytest.mark.cloud
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_write_that_others_see(scene: Scene, after: bool) -> None:
    assert scene.crash([(n, after) for n in scene.numbers(lasting=True)]) == []


@pytest.mark.cloud
def test_killed_at_some_scratch_tables(scene: Scene) -> None:
    assert scene.crash([(n, True) for n in scene.numbers(lasting=False)[::4]]) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("promise", "place", "noticed"),
    [
        ("no transaction", "DELETE FROM", "is neither old nor new"),
        ("receipts first", SWAP, "the ledger says"),
    ],
)
def test_a_crash_notices_a_broken_promise(
    led_to_cloud: Cloud, cloud_child: Child, tmp_path: Path, promise: str, place: str, noticed: str
) -> None:
    day = DAYS[:1]
    states = expected(tmp_path / "local", ["old", "new"], day)
    before = Stall(led_to_cloud, cloud_child, tmp_path, day)
    assert "verdicts" in before.run("old")
    kill = Kill(place, after=place != SWAP)
    found = list(wrong_after_kill(before.copy(broken=[promise]), kill, "new", states, "old"))
    assert any(noticed in line for line in found), found
