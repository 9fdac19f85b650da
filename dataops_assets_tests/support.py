"""What the tests share: a project on a folder of its own, and runs through Dagster's front door."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from dataops_assets.build import Project
from dataops_assets.discovery import Datasets
from dataops_assets.model import Derived, Source
from dataops_assets.runs import runner
from dataops_assets.settings import Settings


def make_project(home: Path, *datasets: Source | Derived | Any, **settings: Any) -> Project:
    """A project of these datasets whose lake and warehouse lie in `home`."""
    return Project(
        Settings(home=home, **settings),
        Datasets(
            sources=tuple(d for d in datasets if isinstance(d, Source)),
            derived=tuple(d for d in datasets if isinstance(d, Derived)),
            plain=tuple(d for d in datasets if not isinstance(d, Source | Derived)),
        ),
    )


def materialize(
    project: Project,
    select: str | None = None,
    first: str | None = None,
    last: str | None = None,
    instance: dg.DagsterInstance | None = None,
    tags: Mapping[str, str] | None = None,
) -> list[runner.RunResult]:
    """Run assets for partitions as `dataops run` does; without an instance, on one in memory."""
    partitions = (first, last or first) if first else None
    used = instance or dg.DagsterInstance.ephemeral()
    quiet = runner.progress_logger(lambda line: None)
    definitions = project.definitions(logger=quiet)
    return list(runner.run(definitions, used, select=select, partitions=partitions, tags=tags))


def succeed(*args: Any, **kwargs: Any) -> list[runner.RunResult]:
    """Like `materialize`, and fail the test with the reasons if a run or a blocking check failed."""
    results = materialize(*args, **kwargs)
    problems = [problem for result in results for problem in result.problems]
    assert not problems, "\n".join(problems)
    return results


def rows(project: Project, sql: str) -> list[dict[str, Any]]:
    """The rows of a query over the warehouse."""
    return project.storage.warehouse.query(sql).to_pylist()
