"""A contract, read once: the columns and the checks of a table, as everything else needs them.

pandera's public `Check.name` and `Check.statistics` are compiled to SQL conditions (`compile_check`). A check that has
no SQL form stays a pandera check, which the warehouse runs on the partition's DataFrame.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from sqlglot import exp

from dataops_assets.contracts.code import fingerprint, sql_code
from dataops_assets.contracts.pandera_checks import compile_check
from dataops_assets.dialects import DIALECTS
from dataops_assets.dialects.base import Dialect
from dataops_assets.dialects.bigquery import BIGQUERY
from dataops_assets.dialects.binding import type_of_sql
from dataops_assets.dialects.portable import UnsupportedSql, parse
from dataops_assets.model.contract import METADATA, Contract, Severity
from dataops_assets.model.types import arrow_type, widens

Condition = Callable[[Dialect], str]


class ContractError(ValueError):
    """A contract that cannot be kept: a key that may be null, two columns of one name, a severity out of place."""


@dataclass(frozen=True)
class Column:
    """One column of a table. `source` is its name in the raw data; `sql` computes it instead."""

    name: str
    type: pa.DataType
    nullable: bool
    required: bool
    description: str
    unit: str | None
    tags: tuple[str, ...]
    source: str
    sql: str | None

    @property
    def pii(self) -> bool:
        return "pii" in {tag.lower() for tag in self.tags}


@dataclass(frozen=True)
class RowCheck:
    """A check that each row passes or fails. `condition` is SQL over the typed columns, true for a good row.

    pandera: the schema's own column and check, where there is no SQL form.
    """

    id: str
    column: str | None
    description: str
    severity: Severity
    condition: Condition | None = None
    pandera: Any = None


@dataclass(frozen=True)
class TableSpec:
    """All that is known of a table from its contract."""

    name: str
    description: str
    columns: tuple[Column, ...]
    checks: tuple[RowCheck, ...]
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    quarantine_above: float
    severity: Severity
    column_severity: Mapping[str, Severity]
    contract: type[Contract]
    fingerprint: str = field(default="")

    def column(self, name: str) -> Column:
        """The column named `name`; raises KeyError."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([pa.field(column.name, column.type, column.nullable) for column in self.columns])

    @property
    def read_columns(self) -> list[Column]:
        """The columns that come from the source, as opposed to computed ones."""
        return [column for column in self.columns if column.sql is None]

    def check(self, check_id: str) -> RowCheck:
        """The check named `check_id`; raises KeyError."""
        return {check.id: check for check in self.checks}[check_id]


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
        _refuse_severity_of_nothing(name, column_name, declared.get("severity"), made)
        checks += made
    for check in schema.checks or ():
        check_id = check.name or "dataframe_check"
        checks.append(RowCheck(check_id, None, check.description or check_id, default, pandera=(None, check)))
    for rule in contract._rules:
        checks.append(
            RowCheck(
                rule.name,
                None,
                rule.description or rule.sql,
                rule.severity or default,
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
    _refuse_mistakes(spec)
    _refuse_unportable(spec)
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
    allowed = {"stop", "quarantine", "warn", "log"}
    named = set(severity.values()) if isinstance(severity, Mapping) else {severity or default}
    if not named <= allowed:
        raise ContractError(f"{table}, column {column}: severity is one of {sorted(allowed)}, not {sorted(named)}")
    if isinstance(severity, Mapping):
        return lambda check: severity.get(check, default)
    return lambda check: severity or default


def _refuse_severity_of_nothing(table: str, column: str, severity: Any, checks: Sequence[RowCheck]) -> None:
    known = {"type", "not_null", "finite", *(check.id.partition(".")[2] for check in checks)}
    if isinstance(severity, Mapping) and (strangers := sorted(set(severity) - known)):
        raise ContractError(
            f"{table}, column {column}: severity names the checks {strangers}, which it has not; it has {sorted(known)}"
        )


def _composite_unique(unique: Any) -> list[Sequence[str]]:
    if not unique:
        return []
    if isinstance(unique, str):
        return [[unique]]
    return [unique] if isinstance(unique[0], str) else list(unique)


def _refuse_mistakes(spec: TableSpec) -> None:
    where = f"{spec.name}: contract {spec.contract.__name__}"
    for name in spec.key:
        if name not in spec.names:
            raise ContractError(f"{where} has no column {name!r}, which the key names; it has {spec.names}")
        if spec.column(name).nullable:
            raise ContractError(f"{where}: key column {name!r} may not be nullable")
    lowered = [name.lower() for name in spec.names]
    for name in spec.names:
        if lowered.count(name.lower()) > 1:
            raise ContractError(f"{where} has two columns named {name!r}; warehouses do not tell cases apart")
        if name.startswith("_") or name.lower() in {"created_at", "updated_at"}:
            file = inspect.getsourcefile(spec.contract) or spec.contract.__module__
            other = f"source_{name.strip('_')}"
            raise ContractError(
                f"{where} ({file}), column {name!r}: the name is reserved for what a staged table says of its rows; "
                f'call the column otherwise and name its source: {other}: … = column(…, source="{name}")'
            )
    ids = [check.id for check in spec.checks]
    for check_id in ids:
        if ids.count(check_id) > 1:
            raise ContractError(f"{where} has two checks named {check_id!r}")


def _refuse_unportable(spec: TableSpec) -> None:
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


def _fingerprint(spec: TableSpec) -> str:
    """Changes with anything that changes what the table may hold, and not with what is only said of it."""
    columns = [
        [c.name, str(c.type), c.nullable, c.required, c.source, c.sql and sql_code(c.sql), spec.column_severity[c.name]]
        for c in spec.columns
    ]
    checks = [
        [c.id, c.severity, sql_code(c.condition(BIGQUERY)) if c.condition else _code(c.pandera[1])] for c in spec.checks
    ]
    unique = [list(columns) for columns in spec.unique]
    return fingerprint(columns, checks, list(spec.key), unique, spec.quarantine_above)


def _code(check: Any) -> list[Any]:
    """What a check of one's own does, as far as it can be read."""
    function = check._check_fn
    if type(function).__module__.startswith("pandera."):  # one of pandera's own, which its name and figures say all of
        function = check.name
    return [check.statistics, check.groupby, check.element_wise, check.ignore_na, function]
