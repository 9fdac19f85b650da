"""A job as it is asked for, and as it is recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud import bigquery

    Job = bigquery.QueryJob | bigquery.LoadJob | bigquery.CopyJob


@dataclass(frozen=True)
class JobRecord:
    """What a job cost. seconds: from its creation to its end. reason: why it failed, or empty.

    earlier: it had run before this call, which found it by its identity.
    """

    job_id: str
    kind: str
    statement_type: str
    bytes_processed: int
    bytes_billed: int
    slot_ms: int
    seconds: float
    link: str
    reason: str = ""
    earlier: bool = False


@dataclass(frozen=True)
class JobRequest:
    """what: in words. id: the job's, without its suffix. configuration: as sent, for comparison."""

    what: str
    kind: str
    id: str
    configuration: dict[str, Any]
    send: Callable[[str], "Job"]
