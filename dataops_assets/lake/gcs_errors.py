"""What the client of Google Cloud Storage raises, and what is to be done about it."""

from functools import cache


@cache
def client_errors() -> tuple[type[Exception], ...]:
    """Everything the client lets through, its own errors and those of what it is built on."""
    import http.client

    import requests
    import urllib3
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from google.cloud.storage.exceptions import DataCorruption, InvalidResponse

    # ValueError: the service has kept less of a piece than was sent, and the client cannot go back in its stream.
    mine = (GoogleAPIError, GoogleAuthError, DataCorruption, InvalidResponse, ValueError)
    return (*mine, requests.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, ConnectionError)


def can_begin_again(error: BaseException | None) -> bool:
    """Is it about this one transfer? Its session is gone, its bytes were damaged, or an object was there and is not."""
    return getattr(error, "code", None) in (400, 404, 410, 412) or type(error) is ValueError


def advice(error: Exception) -> str:
    """What to do next."""
    from google.api_core.exceptions import Forbidden, NotFound, Unauthorized
    from google.auth.exceptions import GoogleAuthError

    if isinstance(error, GoogleAuthError | Unauthorized):
        return "there are no usable credentials: gcloud auth application-default login, or a service account to run as"
    if isinstance(error, Forbidden):
        return "the identity lacks a role, of which docs/google-cloud.md has the list, or the bucket retains the object"
    if isinstance(error, NotFound):
        return "is there such a bucket? DATAOPS_STAGING_BUCKET and DATAOPS_PRODUCTION_BUCKET name them"
    return "run the same command again"
