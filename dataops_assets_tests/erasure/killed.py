"""A program: an erasure killed at writes, each in a copy of one state; prints what is wrong after the same once more.

    python -m dataops_assets_tests.erasure.killed FOLDER EVERY

Its own process never opens a warehouse. EVERY: of the writes of each kind, one of so many.
"""

import functools
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb

from dataops_assets.erasure.erase import erase
from dataops_assets.erasure.subject import Subject
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets_tests.erasure.scene import ANNA, OTTO, answer, build, files_with, shop
from dataops_assets_tests.place import DAY, Place, Scripted
from dataops_assets_tests.proofs.crash import forked
from dataops_assets_tests.proofs.writes import Switch, number

NEXT = "2024-01-02"
ROWS = [(1, ANNA, "5"), (2, OTTO, "6"), (5, ANNA, "no number"), (6, OTTO, "bad")]


def prepare(home: Path) -> dict[str, Any]:
    scripted = Scripted()
    at = shop(home, scripted)
    for day in (DAY, NEXT):
        scripted.answer(day, answer("csv", day, ROWS))
    build(at, DAY, NEXT)
    scripted.answer(DAY, answer("csv", DAY, [(1, ANNA, "9"), *ROWS[1:]]))
    build(at, DAY)
    return rows(at)


def rows(at: Place) -> dict[str, Any]:
    relations = {"raw_t": "staging.raw_t", "people": "staging.people", "production": "production.people"}
    found: dict[str, Any] = {name: at.rows(f"SELECT id, email, n FROM {of}") for name, of in relations.items()}
    return found | {"quarantine": at.rows("SELECT partition_key, raw FROM staging.quarantine_t")}


def once(home: Path) -> None:
    at = shop(home, Scripted())
    storage, catalog = at.project.storage, at.project.catalog
    subject = Subject.of(f"email={ANNA}", catalog)
    _, _, waiting = erase(storage, catalog, subject, "otto", "request", RunInfo("erase-1"), lambda _: None)
    assert waiting == [], waiting


def count(home: Path) -> list[str]:
    switch = Switch()
    number(switch)
    once(home)
    return switch.names


def die(home: Path, at: int) -> None:
    number(Switch(at))
    once(home)


def after(home: Path) -> dict[str, Any]:
    once(home)
    at = shop(home, Scripted())
    at.verify()
    left = [name for name in files_with(home, ANNA) if "/.tmp/" not in name]
    return {"rows": rows(at), "left": left}


def main(folder: Path, every: int) -> None:
    connect = duckdb.connect
    duckdb.connect = functools.wraps(connect)(
        lambda database, config, **more: connect(database, config=config | {"threads": 1}, **more)
    )
    before = folder / "before"
    before.mkdir()
    code, was = forked(lambda: prepare(before))
    assert code == 0, was
    whole = shutil.copytree(before, folder / "whole")
    code, writes = forked(lambda: count(whole))
    assert code == 0, writes
    code, wanted = forked(lambda: after(whole))
    assert code == 0, wanted
    problems: list[str] = [f"left: {name}" for name in wanted["left"]]
    kinds: dict[str, list[int]] = {}
    for at, name in enumerate(writes, 1):
        kinds.setdefault(name.split()[0], []).append(at)
    chosen = sorted(at for numbers in kinds.values() for at in numbers[::every])
    for at in chosen:
        home = shutil.copytree(before, folder / "case")
        code, said = forked(lambda home=home, at=at: die(home, at))
        if code != -9:
            problems.append(f"{at} {writes[at - 1]}: was not killed: {said}")
        code, found = forked(lambda home=home: after(home))
        if code or found != wanted:
            problems.append(f"{at} {writes[at - 1]}: {found}")
        shutil.rmtree(home)
    print(json.dumps({"writes": len(writes), "killed": len(chosen), "kinds": sorted(kinds), "problems": problems}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
