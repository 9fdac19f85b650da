"""What may be typed behind `dataops report`."""

import argparse
from collections.abc import Callable


def add_report(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: adds one, given its name, help and examples."""
    report = command(
        "report",
        "write one HTML page about all tables, or about one, to be kept or mailed",
        "dataops report                       the health of all tables: report.html",
        "dataops report flights               one: history, checks, values, versions",
        "dataops report flights --output - > flights.html",
    )
    report.add_argument(
        "table", metavar="TABLE", nargs="?", help="name of a dataset, or key of its asset (default: all)"
    )
    report.add_argument("--output", metavar="FILE", help="(default: report.html, or report-ASSET.html); - prints it")
