"""Proofs with several processes: a reader beside a writer, and two writers. Each returns what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.program import ask
from dataops_assets_tests.proofs.shop import CLERKS, DAYS, clerk, offer, offer_own, problems, shop, take

TWO = DAYS[:2]


def start(task: str, home: Path, *arguments: object, broken: str = "") -> subprocess.Popen[str]:
    """`program.py` as a process of its own, perhaps with a promise broken in it."""
    command = [sys.executable, "-m", "dataops_assets_tests.proofs.program", task, str(home), *map(str, arguments)]
    if broken:
        command += ["--broken", broken]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def reader_beside_writer(home: Path, rounds: int, broken: str = "") -> tuple[list[str], int]:
    """Two days are rewritten with one content and the other while a reader polls; returns problems and polls."""
    project = shop(home)
    whole = []
    for variant in ("red", "blue"):
        offer(home, dict.fromkeys(TWO, variant))
        take(project, TWO)
        whole.append(ask(project.storage.warehouse))  # type: ignore[arg-type]
    stop = home / "stop"
    reader = start("poll", home, stop, broken=broken)
    try:
        assert reader.stdout
        assert reader.stdout.readline() == "ready\n"
        for number in range(rounds):
            offer(home, dict.fromkeys(TWO, ("red", "blue")[number % 2]))
            take(project, TWO)
    finally:
        stop.touch()
        out, errors = reader.communicate()
    if reader.returncode:
        return [errors], 0
    seen = json.loads(out)
    wrong = [
        f"{table}: {times} times {answer}"
        for table, answers in seen.items()
        for answer, times in answers.items()
        if answer not in [answer_of[table] for answer_of in whole]
    ]
    wrong += [f"{table}: only one of the contents was seen" for table in seen if len(seen[table]) < 2]
    return wrong, sum(times for answers in seen.values() for times in answers.values())


def two_writers(home: Path, rounds: int, broken: str = "") -> list[str]:
    """Two processes write the same three days, each in an order of its own, several times over."""
    orders = (DAYS[:3], [DAYS[1], DAYS[3], DAYS[2]])
    writers = [
        start("write", home, name, rounds, *days, broken=broken) for name, days in zip(CLERKS, orders, strict=True)
    ]
    wrong = []
    for name, writer in zip(CLERKS, writers, strict=True):
        _, errors = writer.communicate()
        if writer.returncode:
            wrong.append(f"{name}: {errors}")
    if wrong:
        return wrong
    return wrong + lost(home, {name: list(days) for name, days in zip(CLERKS, orders, strict=True)}, rounds)


def lost(home: Path, days: dict[str, list[str]], rounds: int) -> list[str]:
    """What two writers left, against what they would have left one after the other."""
    project = shop(home)
    everywhere = sorted({day for own in days.values() for day in own})
    steps = [asset for asset in state.assets(project) if not asset.startswith("staged/")]
    wrong = problems(project)
    for asset, outcomes in take(project, everywhere, steps).items():
        wrong += [f"{asset}: {outcome.held}" for outcome in outcomes if outcome.held]
    found = state.rows(project)
    expected = home / "expected"
    for name in CLERKS:
        for day in days[name]:
            offer_own(expected, name, [day], rounds - 1)
            take(clerk(expected, name), [day])
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
