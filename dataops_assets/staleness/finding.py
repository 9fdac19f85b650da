"""What is to be said of one partition, and which partitions a run may make."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from dataops_assets.ledger.entry import Cause
from dataops_assets.model.partitions import TimePartitions

Status = Literal["current", "missing", "stale", "late", "failed", "held"]

WhatChanged = Literal["contract", "code", "calendar", "severity", "unknown", "input", "personal"]


class Reason(NamedTuple):
    """Why a partition is not as it would be made now: what has changed, and of which asset.

    "severity": a check that rows failed would do something else with them. "unknown": it was made before the ledger
    said by what. "input": the asset has another version, or gets one. "personal": other personal data are to be hidden.
    """

    changed: WhatChanged
    asset: str


Place = tuple[str, str]
"""Asset and partition key."""


@dataclass(frozen=True)
class Finding:
    """One partition.

    status: missing: over, and nothing is there; stale: rows stand that would be made otherwise now; late: there are
        raw attempts that are not loaded; failed, held: refused, and nothing has changed since, if it is not planned.
    reasons: of one that is stale, or is made again because of what it is made of; changed: without the latter.
    planned: would a run make it?
    words: why it was refused. cause: the same for programs, or what keeps it from being planned. rows: that stand.
    """

    asset: str
    key: str
    status: Status
    reasons: tuple[Reason, ...] = ()
    planned: bool = False
    words: str = ""
    cause: Cause | None = None
    rows: int = 0
    changed: tuple[Reason, ...] = ()


Scope = Callable[[str, TimePartitions | None, str], bool]
"""May a run make this partition of this asset?"""


def everything(_asset: str, _calendar: TimePartitions | None, _key: str) -> bool:
    """The scope without bounds."""
    return True
