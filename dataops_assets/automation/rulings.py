"""Jobs to say from the UI what to make of what a statistical check found: `accept` and `confirm`, as the commands."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg

from dataops_assets.automation.by_people import job_of, refuse_unsaid
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.measuring import check_outcomes
from dataops_assets.ledger.outcome import CheckOutcome
from dataops_assets.ledger.ruling import Ruled, Wanted, rule
from dataops_assets.model.partitions import Partition
from dataops_assets.model.severity import Severity
from dataops_assets.model.tables import DatasetError
from dataops_assets.validation.rulings import RulingKind, until_day
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_CONFIG = {
    "table": dg.Field(str, description="The asset, such as staged/flights."),
    "partition": dg.Field(str, is_required=False, description="Left out for a table without."),
    "column": dg.Field(str, is_required=False, description="Of the check; all that failed, if it is left out."),
    "withdraw": dg.Field(bool, default_value=False, description="Take back what was accepted or confirmed."),
}
_CHECK = "As the list of checks names it."
_ACCEPT = {
    "check": dg.Field(str, description=_CHECK),
    "until": dg.Field(str, is_required=False, description="The last day (UTC) on which it is accepted."),
}
_CONFIRM = {"check": dg.Field(str, is_required=False, description=f"{_CHECK} Left out where none has found it.")}


def ruling_jobs(catalog: Catalog, storage: Callable[[], Storage]) -> list[dg.JobDefinition]:
    """The two jobs, if any table has statistical checks. storage: opens the warehouse."""
    every = (*catalog.staged.values(), *catalog.derived.values())
    tables = {table.asset: table for table in every if table.statistics}
    if not tables:
        return []

    def job(kind: RulingKind, description: str, config: Mapping[str, dg.Field]) -> dg.JobDefinition:
        def said(context: dg.OpExecutionContext) -> None:
            given = context.op_config
            try:
                table, partition, wanted = _asked(tables, kind, given)
                ruled = rule(storage().warehouse, table, partition, wanted, context.run_id)
            except ValueError as error:
                raise dg.Failure(str(error), allow_retries=False) from error
            # In this run, and not as an event without one, of which there can be but one for a check and partition.
            for evaluation in evaluations_of(table, partition, ruled):
                context.log_event(evaluation)  # type: ignore[arg-type]  # its annotation leaves it out
            for each in ruled.rulings:
                context.log.info(f"{table.label(each.partition)}: {each.check} {each.column}: {wanted.kind}".rstrip())
            if ruled.unwritten:
                context.log.info(ruled.unwritten.reason)

        return job_of(kind, "partition", description, {**_CONFIG, **config}, said)

    return [
        job("accept", "What a statistical check found of a partition is how it is: it passes.", _ACCEPT),
        job("confirm", "A partition has a defect: nothing is compared with it.", _CONFIRM),
    ]


def _asked(
    tables: Mapping[str, StagedTable | DerivedTable], kind: RulingKind, given: Mapping[str, Any]
) -> tuple[StagedTable | DerivedTable, Partition | None, Wanted]:
    table = tables.get(given["table"])
    if table is None:
        raise DatasetError(
            f"no table {given['table']!r} with statistical checks; there are {', '.join(sorted(tables))}"
        )
    refuse_unsaid(given)
    until: date | None = until_day(given["until"]) if given.get("until") else None
    wanted = Wanted(
        "withdraw" if given["withdraw"] else kind,
        given.get("check", ""),
        given.get("column", ""),
        given["by"],
        given["reason"].strip(),
        until,
    )
    return table, table.partition(given.get("partition")), wanted


def evaluations_of(
    table: StagedTable | DerivedTable, partition: Partition | None, ruled: Ruled
) -> Iterator[dg.AssetCheckEvaluation]:
    """For Dagster's list of checks: what is true of the partition now, without a run of the asset."""
    outcomes = list(check_outcomes([ruled.now] if ruled.now else []))
    if ruled.unwritten:  # the check of the contract had failed for the other's sake
        outcomes.append(CheckOutcome("contract", True, Severity.STOP, ruled.unwritten.reason))
    for outcome in outcomes:
        yield dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(table.asset.split("/")),
            check_name=outcome.name,
            passed=outcome.passed,
            severity=dg.AssetCheckSeverity.ERROR if outcome.severity.stops else dg.AssetCheckSeverity.WARN,
            blocking=outcome.severity.stops,
            description=outcome.description,
            metadata=dict(outcome.figures),
            partition=partition.key if partition else None,
        )
