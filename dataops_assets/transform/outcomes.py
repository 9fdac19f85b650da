"""What is recorded of a transformed partition, and what its checks say."""

from collections.abc import Sequence
from typing import Any

from dataops_assets.ledger.entry import Cause, Entry, State, made_by
from dataops_assets.ledger.measuring import check_outcomes, stopping, without_history
from dataops_assets.ledger.outcome import CheckOutcome, Outcome, RunInfo, contract_check
from dataops_assets.ledger.severities import in_force
from dataops_assets.model.severity import Severity
from dataops_assets.transform.inputs import Input, Readiness, made_by_other_code, reads_several
from dataops_assets.transform.result import Result
from dataops_assets.validation.audit import AuditPlan
from dataops_assets.warehouse.tables import DerivedTable

_SHOWN = 20


def passed(table: DerivedTable, key: str, result: Result, ready: Readiness, run: RunInfo) -> Entry:
    """The entry of a partition whose rows are in the table."""
    severities = in_force(table, result.audit.failed)
    checks: list[dict[str, object]] = [
        {"check": check, "failed": count, "severity": severities.get(check)}
        for check, count in result.audit.failed.items()
    ]
    if ready.missing:
        checks.append({"check": "history", "missing": list(ready.missing)})
    return Entry.passed(table.asset, key, result.version, result.rows, checks=checks, **_made(table, ready, run))


def refused(
    table: DerivedTable, before: State | None, key: str, result: Result, ready: Readiness, run: RunInfo
) -> Entry:
    """The entry of one that keeps the rows it had. result: without a failure, if it was held back."""
    made = _made(table, ready, run)
    if ready.held:
        return Entry.refused(table.asset, key, before, "held", ready.held, ready.cause, **made)
    by = [each.statistic.check for each in stopping(result.measured)]
    by += [check.id for check in table.spec.checks if check.severity.stops and result.audit.failed.get(check.id)]
    cause = Cause("rejected", table.asset, key, by=by)
    return Entry.refused(table.asset, key, before, "failed", result.failure, cause, **made)


def _made(table: DerivedTable, ready: Readiness, run: RunInfo) -> dict[str, Any]:
    """What an entry says of what a partition was, or would have been, made of."""
    return {
        "inputs": ready.versions,
        "contract": table.spec.fingerprint,
        "code_version": run.code_version,
        "made_by": made_by(table, ready.made_by.values()),
        "run_id": run.run_id,
    }


def outcome_of(
    table: DerivedTable,
    inputs: Sequence[Input],
    plan: AuditPlan | None,
    entry: Entry,
    result: Result,
    ready: Readiness,
    changed: bool,
) -> Outcome:
    """The entry with its checks. plan: of the checks that were made, if any were."""
    checks = [
        contract_check(plan.checks if plan else (), result.audit, result.failure),
        CheckOutcome(
            "uniqueness",
            not result.repeated,
            Severity.STOP,
            f"{result.repeated} rows repeat a key" if result.repeated else "each key stands for one row",
            {"repeated": result.repeated},
        ),
    ]
    if table.derived.history:
        checks.append(_history_check(table, ready))
    if reads_several(table, inputs):
        checks.append(_one_code_check(table, inputs, ready))
    checks += check_outcomes(result.measured)
    return Outcome.of_table(entry, checks, changed, without_history(result.measured))


def _history_check(table: DerivedTable, ready: Readiness) -> CheckOutcome:
    words = "all history that the calendar has is loaded"
    if ready.missing:
        words = f"history incomplete: {', '.join(ready.missing)} not loaded; build this partition again once they are"
    severity = table.severities.get("history", Severity.WARN)
    passed = not ready.missing or not severity.alerts
    return CheckOutcome("history", passed, severity, words, {"missing": len(ready.missing)})


def _one_code_check(table: DerivedTable, inputs: Sequence[Input], ready: Readiness) -> CheckOutcome:
    others = made_by_other_code(inputs, ready)
    words = "all partitions that were read were made by the code in force"
    if others:
        shown = ", ".join(others[:_SHOWN]) + (f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else "")
        words = f"made of partitions of different code: {shown} were made by older code; build them again, then this"
    severity = table.severities.get("one_code", Severity.WARN)
    return CheckOutcome("one_code", not others or not severity.alerts, severity, words, {"partitions": len(others)})


def held_back(ready: Readiness) -> CheckOutcome:
    """The check "contract" of a partition whose inputs are not fit."""
    return CheckOutcome("contract", False, Severity.STOP, ready.held)
