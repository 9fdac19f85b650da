"""What may be typed behind the commands about what is published."""

import argparse
from collections.abc import Callable

_TABLE = "a published table, such as carrier_daily"


def add_publishing(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands. command: adds one, given its name, help and examples."""
    diff = command(
        "diff",
        "what a publication would change in production now, or what the last one has changed",
        "dataops diff carrier_daily",
        "dataops diff carrier_daily --partitions 2013-01-01..2013-01-07 --format json",
    )
    diff.add_argument("table", metavar="TABLE", help=_TABLE)
    diff.add_argument(
        "--partitions", metavar="A..B", help="first and last partition, or one (default: what would change)"
    )
    diff.add_argument("--format", choices=("table", "json"), default="table", help="json: an object for each partition")

    history = command(
        "history",
        "which versions stood in a partition of production: since when, by whom, made of what",
        "dataops history carrier_daily --partition 2013-01-05",
    )
    history.add_argument("table", metavar="TABLE", help=_TABLE)
    history.add_argument("--partition", metavar="KEY", help="of a table that has partitions")
    history.add_argument(
        "--format", choices=("table", "json"), default="table", help="json: an object for each version"
    )

    approve = command(
        "approve",
        "let the validated version of partitions into production; the next run publishes it",
        "dataops approve carrier_daily --partitions 2013-01-05 --reason announced",
        "dataops approve carrier_daily --partitions 2013-01 --version 1f2e --reason ok",
    )
    approve.add_argument("table", metavar="TABLE", help=_TABLE)
    approve.add_argument(
        "--version", metavar="V", help="the one that was looked at: if it is not that, nothing is done"
    )

    rollback = command(
        "rollback",
        "put an earlier published version in the place of what stands in production, and hold it there",
        "dataops rollback carrier_daily --partitions 2013-01 --reason 'in seconds'",
    )
    rollback.add_argument("table", metavar="TABLE", help=_TABLE)
    rollback.add_argument(
        "--to", metavar="V", help="the version, as `dataops history` says it (default: the one before)"
    )

    release = command(
        "release",
        "let the next publication of partitions that were rolled back through",
        "dataops release carrier_daily --partitions 2013-01 --reason mended",
    )
    release.add_argument("table", metavar="TABLE", help=_TABLE)
    for each in (approve, rollback, release):
        each.add_argument("--partitions", metavar="A..B", help="first and last partition, or one")
        each.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept for good")
        each.add_argument("--by", metavar="NAME", help="who (default: the name under which you are logged in)")
