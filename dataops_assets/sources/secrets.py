"""Secrets of a source: where they come from, and how they are kept out of messages, logs and manifests."""

import base64
import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from dataops_assets.sources.base import PermanentSourceError
from dataops_assets.sources.values import Env

HIDDEN = "***"

_NAMED_SECRET = re.compile(r"pass|pwd|secret|token|key|auth|sig|cred|pin$|code$", re.IGNORECASE)
_DELIMITERS = re.compile(r"[/?#@:&=+%\s]")
_UNFIT = re.compile(r"[\s\\\x00-\x20\x7f]|%(?![0-9A-Fa-f]{2})")
_WORD = re.compile(r"(\w+)\s*=")
_NUMERIC_HOST = re.compile(r"[0-9.]+|[0-9a-f:]*:[0-9a-f:]*")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def _sendable(value: str, env: str, label: str) -> str:
    """`value` if it can stand in a header. Raises PermanentSourceError, which does not show it."""
    reason = ""
    if not value.isascii():
        reason = "characters that are not ASCII"
    elif any(ord(sign) < 32 or ord(sign) == 127 for sign in value):
        reason = "line breaks or control characters"
    elif value != value.strip():
        reason = "blanks at its begin or end"
    if reason:
        raise PermanentSourceError(
            f"{label}: the value of the environment variable {env} has {reason}, which no HTTP header can carry; "
            "set it to the token alone and run again"
        )
    return value


@dataclass(frozen=True)
class Bearer:
    """`Authorization: Bearer …` with the token in environment variable `env`."""

    env: str

    def header(self, label: str) -> tuple[str, str, str]:
        """(header, its value, the secret in it)."""
        token = _sendable(Env(self.env).resolve(label), self.env, label)
        return "Authorization", f"Bearer {token}", token


@dataclass(frozen=True)
class Header:
    """Header `name` with the value of environment variable `env`."""

    name: str
    env: str

    def header(self, label: str) -> tuple[str, str, str]:
        """(header, its value, the secret in it)."""
        if not _HEADER_NAME.fullmatch(self.name):
            raise PermanentSourceError(f"{label}: {self.name!r} is no name of an HTTP header")
        value = _sendable(Env(self.env).resolve(label), self.env, label)
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


def clean_url(url: str, label: str) -> CleanUrl:
    """Take the secrets out of an address; label: for messages.

    Raises PermanentSourceError, which does not show the address, if it cannot be told where a password in it ends.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _not_an_address(label) from None
    authority, after = parts.netloc, f"{parts.path}?{parts.query}#{parts.fragment}"
    userinfo, _, host = authority.rpartition("@")
    network = bool(authority) or parts.scheme in ("http", "https")
    if "://" not in url:
        # Words of a database's own, `host=… password=…`, are no address either.
        if ("@" in url and ":" in url) or any(map(_NAMED_SECRET.search, _WORD.findall(url))):
            raise _not_an_address(label)
    elif ("://" in parts.path and "@" in parts.path) or (
        network
        and (
            not parts.hostname
            or "@" in userinfo
            or _UNFIT.search(authority)
            or ("@" in after and (userinfo or not _sure_of(parts.hostname, port)))
        )
    ):  # jdbc:postgresql://…
        raise _not_an_address(label)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    secrets, basic = [], None
    if userinfo:
        user, _, password = userinfo.partition(":")
        basic = "Basic " + base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
        if password:
            secrets += [userinfo, unquote(password), basic.removeprefix("Basic ")]
        elif parts.scheme in ("http", "https"):  # a token in the place of a user; of a database it is only a name
            secrets += [unquote(user), basic.removeprefix("Basic ")]
    # Shorter values are numbers and flags; hiding them would make messages unreadable without protecting anything.
    secrets += [value for name, value in query if len(value) >= 6 or _NAMED_SECRET.search(name)]
    # Not urlunsplit: it takes slashes out of sqlite:////absolute/path.
    bare = f"{parts.scheme}://{host}{parts.path}" if "://" in url else url.partition("?")[0]
    shown = bare + ("?" + "&".join(f"{name}={HIDDEN}" for name, _ in query) if query else "")
    return CleanUrl(shown, bare, query, basic, tuple(secrets))


def _sure_of(host: str, port: int | None) -> bool:
    """Is this a host, and not the beginning of a password with an unescaped `/`?"""
    return host == "localhost" or bool(_NUMERIC_HOST.fullmatch(host)) or ("." in host and port is None)


def _not_an_address(label: str) -> PermanentSourceError:
    return PermanentSourceError(
        f"{label}: the address of this source does not parse as one, and is not shown because it may hold a password; "
        "in a user or password write / as %2F, ? as %3F, # as %23, @ as %40 and : as %3A, in a path @ as %40, and as "
        "port a number"
    )


class Redactor:
    """Replaces known secrets in a text, in the spellings and cases in which servers and libraries echo them, and the
    parts into which an address would fall at them.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = set()
        for secret in filter(None, secrets):
            for encoded in (secret.encode(), secret.encode("latin-1", "replace")):
                spellings |= {base64.b64encode(encoded).decode(), base64.urlsafe_b64encode(encoded).decode()}
            spellings |= {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), unquote(secret)}
            spellings |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
            spellings |= {part for part in _DELIMITERS.split(secret) if len(part) >= 4}
        self._pattern = _pattern(spellings)
        if spellings:
            _LOGS.hide(spellings)

    def __call__(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text) if self._pattern else text


def _pattern(spellings: Iterable[str]) -> re.Pattern[str] | None:
    """Matches any of these. A short word only where it stands alone: `postgres` is not hidden in `postgresql`."""
    found = {stripped for spelling in spellings if (stripped := spelling.rstrip("="))}
    parts = [
        rf"(?<!\w){re.escape(text)}(?!\w)" if len(text) < 4 or (len(text) <= 8 and text.isalpha()) else re.escape(text)
        # The longest first: a secret may contain another one.
        for text in sorted(found, key=lambda text: (-len(text), text))
    ]
    return re.compile(f"(?:{'|'.join(parts)})=*", re.IGNORECASE) if parts else None


class _LogFilter(logging.Filter):
    """Hides the secrets seen by this process in what the HTTP client logs: it logs whole addresses at level INFO."""

    _loggers = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy")

    def __init__(self) -> None:
        super().__init__()
        self._spellings: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def hide(self, spellings: Iterable[str]) -> None:
        if not self._spellings:
            for name in self._loggers:
                logging.getLogger(name).addFilter(self)
        if not self._spellings.issuperset(spellings):
            self._spellings |= frozenset(spellings)
            self._pattern = _pattern(self._spellings)

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        clean = self._pattern.sub(HIDDEN, message) if self._pattern else message
        if clean != message:
            record.msg, record.args = clean, None
        return True


_LOGS = _LogFilter()
