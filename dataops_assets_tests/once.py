"""What Dagster does anew for each instance, or each event, is done once in a session of tests.

A program that a test starts is not touched by it, and so proves what a user has.
"""

from functools import lru_cache
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage

_read_migrations = ScriptDirectory.from_config
_migrations: dict[str, ScriptDirectory] = {}


def _migrations_read_once(config: Config) -> ScriptDirectory:
    """A hundred files, read for each of the three databases of an instance: a tenth of a second each time."""
    place = config.get_main_option("script_location") or ""
    if place not in _migrations:
        _migrations[place] = _read_migrations(config)
    return _migrations[place]


def _engine_made_once(create_engine: Any) -> Any:
    """An engine keeps the statements that it has compiled; with one for each event, that is half of what a run costs.

    It has no connections: each event still opens the file, and closes it.
    """

    @lru_cache(16)
    def made(url: str, options: Any, timeout: float | None) -> Any:
        more = {} if timeout is None else {"connect_args": {"timeout": timeout}}
        return create_engine(url, **dict(options), **more)

    def create(url: str, connect_args: dict[str, Any] | None = None, **options: Any) -> Any:
        assert connect_args is None or connect_args.keys() == {"timeout"}
        return made(url, tuple(options.items()), connect_args["timeout"] if connect_args else None)

    return create


def install() -> None:
    ScriptDirectory.from_config = _migrations_read_once
    for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
        vars(module)["create_engine"] = _engine_made_once(module.create_engine)
