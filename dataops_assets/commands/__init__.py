"""What the commands do; `cli.py` says how they are called.

Each is imported when it is called: a query need not wait for what a run needs.
"""

from argparse import Namespace
from importlib import import_module

NAMES = ("run", "status", "query", "verify", "rebuild", "ui", "init", "demo", "completion")


def execute(options: Namespace) -> int:
    """Run the command that was asked for; returns the exit code."""
    module = import_module(f"dataops_assets.commands.{options.command}")
    return getattr(module, options.command)(options)
