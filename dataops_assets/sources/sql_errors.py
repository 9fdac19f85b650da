"""Errors of databases: which of them another try may mend, in the words of the source."""

import re

from dataops_assets.sources.base import PermanentSourceError, TransientSourceError
from dataops_assets.sources.drivers import Driver
from dataops_assets.sources.secrets import Redactor, clean_url

_TRANSIENT = {"IO", "TIMEOUT", "CANCELLED"}
_BUSY = re.compile(r"\b(locked|busy|timed? ?out|deadlock|too many connections|connection)\b", re.IGNORECASE)
_INTERRUPTED = re.compile(r"canceling statement due to user request")
_REFUSED = re.compile(
    r"FATAL: .*(does not exist|authentication failed|no pg_hba.conf entry|not permitted|denied)", re.IGNORECASE
)


def says_interrupted(error: Exception) -> bool:
    """Is it what PostgreSQL says of a query that Ctrl-C has ended?"""
    return bool(_INTERRUPTED.search(str(error)))


def explained(
    error: Exception, url: str, label: str, driver: Driver, redact: Redactor
) -> PermanentSourceError | TransientSourceError:
    """What is raised in its place. label: of what is read, for the message; no secret of the URL is in it."""
    message = redact(str(error))
    where = f"{label}: {clean_url(url, label).shown}"
    status = getattr(getattr(error, "status_code", None), "name", "")
    busy = _BUSY.search(message) or (status in _TRANSIENT and driver.name != "SQLite")
    if busy and not _REFUSED.search(message):
        return TransientSourceError(f"{where} cannot be read now: {message}; run this partition again")
    return PermanentSourceError(
        f"{where} cannot be read: {message}; check the URL, the names and the query of this source"
    )
