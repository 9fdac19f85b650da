"""Databases by the scheme of their address: which ADBC driver reads one, and how its SQL spells names and parameters.

Drivers are imported when a table is read. SQLite's is part of the project; the others are installed by whoever uses
them, and are connected as their documentation says (the project's tests run SQLite).
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from dataops_assets.sources.base import PermanentSourceError


def _sqlite_arguments(url: str) -> dict[str, Any]:
    address = url.partition("://")[2].split("?")[0] if "://" in url else url
    path = Path(unquote(address.removeprefix("/"))) if "://" in url else Path(address)
    if not path.is_file() and Path(address).is_file():
        path = Path(address)  # sqlite:///tmp/x.db where sqlite:////tmp/x.db is meant
    # Opening a path that does not exist would create an empty database.
    if not path.is_file():
        raise FileNotFoundError(f"there is no database file {path}")
    return {"uri": f"file:{quote(str(path.resolve()))}?mode=ro"}


def _uri_arguments(url: str) -> dict[str, Any]:
    scheme, _, rest = url.partition("://")
    return {"uri": f"{scheme.split('+')[0]}://{rest}"}


def _bigquery_arguments(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = {"adbc.bigquery.sql.project_id": parts.netloc}
    if dataset := parts.path.strip("/"):
        options["adbc.bigquery.sql.dataset_id"] = dataset
    return {"db_kwargs": options}


@dataclass(frozen=True)
class Driver:
    """An ADBC driver. name: for messages and dialect switches. mark: spells the n-th parameter (from 1)."""

    name: str
    module: str
    package: str
    arguments: Callable[[str], dict[str, Any]]
    quote: str = '"'
    mark: Callable[[int], str] = lambda number: "?"

    def identifier(self, name: str) -> str:
        """A quoted name, so that it may hold anything and injects nothing."""
        if self.quote == "`":
            return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
        return self.quote + name.replace(self.quote, self.quote * 2) + self.quote

    def connect(self, url: str, label: str) -> Any:
        """A DB-API connection in a transaction. Raises PermanentSourceError if the driver or the file is missing."""
        try:
            dbapi = importlib.import_module(self.module)
        except ImportError:
            raise PermanentSourceError(
                f"{label}: reading {self.name} needs a package that is not installed; pip install {self.package}"
            ) from None
        try:
            arguments = self.arguments(url)
        except FileNotFoundError as error:
            raise PermanentSourceError(f"{label}: {error}; check the URL of this source") from None
        return dbapi.connect(**arguments)

    def bound(self, moment: datetime, form: str | None) -> Any:
        """A window's bound as the partition column is compared with it."""
        if form == "epoch":
            return int(moment.timestamp())
        if form == "date":
            return moment.date() if self.name != "SQLite" else moment.strftime("%Y-%m-%d")
        if form is not None:
            return moment.strftime(form)
        if self.name != "SQLite":
            return moment
        # SQLite has no times, only text; the shortest text of an instant sorts right before all that start with it.
        midnight = moment.hour == moment.minute == moment.second == 0
        return moment.strftime("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")

    def value(self, value: Any) -> Any:
        """A watermark as it is bound."""
        return value.isoformat() if self.name == "SQLite" and isinstance(value, date) else value


_SQLITE = Driver("SQLite", "adbc_driver_sqlite.dbapi", "adbc-driver-sqlite", _sqlite_arguments)
_POSTGRES = Driver(
    "PostgreSQL",
    "adbc_driver_postgresql.dbapi",
    "adbc-driver-postgresql",
    _uri_arguments,
    mark=lambda number: f"${number}",
)
_DRIVERS = {
    "sqlite": _SQLITE,
    "postgresql": _POSTGRES,
    "postgres": _POSTGRES,
    "bigquery": Driver(
        "BigQuery", "adbc_driver_bigquery.dbapi", "adbc-driver-bigquery", _bigquery_arguments, quote="`"
    ),
    "snowflake": Driver("Snowflake", "adbc_driver_snowflake.dbapi", "adbc-driver-snowflake", _uri_arguments),
}


def driver_of(url: str, label: str) -> Driver:
    """The driver for an address such as `sqlite:///planes.db` `postgresql://user:password@host/database`, or a path."""
    scheme = url.partition("://")[0].split("+")[0].lower() if "://" in url else "sqlite"
    if scheme not in _DRIVERS:
        raise PermanentSourceError(
            f"{label}: no database driver is known for an address that starts with {scheme or 'no scheme'!r}; "
            f"known are {', '.join(f'{name}://' for name in _DRIVERS)}"
        )
    return _DRIVERS[scheme]
