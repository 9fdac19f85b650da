"""What a run says while it goes: a line for each finished step, and in a terminal a live line below them."""

import logging
import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress, ProgressColumn, Task
from rich.table import Column
from rich.text import Text

from dataops_assets.commands.shared import err, out

if TYPE_CHECKING:
    import dagster as dg

_log = logging.getLogger(__name__)

_REDRAWN = 4
"""Times a second: drawing takes its time from the run, which is in this process."""


class Live:
    """A context in which lines are printed, above a live line if it is a terminal that can move its cursor.

    The live line says how many partitions of all are done, counted for each asset, how many a second, how much time is
    left at that rate, and the step that is running. A pipe and a file see the lines alone.
    """

    def __init__(self) -> None:
        live = out.is_terminal and not out.is_dumb_terminal
        self._out = _of_the_terminal() if live else out
        self._shown = Progress(
            _Figures(table_column=Column(no_wrap=True)),
            _Step(table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1)),
            console=self._out,
            transient=True,
            refresh_per_second=_REDRAWN,
            expand=True,
            redirect_stdout=False,  # what a step prints is Dagster's, which keeps it
            redirect_stderr=False,
            disable=not live,
        )
        self._task = self._shown.add_task("", total=None)
        self._ended = 0

    def __enter__(self) -> "Live":
        self._shown.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._shown.stop()
        if self._out is not out:
            self._out.file.close()

    def say(self, text: str, style: str | None = None) -> None:
        """Print a line."""
        self._out.print(Text(text, style=style or ""))

    def problems(self, lines: Sequence[str]) -> None:
        """Say what went wrong, when all is over."""
        for line in lines:
            err.print(line, style="red")

    def last(self, text: str) -> None:
        """Say the last line, when all is over."""
        out.print(text)

    def logger(self) -> "dg.LoggerDefinition":
        """Of the runs: a line for each step that ends, and for each warning."""
        from dataops_assets.runs import runner

        return runner.progress_logger(self.say, self.started, self.materialized)

    def planned(self, partitions: int) -> None:
        """Told once, before the first run: the partitions of all runs."""
        self._shown.update(self._task, total=partitions)

    def started(self, step: str) -> None:
        """A step has begun."""
        self._shown.update(self._task, description=step)

    def materialized(self) -> None:
        """One more partition of an asset is there."""
        self._shown.advance(self._task)

    def ended(self, partitions: int) -> None:
        """A run is over, whatever became of its partitions."""
        self._ended += partitions
        self._shown.update(self._task, completed=self._ended, description="")


class Logged:
    """The same for programs: what is said is logged, and runs log themselves."""

    def __enter__(self) -> "Logged":
        return self

    def __exit__(self, *_error: object) -> None: ...

    def say(self, text: str, style: str | None = None) -> None:
        """Log a line; what is said in colour is a warning."""
        _log.log(logging.WARNING if style else logging.INFO, "%s", text.strip())

    def problems(self, lines: Sequence[str]) -> None:
        """Log what went wrong."""
        for line in lines:
            _log.error("%s", line)

    def last(self, text: str) -> None:
        """Log the last line."""
        self.say(text)

    def logger(self) -> "dg.LoggerDefinition":
        """Of the runs."""
        from dataops_assets.automation.run_log import json_run_log

        return json_run_log

    def planned(self, partitions: int) -> None:
        """There is nothing to draw."""

    def ended(self, partitions: int) -> None:
        """There is nothing to draw."""


def _of_the_terminal() -> Console:
    """A console on the terminal itself: while a step runs, Dagster has a pipe in the place of the standard output."""
    terminal = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors)
    return Console(file=terminal, soft_wrap=True, highlight=False, markup=False)


class _Figures(ProgressColumn):
    def render(self, task: Task) -> Text:
        done = int(task.completed)
        words = [f"{done:,} of {int(task.total):,} partitions" if task.total else "looking what is to be run"]
        if done and task.total and task.elapsed:
            # Over all of the time: partitions come by the hundred, and the rate of a moment says nothing.
            rate = done / task.elapsed
            words += [f"{rate:,.1f}/s", f"{_clock((task.total - done) / rate)} left"]
        return Text(" · ".join(words), style="bold")


class _Step(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(task.description, style="dim")


def _clock(seconds: float) -> str:
    """Hours, minutes and seconds: 1:02:03, 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
