"""How long what nothing needs any more is kept: for good, where the environment does not say otherwise."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from dataops_assets.environment import SettingsError, number_of

REDELIVERED = 31
"""Days for which Pub/Sub may deliver a message again.

https://cloud.google.com/pubsub/docs/subscription-properties#message_retention_duration
"""
_LOOKED_BACK = 7  # days for which `alerts` looks at extractions that failed


@dataclass(frozen=True)
class Retention:
    """None: for good.

    versions: how many versions of each partition are kept beside the one that stands, to be rolled back to.
    raw_days: for how many days a raw attempt is kept after another one has taken its place.
    runs_days: for how many days Dagster's runs are kept after they ended.
    messages_days: for how many days messages and alerts are kept after they were sent.
    """

    versions: int | None = None
    raw_days: int | None = None
    runs_days: int | None = None
    messages_days: int | None = None

    @property
    def keeps(self) -> dict[str, int | None]:
        """By the name of the setting."""
        return {f"DATAOPS_KEEP_{name.upper()}": value for name, value in asdict(self).items()}

    @property
    def is_declared(self) -> bool:
        return any(value is not None for value in self.keeps.values())


def retention_of(env: Mapping[str, str], hears: bool) -> Retention:
    """As the variables say; raises SettingsError. hears: are runs started by messages?"""
    return Retention(
        versions=_count(env, "DATAOPS_KEEP_VERSIONS", 1),
        raw_days=_count(env, "DATAOPS_KEEP_RAW_DAYS", 1),
        # A message that is delivered again is told from a new one by the run that it has started.
        runs_days=_count(env, "DATAOPS_KEEP_RUNS_DAYS", REDELIVERED if hears else _LOOKED_BACK),
        messages_days=_count(env, "DATAOPS_KEEP_MESSAGES_DAYS", REDELIVERED),
    )


def _count(env: Mapping[str, str], variable: str, least: int) -> int | None:
    if not env.get(variable):
        return None
    value = number_of(env, variable, 0, least=least)
    if value != int(value):
        raise SettingsError(f"{variable}={env[variable]!r}: a whole number")
    return int(value)
