"""What may not be in a contract: each raises ContractError, with the file, the column and what to do where it can."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from pandera.api.dataframe.model_components import FieldInfo
from sqlglot import exp

from dataops_assets.contracts.spec import ContractError, RowCheck, TableSpec
from dataops_assets.dialects import DIALECTS
from dataops_assets.dialects.binding import type_of_sql
from dataops_assets.dialects.portable import UnsupportedSql, parse
from dataops_assets.model.types import widens


def refuse_severity_of_nothing(table: str, column: str, severity: Any, checks: Sequence[RowCheck]) -> None:
    """A severity by check may name those checks only that the column has."""
    known = {"type", "not_null", "finite", *(check.id.partition(".")[2] for check in checks)}
    if isinstance(severity, Mapping) and (strangers := sorted(set(severity) - known)):
        raise ContractError(
            f"{table}, column {column}: severity names the checks {strangers}, which it has not; it has {sorted(known)}"
        )


def refuse_mistakes(spec: TableSpec) -> None:
    """Keys, names and checks that cannot be kept."""
    where = f"{spec.name}: contract {spec.contract.__name__}"
    # A name with an underscore before it is private to pandera, which leaves it out without a word.
    private = [
        name
        for kind in spec.contract.__mro__
        for name, value in vars(kind).items()
        if name.startswith("_") and isinstance(value, FieldInfo)
    ]
    for name in (*spec.names, *private):
        if name in private or name.lower() in {"created_at", "updated_at"}:
            file = inspect.getsourcefile(spec.contract) or spec.contract.__module__
            reserved = "what a staged table says of its rows" if name not in private else "what is no column"
            raise ContractError(
                f"{where} ({file}), column {name!r}: the name is reserved for {reserved}; call the column otherwise "
                f'and name its source: source_{name.strip("_")}: … = column(…, source="{name}")'
            )
    for name in spec.key:
        if name not in spec.names:
            raise ContractError(f"{where} has no column {name!r}, which the key names; it has {spec.names}")
        if spec.column(name).nullable:
            raise ContractError(f"{where}: key column {name!r} may not be nullable")
    for column in spec.columns:
        if column.subject and not (pa.types.is_string(column.type) or pa.types.is_integer(column.type)):
            raise ContractError(
                f"{where}: column {column.name!r}, tagged subject, is of type {column.type}; rows of "
                "somebody are found by a Text or an Integer"
            )
        if column.subject and column.sql is not None:
            raise ContractError(
                f"{where}: column {column.name!r}, tagged subject, is computed (sql=…), and rows of "
                "somebody are found by a field of the source: tag the column that reads it"
            )
    lowered = [name.lower() for name in spec.names]
    for name in spec.names:
        if lowered.count(name.lower()) > 1:
            raise ContractError(f"{where} has two columns named {name!r}; warehouses do not tell cases apart")
    ids = [check.id for check in spec.checks]
    for check_id in ids:
        if ids.count(check_id) > 1:
            raise ContractError(f"{where} has two checks named {check_id!r}")


def refuse_unportable(spec: TableSpec) -> None:
    """Translate all SQL of the contract for both warehouses, and look at the columns it names."""
    where = f"{spec.name}: contract {spec.contract.__name__}"
    every = {column.name: column.type for column in spec.columns}
    read = {column.name: column.type for column in spec.read_columns}
    written = [(f"column {c.name!r}", c.sql, read, c.type) for c in spec.columns if c.sql is not None]
    written += [(f"rule {rule.name!r}", rule.sql, every, pa.bool_()) for rule in spec.contract._rules]
    for what, sql, known, wanted in written:
        try:
            for dialect in DIALECTS:
                dialect.translate(sql)
            named = {node.name for node in parse(sql).find_all(exp.Column)}
        except UnsupportedSql as error:
            raise ContractError(f"{where}, {what}: {error}") from error
        if strangers := sorted(named - set(known)):
            raise ContractError(f"{where}, {what} names {strangers}; it may name {sorted(known)}")
        try:
            kind = type_of_sql(sql, known)
        except UnsupportedSql as error:
            raise ContractError(f"{where}, {what}: {error}") from error
        if not widens(kind, wanted):
            raise ContractError(f"{where}, {what} gives {kind}, not {wanted}; CAST it in the SQL: {sql}")
