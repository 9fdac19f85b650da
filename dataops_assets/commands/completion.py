"""`dataops completion`: what a shell needs to complete commands and options."""

from argparse import Namespace

import shtab

from dataops_assets.commands import arguments


def completion(options: Namespace) -> int:
    """Print the script of a shell; returns 0."""
    print(shtab.complete(arguments.parser(), options.shell))  # noqa: T201
    return 0
