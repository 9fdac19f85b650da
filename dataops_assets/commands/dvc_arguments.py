"""What may be typed behind `dataops dvc`."""

import argparse
from collections.abc import Callable


def add_dvc(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: adds one, given its name, help and examples."""
    dvc = command(
        "dvc",
        "write .dvc files of what is published, for a Git repository: a commit of them names the exact versions, which "
        "dvc pull and dvc get fetch",
        "dataops dvc --to ../versions",
        "dataops dvc carrier_daily --to ../versions",
    )
    dvc.add_argument("table", metavar="TABLE", nargs="?", help="a published table (default: all)")
    dvc.add_argument("--to", metavar="FOLDER", required=True, help="in the repository; the files lie in FOLDER/TABLE")
