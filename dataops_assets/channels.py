"""Topics and subscriptions that messages go through, as the environment names them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dataops_assets.environment import SettingsError, number_of

_PROJECT = r"projects/[a-z0-9.:-]+"
_NAME = r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}"
_BROKERS = r"kafka://[A-Za-z0-9._-]+:\d+(,[A-Za-z0-9._-]+:\d+)*/[A-Za-z0-9._-]{1,249}"
_TOPIC = re.compile(rf"{_PROJECT}/topics/{_NAME}|{_BROKERS}")
_SUBSCRIPTION = re.compile(rf"{_PROJECT}/subscriptions/{_NAME}|{_BROKERS}\?group=[A-Za-z0-9._-]{{1,249}}")
_A_TOPIC = "projects/PROJECT/topics/TOPIC, or kafka://HOST:PORT/TOPIC"
_A_SUBSCRIPTION = "projects/PROJECT/subscriptions/SUBSCRIPTION, or kafka://HOST:PORT/TOPIC?group=GROUP"
_PAIR = re.compile(r"([^\s=,]+)=([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True)
class Channels:
    """Empty where nobody is told, or nobody is heard.

    topic: where is told what happens here. subscription: what others ask for. dead_letter: the topic of what cannot be
    acted upon. tables: by the asset key of somebody else's table, the source here that reads it. deliveries: a message
    that was delivered more often, and of which nothing came, is not tried again. environment: what this place is called
    in messages about a release.
    """

    topic: str = ""
    subscription: str = ""
    dead_letter: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    deliveries: int = 10
    environment: str = "local"


def channels_of(env: Mapping[str, str], environment: str) -> Channels:
    """As the variables say; raises SettingsError."""
    found = Channels(
        topic=_address(env, "DATAOPS_MESSAGES_TOPIC", _TOPIC, _A_TOPIC),
        subscription=_address(env, "DATAOPS_MESSAGES_SUBSCRIPTION", _SUBSCRIPTION, _A_SUBSCRIPTION),
        dead_letter=_address(env, "DATAOPS_MESSAGES_DEAD_LETTER", _TOPIC, _A_TOPIC),
        tables=_tables(env, "DATAOPS_MESSAGES_TABLES"),
        deliveries=int(number_of(env, "DATAOPS_MESSAGES_DELIVERIES", Channels.deliveries, least=3)),
        environment=env.get("DATAOPS_ENVIRONMENT") or environment,
    )
    if found.subscription and not found.dead_letter:
        raise SettingsError(
            "DATAOPS_MESSAGES_SUBSCRIPTION needs DATAOPS_MESSAGES_DEAD_LETTER: the topic where messages go that nobody "
            f"can act upon, {_A_TOPIC}"
        )
    if found.dead_letter and found.dead_letter in (found.topic, found.subscription.partition("?")[0]):
        raise SettingsError(
            f"DATAOPS_MESSAGES_DEAD_LETTER={found.dead_letter!r}: a topic of its own; what cannot be acted upon would "
            "come back"
        )
    return found


def _address(env: Mapping[str, str], variable: str, pattern: re.Pattern[str], rule: str) -> str:
    value = env.get(variable, "")
    if value and not pattern.fullmatch(value):
        raise SettingsError(f"{variable}={value!r}: {rule}")
    return value


def _tables(env: Mapping[str, str], variable: str) -> dict[str, str]:
    tables: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in env.get(variable, "").split(","))):
        match = _PAIR.fullmatch(part)
        if not match:
            raise SettingsError(
                f"{variable}: {part!r}: the table of the message and the source that reads it, such as "
                "production/orders=orders; several have commas between them"
            )
        if match[1] in tables:
            raise SettingsError(f"{variable}: {match[1]!r} is there twice; one source reads a table")
        tables[match[1]] = match[2]
    return tables
