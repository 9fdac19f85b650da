"""Secrets of a source: where they come from, and how they are kept out of messages, logs and manifests."""

import base64
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from dataops_assets.sources.values import Env

HIDDEN = "***"


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer …` with the token in environment variable `env`."""

    env: str

    def header(self, label: str) -> tuple[str, str, str]:
        """(header, its value, the secret in it)."""
        token = Env(self.env).resolve(label)
        return "Authorization", f"Bearer {token}", token


@dataclass(frozen=True)
class Header:
    """Header `name` with the value of environment variable `env`."""

    name: str
    env: str

    def header(self, label: str) -> tuple[str, str, str]:
        """(header, its value, the secret in it)."""
        value = Env(self.env).resolve(label)
        return self.name, value, value


Auth = Bearer | Header | None


@dataclass(frozen=True)
class CleanUrl:
    """An address taken apart: `shown` may be printed, the rest may not.

    shown: without user, password and the values of its query.
    bare: to be requested: without user, password and query.
    query: its query parameters. basic: value of an Authorization header, if it had a user. secrets: texts to hide.
    """

    shown: str
    bare: str
    query: tuple[tuple[str, str], ...]
    basic: str | None
    secrets: tuple[str, ...]


def clean_url(url: str) -> CleanUrl:
    """Take the secrets out of an address."""
    parts = urlsplit(url)
    userinfo, _, host = parts.netloc.rpartition("@")
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    secrets, basic = [], None
    if userinfo:
        user, _, password = userinfo.partition(":")
        basic = "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
        secrets += [userinfo, unquote(password) or unquote(user), basic.removeprefix("Basic ")]
    # Shorter values are numbers and flags; hiding them would make messages unreadable without protecting anything.
    secrets += [value for _, value in query if len(value) >= 6]
    # Not urlunsplit: it takes slashes out of sqlite:////absolute/path.
    bare = f"{parts.scheme}://{host}{parts.path}"
    shown = bare + ("?" + "&".join(f"{name}={HIDDEN}" for name, _ in query) if query else "")
    return CleanUrl(shown, bare, query, basic, tuple(secrets))


class Redactor:
    """Replaces known secrets in a text, in the spellings in which servers and libraries echo them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = set()
        for secret in filter(None, secrets):
            encoded = base64.b64encode(secret.encode()).decode()
            spellings |= {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), unquote(secret)}
            spellings |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
            spellings |= {encoded, encoded.rstrip("=")}
        # The longest first: a secret may contain another one.
        self._spellings = sorted(spellings, key=len, reverse=True)
        if self._spellings:
            _LOGS.hide(self._spellings)

    def __call__(self, text: str) -> str:
        for spelling in self._spellings:
            text = text.replace(spelling, HIDDEN)
        return text


class _LogFilter(logging.Filter):
    """Hides the secrets seen by this process in what the HTTP client logs: it logs whole addresses at level INFO."""

    _loggers = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")

    def __init__(self) -> None:
        super().__init__()
        self._spellings: frozenset[str] = frozenset()

    def hide(self, spellings: Iterable[str]) -> None:
        if not self._spellings:
            for name in self._loggers:
                logging.getLogger(name).addFilter(self)
        self._spellings |= frozenset(spellings)

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = message
        for spelling in sorted(self._spellings, key=len, reverse=True):
            clean = clean.replace(spelling, HIDDEN)
        if clean != message:
            record.msg, record.args = clean, None
        return True


_LOGS = _LogFilter()
