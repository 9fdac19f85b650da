"""A dataset with its contract read: what the writers need to know of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import pyarrow as pa

from dataops_assets.contracts.code import fingerprint, sql_code
from dataops_assets.contracts.reading import table_spec
from dataops_assets.contracts.spec import TableSpec
from dataops_assets.dialects.portable import UnsupportedSql
from dataops_assets.model.partitions import Partition, TimePartitions
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import Statistic, under
from dataops_assets.model.tables import DatasetError, Derived, Hiding, Source
from dataops_assets.model.units import HOUR
from dataops_assets.warehouse.personal import hidden_columns, refuse_undeclared
from dataops_assets.warehouse.slices import Slices


class _Table:
    asset: str
    calendar: TimePartitions | None
    spec: TableSpec
    code: str
    statistics: Sequence[Statistic]
    holidays: str | Sequence[date]
    severities: Mapping[str, Severity]
    others: Mapping[str, "StagedTable | DerivedTable"]
    _declared_statistics: Sequence[Statistic]

    @property
    def made_by(self) -> str:
        """The contract, the code and the calendar in force, as the ledger notes them with what they have made."""
        return f"{self.spec.fingerprint}/{self.code}/{self.calendar_id}"

    @cached_property
    def calendar_id(self) -> str:
        """What the table is cut into, and by which column: "date(day)"; nothing for one without partitions."""
        return f"{self.calendar.unit}({self.calendar.column})" if self.calendar else ""

    @property
    def code_version(self) -> str:
        """The same in one word, for Dagster."""
        return fingerprint(self.made_by)

    def slices(self, partitions: Sequence[Partition]) -> Slices:
        """The conditions that find the rows of these partitions."""
        kind = self.spec.column(self.calendar.column).type if self.calendar else None
        return Slices(self.calendar, kind, partitions)

    def partition(self, key: str | None) -> Partition | None:
        """The partition that somebody named; None of a table without. Raises ValueError."""
        if self.calendar is None:
            if key:
                raise ValueError(f"{self.asset} has no partitions; leave out the partition")
            return None
        if not key:
            raise ValueError(f"{self.asset} has partitions; say which partition")
        return self.calendar.of(key)

    def severity_of(self, check: str) -> Severity | None:
        """The severity in force of a check of rows, or a statistical one; None if there is no such check."""
        return self.severities.get(check) or self.declared_severity_of(check)

    def declared_severity_of(self, check: str) -> Severity | None:
        """The same as the dataset says it."""
        known = {each.id: each.declared or each.severity for each in self.spec.checks}
        known |= {each.check: Severity(each.severity) for each in self._declared_statistics}
        column, _, kind = check.rpartition(".")
        if kind == "type" and column in self.spec.column_severity:  # rows without a value are never written
            declared = self.spec.column_severity[column]
            return declared if declared.rejects_rows else Severity.QUARANTINE
        return known.get(
            check, Severity.QUARANTINE if check in ("readable", "partition") or kind == "computed" else None
        )

    def label(self, key: str) -> str:
        """A partition in messages; the table itself, where it has none (an empty key)."""
        return f"{self.asset} {key}".rstrip()

    def _check_partition_column(self, name: str) -> None:
        if self.calendar is None:
            return
        if self.calendar.column not in self.spec.names:
            raise DatasetError(
                f"{name!r} is partitioned by {self.calendar.column!r}, which its contract "
                f"{self.spec.contract.__name__} does not have; it has {self.spec.names}"
            )
        column = self.spec.column(self.calendar.column)
        if not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
            raise DatasetError(f"{name!r} is partitioned by {column.name!r}, which is not a date or a timestamp")
        if self.calendar.unit is HOUR and pa.types.is_date(column.type):
            raise DatasetError(f"{name!r} is partitioned by hour of {column.name!r}, a date; it takes a timestamp")
        if column.nullable:
            raise DatasetError(
                f"{name!r} is partitioned by {column.name!r}, which may not be nullable: a row without it has no place"
            )


@dataclass(frozen=True)
class StagedTable(_Table):
    """`staged/{name}`: relation `raw_{name}` and `quarantine_{name}` in the staging schema.

    severities: of checks that have another one in this environment than the dataset says. others: the tables that its
    checks compare it with, by asset.
    """

    source: Source
    severities: Mapping[str, Severity] = field(default_factory=dict)
    others: Mapping[str, "StagedTable | DerivedTable"] = field(default_factory=dict)

    @cached_property
    def spec(self) -> TableSpec:  # type: ignore[override]
        source = self.source
        spec = table_spec(f"staged/{source.name}", source.contract, source.key, Severity.QUARANTINE)
        return spec.under(self.severities)

    @property
    def calendar(self) -> TimePartitions | None:  # type: ignore[override]
        return self.source.partition

    @property
    def asset(self) -> str:  # type: ignore[override]
        return f"staged/{self.source.name}"

    @property
    def statistics(self) -> Sequence[Statistic]:  # type: ignore[override]
        return under(self.source.statistics, self.severities)

    @property
    def _declared_statistics(self) -> Sequence[Statistic]:  # type: ignore[override]
        return self.source.statistics

    @property
    def holidays(self) -> str | Sequence[date]:  # type: ignore[override]
        return self.source.holidays

    @property
    def relation(self) -> str:
        return f"raw_{self.source.name}"

    @property
    def quarantine(self) -> str:
        return f"quarantine_{self.source.name}"

    @cached_property
    def code(self) -> str:  # type: ignore[override]
        """Changes with what a load makes of the raw attempts, beside the contract."""
        source = self.source
        return fingerprint(
            source.write, list(source.order_by), source.allow_empty, source.incremental, source.code_version
        )

    def check(self) -> None:
        """Raise ContractError or DatasetError for a declaration that cannot be kept."""
        self._check_partition_column(self.source.name)
        for name in self.source.order_by:
            if name not in self.spec.names:
                raise DatasetError(f"source {self.source.name!r}: order_by names {name!r}, which its contract has not")
        read: dict[str, str] = {}
        for column in self.spec.read_columns:
            other = read.setdefault(column.source.casefold(), column.source)
            if other != column.source:
                raise DatasetError(
                    f"source {self.source.name!r}: its contract {self.spec.contract.__name__} reads {other!r} and "
                    f"{column.source!r}, which are one name to both warehouses; have one of them renamed in the source"
                )


@dataclass(frozen=True)
class DerivedTable(_Table):
    """`transformed/{name}`: relation `{name}` in the staging schema; `production/{name}` in the production schema."""

    derived: Derived
    severities: Mapping[str, Severity] = field(default_factory=dict)
    others: Mapping[str, "StagedTable | DerivedTable"] = field(default_factory=dict)

    @cached_property
    def spec(self) -> TableSpec:  # type: ignore[override]
        derived = self.derived
        spec = table_spec(f"transformed/{derived.name}", derived.contract, derived.key, Severity.STOP)
        return spec.under(self.severities)

    @property
    def calendar(self) -> TimePartitions | None:  # type: ignore[override]
        return self.derived.partition

    @property
    def asset(self) -> str:  # type: ignore[override]
        return f"transformed/{self.derived.name}"

    @property
    def statistics(self) -> Sequence[Statistic]:  # type: ignore[override]
        return under(self.derived.statistics, self.severities)

    @property
    def _declared_statistics(self) -> Sequence[Statistic]:  # type: ignore[override]
        return self.derived.statistics

    @property
    def holidays(self) -> str | Sequence[date]:  # type: ignore[override]
        return self.derived.holidays

    @property
    def relation(self) -> str:
        return self.derived.name

    @cached_property
    def code(self) -> str:  # type: ignore[override]
        """Changes with what makes the rows, beside the contract and the inputs, as far as that can be read."""
        derived = self.derived
        return fingerprint(
            sql_code(derived.sql) if derived.sql else derived.function,
            {name: count for name, count in sorted(derived.history.items()) if count},
            {name: list(columns) for name, columns in sorted(derived.columns.items())},
            derived.code_version,
        )

    @cached_property
    def hides(self) -> Mapping[str, Hiding]:
        """The columns that production does not show as they are: "mask" or "hash"."""
        return hidden_columns(self.derived, self.spec)

    @property
    def hides_code(self) -> str:
        """What is hidden, as the ledger notes it with what was published; nothing if nothing is."""
        return fingerprint(dict(sorted(self.hides.items()))) if self.hides else ""

    def check(self) -> None:
        """Raise ContractError or DatasetError for a declaration that cannot be kept."""
        self._check_partition_column(self.derived.name)
        refuse_undeclared(self.derived, self.spec)
        try:
            _ = self.code  # read now: the values that a function uses may change while it runs
        except UnsupportedSql as error:
            raise DatasetError(f"derived table {self.derived.name!r}: {error}") from error
        for check in self.spec.checks:
            if check.severity.rejects_rows and not check.severity.stops:
                raise DatasetError(
                    f"derived table {self.derived.name!r}: check {check.id!r} asks for quarantine, but no row of a "
                    "derived table may be lost; use 'stop' or 'warn', or filter in the transformation"
                )
