"""What a failed step says, without what Dagster wrapped it in."""

import re
from typing import Any

_OURS = re.compile(r"^dataops_assets(\.\w+)+: ")


def explanation(error: Any) -> str:
    """The message of an error of a step, as Dagster has serialized it; empty if there is none.

    An error of ours says what to do next: of a chain it is the outermost one of these, without the name of its class.
    Where there is none, it is what a library said first, with the name of its class.
    """
    while error is not None and error.cause is not None and not _OURS.match(error.message):
        error = error.cause
    return _OURS.sub("", error.message.strip()) if error is not None else ""
