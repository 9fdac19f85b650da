"""The route table: which alerts are sent where. A TOML file that the setting DATAOPS_ALERTS names.

Secrets are in environment variables, whose names the file has. They are looked up when something is sent, and nowhere
else: what is kept, logged and shown of a route has none of them.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dataops_assets.alerting.alert import SEVERITIES
from dataops_assets.nearest import suggestion
from dataops_assets.settings import SettingsError

NEVER = timedelta(0)
"""The `remind_after` of a route that reminds nobody."""

BUDGET_DAYS = 28
"""The days on which a budget of days of alerts is spent: the last ones."""

_ENCRYPTIONS = ("starttls", "tls", "none")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOPIC = re.compile(r"projects/[a-z0-9.:-]+/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")


@dataclass(frozen=True)
class Log:
    """A line in the log: of the sensor's tick and the daemon, or of the command."""

    kind = "log"


@dataclass(frozen=True)
class Webhook:
    """A POST of JSON with a `text`, as Slack, Mattermost and Google Chat take it. url_env: has the address."""

    kind = "webhook"
    url_env: str


@dataclass(frozen=True)
class Smtp:
    """A mail. encryption: by STARTTLS, from the first byte on (as at port 465), or none. user_env, password_env: have
    the login; empty for a server that asks for none.
    """

    kind = "smtp"
    host: str
    sender: str
    recipients: tuple[str, ...]
    port: int = 587
    encryption: str = "starttls"
    user_env: str = ""
    password_env: str = ""


@dataclass(frozen=True)
class PubSub:
    """A message of JSON to a topic of Pub/Sub, with attributes to filter by."""

    kind = "pubsub"
    topic: str


Receiver = Log | Webhook | Smtp | PubSub


@dataclass(frozen=True)
class Route:
    """One entry of the table.

    name: under which the outbox knows it: with another name it is another route, which has told nothing yet.
    tables: patterns of asset keys, with * as wildcard. owners: any of these. severities: any of these. No filter lets
    everything pass. remind_after: how long after the last message about it an alert that still fires is told again.
    storm: with more messages than this in one tick, one that sums them up is sent instead. budget: on how many of the
    last BUDGET_DAYS a check that warns may give an alert; with more, that is said, and no more of its alerts are.
    """

    name: str
    to: Receiver
    tables: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    remind_after: timedelta = timedelta(hours=24)
    storm: int = 10
    budget: int = 7

    def takes(self, asset: str, owners: Sequence[str], severity: str) -> bool:
        """Does this concern who is behind the route?"""
        return (
            (not self.tables or any(fnmatchcase(asset, pattern) for pattern in self.tables))
            and (not self.owners or not set(self.owners).isdisjoint(owners))
            and (not self.severities or severity in self.severities)
        )


def read_routes(file: Path | None) -> list[Route]:
    """The routes of a file, in its order; none without a file. Raises SettingsError: file, entry, key, what may be."""
    if file is None:
        return []
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"DATAOPS_ALERTS={str(file)!r} cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"DATAOPS_ALERTS: {file} is no TOML file: {error}") from error
    for key in table.keys() - {"route"}:
        raise SettingsError(f"DATAOPS_ALERTS: {file}: {key!r}: the file has [[route]] entries and nothing else")
    entries = table.get("route", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SettingsError(f"DATAOPS_ALERTS: {file}: write [[route]], in two brackets, above each entry")
    if not entries:
        raise SettingsError(f"DATAOPS_ALERTS: {file} has no [[route]] entry")
    routes: list[Route] = []
    for number, entry in enumerate(entries, 1):
        found = _Entry(f"DATAOPS_ALERTS: {file}: route {number}", entry).route()
        if found.name in [route.name for route in routes]:
            raise SettingsError(
                f"DATAOPS_ALERTS: {file}: route {number}: another route is called {found.name!r}; give them names: "
                'name = "…"'
            )
        routes.append(found)
    return routes


@dataclass(frozen=True)
class _Entry:
    """place: for messages, which never show a value that may be a secret."""

    place: str
    values: Mapping[str, Any]

    def route(self) -> Route:
        receivers: Mapping[str, Callable[[], Receiver]] = {
            "log": Log,
            "webhook": lambda: Webhook(self.variable("url_env", needed=True)),
            "smtp": self._smtp,
            "pubsub": lambda: PubSub(self.text("topic", _TOPIC, "projects/PROJECT/topics/TOPIC")),
        }
        kind = self.values.get("to")
        if not isinstance(kind, str) or kind not in receivers:
            raise self.wrong("to", "is one of " + ", ".join(receivers))
        allowed = {*_COMMON, *_OF_KIND[kind]}
        for key in self.values:
            if key in ("url", "password", "user"):
                raise self.wrong(key, f'a secret has no place in this file; write {key}_env = "NAME_OF_A_VARIABLE"')
            if key not in allowed:
                raise self.wrong(key, f"is no key of a route to {kind!r}; {suggestion(key, allowed)}")
        receiver = receivers[kind]()
        name = self.text("name", re.compile(r"\S.{0,79}"), "1 to 80 characters in one line", _named(receiver))
        severities = self.texts("severities")
        if wrong := [each for each in severities if each not in SEVERITIES]:
            raise self.wrong("severities", f"{wrong[0]!r} is none of {', '.join(SEVERITIES)}")
        storm = self.values.get("storm", Route.storm)
        if type(storm) is not int or storm < 1:
            raise self.wrong("storm", "is a whole number from 1 on")
        budget = self.values.get("budget", Route.budget)
        if type(budget) is not int or not 0 < budget <= BUDGET_DAYS:
            raise self.wrong("budget", f"is a number of days of the last {BUDGET_DAYS}; {BUDGET_DAYS} for no budget")
        tables, owners = self.texts("tables"), self.texts("owners")
        return Route(name, receiver, tables, owners, severities, self._remind_after(), storm, budget)

    def wrong(self, key: str, rule: str) -> SettingsError:
        return SettingsError(f"{self.place}: {key}: {rule}")

    def variable(self, key: str, needed: bool = False) -> str:
        """The name of an environment variable. It is not shown: somebody may have put the secret itself there."""
        value = self.values.get(key, "")
        if (needed and not value) or not isinstance(value, str) or (value and not _VARIABLE.fullmatch(value)):
            raise self.wrong(key, "is the name of an environment variable, of letters, digits and underscores")
        return value

    def text(self, key: str, pattern: re.Pattern[str], rule: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.wrong(key, f"is {rule}" if value is None else f"{value!r} is not {rule}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
            raise self.wrong(key, 'is a list of texts, such as ["…"]')
        if key in self.values and not value:
            raise self.wrong(key, "an empty list lets nothing pass; leave it out to let everything pass")
        return tuple(value)

    def _smtp(self) -> Smtp:
        recipients = self.texts("recipients")
        for each in recipients:
            if not _ADDRESS.fullmatch(each):
                raise self.wrong("recipients", f"{each!r} is not an address, such as oncall@example.com")
        if not recipients:
            raise self.wrong("recipients", 'is a list of addresses, such as ["oncall@example.com"]')
        port = self.values.get("port", Smtp.port)
        if type(port) is not int or not 0 < port < 65536:
            raise self.wrong("port", "is a number from 1 to 65535")
        encryption = self.values.get("encryption", "tls" if port == 465 else "starttls")
        if encryption not in _ENCRYPTIONS:
            raise self.wrong("encryption", f"{encryption!r} is none of {', '.join(_ENCRYPTIONS)}")
        user, password = self.variable("user_env"), self.variable("password_env")
        if bool(user) != bool(password):
            raise self.wrong("password_env" if user else "user_env", "user_env and password_env go together")
        if user and encryption == "none":
            raise self.wrong("encryption", "a login is not sent without; leave it out, or have no user_env")
        host = self.text("host", re.compile(r"[^\s/:@]+"), "the name of a host, without a port")
        return Smtp(host, self.text("from", _ADDRESS, "an address"), recipients, port, encryption, user, password)

    def _remind_after(self) -> timedelta:
        value = self.values.get("remind_after", "24h")
        match = re.fullmatch(r"(\d{1,4})([mhd])", value) if isinstance(value, str) else None
        if value == "never":
            return NEVER
        if not match or not int(match[1]):
            raise self.wrong("remind_after", f'{value!r} is not a time such as "30m", "24h" or "7d", nor "never"')
        return int(match[1]) * _UNITS[match[2]]


_COMMON = ("to", "name", "tables", "owners", "severities", "remind_after", "storm", "budget")
_OF_KIND: Mapping[str, Sequence[str]] = {
    "log": (),
    "webhook": ("url_env",),
    "smtp": ("host", "port", "from", "recipients", "encryption", "user_env", "password_env"),
    "pubsub": ("topic",),
}


def _named(receiver: Receiver) -> str:
    """The name of a route that was given none."""
    match receiver:
        case Webhook(url_env):
            return f"webhook {url_env}"
        case Smtp(_, _, recipients):
            return f"smtp {', '.join(recipients)}"[:80]
        case PubSub(topic):
            return f"pubsub {topic}"[:80]
        case _:
            return receiver.kind
