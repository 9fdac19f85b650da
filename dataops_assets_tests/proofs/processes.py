"""Proofs with several processes: a reader beside a writer, and two writers. Each returns what is wrong."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.killing import Children
from dataops_assets_tests.proofs.shop import CLERKS, DAYS, clerk, offer, offer_own, problems, published, shop, take

TWO = DAYS[:2]


def reader_beside_writer(
    children: Children, home: Path, rounds: int, broken: Sequence[str] = ()
) -> tuple[list[str], int]:
    """Two days are rewritten with one content and the other while a reader polls; returns problems and polls."""
    project = shop(home)
    whole = []
    for variant in ("red", "blue"):
        offer(home, dict.fromkeys(TWO, variant))
        take(project, TWO)
        whole.append(published(project.storage.warehouse))
    stop = home / "stop"
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(children.first(1)[0].ask, "poll", home, stop, broken=broken)
        try:
            for number in range(rounds):
                offer(home, dict.fromkeys(TWO, ("red", "blue")[number % 2]))
                take(project, TWO)
        finally:
            stop.touch()
    seen = reader.result()
    if isinstance(seen, str):
        return [seen], 0
    return mixed(seen, whole), sum(times for answers in seen.values() for times in answers.values())


def mixed(seen: Mapping[str, Mapping[str, int]], whole: Sequence[Mapping[str, str]]) -> list[str]:
    """What a reader saw that is not one of the whole contents; or that it saw only one of them, and proves nothing."""
    wrong = [
        f"{what}: {times} times {answer}"
        for what, answers in seen.items()
        for answer, times in answers.items()
        if answer not in [contents.get(what) for contents in whole]
    ]
    return wrong + [f"{what}: only one of the contents was seen" for what, answers in seen.items() if len(answers) < 2]


def two_writers(children: Children, home: Path, rounds: int) -> list[str]:
    """Two processes write the same days and others, each in an order of its own, several times over."""
    days = {CLERKS[0]: list(DAYS[:3]), CLERKS[1]: [DAYS[1], DAYS[3], DAYS[2]]}
    with ThreadPoolExecutor(2) as pool:
        writers = {
            name: pool.submit(child.ask, "write", home, name, rounds, days[name])
            for name, child in zip(CLERKS, children.first(2), strict=True)
        }
    wrong = [f"{name}: {writer.result()}" for name, writer in writers.items() if writer.result()]
    return wrong or lost(home, days, rounds)


def lost(home: Path, days: dict[str, list[str]], rounds: int) -> list[str]:
    """What two writers left, against what they would have left one after the other."""
    project = shop(home)
    everywhere = sorted({day for own in days.values() for day in own})
    wrong = problems(project)
    derived = [asset for asset in state.assets(project) if not asset.startswith("staged/")]
    for asset, outcomes in take(project, everywhere, derived).items():
        wrong += [f"{asset}: {outcome.refusal}" for outcome in outcomes if outcome.refusal]
    found = state.rows(project)
    expected = home / "expected"
    for name in CLERKS:
        for day in days[name]:
            offer_own(expected, name, [day], rounds - 1)
        take(clerk(expected, name), days[name], ["raw/orders", "staged/orders"])
    alone = state.rows(shop(expected))
    for day in everywhere:
        if found["staging.raw_orders"][day] != alone["staging.raw_orders"][day]:
            wrong.append(f"staged/orders {day}: {found['staging.raw_orders'][day]}")
        # The whole stock is of the clerk who came last; who that is, is a matter of chance.
        of = {name for name in CLERKS for line in found["staging.raw_stock"][day] if f"'{name}-" in line}
        if len(of) != 1 or len(found["staging.raw_stock"][day]) != 3 + CLERKS.index(of.pop()):
            wrong.append(f"staged/stock {day}: {found['staging.raw_stock'][day]}")
        if found["production.sales"][day] != found["staging.sales"][day]:
            wrong.append(f"production/sales {day} is not transformed/sales")
    return wrong + problems(project)
