"""What the sessions of one warehouse share."""

from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from dataops_assets.dialects.base import Dialect, TableOptions
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets.warehouse.bigquery.swap import Datasets

if TYPE_CHECKING:
    from google.cloud import bigquery
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient


class WarehouseContext(Datasets, Protocol):
    """What a session needs of its warehouse: clients, names, and what has been seen of tables in this process."""

    client: "bigquery.Client"
    reader: "BigQueryReadClient"
    dialect: Dialect
    staging: str
    scratch: str
    limit: int
    labels: dict[str, str]
    options_set: dict[tuple[str, str], TableOptions]

    def prepare(self, jobs: Jobs) -> None:
        """Make the datasets that are not there."""
        ...

    def arrow(self, jobs: Jobs, job: "bigquery.QueryJob") -> pa.Table:
        """The rows of a job that is done."""
        ...
