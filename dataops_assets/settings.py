"""All settings, read from the environment once and validated together."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dataops_assets import __version__

PROFILES = ("local", "gcp")

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")
_MEMORY = re.compile(r"^[0-9]+(\.[0-9]+)?\s*(MB|GB|MiB|GiB)$")


class SettingsError(ValueError):
    """A setting that cannot be used; the message names the variable, its value and what it may be."""


@dataclass(frozen=True)
class Settings:
    """Where things are and what they are called.

    profile: "local" (files and DuckDB).
    home: folder of the local state: lake, warehouse, Dagster's instance unless DAGSTER_HOME is set.
    staging_dataset, production_dataset: schemas of the warehouse.
    memory_limit: what the local warehouse may use before it spills to disk, such as "1GB".
    lock_timeout: seconds to wait for another process's swap.
    partitions_per_run: how many partitions one run of a backfill covers.
    code_version: recorded with everything that is written: a git commit, or the version of the package.
    """

    profile: str = "local"
    home: Path = Path(".dataops")
    staging_dataset: str = "staging"
    production_dataset: str = "production"
    memory_limit: str | None = "1GB"
    lock_timeout: float = 600.0
    partitions_per_run: int = 100
    code_version: str = __version__

    @property
    def dagster_home(self) -> Path:
        """Folder of Dagster's instance."""
        return Path(os.environ.get("DAGSTER_HOME") or self.home / "dagster").absolute()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read DATAOPS_* variables; raises SettingsError."""
        env = os.environ if environment is None else environment
        profile = env.get("DATAOPS_PROFILE") or "local"
        if profile not in PROFILES:
            raise SettingsError(f"DATAOPS_PROFILE={profile!r}: it is one of {', '.join(PROFILES)}")
        if profile == "gcp":
            raise SettingsError("DATAOPS_PROFILE='gcp': this version runs on the local profile only; unset it")
        settings = cls(
            profile=profile,
            home=Path(env.get("DATAOPS_HOME") or ".dataops").absolute(),
            staging_dataset=_name(env, "DATAOPS_STAGING_DATASET", "staging"),
            production_dataset=_name(env, "DATAOPS_PRODUCTION_DATASET", "production"),
            memory_limit=_memory(env, "DATAOPS_MEMORY_LIMIT", "1GB"),
            lock_timeout=_number(env, "DATAOPS_LOCK_TIMEOUT", 600.0, least=0.0),
            partitions_per_run=int(_number(env, "DATAOPS_PARTITIONS_PER_RUN", 100, least=1)),
            code_version=env.get("DATAOPS_CODE_VERSION") or env.get("GIT_COMMIT") or __version__,
        )
        if settings.staging_dataset == settings.production_dataset:
            raise SettingsError(
                f"DATAOPS_STAGING_DATASET and DATAOPS_PRODUCTION_DATASET are both {settings.staging_dataset!r}; "
                "what is published must not lie where it is made"
            )
        return settings


def _name(env: Mapping[str, str], variable: str, default: str) -> str:
    value = env.get(variable) or default
    if not _NAME.match(value):
        raise SettingsError(f"{variable}={value!r}: letters, digits and underscores, not starting with a digit")
    return value


def _memory(env: Mapping[str, str], variable: str, default: str) -> str:
    value = env.get(variable) or default
    if not _MEMORY.match(value):
        raise SettingsError(f"{variable}={value!r}: a number and a unit, such as 1GB or 512MiB")
    return value


def _number(env: Mapping[str, str], variable: str, default: float, least: float) -> float:
    text = env.get(variable)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SettingsError(f"{variable}={text!r}: not a number") from None
    if value < least:
        raise SettingsError(f"{variable}={text!r}: at least {least:g}")
    return value
