"""What is recorded of a loaded partition, and what its checks say."""

from collections.abc import Collection
from typing import Any

from dataops_assets.ledger.entry import Cause, Entry, made_by
from dataops_assets.ledger.measuring import check_outcomes, stopping, without_history
from dataops_assets.ledger.outcome import CheckOutcome, Outcome, RunInfo, contract_check
from dataops_assets.ledger.severities import in_force
from dataops_assets.load.admission import PartitionLoad
from dataops_assets.load.load_checks import load_checks
from dataops_assets.load.merge import Merged
from dataops_assets.model.severity import Severity
from dataops_assets.validation.audit import Audit, AuditPlan
from dataops_assets.warehouse.tables import StagedTable


def loaded_entry(table: StagedTable, work: PartitionLoad, merged: Merged, run: RunInfo) -> Entry:
    """The entry of a partition whose rows are swapped in."""
    before = None if work.rebuild else work.passed
    figures = merged.figures[work.key]
    read = sum(choice.manifest.rows for choice in work.loaded)
    loaded = [choice.manifest.attempt for choice in work.loaded]
    quarantined = sum(work.audits.get(a, Audit()).rejected + work.given_up.get(a, 0) for a in loaded)
    return Entry.passed(
        table.asset,
        work.key,
        figures.version,
        figures.rows,
        rows_read=read + (before.rows_read if before else 0),
        rows_quarantined=quarantined + (before.rows_quarantined if before else 0),
        duplicates_dropped=figures.duplicates + (before.duplicates_dropped if before else 0),
        rows_inserted=figures.inserted,
        rows_updated=figures.updated,
        rows_deleted=figures.deleted,
        reason="; ".join(work.refused.values()),
        attempts=_attempts(work, work.refused),
        follows=before.id if before else "",
        checks=[*_found(table, work), *_found_before(before)],
        contract=table.spec.fingerprint,
        code_version=run.code_version,
        made_by=made_by(table),
        run_id=run.run_id,
    )


def imbalance(entry: Entry) -> str:
    """Why rows are missing or too many in what is to be written, or an empty text."""
    if entry.rows_read == entry.rows + entry.rows_quarantined + entry.duplicates_dropped:
        return ""
    return (
        f"{entry.asset} {entry.partition}: {entry.rows_read} rows read are not {entry.rows} staged + "
        f"{entry.rows_quarantined} quarantined + {entry.duplicates_dropped} duplicates; nothing was written. "
        "Run `dataops verify`, and report this: it is a fault of the load, not of the data"
    )


def failed_entry(table: StagedTable, work: PartitionLoad, run: RunInfo) -> Entry:
    """The entry of one that keeps the rows it had."""
    return Entry.refused(
        table.asset,
        work.key,
        work.state,
        "failed",
        work.failure,
        Cause(work.code, table.asset, work.key, by=[each.statistic.check for each in stopping(work.measured)]),
        attempts=_attempts(work),
        checks=_found(table, work),
        contract=table.spec.fingerprint,
        code_version=run.code_version,
        made_by=made_by(table),
        run_id=run.run_id,
    )


def _attempts(work: PartitionLoad, refused: Collection[str] = ()) -> list[dict[str, Any]]:
    return [
        {"attempt": c.manifest.attempt, "content": c.manifest.content_sha256, "rows": c.manifest.rows}
        | ({"refused": True} if c.manifest.attempt in refused else {})
        | ({"corrected": work.corrections.id} if work.corrections.id else {})
        | ({"given_up": count} if (count := work.given_up.get(c.manifest.attempt, 0)) else {})
        for c in work.chosen
    ]


def _found(table: StagedTable, work: PartitionLoad) -> list[dict[str, object]]:
    severities = in_force(table, {check for found in work.audits.values() for check in found.failed})
    return [
        {"attempt": attempt, "check": check, "failed": count, "severity": severities.get(check)}
        for attempt, found in work.audits.items()
        for check, count in found.failed.items()
    ]


def _found_before(before: Entry | None) -> list[dict[str, object]]:
    """What the loads found that this one goes on from."""
    counts: dict[tuple[str, str | None], int] = {}
    for each in before.checks if before else ():
        key = each["check"], each.get("severity")
        counts[key] = counts.get(key, 0) + each.get("failed", 0) + each.get("earlier", 0)
    return [{"check": check, "earlier": count, "severity": severity} for (check, severity), count in counts.items()]


def _as_recorded(entry: Entry) -> Audit:
    """What the checks have found, without the rows, which are in the quarantine table."""
    refused = {each["attempt"] for each in entry.attempts if each.get("refused")}
    failed: dict[str, int] = {}
    for each in entry.checks:
        if each.get("failed") and each["attempt"] not in refused:
            failed[each["check"]] = failed.get(each["check"], 0) + each["failed"]
    return Audit(entry.rows_read, entry.rows_quarantined - entry.rows_given_up, failed)


def _unique_words(table: StagedTable) -> str:
    if not table.spec.key:
        return "the table has no key; a row that was read before is not added again"
    return f"each ({', '.join(table.spec.key)}) stands for one row"


def outcome_of(table: StagedTable, plan: AuditPlan | None, work: PartitionLoad, entry: Entry | None) -> Outcome:
    """The entry with its checks. plan: of the checks that were made. entry: none if there was nothing new to load."""
    changed = entry is not None and entry.verdict == "passed"
    newest = work.newest
    found = work.audits.get(newest.attempt, Audit(rows=newest.rows)) if newest else Audit()
    if entry is None:  # nothing new to load: what stands, stands, with what was found in it
        assert work.passed is not None
        entry = work.passed
        found = _as_recorded(entry)
    checks = plan.checks if plan else (*load_checks(table), *table.spec.checks)
    new = sorted(set(newest.columns) - {c.source for c in table.spec.columns}) if newest else []
    noted = table.severities.get("new_columns", Severity.WARN)
    balance = {
        "rows_read": entry.rows_read,
        "rows_staged": entry.rows,
        "rows_quarantined": entry.rows_quarantined,
        "duplicates_dropped": entry.duplicates_dropped,
    }
    return Outcome.of_table(
        entry,
        changed=changed,
        no_history=without_history(work.measured),
        checks=[
            contract_check(checks, found, work.failure),
            CheckOutcome("uniqueness", not work.repeated, Severity.STOP, work.repeated or _unique_words(table)),
            CheckOutcome(
                "conservation",
                not work.unbalanced,
                Severity.STOP,
                work.unbalanced or "rows read = rows staged + rows quarantined + duplicates dropped",
                balance,
            ),
            CheckOutcome(
                "new_columns",
                not new or not noted.alerts,
                noted,
                f"the source sends columns the contract does not name: {', '.join(new)}. They are kept in raw; "
                "add them to the contract to have them staged"
                if new
                else "the source sends no column that the contract does not name",
                {"columns": len(new)},
            ),
            *check_outcomes(work.measured),
        ],
    )
