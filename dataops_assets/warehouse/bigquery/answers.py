"""What an answer of BigQuery's API says, or the lack of one."""

from collections.abc import Mapping
from typing import Any

from dataops_assets.warehouse.bigquery.errors import is_transient
from dataops_assets.warehouse.bigquery.parameters import comparable


def errors() -> tuple[type[Exception], ...]:
    """What a request may end with. Not the errors of credentials: these say themselves what to do."""
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import TransportError
    from requests.exceptions import RequestException

    return (GoogleAPICallError, RetryError, RequestException, TransportError, ConnectionError, TimeoutError)


def unanswered(error: Exception) -> bool:
    """Is it open whether the request was carried out, or is it to be made again a little later?"""
    from google.api_core.exceptions import GoogleAPICallError

    if not isinstance(error, GoogleAPICallError):
        return True
    code = int(error.code or 0)
    return code >= 500 or code in (408, 429) or is_transient(*reason_and_message(error))


def is_duplicate(error: Exception) -> bool:
    """Is there a job of this id? (A table that is there already is a 409 as well.)"""
    return getattr(error, "code", None) == 409 and "already exists: job" in reason_and_message(error)[1].lower()


def reason_and_message(error: Exception) -> tuple[str, str]:
    """(reason, message) of an HTTP error, as BigQuery gives them; what the client adds to it is put in one line."""
    first = next(iter(getattr(error, "errors", None) or ()), {})
    reason, message = (first.get("reason"), first.get("message")) if isinstance(first, Mapping) else (None, None)
    return str(reason or ""), str(message or " ".join(str(error).split()))


def no_answer(what: str, attempts: int, error: Exception) -> str:
    """What to tell whoever waits for something that does not come."""
    often = f"asked for {attempts} times without an answer, the last time" if attempts > 1 else "the answer broke off"
    return f"{what}: {often}: {reason_and_message(error)[1]}; run it again later"


def same(kind: str, configuration: Mapping[str, Any], job: Any) -> bool:
    """Does a job that was found do this work? A server adds defaults: what was sent is what is compared."""
    if job.job_type != kind:
        return False
    ours = configuration[kind]
    theirs = job.to_api_repr()["configuration"][kind]
    if comparable(ours.get("queryParameters", [])) != comparable(theirs.get("queryParameters", [])):
        return False
    if kind == "copy" and "sourceTable" in theirs:
        theirs = theirs | {"sourceTables": [theirs["sourceTable"]]}
    keys = ("query", "sourceUris", "sourceTables", "destinationTable", "writeDisposition", "sourceFormat")
    return all(ours[key] == theirs.get(key) for key in keys if key in ours)
