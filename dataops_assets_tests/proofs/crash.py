"""A program that kills two-day runs: reads cases from standard input and answers each with what was found.

Arguments: the name of a promise to break first (`broken.py`); "dagster" for real runs, on an instance of their own.

Its own process never opens a warehouse; each run and each look at the state is a process forked from it.
"""

import functools
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from dataops_assets.build import Project
from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.broken import broken_for_good
from dataops_assets_tests.proofs.shop import DAYS, offer, problems, shop, take
from dataops_assets_tests.proofs.writes import Switch, number
from dataops_assets_tests.support import succeed

RUN = DAYS[1:3]
"""The days of the run that is killed; the day before them is there, and stays as it is, where anything is."""


def run_in_dagster(project: Project, days: Sequence[str]) -> None:
    """As `dataops run` does."""
    folder = project.settings.home / "dagster"
    folder.mkdir(exist_ok=True)
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        succeed(project, None, days[0], days[-1], instance)


WAY: list[Callable[[Project, Sequence[str]], Any]] = [take]
"""The last of them is how days are taken through."""


def prepare(home: Path, first_ever: bool) -> None:
    """The state before the run: nothing at all, or three days; and a source that has corrections of two of them."""
    if not first_ever:
        offer(home, dict.fromkeys(DAYS[:4], "old"))
        WAY[-1](shop(home), DAYS[:4])
    offer(home, dict.fromkeys(RUN, "new"))


def count(home: Path) -> list[str]:
    """Run to the end; returns the names of the writes."""
    switch = Switch()
    number(switch)
    WAY[-1](shop(home), RUN)
    return switch.names


def die(home: Path, at: int, inside: float | None) -> None:
    """Run, and be killed at a write."""
    number(Switch(at, inside))
    WAY[-1](shop(home), RUN)


def look(home: Path, verify: bool = True) -> dict[str, Any]:
    """The state, and what `dataops verify` says of it."""
    project = shop(home)
    return {**state.everything(project), "problems": problems(project) if verify else []}


def again(home: Path) -> dict[str, Any]:
    """The same command once more, and the state after it."""
    WAY[-1](shop(home), RUN)
    return look(home)


def crash(before: Path, home: Path, at: int, inside: float | None) -> dict[str, Any]:
    """One case: a copy of the state, a run that is killed, a look at what is left, the run again."""
    shutil.copytree(before, home)
    try:
        code, _ = forked(lambda: die(home, at, inside))
        between = forked(lambda: look(home))[1]
        after = forked(lambda: again(home))[1]
        return {"killed": code, "between": between, "after": after}
    finally:
        shutil.rmtree(home)


def forked(function: Callable[[], Any]) -> tuple[int, Any]:
    """Call it in a process of its own; returns how that ended (negative: the signal), and the answer."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(ours)
        try:
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


TASKS: dict[str, Callable[..., Any]] = {"prepare": prepare, "count": count, "look": look, "again": again}


def main() -> None:
    # One thread each: hundreds of short-lived warehouses with a handful of rows.
    connect = duckdb.connect
    duckdb.connect = functools.wraps(connect)(  # type: ignore[assignment]
        lambda database, read_only, config: connect(database, read_only=read_only, config=config | {"threads": 1})
    )
    for argument in sys.argv[1:]:
        if argument == "dagster":
            WAY.append(run_in_dagster)
        else:
            broken_for_good(argument)
    for line in sys.stdin:
        task, *arguments = json.loads(line)
        paths = [Path(value) if isinstance(value, str) else value for value in arguments]
        answer = crash(*paths) if task == "crash" else forked(lambda p=paths, t=task: TASKS[t](*p))[1]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
