"""What failed and left nothing in the lake nor in the ledger: extractions, and writes that nothing judged.

Dagster's event log alone knows of them.

It leans on the storage of Dagster's event log, which has what is newest of a check by partition; the tests of `dataops
status` fail when an upgrade changes that.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status

from dataops_assets.failures import was_interrupted
from dataops_assets.interrupts import WORDS
from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.runs import runner

_EVENTS = 1000  # failures of one source that are searched for the reason, the newest first


class Failures:
    """Of one instance, read once: the log of a run that failed has the reasons of all that it did not write."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        self._instance = instance
        self._runs: dict[str, dict[str, tuple[str, str]] | None] = {}

    def extractions(self, sources: Iterable[str]) -> dict[str, dict[str, str]]:
        """By source and partition: why the newest extraction failed. Two to four queries for a source."""
        return {name: self._extractions(dg.AssetKey(["raw", name])) for name in sources}

    def past_extractions(
        self, sources: Iterable[str], after: datetime
    ) -> Iterator[tuple[str, str, int, datetime, str]]:
        """Those that failed since then, whatever came after them: source, partition, a number of each, when, and why.
        after: UTC. One query for a source.
        """
        for name in sources:
            check = dg.AssetCheckKey(dg.AssetKey(["raw", name]), "extraction")
            found = self._instance.event_log_storage.get_asset_check_execution_history(
                check, _EVENTS, status={Status.FAILED}
            )
            for record in found:
                moment = datetime.fromtimestamp(record.create_timestamp, UTC)
                if moment >= after and record.evaluation:
                    key = record.partition or UNPARTITIONED
                    yield name, key, record.id, moment, record.evaluation.description or ""

    def writes(self, checks: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """By asset and partition: the error that ended the newest write before there was a verdict: a full disk, say.

        checks: of each asset, the name of one that gets a verdict with each write. One query for an asset.
        """
        storage = self._instance.event_log_storage
        found: dict[str, dict[str, str]] = {}
        for asset, name in checks.items():
            key = dg.AssetKey(asset.split("/"))
            for newest in storage.get_asset_check_partition_info([dg.AssetCheckKey(key, name)]):
                run_id = newest.latest_planned_run_id
                if newest.latest_execution_status != Status.PLANNED or not run_id:
                    continue
                if error := (self._errors(run_id) or {}).get("__".join(key.path)):
                    found.setdefault(asset, {})[newest.partition_key or UNPARTITIONED] = error[1]
        return found

    def reason(self, run_id: str, step: str) -> str:
        """Why a run that has ended did not make what one of its steps makes; empty if it succeeded, or is not over."""
        errors = self._errors(run_id)
        if errors is None:
            return ""
        for failed, (_, reason) in errors.items():
            if failed == step or failed.startswith(f"{step}."):
                return reason
        names = [name for name, _ in errors.values()]
        if len(errors) == 1:
            return f"not run, since {': '.join(*errors.values())}"
        if errors:
            return f"not run, since others of run {run_id[:8]} failed: {', '.join(names)}"
        if self._was_interrupted(run_id):
            return WORDS
        return f"run {run_id[:8]} ended before it was its turn; see it in the UI"

    def _extractions(self, asset: dg.AssetKey) -> dict[str, str]:
        storage, check = self._instance.event_log_storage, dg.AssetCheckKey(asset, "extraction")
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
            if reason := self.reason(run_id, "__".join(asset.path)):
                found |= dict.fromkeys(keys, reason)
        return found

    def _errors(self, run_id: str) -> dict[str, tuple[str, str]] | None:
        """Of a run that failed, by step: what it makes, and why it did not. None of one that succeeded or goes on."""
        if run_id not in self._runs:
            run = self._instance.get_run_by_id(run_id)
            has_failed = run and run.status in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
            self._runs[run_id] = self._read(run_id) if has_failed else None
        return self._runs[run_id]

    def _was_interrupted(self, run_id: str) -> bool:
        ends = self._instance.all_logs(run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
        return any(was_interrupted(entry.get_dagster_event().job_failure_data.error) for entry in ends)

    def _read(self, run_id: str) -> dict[str, tuple[str, str]]:
        found = {}
        for entry in self._instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
            event = entry.get_dagster_event()
            failed, step = event.step_failure_data, event.step_key or ""
            name, _, reason = runner.cause(step, failed.error, failed.user_failure_data).partition(": ")
            found[step] = name, reason or name
        return found
