"""What runs were asked for and did not write, and which assets are not run since they would read it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from dataops_assets.runs.planning import PlannedRun
from dataops_assets.settings import HELD_BY_LEDGER

Missing = Mapping[dg.AssetKey, Sequence[str]]
"""Partitions by asset; of an asset without partitions the empty key."""


def not_written(
    job: dg.JobDefinition, result: dg.ExecuteInProcessResult, asked: PlannedRun
) -> tuple[Missing, list[str]]:
    """What a run was asked for and did not write, and notes of what the assets' own functions have left out in a run
    that succeeded, as those may that declare `output_required=False`, and of what reads them.
    """
    events = result.all_events
    written = {(e.asset_key, e.partition) for e in events if e.event_type_value == "ASSET_MATERIALIZATION"}
    skipped = {e.step_key or "" for e in events if e.event_type_value == "STEP_SKIPPED"}
    found: dict[dg.AssetKey, list[str]] = {}
    notes = []
    for key in asked.assets:
        missing = [part or "" for part in asked.partitions or [None] if (key, part) not in written]
        assets = job.asset_layer.get(key).assets_def
        if not missing or not assets.is_materializable:
            continue
        node = assets.node_def
        optional = not node.output_def_named(assets.get_output_name_for_asset_key(key)).is_required
        if result.success and (optional or any(s == node.name or s.startswith(f"{node.name}.") for s in skipped)):
            notes.append(
                f"{named(key, missing)}: not written, its function or that of an asset it reads has left it out"
            )
        else:
            found[key] = missing
    return found, notes


def named(key: dg.AssetKey, partitions: Sequence[str]) -> str:
    """An asset and its partitions, for messages."""
    first = f"{key.to_user_string()} {partitions[0] if partitions else ''}".strip()
    return first + (f" and {len(partitions) - 1} more partitions" if partitions[1:] else "")


class Unwritten:
    """What the runs so far did not write. As in a backfill of the UI, no asset is run that would read it, but those of
    datasets, which hold back by the ledger, and say so in it.
    """

    def __init__(self, job: dg.JobDefinition, instance: dg.DagsterInstance) -> None:
        self._graph: Any = job.asset_layer.asset_graph
        self._instance = instance
        self._missing: dict[dg.AssetKey, set[str]] = {}

    def add(self, missing: Missing) -> None:
        """More of them."""
        for key, partitions in missing.items():
            self._missing.setdefault(key, set()).update(partitions)

    def waiting(self, run: PlannedRun) -> dict[dg.AssetKey, str]:
        """The assets of a run that would read what is not there, with the name of it."""
        if not self._missing:
            return {}
        found: dict[dg.AssetKey, str] = {}
        todo = [key for key in run.assets if HELD_BY_LEDGER not in self._graph.get(key).assets_def.node_def.tags]
        before = -1
        while before != len(found):
            before = len(found)
            for key in todo:
                if key not in found and (cause := self._cause(key, run.partitions, found)):
                    found[key] = cause
        return found

    def _cause(self, key: dg.AssetKey, partitions: Sequence[str], waiting: Mapping[dg.AssetKey, str]) -> str:
        node = self._graph.get(key)
        for other in (*node.parent_keys, *node.execution_set_asset_keys):
            if other in waiting:
                return waiting[other]
            if other in self._missing and other in node.parent_keys:
                lost = sorted(self._missing[other] & set(self._read(key, other, partitions)))
                if lost:
                    return named(other, lost)
        return ""

    def _read(self, key: dg.AssetKey, parent: dg.AssetKey, partitions: Sequence[str]) -> Iterable[str]:
        """Which of its parent's partitions an asset reads for some of its own."""
        own, upstream = self._graph.get(key).partitions_def, self._graph.get(parent).partitions_def
        if upstream is None:
            return [""]
        mapping = self._graph.get_partition_mapping(key, parent_asset_key=parent)
        if own is None and isinstance(mapping, dg.AllPartitionMapping):
            return self._missing[parent]
        read = mapping.get_upstream_mapped_partitions_result_for_partitions(
            downstream_partitions_subset=own.subset_with_partition_keys(partitions) if own else None,
            downstream_partitions_def=own,
            upstream_partitions_def=upstream,
            dynamic_partitions_store=self._instance,
        )
        return read.partitions_subset.get_partition_keys()
