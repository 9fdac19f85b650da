"""All settings, read from the environment once and validated together.

By hand, and not by pydantic-settings: it would be one more dependency, and a third of a query's import time; and what
takes the room here are Google's rules and the messages that name them, which would stay.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dataops_assets import __version__, logs, severities
from dataops_assets.channels import Channels, channels_of
from dataops_assets.environment import (
    NAME,
    SettingsError,
    address_of,
    bytes_of,
    memory_of,
    mode_of,
    name_of,
    number_of,
    packages_of,
)
from dataops_assets.retention import Retention, retention_of

PROFILES = ("local", "gcp")

DEMO = "dataops_assets.datasets"
"""The package of the demo's datasets, which are used where no others are named."""

DAGSTER_YAML = Path(__file__).resolve().parent / "template" / "dagster.yaml"
"""The settings of an instance of ours."""

HELD_BY_LEDGER = "dataops/held_by_ledger"
"""The tag of the ops of datasets: by the ledger they hold back what was built on something that failed."""


def read_env_file() -> None:
    """Set what the file `.env` of the current folder says, as `dagster dev` does; what is set already stays."""
    if (file := Path.cwd() / ".env").is_file():
        from dotenv import load_dotenv

        load_dotenv(file, override=False)


@dataclass(frozen=True)
class Cloud:
    """Where things are on Google Cloud. `_CLOUD` says which variables these are, and what Google allows in them.

    staging_bucket, production_bucket, lake_prefix: the lakes, and the folder in both buckets that they begin at.
    location: of datasets and jobs; the buckets must be there, or in the same multi-region. scratch_dataset: for tables
    that live as long as a run. kms_key: full name of the key for new objects and tables. impersonate: the service
    account to act as. max_bytes_billed: for one statement. labels: of objects, tables and jobs, beside the project's
    own. retry_seconds: how long a request is tried again.
    """

    project: str
    staging_bucket: str
    production_bucket: str
    location: str = "US"
    lake_prefix: str = ""
    scratch_dataset: str = "staging_scratch"
    kms_key: str = ""
    impersonate: str = ""
    max_bytes_billed: int = 100 * 10**9
    labels: Mapping[str, str] = field(default_factory=dict)
    retry_seconds: float = 120.0


@dataclass(frozen=True)
class Settings:
    """Where things are and what they are called.

    profile: "local" (files and DuckDB) or "gcp" (Cloud Storage and BigQuery).
    home: folder of the local state: lake, warehouse, Dagster's instance unless DAGSTER_HOME is set.
    home_mode: who may read the folders that are made there, as of `chmod`; by default nobody else.
    staging_dataset, production_dataset: schemas of the warehouse.
    memory_limit: what the local warehouse may use before it spills to disk, such as "1GB".
    lock_timeout: seconds to wait for another process's swap.
    partitions_per_run: how many partitions one run of a backfill covers.
    max_frame_rows: the most rows of one input that a function of DataFrames is given.
    code_version: recorded with everything that is written: a git commit, or the version of the package.
    cloud: of the profile "gcp" only.
    datasets: Python packages in which datasets are found.
    alerts: the file that says which alerts are sent where; None: nowhere. ui_url: of Dagster's UI, for links.
    log_format: of what is logged: "text" for people, or "json", an object a line, for programs.
    severities: of checks, where this environment has others than the datasets say; by asset and check.
    channels: what messages to other systems and from them go through.
    retention: how long what nothing needs is kept.
    """

    profile: str = "local"
    home: Path = Path(".dataops")
    staging_dataset: str = "staging"
    production_dataset: str = "production"
    memory_limit: str | None = "1GB"
    lock_timeout: float = 600.0
    partitions_per_run: int = 100
    max_frame_rows: int = 5_000_000
    code_version: str = __version__
    home_mode: int = 0o700
    cloud: Cloud | None = None
    datasets: tuple[str, ...] = (DEMO,)
    alerts: Path | None = None
    ui_url: str = ""
    log_format: str = "text"
    severities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    channels: Channels = field(default_factory=Channels)
    retention: Retention = field(default_factory=Retention)

    @property
    def dagster_home(self) -> Path:
        """Folder of Dagster's instance."""
        return Path(os.environ.get("DAGSTER_HOME") or self.home / "dagster").absolute()

    def make_home(self, *names: str) -> None:
        """Make `home`, and folders in it, with `home_mode`; those that are there keep theirs."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        for folder in (self.home, *(self.home / name for name in names)):
            folder.mkdir(mode=self.home_mode, exist_ok=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read DATAOPS_* variables; raises SettingsError."""
        env = os.environ if environment is None else environment
        profile = env.get("DATAOPS_PROFILE") or "local"
        if profile not in PROFILES:
            raise SettingsError(f"DATAOPS_PROFILE={profile!r}: it is one of {', '.join(PROFILES)}")
        log_format = env.get("DATAOPS_LOG_FORMAT") or "text"
        if log_format not in logs.FORMATS:
            raise SettingsError(f"DATAOPS_LOG_FORMAT={log_format!r}: it is one of {', '.join(logs.FORMATS)}")
        staging = name_of(env, "DATAOPS_STAGING_DATASET", "staging")
        channels = channels_of(env, profile)
        settings = cls(
            profile=profile,
            datasets=packages_of(env, "DATAOPS_DATASETS", DEMO),
            home=Path(env.get("DATAOPS_HOME") or ".dataops").absolute(),
            staging_dataset=staging,
            production_dataset=name_of(env, "DATAOPS_PRODUCTION_DATASET", "production"),
            memory_limit=memory_of(env, "DATAOPS_MEMORY_LIMIT", "1GB"),
            lock_timeout=number_of(env, "DATAOPS_LOCK_TIMEOUT", 600.0, least=0.0),
            max_frame_rows=int(number_of(env, "DATAOPS_MAX_FRAME_ROWS", cls.max_frame_rows, least=1)),
            partitions_per_run=int(number_of(env, "DATAOPS_PARTITIONS_PER_RUN", 100, least=1)),
            code_version=_code_version(env),
            home_mode=mode_of(env, "DATAOPS_HOME_MODE", cls.home_mode),
            cloud=_cloud(env, staging) if profile == "gcp" else None,
            alerts=Path(path).absolute() if (path := env.get("DATAOPS_ALERTS")) else None,
            ui_url=address_of(env, "DATAOPS_UI_URL"),
            log_format=log_format,
            severities=_severities(env.get("DATAOPS_SEVERITIES", "")),
            channels=channels,
            retention=retention_of(env, hears=bool(channels.subscription)),
        )
        if settings.staging_dataset == settings.production_dataset:
            raise SettingsError(
                f"DATAOPS_STAGING_DATASET and DATAOPS_PRODUCTION_DATASET are both {settings.staging_dataset!r}; "
                "what is published must not lie where it is made"
            )
        if settings.cloud and settings.cloud.scratch_dataset in (staging, settings.production_dataset):
            raise SettingsError(
                f"DATAOPS_SCRATCH_DATASET={settings.cloud.scratch_dataset!r}: a dataset of its own, for what is in it "
                "is deleted"
            )
        return settings


_PROJECT = r"([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]"
_CLOUD: Mapping[str, tuple[str, str]] = {
    # https://cloud.google.com/resource-manager/docs/creating-managing-projects
    "DATAOPS_PROJECT": (_PROJECT, "6 to 30 lower-case letters, digits and hyphens, from a letter to no hyphen"),
    # https://cloud.google.com/storage/docs/buckets#naming
    "DATAOPS_STAGING_BUCKET": (
        r"(?=.{3,222}$)(?!goog)(?!.*(google|g00gle))(?!\d+\.\d+\.\d+\.\d+$)"
        r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*",
        "3 to 63 lower-case letters, digits, hyphens and underscores (with dots, 222 in parts of 63), from a letter or "
        "digit to another; no IP address, no 'goog' in front, no 'google' inside; without gs://",
    ),
    # https://cloud.google.com/storage/docs/objects#naming
    "DATAOPS_LAKE_PREFIX": (
        r"(?!.*(^|/)\.{0,2}(/|$))(?!\.well-known/)[^\x00-\x1f\x7f\\#*?\[\]]{1,200}",
        "names with slashes between them, none empty, '.' or '..', without control characters and any of \\ # * ? [ ]; "
        "at most 200 characters",
    ),
    # https://cloud.google.com/bigquery/docs/locations
    "DATAOPS_LOCATION": (r"(?i:US|EU|[a-z]+-[a-z]+\d+)", "US, EU or a region such as europe-west3"),
    # https://cloud.google.com/kms/docs/getting-resource-ids
    "DATAOPS_KMS_KEY": (
        rf"projects/{_PROJECT}/locations/[a-z0-9-]+/keyRings/[a-zA-Z0-9_-]{{1,63}}/cryptoKeys/[a-zA-Z0-9_-]{{1,63}}",
        "projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY, without a version",
    ),
    # https://cloud.google.com/iam/docs/service-account-types
    "DATAOPS_IMPERSONATE": (
        r"[a-z0-9][a-z0-9-]{4,62}@[a-z0-9.-]+\.gserviceaccount\.com",
        "the address of a service account, such as NAME@PROJECT.iam.gserviceaccount.com",
    ),
    # https://cloud.google.com/bigquery/docs/datasets#dataset-naming
    "DATAOPS_SCRATCH_DATASET": (NAME.pattern, "letters, digits and underscores, not starting with a digit"),
}
_CLOUD = {**_CLOUD, "DATAOPS_PRODUCTION_BUCKET": _CLOUD["DATAOPS_STAGING_BUCKET"]}
_NEEDED = ("DATAOPS_PROJECT", "DATAOPS_STAGING_BUCKET", "DATAOPS_PRODUCTION_BUCKET")
_OWN_LABELS = ("layer", "dataset", "partition", "run", "upload")


def _cloud(env: Mapping[str, str], staging_dataset: str) -> Cloud:
    """Raises SettingsError; one for all variables that are missing."""
    missing = [variable for variable in _NEEDED if not env.get(variable)]
    if missing:
        raise SettingsError(f"DATAOPS_PROFILE='gcp' needs {', '.join(missing)}: set them, or use the profile local")
    values = {}
    for variable, (pattern, rule) in _CLOUD.items():
        values[variable] = value = env.get(variable, "")
        if value and not re.fullmatch(pattern, value):
            raise SettingsError(f"{variable}={value!r}: {rule}")
    if values["DATAOPS_STAGING_BUCKET"] == values["DATAOPS_PRODUCTION_BUCKET"]:
        raise SettingsError(
            f"DATAOPS_STAGING_BUCKET and DATAOPS_PRODUCTION_BUCKET are both {values['DATAOPS_STAGING_BUCKET']!r}; "
            "what is published must not lie where it is made"
        )
    return Cloud(
        project=values["DATAOPS_PROJECT"],
        staging_bucket=values["DATAOPS_STAGING_BUCKET"],
        production_bucket=values["DATAOPS_PRODUCTION_BUCKET"],
        location=values["DATAOPS_LOCATION"] or Cloud.location,
        lake_prefix=values["DATAOPS_LAKE_PREFIX"],
        scratch_dataset=values["DATAOPS_SCRATCH_DATASET"] or f"{staging_dataset}_scratch",
        kms_key=values["DATAOPS_KMS_KEY"],
        impersonate=values["DATAOPS_IMPERSONATE"],
        max_bytes_billed=bytes_of(env, "DATAOPS_MAX_BYTES_BILLED", Cloud.max_bytes_billed),
        labels=_labels(env, "DATAOPS_LABELS"),
        retry_seconds=number_of(env, "DATAOPS_RETRY_SECONDS", Cloud.retry_seconds, least=1.0),
    )


def _labels(env: Mapping[str, str], variable: str) -> Mapping[str, str]:
    """https://cloud.google.com/bigquery/docs/labels-intro#requirements; five of the 64 are the project's own."""
    labels: dict[str, str] = {}
    for part in filter(None, env.get(variable, "").split(",")):
        key, equals, value = part.partition("=")
        written = equals and all(c.isalnum() or c in "_-" for c in key + value) and (key + value).lower() == key + value
        if not written or not key[:1].isalpha() or len(key) > 63 or len(value) > 63:
            raise SettingsError(
                f"{variable}: {part!r}: key=value, of lower-case letters, digits, underscores and hyphens, at most 63 "
                "characters each; a key begins with a letter"
            )
        if key in _OWN_LABELS or key in labels:
            raise SettingsError(f"{variable}: {part!r}: {key} is taken; {', '.join(_OWN_LABELS)} are the project's own")
        labels[key] = value
    if len(labels) > 59:
        raise SettingsError(f"{variable}: {len(labels)} labels; 59 are allowed")
    return labels


def _code_version(env: Mapping[str, str]) -> str:
    """What is recorded with all that is written: what one says, the commit of the image, the version of the package."""
    said = (env.get(name) for name in ("DATAOPS_CODE_VERSION", "GIT_COMMIT_HASH", "GIT_COMMIT"))
    return next(filter(None, said), __version__)


def _severities(text: str) -> Mapping[str, Mapping[str, str]]:
    try:
        return severities.read(text) if text.strip() else {}
    except ValueError as error:
        raise SettingsError(f"DATAOPS_SEVERITIES: {error}") from None
