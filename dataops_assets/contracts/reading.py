"""Reads a contract: its columns, its checks, and what may not be in it.

pandera's public `Check.name` and `Check.statistics` are compiled to SQL conditions (`compile_check`). A check that has
no SQL form stays a pandera check, which the warehouse runs on the partition's DataFrame.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from dataops_assets.contracts.code import fingerprint, sql_code
from dataops_assets.contracts.mistakes import refuse_mistakes, refuse_severity_of_nothing, refuse_unportable
from dataops_assets.contracts.pandera_checks import compile_check
from dataops_assets.contracts.spec import Column, ContractError, RowCheck, TableSpec
from dataops_assets.dialects.bigquery import BIGQUERY
from dataops_assets.model.contract import METADATA, Contract
from dataops_assets.model.severity import Severity
from dataops_assets.model.types import arrow_type


def table_spec(name: str, contract: type[Contract], key: Sequence[str], default: Severity) -> TableSpec:
    """Read a contract.

    name: the table, for messages. key: the columns that identify a row. default: severity of checks that name none.
    Raises ContractError.
    """
    schema = contract.to_schema()
    if schema.columns is None or not schema.columns:
        raise ContractError(f"{name}: the contract {contract.__name__} has no columns")
    columns: list[Column] = []
    checks: list[RowCheck] = []
    severities: dict[str, Severity] = {}
    unique: list[tuple[str, ...]] = []
    for column_name, schema_column in schema.columns.items():
        declared = _declared(schema_column.metadata)
        severity_of = _severities(name, column_name, declared.get("severity"), default)
        try:
            kind = arrow_type(schema_column.dtype)
        except TypeError as error:
            raise ContractError(f"{name}, column {column_name}: {error}") from error
        column = Column(
            name=column_name,
            type=kind,
            nullable=schema_column.nullable,
            required=declared.get("required", True),
            description=schema_column.description or "",
            unit=declared.get("unit"),
            tags=tuple(declared.get("tags", ())),
            source=declared.get("source") or column_name,
            sql=declared.get("sql"),
        )
        columns.append(column)
        severities[column_name] = severity_of("type")
        if schema_column.unique and (column_name,) != tuple(key):
            unique.append((column_name,))
        made = _column_checks(name, column, schema_column, severity_of)
        refuse_severity_of_nothing(name, column_name, declared.get("severity"), made)
        checks += made
    for check in schema.checks or ():
        check_id = check.name or "dataframe_check"
        checks.append(RowCheck(check_id, None, check.description or check_id, default, pandera=(None, check)))
    for rule in contract._rules:
        severity = default if rule.severity is None else _severity(f"{name}, rule {rule.name}", rule.severity)
        checks.append(
            RowCheck(
                rule.name,
                None,
                rule.description or rule.sql,
                severity,
                condition=lambda dialect, sql=rule.sql: dialect.translate(sql),
            )
        )
    unique += [tuple(columns_) for columns_ in _composite_unique(schema.unique) if tuple(columns_) != tuple(key)]
    spec = TableSpec(
        name=name,
        description=(contract.__doc__ or "").strip(),
        columns=tuple(columns),
        checks=tuple(checks),
        key=tuple(key),
        unique=tuple(unique),
        quarantine_above=contract._quarantine_above,
        severity=default,
        column_severity=severities,
        contract=contract,
    )
    refuse_mistakes(spec)
    refuse_unportable(spec)
    object.__setattr__(spec, "fingerprint", _fingerprint(spec))
    return spec


def _column_checks(
    table: str, column: Column, schema_column: Any, severity_of: Callable[[str], Severity]
) -> list[RowCheck]:
    unit = f" {column.unit}" if column.unit else ""
    checks = []
    if not column.nullable:
        checks.append(
            RowCheck(
                f"{column.name}.not_null",
                column.name,
                f"{column.name} is never missing",
                severity_of("not_null"),
                condition=lambda dialect: f"{dialect.quote(column.name)} IS NOT NULL",
            )
        )
    if pa.types.is_floating(column.type):
        checks.append(
            RowCheck(
                f"{column.name}.finite",
                column.name,
                f"{column.name} is a finite number",
                severity_of("finite"),
                condition=lambda dialect: dialect.finite(dialect.quote(column.name)),
            )
        )
    for check in schema_column.checks:
        try:
            compiled = compile_check(column.name, column.type, check)
        except ValueError as error:
            raise ContractError(f"{table}, column {column.name}: {error}") from error
        check_name = compiled.name if compiled else (check.name or "check")
        checks.append(
            RowCheck(
                f"{column.name}.{check_name}",
                column.name,
                f"{column.name} {compiled.words}{unit}" if compiled else f"{column.name} {check.error or check_name}",
                severity_of(check_name),
                condition=compiled.condition if compiled else None,
                pandera=None if compiled else (column.name, check),
            )
        )
    return checks


def _declared(metadata: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return (metadata or {}).get(METADATA, {})


def _severities(table: str, column: str, severity: Any, default: Severity) -> Callable[[str], Severity]:
    where = f"{table}, column {column}"
    if isinstance(severity, Mapping):
        named = {check: _severity(where, each) for check, each in severity.items()}
        return lambda check: named.get(check, default)
    every = default if severity is None else _severity(where, severity)
    return lambda check: every


def _severity(where: str, name: Any) -> Severity:
    try:
        return Severity(name)
    except ValueError:
        raise ContractError(
            f"{where}: severity is one of {sorted(each.value for each in Severity)}, not {name!r}"
        ) from None


def _composite_unique(unique: Any) -> list[Sequence[str]]:
    if not unique:
        return []
    if isinstance(unique, str):
        return [[unique]]
    return [unique] if isinstance(unique[0], str) else list(unique)


def _fingerprint(spec: TableSpec) -> str:
    """Changes with anything that changes what the table may hold, and not with what is only said of it."""
    columns = [
        [
            c.name,
            str(c.type),
            c.nullable,
            c.required,
            c.source,
            c.sql and sql_code(c.sql),
            spec.column_severity[c.name].value,
        ]
        for c in spec.columns
    ]
    checks = [[c.id, c.severity.value, _code(c)] for c in spec.checks]
    unique = [list(columns) for columns in spec.unique]
    return fingerprint(columns, checks, list(spec.key), unique, spec.quarantine_above)


def _code(row_check: RowCheck) -> Any:
    """What a check does, as far as it can be read."""
    if row_check.condition:
        condition = row_check.condition(BIGQUERY)
        # A rule is spelt as its author likes. What is made of a column's own checks has one spelling: to parse hundreds
        # of them takes a command longer than all else that it does with contracts.
        return condition if row_check.column else sql_code(condition)
    check = row_check.pandera[1]
    function = check._check_fn
    if type(function).__module__.startswith("pandera."):  # one of pandera's own, which its name and figures say all of
        function = check.name
    return [check.statistics, check.groupby, check.element_wise, check.ignore_na, function]
