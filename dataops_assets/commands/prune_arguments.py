"""What `dataops prune` can be told."""

import argparse
from collections.abc import Callable


def add_prune(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: makes the parser of one of a name, with its help and examples."""
    prune = command(
        "prune",
        "delete versions, raw attempts, Dagster's runs and sent messages that nothing needs and that are older than "
        "DATAOPS_KEEP_…; without --apply it says what would go, and changes nothing",
        "dataops prune",
        "dataops prune --apply --by anna",
    )
    prune.add_argument("--apply", action="store_true", help="delete it; also finishes what was interrupted")
    prune.add_argument("--by", metavar="NAME", help="who (default: the name under which you are logged in)")
    prune.add_argument("--format", choices=("table", "json"), default="table", help="json: an object")
