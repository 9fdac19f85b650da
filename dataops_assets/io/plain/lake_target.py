"""Where a plain asset's rows lie in the lake: a folder that follows its key, and one for each partition."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import dagster as dg

from dataops_assets.io.plain.target import Target, target_of
from dataops_assets.lake.paths import AssetPartition, asset_table


@dataclass(frozen=True)
class LakeTarget(Target):
    """folder: of the asset's table in the lake. definition: of its partitions, or None."""

    folder: str = ""
    definition: dg.PartitionsDefinition | None = None

    @property
    def name(self) -> str:
        return f"the lake's {self.folder}"

    def partition(self, key: str | None) -> AssetPartition | None:
        if key is None:
            return None
        if isinstance(self.definition, dg.MultiPartitionsDefinition):
            return AssetPartition.of(key, self.definition.get_partition_key_from_str(key).keys_by_dimension)
        return AssetPartition.of(key)

    def only(self, key: str | None) -> "LakeTarget":
        """The same, of one of its partitions: for messages."""
        return replace(self, keys=None if key is None else (key,))


def lake_target(
    context: dg.OutputContext | dg.InputContext, upstream: dg.OutputContext, keys: Sequence[str] | None
) -> LakeTarget:
    """As `target_of`. context: the one that knows the asset's key. upstream: the output that is written or was."""
    # An op's output has no key, and its name is that of many: it lies where Dagster's own managers put it.
    path = list(context.asset_key.path if context.has_asset_key else upstream.get_identifier())
    base = target_of(context, upstream, "", keys)
    return LakeTarget(**vars(base), folder=asset_table(path), definition=context._asset_partitions_def)


def ordered_keys(context: dg.InputContext) -> list[str]:
    """The partitions of an input, in the order of their definition."""
    keys = list(context.asset_partition_keys)
    if len(keys) < 2 or isinstance(context.asset_partitions_def, dg.TimeWindowPartitionsDefinition):
        return keys
    # Dagster keeps those of a range as a set.
    known = context.asset_partitions_def.get_partition_keys(dynamic_partitions_store=context.instance)
    rank = {str(key): number for number, key in enumerate(known)}
    return sorted(keys, key=lambda key: rank.get(key, len(rank)))
