"""Both stand-ins together, and the environment in which the official clients find them."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from dataops_assets_tests.standins.bigquery import PROJECT, BigQuery
from dataops_assets_tests.standins.gcs import Gcs


@dataclass(frozen=True)
class Cloud:
    """environment: the variables that lead every client here. `with running() as cloud:` makes one."""

    environment: dict[str, str]
    project: str = PROJECT

    def name(self, kind: str = "t") -> str:
        """A name for a bucket or a dataset that no other test uses."""
        return f"{kind}_{uuid.uuid4().hex[:12]}"


@contextlib.contextmanager
def running() -> Iterator[Cloud]:
    """Starts both, empty, and stops them; raises StandInFailed."""
    with Gcs() as gcs, BigQuery(gcs.url) as bigquery:
        yield Cloud(gcs.environment | bigquery.environment)
