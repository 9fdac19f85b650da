"""Both stand-ins together, and the environment in which the official clients find them."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataops_assets_tests.standins.bigquery import PROJECT, BigQuery
from dataops_assets_tests.standins.gcs import Gcs

if TYPE_CHECKING:
    from pathlib import Path

    from google.cloud import bigquery
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

    from dataops_assets.settings import Settings


@dataclass(frozen=True)
class Cloud:
    """environment: the variables that lead every client here. `with running() as cloud:` makes one."""

    environment: dict[str, str]
    project: str = PROJECT

    def name(self, kind: str = "t") -> str:
        """A name for a bucket or a dataset that no other test uses."""
        return f"{kind}_{uuid.uuid4().hex[:12]}"

    def settings(self, home: "Path", kind: str) -> "Settings":
        """Of a project in buckets and datasets of its own; the buckets are made."""
        from google.cloud import storage

        from dataops_assets.settings import Cloud as Place
        from dataops_assets.settings import Settings

        name = self.name(kind)
        buckets = [f"{name}-staging", f"{name}-production"]
        for bucket in buckets:
            storage.Client(project=self.project).create_bucket(bucket)
        place = Place(self.project, *buckets, scratch_dataset=f"{name}_scratch")
        return Settings("gcp", home, f"{name}_staging", f"{name}_production", cloud=place)

    def bigquery(self) -> "bigquery.Client":
        """The official client. It finds the server by itself, and insists on credentials."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import bigquery

        return bigquery.Client(project=self.project, credentials=AnonymousCredentials())

    def bigquery_storage(self) -> "BigQueryReadClient":
        """The official client of the Storage Read API, which has to be led there."""
        import grpc
        from google.cloud.bigquery_storage_v1 import BigQueryReadClient
        from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

        host = self.environment["BIGQUERY_STORAGE_EMULATOR_HOST"]
        channel = grpc.insecure_channel(host, options=[("grpc.max_receive_message_length", -1)])
        return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))


@contextlib.contextmanager
def running() -> Iterator[Cloud]:
    """Starts both, empty, and stops them; raises StandInFailed."""
    with Gcs() as gcs, BigQuery(gcs.url) as bigquery:
        yield Cloud(gcs.environment | bigquery.environment)
