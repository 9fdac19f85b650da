"""What the commands do; `cli.py` says how they are called.

Each is imported when it is called: a query need not wait for what a run needs.
"""

import atexit
import gc
import logging
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module

from dataops_assets.commands.interrupts import at_once
from dataops_assets.interrupts import is_interrupt

NAMES = (
    *("run", "plan", "status", "checks", "alerts", "messages", "accept", "confirm", "quarantine", "capture", "profile"),
    "erase",
    *("diff", "history", "approve", "rollback", "release", "dvc", "report", "metrics"),
    *("query", "verify", "rebuild", "drop", "prune", "ui", "init", "demo", "completion"),
)


_WITHOUT_DATASETS = ("query", "init", "completion")
_SHORT = ("status", "plan", "diff", "history", "report")
_READING = (*_SHORT, "verify")
"""Which write nothing; a query says itself when it is over."""


def execute(options: Namespace) -> int:
    """Run the command that was asked for; returns the exit code."""
    if logging.lastResort:
        logging.lastResort.addFilter(_says_no_interrupt)
    with _no_garbage(), at_once():
        module = import_module(f"dataops_assets.commands.{options.command}")
        if options.command not in _WITHOUT_DATASETS:
            _load()
    with (
        _no_garbage() if options.command in _SHORT else nullcontext(),
        at_once() if options.command in _READING else nullcontext(),
    ):
        return getattr(module, options.command)(options)


def _says_no_interrupt(record: logging.LogRecord) -> bool:
    """Where a library is interrupted, it may say so with a traceback, as SQLAlchemy does, and raise it all the same."""
    return not (record.exc_info and is_interrupt(record.exc_info[1]))


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Without looking for circles to free, which takes a tenth of the time of a command that keeps what it makes.

    What is there at the end is not looked through again: it is kept.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # once in a process: what comes later may be garbage by then
            gc.freeze()
            atexit.register(gc.unfreeze)  # DuckDB takes for leaked what is not freed at the exit, and says so
        if enabled:
            gc.enable()


def _load() -> None:
    """Import the datasets, and the engine that works here, before anything begins."""
    from dataops_assets.build import load_project

    project = load_project()
    if not project.settings.cloud:
        _ = project.storage
