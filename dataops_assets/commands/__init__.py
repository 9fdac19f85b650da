"""What the commands do; `cli.py` says how they are called."""

from argparse import Namespace
from collections.abc import Callable

from dataops_assets.commands.demo import demo
from dataops_assets.commands.query import query
from dataops_assets.commands.run import run
from dataops_assets.commands.shared import Unusable
from dataops_assets.commands.status import status
from dataops_assets.commands.ui import ui
from dataops_assets.commands.verify import verify

COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "run": run,
    "status": status,
    "query": query,
    "verify": verify,
    "ui": ui,
    "demo": demo,
}

__all__ = ["COMMANDS", "Unusable"]
