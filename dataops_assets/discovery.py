"""Finding the datasets: every module below `datasets/` is imported, and what it holds becomes part of the graph.

An error stops everything and says which file it is in: a dataset that is silently left out is worse than none.
"""

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import dagster as dg

from dataops_assets.model.tables import DatasetError, Derived, Source

_PLAIN = (
    dg.AssetsDefinition,
    dg.AssetChecksDefinition,
    dg.AssetSpec,
    dg.Definitions,
    dg.JobDefinition,
    dg.ScheduleDefinition,
    dg.SensorDefinition,
)


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


def discover(package: str = "dataops_assets.datasets") -> Datasets:
    """Import every module of the package and collect its datasets and Dagster definitions.

    Raises DatasetError, naming the file, if a module cannot be imported or two datasets share a name.
    """
    return collect(_modules(package))


def collect(modules: Iterable[ModuleType]) -> Datasets:
    """Collect the datasets and Dagster definitions of modules, each object once."""
    sources: dict[int, Source] = {}
    derived: dict[int, Derived] = {}
    plain: dict[int, Any] = {}
    origin: dict[str, tuple[int, str]] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Source | Derived):
                known = origin.setdefault(value.name, (id(value), module.__name__))
                if known[0] != id(value):
                    raise DatasetError(
                        f"{module.__name__}: a dataset called {value.name!r} exists already in {known[1]}; "
                        "rename one of them"
                    )
                (sources if isinstance(value, Source) else derived)[id(value)] = value  # type: ignore[assignment]
            elif isinstance(value, _PLAIN):
                plain[id(value)] = value
    return Datasets(tuple(sources.values()), tuple(derived.values()), tuple(plain.values()))


def _modules(package: str) -> list[ModuleType]:
    root = importlib.import_module(package)
    names = sorted(
        found.name for found in pkgutil.walk_packages(root.__path__, f"{package}.", onerror=_raise_import_error)
    )
    modules = []
    for name in names:
        try:
            modules.append(importlib.import_module(name))
        except Exception as error:
            raise DatasetError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    return modules


def _raise_import_error(name: str) -> None:
    raise DatasetError(f"{name} cannot be imported")
