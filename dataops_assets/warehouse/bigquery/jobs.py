"""BigQuery jobs, submitted so that a lost answer is looked up and the work is not done twice.

A job's id is made of what the job does: `dataops-HASH-1`. What becomes of it then is the matter of `runs.py`.
"""

import copy
import hashlib
import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from dataops_assets.warehouse.bigquery.answers import errors, no_answer, reason_and_message
from dataops_assets.warehouse.bigquery.errors import JobFailed
from dataops_assets.warehouse.bigquery.parameters import parameter, valid_labels
from dataops_assets.warehouse.bigquery.requests import JobRecord, JobRequest
from dataops_assets.warehouse.bigquery.runs import Runner

if TYPE_CHECKING:
    from google.cloud import bigquery
    from google.cloud.bigquery.table import RowIterator

    from dataops_assets.warehouse.bigquery.requests import Job

    Table = str | bigquery.TableReference

T = TypeVar("T")

_HTTP_SECONDS = 60.0
_UPLOAD_SECONDS = 600.0
_IRRELEVANT = ("labels", "jobTimeoutMs", "reservation")  # to what a job does
_IRRELEVANT_TO_QUERIES = ("maximumBytesBilled", "priority", "useQueryCache")


class Jobs:
    """Runs jobs to their end, one call each; may be used by several threads.

    identity, given with a statement that changes something: the name of the change (such as dataset, partition and
    attempt). The same work with the same identity is done once, for as long as BigQuery knows its jobs (six months): if
    it has succeeded before, in this process or another, that job is the answer (its rows are kept for a day). If it
    has failed before, it is tried again. Without an identity each call is a job of its own.

    A script that changes something is to be one transaction with COMMIT as its last statement.

    kms_key: the key for rows that a query answers with, which BigQuery keeps for a day. (Tables have that of their
    dataset.) attempts: how often one call submits. backoff: seconds before the second attempt; it doubles.
    """

    def __init__(
        self,
        client: "bigquery.Client",
        *,
        project: str,
        location: str,
        maximum_bytes_billed: int | None,
        labels: Mapping[str, str],
        kms_key: str = "",
        attempts: int = 5,
        backoff: float = 1.0,
        timeout: float = _HTTP_SECONDS,
    ) -> None:
        self.client = client
        self.project = project
        self.location = location
        self._maximum_bytes_billed = maximum_bytes_billed
        self._labels = dict(labels)
        self.kms_key = kms_key
        self._timeout = timeout
        self._runner = Runner(
            client, project=project, location=location, attempts=attempts, backoff=backoff, timeout=timeout
        )

    @property
    def statistics(self) -> list[JobRecord]:
        """What has been run, in the order of its end; failed jobs as well."""
        return self._runner.statistics

    def link(self, job_id: str) -> str:
        """The job's page in the Cloud Console."""
        return self._runner.link(job_id)

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        identity: str | None = None,
        labels: Mapping[str, str] | None = None,
        destination: "Table | None" = None,
        write: str = "WRITE_TRUNCATE",
        dry_run: bool = False,
        config: "bigquery.QueryJobConfig | None" = None,
    ) -> "bigquery.QueryJob":
        """Run a statement or a script; the job is done.

        parameters: of `@name`. destination: table for the rows. config: anything else, such as a session.
        Raises QueryTooLarge, TransactionConflict, ScriptRefused, or another JobFailed.
        """
        from google.cloud import bigquery

        config = copy.deepcopy(config) if config else bigquery.QueryJobConfig()
        if parameters:
            config.query_parameters = [parameter(name, value) for name, value in parameters.items()]
        if destination is not None:
            config.destination = self._table(destination)
            config.write_disposition = write
        what = f"query {' '.join(sql.split())[:80]!r}"
        if dry_run:
            config.dry_run = True
            return self._runner.answered(
                what, lambda: self.client.query(sql, config, job_retry=None, **self._where(None))
            )
        if self._maximum_bytes_billed is not None:
            config.maximum_bytes_billed = self._maximum_bytes_billed
        config.labels = self._all_labels(config.labels, labels)
        if self.kms_key and sql.lstrip("( \n").upper().startswith(("SELECT", "WITH")):
            config.destination_encryption_configuration = bigquery.EncryptionConfiguration(self.kms_key)

        def send(job_id: str) -> "bigquery.QueryJob":
            return self.client.query(sql, config, job_retry=None, **self._where(job_id))

        work = self._work(what, "query", config, identity, send, query=sql)
        return cast("bigquery.QueryJob", self._runner.run(work))

    def estimate(self, sql: str, parameters: Mapping[str, Any] | None = None) -> int:
        """Bytes that one statement would read. BigQuery gives no figure for a script."""
        return self.query(sql, parameters, dry_run=True).total_bytes_processed or 0

    def load(
        self,
        uris: Sequence[str],
        destination: "Table",
        config: "bigquery.LoadJobConfig",
        *,
        identity: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> "bigquery.LoadJob":
        """Load files of Cloud Storage; raises UnreadableFiles, or another JobFailed."""
        config = copy.deepcopy(config)
        config.labels = self._all_labels(config.labels, labels)
        table = self._table(destination)

        def send(job_id: str) -> "bigquery.LoadJob":
            return self.client.load_table_from_uri(list(uris), table, job_config=config, **self._where(job_id))

        what = f"load of {uris[0]}{f' and {len(uris) - 1} more' if len(uris) > 1 else ''} into {table}"
        described = {"sourceUris": list(uris), "destinationTable": table.to_api_repr()}
        work = self._work(what, "load", config, identity, send, **described)
        return cast("bigquery.LoadJob", self._runner.run(work))

    def load_file(
        self,
        content: bytes | BinaryIO,
        destination: "Table",
        config: "bigquery.LoadJobConfig",
        *,
        identity: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> "bigquery.LoadJob":
        """Load one file from memory; raises UnreadableFiles, or another JobFailed."""
        data = content if isinstance(content, bytes) else content.read()
        config = copy.deepcopy(config)
        config.labels = self._all_labels(config.labels, labels)
        table = self._table(destination)

        def send(job_id: str) -> "bigquery.LoadJob":
            where: dict[str, Any] = self._where(job_id) | {"timeout": max(self._timeout, _UPLOAD_SECONDS)}
            del where["retry"]
            return self.client.load_table_from_file(
                io.BytesIO(data), table, size=len(data), num_retries=0, job_config=config, **where
            )

        what = f"load of {len(data):,} bytes into {table}"
        identity = f"{identity} {hashlib.sha256(data).hexdigest()}" if identity else None
        work = self._work(what, "load", config, identity, send, destinationTable=table.to_api_repr())
        return cast("bigquery.LoadJob", self._runner.run(work))

    def copy(
        self,
        source: "Table",
        destination: "Table",
        write: str = "WRITE_TRUNCATE",
        *,
        identity: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> "bigquery.CopyJob":
        """Copy a table, or a partition (`table$20130101`); raises JobFailed."""
        from google.cloud import bigquery

        config = bigquery.CopyJobConfig(write_disposition=write)
        config.labels = self._all_labels(config.labels, labels)
        start, end = self._table(source), self._table(destination)

        def send(job_id: str) -> "bigquery.CopyJob":
            return self.client.copy_table([start], end, job_config=config, **self._where(job_id))

        described = {"sourceTables": [start.to_api_repr()], "destinationTable": end.to_api_repr()}
        work = self._work(f"copy of {start} to {end}", "copy", config, identity, send, **described)
        return cast("bigquery.CopyJob", self._runner.run(work))

    def ask(self, what: str, request: "Callable[..., T]") -> "T | None":
        """The answer to a request that changes nothing, or the same when it is made twice; None if there is no such
        thing. request: a method of the client, but for its `retry` and `timeout`. Raises JobFailed.
        """
        from google.api_core.exceptions import NotFound

        def once() -> "T | None":
            try:
                return request(retry=None, timeout=self._timeout)
            except NotFound:
                return None

        return self._runner.answered(what, once)

    def answer(self, job: "bigquery.QueryJob", take: "Callable[[RowIterator], T]") -> "T":
        """What `take` makes of the rows of a job that is done; it may be called again. Raises JobFailed."""
        return self.read(
            f"rows of job {job.job_id} ({self.link(str(job.job_id))})",
            lambda: take(cast("RowIterator", job.result(retry=cast("Any", None), timeout=self._timeout))),
        )

    def read(self, what: str, take: "Callable[[], T]") -> "T":
        """What `take` reads, which is called again where no answer comes. Raises JobFailed."""
        return self._runner.answered(what, take)

    def stream(self, what: str, items: "Iterable[T]") -> "Iterator[T]":
        """The items as they come; JobFailed instead of what the client raises on the way."""
        try:
            yield from items
        except errors() as error:
            raise JobFailed(no_answer(what, 1, error), reason=reason_and_message(error)[0]) from error

    def _where(self, job_id: str | None) -> dict[str, Any]:
        # The client's own retries are off: they neither look a lost job up nor count.
        return {
            "job_id": job_id,
            "project": self.project,
            "location": self.location,
            "retry": None,
            "timeout": self._timeout,
        }

    def _all_labels(self, configured: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
        return valid_labels({**self._labels, **configured, **(given or {})})

    def _table(self, table: "Table") -> "bigquery.TableReference":
        from google.cloud import bigquery

        if isinstance(table, str):
            return bigquery.TableReference.from_string(table, default_project=self.project)
        return table

    def _work(
        self, what: str, kind: str, config: Any, identity: str | None, send: Callable[[str], "Job"], **described: Any
    ) -> JobRequest:
        configuration = config.to_api_repr()
        configuration[kind] = configuration.get(kind, {}) | described
        does = {key: value for key, value in configuration.items() if key not in _IRRELEVANT}
        does[kind] = {key: value for key, value in does[kind].items() if key not in _IRRELEVANT_TO_QUERIES}
        text = json.dumps([kind, does, identity or uuid.uuid4().hex], sort_keys=True)
        job_id = f"dataops-{hashlib.sha256(text.encode()).hexdigest()[:32]}"
        return JobRequest(what, kind, job_id, configuration, send)
