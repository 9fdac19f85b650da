"""What `dataops alerts` can be told."""

import argparse
from collections.abc import Callable


def add_alerts(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: makes the parser of one of a name, with its help and examples."""
    alerts = command(
        "alerts",
        "what is wrong and whom it is told; --send tells them, as the daemon's sensor does",
        "dataops alerts",
        "dataops alerts --send",
        "dataops alerts --format json | jq .unsent",
    )
    alerts.add_argument(
        "--send",
        action="store_true",
        help="send what has to be told and what waits, to the routes of DATAOPS_ALERTS; exit code 1 if some cannot be",
    )
    alerts.add_argument("--format", choices=("table", "json"), default="table", help="json: an object")
