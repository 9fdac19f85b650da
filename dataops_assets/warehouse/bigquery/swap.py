"""A swap on BigQuery: statements written down, then run as one transaction in one job.

There is no lock to hold. What a swap changes has a counter, a table of one row, which is read before the swap looks at
anything and counted up as the first statement of its transaction: of two that began with the same number one is
refused, by BigQuery or by the comparison, and starts over. (Two transactions that only insert, or delete no row, do not
conflict. https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency)
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from dataops_assets.dialects.base import CONFLICT
from dataops_assets.warehouse.base import Mark, Session
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


class Counters:
    """How often each of these was changed. schema: the dataset of their tables."""

    def __init__(self, session: JobSession, schema: str, targets: Sequence[str]) -> None:
        self._session, self._schema = session, schema
        self._names = {target: f"_swaps_{re.sub(r'[^A-Za-z0-9_]', '_', target)}" for target in targets}
        self.relations = [session.relation(schema, name) for name in self._names.values()]

    def made(self) -> "Counters":
        """Themselves, once those that are missing are made."""
        for name, relation in zip(self._names.values(), self.relations, strict=True):
            if not self._session.exists(self._schema, name):
                self._session.execute(f"CREATE TABLE IF NOT EXISTS {relation} AS SELECT 0 AS n")
        return self

    def ask(self) -> Mark:
        """Where they stand, as asked for by `Session.later`."""
        each = (f"SELECT {place} AS i, n FROM {relation}" for place, relation in enumerate(self.relations))
        answer = self._session.later(" UNION ALL ".join(each))
        return lambda: dict(zip(self._names, [n for _, n in sorted(answer())], strict=True))


class BigQuerySwap:
    """target, reads, since: as of `Session.swapping`. schema: the dataset of the counters."""

    def __init__(
        self, session: JobSession, schema: str, target: str, reads: Sequence[str], since: Mark | None = None
    ) -> None:
        self._session = session
        self._target = target
        self._counters = Counters(session, schema, (target, *reads))
        self.unchanged = since is not None
        # Before the block looks at anything: also what it finds missing has to be missing until the end.
        seen = since() if since else self._counters.made().ask()()
        self._seen = {name: seen[name] for name in (target, *reads)}
        self._committed: Mapping[str, int] | None = None
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
        if not self._script.statements:
            now = self._counters.ask()  # with what else is asked: after all that the block has done
            self._session.settle()
            self._define()
            if now() != self._seen:
                raise self._conflict()
            self._committed = self._seen
            return
        self._session.settle()
        self._define()
        target, *reads = self._counters.relations
        script = Script()
        script.parameters = self._script.parameters | {f"seen{i}": n for i, n in enumerate(self._seen.values())}
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
        self._committed = self._seen | {self._target: self._seen[self._target] + 1}

    @property
    def committed(self) -> Mark:
        seen = self._committed
        if seen is None:
            raise LookupError(f"the swap of {self._target} has not ended")
        return lambda: seen

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

    def _conflict(self) -> SwapConflict:
        return SwapConflict(f"{self._target}: another run changed it, or what it is made of, at the same time")


def _unless(condition: str, message: str) -> str:
    """A statement that ends the script if the condition does not hold. Of those that transactions take: a SELECT.

    https://cloud.google.com/bigquery/docs/transactions#supported_statements names no ASSERT and no RAISE.
    """
    return f"SELECT IF({condition}, 0, ERROR('dataops:{message}'))"
