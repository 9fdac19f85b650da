# pyright: reportMissingImports=false
"""Bytes a statement reads: 8 a value, of the columns it names in the partitions its filters leave.

The emulator says 0 in most places and bounds nothing. This is an upper bound: a filter prunes if it compares the
partition column with constants and stands in the WHERE of the SELECT, UPDATE or DELETE that reads the table, or in the
ON of a MERGE.
"""

import time
from typing import Any

import duckdb
from local_bigquery.catalog import names, tables
from local_bigquery.errors import STATUSES, BigQueryError
from local_bigquery.jobs import query
from local_bigquery.sql.translate import translate
from sqlglot import exp

_BYTES = 8
_LIMIT = "bytesBilledLimitExceeded"
_statement, _execute = query._statement, query.execute


def bytes_of(cur: Any, tree: Any, context: Any) -> int:
    if isinstance(tree, exp.Drop | exp.Alter | exp.Command):
        return 0
    written = tree.find(exp.Table) if isinstance(tree, exp.Insert | exp.Create) else None
    return sum(_scanned(cur, tree, table, context) for table in tree.find_all(exp.Table) if table is not written)


def _scanned(cur: Any, tree: Any, table: Any, context: Any) -> int:
    if not table.db and table.name.casefold() in context.temporary:
        return 0
    try:
        reference = names.reference(table, context.project_id, context.dataset_id or "")
        resource = tables.load(*reference)
    except BigQueryError:  # a common table expression, a function, an INFORMATION_SCHEMA
        return 0
    layout = resource.timePartitioning
    filters = _filters(table, layout.field, context) if layout and layout.field else []
    width = _columns(tree, resource)
    if not filters:
        return int(resource.numBytes or 0) // max(len(tables.fields(resource)), 1) * width
    counted = exp.select(exp.Count(this=exp.Star())).from_(exp.alias_(_plain(table), table.alias_or_name, table=True))
    sql, bound = translate(counted.where(*filters), context)
    try:
        [(rows,)] = cur.sql(sql, params=bound).fetchall()
    except duckdb.Error:  # the statement itself is wrong, and will say so
        return 0
    return rows * _BYTES * width


def _plain(table: Any) -> Any:
    return exp.table_(table.this.copy(), table.args.get("db"), table.args.get("catalog"))


def _columns(tree: Any, resource: Any) -> int:
    fields = {field.name.casefold() for field in tables.fields(resource)}
    if isinstance(tree, exp.Merge) or any(isinstance(star.parent, exp.Select) for star in tree.find_all(exp.Star)):
        return len(fields)
    return max(len(fields & {column.name.casefold() for column in tree.find_all(exp.Column)}), 1)


def _filters(table: Any, column: str, context: Any) -> list[Any]:
    """The conditions on this table that only its partition column and constants decide."""
    reader = table.find_ancestor(exp.Select, exp.Update, exp.Delete, exp.Merge)
    if reader is None:
        return []
    if isinstance(reader, exp.Merge):
        condition = reader.args.get("on") if table is reader.this else None
    else:
        where = reader.args.get("where")
        condition = where.this if where else None
    conditions = list(condition.flatten()) if isinstance(condition, exp.And) else [condition] if condition else []
    return [part.copy() for part in conditions if _decides(part.unnest(), table.alias_or_name, column, context)]


def _decides(condition: Any, alias: str, column: str, context: Any) -> bool:
    found = list(condition.find_all(exp.Column))
    if condition.find(exp.Select) or not found:
        return False
    for part in found:
        own = part.name.casefold() == column.casefold() and part.table in ("", alias)
        if not own and part.name.casefold() not in context.variables:
            return False
    return True


def statement(cur: Any, tree: Any, context: Any, destination: Any, config: Any, dry_run: bool, isolated: bool) -> Any:
    """One statement, refused before it runs if the job would have read more than its limit."""
    size = bytes_of(cur, tree, context)
    total = getattr(context, "bytes_read", 0) + size
    limit = int(config.maximumBytesBilled or 0)
    if limit and total > limit and not dry_run:
        message = f"Query exceeded limit for bytes billed: {limit}. {total} or higher required."
        raise BigQueryError(_LIMIT, message)
    context.bytes_read = total
    done = _statement(cur, tree, context, destination, config, dry_run, isolated)
    return done.replace(totalBytesProcessed=str(size), totalBytesBilled=str(0 if dry_run else size))


def execute(
    cur: Any, project_id: str, job_id: Any, config: Any, dry_run: bool = False, session: Any = None
) -> tuple[Any, Any, Any]:
    """A whole job: a script's figures are the sums of its statements'."""
    started = time.monotonic()
    statistics, children, destination = _execute(cur, project_id, job_id, config, dry_run, session)
    if children:
        read = str(sum(int(child.totalBytesProcessed or 0) for child in children))
        statistics = statistics.replace(totalBytesProcessed=read, totalBytesBilled=read)
    spent = str(max(1, round((time.monotonic() - started) * 1000)))
    return statistics.replace(totalSlotMs=spent), children, destination


def install() -> None:
    global _execute
    _execute = query.execute  # with the transactions' repair in it
    query._statement, query.execute = statement, execute
    STATUSES[_LIMIT] = (400, "FAILED_PRECONDITION")
