"""Google Cloud Storage on this machine: fake-gcs-server behind the proxy that enforces preconditions.

Objects are kept in memory. Clients find it by STORAGE_EMULATOR_HOST alone, and then use no credentials.
"""

import sys
from types import TracebackType

from dataops_assets_tests.standins.children import Child

_START_SECONDS = 30


class Gcs:
    """`with Gcs() as gcs:` runs it; gcs.url is where."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self.url = ""

    def start(self) -> "Gcs":
        self._child = Child("gcs", [sys.executable, "-m", "dataops_assets_tests.standins.gcs_proxy"], {})
        self.url = self._child.address(_START_SECONDS)["url"]
        return self

    def stop(self) -> None:
        if self._child:
            self._child.stop()
            self._child = None

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find it. gcsfs looks for a service of its own for a minute if it is not told so."""
        return {"STORAGE_EMULATOR_HOST": self.url, "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false"}

    def __enter__(self) -> "Gcs":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
