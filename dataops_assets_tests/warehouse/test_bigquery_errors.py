import pytest
from google.api_core.exceptions import ServiceUnavailable
from google.cloud import bigquery

from dataops_assets.warehouse.bigquery.answers import no_answer
from dataops_assets.warehouse.bigquery.errors import (
    CommittedButFailed,
    JobFailed,
    JobUnknown,
    QueryRefused,
    QueryTooLarge,
    ScriptRefused,
    TransactionConflict,
    UnreadableFiles,
)
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets_tests.warehouse.strict_bigquery import Outcome, StrictBigQuery
from dataops_assets_tests.warehouse.strict_jobs import jobs_of

CSV = bigquery.LoadJobConfig(source_format="CSV", write_disposition="WRITE_APPEND")
SWAP = "begin transaction; delete from d.t where day = @day; commit transaction"


def swap(jobs: Jobs, day: str = "2013-01-01", identity: str = "swap 1") -> bigquery.QueryJob:
    return jobs.query(SWAP, {"day": day}, identity=identity)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("backendError", "x"),
        ("internalError", "x"),
        ("jobInternalError", "x"),
        ("jobRateLimitExceeded", "x"),
        ("rateLimitExceeded", "Exceeded rate limits: too many table update operations for this table"),
        ("tableUnavailable", "x"),
        ("quotaExceeded", "Quota exceeded: too many concurrent queries for this project"),
    ],
)
def test_what_passes_is_tried_again_under_the_next_id(server: StrictBigQuery, reason: str, message: str) -> None:
    server.outcomes.append(Outcome(reason, message))
    jobs = jobs_of(server)
    assert str(swap(jobs).job_id).endswith("-2")
    assert len(server.effects) == 1
    assert [record.reason for record in jobs.statistics] == [reason, ""]


@pytest.mark.parametrize(
    ("reason", "message", "error", "says"),
    [
        ("invalidQuery", "Syntax error at [1:1]", QueryRefused, "correct the cause"),
        ("quotaExceeded", "Your table exceeded quota for imports", JobFailed, "wait until the quota is free"),
        ("accessDenied", "Access Denied: Table d.t", JobFailed, "grant the service account"),
        ("notFound", "Not found: Table d.t", QueryRefused, "make what is missing"),
        ("stopped", "Job execution was cancelled", JobFailed, "cancelled"),
        (
            "invalidQuery",
            "Query error: Transaction is aborted due to concurrent update against table p:d.t. Transaction ID: 6",
            TransactionConflict,
            "another one was first",
        ),
        (
            "invalidQuery",
            "Could not serialize access to table p:d.t due to concurrent update",
            TransactionConflict,
            "another one was first",
        ),
        (
            "bytesBilledLimitExceeded",
            "Query exceeded limit for bytes billed: 1000000. 10485760 or higher required.",
            QueryTooLarge,
            "needs 10,485,760 bytes, and the limit is 1,000,000; .*DATAOPS_MAX_BYTES_BILLED",
        ),
    ],
)
def test_what_does_not_pass_is_said_at_once(
    server: StrictBigQuery, reason: str, message: str, error: type[JobFailed], says: str
) -> None:
    server.outcomes.append(Outcome(reason, message))
    with pytest.raises(error, match=says) as raised:
        swap(jobs_of(server))
    assert type(raised.value) is error
    assert len(server.jobs) == 1
    assert raised.value.link in str(raised.value)
    assert raised.value.link == (
        "https://console.cloud.google.com/bigquery?project=strict"
        f"&j=bq:europe-west1:{raised.value.job_id}&page=queryresults"
    )
    assert server.effects == []
    swap(jobs_of(server))  # an id that is spent is not in the way
    assert len(server.effects) == 1


def test_too_large_has_figures(server: StrictBigQuery) -> None:
    server.outcomes.append(
        Outcome("bytesBilledLimitExceeded", "Query exceeded limit for bytes billed: 1. 648 or higher required.")
    )
    with pytest.raises(QueryTooLarge) as raised:
        jobs_of(server).query("select 1")
    assert (raised.value.limit, raised.value.needed) == (1, 648)


@pytest.mark.parametrize(
    "message",
    [
        'dataops:{"a": [1]}',
        'Query error: dataops: {"a": [1]} at [3:5]',
        'Query error: Query error: dataops: {"a": [1]} at [3:5] at [9:1]',
    ],
)
def test_a_script_that_refuses(server: StrictBigQuery, message: str) -> None:
    server.outcomes.append(Outcome("invalidQuery", message))
    with pytest.raises(ScriptRefused) as raised:
        swap(jobs_of(server))
    assert raised.value.message == '{"a": [1]}'


def test_an_error_that_quotes_the_script_is_no_refusal(server: StrictBigQuery) -> None:
    server.outcomes.append(Outcome("invalidQuery", "Syntax error: Unexpected 'dataops:x' at [1:2]"))
    with pytest.raises(QueryRefused):
        swap(jobs_of(server))


def test_files_that_cannot_be_read(server: StrictBigQuery) -> None:
    line = {"reason": "invalid", "location": "gs://b/o", "message": "Error while reading data, error message: Line 7"}
    giving_up = "Error while reading data, error message: CSV table encountered too many errors, giving up."
    server.outcomes.append(Outcome("invalid", giving_up, errors=(line,)))
    with pytest.raises(UnreadableFiles, match=r"gs://b/o: .*Line 7") as raised:
        jobs_of(server).load(["gs://b/o"], "d.t", CSV)
    assert line in raised.value.errors


@pytest.mark.parametrize(
    "message",
    [
        "Provided Schema does not match Table strict:d.t. Field bar has changed type from FLOAT to RECORD",
        "Some rows belong to different partitions rather than destination partition 20130102",
    ],
)
def test_a_load_that_fails_for_another_reason(server: StrictBigQuery, message: str) -> None:
    server.outcomes.append(Outcome("invalid", message))
    with pytest.raises(JobFailed) as raised:
        jobs_of(server).load(["gs://b/o"], "d.t", CSV)
    assert type(raised.value) is JobFailed


def test_a_script_that_fails_behind_its_commit_is_not_run_again(server: StrictBigQuery) -> None:
    server.outcomes.append(Outcome("backendError", "x", children=("BEGIN_TRANSACTION", "COMMIT_TRANSACTION")))
    for _ in range(2):
        with pytest.raises(CommittedButFailed, match="what it changed stays"):
            swap(jobs_of(server))
    assert len(server.effects) == 1
    assert len(server.jobs) == 1


def test_a_script_that_fails_before_its_commit_is_run_again(server: StrictBigQuery) -> None:
    server.outcomes.append(Outcome("backendError", "x", children=("BEGIN_TRANSACTION", "DELETE")))
    swap(jobs_of(server))
    assert len(server.effects) == 1


def test_a_failure_whose_first_answer_was_lost_is_this_calls(server: StrictBigQuery) -> None:
    server.polls = 0
    server.faults = {0: "503 after"}
    server.outcomes.append(Outcome("invalidQuery", "Syntax error"))
    with pytest.raises(JobFailed, match="Syntax error"):
        swap(jobs_of(server))
    assert len(server.jobs) == 1


def test_a_failure_of_a_job_that_still_ran_is_this_calls(server: StrictBigQuery) -> None:
    server.polls, server.faults, server.after = 20, {0: ""}, "503 before"
    server.outcomes.append(Outcome("invalidQuery", "Syntax error"))
    with pytest.raises(JobUnknown):
        swap(jobs_of(server, attempts=1))
    server.heal()
    with pytest.raises(JobFailed, match="Syntax error"):
        swap(jobs_of(server))
    assert len(server.jobs) == 1


def test_a_failure_of_an_earlier_call_behind_a_lost_answer(server: StrictBigQuery) -> None:
    server.outcomes.extend([Outcome("backendError", "x"), Outcome("invalidQuery", "Syntax error")])
    with pytest.raises(JobFailed, match="Syntax error"):
        swap(jobs_of(server))
    server.faults = {len(server.requests): "503 before"}
    assert str(swap(jobs_of(server)).job_id).endswith("-3")
    assert len(server.effects) == 1


def test_a_table_that_exists_said_by_the_submission(server: StrictBigQuery) -> None:
    server.polls = 0
    server.faults = {0: "409 table after"}
    server.outcomes.append(Outcome("duplicate", "Already Exists: Table strict:d.t"))
    with pytest.raises(JobFailed, match="Already Exists: Table"):
        jobs_of(server).copy("d.s", "d.t", "WRITE_EMPTY", identity="1")
    assert len(server.jobs) == 1


def test_what_the_client_adds_to_an_error_stays_in_its_line() -> None:
    error = ServiceUnavailable("backendError\n\nLocation: US\nJob ID: dataops-1\n")
    assert no_answer("transformed/sales 2024-01-02", 3, error) == (
        "transformed/sales 2024-01-02: asked for 3 times without an answer, the last time: "
        "503 backendError Location: US Job ID: dataops-1; run it again later"
    )
