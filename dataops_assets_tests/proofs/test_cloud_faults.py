"""A run of two days on the stand-ins, between which and the run every request fails in every way.

In one run all requests fail, each once: it has to get over all of these, and the rows have to be as without. From a
request on nothing answers any more: the run ends, says what it is about, and the same command later ends right.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dataops_assets_tests.proofs.between import FAULTS, EachOnce, Outage
from dataops_assets_tests.proofs.cloud_scene import PATIENCE, Stall, expected
from dataops_assets_tests.proofs.killing import Child, different, torn
from dataops_assets_tests.proofs.shop import DAYS
from dataops_assets_tests.standins.cloud import Cloud

SOON = 3.0
"""Seconds for an answer, where one comes too late: more than the stand-ins need."""

States = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> States:
    return expected(tmp_path_factory.mktemp("local"), ["old", "new"], DAYS[:2])


@pytest.fixture(scope="module")
def loaded(led_to_cloud: Cloud, cloud_child: Child, tmp_path_factory: pytest.TempPathFactory) -> Stall:
    """Two days that are there, and have corrections now. requests: of a run that took these through."""
    shop = Stall(led_to_cloud, cloud_child, tmp_path_factory.mktemp("loaded"))
    assert "verdicts" in shop.run("old")
    whole = shop.copy()
    assert "verdicts" in whole.run("new")
    shop.requests = whole.requests
    return shop


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_every_request_fails_once(
    led_to_cloud: Cloud, cloud_child: Child, tmp_path: Path, states: States, fault: str
) -> None:
    shop = Stall(led_to_cloud, cloud_child, tmp_path)
    for variant in ("old", "new"):
        faults = EachOnce([fault], every=20 if fault == "slow" else 1)
        ended = shop.run(variant, faults, SOON if fault == "slow" else PATIENCE)
        assert "verdicts" in ended, ended
        assert faults.failed >= len(shop.requests) / (30 if fault == "slow" else 3)
        print(f"{variant}: {len(shop.requests)} requests, of which {faults.failed} failed with {fault}")
        assert different(states[variant], shop.look()) == []


def outages(loaded: Stall, states: States, numbers: range) -> Iterator[str]:
    """What is wrong after nothing answered from one of these requests on, and again later."""
    for number in numbers:
        shop, fault = loaded.copy(), ("503", "429", "reset")[number % 3]
        label = f"{fault} from request {number} on"
        ended = shop.run("new", Outage(fault, number))
        said = ended.get("error", "")
        if not re.search(r"(orders|sales).*2024-01-0[12].* again", said):
            yield f"{label}: it says {ended}"
        yield from (f"{label}: {line}" for line in torn(states["old"], states["new"], shop.look()))
        ended = shop.run("new")
        if "verdicts" not in ended:
            yield f"{label}, then the same command: {ended}"
        yield from (f"{label}, then: {line}" for line in different(states["new"], shop.look()))


@pytest.mark.slow
def test_an_outage_at_some_requests(loaded: Stall, states: States) -> None:
    every = len(loaded.requests) // 4
    assert list(outages(loaded, states, range(every // 2, len(loaded.requests), every))) == []


@pytest.mark.cloud
def test_an_outage_at_many_requests(loaded: Stall, states: States) -> None:
    print(f"{len(loaded.requests)} requests")
    assert list(outages(loaded, states, range(5, len(loaded.requests), 13))) == []


@pytest.mark.cloud
def test_one_request_fails(loaded: Stall, states: States) -> None:
    """Alone, and not among others: each eleventh, and with each the next of the faults."""
    wrong = []
    for turn, number in enumerate(range(1, len(loaded.requests), 11)):
        shop, fault = loaded.copy(), FAULTS[turn % len(FAULTS)]
        ended = shop.run("new", Outage(fault, number, 1), SOON if fault == "slow" else PATIENCE)
        if "verdicts" not in ended:
            wrong.append(f"{fault} at request {number}: {ended}")
        wrong += [f"{fault} at request {number}: {line}" for line in different(states["new"], shop.look())]
    assert wrong == []


@pytest.mark.slow
def test_what_is_done_twice_is_noticed(led_to_cloud: Cloud, cloud_child: Child, tmp_path: Path) -> None:
    """A job that is sent again under another name, by an implementation that breaks its promise."""
    shop = Stall(led_to_cloud, cloud_child, tmp_path, DAYS[:1], ["done twice"])
    shop.run("old", EachOnce(["503 after"]))
    problems = shop.look()["problems"]
    assert any("the ledger says the same twice" in line for line in problems), problems
