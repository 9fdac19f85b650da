"""Runs on the stand-ins killed at their writes, before the effect and after it: what `test_crash.py` proves locally."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets_tests.proofs import deciding
from dataops_assets_tests.proofs.between import PASSING, EachOnce
from dataops_assets_tests.proofs.cloud_scene import NOTHING, Kill, Loaded, Stall, expected, wrong_after_kill
from dataops_assets_tests.proofs.killing import Child
from dataops_assets_tests.proofs.shop import DAYS
from dataops_assets_tests.standins.cloud import Cloud

SWAP, SCRATCH = "BEGIN TRANSACTION", "_scratch"


@pytest.mark.slow
def test_killed_after_its_swap_amid_faults(cloud_servers: Cloud, cloud_child: Child, tmp_path: Path) -> None:
    """The short form of both proofs: one day, every request fails once, one fault after the other."""
    day = DAYS[:1]
    whole, shop = expected(tmp_path / "local", ["old"], day)["old"], Stall(cloud_servers, cloud_child, tmp_path, day)
    kill, again = Kill(SWAP, after=True, faults=EachOnce(PASSING)), EachOnce(PASSING, start=1)
    assert list(wrong_after_kill(shop, "old", NOTHING, whole, kill, again, verify=False)) == []
    assert again.failed > len(shop.requests) / 3


@pytest.fixture(scope="module")
def writes(loaded: Loaded) -> list[str]:
    """The names of the writes of a run that nobody kills."""
    counting = Kill(0, after=False)
    with loaded.copy() as shop:
        assert "verdicts" in shop.run("new", counting)
    print(f"{len(counting.names)} writes")
    return counting.names


def lasting(writes: list[str]) -> list[int]:
    """The writes that others see."""
    return [n for n, name in enumerate(writes, 1) if SCRATCH not in name or SWAP in name]


def crash(loaded: Loaded, writes: list[str], cases: list[tuple[int, bool]]) -> list[str]:
    """Kill at these writes, after their effect or before it; returns what is wrong."""
    wrong = []
    for at, after in cases:
        with loaded.copy() as shop:
            found = loaded.wrong_after_kill(shop, Kill(at, after))
            wrong += [f"{'after' if after else 'before'} write {at} ({writes[at - 1]}): {line}" for line in found]
    return wrong


@pytest.mark.slow
def test_killed_at_some_writes(loaded: Loaded, writes: list[str]) -> None:
    """A swap before its effect and an object after it; `test_killed_after_its_swap_amid_faults` has the third."""
    swaps = [n for n, name in enumerate(writes, 1) if SWAP in name]
    objects = [n for n, name in enumerate(writes, 1) if "/o" in name.split()[1]]
    assert (len(swaps), len(objects)) == (4, 18)
    assert crash(loaded, writes, [(swaps[3], False), (objects[10], True)]) == []


@pytest.mark.cloud
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_write_that_others_see(loaded: Loaded, writes: list[str], after: bool) -> None:
    assert crash(loaded, writes, [(n, after) for n in lasting(writes)]) == []


@pytest.mark.cloud
def test_killed_at_some_scratch_tables(loaded: Loaded, writes: list[str]) -> None:
    scratch = [n for n in range(1, len(writes) + 1) if n not in lasting(writes)]
    assert crash(loaded, writes, [(n, True) for n in scratch[::4]]) == []


@pytest.fixture(scope="module")
def corrected(loaded: Loaded) -> Iterator[Stall]:
    """Two days that are published a second time, with corrections."""
    with loaded.copy() as shop:
        assert "verdicts" in shop.run("new")
        yield shop


def rolled_back(loaded: Loaded) -> dict[str, Any]:
    """What has to be there when the published table is as it was before the corrections."""
    old, new = (copy.deepcopy(loaded.states[variant]) for variant in ("old", "new"))
    asset = f"production/{deciding.TABLE}"
    new["rows"][f"production.{deciding.TABLE}"] = old["rows"][f"production.{deciding.TABLE}"]
    for key, (verdict, rows, _) in old["receipts"].items():
        if key.startswith(asset):
            new["receipts"][key] = [verdict, rows, "rollback"]
    return new


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_rollback_killed_at_its_swap(loaded: Loaded, corrected: Stall, after: bool) -> None:
    with corrected.copy() as shop:
        shop.decision = "rollback"
        found = wrong_after_kill(shop, "new", loaded.states["new"], rolled_back(loaded), Kill(SWAP, after))
        assert list(found) == []


@pytest.mark.cloud
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_rollback_killed_at_every_write_that_others_see(loaded: Loaded, corrected: Stall, after: bool) -> None:
    counting = Kill(0, after=False)
    with corrected.copy() as shop:
        shop.decision = "rollback"
        assert "verdicts" in shop.run("new", counting)
    wrong = []
    for at in lasting(counting.names):
        with corrected.copy() as shop:
            shop.decision = "rollback"
            found = wrong_after_kill(shop, "new", loaded.states["new"], rolled_back(loaded), Kill(at, after))
            wrong += [f"write {at} ({counting.names[at - 1]}): {line}" for line in found]
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("promise", "place", "after", "noticed"),
    [
        ("no transaction", "`raw_orders` AS t", True, "is neither old nor new"),
        ("receipts first", SWAP, False, "the ledger says"),
    ],
)
def test_a_crash_notices_a_broken_promise(loaded: Loaded, promise: str, place: str, after: bool, noticed: str) -> None:
    found = []
    for line in loaded.wrong_after_kill(loaded.copy(promise), Kill(place, after)):
        found.append(line)
        if noticed in line:
            return
    raise AssertionError(found)
