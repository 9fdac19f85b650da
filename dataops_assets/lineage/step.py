"""What is told of a step, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

State = Literal["START", "RUNNING", "COMPLETE", "FAIL"]


class Dataset(NamedTuple):
    """A dataset by OpenLineage's naming, such as ("bigquery", "project.dataset.table")."""

    namespace: str
    name: str


@dataclass(frozen=True)
class Field:
    """A column: its type in the warehouse's words, its tags, and the columns of datasets that it comes from."""

    name: str
    type: str
    description: str = ""
    tags: Sequence[str] = ()
    origins: Sequence[tuple[Dataset, str]] = ()


@dataclass(frozen=True)
class Assertion:
    """What a check said of all partitions of a step. failed: rows, or partitions, that did not pass."""

    check: str
    passed: bool
    stops: bool
    column: str | None = None
    description: str = ""
    failed: int = 0
    partitions: Sequence[str] = ()


@dataclass(frozen=True)
class Made:
    """What a step writes. same: each column is the one of the same name that it comes from, unchanged.

    version, rows, bytes: afterwards, as far as they are known.
    """

    dataset: Dataset
    fields: Sequence[Field] = ()
    same: bool = False
    assertions: Sequence[Assertion] = ()
    version: str = ""
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class Step:
    """A step of a run: the materialization of some partitions of an asset.

    window: what its partitions span, UTC, the end not included. partitions: what became of each. error: why nothing was
    written.
    """

    run_id: str
    job: str
    asset: str
    state: State
    at: datetime
    description: str = ""
    owners: Sequence[str] = ()
    sql: str = ""
    window: tuple[datetime, datetime] | None = None
    reads: Sequence[Dataset] = ()
    makes: Sequence[Made] = ()
    partitions: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    error: str = ""
