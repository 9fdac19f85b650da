"""What an asset tells Dagster about the partitions it wrote: metadata, check results, and what was held back.

A run may cover one partition, a range of partitions (`BackfillPolicy.single_run` or `multi_run`) or an asset that has
none. Dagster 1.13 has per-partition results for the first kind only, so this module and `events`, and no other, lean on
preview and internal API; `dataops_assets_tests/dagster_facts` fails when an upgrade changes what they lean on. In an
asset:

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

from collections.abc import Iterator, Sequence

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.events import DagsterEvent
from dagster._core.execution.context.system import StepExecutionContext
from dagster._core.execution.plan.objects import ErrorSource, StepFailureData, UserFailureData

from dataops_assets.io.events import evaluations, observations
from dataops_assets.io.partition_report import PartitionReport, message

_CAUSES: dict[tuple[str, str], UserFailureData] = {}
"""What is wrong with partitions of a step after which a run goes on, by run and step: from its function to its hook."""


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
    yield from evaluations(context.get_step_execution_context(), asset_key, reports)
    yield from observations(context.get_step_execution_context(), asset_key, reports)

    bad = [item for item in reports if item.problem]
    if not bad:
        return
    step = context.get_step_execution_context()
    words = message(asset_key.to_user_string(), bad, len(reports), "dagster/backfill" in context.run.tags)
    partitions = [item.partition for item in bad if item.partition]
    if leaf or len(bad) == len(reports) or not _goes_on(step):
        raise dg.Failure(words, metadata={"partitions": partitions}, allow_retries=False)
    context.log.error(words)
    if any(not item.held_by for item in bad):
        about = {"partitions": dg.MetadataValue.json(partitions)}
        _CAUSES[context.run.run_id, step.step.key] = UserFailureData("intentional-failure", words, about)


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
