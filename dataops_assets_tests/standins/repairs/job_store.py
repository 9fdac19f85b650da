# pyright: reportMissingImports=false
"""Jobs are kept in memory, as a job is written three times on its way; of the results, those of the newest.

The emulator keeps both in tables, the results of each query for ever.
"""

import json
from collections import deque
from typing import Any

from local_bigquery.catalog import tables
from local_bigquery.engine import database
from local_bigquery.jobs import store
from local_bigquery.models import Job

KEPT_RESULTS = 500
"""Queries whose results can still be read; of BigQuery's, those of the last 24 hours can."""

Key = tuple[str, str]
_jobs: dict[Key, str] = {}
_finished: deque[Key] = deque()


def save(job: Any) -> Any:
    """Of a job that is done, the results of one long before it go."""
    key = (job.jobReference.projectId, job.jobReference.jobId)
    _jobs[key] = json.dumps(job.dump())
    if job.status.state == "DONE" and not job.statistics.parentJobId:  # a script's statements leave theirs to it
        _finished.append(key)
    while len(_finished) > KEPT_RESULTS:
        project_id, job_id = _finished.popleft()
        database.execute(f"DROP TABLE IF EXISTS {tables.name(project_id, tables.RESULTS, job_id)}")
    return job


def load(project_id: str, job_id: str) -> Any:
    message = _jobs.get((project_id, job_id))
    return Job.model_validate_json(message) if message else None


def list_(
    project_id: str,
    states: list[str] | None = None,
    parent_job_id: str | None = None,
    min_creation_time: int | None = None,
    max_creation_time: int | None = None,
) -> list[Any]:
    """The newest first; times in milliseconds since 1970."""
    jobs = [Job.model_validate_json(message) for (project, _), message in list(_jobs.items()) if project == project_id]
    earliest, latest = min_creation_time or 0, max_creation_time or 2**63
    found = [
        job
        for job in jobs
        if job.statistics.parentJobId == parent_job_id
        and (states is None or job.status.state in states)
        and earliest <= int(job.statistics.creationTime) <= latest
    ]
    return sorted(found, key=lambda job: (-int(job.statistics.creationTime), job.jobReference.jobId))


def delete(project_id: str, job_id: str) -> None:
    """With the statements of it, if it is a script."""
    for job in list_(project_id, parent_job_id=job_id):
        _jobs.pop((project_id, job.jobReference.jobId), None)
    _jobs.pop((project_id, job_id), None)


def install() -> None:
    store.save, store.load, store.list_, store.delete = save, load, list_, delete
