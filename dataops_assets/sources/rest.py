"""`RestApi`: records from a paged JSON API, kept exactly as the source said them."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import msgspec

from dataops_assets.sources import jsonlines, watermark
from dataops_assets.sources.base import Extraction, PermanentSourceError, Request
from dataops_assets.sources.limits import ROW_BYTES
from dataops_assets.sources.pagination import Ask, Pagination, Turn
from dataops_assets.sources.rest_answers import fields_of, read_answer, value_at
from dataops_assets.sources.secrets import Auth, Redactor, clean_url
from dataops_assets.sources.values import Text, render, render_params

if TYPE_CHECKING:
    from dataops_assets.sources.http import Http

_FRACTION = re.compile(rb"-?\d+[.eE]")


@dataclass(frozen=True)
class RestApi:
    """A JSON API that is asked with GET.

    url: the address, a template such as `https://api.example.com/v1/flights` or `Env("FLIGHTS_URL") / "v1/flights"`.
    params: query parameters; texts are templates (`{partition.start:%Y-%m-%d}`, `{watermark}`), an `Env` is a secret.
    records: dotted path of the list of records in the answer; `None` if the answer is the list itself.
    paginate: `Token`, `PageNumber`, `Offset` or `NextLink`; `None` if one answer has everything.
    auth: `Bearer("ENV_NAME")` or `Header("X-Api-Key", "ENV_NAME")`.
    cursor: field of the records whose greatest value becomes the watermark; the next extraction sends it where a
        parameter says `{watermark}`, less `lookback` (a timedelta, or a number for a numeric cursor). A parameter
        that mentions it is left out while there is none, so the first extraction asks for everything.
    rate_limit: requests a second to that host, over all threads of the process.
    timeout: seconds for connecting and for each read. max_attempts, backoff (seconds, doubling, with jitter), max_wait:
        429, 5xx, timeouts, broken connections and truncated answers are asked for again, as `Retry-After` says but at
        most max_wait seconds later. Any other 4xx ends the extraction at once.

    Safe to call from several threads. Memory: one page, of at most max_page_bytes; a record of at most
    max_row_bytes.
    """

    url: Text
    params: Mapping[str, Any] = field(default_factory=dict)
    records: str | None = None
    paginate: Pagination | None = None
    auth: Auth = None
    cursor: str | None = None
    lookback: watermark.Lookback = None
    rate_limit: float | None = None
    timeout: float = 30.0
    max_attempts: int = 6
    backoff: float = 0.5
    max_wait: float = 120.0
    max_page_bytes: int = 256 * 2**20
    max_row_bytes: int = ROW_BYTES
    part_bytes: int = jsonlines.PART_BYTES

    @property
    def incremental(self) -> bool:
        return self.cursor is not None

    def extract(self, request: Request) -> Extraction:
        """Ask for `request`, page by page, while the files are consumed.

        Raises PermanentSourceError for what asking again cannot mend, TransientSourceError once attempts are used up.
        """
        # The HTTP client takes a third of a second to import, which loading definitions need not pay.
        from dataops_assets.sources.http import Http

        since = watermark.unpack(request.watermark, self.cursor, request.label)
        text = watermark.as_text(watermark.back(since, self.lookback, request.label))
        url = clean_url(render(self.url, request, text), request.label)
        sent, shown, secrets = render_params(self.params, request, text)
        headers = {"Accept": "application/json", "User-Agent": "dataops_assets"}
        if url.basic:
            headers["Authorization"] = url.basic
        if self.auth:
            name, value, secret = self.auth.header(request.label)
            headers[name] = value
            secrets += [secret, value]
        redact = Redactor([*secrets, *url.secrets])
        scheme, _, rest = url.shown.partition("://")
        http = Http(
            label=request.label,
            address=f"{scheme}://{redact(rest)}",
            redact=redact,
            headers=headers,
            rate_limit=self.rate_limit,
            timeout=self.timeout,
            max_attempts=self.max_attempts,
            backoff=self.backoff,
            max_wait=self.max_wait,
            max_page_bytes=self.max_page_bytes,
        )
        hidden = {name: value for name, value in sent.items() if value in secrets} | dict(url.query)
        walk = _Walk(self, http, url.bare, {**dict(url.query), **sent}, hidden, since)
        source = {"kind": "rest", "url": http.address, "records": self.records}
        extraction = Extraction(source, {name: _shown(value, redact) for name, value in shown.items()})
        extraction.watermark = request.watermark
        extraction.files = walk.files(extraction)
        return extraction


class _Walk:
    """One extraction's way through the pages."""

    def __init__(
        self, api: RestApi, http: "Http", url: str, params: dict[str, Any], hidden: dict[str, Any], since: Any
    ) -> None:
        self.api, self.http, self.url, self.params, self.hidden, self.newest = api, http, url, params, hidden, since
        self.cursor_seen = False

    def files(self, extraction: Extraction) -> Iterator[Any]:
        total = 0
        where = f"{self.http.label}: {self.http.address}"
        for file in jsonlines.parts(self.pages(), self.api.part_bytes, self.api.max_row_bytes, where):
            yield file
            total += file.rows
        if self.api.cursor is None:
            return
        if total and not self.cursor_seen:
            raise PermanentSourceError(
                f"{self.http.label}: no record of {self.http.address} has the cursor field {self.api.cursor!r}; "
                "name a field the records have"
            )
        extraction.watermark = watermark.pack(self.api.cursor, self.newest)

    def pages(self) -> Iterator[jsonlines.RecordPage]:
        paginate = self.api.paginate
        ask: Ask | None = paginate.first() if paginate else Ask()
        asked: set[bytes] = set()
        previous = b""
        number = total = 0
        while ask is not None:
            url, params = self._request(ask)
            envelope, page, answer = self.http.get(
                url,
                params,
                check=lambda answer, p=params: (*read_answer(self.http, p, answer.body, self.api.records), answer),
            )
            # A server that ignores the page parameter answers the first page for ever.
            digest = hashlib.sha256(page.array).digest() if page.records else b""
            if digest and digest == previous:
                raise PermanentSourceError(
                    f"{self.http.ask(params)} answers the same records as the page before; does the API know the "
                    f"parameters of {paginate!r}?"
                )
            previous = digest
            total += len(page.records)
            self._follow_cursor(page)
            yield page
            if paginate is None:
                return
            asked.add(_digest(ask))
            try:
                turn = Turn(number, len(page.records), total, lambda path, e=envelope: value_at(e, path), answer.links)
                ask = paginate.following(turn)
            except (ValueError, msgspec.DecodeError) as error:
                raise PermanentSourceError(f"{self.http.ask(params)}: {self.http.redact(str(error))}") from None
            if ask is not None and ask.url is not None:
                ask = Ask(url=self._same_host(str(answer.url), ask.url))
            if ask is not None and _digest(ask) in asked:
                raise PermanentSourceError(
                    f"{self.http.ask(params)} names a next page that was already read "
                    f"({self.http.redact(str(ask.url or dict(ask.params)))[:200]}); following it would never end. "
                    "Report it to whoever runs the source"
                )
            number += 1

    def _request(self, ask: Ask) -> tuple[str, dict[str, Any]]:
        if ask.url is None:
            return self.url, {**self.params, **dict(ask.params)}
        # The address of the next page stands for all parameters, but servers leave the secret ones out of it.
        parts = urlsplit(ask.url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        params = {name: [v for n, v in query if n == name] for name, _ in query}
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")), {**self.hidden, **params}

    def _same_host(self, asked: str, link: str) -> str:
        """The address of a link of the page `asked`. Raises PermanentSourceError for one that is not to be followed."""
        # Credentials go to the host they were given for, and to no other.
        base = urlsplit(self.url)
        try:
            parts = urlsplit(urljoin(asked, link))
            same = (parts.scheme, parts.hostname, _port(parts)) == (base.scheme, base.hostname, _port(base))
        except ValueError as error:
            raise PermanentSourceError(
                f"{self.http.label}: GET {self.http.address} names a next page that is no address "
                f"({self.http.redact(link)[:200]!r}: {self.http.redact(str(error))}); report it to whoever runs it"
            ) from None
        if not same:
            raise PermanentSourceError(
                f"{self.http.label}: GET {self.http.address} names a next page on another host "
                f"({parts.scheme}://{parts.hostname}); it is not followed, because credentials would go with it"
            )
        return urlunsplit(parts._replace(netloc=base.netloc))

    def _follow_cursor(self, page: jsonlines.RecordPage) -> None:
        if self.api.cursor is None:
            return
        for record in page.records:
            raw = fields_of(record).get(self.api.cursor)
            if raw is None:
                continue
            self.cursor_seen = True
            # Digits that a double does not hold would move the watermark, perhaps beyond records yet to come.
            value = msgspec.json.decode(raw, type=Decimal) if _FRACTION.match(raw) else msgspec.json.decode(raw)
            if isinstance(value, bool | dict | list):
                raise PermanentSourceError(
                    f"{self.http.label}: the cursor {self.api.cursor!r} holds {value!r}, which has no order; "
                    "name a field of numbers or times"
                )
            self.newest = watermark.newest(self.newest, [value], self.http.label, self.api.cursor)


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _digest(ask: Ask) -> bytes:
    return hashlib.sha256((ask.url or urlencode(ask.params)).encode()).digest()


def _shown(value: Any, redact: Redactor) -> Any:
    return redact(value) if isinstance(value, str) else value
