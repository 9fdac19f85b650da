"""What a check that fails does: a severity says it, and whoever has to know asks its properties."""

from enum import StrEnum
from typing import Literal

SeverityName = Literal["stop", "quarantine", "warn", "log"]
"""A severity as dataset files write it."""


class Severity(StrEnum):
    """What a check does where rows fail it.

    All are counted in the ledger, and shown by the asset's check and by `dataops status`.
    """

    STOP = "stop"
    """Nothing is written, and what is built on the partition is held back."""
    QUARANTINE = "quarantine"
    """The row is set aside, the others are written."""
    WARN = "warn"
    """All rows are written, the check fails, and whoever is on duty is alerted."""
    LOG = "log"
    """All rows are written and the check passes: a failed one, however mild, is one that Dagster counts and alerts."""

    @property
    def rejects_rows(self) -> bool:
        """Is a row that fails not written?"""
        return self in (Severity.STOP, Severity.QUARANTINE)

    @property
    def stops(self) -> bool:
        """Is nothing of the partition written, and nothing built on it?"""
        return self is Severity.STOP

    @property
    def alerts(self) -> bool:
        """Does somebody have to hear of it? Rows in quarantine are accounted for; too many of them stop the load."""
        return self in (Severity.STOP, Severity.WARN)
