"""Where a plain asset's rows lie, read from its key and its definition metadata, and how a refusal is worded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg


class PlainTableError(Exception):
    """Rows that were not stored, or a table that cannot be read; names asset, partition, column, value, next step."""


@dataclass(frozen=True)
class Target:
    """The table of one asset, and the partitions of it that a run writes or reads.

    keys: partition keys; None if the asset has no partitions. metadata: the asset's definition metadata, unwrapped.
    """

    asset: str
    schema: str
    table: str
    keys: tuple[str, ...] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """`schema.table`, for people."""
        return f"{self.schema}.{self.table}"

    @property
    def label(self) -> str:
        """The asset and the partitions at hand, for messages."""
        keys = self.keys
        if keys is None:
            return self.asset
        if len(keys) < 2:
            return f"{self.asset}, partition {keys[0]}" if keys else f"{self.asset}, no partition"
        return f"{self.asset}, {len(keys)} partitions {keys[0]} to {keys[-1]}"

    def refuse(self, problem: str, instead: str) -> PlainTableError:
        """The error to raise when rows are not written."""
        return PlainTableError(f"{self.label}: {problem}; nothing was written to {self.name}. {instead}")


def target_of(
    context: dg.OutputContext | dg.InputContext, upstream: dg.OutputContext, schema: str, keys: Sequence[str] | None
) -> Target:
    """The table of an asset, or of an op's output.

    context: the one that knows the asset's key. upstream: the output that wrote the table, or is about to. schema: for
    an asset whose metadata and key name none.
    """
    metadata = {name: _unwrapped(value) for name, value in (upstream.definition_metadata or {}).items()}
    path = list(context.asset_key.path) if context.has_asset_key else [upstream.name]
    return Target(
        asset="/".join(path),
        schema=str(metadata.get("schema") or (path[-2] if len(path) > 1 else schema)),
        table=str(metadata.get("table") or path[-1]),
        keys=None if keys is None else tuple(keys),
        metadata=metadata,
    )


def _unwrapped(value: Any) -> Any:
    return value.value if isinstance(value, dg.MetadataValue) else value
