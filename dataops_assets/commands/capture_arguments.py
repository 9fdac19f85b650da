"""What may be typed behind `dataops capture`."""

import argparse
from collections.abc import Callable


def add_capture(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: adds one, given its name, help and examples."""
    capture = command(
        "capture",
        "keep some bad rows of a partition as a test, without personal data",
        "dataops capture orders --partition 2026-01-06 --reason 'amounts in cents'",
        "dataops capture orders --partition 2026-01-06 --check amount.ge --rows 3",
    )
    capture.add_argument("table", metavar="TABLE", help="name of a source")
    capture.add_argument("--partition", metavar="KEY", help="of a table that has partitions")
    capture.add_argument("--check", metavar="ID", help="rows that fail this one, such as amount.type (default: any)")
    capture.add_argument("--rows", type=int, default=5, metavar="N", help="so many of each check (default: 5)")
    capture.add_argument("--reason", metavar="TEXT", default="", help="what the incident was; it is kept with the rows")
    capture.add_argument(
        "--to", metavar="FOLDER", default="tests/captured", help="where the file is written (default: tests/captured)"
    )
