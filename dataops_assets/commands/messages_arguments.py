"""What `dataops messages` can be told."""

import argparse
from collections.abc import Callable


def add_messages(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command. command: makes the parser of one of a name, with its help and examples."""
    messages = command(
        "messages",
        "what other systems are told of production: what waits and what was sent; --send sends, as the daemon's sensor "
        "does",
        "dataops messages",
        "dataops messages --send",
        "dataops messages --deployed NAME@sha256:…    for a pipeline that deploys",
        "dataops messages --schema > message.schema.json",
    )
    what = messages.add_mutually_exclusive_group()
    what.add_argument(
        "--send",
        action="store_true",
        help="send what waits to the topic of DATAOPS_MESSAGES_TOPIC; exit code 1 if something cannot be sent",
    )
    what.add_argument(
        "--deployed",
        metavar="IMAGE",
        help="tell that this image, with its digest, was deployed here and is to be verified; sends what waits as well",
    )
    what.add_argument("--schema", action="store_true", help="the JSON schema of messages, for those who write them")
    messages.add_argument("--last", metavar="N", type=int, default=20, help="how many that were sent (default: 20)")
    messages.add_argument("--format", choices=("table", "json"), default="table", help="json: an object")
