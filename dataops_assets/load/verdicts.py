"""What a load says of rows once they are read and typed: which attempts are refused, and which partitions fail."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from dataops_assets.contracts.spec import Column
from dataops_assets.load.admission import PartitionLoad, fail_if_rows_are_missing
from dataops_assets.load.corrected_rows import given_up
from dataops_assets.load.raw_rows import Incoming
from dataops_assets.validation.audit import Audit, AuditPlan, audit
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import StagedTable

Suspect = tuple[str, str]
"""A partition's key and one of its attempts."""


def refuse_attempts(
    session: Session, incoming: Incoming, table: StagedTable, works: Mapping[str, PartitionLoad]
) -> None:
    """Run the checks, and refuse the attempts that a `stop` check or too many bad rows speak against."""
    plan = incoming.plan
    typed = _typed_values(session, incoming, table)
    rows = f"(SELECT * FROM {incoming.rows} WHERE NOT (_given_up AND _rejected IS NOT NULL))"
    rows = rows if incoming.corrected else incoming.rows
    for (key, attempt), found in audit(session, plan, rows, ["_slice", "_attempt"], "_raw").items():
        works[key].audits[attempt] = found
    if incoming.corrected:
        for (key, attempt), count in given_up(session, incoming.rows).items():
            works[key].given_up[attempt] = count
            found = works[key].audits.get(attempt, Audit())
            works[key].audits[attempt] = replace(found, rows=found.rows + count)
    retyped = _retyped(works, table, typed())
    for work in works.values():
        for choice in work.loaded:
            attempt = choice.manifest.attempt
            found = work.audits.get(attempt, Audit())
            reason = _reason(plan, table, work, found, retyped.get((work.key, attempt), ""))
            if found.rows != choice.manifest.rows:
                reason = (
                    f"{found.rows} rows could be read of the {choice.manifest.rows} that the manifest of raw attempt "
                    f"{attempt} counts; extract the partition again"
                )
            if reason:
                work.refused[attempt] = f"{table.label(work.key)}: {reason}"
        fail_if_rows_are_missing(table, work)


def _reason(plan: AuditPlan, table: StagedTable, work: PartitionLoad, found: Audit, retyped: str) -> str:
    if retyped:
        return retyped
    for check in plan.checks:
        if check.severity.stops and found.failed.get(check.id):
            return (
                f"{found.failed[check.id]} of {found.rows} rows break the check {check.id!r} ({check.description}), "
                "which stops the load; mend the source and extract again, or change the contract"
            )
    limit = table.spec.quarantine_above
    if found.rows and found.rejected / found.rows > limit:
        worst = max((c for c in plan.checks if found.failed.get(c.id)), key=lambda c: found.failed[c.id])
        return (
            f"{found.rejected} of {found.rows} rows would go to quarantine, more than the {limit:.1%} that the "
            f"contract allows; most of all {worst.id!r} ({worst.description}): {found.failed[worst.id]} rows; "
            "mend the source and extract again, or raise quarantine_above"
        )
    return ""


def _typed_columns(table: StagedTable, plan: AuditPlan) -> list[Column]:
    ids = {check.id for check in plan.checks}
    return [column for column in table.spec.read_columns if f"{column.name}.type" in ids]


def _typed_values(
    session: Session, incoming: Incoming, table: StagedTable
) -> Callable[[], Mapping[Suspect, list[str]]]:
    """Columns without one value of the contract's type, by attempt, of those that have three bad rows or more."""
    typed = [column.name for column in _typed_columns(table, incoming.plan)]
    if not typed:
        return dict
    counts = ", ".join(f"COUNT({session.dialect.quote(name)}) AS n{place}" for place, name in enumerate(typed))
    answer = session.later(
        f"SELECT _slice, _attempt, {counts} FROM {incoming.rows} GROUP BY _slice, _attempt HAVING COUNT(_rejected) >= 3"
    )
    return lambda: {
        (key, attempt): [name for name, good in zip(typed, values, strict=True) if not good]
        for key, attempt, *values in answer()
    }


def _retyped(
    works: Mapping[str, PartitionLoad], table: StagedTable, suspects: Mapping[Suspect, list[str]]
) -> dict[Suspect, str]:
    """Attempts of which a column has no value, of three or more, of the contract's type: its type has changed."""
    found: dict[Suspect, str] = {}
    for (key, attempt), names in suspects.items():
        audited = works[key].audits[attempt]
        for column in map(table.spec.column, names):
            bad = audited.failed.get(f"{column.name}.type", 0)
            if bad >= 3:
                shown = (str(row.get(column.source)) for row in audited.sample if column.name in row["check"])
                found[key, attempt] = (
                    f"column {column.source!r} changed its type: none of its {bad} values is {column.type} as the "
                    f"contract says, such as {next(shown, '')!r}; mend the source and extract again, or change the "
                    "contract"
                )
    return found
