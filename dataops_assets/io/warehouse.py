"""The warehouse IO manager: carries out loads, transformations and publications, and stores plain tables.

Plain Dagster assets that return a DataFrame, an Arrow table or a query are stored by `plain.py`, in place of Dagster's
own DuckDB and BigQuery IO managers.
"""

from collections.abc import Callable
from typing import Any

import dagster as dg

from dataops_assets.io.operation import carry_out, for_run, with_cost
from dataops_assets.io.partition_report import PartitionReport
from dataops_assets.io.plain.warehouse import load_plain, store_plain
from dataops_assets.io.reporting import attach, partition_keys
from dataops_assets.io.values import Operation
from dataops_assets.warehouse.storage import Storage


class WarehouseIOManager(dg.IOManager):
    """Writes the staged, transformed and production layers, and plain tables.

    open_storage: opens lake and warehouse on first use.
    """

    def __init__(self, open_storage: Callable[[], Storage], code_version: str) -> None:
        self._open_storage = open_storage
        self._code_version = code_version

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Do the work that an asset returned, or store the table that it returned."""
        if isinstance(obj, Operation):
            carry_out(context, obj, self._open_storage(), self._code_version)
            return
        keys = partition_keys(context) if context.has_asset_partitions else [None]
        asset = context.asset_key.to_user_string() if context.has_asset_key else context.step_key
        warehouse = for_run(self._open_storage(), asset, keys, context.run_id).warehouse
        rows_by_key = store_plain(context, warehouse, obj)
        if context.has_asset_key:
            counted = context.has_asset_partitions
            reports = [
                PartitionReport(key, {"dagster/partition_row_count": rows} if counted else {})
                for key, rows in rows_by_key.items()
            ]
            attach(context, with_cost(reports, warehouse.spent()))

    def load_input(self, context: dg.InputContext) -> Any:
        """The rows of the upstream asset's partitions, as the type the input is annotated with."""
        return load_plain(context, self._open_storage().warehouse)
