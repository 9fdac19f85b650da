"""What goes wrong with a BigQuery job, by the reason BigQuery gives and not by the class a client makes of it.

Reasons and what to do about them: https://cloud.google.com/bigquery/docs/error-messages
"""

import re
from collections.abc import Sequence
from typing import Any

from dataops_assets.warehouse import errors as warehouse
from dataops_assets.warehouse.errors import TransientError, WarehouseError

_TRANSIENT = frozenset(
    {
        "backendError",
        "badGateway",
        "internalError",
        "jobBackendError",
        "jobInternalError",
        "jobRateLimitExceeded",
        "rateLimitExceeded",
        "tableUnavailable",
    }
)
# Most quotas are for a day: to wait some seconds for one is no use. These pass.
_SHORT_QUOTA = re.compile(r"per (?:second|minute|\d+ seconds)|rate limit|concurrent|too many", re.IGNORECASE)
_READING = re.compile(r"error while reading (?:data|table)|error detected while parsing", re.IGNORECASE)
_BILLED = re.compile(r"bytes billed: *(\d+)\D+?(\d+) or higher", re.IGNORECASE)
_REFUSED = re.compile(r"(?:^|: )dataops:(.*)$", re.DOTALL)
_NO_TABLE = re.compile(r'Not found: Table (?:[\w:.-]+[:.])?(\w+\.\w+) was not found|Table "([^"]+)" must be qualified')
_POSITION = re.compile(r"(?: at \[\d+:\d+\])+$")


class JobFailed(WarehouseError):
    """A job that failed, with what to do next. job_id and link may be empty if no job was made.

    reason: BigQuery's word for it, such as "invalidQuery".
    """

    def __init__(self, text: str, *, reason: str = "", job_id: str = "", link: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.job_id = job_id
        self.link = link


class JobUnknown(JobFailed, TransientError):
    """No answer came, also not to the question whether the job is there: it may have run, may run, or may not."""


class JobUnavailable(JobFailed, TransientError):
    """BigQuery had trouble all along, and may have none a little later."""


class JobDiffers(JobFailed):
    """There is a job of this id that does something else."""


class CommittedButFailed(JobFailed):
    """A script committed its transaction and failed after that: what it changed stays, its answer is lost."""


class QueryTooLarge(JobFailed, warehouse.QueryRefused):
    """A query would read more than `maximum_bytes_billed`; nothing ran. needed, limit: in bytes, 0 if not said."""

    needed: int = 0
    limit: int = 0


class TransactionConflict(JobFailed, TransientError):
    """Another transaction changed the same table; this one is rolled back. It can be run again as it is."""


class QueryRefused(JobFailed, warehouse.QueryRefused):
    """The statement itself is at fault: BigQuery does not understand it, or a value in it ends it."""


class UnreadableFiles(JobFailed):
    """A load met a file it cannot read; nothing was loaded. errors: BigQuery's list, with files and lines."""

    errors: Sequence[Any] = ()


class ScriptRefused(JobFailed):
    """A script of ours stopped itself with `ERROR('dataops:…')`, ASSERT or RAISE. message: what stands behind it."""

    message: str = ""


def is_transient(reason: str, message: str) -> bool:
    """Would the same job do better a little later?"""
    return reason in _TRANSIENT or (reason == "quotaExceeded" and bool(_SHORT_QUOTA.search(message)))


def failure(
    what: str,
    kind: str,
    reason: str,
    message: str,
    *,
    job_id: str = "",
    link: str = "",
    errors: Sequence[Any] = (),
) -> JobFailed:
    """The exception for a job's final error. what: the job in words. errors: the job's list of ErrorProto."""
    place = f"job {job_id}, {link}" if job_id else "no job"

    def error(kind_of: type[Any], text: str) -> Any:
        return kind_of(f"{what}: {text} ({place})", reason=reason, job_id=job_id, link=link)

    refused = _REFUSED.search(message)
    if refused:
        words = _POSITION.sub("", refused[1]).strip()
        made = error(ScriptRefused, f"refused by its own checks: {words}")
        made.message = words
        return made
    if reason == "bytesBilledLimitExceeded":
        found = _BILLED.search(message)
        limit, needed = (int(found[1]), int(found[2])) if found else (0, 0)
        figures = f"it needs {needed:,} bytes, and the limit is {limit:,}" if found else message
        made = error(
            QueryTooLarge,
            f"not run, it would read too much: {figures}; narrow it to fewer partitions or columns, "
            "or raise DATAOPS_MAX_BYTES_BILLED",
        )
        made.limit, made.needed = limit, needed
        return made
    if "concurrent update" in message:
        return error(TransactionConflict, f"{message} — rolled back, another one was first; run it again")
    details = "; ".join(_described(each) for each in errors[:5] if each.get("message") != message)
    words = f"{message}; {details}" if details else message
    if kind == "load" and reason == "invalid" and _READING.search(words):
        made = error(UnreadableFiles, f"a file cannot be read, nothing was loaded: {words}")
        made.errors = tuple(errors)
        return made
    refused_for_itself = kind == "query" and reason in ("invalidQuery", "invalid", "notFound")
    made = error(
        QueryRefused if refused_for_itself else JobUnavailable if is_transient(reason, message) else JobFailed,
        f"failed with {reason or 'an error'}: {words} — {_next(reason)}",
    )
    if isinstance(made, QueryRefused) and (lacking := _NO_TABLE.search(message)):
        made.table = lacking[1] or lacking[2]
    return made


def _described(error: Any) -> str:
    place = error.get("location")
    return f"{place}: {error.get('message')}" if place else str(error.get("message"))


def _next(reason: str) -> str:
    if reason in ("accessDenied", "billingNotEnabled", "policyViolation"):
        return "grant the service account what is missing, and run it again"
    if reason == "quotaExceeded":
        return "wait until the quota is free again or have it raised, and run it again"
    if reason == "notFound":
        return "make what is missing, and run it again"
    if reason == "stopped":
        return "somebody cancelled it or its time was up; run it again"
    if is_transient(reason, ""):
        return "BigQuery had trouble all along; run it again later"
    return "open the link, correct the cause, and run it again"
