"""`dataops confirm`: something is wrong with a partition, and nothing is to be compared with it."""

from argparse import Namespace

from dataops_assets.commands.accept import ruled


def confirm(options: Namespace) -> int:
    """Returns 0."""
    return ruled(options, "confirm")
