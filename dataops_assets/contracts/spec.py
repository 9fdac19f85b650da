"""A contract, read once: the columns and the checks of a table, as everything else needs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from dataops_assets.dialects.base import Dialect
from dataops_assets.model.contract import Contract
from dataops_assets.model.severity import Severity

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
        return self.subject is not None or "pii" in {tag.lower() for tag in self.tags}

    @property
    def subject(self) -> str | None:
        """By which key its value says whom a row is about: tagged "subject", its own name; tagged "subject:NAME", that
        name. Such a value is personal data as well.
        """
        said = [tag.partition(":") for tag in self.tags if tag.partition(":")[0].strip().lower() == "subject"]
        return (said[0][2].strip() or self.name) if said else None


@dataclass(frozen=True)
class RowCheck:
    """A check that each row passes or fails. `condition` is SQL over the typed columns, true for a good row.

    pandera: the schema's own column and check, where there is no SQL form. declared: the severity that the contract
    says, where another one is in force.
    """

    id: str
    column: str | None
    description: str
    severity: Severity
    condition: Condition | None = None
    pandera: Any = None
    declared: Severity | None = None

    def under(self, severities: Mapping[str, Severity]) -> "RowCheck":
        """The check with the severity that is in force. severities: by check, where it is another one."""
        if (severity := severities.get(self.id, self.severity)) == self.severity:
            return self
        return replace(self, severity=severity, declared=self.severity)


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

    def under(self, severities: Mapping[str, Severity]) -> "TableSpec":
        """With other severities of some checks, by id. The fingerprint is the same: which rows they concern, if any,
        the ledger knows of each partition.
        """
        return replace(self, checks=tuple(check.under(severities) for check in self.checks)) if severities else self

    def check(self, check_id: str) -> RowCheck:
        """The check named `check_id`; raises KeyError."""
        return {check.id: check for check in self.checks}[check_id]
