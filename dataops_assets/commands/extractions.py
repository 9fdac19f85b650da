"""Extractions that failed: they leave nothing in the lake nor in the ledger, only in Dagster's event log.

It leans on the storage of Dagster's event log, which has what is newest of a check by partition; the tests of `dataops
status` fail when an upgrade changes that.
"""

import re
from collections.abc import Iterable

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status

from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.runs import runner

_NAMES = re.compile(r"^dataops_assets\.[\w.]+: ")  # of our own errors, which say more than their names
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


def failure(instance: dg.DagsterInstance, run_id: str, asset: dg.AssetKey, step: str) -> str:
    """Why a run that has ended did not write an asset; empty if the run succeeded, or is not over.

    step: of the run, which makes the asset.
    """
    run = instance.get_run_by_id(run_id)
    if run is None or run.status not in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
        return ""
    others = []
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        event = entry.get_dagster_event()
        failed = event.step_failure_data
        reason = runner.cause(event.step_key or "", failed.error, failed.user_failure_data)
        if event.step_key == step or (event.step_key or "").startswith(f"{step}."):
            return _NAMES.sub("", reason.partition(": ")[2] or reason)
        others.append(reason)
    if len(others) == 1:
        return f"not run, since {others[0]}"
    if others:
        steps = ", ".join(reason.partition(": ")[0] for reason in others)
        return f"not run, since others of run {run_id[:8]} failed: {steps}"
    return f"run {run_id[:8]} ended before it was its turn; see it in the UI"
