"""Each fault at each request of each kind of job: the job's work is done once, or it is said why not."""

import io
from collections.abc import Callable

import pytest
from google.cloud import bigquery

from dataops_assets.warehouse.bigquery.errors import JobFailed, JobUnknown
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets_tests.warehouse.strict_bigquery import FAULTS, Outcome, StrictBigQuery
from dataops_assets_tests.warehouse.strict_jobs import jobs_of

PARQUET = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")

CALLS: dict[str, Callable[[Jobs], object]] = {
    "query": lambda jobs: jobs.query("insert into d.t select @a", {"a": 1}, identity="one"),
    "load": lambda jobs: jobs.load(["gs://b/o"], "d.t", PARQUET, identity="one"),
    "load_file": lambda jobs: jobs.load_file(io.BytesIO(b"content"), "d.t", PARQUET, identity="one"),
    "copy": lambda jobs: jobs.copy("d.s", "d.t$20130101", "WRITE_TRUNCATE", identity="one"),
    "query without identity": lambda jobs: jobs.query("insert into d.t select 1"),
}
REQUESTS = 3  # of a call when all is well: the submission, and two questions


@pytest.mark.parametrize("call", CALLS)
def test_without_a_fault(server: StrictBigQuery, call: str) -> None:
    CALLS[call](jobs_of(server))
    assert len(server.effects) == 1
    assert len(server.requests) == REQUESTS


@pytest.mark.parametrize("length", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("number", range(REQUESTS))
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_fault_that_passes(server: StrictBigQuery, call: str, fault: str, number: int, length: int) -> None:
    server.faults = dict.fromkeys(range(number, number + length), fault)
    CALLS[call](jobs_of(server))
    assert len(server.effects) == 1
    assert len(server.jobs) == 1


@pytest.mark.parametrize("number", range(REQUESTS))
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", [call for call in CALLS if "without" not in call])
def test_a_fault_that_stays_and_a_later_call(server: StrictBigQuery, call: str, fault: str, number: int) -> None:
    """The process gives up, says so, and the next one with the same identity ends right."""
    server.faults, server.after = dict.fromkeys(range(number), ""), fault
    with pytest.raises(JobUnknown, match="run it again") as raised:
        CALLS[call](jobs_of(server, attempts=2))
    assert raised.value.job_id in str(raised.value)
    server.heal()
    CALLS[call](jobs_of(server))
    assert len(server.effects) == 1
    assert len(server.jobs) == 1


@pytest.mark.parametrize("number", range(2 * REQUESTS + 1))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_around_a_job_that_fails_first(server: StrictBigQuery, fault: str, number: int) -> None:
    server.outcomes.append(Outcome("backendError", "trouble"))
    server.faults = {number: fault}
    CALLS["query"](jobs_of(server))
    assert len(server.effects) == 1
    assert [job.rsplit("-", 1)[1] for job in server.jobs] == ["1", "2"]


@pytest.mark.parametrize("call", [call for call in CALLS if "without" not in call])
def test_a_job_that_always_fails_for_a_while(server: StrictBigQuery, call: str) -> None:
    server.outcomes.extend([Outcome("internalError", "trouble")] * 3)
    with pytest.raises(JobFailed, match="internalError: trouble"):
        CALLS[call](jobs_of(server, attempts=3))
    assert server.effects == []
    CALLS[call](jobs_of(server))
    CALLS[call](jobs_of(server))
    assert [job.rsplit("-", 1)[1] for job in server.jobs] == ["1", "2", "3", "4"]
    assert len(server.effects) == 1
