"""Checks that would do something else with the rows they found than they did when a partition was written."""

from collections.abc import Iterable

from dataops_assets.ledger.entry import Entry
from dataops_assets.model.severity import Severity
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


def do_otherwise(table: StagedTable | DerivedTable, entry: Entry) -> list[str]:
    """The checks that rows of this partition failed, or that stopped it, and whose severity in force would have other
    rows written, or none. From "warn" to "log" and back nothing of it changes.
    """
    refused = {each["attempt"] for each in entry.attempts if each.get("refused")}
    recorded = [
        (each["check"], each.get("severity"))
        for each in entry.checks
        if (each.get("failed") or each.get("earlier")) and each.get("attempt") not in refused
    ]
    if entry.cause:
        recorded += [(check, Severity.STOP) for check in entry.cause.by]
    return sorted({check for check, severity in recorded if not _alike(table, check, severity)})


def stops_now(table: StagedTable | DerivedTable, entry: Entry) -> list[str]:
    """Those of them that would stop the partition, which has passed."""
    return [check for check in do_otherwise(table, entry) if table.severity_of(check) is Severity.STOP]


def _alike(table: StagedTable | DerivedTable, check: str, recorded: str | None) -> bool:
    now = table.severity_of(check)
    was = table.declared_severity_of(check) if recorded is None else Severity(recorded)
    return now is None or was is None or (now.rejects_rows, now.stops) == (was.rejects_rows, was.stops)


def in_force(table: StagedTable | DerivedTable, checks: Iterable[str]) -> dict[str, str]:
    """By check, for the ledger."""
    found = {check: table.severity_of(check) for check in checks}
    return {check: severity.value for check, severity in found.items() if severity}
