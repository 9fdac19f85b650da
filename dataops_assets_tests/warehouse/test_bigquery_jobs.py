import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.cloud import bigquery

from dataops_assets.warehouse.bigquery.errors import (
    JobDiffers,
    JobFailed,
)
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets_tests.warehouse.strict_bigquery import PROJECT, Outcome, StrictBigQuery
from dataops_assets_tests.warehouse.strict_jobs import jobs_of

CSV = bigquery.LoadJobConfig(source_format="CSV", write_disposition="WRITE_APPEND")
SWAP = "begin transaction; delete from d.t where day = @day; commit transaction"


def swap(jobs: Jobs, day: str = "2013-01-01", identity: str = "swap 1") -> bigquery.QueryJob:
    return jobs.query(SWAP, {"day": day}, identity=identity)


def only(server: StrictBigQuery) -> dict[str, Any]:
    [job] = server.jobs.values()
    return job


def test_the_same_again_is_found(server: StrictBigQuery) -> None:
    first, second = jobs_of(server), jobs_of(server)
    assert swap(first).job_id == swap(second).job_id
    assert len(server.effects) == 1
    assert [record.earlier for record in first.statistics + second.statistics] == [False, True]


@pytest.mark.parametrize(
    "other",
    [
        lambda jobs: swap(jobs, identity="swap 2"),
        lambda jobs: swap(jobs, day="2013-01-02"),
        lambda jobs: jobs.query(SWAP.replace("d.t", "d.u"), {"day": "2013-01-01"}, identity="swap 1"),
        lambda jobs: jobs.query(SWAP, {"day": "2013-01-01"}, identity="swap 1", destination="d.out"),
    ],
)
def test_something_else_is_another_job(server: StrictBigQuery, other: Callable[[Jobs], object]) -> None:
    swap(jobs_of(server))
    other(jobs_of(server))
    assert len(server.effects) == 2


def test_what_does_not_change_the_work(server: StrictBigQuery) -> None:
    swap(jobs_of(server))
    jobs_of(server, labels={"run": "2"}, maximum_bytes_billed=5).query(SWAP, {"day": "2013-01-01"}, identity="swap 1")
    assert len(server.effects) == 1


def test_other_content_is_another_load(server: StrictBigQuery) -> None:
    for content in (b"a", b"b", b"a"):
        jobs_of(server).load_file(content, "d.t", CSV, identity="1")
    assert len(server.effects) == 2


def test_reads_are_jobs_of_their_own(server: StrictBigQuery) -> None:
    jobs = jobs_of(server)
    assert jobs.query("select 1").job_id != jobs.query("select 1").job_id


def test_sixteen_threads_are_one_job(server: StrictBigQuery) -> None:
    barrier = threading.Barrier(16)

    def call(_: int) -> object:
        jobs = jobs_of(server)
        barrier.wait()
        return swap(jobs).job_id

    with ThreadPoolExecutor(16) as pool:
        ids = set(pool.map(call, range(16)))
    assert len(ids) == len(server.effects) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("query", "drop table d.t"),
        ("queryParameters", []),
        ("destinationTable", {"projectId": PROJECT, "datasetId": "d", "tableId": "other"}),
        ("writeDisposition", "WRITE_APPEND"),
    ],
)
def test_a_foreign_job_of_the_same_id(server: StrictBigQuery, key: str, value: object) -> None:
    def call() -> object:
        return jobs_of(server).query("select @a", {"a": 1}, identity="1", destination="d.out")

    call()
    server.effects.clear()
    only(server)["configuration"]["query"][key] = value
    with pytest.raises(JobDiffers, match="does something else"):
        call()
    assert server.effects == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("sourceUris", ["gs://b/other"]), ("sourceFormat", "PARQUET"), ("writeDisposition", "WRITE_EMPTY")],
)
def test_a_foreign_load_of_the_same_id(server: StrictBigQuery, key: str, value: object) -> None:
    jobs_of(server).load(["gs://b/o"], "d.t", CSV, identity="1")
    only(server)["configuration"]["load"][key] = value
    with pytest.raises(JobDiffers):
        jobs_of(server).load(["gs://b/o"], "d.t", CSV, identity="1")


def test_parameters_that_a_server_writes_in_its_own_way(server: StrictBigQuery) -> None:
    from datetime import UTC, datetime
    from decimal import Decimal

    values = {"t": datetime(2020, 1, 1, tzinfo=UTC), "n": Decimal("1.50"), "f": 1.5, "i": 1, "l": [1, 2]}
    sql = "insert into d.t select @t, @n, @f, @i, @l"
    jobs_of(server).query(sql, values, identity="1")
    found = {each["name"]: each for each in only(server)["configuration"]["query"]["queryParameters"]}
    found["t"]["parameterValue"]["value"] = "2020-01-01T00:00:00Z"
    found["n"]["parameterValue"]["value"] = "1.5"
    found["i"]["parameterType"]["type"] = "INTEGER"
    jobs_of(server).query(sql, values, identity="1")
    assert len(server.effects) == 1
    found["t"]["parameterValue"]["value"] = "2020-01-01T00:00:01Z"
    with pytest.raises(JobDiffers):
        jobs_of(server).query(sql, values, identity="1")


def test_a_duplicate_that_is_not_found_for_a_moment(server: StrictBigQuery) -> None:
    """https://github.com/googleapis/python-bigquery/issues/2134."""
    swap(jobs_of(server))
    server.faults = {len(server.requests) + 1: "404"}
    swap(jobs_of(server))
    assert len(server.effects) == 1


def test_a_table_that_exists_is_not_a_job_that_exists(server: StrictBigQuery) -> None:
    server.outcomes.append(Outcome("duplicate", "Already Exists: Table strict:d.t"))
    with pytest.raises(JobFailed, match="Already Exists: Table") as raised:
        jobs_of(server).copy("d.s", "d.t", "WRITE_EMPTY", identity="1")
    assert raised.value.reason == "duplicate"
    assert len(server.jobs) == 1


def test_retry_after(server: StrictBigQuery) -> None:
    server.faults = {0: "503 before"}
    server.headers = {"Retry-After": "1"}
    started = time.monotonic()
    swap(jobs_of(server))
    assert 1 <= time.monotonic() - started < 20


def test_the_limit_and_labels_are_on_every_job(server: StrictBigQuery) -> None:
    jobs = jobs_of(server, labels={"run": "Täglich 2013-01-01"})
    jobs.query("select 1", labels={"partition": "2013-01-01T00:00"})
    jobs.load(["gs://b/o"], "d.t", CSV)
    jobs.load_file(b"x", "d.t", CSV)
    jobs.copy("d.s", "d.t")
    found = [job["configuration"] for job in server.jobs.values()]
    assert [each["labels"]["run"] for each in found] == ["t-glich-2013-01-01"] * 4
    assert found[0]["labels"]["partition"] == "2013-01-01t00-00"
    assert found[0]["query"]["maximumBytesBilled"] == "1000000000"


def test_a_session_and_a_destination(server: StrictBigQuery) -> None:
    config = bigquery.QueryJobConfig(connection_properties=[bigquery.ConnectionProperty("session_id", "s")])
    jobs_of(server).query("select 1", config=config, destination="d.out", write="WRITE_APPEND")
    query = only(server)["configuration"]["query"]
    assert query["connectionProperties"] == [{"key": "session_id", "value": "s"}]
    assert query["destinationTable"]["tableId"] == "out"
    assert query["writeDisposition"] == "WRITE_APPEND"
    assert config.to_api_repr()["query"].keys() == {"connectionProperties"}  # the caller's stays as it is


def test_an_estimate_is_no_job(server: StrictBigQuery) -> None:
    server.faults = {0: "503 before", 1: "reset after"}
    jobs = jobs_of(server)
    assert jobs.estimate("select * from d.t where a = @a", {"a": 1}) == 12345
    assert server.jobs == {}
    assert jobs.statistics == []


def test_records(server: StrictBigQuery) -> None:
    jobs = jobs_of(server)
    job = swap(jobs)
    [record] = jobs.statistics
    assert record.job_id == job.job_id
    assert (record.kind, record.statement_type) == ("query", "INSERT")
    assert (record.bytes_processed, record.bytes_billed, record.slot_ms) == (100, 10485760, 17)
    assert 0 <= record.seconds < 120
    assert record.link == jobs.link(record.job_id)
