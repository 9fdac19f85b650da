"""What a writer says of a partition, in the words of Dagster: metadata and check results."""

from typing import Any

import dagster as dg

from dataops_assets.io.reporting import CheckResult, PartitionReport
from dataops_assets.ledger.outcome import CheckOutcome, Outcome


def to_report(key: str | None, outcome: Outcome, lake_path: str | None) -> PartitionReport:
    """The report of one partition; None is the key of an asset without partitions. lake_path: of its lake copy."""
    entry = outcome.entry
    metadata: dict[str, Any] = {
        "dagster/partition_row_count" if key is not None else "dagster/row_count": entry.rows,
        "version": entry.version,
        "changed": outcome.changed,
        "rows_read": entry.rows_read,
        "rows_quarantined": entry.rows_quarantined,
        "duplicates_dropped": entry.duplicates_dropped,
    }
    if lake_path:
        metadata["dagster/uri"] = dg.MetadataValue.path(lake_path)
    for name in ("rows_inserted", "rows_updated", "rows_deleted"):
        metadata[name] = getattr(entry, name) if outcome.changed else 0
    return PartitionReport(key, metadata, [_check(check) for check in outcome.checks], held=outcome.held or None)


def _check(check: CheckOutcome) -> CheckResult:
    metadata: dict[str, Any] = dict(check.figures)
    if check.table:
        names = list(dict.fromkeys(name for row in check.table for name in row))
        records = [dg.TableRecord({name: str(row.get(name, "")) for name in names}) for row in check.table]
        schema = dg.TableSchema([dg.TableColumn(name) for name in names])
        metadata["failing rows"] = dg.MetadataValue.table(records, schema)
    return CheckResult(
        check.name,
        check.passed,
        severity="ERROR" if check.blocking else "WARN",
        blocking=check.blocking,
        description=check.description,
        metadata=metadata,
    )
