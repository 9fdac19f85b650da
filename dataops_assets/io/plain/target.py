"""Where a plain asset's rows lie, read from its key and its definition metadata, and how a refusal is worded."""

import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union, get_args, get_origin

import dagster as dg
import pandas as pd
import pyarrow as pa

_RESULT = "result"  # what Dagster calls an output that has no name


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
    path = list(context.asset_key.path) if context.has_asset_key else [_output_table(upstream, "schema" in metadata)]
    return Target(
        asset="/".join(path),
        schema=str(metadata.get("schema") or (path[-2] if len(path) > 1 else schema)),
        table=str(metadata.get("table") or path[-1]),
        keys=None if keys is None else tuple(keys),
        metadata=metadata,
    )


def _output_table(output: dg.OutputContext, placed: bool) -> str:
    """The table of an op's output, which no other output of the job has.

    As with Dagster's own managers it is called as the output is, where the op says in which schema it lies (placed).
    Without, the names of two outputs may well be the same: Dagster calls most of them "result". Outputs that differ by
    their mapping key alone are told apart by it.
    """
    step = "__".join(re.findall(r"\w+", output.step_key))
    mapped = re.search(r"\[(\w+)\]$", output.step_key)
    if placed:
        name = f"{output.name}__{mapped[1]}" if mapped else output.name
    else:
        name = step if output.name == _RESULT else f"{step}__{output.name}"
    return f"{name}__{output.mapping_key}" if output.mapping_key else name


def check_own_table(context: dg.OutputContext, target: Target) -> None:
    """Raise PlainTableError if another op of the run writes an output without a key to the table of this one."""
    if context.has_asset_key or context._step_context is None:
        return
    # Dagster has no public way from an output to the others of its run.
    own, job = context.step_context.node_handle, context.step_context.job_def
    for step in context.step_context.execution_plan.steps:
        node = job.get_node(step.node_handle)
        for output in step.step_outputs:
            metadata = node.output_def_named(output.name).metadata or {}
            same_place = [_unwrapped(metadata.get(word)) for word in ("schema", "table")] == [
                target.metadata.get(word) for word in ("schema", "table")
            ]
            explicit = "table" in metadata or ("schema" in metadata and output.name == context.name)
            if same_place and explicit and output.asset_key is None and step.node_handle != own:
                raise target.refuse(
                    f"the op {step.key!r} writes its output {output.name!r} to the same table",
                    "Give one of them another name, Out(…) in out={'name': …}, or metadata={'table': …}.",
                )


def plain_annotation(kind: Any) -> Any:
    """What an input holds once it is there: of `Optional[X]` X, and of a list of outputs, which come one by one, X."""
    while (origin := get_origin(kind)) in (Union, types.UnionType, list):
        inner = [item for item in get_args(kind) if item is not type(None)]
        if len(inner) != 1 and origin is not list:
            break
        kind = inner[0] if inner else Any
    return kind


def by_partition(kind: Any) -> tuple[Any, bool]:
    """Of an annotation, what rows are wanted as, and whether for each partition: `dict[str, X]` gives X and True."""
    kind = plain_annotation(kind)
    if kind is dict or get_origin(kind) in (dict, Mapping):
        return plain_annotation((*get_args(kind), Any)[1] if get_args(kind) else Any), True
    return kind, False


def wanted_type(context: dg.InputContext, target: Target) -> tuple[type, bool] | None:
    """What an input wants its rows as, a DataFrame or an Arrow table, and whether by partition; None: neither."""
    kind, by_key = by_partition(context.dagster_type.typing_type)
    if by_key and target.keys is None:
        return None
    if kind is pa.Table:
        return pa.Table, by_key
    return (pd.DataFrame, by_key) if kind in (Any, object, pd.DataFrame) else None


def _unwrapped(value: Any) -> Any:
    return value.value if isinstance(value, dg.MetadataValue) else value
