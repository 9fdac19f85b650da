"""What `dataops erase` can be told."""

import argparse
from collections.abc import Callable


def add_erase(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: makes the parser of one of a name, with its help and examples."""
    erase = command(
        "erase",
        "what there is of one person, in all layers; --apply removes it",
        "dataops erase --subject customer_email=anna@example.org",
        "dataops erase --subject customer_email=- --apply --reason 'no. 4711' < file",
    )
    erase.add_argument(
        "--subject",
        metavar="KEY=VALUE",
        required=True,
        help="a column that a contract tags subject, and the value by which the person is known; - reads it from stdin",
    )
    erase.add_argument("--apply", action="store_true", help="remove it (default: say what would be removed)")
    erase.add_argument("--reason", metavar="TEXT", help="why, without personal data; it is kept for good")
    erase.add_argument("--by", metavar="NAME", help="who (default: the name under which you are logged in)")
