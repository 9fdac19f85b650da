"""A swap on DuckDB: one transaction of the attached file."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import duckdb

from dataops_assets.warehouse.base import Mark, Session


class DuckDBSwap:
    """One transaction, begun with the first statement. changed: called where a table was made or has become another."""

    unchanged = False  # between two swaps the file is open to others

    @property
    def committed(self) -> Mark:
        return dict

    def __init__(self, session: Session, changed: Callable[[], None]) -> None:
        self._session = session
        self._changed = changed
        self._begun = False

    def define_schema(self, name: str) -> None:
        self.define(f"CREATE SCHEMA IF NOT EXISTS {self._session.dialect.quote('wh', name)}")

    def define(self, sql: str) -> None:
        self.execute(sql)
        self._changed()

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        if not self._begun:
            self.begin()
        self._session.execute(sql, parameters)

    def begin(self) -> None:
        self._begun = True
        self._session.execute("BEGIN")

    def expect_none(self, query: str, error: Exception) -> None:
        if self._session.rows(f"{query} LIMIT 1"):
            raise error

    def commit(self) -> None:
        if self._begun:
            self._session.execute("COMMIT")
            self._begun = False

    def roll_back(self) -> None:
        """Leave nothing open, or the file could not be detached: a COMMIT that failed may have ended it, or not."""
        if self._begun:
            self._begun = False
            with suppress(duckdb.TransactionException):
                self._session.execute("ROLLBACK")
