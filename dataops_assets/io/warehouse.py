"""The warehouse IO manager: carries out loads, transformations and publications, and stores plain tables.

Plain Dagster assets that return a DataFrame, an Arrow table or a query are stored by `plain.py`, in place of Dagster's
own DuckDB and BigQuery IO managers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from dataops_assets.io.outcomes import to_report
from dataops_assets.io.plain.warehouse import load_plain, store_plain
from dataops_assets.io.reporting import PartitionReport, attach, partition_keys
from dataops_assets.io.values import Load, Publish, Transform
from dataops_assets.lake.history import attempts_of
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.paths import version_prefix
from dataops_assets.lake.store import Store
from dataops_assets.ledger.outcome import Outcome, RunInfo
from dataops_assets.load.load import load
from dataops_assets.model.partitions import UNPARTITIONED, Partition, TimePartitions
from dataops_assets.publish.publish import publish
from dataops_assets.transform.transform import transform
from dataops_assets.warehouse.base import Warehouse
from dataops_assets.warehouse.bigquery.errors import JobFailed
from dataops_assets.warehouse.tables import StagedTable


@dataclass(frozen=True)
class Storage:
    """Everything the writers write to."""

    warehouse: Warehouse
    staging: Store
    production: Store


class WriteFailed(RuntimeError):
    """The warehouse could not be asked, or refused: which partitions of which asset are to be written again."""


class WarehouseIOManager(dg.IOManager):
    """Writes the staged, transformed and production layers, and plain tables.

    open_storage: opens lake and warehouse on first use.
    """

    def __init__(self, open_storage: Callable[[], Storage], code_version: str) -> None:
        self._open_storage = open_storage
        self._code_version = code_version

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Do the work that an asset returned, or store the table that it returned."""
        storage = self._open_storage()
        staging, production = (lake.for_run(context.run_id) for lake in (storage.staging, storage.production))
        own = isinstance(obj, Load | Transform | Publish)
        keys = partition_keys(context) if own or context.has_asset_partitions else [None]
        asset = context.asset_key.to_user_string() if context.has_asset_key else context.step_key
        warehouse = storage.warehouse.for_work(asset, keys, context.run_id)
        storage = Storage(warehouse, staging, production)
        if not own:
            written = store_plain(context, storage.warehouse, obj)
            if context.has_asset_key:
                counted = context.has_asset_partitions
                counts = [
                    PartitionReport(key, {"dagster/partition_row_count": rows} if counted else {})
                    for key, rows in written.items()
                ]
                attach(context, _with_cost(counts, storage.warehouse.spent()))
            return
        partitions = _partitions(obj.table.by, keys)
        run = RunInfo(context.run_id, self._code_version)
        outcomes = self.work(storage, obj, partitions, run)
        reports = [
            to_report(key, outcome, _lake_path(storage, obj, partition, outcome))
            for key, partition, outcome in zip(keys, partitions, outcomes, strict=True)
        ]
        obj.reports = _with_cost(reports, storage.warehouse.spent())
        attach(context, obj.reports)

    @staticmethod
    def work(
        storage: Storage, obj: Load | Transform | Publish, partitions: Sequence[Partition | None], run: RunInfo
    ) -> list[Outcome]:
        """Do the work; one outcome for each partition. Raises WriteFailed, with JobFailed as its cause."""
        try:
            return _work(storage, obj, partitions, run)
        except JobFailed as error:
            asset = f"production/{obj.table.derived.name}" if isinstance(obj, Publish) else obj.table.asset
            keys = [partition.key for partition in partitions if partition]
            which = keys[0] if len(keys) == 1 else f"{keys[0]} to {keys[-1]}" if keys else ""
            raise WriteFailed(f"{f'{asset} {which}'.strip()}: {error}") from error

    def load_input(self, context: dg.InputContext) -> Any:
        """The rows of the upstream asset's partitions, as the type the input is annotated with."""
        return load_plain(context, self._open_storage().warehouse)


def _work(
    storage: Storage, obj: Load | Transform | Publish, partitions: Sequence[Partition | None], run: RunInfo
) -> list[Outcome]:
    if isinstance(obj, Load):
        listing = _listing(storage.staging, obj.table)
        return load(storage.warehouse, storage.staging, obj.table, partitions, listing, run)
    if isinstance(obj, Transform):
        return transform(storage.warehouse, storage.staging, obj.table, obj.inputs, partitions, run)
    return publish(storage.warehouse, storage.staging, storage.production, obj.table, partitions, run)


def _with_cost(reports: list[PartitionReport], spent: Mapping[str, int | str]) -> list[PartitionReport]:
    """The reports, with the cost of all at the first that is materialized: one that is held back shows nothing.

    The same jobs handle all partitions of a run, so it stands once.
    """
    told = {
        name: dg.MetadataValue.url(value) if isinstance(value, str) else dg.MetadataValue.int(value)
        for name, value in spent.items()
    }
    place = next((place for place, report in enumerate(reports) if not report.held), None)
    if told and place is not None:
        reports[place] = replace(reports[place], metadata={**reports[place].metadata, **told})
    return reports


def _lake_path(
    storage: Storage, obj: Load | Transform | Publish, partition: Partition | None, outcome: Outcome
) -> str | None:
    """Where the lake copy of a derived partition lies; staged tables have none, raw is theirs."""
    if isinstance(obj, Load) or not outcome.entry.version:
        return None
    store = storage.staging if isinstance(obj, Transform) else storage.production
    return store.uri(version_prefix(obj.table.relation, partition, outcome.entry.version))


def _listing(store: Store, table: StagedTable) -> Callable[[Sequence[Partition | None]], dict[str, list[Manifest]]]:
    replaces = table.source.write == "replace"  # by the newest alone, if it has any rows

    def listed(partitions: Sequence[Partition | None]) -> dict[str, list[Manifest]]:
        found = attempts_of(store, table.source.name, partitions, recent=replaces)
        # An answer without rows is judged by whether there ever were any.
        if empty := [p for p, manifests in found.items() if manifests and not any(m.rows for m in manifests)]:
            found |= attempts_of(store, table.source.name, empty)
        return {(partition.key if partition else UNPARTITIONED): manifests for partition, manifests in found.items()}

    return listed


def _partitions(by: TimePartitions | None, keys: Sequence[str | None]) -> list[Partition | None]:
    return [by.of(key) if by and key is not None else None for key in keys]
