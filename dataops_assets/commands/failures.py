"""What failed and left nothing in the lake nor in the ledger: extractions, and writes that nothing judged.

Dagster's event log alone knows of them.

It leans on the storage of Dagster's event log, which has what is newest of a check by partition; the tests of `dataops
status` fail when an upgrade changes that.
"""

from collections.abc import Iterable, Mapping

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status

from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.runs import runner

_EVENTS = 1000  # failures of one source that are searched for the reason, the newest first


def failed_extractions(instance: dg.DagsterInstance, sources: Iterable[str]) -> dict[str, dict[str, str]]:
    """By source and partition: why the newest extraction failed. Two to four queries for a source."""
    return {name: _failed(instance, dg.AssetKey(["raw", name])) for name in sources}


def _failed(instance: dg.DagsterInstance, asset: dg.AssetKey) -> dict[str, str]:
    storage, check = instance.event_log_storage, dg.AssetCheckKey(asset, "extraction")
    found: dict[str, str] = {}
    failing: set[str] = set()
    unfinished: dict[str, list[str]] = {}
    for newest in storage.get_asset_check_partition_info([check]):
        key = newest.partition_key or UNPARTITIONED
        if newest.latest_execution_status == Status.FAILED:
            failing.add(key)
        elif newest.latest_execution_status == Status.PLANNED and newest.latest_planned_run_id:
            unfinished.setdefault(newest.latest_planned_run_id, []).append(key)
    if failing:
        for record in storage.get_asset_check_execution_history(check, _EVENTS, status={Status.FAILED}):
            key = record.partition or UNPARTITIONED
            if key in failing and key not in found and record.evaluation:
                found[key] = record.evaluation.description or ""
        found |= dict.fromkeys(failing - found.keys(), "the extraction failed; see its check in the UI")
    # Of one partition that a passing fault kept from answering there is no verdict: the step itself has failed.
    for run_id, keys in unfinished.items():
        if reason := failure(instance, run_id, asset, "__".join(asset.path)):
            found |= dict.fromkeys(keys, reason)
    return found


def failed_writes(instance: dg.DagsterInstance, checks: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """By asset and partition: the error that ended the newest write before there was a verdict, such as a full disk.

    checks: of each asset, the name of one that gets a verdict with each write. One query for an asset.
    """
    found: dict[str, dict[str, str]] = {}
    errors: dict[str, dict[str, str]] = {}
    for asset, name in checks.items():
        key = dg.AssetKey(asset.split("/"))
        for newest in instance.event_log_storage.get_asset_check_partition_info([dg.AssetCheckKey(key, name)]):
            run_id = newest.latest_planned_run_id
            if newest.latest_execution_status != Status.PLANNED or not run_id:
                continue
            if run_id not in errors:
                errors[run_id] = _errors(instance, run_id) or {}
            if reason := errors[run_id].get("__".join(key.path)):
                found.setdefault(asset, {})[newest.partition_key or UNPARTITIONED] = reason
    return found


def failure(instance: dg.DagsterInstance, run_id: str, asset: dg.AssetKey, step: str) -> str:
    """Why a run that has ended did not write an asset; empty if the run succeeded, or is not over.

    step: of the run, which makes the asset.
    """
    errors = _errors(instance, run_id)
    if errors is None:
        return ""
    for failed, reason in errors.items():
        if failed == step or failed.startswith(f"{step}."):
            return reason
    if len(errors) == 1:
        return f"not run, since {': '.join(*errors.items())}"
    if errors:
        return f"not run, since others of run {run_id[:8]} failed: {', '.join(errors)}"
    return f"run {run_id[:8]} ended before it was its turn; see it in the UI"


def _errors(instance: dg.DagsterInstance, run_id: str) -> dict[str, str] | None:
    """Of a run that has failed, why each of its steps did; None of one that succeeded, or is not over."""
    run = instance.get_run_by_id(run_id)
    if run is None or run.status not in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
        return None
    found = {}
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        event = entry.get_dagster_event()
        failed, step = event.step_failure_data, event.step_key or ""
        reason = runner.cause(step, failed.error, failed.user_failure_data)
        found[step] = reason.partition(": ")[2] or reason
    return found
