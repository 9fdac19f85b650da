"""The proof that a crash costs a rerun: kills runs at chosen writes, and says what is wrong between and after."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

Case = tuple[int, float | None]
"""A write, by number; and seconds after its beginning, or None for just before it."""


class Child:
    """`crash.py`, or another, as a program, spoken to in JSON lines: one task at a time."""

    def __init__(self, program: str = "crash") -> None:
        command = [sys.executable, "-m", f"dataops_assets_tests.proofs.{program}"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, task: str, *arguments: Any, broken: Sequence[str] = ()) -> Any:
        """The answer to a task; a text is an error."""
        assert self._process.stdin
        assert self._process.stdout
        values = [{"path": str(value)} if isinstance(value, Path) else value for value in arguments]
        print(json.dumps([task, list(broken), *values]), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


class Children:
    """Programs, started when they are needed."""

    def __init__(self) -> None:
        self._made: list[Child] = []

    def first(self, count: int) -> list[Child]:
        while len(self._made) < count:
            self._made.append(Child())
        return self._made[:count]

    def close(self) -> None:
        for child in self._made:
            child.close()


class Scene:
    """A state, the run that is to be killed, and what that run leaves if it is not."""

    def __init__(self, children: Children, folder: Path, first_ever: bool, broken: Sequence[str] = ()) -> None:
        self._children, self._folder, self._broken = children, folder, broken
        self.first_ever = first_ever
        self.before = folder / "before"
        self.before.mkdir()
        self._ask("prepare", self.before, first_ever)
        self.old = self._ask("look", self._copy("old"))
        whole = self._copy("whole")
        self.writes = self._ask("count", whole)
        self.new = self._ask("look", whole)
        assert self.old["problems"] == self.new["problems"] == []

    def _ask(self, task: str, *arguments: Any) -> Any:
        answer = self._children.first(1)[0].ask(task, *arguments, broken=self._broken)
        assert not isinstance(answer, str), answer
        return answer

    def _copy(self, name: str) -> Path:
        return Path(shutil.copytree(self.before, self._folder / name))

    def crash(self, cases: Iterable[Case], processes: int = 1, whole: bool = False) -> list[str]:
        """Kill the run at each of these, some at a time; returns what is wrong. whole: all days change at once."""
        free: SimpleQueue[Child] = SimpleQueue()
        for child in self._children.first(processes):
            free.put(child)
        with ThreadPoolExecutor(processes) as pool:
            return [line for lines in pool.map(lambda case: self._crash(case, free, whole), cases) for line in lines]

    def _crash(self, case: Case, free: "SimpleQueue[Child]", whole: bool) -> list[str]:
        at, inside = case
        child = free.get()
        try:
            home = self._folder / f"{at}-{inside or 0}"
            found = child.ask("crash", self.before, home, at, inside, broken=self._broken)
        finally:
            free.put(child)
        label = f"write {at} ({self.writes[at - 1]}){f', {inside} s on' if inside else ''}"
        killed = (-signal.SIGKILL,) if inside is None else (-signal.SIGALRM, 0)
        wrong = [] if found["killed"] in killed else [f"ended with {found['killed']}"]
        between, after = found["between"], found["after"]  # an error, if it is a text
        wrong += [between] if isinstance(between, str) else torn(self.old, self.new, between, whole)
        wrong += [f"after it: {line}" for line in ([after] if isinstance(after, str) else different(self.new, after))]
        return [f"{label}: {line}" for line in wrong]


def torn(old: dict[str, Any], new: dict[str, Any], seen: dict[str, Any], whole: bool = False) -> list[str]:
    """Partitions that are neither wholly old nor wholly new. whole: nor are some of them old, and others new."""
    wrong = [
        f"{table} {day} is neither old nor new: {lines}"
        for table, days in seen["rows"].items()
        for day, lines in days.items()
        if lines not in (old["rows"][table][day], new["rows"][table][day])
    ]
    for what in ("pointers", "raw", "receipts"):
        for name in old[what].keys() | new[what].keys() | seen[what].keys():
            if seen[what].get(name) not in (old[what].get(name), new[what].get(name)):
                wrong.append(f"{what} {name}: {seen[what].get(name)}")
    if whole:
        moved = {key for key in new["receipts"] if new["receipts"][key] != old["receipts"].get(key)}
        if len({seen["receipts"].get(key) == new["receipts"][key] for key in moved}) > 1:
            wrong.append(f"some of {sorted(moved)} are decided, and others not")
    # The pointer of the lake moves after the warehouse's swap, so that it never names rows nobody has validated.
    return wrong + [line for line in seen["problems"] if "the lake points to version" not in line]


def different(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What is not as it would have been without the crash."""
    wrong = [
        f"{table} {day} has {lines}, not {expected['rows'][table][day]}"
        for table, days in found["rows"].items()
        for day, lines in days.items()
        if lines != expected["rows"][table][day]
    ]
    wrong += [f"{what} differ" for what in ("pointers", "raw", "receipts") if found[what] != expected[what]]
    return wrong + found["problems"]
