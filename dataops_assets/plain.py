"""Dagster definitions of people's own, beside the datasets: which are taken as they are found, and how."""

from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg
from dagster._config.pythonic_config import ConfigurableResourceFactory, PartialResource
from dagster._core.definitions.assets.definition.cacheable_assets_definition import CacheableAssetsDefinition
from dagster._core.definitions.partitions.partitioned_schedule import UnresolvedPartitionedAssetScheduleDefinition
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster.components.definitions import LazyDefinitions

from dataops_assets.model.tables import DatasetError

_KINDS: dict[str, tuple[type, ...]] = {
    # Checks come first: to Dagster they are a kind of AssetsDefinition.
    "asset_checks": (dg.AssetChecksDefinition,),
    "assets": (dg.AssetsDefinition, dg.AssetSpec, dg.SourceAsset, CacheableAssetsDefinition),
    "jobs": (dg.JobDefinition, UnresolvedAssetJobDefinition),
    "schedules": (dg.ScheduleDefinition, UnresolvedPartitionedAssetScheduleDefinition),
    "sensors": (dg.SensorDefinition,),
}
"""What `dg.Definitions` takes by itself, by the name of its argument."""

_RESOURCES = (dg.ResourceDefinition, ConfigurableResourceFactory, PartialResource)
_ELSEWHERE: list[tuple[tuple[type, ...], str]] = [
    (_RESOURCES, "a resource has a name there: give it in `dg.Definitions(resources={{{name!r}: {name}}})`"),
    ((dg.LoggerDefinition,), "give it in `dg.Definitions(loggers={{{name!r}: {name}}})`"),
    ((dg.ExecutorDefinition,), "give it to a job: `dg.define_asset_job(…, executor_def={name})`"),
    ((dg.RepositoryDefinition, LazyDefinitions), "write `{name} = dg.Definitions(…)` instead"),
]
"""What a module may hold only if a `dg.Definitions`, an asset or a job says how it is used. Ops, graphs, hooks and
partitions are parts of what uses them, and need nothing."""


def picked(found: Iterable[tuple[str, str, Any]]) -> list[Any]:
    """Of objects, each with its module and its name there, those that `plain_definitions` merges.

    Raises DatasetError for a Dagster object that a code location has no place for.
    """
    plain: list[Any] = []
    others: list[tuple[str, Any]] = []
    for module, name, value in found:
        if isinstance(value, dg.Definitions) or _kind(value):
            plain.append(value)
        elif hint := next((hint for types, hint in _ELSEWHERE if isinstance(value, types)), None):
            where = f"{module}: {name} ({type(value).__name__})"
            others.append((f"{where} is not picked up by itself; {hint.format(name=name)}", value))
    used = set(map(id, _used(plain)))
    for message, value in others:
        if not any(id(known) in used for known in _known_as(value)):
            raise DatasetError(message)
    return plain


def plain_definitions(plain: Iterable[Any]) -> list[dg.Definitions]:
    """Dagster definitions of people's own, to be merged. What a `dg.Definitions` of theirs holds is not taken twice."""
    plain = list(plain)
    given = [item for item in plain if isinstance(item, dg.Definitions)]
    contained = {id(item) for each in given for kind in _KINDS for item in getattr(each, kind) or ()}
    loose = [item for item in plain if _kind(item) and id(item) not in contained]
    # A spec may be there for the asset that it describes, as in `@dg.multi_asset(specs=SPECS)`.
    everything = [*loose, *(item for each in given for item in each.assets or ())]
    made = {key for item in everything if isinstance(item, dg.AssetsDefinition) for key in item.keys}
    loose = [item for item in loose if not (isinstance(item, dg.AssetSpec) and item.key in made)]
    sorted_out: dict[str, Any] = {kind: [item for item in loose if _kind(item) == kind] for kind in _KINDS}
    return [*([dg.Definitions(**sorted_out)] if loose else []), *given]


def _kind(value: object) -> str | None:
    return next((kind for kind, types in _KINDS.items() if isinstance(value, types)), None)


def _known_as(value: Any) -> Iterator[Any]:
    """The object, and what Dagster makes of a resource that is given to an asset or a job."""
    yield value
    if isinstance(value, ConfigurableResourceFactory | PartialResource):
        yield value.get_resource_definition()


def _used(plain: Iterable[Any]) -> Iterator[Any]:
    """The resources, loggers and executors that these definitions name, with the resources of resources."""
    todo: list[Any] = []
    for item in plain:
        for names in ("resources", "resource_defs", "loggers"):
            todo += (getattr(item, names, None) or {}).values()
        todo += [getattr(item, name, None) for name in ("executor", "executor_def")]
    while todo:
        item = todo.pop()
        yield item
        todo += (getattr(item, "nested_resources", None) or {}).values()
