"""The lake IO manager: stores what a source answers as immutable attempts, and hands them to whoever loads them.

Plain Dagster assets that return a DataFrame or an Arrow table are stored by `plain_lake.py`, in place of Dagster's own
file managers.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import dagster as dg
import pandas as pd
import pyarrow as pa

from dataops_assets.io.plain.lake import load_from_lake, store_in_lake
from dataops_assets.io.reporting import CheckResult, PartitionReport, attach, partition_keys
from dataops_assets.io.values import Extract, Work
from dataops_assets.lake.attempts import commit_extraction
from dataops_assets.lake.history import attempts_of, current
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.paths import attempt_prefix
from dataops_assets.lake.store import Store
from dataops_assets.model.partitions import Partition
from dataops_assets.model.tables import Source
from dataops_assets.sources.base import Request, SourceError, TransientSourceError

Opener = Callable[[], Store]


class LakeIOManager(dg.IOManager):
    """Writes the raw layer, and plain tables.

    open_store: opens the staging lake on first use. sources: by name, those whose raw assets it writes.
    """

    def __init__(self, open_store: Opener, code_version: str, sources: Mapping[str, Source] | None = None) -> None:
        self._open_store = open_store
        self._code_version = code_version
        self._sources = sources or {}

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Store the table that an asset returned; or extract each partition of the run.

        Of an extraction, a partition that fails is held back and the others are kept.
        """
        store = self._open_store().for_run(context.run_id)
        if isinstance(obj, Extract):
            keys = partition_keys(context)
            obj.reports = extract(
                store, obj.source, keys, context.run_id, self._code_version, obj.full_refresh, _is_tried_again(context)
            )
            attach(context, obj.reports)
        elif isinstance(obj, Work):
            raise dg.DagsterInvariantViolationError(
                f"{context.asset_key.to_user_string()}: the lake stores extractions and tables; "
                f"a {type(obj).__name__} is for the warehouse IO manager (io_manager_key='warehouse')"
            )
        else:
            store_in_lake(context, store, obj, self._code_version)

    def load_input(self, context: dg.InputContext) -> Any:
        """The rows of a plain asset as the type the input is annotated with.

        Of a raw asset, the committed attempts (Manifest) by partition key, the newest last; None is the key of one
        without partitions.
        """
        path = context.asset_key.path if context.has_asset_key else []
        source = self._sources.get(path[1]) if len(path) == 2 and path[0] == "raw" else None
        return self._attempts(context, source) if source else load_from_lake(context, self._open_store())

    def _attempts(self, context: dg.InputContext, source: Source) -> dict[str | None, list[Manifest]]:
        if (kind := context.dagster_type.typing_type) in (pd.DataFrame, pa.Table):
            raise TypeError(
                f"raw/{source.name}: the input is annotated {kind!r}; raw is given as its attempts, "
                f"dict[str | None, list[Manifest]]; read staged/{source.name} for the rows"
            )
        keys: Sequence[str | None] = context.asset_partition_keys if context.has_asset_partitions else [None]
        partitions = {key: _partition(source, key) for key in keys}
        found = attempts_of(self._open_store(), source.name, list(partitions.values()))
        return {key: found[partition] for key, partition in partitions.items()}


def extract(
    store: Store,
    source: Source,
    keys: Sequence[str | None],
    run_id: str,
    code_version: str,
    full_refresh: bool = False,
    tried_again: bool = False,
) -> list[PartitionReport]:
    """Ask the source for partitions, a few at a time, and commit each answer as it comes.

    full_refresh: an incremental source is asked for everything, and not from its watermark on.
    Those that a passing fault kept from answering are asked for once more after the others. If that is all of them,
    and it is tried again after a pause (`tried_again`), raises the TransientSourceError of the first instead.
    """

    def one(key: str | None) -> PartitionReport:
        partition = _partition(source, key)
        last = current(store, source.name, partition) if source.incremental and not full_refresh else None
        watermark = last.watermark if last else None
        extraction = source.extract.extract(Request(source.name, partition, watermark))
        manifest = commit_extraction(
            store,
            source.name,
            partition,
            extraction,
            follows=last.attempt if last and watermark is not None else None,
            run_id=run_id,
            code_version=code_version,
        )
        return PartitionReport(key, _metadata(store, source, partition, manifest), [_kept(manifest)])

    def attempt(key: str | None) -> PartitionReport | SourceError:
        try:
            return one(key)
        except SourceError as error:
            return error

    workers = max(1, source.max_parallel)
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix=source.name) as pool:
        answers = dict(zip(keys, pool.map(attempt, keys), strict=True))
        faults = [key for key, answer in answers.items() if isinstance(answer, TransientSourceError)]
        if tried_again and len(faults) == len(keys):
            raise cast(TransientSourceError, answers[keys[0]])
        answers.update(zip(faults, pool.map(attempt, faults), strict=True))
    return [_failed(key, a) if isinstance(a, SourceError) else a for key, a in answers.items()]


def _is_tried_again(context: dg.OutputContext) -> bool:
    """Does Dagster, by the asset's retry policy, run the step once more if it raises an error now?"""
    if context._step_context is None:
        return False
    policy = context.step_context.op_retry_policy
    return policy is not None and context.step_context.previous_attempt_count < policy.max_retries


def _partition(source: Source, key: str | None) -> Partition | None:
    return source.partition.of(key) if source.partition and key is not None else None


def _failed(key: str | None, error: SourceError) -> PartitionReport:
    return PartitionReport(key, {}, [CheckResult("extraction", False, description=str(error))], held=str(error))


def _kept(manifest: Manifest) -> CheckResult:
    kept = f"the same data as attempt {manifest.same_as}" if manifest.same_as else f"{len(manifest.files)} files"
    since = f", from the watermark of attempt {manifest.follows} on" if manifest.follows else ""
    said = f"attempt {manifest.attempt}: {manifest.rows} rows, {kept}{since}"
    return CheckResult("extraction", True, description=said)


def _metadata(store: Store, source: Source, partition: Partition | None, manifest: Manifest) -> dict[str, Any]:
    path = attempt_prefix(source.name, partition, manifest.attempt)
    return {
        "dagster/partition_row_count" if partition else "dagster/row_count": manifest.rows,
        "dagster/uri": dg.MetadataValue.path(store.uri(path)),
        "attempt": manifest.attempt,
        "bytes": sum(file.bytes for file in manifest.files),
        "same_as": manifest.same_as or "",
    }
