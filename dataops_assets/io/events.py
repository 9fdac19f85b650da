"""The events by which Dagster's UI shows what became of each partition: results of checks, and observations."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, DagsterEventType, generate_event_batch_id
from dagster._core.execution.context.system import StepExecutionContext

from dataops_assets.failures import HELD_BY
from dataops_assets.io.partition_report import DIFFERENCE, NO_HISTORY, NOT_WRITTEN, PartitionReport
from dataops_assets.ledger.outcome import CheckOutcome
from dataops_assets.model.severity import Severity


def evaluations(
    step: StepExecutionContext, asset_key: dg.AssetKey, reports: Sequence[PartitionReport]
) -> Iterator[DagsterEvent]:
    """A result for each check of each partition, as one batch."""
    reports = _with_unjudged(reports)
    targets = _targets(step, asset_key, reports) if any(item.checks for item in reports) else {}
    # All are built before the first is sent: an event that is part of a batch is kept back until the batch's last.
    evaluations = [
        AssetCheckEvaluation(
            asset_key=asset_key,
            check_name=check.name,
            passed=check.passed,
            metadata=_metadata(check, item),
            target_materialization_data=targets.get(item.partition),
            severity=dg.AssetCheckSeverity.ERROR if check.severity.stops else dg.AssetCheckSeverity.WARN,
            description=check.description or None,
            blocking=check.severity.stops,
            partition=item.partition,
        )
        for item in reports
        for check in item.checks
    ]
    batch = generate_event_batch_id()
    for number, evaluation in enumerate(evaluations, start=1):
        # As an event of its own, not as a yielded AssetCheckEvaluation: those would be written one by one, and one
        # failed blocking check of one partition would fail the whole step.
        yield DagsterEvent.from_step(
            event_type=DagsterEventType.ASSET_CHECK_EVALUATION,
            step_context=step,
            event_specific_data=evaluation,
            message=f"Check {evaluation.check_name} of {asset_key.to_user_string()}"
            + (f", partition {evaluation.partition}" if evaluation.partition else "")
            + (": passed." if evaluation.passed else f": failed. {evaluation.description or ''}"),
            batch_metadata=DagsterEventBatchMetadata(batch, number == len(evaluations)),
        )


def _with_unjudged(reports: Sequence[PartitionReport]) -> list[PartitionReport]:
    """The reports; of checks that no partition of the run has history for, the last says so.

    A check without any result counts as one that could not be executed once something else fails in the run, and shows
    a sound table in red.
    """
    judged, found = {check.name for item in reports for check in item.checks}, []
    for item in reversed(reports):
        names = [name for name in item.no_history if name not in judged]
        unjudged = [CheckOutcome(name, True, Severity.LOG, NO_HISTORY) for name in names]
        found.append(replace(item, checks=[*item.checks, *unjudged]) if names else item)
        judged.update(names)
    return found[::-1]


def observations(
    step: StepExecutionContext, asset_key: dg.AssetKey, reports: Sequence[PartitionReport]
) -> Iterator[DagsterEvent]:
    """Of what was not written, since the page of a partition shows what was observed beside what was materialized."""
    refused = [item for item in reports if item.refusal]
    observed = [
        dg.AssetObservation(
            asset_key=asset_key,
            partition=item.partition,
            description=f"Not written, what was there before stands: {item.refusal}",
            metadata={NOT_WRITTEN: item.refusal or "", **({HELD_BY: item.held_by} if item.held_by else {})}
            | {name: value for name, value in item.metadata.items() if name == DIFFERENCE},
        )
        for item in refused
    ]
    batch = generate_event_batch_id()
    for number, observation in enumerate(observed, start=1):
        last = number == len(observed)
        yield DagsterEvent.asset_observation(step, observation, DagsterEventBatchMetadata(batch, last))


def _metadata(check: CheckOutcome, item: PartitionReport) -> dict[str, Any]:
    metadata: dict[str, Any] = dict(check.figures)
    if item.held_by and not check.passed:
        metadata[HELD_BY] = item.held_by
    if check.table:
        names = list(dict.fromkeys(name for row in check.table for name in row))
        records = [dg.TableRecord({name: str(row.get(name, "")) for name in names}) for row in check.table]
        schema = dg.TableSchema([dg.TableColumn(name) for name in names])
        metadata["failing rows"] = dg.MetadataValue.table(records, schema)
    return metadata


def _targets(
    step: StepExecutionContext, asset_key: dg.AssetKey, reports: Sequence[PartitionReport]
) -> dict[str | None, AssetCheckEvaluationTargetMaterializationData]:
    """Return the materialization each check result belongs to; the UI shows a result only with its latest one.

    For a partition that was refused that is the materialization whose data stand; a partition without one has no entry.
    """
    instance = step.instance
    if [item.partition for item in reports] == [None]:
        latest = instance.fetch_materializations(asset_key, limit=1).records
        return {entry.partition_key: _target(entry.storage_id, entry.run_id, entry.timestamp) for entry in latest}
    keys = {item.partition for item in reports if item.partition}
    ids = instance.event_log_storage.get_latest_storage_id_by_partition(
        asset_key, dg.DagsterEventType.ASSET_MATERIALIZATION, partitions=keys
    )
    refused = {item.partition for item in reports if item.refusal}
    earlier = [storage_id for key, storage_id in ids.items() if key in refused]
    found: dict[str | None, AssetCheckEvaluationTargetMaterializationData] = {}
    now = time.time()
    found.update({key: _target(storage_id, step.run_id, now) for key, storage_id in ids.items() if key not in refused})
    if earlier:
        wanted = dg.AssetRecordsFilter(asset_key=asset_key, storage_ids=earlier)
        for entry in instance.fetch_materializations(wanted, limit=len(earlier)).records:
            found[entry.partition_key] = _target(entry.storage_id, entry.run_id, entry.timestamp)
    return found


def _target(storage_id: int, run_id: str, timestamp: float) -> AssetCheckEvaluationTargetMaterializationData:
    return AssetCheckEvaluationTargetMaterializationData(storage_id=storage_id, run_id=run_id, timestamp=timestamp)
