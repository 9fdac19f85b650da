"""Google's clients for the profile "gcp": who asks, and where. Nothing of Google's is loaded before it is used.

Credentials are those of the environment (application default credentials: gcloud's login, or the service account the
process runs as), or of a service account that these may act as. With an emulator's variable set, that client uses none.
"""

import os
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from dataops_assets import __version__
from dataops_assets.lake.gcs import GCSStore
from dataops_assets.lake.scratch import Scratch
from dataops_assets.settings import Cloud, Settings, SettingsError

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud import bigquery, storage
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

    from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_USER_AGENT = f"dataops_assets/{__version__}"
_SESSION_SECONDS = 60.0  # for the answer that rows can be read
_STREAM_SECONDS = 600.0  # for the rows of one stream, which are a part of max_frame_rows
_READ_EMULATOR = "BIGQUERY_STORAGE_EMULATOR_HOST"  # HOST:PORT; our own name, Google's client has none


class Clients:
    """The clients of one process, each made once, when it is first asked for. Raises SettingsError without credentials.

    Dagster's GCSResource and BigQueryResource do not make them: those take neither credentials nor a name to ask by.
    """

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    @cached_property
    def credentials(self) -> "Credentials":
        """The real ones."""
        import google.auth
        from google.auth import impersonated_credentials
        from google.auth.exceptions import DefaultCredentialsError

        try:
            found, _ = google.auth.default(scopes=[_SCOPE])
        except DefaultCredentialsError as error:
            raise SettingsError(
                "DATAOPS_PROFILE='gcp': there are no application default credentials; on a laptop: gcloud auth "
                f"application-default login; deployed: run as a service account ({error})"
            ) from error
        if not self.cloud.impersonate:
            return found
        return impersonated_credentials.Credentials(
            source_credentials=found, target_principal=self.cloud.impersonate, target_scopes=[_SCOPE]
        )

    @cached_property
    def storage(self) -> "storage.Client":
        from google.api_core.client_info import ClientInfo
        from google.cloud import storage

        # Otherwise the client asks for the bucket in the background, which needs a role of its own, to label traces.
        os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        return storage.Client(
            project=self.cloud.project,
            credentials=self._credentials("STORAGE_EMULATOR_HOST"),
            client_info=ClientInfo(user_agent=_USER_AGENT),
        )

    @cached_property
    def bigquery(self) -> "bigquery.Client":
        from google.api_core.client_info import ClientInfo
        from google.cloud import bigquery

        return bigquery.Client(
            project=self.cloud.project,
            credentials=self._credentials("BIGQUERY_EMULATOR_HOST"),
            location=self.cloud.location,
            client_info=ClientInfo(user_agent=_USER_AGENT),
        )

    @cached_property
    def bigquery_read(self) -> "BigQueryReadClient":
        """Of the Storage Read API, over gRPC."""
        import grpc
        from google.api_core.gapic_v1.client_info import ClientInfo
        from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

        info, reader = ClientInfo(user_agent=_USER_AGENT), _patient_reader(self.cloud.retry_seconds)
        if host := os.environ.get(_READ_EMULATOR):
            # As the client's own channel: a block of rows may be larger than gRPC's 4 MB.
            channel = grpc.insecure_channel(host, options=[("grpc.max_receive_message_length", -1)])
            transport = BigQueryReadGrpcTransport(channel=channel)
            return reader(transport=transport, client_info=info)
        if os.environ.get("BIGQUERY_EMULATOR_HOST"):
            raise SettingsError(
                f"BIGQUERY_EMULATOR_HOST is set, {_READ_EMULATOR} is not: rows would be read from the real BigQuery; "
                "set both or neither"
            )
        return reader(credentials=self.credentials, client_info=info)

    def lake(self, bucket: str, scratch: Scratch | None = None) -> GCSStore:
        """The lake in a bucket, as the settings say; scratch: where what is to be stored is made."""
        from google.cloud.storage.retry import DEFAULT_RETRY

        return GCSStore(
            self.storage,
            bucket,
            prefix=self.cloud.lake_prefix,
            labels=self.cloud.labels,
            kms_key=self.cloud.kms_key,
            retry=DEFAULT_RETRY.with_timeout(self.cloud.retry_seconds),
            scratch=scratch,
        )

    def warehouse(self, settings: Settings) -> "BigQueryWarehouse":
        """The warehouse in two datasets of the project, as the settings say."""
        from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse

        return BigQueryWarehouse(
            self.bigquery,
            self.bigquery_read,
            self.cloud.location,
            settings.staging_dataset,
            settings.production_dataset,
            self.cloud.scratch_dataset,
            self.cloud.max_bytes_billed,
            self.cloud.labels,
            settings.max_frame_rows,
            self.cloud.kms_key,
        )

    def _credentials(self, emulator: str) -> "Credentials":
        from google.auth.credentials import AnonymousCredentials

        return AnonymousCredentials() if os.environ.get(emulator) else self.credentials


@cache
def _patient_reader(seconds: float) -> "type[BigQueryReadClient]":
    """The client of the Storage Read API, which asks again for so long where nobody answers or too many ask.

    Otherwise the client for BigQuery opens its sessions without a second try and without an end, and for an outage
    while rows are read, or a connection that has silently gone, it waits a day.
    """
    from google.api_core.exceptions import ResourceExhausted, ServiceUnavailable
    from google.api_core.retry import Retry, if_exception_type
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

    policy = Retry(if_exception_type(ResourceExhausted, ServiceUnavailable), timeout=seconds)

    class PatientReader(BigQueryReadClient):
        def create_read_session(self, *args: Any, **kwargs: Any) -> Any:
            return super().create_read_session(*args, **kwargs | {"retry": policy, "timeout": _SESSION_SECONDS})

        def read_rows(self, *args: Any, **kwargs: Any) -> Any:
            return super().read_rows(*args, **kwargs | {"retry": policy, "timeout": _STREAM_SECONDS})

    return PatientReader
