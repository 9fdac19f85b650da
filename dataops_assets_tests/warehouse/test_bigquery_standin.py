"""The same against a server that runs SQL."""

import contextlib
import datetime as dt
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataops_assets.warehouse.bigquery.errors import QueryTooLarge, ScriptRefused, TransactionConflict, UnreadableFiles
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.bigquery.parameters import Typed

if TYPE_CHECKING:
    from google.cloud import bigquery, storage

pytestmark = pytest.mark.slow


@pytest.fixture
def jobs(warehouse: "bigquery.Client") -> Jobs:
    return made(warehouse)


def made(client: "bigquery.Client", limit: int = 10**9) -> Jobs:
    return Jobs(client, project=client.project, location="US", maximum_bytes_billed=limit, labels={}, backoff=0.05)


def values(jobs: Jobs, sql: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    return [row[0] for row in jobs.query(sql, parameters).result()]


def test_parameters_arrive_as_they_are(jobs: Jobs) -> None:
    given = {
        "a": "ü 'x'",
        "b": 2**53 + 1,
        "c": 1.5,
        "d": True,
        "e": Decimal("1.5"),
        "f": dt.date(1, 1, 1),
        "g": dt.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=dt.UTC),
        "h": b"\0a",
        "i": ("p", "q"),
        "j": [dt.date(2013, 1, 1)],
    }
    [row] = jobs.query(f"select {', '.join(f'@{name}' for name in given)}", given).result()
    assert list(row) == [list(value) if isinstance(value, tuple) else value for value in given.values()]
    nothing = {"a": Typed(None, "STRING"), "b": Typed([], "INT64")}
    assert values(jobs, "select @a is null and array_length(@b) = 0", nothing) == [True]


def test_an_insert_twice_is_one(jobs: Jobs, warehouse: "bigquery.Client", dataset: str) -> None:
    jobs.query(f"create table {dataset}.t (x int64)", identity="1")
    for _ in range(2):
        made(warehouse).query(f"insert into {dataset}.t select @x", {"x": 5}, identity="1")
    assert values(jobs, f"select x from {dataset}.t") == [5]


def test_loads_and_copies_twice_are_one(
    jobs: Jobs, warehouse: "bigquery.Client", dataset: str, bucket: "storage.Bucket"
) -> None:
    from google.cloud import bigquery

    file = io.BytesIO()
    pq.write_table(pa.table({"x": [1, 2]}), file)
    bucket.blob("x.parquet").upload_from_string(file.getvalue())
    config = bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND")
    for _ in range(2):
        again = made(warehouse)
        again.load([f"gs://{bucket.name}/x.parquet"], f"{dataset}.t", config, identity="1")
        again.load_file(file.getvalue(), f"{dataset}.t", config, identity="1")
        again.copy(f"{dataset}.t", f"{dataset}.u", "WRITE_APPEND", identity="1")
    assert sorted(values(jobs, f"select x from {dataset}.t")) == [1, 1, 2, 2]
    assert sorted(values(jobs, f"select x from {dataset}.u")) == [1, 1, 2, 2]


def test_a_large_file(jobs: Jobs, dataset: str) -> None:
    """One that the client sends in several requests."""
    from google.cloud import bigquery

    file = io.BytesIO(b"x\n" + b"0123456789\n" * 600_000)
    config = bigquery.LoadJobConfig(
        source_format="CSV", write_disposition="WRITE_TRUNCATE", skip_leading_rows=1, autodetect=False
    )
    config.schema = [bigquery.SchemaField("x", "STRING")]
    for _ in range(2):
        file.seek(0)
        jobs.load_file(file, f"{dataset}.t", config, identity="1")
    assert values(jobs, f"select count(*) from {dataset}.t") == [600_000]


def test_errors(jobs: Jobs, warehouse: "bigquery.Client", dataset: str) -> None:
    from google.cloud import bigquery

    jobs.query(f"create table {dataset}.t as select 1 as x", identity="1")
    refusing = (
        f"begin transaction; insert into {dataset}.t select 2; select error('dataops:{{\"a\": 1}}'); commit transaction"
    )
    with pytest.raises(ScriptRefused) as refused:
        jobs.query(refusing, identity="1")
    assert refused.value.message == '{"a": 1}'
    with pytest.raises(QueryTooLarge, match="DATAOPS_MAX_BYTES_BILLED") as large:
        made(warehouse, limit=1).query(f"select * from {dataset}.t")
    assert large.value.needed > large.value.limit == 1
    with pytest.raises(UnreadableFiles):
        jobs.load_file(
            b"rubbish",
            f"{dataset}.t",
            bigquery.LoadJobConfig(source_format="PARQUET", write_disposition="WRITE_APPEND"),
        )
    assert values(jobs, f"select x from {dataset}.t") == [1]
    assert jobs.estimate(f"select x from {dataset}.t") == 8


def test_a_transaction_that_meets_another(jobs: Jobs, dataset: str) -> None:
    from google.cloud import bigquery

    jobs.query(f"create table {dataset}.t as select 0 as n", identity="1")
    count = f"update {dataset}.t set n = n + 1 where true"
    script = f"begin transaction; {count}; commit transaction"
    first = jobs.query("begin transaction", config=bigquery.QueryJobConfig(create_session=True))
    assert first.session_info
    assert first.session_info.session_id
    session = [bigquery.ConnectionProperty("session_id", first.session_info.session_id)]
    jobs.query(count, config=bigquery.QueryJobConfig(connection_properties=session))
    with pytest.raises(TransactionConflict, match="run it again"):
        jobs.query(script, identity="second")
    jobs.query("commit transaction", config=bigquery.QueryJobConfig(connection_properties=session))
    assert values(jobs, f"select n from {dataset}.t") == [1]
    jobs.query(script, identity="second")
    assert values(jobs, f"select n from {dataset}.t") == [2]


def test_writers_that_meet_have_counted_once(jobs: Jobs, warehouse: "bigquery.Client", dataset: str) -> None:
    jobs.query(f"create table {dataset}.t as select 0 as n", identity="1")
    script = f"begin transaction; update {dataset}.t set n = n + 1 where true; commit transaction"

    def count(number: int) -> None:
        own = made(warehouse)
        for _ in range(50):
            with contextlib.suppress(TransactionConflict):
                own.query(script, identity=f"writer {number}")
                return
        raise AssertionError("always second")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(4)))
    assert values(jobs, f"select n from {dataset}.t") == [4]
