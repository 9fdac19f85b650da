"""The lake IO manager: stores what a source answers as immutable attempts, and hands them to whoever loads them.

Plain Dagster assets that return a DataFrame or an Arrow table are stored by `plain_lake.py`, in place of Dagster's own
file managers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from dataops_assets.io.operation import carry_out
from dataops_assets.io.plain.lake import load_from_lake, store_in_lake
from dataops_assets.io.values import Operation
from dataops_assets.lake.attempts import verify_files
from dataops_assets.lake.history import attempts_of, readable
from dataops_assets.lake.manifest import DamagedManifest, Manifest
from dataops_assets.model.tables import Source
from dataops_assets.warehouse.storage import Storage


class LakeIOManager(dg.IOManager):
    """Writes the raw layer, and plain tables.

    open_storage: opens lake and warehouse on first use. sources: by name, those whose raw assets it writes.
    """

    def __init__(
        self, open_storage: Callable[[], Storage], code_version: str, sources: Mapping[str, Source] | None = None
    ) -> None:
        self._open_storage = open_storage
        self._code_version = code_version
        self._sources = sources or {}

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Do the work that an asset returned, or store the table that it returned."""
        if isinstance(obj, Operation):
            carry_out(context, obj, self._open_storage(), self._code_version)
        else:
            store_in_lake(context, self._open_storage().staging.for_run(context.run_id), obj, self._code_version)

    def load_input(self, context: dg.InputContext) -> Any:
        """The rows of a plain asset as the type the input is annotated with.

        Of a raw asset, the committed attempts (Manifest) by partition key, the newest last; None is the key of one
        without partitions. Raises LakeDamaged if the manifest of the newest cannot be read.
        """
        path = context.asset_key.path if context.has_asset_key else []
        source = self._sources.get(path[1]) if len(path) == 2 and path[0] == "raw" else None
        return self._attempts(context, source) if source else load_from_lake(context, self._open_storage().staging)

    def _attempts(self, context: dg.InputContext, source: Source) -> dict[str | None, list[Manifest]]:
        if (kind := context.dagster_type.typing_type) in (pd.DataFrame, pa.Table):
            raise TypeError(
                f"raw/{source.name}: the input is annotated {kind!r}; raw is given as its attempts, "
                f"dict[str | None, list[Manifest]]; read staged/{source.name} for the rows"
            )
        keys: Sequence[str | None] = context.asset_partition_keys if context.has_asset_partitions else [None]
        calendar, store = source.partition, self._open_storage().staging
        partitions = {key: calendar.of(key) if calendar and key is not None else None for key in keys}
        found = attempts_of(store, source.name, list(partitions.values()))
        for attempts in found.values():
            if attempts and isinstance(attempts[-1], DamagedManifest):
                verify_files(store, attempts[-1])
        return {key: readable(found[partition]) for key, partition in partitions.items()}
