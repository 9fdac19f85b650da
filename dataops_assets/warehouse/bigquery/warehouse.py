"""The cloud's warehouse: a staging and a production dataset of BigQuery, through the official clients."""

import contextlib
import copy
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dataops_assets.dialects.base import Dialect, TableOptions
from dataops_assets.dialects.bigquery import BigQueryDialect
from dataops_assets.warehouse.base import MAX_FRAME_ROWS
from dataops_assets.warehouse.bigquery.errors import QueryRefused
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.bigquery.session import BigQuerySession
from dataops_assets.warehouse.bigquery.table_options import check_dataset

if TYPE_CHECKING:
    from google.cloud import bigquery
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

_SCRATCH_DAYS = 1


class BigQueryWarehouse:
    """Three datasets of one project and location: staging, production, one for scratch tables; made by the first write.

    maximum_bytes_billed: of each query; None is no limit. labels: of all jobs, datasets and tables.
    max_frame_rows: the most that `Session.fetch` gives. kms_key: full name of the key for all that is kept.
    """

    def __init__(
        self,
        client: "bigquery.Client",
        reader: "BigQueryReadClient",
        location: str = "US",
        staging: str = "staging",
        production: str = "production",
        scratch: str = "staging_scratch",
        maximum_bytes_billed: int | None = None,
        labels: Mapping[str, str] | None = None,
        max_frame_rows: int = MAX_FRAME_ROWS,
        kms_key: str = "",
    ) -> None:
        self.client = client
        self.reader = reader
        self.location = location
        self.staging = staging
        self.production = production
        self.scratch = scratch
        self._maximum_bytes_billed = maximum_bytes_billed
        self.labels = dict(labels or {})
        self._job_labels = self.labels
        self.dialect: Dialect = BigQueryDialect(self.labels)
        self.limit = max_frame_rows
        self.kms_key = kms_key
        self._prepared = threading.Event()
        self.options_set: dict[tuple[str, str], TableOptions] = {}
        self._lock = threading.Lock()
        self._running: list[Jobs] = []

    def for_work(self, asset: str, partitions: Sequence[str | None], run_id: str) -> "BigQueryWarehouse":
        layer, _, dataset = asset.rpartition("/")
        keys = [key for key in partitions if key is not None]
        span = keys[0] if len(keys) == 1 else f"{keys[0]}..{keys[-1]}" if keys else "whole"
        own = {"layer": layer or "none", "dataset": dataset, "partition": span, "run": run_id}
        at_work = copy.copy(self)
        at_work._job_labels = {**self.labels, **own}
        at_work._running = []
        return at_work

    def address(self, schema: str, table: str) -> tuple[str, str]:
        return "bigquery", f"{self.client.project}.{schema}.{table}"

    @contextmanager
    def session(self) -> Iterator["BigQuerySession"]:
        """A place for scratch tables, which are gone at the end of the block."""
        session = BigQuerySession(self, self.jobs())
        try:
            yield session
        finally:
            session.close()

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """One query over committed tables. Raises QueryRefused for a statement that is none: it could change them."""
        jobs = self.jobs()
        kind = jobs.query(sql, parameters, dry_run=True).statement_type
        if kind != "SELECT":
            raise QueryRefused(f"this is no query but {kind or 'an empty text'}; give one SELECT: nothing else is run")
        return self.arrow(jobs, jobs.query(sql, parameters))

    def tables(self) -> list[str]:
        """The names of all tables, as `dataset.table`."""
        found = []
        for dataset in (self.staging, self.production):
            reference = f"{self.client.project}.{dataset}"
            tables = self.jobs().ask(f"tables of {reference}", partial(self._list_tables, reference))
            found += [f"{dataset}.{table}" for table in tables or ()]
        return found

    def _list_tables(self, dataset: str, **how: Any) -> list[str]:
        return [table.table_id for table in self.client.list_tables(dataset, **how)]

    def damage(self) -> str:
        return ""

    def purge(self) -> None:
        return None

    def set_aside(self) -> None:
        return None

    def jobs(self) -> Jobs:
        """A runner of jobs, with books of its own on what they cost."""
        jobs = Jobs(
            self.client,
            project=self.client.project,
            location=self.location,
            maximum_bytes_billed=self._maximum_bytes_billed,
            labels=self._job_labels,
            kms_key=self.kms_key,
        )
        with self._lock:
            self._running.append(jobs)
        return jobs

    def spent(self) -> dict[str, int | str]:
        """What the jobs since the last call cost: bytes billed, slot milliseconds, their number, and the costliest."""
        with self._lock:
            done, self._running = self._running, []
        records = [record for jobs in done for record in jobs.statistics]
        if not records:
            return {}
        costliest = max(records, key=lambda record: (record.bytes_billed, record.slot_ms))
        return {
            "bigquery/bytes_billed": sum(record.bytes_billed for record in records),
            "bigquery/slot_ms": sum(record.slot_ms for record in records),
            "bigquery/jobs": len(records),
            "bigquery/costliest_job": costliest.link,
        }

    def arrow(self, jobs: Jobs, job: "bigquery.QueryJob") -> pa.Table:
        """The rows of a job that is done."""
        return jobs.answer(job, lambda rows: rows.to_arrow(bqstorage_client=self.reader))

    def prepare(self, jobs: Jobs) -> None:
        """Make the datasets that are not there. Raises DatasetDiffers for one that is not as the settings say."""
        with self._lock:
            if self._prepared.is_set():
                return
            for name in (self.staging, self.production, self.scratch):
                self.ensure_dataset(name, jobs)
            self._prepared.set()

    def ensure_dataset(self, name: str, jobs: Jobs | None = None) -> None:
        """Make the dataset, if there is none of this name; raises DatasetDiffers."""
        from google.cloud import bigquery

        jobs = jobs or self.jobs()
        reference = bigquery.DatasetReference(self.client.project, name)
        # Asked first: whoever may not make datasets can have them made.
        existing = jobs.ask(f"dataset {reference}", partial(self.client.get_dataset, reference))
        if existing is not None:
            check_dataset(existing, self.location, self.kms_key)
            return
        dataset = bigquery.Dataset(reference)
        dataset.location = self.location
        dataset.labels = self.labels
        if self.kms_key:
            dataset.default_encryption_configuration = bigquery.EncryptionConfiguration(self.kms_key)
        if name == self.scratch:
            dataset.default_table_expiration_ms = _SCRATCH_DAYS * 24 * 3600 * 1000
        jobs.ask(f"dataset {reference}", partial(self._create, dataset))

    def _create(self, dataset: "bigquery.Dataset", **how: Any) -> None:
        from google.api_core.exceptions import Conflict

        # Of two who find none, one makes it. `exists_ok` would look at the other's, without an end.
        with contextlib.suppress(Conflict):
            self.client.create_dataset(dataset, **how)
