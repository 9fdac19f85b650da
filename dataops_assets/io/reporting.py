"""What an asset tells Dagster about the partitions it wrote: metadata, check results, and what was held back.

A run may cover one partition, a range of partitions (`BackfillPolicy.single_run` or `multi_run`) or an asset that has
none. Dagster 1.13 has per-partition results for the first kind only, so this module, and no other, leans on preview
and internal API; `dataops_assets_tests/dagster_facts` fails when an upgrade changes what it leans on. In an asset:

    work = Load(...)                              # says what to write; the IO manager writes it
    yield dg.MaterializeResult(value=work)        # handle_output writes and ends with attach(context, reports)
    yield from report(context, work.reports)

Events per asset and run: one materialization for each partition written, one observation for each that was held back,
and one evaluation for each partition and check, beside what Dagster writes of its own (one "planned" for each
partition, a handful for the step). Each kind is sent as one batch (`DAGSTER_EVENT_BATCH_SIZE`, see
`dataops_assets.automation.event_log`).

The reports come back to the asset's function in what it returned, because Dagster offers no other way: what became of
the partitions is known in `handle_output`, which cannot send check results (its `log_event` takes materializations and
observations only), and a result is shown with a materialization that is recorded after `handle_output` has ended. The
function is the only code that runs then. Nor is there a public way to record some partitions of a run and not others,
or to ask in `handle_output` whether the step is tried again: hence the private fields of the context, in here alone.

A partition that is held back is not materialized: it keeps the state it had (missing, or the materialization before),
its checks show in red, and an observation says why. Steps downstream in the same run do run, over the whole range, and
have to look at the verdicts of what they read. Known limit: during a range run Dagster shows a refused partition as "in
progress", and after a run that failed as "failed"; after a run that succeeded its old state is back.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluation,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, DagsterEventType, generate_event_batch_id
from dagster._core.execution.context.system import StepExecutionContext
from dagster._core.execution.plan.objects import ErrorSource, StepFailureData, UserFailureData

from dataops_assets.failures import HELD_BY, SEE_CHECKS
from dataops_assets.ledger.outcome import CheckOutcome

_ATTEMPT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
NOT_WRITTEN = "not written"
"""Metadata of the observation of a partition that was refused: why."""
DIFFERENCE = "difference"
"""Metadata of one that was published, or waits for that: what it changes, or would."""

_AFTER_CHOSEN = (
    "If they come after the partitions that were chosen: a backfill of Dagster asks for them too where a table has "
    "history, since they read the chosen ones. What else they read was not asked for, and there is nothing to be done."
)
_CAUSES: dict[tuple[str, str], UserFailureData] = {}
"""What is wrong with partitions of a step after which a run goes on, by run and step: from its function to its hook."""
_LISTED = 20  # partitions named in an error; the checks show the others


@dataclass(frozen=True)
class PartitionReport:
    """One partition after a write, as Dagster is told of it; `partition` is None for an unpartitioned asset.

    refusal: why the partition was NOT written, so that its old state stands; empty or None if it was written.
    held_by: asset and partition in which it began, of one that was refused for another's sake. lacking: there is
        nothing there.
    """

    partition: str | None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    checks: Sequence[CheckOutcome] = ()
    refusal: str | None = None
    held_by: str = ""
    lacking: bool = False

    @property
    def problem(self) -> str:
        """Why nothing may be built on this partition: check names and reason; an empty text if it is sound."""
        stopping = [check for check in self.checks if check.severity.stops and not check.passed]
        if not (self.refusal or stopping):
            return ""
        words = dict.fromkeys(filter(None, [self.refusal, *(check.description for check in stopping)]))
        # A check that explains a refusal begins with it.
        reasons = [each for each in words if not any(other != each and other.startswith(each) for other in words)]
        names = ", ".join(check.name for check in stopping)
        return ": ".join(filter(None, [names, "; ".join(reasons)]))


def partition_keys(context: dg.AssetExecutionContext | dg.OutputContext) -> list[str | None]:
    """Return the partition keys this run writes of the asset, in order; `[None]` if the asset is unpartitioned.

    Raises `dagster.Failure` if a partitioned asset is run without a partition.
    """
    if isinstance(context, dg.OutputContext):
        # Not has_asset_partitions alone: that is also false for a partitioned asset in a run without a partition.
        partitioned = context.has_asset_partitions or context._asset_partitions_def is not None
        keys = context.asset_partition_keys if context.has_asset_partitions else []
        if len(keys) > 1 and context._step_context is not None:
            # Of static, dynamic and multi-partitioned assets Dagster keeps the keys of a run as a set.
            step = context.step_context
            with partition_loading_context(dynamic_partitions_store=step.instance):
                keys = context.asset_partitions_def.get_partition_keys_in_range(step.partition_key_range)
        asset = context.asset_key.to_user_string() if context.has_asset_key else context.name
    else:
        partitioned = context.assets_def.partitions_def is not None
        targeted = partitioned and (context.has_partition_key or context.has_partition_key_range)
        keys = context.partition_keys if targeted else []
        asset = context.asset_key.to_user_string()
    if not partitioned:
        return [None]
    if not keys:
        raise dg.Failure(
            f"{asset} is partitioned and the run names no partition. Choose a partition or a range of them.",
            allow_retries=False,
        )
    return list(keys)


def is_tried_again(context: dg.OutputContext) -> bool:
    """Does Dagster, by the asset's retry policy, run the step once more if it raises an error now?"""
    if context._step_context is None:
        return False
    policy = context.step_context.op_retry_policy
    return policy is not None and context.step_context.previous_attempt_count < policy.max_retries


def attach(context: dg.OutputContext, reports: Sequence[PartitionReport]) -> None:
    """Put the reports' metadata on the materializations Dagster is about to record, and leave out refused ones.

    To be called once, at the end of `handle_output`, which is the only moment at which the figures are known and the
    materializations are not recorded yet. Without a running step (a test's `build_output_context`) it does nothing.
    """
    if context._step_context is None:
        return
    step, asset_key = context.step_context, context.asset_key
    for item in reports:
        step.add_asset_metadata(item.metadata, asset_key=asset_key, partition_key=item.partition)

    refused = {item.partition for item in reports if item.refusal}
    if not refused:
        return
    written = [key for key in partition_keys(context) if key not in refused]
    if not written:
        context._asset_key = None  # nothing was written, so there is nothing to record; report() fails the step
    else:
        context._asset_partitions_subset = context.asset_partitions_def.subset_with_partition_keys(written)  # type: ignore[arg-type]


def report(
    context: dg.AssetExecutionContext, reports: Sequence[PartitionReport], leaf: bool = False
) -> Iterator[dg.Output | DagsterEvent]:
    """Yield the check results of each partition; to be delegated to after the asset's output was yielded.

    The asset has the hook `show_cause`, so that the step is red if some of its partitions have a problem of their own.
    Raises `dagster.Failure` (not retried) at the end if every partition of the run has a problem, so that nothing
    downstream runs; with `leaf`, for assets nothing is built on, and where this run builds nothing on it, if any has,
    so that the run ends red. What is sound is materialized in both cases. Raises `ValueError` for a check the asset
    does not declare.
    """
    asset_key = context.asset_key
    outputs = {s.name: name for name, s in context.assets_def.check_specs_by_output_name.items()}
    unknown = sorted({check.name for item in reports for check in item.checks} - outputs.keys())
    if unknown:
        raise ValueError(
            f"{asset_key.to_user_string()} reports checks it does not declare: {', '.join(unknown)}. "
            f"Add an AssetCheckSpec for each (declared: {', '.join(sorted(outputs)) or 'none'})."
        )
    for name in outputs.values():
        yield dg.Output(None, output_name=name)
    yield from _evaluations(context.get_step_execution_context(), asset_key, reports)
    yield from _observations(context.get_step_execution_context(), asset_key, reports)

    bad = [item for item in reports if item.problem]
    if not bad:
        return
    step = context.get_step_execution_context()
    message = _message(asset_key, bad, len(reports), "dagster/backfill" in context.run.tags)
    partitions = [item.partition for item in bad if item.partition]
    if leaf or len(bad) == len(reports) or not _goes_on(step):
        raise dg.Failure(message, metadata={"partitions": partitions}, allow_retries=False)
    context.log.error(message)
    if any(not item.held_by for item in bad):
        about = {"partitions": dg.MetadataValue.json(partitions)}
        _CAUSES[context.run.run_id, step.step.key] = UserFailureData("intentional-failure", message, about)


def _goes_on(step: StepExecutionContext) -> bool:
    """Is anything in this run built on what the step makes?"""
    plan = step.plan_data.execution_plan
    return any(step.step.key in needed for needed in plan.get_executable_step_deps().values())


@dg.success_hook(name="show_cause")
def show_cause(context: dg.HookContext) -> None:
    """For assets that report: shows the step in red if some of its partitions have a problem that began there.

    Dagster runs nothing that is built on a step that has failed, and what is sound has to go on: so it succeeds, and is
    said to have failed after that, which is what the page of the run shows, and what a run "from failure" begins with.
    """
    step = context._step_execution_context
    if cause := _CAUSES.pop((context.run_id, step.step.key), None):
        DagsterEvent.step_failure_event(step, StepFailureData(None, cause, ErrorSource.USER_CODE_ERROR))


def _evaluations(
    step: StepExecutionContext, asset_key: dg.AssetKey, reports: Sequence[PartitionReport]
) -> Iterator[DagsterEvent]:
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


def _observations(
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


def _which(items: Sequence[PartitionReport]) -> str:
    """The partitions that have the same problem, which is said as it is of the first."""
    first, last = items[0].partition, items[-1].partition
    if first is None:
        return ""
    return f"{first}: " if len(items) == 1 else f"{len(items)} partitions, {first} to {last}: "


def _message(asset_key: dg.AssetKey, bad: Sequence[PartitionReport], total: int, in_backfill: bool) -> str:
    name = asset_key.to_user_string()
    unwritten = sum(1 for item in bad if item.refusal)
    outcome = (
        "not written, the old state stands" if unwritten == len(bad) else f"unsound ({unwritten} of them not written)"
    )
    alike: dict[str, list[PartitionReport]] = {}
    for item in bad:
        alike.setdefault(_ATTEMPT.sub("", item.problem.replace(item.partition or "", "")), []).append(item)
    listed = [f"  {_which(items)}{items[0].problem}" for items in alike.values()]
    more = sum(map(len, list(alike.values())[_LISTED:]))
    rest = [f"  and {more} more"] if more else []
    what = f"{len(bad)} of {total} partitions" if bad[0].partition else "the table is"
    return "\n".join(
        [
            f"{name}: {what} {outcome}:",
            *listed[:_LISTED],
            *rest,
            *([_AFTER_CHOSEN] if in_backfill and any(item.lacking for item in bad) else []),
            SEE_CHECKS,
        ]
    )
