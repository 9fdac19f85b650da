"""Requests that are no jobs: made again after each fault, ended after a time, and told of in words."""

from collections.abc import Iterator
from functools import partial

import pytest

from dataops_assets.warehouse.bigquery.errors import JobFailed
from dataops_assets_tests.warehouse.strict_bigquery import FAULTS, StrictBigQuery
from dataops_assets_tests.warehouse.strict_jobs import jobs_of


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_passes(server: StrictBigQuery, fault: str) -> None:
    jobs = jobs_of(server)
    job = jobs.query("select 1")
    for asked, found in ((str(job.job_id), True), ("no-such", False)):
        server.faults = {len(server.requests): fault}
        answer = jobs.ask("a job", partial(jobs.client.get_job, asked, location=jobs.location))
        assert (answer is not None) is found
        assert not server.faults.keys() - range(len(server.requests))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays(server: StrictBigQuery, fault: str) -> None:
    server.after = fault
    jobs = jobs_of(server, attempts=2)
    with pytest.raises(JobFailed, match=r"^table t: asked for 2 times without an answer.*; run it again later$"):
        jobs.ask("table t", partial(jobs.client.get_job, "any", location=jobs.location))


def test_what_breaks_off_on_its_way(server: StrictBigQuery) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ConnectionResetError("reset by peer")

    items = jobs_of(server).stream("rows for the lake", broken())
    assert next(items) == 1
    with pytest.raises(
        JobFailed, match=r"^rows for the lake: the answer broke off: reset by peer; run it again later$"
    ):
        next(items)
