"""What the commands do; `cli.py` says how they are called.

Each is imported when it is called: a query need not wait for what a run needs.
"""

from argparse import Namespace
from importlib import import_module

from dataops_assets.commands.interrupts import at_once

NAMES = ("run", "plan", "status", "query", "verify", "rebuild", "drop", "ui", "init", "demo", "completion")


_WITHOUT_DATASETS = ("query", "init", "completion")


def execute(options: Namespace) -> int:
    """Run the command that was asked for; returns the exit code."""
    with at_once():
        module = import_module(f"dataops_assets.commands.{options.command}")
        if options.command not in _WITHOUT_DATASETS:
            _load()
    return getattr(module, options.command)(options)


def _load() -> None:
    """Import the datasets, and the engine that works here, before anything begins."""
    from dataops_assets.build import load_project

    project = load_project()
    if not project.settings.cloud:
        _ = project.storage
