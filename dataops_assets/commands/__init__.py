"""What the commands do; `cli.py` says how they are called.

Each is imported when it is called: a query need not wait for what a run needs.
"""

import atexit
import gc
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module

from dataops_assets.commands.interrupts import at_once

NAMES = ("run", "plan", "status", "query", "verify", "rebuild", "drop", "ui", "init", "demo", "completion")


_WITHOUT_DATASETS = ("query", "init", "completion")
_SHORT = ("status", "plan")


def execute(options: Namespace) -> int:
    """Run the command that was asked for; returns the exit code."""
    with _no_garbage(), at_once():
        module = import_module(f"dataops_assets.commands.{options.command}")
        if options.command not in _WITHOUT_DATASETS:
            _load()
    with _no_garbage() if options.command in _SHORT else nullcontext():
        return getattr(module, options.command)(options)


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
