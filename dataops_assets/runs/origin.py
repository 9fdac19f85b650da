"""Which code location a run is of. The timeline, with which Dagster's UI begins, shows no run that is of none."""

from typing import Any

from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

MODULE = "dataops_assets.definitions"
"""The code location: what `dataops ui` and the project's `workspace.yaml` load, and how it is called there."""


def say_origin(instance: Any) -> None:
    """Have the runs that are made of jobs with this instance be of the code location, as those of its UI are.

    Dagster has no argument for it where a job is run in the process.
    """
    create = instance.create_run_for_job

    def create_run_for_job(job_def: Any, *more: Any, **about: Any) -> Any:
        return create(job_def, *more, **{"remote_job_origin": _origin(job_def.name), **about})

    instance.create_run_for_job = create_run_for_job


def _origin(job: str) -> RemoteJobOrigin:
    location = ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name=MODULE), MODULE)
    return RemoteJobOrigin(RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME), job)
