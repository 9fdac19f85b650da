"""What `dataops quarantine` can be told."""

import argparse
from collections.abc import Callable

_CHECK = "id of a check that the rows fail, such as amount.type"


def add_quarantine(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: makes the parser of one of a name, with its help and examples."""
    parser = command(
        "quarantine",
        "which rows were set aside, or stopped a load, and why",
        "dataops quarantine list",
        "dataops quarantine show flights --partition 2013-01-05 --check dep_delay.type",
        "dataops quarantine show flights --partition 2013-01-05 --format csv > bad.csv",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="how many rows, by table, partition and check")
    listing.add_argument("table", metavar="TABLE", nargs="?", help="name of a source (default: all)")
    listing.add_argument("--format", choices=("table", "csv", "json"), default="table", help="json: an object a line")

    show = actions.add_parser("show", help="the rows, with their reasons and the values that the source sent")
    show.add_argument("table", metavar="TABLE", help="name of a source")
    show.add_argument("--partition", metavar="KEY", help="of this partition (default: of all)")
    show.add_argument("--check", metavar="ID", help=f"{_CHECK} (default: any)")
    show.add_argument("--limit", type=int, metavar="N", help="no more than these (default: 20 on the terminal)")
    show.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="csv, json: a column for each field"
    )
