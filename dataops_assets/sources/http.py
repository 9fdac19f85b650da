"""One GET that either brings a whole body or says clearly why not: retries, backoff, rate limits, one client a host."""

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import tenacity

from dataops_assets.sources.base import PermanentSourceError, TransientSourceError
from dataops_assets.sources.secrets import Redactor
from dataops_assets.tracing import span

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_DEADLINE_FACTOR = 10  # a page that keeps dripping in is given up after this many timeouts

_lock = threading.Lock()
_clients: dict[tuple[int, str], httpx.Client] = {}


@dataclass(frozen=True)
class Page:
    """A whole answer. `url` is the address it came from, with its query."""

    url: httpx.URL
    headers: httpx.Headers
    body: bytes
    links: Mapping[str | None, Mapping[str, str]]


@dataclass(frozen=True)
class Http:
    """How to ask one source.

    label: table and partition, for messages. address: the clean URL, for messages.
    rate_limit: requests a second of this process to the host, over all threads and sources.
    timeout: seconds for connecting and for each read. backoff: seconds before the first repetition; it doubles.
    max_wait: longest pause between attempts in seconds, also if `Retry-After` asks for more.
    """

    label: str
    address: str
    redact: Redactor
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    rate_limit: float | None = None
    timeout: float = 30.0
    max_attempts: int = 6
    backoff: float = 0.5
    max_wait: float = 120.0
    max_page_bytes: int = 256 * 2**20

    def get(self, url: str, params: dict[str, Any], check: Any = None) -> Any:
        """GET `url`; the page, or what `check(page)` makes of it.

        `check` may raise TransientSourceError to have the page asked for again (a body that was cut off).
        Raises PermanentSourceError at once, TransientSourceError once all attempts are used up.
        """

        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = getattr(error, "retry_after", None)
            return min(self.max_wait, max(asked or 0.0, jittered(state)))

        jittered = tenacity.wait_exponential_jitter(multiplier=self.backoff, max=self.max_wait, jitter=self.backoff)
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.max_attempts),
            wait=pause,
            retry=tenacity.retry_if_exception_type(TransientSourceError),
            reraise=True,
        )
        try:
            return retrying(self._once, url, params, check)
        except TransientSourceError as error:
            raise TransientSourceError(
                f"{error} — given up after {self.max_attempts} attempts; run this partition again once the source "
                "is well, or raise max_attempts or timeout"
            ) from None

    def _once(self, url: str, params: dict[str, Any], check: Any) -> Any:
        host = urlsplit(url).netloc
        _limits.wait(host, self.rate_limit)
        about = {"http.request.method": "GET", "url.full": self.address, "server.address": urlsplit(url).hostname}
        with span("GET", about, request=True) as asked:
            return self._answered(url, params, check, host, asked)

    def _answered(self, url: str, params: dict[str, Any], check: Any, host: str, asked: Any) -> Any:
        try:
            with _client(host).stream(
                "GET", url, params=params or None, headers=self.headers, timeout=self.timeout
            ) as response:
                if asked:
                    asked.set_attribute("http.response.status_code", response.status_code)
                body = self._body(response)
                page = Page(response.url, response.headers, body, response.links)
                self._judge(response.status_code, page, host)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError, ValueError) as error:
            # Of httpx and below it: a host that IDNA cannot spell, a port out of range, a header that is not ASCII.
            raise PermanentSourceError(
                f"{self.ask(params)}: not an address that can be asked ({self.redact(str(error))}); check it and the "
                "parameters of this source"
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            reason = self.redact(f"{type(error).__name__} {error}".strip())
            raise TransientSourceError(f"{self.ask(params)} broke off: {reason}") from None
        return page if check is None else check(page)

    def _body(self, response: httpx.Response) -> bytes:
        chunks, size = [], 0
        deadline = time.monotonic() + self.timeout * _DEADLINE_FACTOR
        for chunk in response.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > self.max_page_bytes:
                raise PermanentSourceError(
                    f"{self.label}: GET {self.address} answers a page of more than {self.max_page_bytes:,} bytes; "
                    "ask for smaller pages, or raise max_page_bytes"
                )
            if time.monotonic() > deadline:
                raise httpx.ReadTimeout("the body was not complete in time", request=response.request)
        return b"".join(chunks)

    def _judge(self, status: int, page: Page, host: str) -> None:
        if 200 <= status < 300 and status != 204:
            return
        excerpt = self.excerpt(page.body)
        what = f"{self.label}: GET {self.address} answered {status} {httpx.codes.get_reason_phrase(status)}{excerpt}"
        if status == 429 or status >= 500:
            error = TransientSourceError(what)
            seconds = retry_after(page.headers.get("Retry-After"))
            if seconds is not None:
                error.retry_after = min(seconds, self.max_wait)  # type: ignore[attr-defined]
                # The other threads are asked to slow down as well.
                _limits.hold(host, error.retry_after)  # type: ignore[attr-defined]
            raise error
        advice = {
            401: "check the credentials this source names",
            403: "check what the credentials may read",
            404: "check the URL",
        }.get(status, "check the URL and the parameters")
        if 300 <= status < 400:
            advice = "redirects are not followed, because they could carry credentials away: name the final URL"
        raise PermanentSourceError(f"{what}; {advice} (this is not retried)")

    def ask(self, params: dict[str, Any]) -> str:
        """The request in words, without secrets."""
        # The parameters have those of the address among them.
        asked = f"{self.address.partition('?')[0]}?{urlencode(params, doseq=True)}" if params else self.address
        return self.redact(f"{self.label}: GET {asked}")

    def excerpt(self, body: bytes) -> str:
        """The first 200 characters of a body, without secrets, as the end of a sentence."""
        # Redacted before it is cut, so that no half of a secret is left at the end.
        text = self.redact(body[:20_000].decode("utf-8", "replace")).strip()
        return f": {text[:200]!r}" if text else " with an empty body"


def retry_after(value: str | None) -> float | None:
    """Seconds that a `Retry-After` header asks for (a number, or an HTTP date); `None` if it says nothing useful."""
    if not value:
        return None
    try:
        return max(0.0, float(value)) if value.strip().replace(".", "", 1).isdigit() else _until(value)
    except (ValueError, TypeError):
        return None


def _until(value: str) -> float:
    moment = parsedate_to_datetime(value)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _client(host: str) -> httpx.Client:
    """One client a process and host: connections are kept alive and shared by the threads that extract."""
    key = (os.getpid(), host)
    with _lock:
        if key not in _clients:
            # A proxy of the environment has no business between this process and a server on the same machine.
            name = urlsplit(f"//{host}").hostname
            _clients[key] = httpx.Client(trust_env=name not in _LOOPBACK, follow_redirects=False)
        return _clients[key]


class _Limits:
    """The next moment at which a host may be asked again, over all threads of the process."""

    def __init__(self) -> None:
        self._next: dict[str, float] = {}
        self._next_slot: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str, rate: float | None) -> None:
        with self._lock:
            now = time.monotonic()
            slot = max(now, self._next_slot.get(host, 0.0))
            if rate:
                slot = max(slot, self._next.get(host, 0.0))
                self._next[host] = slot + 1 / rate
        if slot > now:
            time.sleep(slot - now)

    def hold(self, host: str, seconds: float) -> None:
        with self._lock:
            self._next_slot[host] = max(self._next_slot.get(host, 0.0), time.monotonic() + seconds)


_limits = _Limits()
