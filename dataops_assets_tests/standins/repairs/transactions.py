# pyright: reportMissingImports=false
"""Transactions that conflict as BigQuery's do: on the level of a table, whichever rows they change.

cloud.google.com/bigquery/docs/transactions: "If a transaction mutates (update or deletes) rows in a table, then other
transactions or DML statements that mutate rows in the same table cannot run concurrently. Conflicting transactions are
cancelled. Conflicting DML statements that run outside of a transaction are queued"; DDL on permanent entities is not
allowed. The emulator sees a conflict only where two transactions delete the same row.
"""

import itertools
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import duckdb
from local_bigquery.catalog import names
from local_bigquery.engine import sessions
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import merge, query
from sqlglot import exp

_MUTATIONS = (exp.Update, exp.Delete, exp.Merge, exp.TruncateTable)
_WAIT_SECONDS = 60
_run, _execute, _merge, _abort = query._run, query.execute, merge.run, sessions.abort


@dataclass(eq=False)
class Transaction:
    began: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    lost: str = ""


_open: dict[int, Transaction] = {}  # by the id of the cursor
_claims: dict[tuple[str, ...], Transaction] = {}
_mutated: dict[tuple[str, ...], int] = {}
_clock = itertools.count(1)
_changed = threading.Condition()


def conflict(transaction: Transaction, label: str) -> BigQueryError:
    transaction.lost = label
    message = f"Transaction is aborted due to concurrent update against table {label}. Transaction ID: {transaction.id}"
    return BigQueryError("invalidQuery", message)


def mutate(transaction: Transaction, table: tuple[str, ...], go: Callable[[], Any]) -> Any:
    """Raises the conflict. A statement that changed no row claims nothing: the least that the documentation says."""
    with _changed:
        held = _claims.get(table) is transaction
        if not held and (table in _claims or _mutated.get(table, 0) > transaction.began):
            raise conflict(transaction, names.label(*table))
        _claims[table] = transaction
    done = go()
    if not held and not _rows_changed(done):
        with _changed:
            del _claims[table]
            _changed.notify_all()
    return done


def _rows_changed(statistics: Any) -> bool:
    if statistics.dmlStats is None:  # TRUNCATE
        return True
    return bool(int(statistics.dmlStats.updatedRowCount or 0) + int(statistics.dmlStats.deletedRowCount or 0))


def finish(cur: Any, committed: bool) -> None:
    with _changed:
        transaction = _open.pop(id(cur), None)
        for table in [table for table, holder in _claims.items() if holder is transaction]:
            del _claims[table]
            if committed:
                _mutated[table] = next(_clock)
        _changed.notify_all()


def run(cur: Any, tree: Any, context: Any, destination: Any, config: Any, dry_run: bool, isolated: bool) -> Any:
    """One statement, in or outside of a transaction."""

    def go() -> Any:
        return _run(cur, tree, context, destination, config, dry_run, isolated)

    if dry_run:
        return go()
    transaction = _open.get(id(cur))
    if isinstance(tree, exp.Transaction):
        done = go()
        _open[id(cur)] = Transaction(next(_clock))
        return done
    if isinstance(tree, exp.Commit | exp.Rollback) and transaction:
        return _end(cur, transaction, isinstance(tree, exp.Commit), go)
    if transaction and _permanent(tree, context):
        kind = f"{type(tree).__name__.upper()} {tree.args.get('kind') or ''}".strip()
        raise BigQueryError("invalidQuery", f"{kind} of a permanent entity is not supported inside a transaction")
    if not isinstance(tree, _MUTATIONS) or _temporary(tree, context):
        return go()
    table = query._target(tree, context)
    if transaction:
        return mutate(transaction, table, go)
    with _changed:
        _changed.wait_for(lambda: table not in _claims, _WAIT_SECONDS)
    done = go()
    if _rows_changed(done):
        with _changed:
            _mutated[table] = next(_clock)
    return done


def _end(cur: Any, transaction: Transaction, commit: bool, go: Any) -> Any:
    try:
        if commit and transaction.lost:
            cur.execute("ROLLBACK")
            raise conflict(transaction, transaction.lost)
        done = go()
    except duckdb.Error as error:
        finish(cur, False)
        if commit and "DuckLake" in str(error):
            raise conflict(transaction, "in this transaction") from error
        raise
    except BigQueryError:
        finish(cur, False)
        raise
    finish(cur, commit)
    return done


def _temporary(tree: Any, context: Any) -> bool:
    table = tree.find(exp.Table)
    return table is not None and not table.db and table.name.casefold() in context.temporary


def _permanent(tree: Any, context: Any) -> bool:
    if isinstance(tree, exp.Create):
        return tree.find(exp.TemporaryProperty) is None
    return isinstance(tree, exp.Drop | exp.Alter) and not _temporary(tree, context)


def execute(
    cur: Any, project_id: str, job_id: Any, config: Any, dry_run: bool = False, session: Any = None
) -> tuple[Any, Any, Any]:
    """A job that ends with its transaction open, by an error or without COMMIT, has rolled it back."""
    try:
        return _execute(cur, project_id, job_id, config, dry_run, session)
    finally:
        if session is None and id(cur) in _open:
            cur.execute("ROLLBACK")
            finish(cur, False)


def abort(session_id: str) -> None:
    session = sessions._sessions.get(session_id)
    _abort(session_id)
    if session:
        finish(session.cursor, False)


class _Nested:
    """A cursor on which BEGIN fails without spoiling the transaction that is open on it already."""

    def __init__(self, cur: Any) -> None:
        self._cur = cur

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cur, name)

    def execute(self, sql: str, *arguments: Any) -> Any:
        if sql == "BEGIN":
            raise duckdb.TransactionException("a transaction is open")
        return self._cur.execute(sql, *arguments)


def merge_statement(cur: Any, tree: Any, context: Any) -> Any:
    return _merge(_Nested(cur) if id(cur) in _open else cur, tree, context)


def install() -> None:
    query._run, query.execute, merge.run, sessions.abort = run, execute, merge_statement, abort
