"""A run of two days on the stand-ins, between which and the run every request fails in every way.

In one run all requests fail, each once: it gets over all of these, and leaves what it leaves without. Or from a request
on nothing answers any more: the run ends, says what it is about, and the same command later ends right.
"""

import re
from collections.abc import Iterable, Iterator

import pytest

from dataops_assets_tests.lake.strict_gcs import Request
from dataops_assets_tests.proofs.between import FAULTS, PASSING, EachOnce, Outage, kind
from dataops_assets_tests.proofs.cloud_scene import PATIENCE, Loaded, Stall
from dataops_assets_tests.proofs.killing import different, torn

SOON = 3.0
"""Seconds for an answer, where one comes too late: more than the stand-ins need."""


AFTER = [fault for fault in PASSING if "after" in fault]


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(AFTER, marks=pytest.mark.slow, id="after, in turn"),
        *(pytest.param([fault], marks=pytest.mark.cloud, id=fault) for fault in PASSING),
    ],
)
def test_every_request_fails_once(loaded: Loaded, passing: list[str]) -> None:
    shop, faults = loaded.copy(), EachOnce(passing)
    ended = shop.run("new", faults)
    assert "verdicts" in ended, ended
    print(f"{len(shop.requests)} requests, {faults.failed} of them failed")
    assert faults.failed > loaded.count * 0.9
    assert different(loaded.states["new"], shop.look()) == []


@pytest.mark.parametrize(
    ("kinds", "count"),
    [
        pytest.param("", 30, marks=pytest.mark.cloud, id="all kinds"),
        pytest.param("BEGIN TRANSACTION|BigQueryRead/|POST .*/o$", 6, marks=pytest.mark.slow, id="some kinds"),
    ],
)
def test_an_answer_of_each_kind_comes_too_late(loaded: Loaded, kinds: str, count: int) -> None:
    """kinds: an expression for their names."""
    shop, faults = loaded.copy(), EachOnce(["slow"], kinds=True)
    ended = shop.run("new", lambda request: faults(request) if re.search(kinds, kind(request)) else "", SOON)
    assert "verdicts" in ended, ended
    print(f"{faults.failed} kinds of requests")
    assert faults.failed >= count
    assert different(loaded.states["new"], shop.look()) == []


def outages(loaded: Loaded, numbers: Iterable[int]) -> Iterator[str]:
    """What is wrong after nothing answered from one of these requests on, and again later."""
    for number in numbers:
        fault = ("503", "429", "reset")[number % 3]
        with loaded.copy() as shop:
            yield from (f"{fault} from request {number} on{line}" for line in outage(loaded, shop, fault, number))


def outage(loaded: Loaded, shop: Stall, fault: str, number: int) -> Iterator[str]:
    """The same for one of them."""
    ended = shop.run("new", Outage(fault, number))
    if "verdicts" in ended and number > loaded.count * 0.9:  # all was done but for clearing up, or all
        yield from (f", too late: {line}" for line in different(loaded.states["new"], shop.look()))
        return
    message = ended.get("error", "")
    if not re.search(r"(orders|sales|trend).*2024-01-0[12].*run .*again", message):
        yield f": it says {ended}"
    yield from (f": {line}" for line in torn(loaded.states["old"], loaded.states["new"], shop.look()))
    ended = shop.run("new")
    if "verdicts" not in ended:
        yield f", then the same command: {ended}"
    yield from (f", then: {line}" for line in different(loaded.states["new"], shop.look()))


@pytest.mark.slow
def test_an_outage_in_the_middle(loaded: Loaded) -> None:
    assert list(outages(loaded, [loaded.count // 2])) == []


@pytest.mark.cloud
@pytest.mark.parametrize("start", [3, 10])
def test_an_outage_at_many_requests(loaded: Loaded, start: int) -> None:
    assert list(outages(loaded, range(start, loaded.count, 14))) == []


@pytest.mark.cloud
@pytest.mark.parametrize("start", [1, 6])
def test_one_request_fails(loaded: Loaded, start: int) -> None:
    """Alone, and not among others: each fifth, in two tests; with each the next of the faults."""
    wrong = []
    for turn, number in enumerate(range(start, loaded.count, 10)):
        fault = FAULTS[turn % len(FAULTS)]
        with loaded.copy() as shop:
            ended = shop.run("new", Outage(fault, number, 1), SOON if fault == "slow" else PATIENCE)
            if "verdicts" not in ended:
                wrong.append(f"{fault} at request {number}: {ended}")
            wrong += [f"{fault} at request {number}: {line}" for line in different(loaded.states["new"], shop.look())]
    assert wrong == []


@pytest.mark.slow
def test_what_is_done_twice_is_noticed(loaded: Loaded) -> None:
    """A swap that is sent again under another name, by an implementation that breaks its promise."""
    shop, lost = loaded.copy("done twice"), list[Request]()

    def lose_an_answer(request: Request) -> str:
        if lost or "BEGIN TRANSACTION" not in kind(request):
            return ""
        lost.append(request)
        return "503 after"

    ended = shop.run("new", lose_an_answer)
    assert "verdicts" in ended, ended
    problems = shop.look()["problems"]
    assert any("the ledger says the same twice" in line for line in problems), problems
