"""Finding the datasets: every module of their packages is imported, and what it holds becomes part of the graph.

An error stops everything and says which file it is in: a dataset that is silently left out is worse than none.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import dagster as dg
from dagster._config.pythonic_config import ConfigurableResourceFactory, PartialResource
from dagster._core.definitions.assets.definition.cacheable_assets_definition import CacheableAssetsDefinition
from dagster._core.definitions.partitions.partitioned_schedule import UnresolvedPartitionedAssetScheduleDefinition
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster.components.definitions import LazyDefinitions

from dataops_assets.model.tables import DatasetError, Derived, Source
from dataops_assets.settings import DEMO

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


@dataclass(frozen=True)
class Datasets:
    """What was found. plain: Dagster definitions of people's own."""

    sources: tuple[Source, ...] = ()
    derived: tuple[Derived, ...] = ()
    plain: tuple[Any, ...] = field(default=())

    def __post_init__(self) -> None:
        seen: dict[str, Source | Derived] = {}
        for dataset in (*self.sources, *self.derived):
            if dataset.name in seen:
                raise DatasetError(f"two datasets are called {dataset.name!r}; names are unique across all files")
            seen[dataset.name] = dataset


def discover(*packages: str) -> Datasets:
    """Import every module of the packages and collect their datasets and Dagster definitions; of the demo, if of none.

    Raises DatasetError, naming the file, if a module cannot be imported or two datasets share a name.
    """
    modules = {module.__name__: module for package in packages or (DEMO,) for module in _modules(package)}
    return collect(modules.values())


def collect(modules: Iterable[ModuleType]) -> Datasets:
    """Collect the datasets and Dagster definitions of modules, each object once, also out of lists and dicts.

    Raises DatasetError for two datasets of one name, and for a Dagster object that a code location has no place for.
    """
    sources: dict[int, Source] = {}
    derived: dict[int, Derived] = {}
    plain: dict[int, Any] = {}
    others: dict[int, tuple[str, Any]] = {}
    origin: dict[str, tuple[int, str]] = {}
    for module in modules:
        for name, value in _objects(module):
            if isinstance(value, Source | Derived):
                known = origin.setdefault(value.name, (id(value), module.__name__))
                if known[0] != id(value):
                    raise DatasetError(
                        f"{module.__name__}: a dataset called {value.name!r} exists already in {known[1]}; "
                        "rename one of them"
                    )
                (sources if isinstance(value, Source) else derived)[id(value)] = value  # type: ignore[assignment]
            elif isinstance(value, dg.Definitions) or _kind(value):
                plain[id(value)] = value
            elif hint := next((hint for types, hint in _ELSEWHERE if isinstance(value, types)), None):
                where = f"{module.__name__}: {name} ({type(value).__name__})"
                others[id(value)] = f"{where} is not picked up by itself; {hint.format(name=name)}", value
    used = set(map(id, _used(plain.values())))
    for said, value in others.values():
        if not any(id(known) in used for known in _known_as(value)):
            raise DatasetError(said)
    return Datasets(tuple(sources.values()), tuple(derived.values()), tuple(plain.values()))


def plain_definitions(plain: Iterable[Any]) -> list[dg.Definitions]:
    """Dagster definitions of people's own, to be merged. What a `dg.Definitions` of theirs holds is not taken twice."""
    plain = list(plain)
    given = [item for item in plain if isinstance(item, dg.Definitions)]
    held = {id(item) for each in given for kind in _KINDS for item in getattr(each, kind) or ()}
    loose = [item for item in plain if _kind(item) and id(item) not in held]
    # A spec may be there for the asset that it describes, as in `@dg.multi_asset(specs=SPECS)`.
    everything = [*loose, *(item for each in given for item in each.assets or ())]
    made = {key for item in everything if isinstance(item, dg.AssetsDefinition) for key in item.keys}
    loose = [item for item in loose if not (isinstance(item, dg.AssetSpec) and item.key in made)]
    sorted_out: dict[str, Any] = {kind: [item for item in loose if _kind(item) == kind] for kind in _KINDS}
    return [*([dg.Definitions(**sorted_out)] if loose else []), *given]


def _kind(value: object) -> str | None:
    return next((kind for kind, types in _KINDS.items() if isinstance(value, types)), None)


def _objects(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The values of a module, and what its lists, tuples, sets and dicts hold, by the name of the variable."""
    seen: set[int] = set()
    todo = [(name, value) for name, value in reversed(vars(module).items()) if not name.startswith("__")]
    while todo:
        name, value = todo.pop()
        if type(value) in (list, tuple, set, frozenset, dict):
            if id(value) not in seen:
                seen.add(id(value))
                todo += [(name, item) for item in reversed([*(value.values() if isinstance(value, dict) else value)])]
        else:
            yield name, value


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


def _modules(package: str) -> list[ModuleType]:
    try:
        root = importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{package}.".startswith(f"{error.name}."):
            raise DatasetError(f"{package} cannot be imported: {error}") from error
        raise DatasetError(
            f"DATAOPS_DATASETS names {package!r}, but there is no {error.name!r} in this environment; install the "
            "package that has it (pip install -e .), or mend the name"
        ) from None
    except Exception as error:
        raise DatasetError(f"{package} cannot be imported: {type(error).__name__}: {error}") from error
    if not hasattr(root, "__path__"):
        return [root]
    names = sorted(
        found.name for found in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=_raise_import_error)
    )
    modules = [root]
    for name in names:
        try:
            modules.append(importlib.import_module(name))
        except Exception as error:
            raise DatasetError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    return modules


def _raise_import_error(name: str) -> None:
    raise DatasetError(f"{name} cannot be imported")
