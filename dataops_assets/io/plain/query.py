"""The query of a plain asset: its tables found in the warehouse, the run's window bound, its answer kept as scratch."""

from datetime import datetime
from typing import Any

import dagster as dg
import pyarrow as pa
from sqlglot import exp

from dataops_assets.dialects.portable import parse
from dataops_assets.io.plain.partition_predicate import spans
from dataops_assets.io.plain.target import PlainTableError, Target
from dataops_assets.io.plain.values import Query, check_names
from dataops_assets.warehouse.base import Session

WINDOW = ("window_start", "window_end")


def answer(
    session: Session, target: Target, definition: dg.PartitionsDefinition | None, query: Query, name: str
) -> None:
    """Run the query and keep its rows as the scratch table `name`. Inside `reading`.

    Raises PlainTableError for a query that cannot be run, UnsupportedSql for one that means different things.
    """
    tree = parse(query.sql)
    if not isinstance(tree, exp.Query):
        raise target.refuse(f"the query is not a SELECT: {query.sql.strip()[:80]}", "Return a query that gives rows.")
    check_names(target, [column for column in tree.named_selects if column != "*"])
    used = {node.name for node in tree.find_all(exp.Parameter)}
    sql = _in_the_warehouse(session, target, tree)
    parameters = dict(query.parameters)
    window = [word for word in WINDOW if word in used and word not in parameters]
    try:
        if window:
            start, end = _window(target, definition)
            parameters |= {word: {"window_start": start, "window_end": end}[word] for word in window}
            kind = _partition_type(session, target, sql, parameters)
            for word in window:
                parameters[word] = _bound(parameters[word], kind)
        session.scratch(name, sql, parameters)
    except PlainTableError:
        raise
    except Exception as error:
        raise target.refuse(
            f"its query failed: {error}",
            "Correct the query; tables are written schema.table, as the warehouse has them.",
        ) from error


def _in_the_warehouse(session: Session, target: Target, tree: exp.Query) -> str:
    common = {node.alias for node in tree.find_all(exp.CTE)}
    for node in list(tree.find_all(exp.Table)):
        if not isinstance(node.this, exp.Identifier) or (not node.db and node.name in common):
            continue
        if not node.db or node.catalog:
            raise target.refuse(f"the query reads {node.sql(dialect='bigquery')}", "Name each table as schema.table.")
        relation = exp.to_table(session.relation(node.db, node.name), dialect=session.dialect.name)
        if not node.alias:
            node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
        for part in ("this", "db", "catalog"):
            node.set(part, relation.args.get(part))
    for column in tree.find_all(exp.Column):
        column.set("db", None)  # schema.table.column is table.column: the table has that alias now
    return session.dialect.translate(tree.sql(dialect="bigquery"))


def _window(target: Target, definition: dg.PartitionsDefinition | None) -> tuple[datetime, datetime]:
    keys = set(target.keys or ())
    if isinstance(definition, dg.MultiPartitionsDefinition):
        split = [definition.get_partition_key_from_str(key).keys_by_dimension for key in keys]
        for part in definition.partitions_defs:
            if isinstance(part.partitions_def, dg.TimeWindowPartitionsDefinition):
                keys, definition = {key[part.name] for key in split}, part.partitions_def
                break
    if not isinstance(definition, dg.TimeWindowPartitionsDefinition):
        raise target.refuse(
            "the query uses @window_start or @window_end, but the asset is not partitioned by time",
            "Take them out, or give them as parameters of the Query.",
        )
    found = spans(definition, keys)
    if len(found) != 1:
        raise target.refuse(
            f"the query uses @window_start or @window_end, but the run's partitions are {len(found)} separate windows",
            "Materialize each span of partitions in a run of its own.",
        )
    return found[0]


def _partition_type(session: Session, target: Target, sql: str, parameters: dict[str, Any]) -> pa.DataType | None:
    """The type of the asset's partition column in the query's own answer; None if it is not simply a column."""
    given = target.metadata.get("partition_expr")
    names = set(given.values()) if isinstance(given, dict) else {given}
    schema = session.schema_of(sql, parameters)
    kinds = [field.type for field in schema if field.name in names and pa.types.is_temporal(field.type)]
    return kinds[0] if kinds else None


def _bound(moment: datetime, kind: pa.DataType | None) -> object:
    if kind is None:
        return moment
    if pa.types.is_date(kind):
        return moment.date()
    return moment if kind.tz else moment.replace(tzinfo=None)
