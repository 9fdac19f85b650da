"""The way of one BigQuery job: submitted until it has succeeded, or has failed for good.

Whatever happens on the way, the same id is sent again, and BigQuery runs it once: the second submission of an id is
told "409 Already Exists" (https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid). A job that has failed
has had no effect and may be tried again (https://cloud.google.com/bigquery/docs/error-messages, backendError); but its
id is spent, and the next one ends in -2, -3, ….
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import tenacity

from dataops_assets.sources.http import retry_after
from dataops_assets.warehouse.bigquery.answers import (
    errors,
    is_duplicate,
    no_answer,
    reason_and_message,
    same,
    unanswered,
)
from dataops_assets.warehouse.bigquery.errors import (
    CommittedButFailed,
    JobDiffers,
    JobFailed,
    JobUnavailable,
    JobUnknown,
    failure,
    is_transient,
)
from dataops_assets.warehouse.bigquery.requests import JobRecord, JobRequest

if TYPE_CHECKING:
    from google.cloud import bigquery

    from dataops_assets.warehouse.bigquery.requests import Job

_LONGEST_PAUSE = 60.0  # seconds between two attempts, also if Retry-After asks for more
_FIRST_POLL, _LONGEST_POLL = 0.05, 3.0
_QUESTIONS = 2  # more attempts to ask for a job than to submit it: it may have been running for an hour
_EARLIER = 100  # failed jobs of one identity before somebody should look at it


@dataclass
class _Progress:
    """number: the suffix in use. unsure: a submission with it got no answer, so a job of that id is this call's."""

    number: int = 1
    unsure: bool = False

    def next(self) -> None:
        self.number += 1
        self.unsure = False


class _Later(Exception):
    """Try again. final: what to raise if there is no further attempt."""

    def __init__(self, final: JobFailed, cause: Exception | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        headers = getattr(getattr(cause, "response", None), "headers", None) or {}
        self.seconds = retry_after(headers.get("Retry-After")) or 0.0


class Runner:
    """Runs jobs to their end; may be used by several threads. attempts, backoff, timeout: as of Jobs."""

    def __init__(
        self,
        client: "bigquery.Client",
        *,
        project: str,
        location: str,
        attempts: int,
        backoff: float,
        timeout: float,
    ) -> None:
        self.statistics: list[JobRecord] = []
        self._client = client
        self._project = project
        self._location = location
        self._attempts = attempts
        self._backoff = backoff
        self._timeout = timeout

    def link(self, job_id: str) -> str:
        """The job's page in the Cloud Console."""
        place = f"bq:{self._location}:{job_id}"
        return f"https://console.cloud.google.com/bigquery?project={self._project}&j={place}&page=queryresults"

    def run(self, work: JobRequest) -> "Job":
        progress = _Progress()
        return self._patiently(lambda: self._turn(work, progress))

    def _patiently(self, turn: Callable[[], Any], more: int = 0) -> Any:
        def pause(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return min(_LONGEST_PAUSE, max(getattr(error, "seconds", 0.0), jittered(state)))

        jittered = tenacity.wait_exponential_jitter(multiplier=self._backoff, max=_LONGEST_PAUSE, jitter=self._backoff)
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts + more),
            wait=pause,
            retry=tenacity.retry_if_exception_type(_Later),
            reraise=True,
        )
        try:
            return retrying(turn)
        except _Later as later:
            raise later.final from later.__cause__

    def _turn(self, work: JobRequest, progress: _Progress) -> "Job":
        """Submit until there is something to wait for, or something to raise."""
        while True:
            job_id = f"{work.id}-{progress.number}"
            try:
                job, earlier = work.send(job_id), False
            except errors() as error:
                job = self._found(work, job_id, error, progress)
                earlier = job.state == "DONE" and not progress.unsure
            job = self._waited(work, job)
            self._record(work, job, earlier)
            if not job.error_result:
                return job
            self._check_not_committed(work, job)
            failed = self._failure(work, job)
            if earlier and progress.number < _EARLIER:
                progress.next()
                continue
            if not earlier and is_transient(failed.reason, str(job.error_result.get("message"))):
                progress.next()
                raise _Later(failed)
            raise failed

    def _found(self, work: JobRequest, job_id: str, error: Exception, progress: _Progress) -> "Job":
        """The job whose submission ended with an error. Raises _Later if there is none, or what is wrong."""
        reason, message = reason_and_message(error)
        if not is_duplicate(error):
            progress.unsure = True
        job = self._get(work, job_id)
        if job is None and not is_duplicate(error) and not unanswered(error):
            raise failure(work.what, work.kind, reason, message) from error
        if job is None:
            unknown = JobUnknown(
                f"{work.what}: submitted {self._attempts} times without an answer, the last time: {message}; "
                f"job {job_id} is not known by now, and may still be ({self.link(job_id)}); run it again",
                reason=reason,
                **self._place(job_id),
            )
            raise _Later(unknown, error) from error
        if not same(work.kind, work.configuration, job):
            raise JobDiffers(
                f"{work.what}: there is a job {job_id} already that does something else ({self.link(job_id)}); "
                "nothing was done. Use another identity",
                **self._place(job_id),
            ) from error
        return job

    def _waited(self, work: JobRequest, job: "Job") -> "Job":
        """The job when it is done. BigQuery itself ends jobs that take too long (queries after six hours)."""
        job_id, pause = str(job.job_id), _FIRST_POLL
        while job.state != "DONE":
            time.sleep(pause)
            pause = min(_LONGEST_POLL, pause * 1.3)
            seen = self._get(work, job_id)
            if seen is None:
                raise self._lost(work, job_id, "it was there, and is not known any more")
            job = seen
        return job

    def _get(self, work: JobRequest, job_id: str) -> "Job | None":
        """The job of an id, or None."""
        from google.api_core.exceptions import NotFound

        def turn() -> "Job | None":
            try:
                return cast(
                    "Job",
                    self._client.get_job(
                        job_id,
                        project=self._project,
                        location=self._location,
                        retry=cast("Any", None),
                        timeout=self._timeout,
                    ),
                )
            except NotFound:
                return None
            except errors() as error:
                if not unanswered(error):
                    raise failure(work.what, work.kind, *reason_and_message(error), **self._place(job_id)) from error
                raise _Later(self._lost(work, job_id, f"no answer to the question for it: {error}"), error) from error

        return self._patiently(turn, _QUESTIONS)

    def _lost(self, work: JobRequest, job_id: str, why: str) -> JobUnknown:
        return JobUnknown(
            f"{work.what}: whether job {job_id} ran is not known, {why} ({self.link(job_id)}); run it again",
            **self._place(job_id),
        )

    def _place(self, job_id: str) -> dict[str, str]:
        return {"job_id": job_id, "link": self.link(job_id)}

    def _failure(self, work: JobRequest, job: "Job") -> JobFailed:
        result = job.error_result or {}
        job_id = str(job.job_id)
        return failure(
            work.what,
            work.kind,
            str(result.get("reason", "")),
            str(result.get("message", "")),
            **self._place(job_id),
            errors=job.errors or (),
        )

    def _check_not_committed(self, work: JobRequest, job: "Job") -> None:
        """A script may fail behind its COMMIT; to run it again would do its work twice."""
        # By its text: a job that failed does not always say that it is a script.
        if "commit" not in str(work.configuration[work.kind].get("query", "")).lower():
            return

        def children() -> list[Any]:
            found = self._client.list_jobs(
                self._project, parent_job=job.job_id, retry=cast("Any", None), timeout=self._timeout
            )
            return list(found)

        made = self.answered(work.what, children)
        committed = any(
            getattr(child, "statement_type", None) == "COMMIT_TRANSACTION" and not child.error_result for child in made
        )
        if committed:
            job_id = str(job.job_id)
            raise CommittedButFailed(
                f"{work.what}: committed, and failed after that: {(job.error_result or {}).get('message')} "
                f"(job {job_id}, {self.link(job_id)}); what it changed stays. Make COMMIT its last statement",
                reason=str((job.error_result or {}).get("reason", "")),
                **self._place(job_id),
            )

    def answered(self, what: str, ask: Callable[[], Any]) -> Any:
        """The answer to something that changes nothing."""

        def turn() -> Any:
            try:
                return ask()
            except errors() as error:
                if not unanswered(error):
                    raise failure(what, "query", *reason_and_message(error)) from error
                final = no_answer(what, self._attempts, error)
                raise _Later(JobUnavailable(final, reason=reason_and_message(error)[0]), error) from error

        return self._patiently(turn)

    def _record(self, work: JobRequest, job: "Job", earlier: bool) -> None:
        took = (job.ended - job.created).total_seconds() if job.ended and job.created else 0.0
        read = getattr(job, "total_bytes_processed", None) or getattr(job, "input_file_bytes", None)
        self.statistics.append(
            JobRecord(
                job_id=str(job.job_id),
                kind=work.kind,
                statement_type=getattr(job, "statement_type", None) or "",
                bytes_processed=read or 0,
                bytes_billed=getattr(job, "total_bytes_billed", None) or 0,
                slot_ms=getattr(job, "slot_millis", None) or 0,
                seconds=took,
                link=self.link(str(job.job_id)),
                reason=str((job.error_result or {}).get("reason", "")),
                earlier=earlier,
            )
        )
