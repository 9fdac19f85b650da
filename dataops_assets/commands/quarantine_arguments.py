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
        "dataops quarantine replay flights --partition 2013-01-05 bad.csv --reason typo",
        "dataops quarantine discard flights --partition 2013-01-05 --reason 'test data'",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="how many rows, by table, partition and check")
    listing.add_argument("table", metavar="TABLE", nargs="?", help="name of a source (default: all)")
    listing.add_argument("--format", choices=("table", "csv", "json"), default="table", help="json: an object a line")
    listing.add_argument("--all", action="store_true", help="with those that were discarded")

    show = actions.add_parser("show", help="the rows, with their reasons and the values that the source sent")
    show.add_argument("table", metavar="TABLE", help="name of a source")
    show.add_argument("--partition", metavar="KEY", help="of this partition (default: of all)")
    show.add_argument("--check", metavar="ID", help=f"{_CHECK} (default: any)")
    show.add_argument("--limit", type=int, metavar="N", help="no more than these (default: 20 on the terminal)")
    show.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="csv, json: a column for each field"
    )

    replay = actions.add_parser("replay", help="take corrected rows through the contract, in the place of bad ones")
    replay.add_argument("table", metavar="TABLE", help="name of a source")
    # Not optional, also with --sql: one that may be left out is not found behind an option.
    replay.add_argument(
        "given",
        metavar="FILE",
        help="the corrected rows: .csv, .json, .jsonl or .parquet, with the fields' names; a column _row, as `show "
        "--format csv` writes it, says which row each is",
    )
    replay.add_argument(
        "--sql", action="store_true", help="in the place of FILE is a query; `raw as _raw` says which row each is"
    )

    discard = actions.add_parser(
        "discard", help="give bad rows up: they stay in quarantine, and are no problem any more"
    )
    discard.add_argument("table", metavar="TABLE", help="name of a source")
    discard.add_argument("--check", metavar="ID", help=f"{_CHECK} (default: all bad rows of the partition)")
    discard.add_argument("--row", metavar="ID", action="append", default=[], help="this one, as `show` names it; again")
    for each in (replay, discard):
        each.add_argument("--partition", metavar="KEY", help="of a table that has partitions")
        each.add_argument("--reason", metavar="TEXT", required=True, help="why; it is kept for good")
        each.add_argument("--by", metavar="NAME", help="who (default: the name under which you are logged in)")
