"""A swap on BigQuery: statements written down, then run as one transaction in one job.

There is no lock to hold. What a swap changes has a counter, a table of one row, which is read when the swap begins and
counted up as the first statement of its transaction: of two that began with the same number one is refused, by
BigQuery or by the comparison, and starts over. (Two transactions that only insert, or delete no row, do not conflict.
https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency)
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dataops_assets.dialects.base import CONFLICT
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.bigquery.errors import ScriptRefused, TransactionConflict
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.bigquery.script import Script
from dataops_assets.warehouse.errors import SwapConflict


class Datasets(Protocol):
    """Where a session works."""

    def ensure_dataset(self, name: str) -> None:
        """Make the dataset, if there is none of this name."""
        ...


class JobSession(Session, Protocol):
    """What a swap needs of a session on BigQuery."""

    jobs: Jobs

    def settle(self) -> None:
        """Run what is put off."""
        ...

    @property
    def warehouse(self) -> Datasets: ...

    def bound(self, sql: str, parameters: Mapping[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """The statement as BigQuery takes it, and its parameters."""
        ...


_EXPECTED = "expectation "


class BigQuerySwap:
    """target, reads: as of `Session.swapping`. schema: the dataset of the counters."""

    def __init__(self, session: JobSession, schema: str, target: str, reads: Sequence[str]) -> None:
        self._session = session
        self._target = target
        names = [f"_swaps_{re.sub(r'[^A-Za-z0-9_]', '_', name)}" for name in (target, *reads)]
        self._counters = [session.relation(schema, name) for name in names]
        for name, counter in zip(names, self._counters, strict=True):
            if not session.exists(schema, name):
                session.execute(f"CREATE TABLE IF NOT EXISTS {counter} AS SELECT 0 AS n")
        # Before the block looks at anything: also what it finds missing has to be missing until the end.
        self._seen = self._count()
        self._definitions = Script()
        self._script = Script()
        self._errors: list[Exception] = []

    def define_schema(self, name: str) -> None:
        self._session.warehouse.ensure_dataset(name)

    def define(self, sql: str) -> None:
        self._definitions.add(*self._session.bound(sql))

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        self._script.add(*self._session.bound(sql, parameters))

    def expect_none(self, query: str, error: Exception) -> None:
        bound = self._script.bind(*self._session.bound(query))
        self._script.add(_unless(f"NOT EXISTS ({bound})", f"{_EXPECTED}{len(self._errors)}"))
        self._errors.append(error)

    def commit(self) -> None:
        """Run the transaction; raises SwapConflict, or the error of an expectation. Then nothing is changed."""
        self._session.settle()
        self._define()
        if not self._script.statements:
            if self._count() != self._seen:
                raise self._conflict()
            return
        target, *reads = self._counters
        script = Script()
        script.parameters = self._script.parameters | {f"seen{i}": n for i, n in enumerate(self._seen)}
        script.statements = [
            "BEGIN TRANSACTION",
            f"UPDATE {target} SET n = n + 1 WHERE n = @seen0",
            _unless("@@row_count = 1", CONFLICT),
            *(_unless(f"(SELECT n FROM {read}) = @seen{i}", CONFLICT) for i, read in enumerate(reads, 1)),
            *self._script.statements,
            "COMMIT TRANSACTION",
        ]
        try:
            self._session.jobs.query(str(script), script.parameters, identity=f"swap of {self._target}")
        except TransactionConflict as error:
            raise self._conflict() from error
        except ScriptRefused as error:
            message = error.message
            if CONFLICT in message:
                raise self._conflict() from error
            if found := re.search(f"{_EXPECTED}([0-9]+)", message):
                raise self._errors[int(found.group(1))] from error
            raise

    def _define(self) -> None:
        """What is to be there before the transaction, which takes no such statement."""
        if not self._definitions.statements:
            return
        script, self._definitions = self._definitions, Script()
        try:
            self._session.jobs.query(str(script), script.parameters)
        except ScriptRefused as error:
            if error.message == CONFLICT:
                raise self._conflict() from error
            raise

    def _count(self) -> list[int]:
        counters = " UNION ALL ".join(f"SELECT {i} AS i, n FROM {c}" for i, c in enumerate(self._counters))
        return [n for _, n in sorted(self._session.rows(counters))]

    def _conflict(self) -> SwapConflict:
        return SwapConflict(f"{self._target}: another run changed it, or what it is made of, at the same time")


def _unless(condition: str, message: str) -> str:
    """A statement that ends the script if the condition does not hold. Of those that transactions take: a SELECT.

    https://cloud.google.com/bigquery/docs/transactions#supported_statements names no ASSERT and no RAISE.
    """
    return f"SELECT IF({condition}, 0, ERROR('dataops:{message}'))"
