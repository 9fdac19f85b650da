"""Proofs that need one process: raw is immutable, and repetition changes nothing. Each returns what is wrong."""

from datetime import UTC, datetime
from pathlib import Path

from dataops_assets.lake.attempts import LakeDamaged, commit_extraction, verify_files
from dataops_assets.lake.history import attempts
from dataops_assets.lake.local import LocalStore
from dataops_assets.lake.manifest import BadManifest
from dataops_assets.sources.base import Request
from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.shop import CALENDAR, DAYS, offer, problems, shop, sources, take

STAGED = ["raw/orders", "raw/stock", "staged/orders", "staged/stock"]


def changed_raw(home: Path) -> list[str]:
    """Extractions that begin at one instant, with two contents: no byte of the first may change."""
    instant, day = datetime(2024, 2, 1, tzinfo=UTC), CALENDAR.of(DAYS[0])
    orders, _ = sources(home)
    store = LocalStore(home / "lake")
    wrong, before = [], {}
    for number, variant in enumerate(("old", "new", "blue"), 1):
        offer(home, {day.key: variant})
        extraction = orders.extract.extract(Request("orders", day))
        commit_extraction(store, "orders", day, extraction, clock=lambda: instant)
        after = {path: path.read_bytes() for path in store.root.rglob("*") if path.is_file()}
        wrong += [f"{path} has changed" for path in before if after.get(path) != before[path]]
        before = after
        try:
            found = attempts(store, "orders", day)
            for manifest in found:
                verify_files(store, manifest)
        except (LakeDamaged, BadManifest) as damage:
            wrong.append(str(damage))
        else:
            wrong += [] if len(found) == number else [f"{len(found)} attempts of {number}"]
    return wrong


def changed_by_repetition(home: Path) -> list[str]:
    """The same days, with corrections in between: once each, and with every step twice and in another order."""
    straight, crooked = home / "straight", home / "crooked"
    project = shop(straight)
    for variant in ("old", "new"):
        offer(straight, dict.fromkeys(DAYS[:3], variant))
        take(project, DAYS[:3], STAGED)
    take(project, DAYS[:3])
    expected = state.rows(project)
    project = shop(crooked)
    for variant, ranges in {
        "old": [DAYS[1:3], DAYS[:2], DAYS[1:3]],
        "new": [DAYS[2:3], DAYS[:1], DAYS[1:2], DAYS[:3]],
    }.items():
        offer(crooked, dict.fromkeys(DAYS[:3], variant))
        for days in ranges:
            take(project, days, ["raw/orders", "raw/stock"])
            take(project, days, STAGED)
    take(project, DAYS[1:3])
    take(project, DAYS[:3])
    found = state.rows(project)
    wrong = [f"{table} {day}" for table in expected for day in DAYS if found[table][day] != expected[table][day]]
    return wrong + problems(project)
