"""What a failed step says, without what Dagster wrapped it in."""

import re
from typing import Any

from dataops_assets.interrupts import WORDS, names_interrupt

HELD_BY = "held back by"
"""Metadata of a check that failed for another partition's sake: asset and partition in which it began."""

SEE_CHECKS = "The checks show counts and rows. Correct the source or the contract, then materialize them again."
"""Ends what is said of partitions that were not written; of each there is a check that says why."""

_OURS = re.compile(r"^dataops_assets(\.\w+)+: ")


def explanation(error: Any) -> str:
    """The message of an error of a step, as Dagster has serialized it; empty if there is none.

    An error of ours says what to do next: of a chain it is the outermost one of these, without the name of its class.
    Where there is none, it is what a library said first, with the name of its class. An interrupt is said as such.
    """
    if was_interrupted(error):
        return WORDS
    while error is not None and error.cause is not None and not _OURS.match(error.message):
        error = error.cause
    return _OURS.sub("", error.message.strip()) if error is not None else ""


def was_interrupted(error: Any) -> bool:
    """Is this error of a step, as Dagster has serialized it, or one that led to it, an interrupt?"""
    while error is not None:
        if names_interrupt(error.cls_name or "", error.message):
            return True
        error = error.cause or error.context
    return False
