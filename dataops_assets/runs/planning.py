"""What is to be run: which assets, for which partitions, in which order, and which of them share a run."""

import fnmatch
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import dagster as dg

from dataops_assets.nearest import suggestion
from dataops_assets.ordering import next_group
from dataops_assets.runs.chunks import chunks
from dataops_assets.runs.partition_keys import BadRequest, NoneInRange, keys_in

__all__ = ["BadRequest", "PlannedRun", "Say", "one_by_one", "planned", "run_of"]

_SELECTOR = re.compile(r"^(\+?)([A-Za-z0-9_/*?-]+?)(\+?)$")

Say = Callable[[str], None]


@dataclass(frozen=True)
class PlannedRun:
    """A run that is to be made. tags: what names its partitions to Dagster; none for assets without partitions."""

    assets: Sequence[dg.AssetKey]
    partitions: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


def planned(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    select: str | None,
    partitions: tuple[str, str] | None,
    say: Say,
) -> list[PlannedRun]:
    """The runs of sets of assets that share their partitions, each after what it reads.

    As in a backfill of the UI, a run is of as many partitions as an asset's `BackfillPolicy` allows, of one without
    it, and an asset that reads itself is run alone, in the order of its partitions. A run of several partitions has
    exactly those that Dagster takes its first and last key for.

    instance: knows the keys of dynamic partitions. say: is told which assets have no partition in the range and are
    left out. Raises BadRequest, also if all have none.
    """
    graph = job.asset_layer.asset_graph
    todo = _select(graph, select, say)
    plan: list[PlannedRun] = []
    left_out: list[NoneInRange] = []
    while todo:
        best = _next(graph, todo)
        keys = sorted(best)
        definition = graph.get(keys[0]).partitions_def
        if definition is None:
            plan.append(PlannedRun(keys))
        else:
            names = ", ".join(key.to_user_string() for key in keys)
            try:
                found = keys_in(definition, partitions, instance, names)
            except NoneInRange as nothing:
                left_out.append(nothing)
            else:
                most = min(_partitions_per_run(graph, key) for key in keys)
                plan += [
                    PlannedRun(keys, chunk, _tags(definition, chunk))
                    for chunk in chunks(definition, found, most, instance)
                ]
        todo -= best
    if partitions and left_out and not any(run.partitions for run in plan):
        raise left_out[0]
    for nothing in left_out:
        say(f"left out: {nothing}")
    return plan


def run_of(assets: Sequence[str], partitions: Sequence[str]) -> PlannedRun:
    """A run of these assets, whose keys are written with slashes; partitions: of time, in order and without a gap."""
    tags: Mapping[str, str] = {}
    if len(partitions) == 1:
        tags = {"dagster/partition": partitions[0]}
    elif partitions:
        tags = _range_tags(partitions)
    return PlannedRun([dg.AssetKey(asset.split("/")) for asset in assets], partitions, tags)


def one_by_one(job: dg.JobDefinition, run: PlannedRun) -> list[PlannedRun]:
    """The same as a run for each partition."""
    definition = job.asset_layer.get(run.assets[0]).partitions_def
    if definition is None or len(run.partitions) == 1:
        return [run]
    return [PlannedRun(run.assets, [key], _tags(definition, [key])) for key in run.partitions]


def _tags(definition: dg.PartitionsDefinition, chunk: Sequence[str]) -> Mapping[str, str]:
    if len(chunk) > 1:
        return _range_tags(chunk)
    return definition.get_tags_for_partition_key(chunk[0])  # with dimensions, one for the key of each as well


def _range_tags(chunk: Sequence[str]) -> Mapping[str, str]:
    return {"dagster/asset_partition_range_start": chunk[0], "dagster/asset_partition_range_end": chunk[-1]}


def _next(graph, todo: set[dg.AssetKey]) -> set[dg.AssetKey]:
    """Of the assets that are left, the most that can share their runs and read no other of them."""

    def group_of(key: dg.AssetKey) -> tuple:
        node = graph.get(key)
        alone = min(node.execution_set_asset_keys) if node.has_self_dependency else None
        return node.partitions_def, _partitions_per_run(graph, key), alone

    return next_group(sorted(todo), group_of, lambda key, others: _can_go_with(graph, key, others, todo))


def _can_go_with(graph, key: dg.AssetKey, others: set[dg.AssetKey], todo: set[dg.AssetKey]) -> bool:
    """Is all that an asset reads there, once the others are run with it, chunk by chunk?"""
    node = graph.get(key)
    if (node.execution_set_asset_keys & todo) - others:
        return False
    return all(
        parent in others and (parent in node.execution_set_asset_keys or _looks_back(graph, key, parent))
        for parent in node.parent_keys & todo
    )


def _looks_back(graph, key: dg.AssetKey, parent: dg.AssetKey) -> bool:
    """Does a partition read no later one of its parent than the same?"""
    if graph.get(key).partitions_def is None:
        return True
    mapping = graph.get_partition_mapping(key, parent_asset_key=parent)
    if isinstance(mapping, dg.TimeWindowPartitionMapping):
        return mapping.end_offset <= 0
    return isinstance(mapping, dg.IdentityPartitionMapping)


def _partitions_per_run(graph, key: dg.AssetKey) -> float:
    policy = graph.get(key).backfill_policy
    if policy is None:
        return 1
    return float("inf") if policy.max_partitions_per_run is None else policy.max_partitions_per_run


def _select(graph, select: str | None, say: Say) -> set[dg.AssetKey]:
    executable = set(graph.executable_asset_keys)
    if not select:
        return executable
    chosen: set[dg.AssetKey] = set()
    for part in re.split(r"[,\s]+", select.strip()):
        match = _SELECTOR.match(part)
        try:
            # Dagster's own syntax reads a leading plus as one step upstream; here it means all of it.
            if match is None:
                found = set(dg.AssetSelection.from_string(part).resolve(graph))
            else:
                upstream, pattern, downstream = match.groups()
                found = {key for key in executable if fnmatch.fnmatchcase(key.to_user_string(), pattern)}
                selection = dg.AssetSelection.assets(*found)
                found |= set(selection.upstream().resolve(graph)) if upstream else set()
                found |= set(selection.downstream().resolve(graph)) if downstream else set()
        except (dg.DagsterError, ValueError) as error:
            raise BadRequest(f"--select {part!r}: {error}") from error
        if not found & executable:
            known = suggestion(part, (key.to_user_string() for key in executable))
            raise BadRequest(f"--select {part!r} matches no asset; {known}")
        chosen |= found & executable
    besides = {other for key in chosen for other in graph.get(key).execution_set_asset_keys} - chosen
    if besides:
        say(f"also run, since one function makes them: {', '.join(sorted(key.to_user_string() for key in besides))}")
    return chosen | besides
