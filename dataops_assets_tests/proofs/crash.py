"""A program that works for the tests in processes of their own: reads tasks from standard input, answers each.

Its own process never opens a warehouse; each run, and each look at the state, is a process forked from it. A promise
(`broken.py`) may be broken in these.
"""

import functools
import json
import os
import shutil
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from dataops_assets.build import Project
from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.broken import broken_for_good
from dataops_assets_tests.proofs.correcting import correct
from dataops_assets_tests.proofs.deciding import DECISIONS, before, decide
from dataops_assets_tests.proofs.shop import DAYS, clerk, offer, offer_own, problems, published, shop, take
from dataops_assets_tests.proofs.writes import Switch, number
from dataops_assets_tests.support import succeed

RUN = DAYS[1:3]
"""The days of the run that is killed; the others are there, and stay as they are, where anything is."""

BROKEN: list[str] = []
"""The promises that are broken for the task at hand; "dagster" is none, but makes a run a run of Dagster, nor are
"correct" and the DECISIONS, which are made in the place of a run.
"""


def decision() -> str:
    """What is decided about the days of the run, if it is a decision that is killed."""
    return next((each for each in BROKEN if each in DECISIONS), "")


def run(project: Project, days: Sequence[str]) -> None:
    if made := decision():
        decide(project, days, made)
        return
    if "dagster" not in BROKEN:
        (correct if "correct" in BROKEN else take)(project, days)
        return
    folder = project.settings.home / "dagster"
    folder.mkdir(exist_ok=True)
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        succeed(project, None, days[0], days[-1], instance)


def prepare(home: Path, first_ever: bool) -> None:
    """The state before the run: nothing at all, or four days; and a source that has corrections of two of them."""
    if decision() or "correct" in BROKEN:
        offer(home, dict.fromkeys(DAYS[:3], "old"))
        take(shop(home), DAYS[:3])
    elif not first_ever:
        offer(home, dict.fromkeys(DAYS[:4], "old"))
        run(shop(home), DAYS[:4])
    offer(home, dict.fromkeys(RUN, "new"))
    if made := decision():
        before(shop(home), RUN, made)


def count(home: Path) -> list[str]:
    """Run to the end; returns the names of the writes."""
    switch = Switch()
    number(switch)
    run(shop(home), RUN)
    return switch.names


def die(home: Path, at: int, inside: float | None) -> None:
    """Run, and be killed at a write."""
    number(Switch(at, inside))
    run(shop(home), RUN)


def look(home: Path) -> dict[str, Any]:
    """The state, and what `dataops verify` says of it."""
    project = shop(home)
    return {**state.everything(project), "problems": problems(project)}


def again(home: Path) -> dict[str, Any]:
    """The same command once more, and the state after it."""
    run(shop(home), RUN)
    return look(home)


def crash(start: Path, home: Path, at: int, inside: float | None) -> dict[str, Any]:
    """One case: a copy of the state, a run that is killed, a look at what is left, the run again."""
    shutil.copytree(start, home)
    try:
        code, _ = forked(lambda: die(home, at, inside))
        between = forked(lambda: look(home))[1]
        after = forked(lambda: again(home))[1]
        return {"killed": code, "between": between, "after": after}
    finally:
        shutil.rmtree(home)


def poll(home: Path, stop: Path) -> dict[str, Counter[str]]:
    """Ask for the published tables until the file `stop` is there; returns how often each answer came."""
    warehouse = shop(home).storage.warehouse
    seen: dict[str, Counter[str]] = {}
    while not stop.exists():
        try:
            answers = published(warehouse)
        except Exception as error:
            answers = {"error": f"{type(error).__name__}: {error}"}
        for table, answer in answers.items():
            seen.setdefault(table, Counter())[answer] += 1
    return seen


def write(home: Path, name: str, rounds: int, days: Sequence[str]) -> None:
    """Take a clerk's days through, one by one, several times over."""
    project = clerk(home, name)
    for round_ in range(rounds):
        for day in days:
            offer_own(home, name, [day], round_)
            take(project, [day])


def forked(function: Callable[[], Any]) -> tuple[int, Any]:
    """Call it in a process of its own; returns how that ended (negative: the signal), and the answer or the error."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(ours)
        try:
            for promise in BROKEN:
                if promise not in DECISIONS:
                    broken_for_good(promise)
            answer = {"answer": function()}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        with os.fdopen(theirs, "w") as stream:
            json.dump(answer, stream)
        os._exit(1 if "error" in answer else 0)
    os.close(theirs)
    with os.fdopen(ours) as stream:
        text = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    answer = json.loads(text) if text else {}
    return code, answer.get("answer", answer.get("error"))


TASKS: dict[str, Callable[..., Any]] = {f.__name__: f for f in (prepare, count, look, again, poll, write)}


def main() -> None:
    # One thread each: hundreds of short-lived warehouses with a handful of rows.
    connect = duckdb.connect
    duckdb.connect = functools.wraps(connect)(
        lambda database, config, **more: connect(database, config=config | {"threads": 1}, **more)
    )
    for line in sys.stdin:
        task, BROKEN[:], *arguments = json.loads(line)
        values: list[Any] = [Path(value["path"]) if isinstance(value, dict) else value for value in arguments]
        answer = crash(*values) if task == "crash" else forked(functools.partial(TASKS[task], *values))[1]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
