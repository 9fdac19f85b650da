"""Plain assets whose newest run failed: they are in no ledger, only in Dagster's event log.

It leans on the storage of Dagster's event log, which has the newest attempt of each partition; the tests of `dataops
status` fail when an upgrade changes that.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus as Status

from dataops_assets.model.partitions import UNPARTITIONED
from dataops_assets.runs.failures import Failures


def failed_plain_assets(
    instance: dg.DagsterInstance, failures: Failures, plain: Iterable[Any]
) -> dict[str, dict[str, str]]:
    """By asset and partition: why the newest run did not write it, or which of its checks stops.

    failures: of that instance. plain: as discovered. Two queries for an asset, one for all checks, and two for each run
    that failed.
    """
    found: dict[str, dict[str, str]] = {}
    checks: list[dg.AssetCheckKey] = []
    for assets in _assets(plain):
        checks += assets.check_keys
        for key in assets.keys if assets.is_materializable else ():
            for partition, run_id in _not_written(instance, key).items():
                if reason := failures.reason(run_id, assets.node_def.name):
                    found.setdefault(key.to_user_string(), {})[partition] = reason
    newest = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks) if checks else {}
    for record in newest.values():
        evaluation = record.evaluation
        if record.status == Status.FAILED and evaluation and evaluation.severity == dg.AssetCheckSeverity.ERROR:
            reason = f"check {evaluation.check_name!r} failed: {evaluation.description or 'see it in the UI'}"
            asset = found.setdefault(evaluation.asset_key.to_user_string(), {})
            asset.setdefault(record.partition or UNPARTITIONED, reason)
    return found


def keys(plain: Iterable[Any]) -> list[str]:
    """Of all plain assets."""
    return [key.to_user_string() for assets in _assets(plain) for key in assets.keys]


def owners(plain: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """Of the plain assets that have some."""
    specs = [spec for assets in _assets(plain) for spec in assets.specs]
    return {spec.key.to_user_string(): tuple(spec.owners) for spec in specs if spec.owners}


def _assets(plain: Iterable[Any]) -> Iterator[dg.AssetsDefinition]:
    for item in plain:
        for each in (*(item.assets or ()), *(item.asset_checks or ())) if isinstance(item, dg.Definitions) else (item,):
            if isinstance(each, dg.AssetsDefinition):
                yield each


def _not_written(instance: dg.DagsterInstance, key: dg.AssetKey) -> Mapping[str, str]:
    """By partition, the newest run that was to write it and did not."""
    storage = instance.event_log_storage
    tried = storage.get_latest_asset_partition_materialization_attempts_without_materializations(key)
    if tried:
        return {partition: run_id for partition, (run_id, _) in tried.items()}
    for record in storage.get_asset_records([key]):
        entry = record.asset_entry
        written = entry.last_materialization_record
        # Of an asset without partitions; the newest run of one with them may have written other partitions.
        if entry.last_run_id and (
            written is None or (written.run_id != entry.last_run_id and not written.partition_key)
        ):
            return {UNPARTITIONED: entry.last_run_id}
    return {}
