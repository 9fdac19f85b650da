"""The warehouse stand-in means what BigQuery means, where the project leans on it."""

import datetime as dt
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from dataops_assets_tests.standins.cloud import Cloud

if TYPE_CHECKING:
    from google.cloud import bigquery
    from google.cloud.storage import Bucket

pytestmark = pytest.mark.slow

_FIRST, _SECOND = dt.date(2013, 1, 1), dt.date(2013, 1, 2)


def reason(call: Callable[[], object]) -> tuple[str, str]:
    """(reason, message) of the error that the call ends with."""
    from google.api_core.exceptions import GoogleAPICallError

    with pytest.raises(GoogleAPICallError) as caught:
        call()
    return caught.value.errors[0]["reason"], str(caught.value)


class Days:
    """A table of day partitions, two days full, and what one does to it."""

    def __init__(self, client: "bigquery.Client", dataset: str) -> None:
        self.client, self.name = client, f"{client.project}.{dataset}.days"
        self.run(f"CREATE TABLE `{self.name}` (day DATE, id INT64, v STRING) PARTITION BY day")
        self.run(f"INSERT `{self.name}` VALUES ('2013-01-01', 1, 'a'), ('2013-01-01', 2, 'a'), ('2013-01-02', 3, 'a')")

    def job(self, sql: str, job_id: str | None = None, **config: Any) -> "bigquery.QueryJob":
        from google.cloud import bigquery

        job_config = bigquery.QueryJobConfig(**config)
        return self.client.query(sql.replace("days", f"`{self.name}`"), job_config, job_id=job_id, job_retry=None)

    def run(self, sql: str, **config: Any) -> list[tuple[Any, ...]]:
        sql = sql.replace(f"`{self.name}`", "days")
        return [tuple(row) for row in self.job(sql, **config).result(job_retry=None)]

    def ids(self) -> dict[dt.date, list[int]]:
        return dict(self.run("SELECT day, ARRAY_AGG(id ORDER BY id) FROM days GROUP BY day"))

    def load(self, bucket: "Bucket", target: str, day: dt.date, job_id: str | None = None) -> "bigquery.LoadJob":
        from google.cloud import bigquery

        bucket.blob("rows.csv").upload_from_string(f"{day},9,b\n")
        config = bigquery.LoadJobConfig(source_format="CSV", write_disposition="WRITE_TRUNCATE")
        config.schema = self.client.get_table(self.name).schema
        uri = f"gs://{bucket.name}/rows.csv"
        job = self.client.load_table_from_uri(uri, target, job_id=job_id, job_config=config)
        job.result()
        return job


@pytest.fixture
def days(warehouse: "bigquery.Client", dataset: str) -> Days:
    return Days(warehouse, dataset)


def test_a_load_to_a_partition_changes_the_table_in_that_partition_only(days: Days, bucket: "Bucket") -> None:
    days.load(bucket, f"{days.name}$20130101", _FIRST)
    assert days.ids() == {_FIRST: [9], _SECOND: [3]}
    assert [table.table_id for table in days.client.list_tables(days.name.rsplit(".", 1)[0])] == ["days"]


def test_rows_of_another_day_are_refused_with_a_decorator(days: Days, bucket: "Bucket") -> None:
    before = days.ids()
    why, message = reason(lambda: days.load(bucket, f"{days.name}$20130101", _SECOND))
    assert (why, "different partitions" in message) == ("invalid", True)
    assert days.ids() == before


def test_a_query_and_a_copy_replace_one_partition(days: Days) -> None:
    into = {"destination": f"{days.name}$20130101", "write_disposition": "WRITE_TRUNCATE"}
    days.run("SELECT DATE '2013-01-01' AS day, 7 AS id, 'q' AS v", **into)
    assert days.ids() == {_FIRST: [7], _SECOND: [3]}
    copied = f"{days.name}_copy"
    days.client.copy_table(days.name, copied).result()
    layout = days.client.get_table(copied).time_partitioning
    assert layout is not None
    assert layout.field == "day"
    days.run("DELETE FROM days WHERE day = '2013-01-01'")
    days.client.copy_table(f"{copied}$20130101", f"{days.name}$20130101").result()
    assert days.ids() == {_FIRST: [7], _SECOND: [3]}


def test_a_job_id_is_good_once(days: Days, bucket: "Bucket") -> None:
    from google.api_core.exceptions import Conflict, NotFound

    job = days.load(bucket, days.name, _FIRST, job_id="load-1")
    with pytest.raises(Conflict, match="Already Exists: Job"):
        days.load(bucket, days.name, _SECOND, job_id="load-1")
    assert days.ids() == {_FIRST: [9]}
    found = days.client.get_job("load-1")
    assert isinstance(found, type(job))
    assert (found.state, found.output_rows) == ("DONE", 1)
    with pytest.raises(NotFound):
        days.client.get_job("load-2")


def test_of_eight_jobs_of_one_id_one_runs(days: Days) -> None:
    from google.api_core.exceptions import Conflict

    barrier = threading.Barrier(8)

    def insert(number: int) -> bool:
        barrier.wait()
        try:
            days.job(f"INSERT days VALUES ('2013-01-03', {number}, 'x')", job_id="insert-1").result()
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(insert, range(8)))
    assert won.count(True) == 1
    assert days.ids()[dt.date(2013, 1, 3)] == [won.index(True)]


@pytest.mark.parametrize(
    ("failing", "says"),
    [
        ("SELECT ERROR('no such luck')", "no such luck"),
        ("IF (SELECT COUNT(*) FROM days) > 0 THEN RAISE USING MESSAGE = 'not today'; END IF", "not today"),
        ("ASSERT (SELECT COUNT(*) FROM days) = 0 AS 'not empty'", "not empty"),
        ("INSERT days SELECT * FROM nowhere.at_all", "nowhere"),
        ("DROP TABLE days", "permanent"),
    ],
)
def test_a_failed_statement_rolls_the_transaction_back(days: Days, failing: str, says: str) -> None:
    before = days.ids()
    script = f"BEGIN TRANSACTION; DELETE FROM days WHERE day = '2013-01-01'; {failing}; COMMIT TRANSACTION;"
    assert says in reason(lambda: days.run(script))[1]
    assert days.ids() == before
    days.run(script.replace(failing, "INSERT days VALUES ('2013-01-01', 5, 'x')"))
    assert days.ids() == {_FIRST: [5], _SECOND: [3]}


def test_a_merge_is_part_of_its_transaction(days: Days) -> None:
    merge = """MERGE days AS t USING (SELECT DATE '2013-01-01' AS day, 1 AS id, 'm' AS v) AS s ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED BY SOURCE AND t.day = '2013-01-01' THEN DELETE"""
    why, message = reason(lambda: days.run(f"BEGIN TRANSACTION; {merge}; SELECT ERROR('too late'); COMMIT TRANSACTION"))
    assert (why, "too late" in message) == ("invalidQuery", True)
    assert days.ids() == {_FIRST: [1, 2], _SECOND: [3]}
    days.run(f"BEGIN TRANSACTION; {merge}; COMMIT TRANSACTION")
    assert days.run("SELECT id, v FROM days ORDER BY id") == [(1, "m"), (3, "a")]


def test_transactions_conflict_on_a_table_whatever_its_partitions(days: Days) -> None:
    """The second to change a row is cancelled, and the first knows nothing of it."""
    from google.cloud.bigquery import ConnectionProperty

    def session() -> list[ConnectionProperty]:
        job = days.job("SELECT 1", create_session=True)
        job.result()
        assert job.session_info is not None
        assert job.session_info.session_id is not None
        return [ConnectionProperty("session_id", job.session_info.session_id)]

    first, second = session(), session()
    for each in (first, second):
        days.run("BEGIN TRANSACTION", connection_properties=each)
    days.run("DELETE FROM days WHERE day = '2013-01-01'", connection_properties=first)
    days.run("INSERT days VALUES ('2013-01-02', 4, 'i')", connection_properties=second)
    update = "UPDATE days SET v = 'b' WHERE day = '2013-01-02'"
    why, message = reason(lambda: days.run(update, connection_properties=second))
    assert (why, "concurrent update against table" in message) == ("invalidQuery", True)
    days.run("COMMIT TRANSACTION", connection_properties=first)
    assert "concurrent update" in reason(lambda: days.run("COMMIT TRANSACTION", connection_properties=second))[1]
    assert days.ids() == {_SECOND: [3]}


def test_a_query_is_bounded_by_what_it_may_bill(days: Days) -> None:
    insert = "INSERT days SELECT day, id + 10, v FROM days"
    for sql in ("SELECT * FROM days", insert, f"BEGIN TRANSACTION; {insert}; COMMIT TRANSACTION"):
        why, message = reason(lambda sql=sql: days.run(sql, maximum_bytes_billed=1))
        assert (why, "or higher required" in message) == ("bytesBilledLimitExceeded", True)
    assert days.ids() == {_FIRST: [1, 2], _SECOND: [3]}
    job = days.job("SELECT * FROM days", maximum_bytes_billed=10_000)
    assert len(list(job.result())) == 3
    assert job.total_bytes_billed == job.total_bytes_processed == 3 * 3 * 8
    assert job.slot_millis


def test_a_dry_run_counts_the_columns_and_partitions_that_are_read(days: Days) -> None:
    def size(sql: str, **config: Any) -> int:
        found = days.job(sql, dry_run=True, **config).total_bytes_processed
        assert found is not None
        return found

    from google.cloud.bigquery import ArrayQueryParameter

    assert size("SELECT * FROM days") == 3 * 3 * 8
    assert size("SELECT id FROM days") == 3 * 8
    assert size("SELECT id FROM days WHERE day = '2013-01-02'") == 2 * 8
    listed = [ArrayQueryParameter("listed", "DATE", [_SECOND])]
    assert size("SELECT * FROM days WHERE day IN UNNEST(@listed) AND id > 0", query_parameters=listed) == 3 * 8
    assert size("SELECT * FROM days WHERE day = '2013-01-02' OR id = 1") == 3 * 3 * 8
    assert size("SELECT * FROM days WHERE day = (SELECT MAX(day) FROM days)") > 3 * 3 * 8
    assert size("DELETE FROM days WHERE day = '2013-01-02'") == 8
    assert days.ids() == {_FIRST: [1, 2], _SECOND: [3]}


def test_text_that_is_no_number_is_cast_to_null(days: Days) -> None:
    texts = ["1", " 1 ", "-2", "1.5", "1e3", "", "x", "9223372036854775808", None]
    cast = "SELECT SAFE_CAST(t AS INT64) FROM UNNEST(@texts) AS t WITH OFFSET AS o ORDER BY o"
    from google.cloud.bigquery import ArrayQueryParameter

    given = [ArrayQueryParameter("texts", "STRING", texts[:-1])]
    assert [value for (value,) in days.run(cast, query_parameters=given)] == [1, 1, -2, *[None] * 5]
    assert days.run(
        "SELECT SAFE_CAST(v AS BOOL), SAFE_CAST('TRUE' AS BOOL), SAFE_CAST('1' AS BOOL) FROM days LIMIT 1"
    ) == [(None, True, None)]
    assert days.run("SELECT SAFE_CAST(JSON_VALUE('{\"a\": 1.5}', '$.a') AS INT64)") == [(None,)]
    assert "Bad int64 value: 1.5" in reason(lambda: days.run("SELECT CAST(t AS INT64) FROM UNNEST(['1.5']) AS t"))[1]


def test_json_in_text(days: Days) -> None:
    texts = """SELECT '{"a": {"b": null}, "n": null}' AS s UNION ALL SELECT '{broken'"""
    sql = "SELECT IF(SAFE.PARSE_JSON(s) IS NULL, 'broken', {}) FROM ({}) ORDER BY 1"
    for read, value in {
        "JSON_QUERY(s, '$.n')": None,
        "JSON_QUERY(s, '$.a')": '{"b":null}',
        "JSON_VALUE(s, '$.a.b')": None,
        "JSON_VALUE(s, '$.a')": None,
    }.items():
        assert {found for (found,) in days.run(sql.format(read, texts))} == {value, "broken"}


def test_a_wildcard_of_a_load_goes_over_slashes(days: Days, bucket: "Bucket", dataset: str) -> None:
    from google.cloud import bigquery

    for name in ("in/a/1", "in/b/2"):
        bucket.blob(name).upload_from_string("x" * 3_000_000 + "\n")  # longer than DuckDB takes by default
    config = bigquery.LoadJobConfig(source_format="CSV", field_delimiter="\x1f", quote_character="")
    config.schema = [bigquery.SchemaField("line", "STRING")]
    days.client.load_table_from_uri(f"gs://{bucket.name}/in/*", f"{dataset}.lines", job_config=config).result()
    assert days.run(f"SELECT LENGTH(line) FROM {dataset}.lines") == [(3_000_000,), (3_000_000,)]


def test_bytes_of_parquet_are_bytes(days: Days, dataset: str) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from google.cloud import bigquery

    file = io.BytesIO()
    pq.write_table(pa.table({"b": pa.array([b"\x00\xff"])}), file)
    config = bigquery.LoadJobConfig(source_format="PARQUET", schema=[bigquery.SchemaField("b", "BYTES")])
    days.client.load_table_from_file(file, f"{dataset}.b", rewind=True, job_config=config).result()
    assert days.run(f"SELECT b FROM {dataset}.b") == [(b"\x00\xff",)]


def test_text_that_bigquery_refuses_is_refused(days: Days, bucket: "Bucket", dataset: str) -> None:
    from google.api_core.exceptions import NotFound
    from google.cloud import bigquery

    def load(uri: str, **options: bool) -> object:
        config = bigquery.LoadJobConfig(source_format="CSV", write_disposition="WRITE_TRUNCATE", **options)
        config.schema = [bigquery.SchemaField(name, "STRING") for name in ("a", "b")]
        return days.client.load_table_from_uri(uri, f"{dataset}.texts", job_config=config).result()

    uri = f"gs://{bucket.name}/text.csv"
    for text, option in (
        ('1,"two\nlines"\n', "allow_quoted_newlines"),
        ("1,\0\n", "preserve_ascii_control_characters"),
    ):
        bucket.blob("text.csv").upload_from_string(text)
        assert reason(lambda: load(uri))[0] == "invalid"
        load(uri, **{option: True})
        assert len(days.run(f"SELECT * FROM {dataset}.texts")) == 1
    for missing in (f"{uri}.gz", f"gs://{bucket.name}/none/*", "gs://no-such-bucket/a"):
        with pytest.raises(NotFound):
            load(missing)


def test_the_storage_read_api_reads_columns_and_rows(cloud: Cloud, days: Days) -> None:
    from google.cloud.bigquery_storage_v1 import types

    project, dataset, table = days.name.split(".")
    options = types.ReadSession.TableReadOptions(selected_fields=["id"], row_restriction="day = '2013-01-02'")
    client = cloud.bigquery_storage()
    session = client.create_read_session(
        parent=f"projects/{project}",
        read_session=types.ReadSession(
            table=f"projects/{project}/datasets/{dataset}/tables/{table}",
            data_format=types.DataFormat.ARROW,
            read_options=options,
        ),
        max_stream_count=1,
    )
    [row] = client.read_rows(session.streams[0].name).rows(session)
    assert {name: value.as_py() for name, value in row.items()} == {"id": 3}
