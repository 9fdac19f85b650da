"""BigQuery on this machine: local-bigquery with the repairs of `repairs/`, on data that ends with it.

BIGQUERY_EMULATOR_HOST redirects the official client; credentials it wants all the same, and anonymous ones do. The
Storage Read API is gRPC, for which the client knows no variable: BIGQUERY_STORAGE_EMULATOR_HOST is this project's.
"""

from types import TracebackType

from dataops_assets_tests.standins import set_up
from dataops_assets_tests.standins.children import Child

PROJECT = "stand-in"
_START_SECONDS = 60


class BigQuery:
    """`with BigQuery(storage_url) as bigquery:` runs it. storage_url: the GCS that its load jobs read."""

    def __init__(self, storage_url: str) -> None:
        self._storage_url = storage_url
        self._child: Child | None = None
        self.environment: dict[str, str] = {}

    def start(self) -> "BigQuery":
        """Raises StandInFailed, also where it is not set up."""
        set_up.checked()
        self._child = Child(
            "bigquery",
            [set_up.PYTHON, "-m", "dataops_assets_tests.standins.repairs", PROJECT],
            {"HOME": str(set_up.HOME), "STORAGE_EMULATOR_HOST": self._storage_url, "PYTHONDONTWRITEBYTECODE": ""},
        )
        address = self._child.address(_START_SECONDS)
        self.environment = {
            "BIGQUERY_EMULATOR_HOST": f"http://127.0.0.1:{address['rest']}",
            "BIGQUERY_STORAGE_EMULATOR_HOST": f"127.0.0.1:{address['grpc']}",
            "GOOGLE_CLOUD_PROJECT": PROJECT,
        }
        return self

    def stop(self) -> None:
        if self._child:
            self._child.stop()
            self._child = None

    def __enter__(self) -> "BigQuery":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
