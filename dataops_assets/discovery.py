"""Finding the datasets: every module of their packages is imported, and what it holds becomes part of the graph.

An error stops everything and says which file it is in: a dataset that is silently left out is worse than none.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from dataops_assets.model.tables import DatasetError, Derived, Source
from dataops_assets.settings import DEMO


@dataclass(frozen=True)
class Datasets:
    """What was found. plain: Dagster definitions of people's own."""

    sources: tuple[Source, ...] = ()
    derived: tuple[Derived, ...] = ()
    plain: tuple[Any, ...] = ()

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
    others: dict[int, tuple[str, str, Any]] = {}
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
            else:
                others[id(value)] = module.__name__, name, value
    plain: list[Any] = []
    if "dagster" in sys.modules:  # or none of these objects is Dagster's, and who only asks need not wait for it
        from dataops_assets.plain import picked

        plain = picked(others.values())
    return Datasets(tuple(sources.values()), tuple(derived.values()), tuple(plain))


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
