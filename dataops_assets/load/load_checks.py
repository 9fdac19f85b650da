"""The checks that every load makes of the rows as they came, beside those of the contract."""

import pyarrow as pa

from dataops_assets.contracts.spec import RowCheck
from dataops_assets.dialects.base import NUMERIC_TYPE, Dialect
from dataops_assets.model.severity import Severity
from dataops_assets.warehouse.tables import StagedTable

_TYPE_WORDS = {
    pa.int64(): "a whole number of 64 bits",
    pa.float64(): "a finite number",
    NUMERIC_TYPE: "a decimal number with no more than 29 digits before the point and 9 after it",
    pa.bool_(): "true or false",
    pa.date32(): "a date of the years 0001 to 9999",
    pa.timestamp("us", tz="UTC"): "a timestamp of the years 0001 to 9999 with no more than microseconds",
}


def load_checks(table: StagedTable) -> list[RowCheck]:
    """The checks that every load makes, beside those of the contract."""
    nested = [column.name for column in table.spec.read_columns if pa.types.is_nested(column.type)]
    more = f", and {', '.join(nested)} as the contract's lists and records, no item missing" if nested else ""
    checks = [RowCheck("readable", None, f"the line can be read as a record{more}", Severity.QUARANTINE)]
    for column in table.spec.read_columns:
        if not pa.types.is_string(column.type):
            words = _TYPE_WORDS.get(column.type, f"{column.type}, as typed sources give it")
            severity = table.spec.column_severity[column.name]
            severity = severity if severity.rejects_rows else Severity.QUARANTINE  # there is no value to be written
            checks.append(RowCheck(f"{column.name}.type", column.name, f"{column.source} is {words}", severity))
    for column in table.spec.columns:
        if column.sql is not None:
            words = f"{column.name} can be computed: {column.sql}"
            checks.append(RowCheck(f"{column.name}.computed", column.name, words, Severity.QUARANTINE))
    if table.calendar:
        words = f"{table.calendar.column} lies in the partition that was asked for"
        checks.append(RowCheck("partition", table.calendar.column, words, Severity.QUARANTINE))
    return [check.under(table.severities) for check in checks]


def conditions_of(table: StagedTable, dialect: Dialect) -> dict[str, str]:
    """SQL of the load's own checks; and of `not_null`, which is about the text: a bad value is not a missing one."""
    conditions = {"readable": "_unreadable IS NULL"}
    for index, column in enumerate(table.spec.read_columns):
        conditions[f"{column.name}.type"] = f"(_r{index} IS NULL OR {dialect.quote(column.name)} IS NOT NULL)"
        if not column.nullable:
            conditions[f"{column.name}.not_null"] = f"(_r{index} IS NOT NULL OR _unreadable IS NOT NULL)"
    for column in table.spec.columns:
        if column.sql and (met := dialect.computed(dialect.translate(column.sql), column.type)):
            conditions[f"{column.name}.computed"] = met
    if table.calendar:
        column = dialect.quote(table.calendar.column)
        conditions["partition"] = f"COALESCE({column} >= _first AND {column} < _after, _unreadable IS NOT NULL)"
    return conditions
