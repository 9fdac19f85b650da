"""What the assets of the layers return: a description of work, which an IO manager carries out.

An asset's function builds one of these without touching any storage. Each says itself which step carries it out.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dataops_assets.extract.extract import extract
from dataops_assets.io.partition_report import PartitionReport
from dataops_assets.lake.paths import version_prefix
from dataops_assets.lake.store import Store
from dataops_assets.ledger.outcome import Outcome, RunInfo
from dataops_assets.load.load import load
from dataops_assets.model.partitions import Partition, TimePartitions
from dataops_assets.model.tables import Source
from dataops_assets.publish.names import published
from dataops_assets.publish.publish import publish
from dataops_assets.transform.inputs import Input
from dataops_assets.transform.transform import transform
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

FULL_REFRESH = "dataops/full_refresh"
"""Run tag: with "true", incremental sources are asked for everything."""


@dataclass
class Operation(ABC):
    """Base. reports: empty until an IO manager has carried it out, see `reporting` for why they come back this way."""

    reports: Sequence[PartitionReport] = field(default_factory=list, init=False)

    @property
    @abstractmethod
    def asset(self) -> str:
        """What is written, such as "staged/flights"."""

    @property
    @abstractmethod
    def calendar(self) -> TimePartitions | None:
        """Its partitions."""

    @abstractmethod
    def write(self, storage: Storage, partitions: Sequence[Partition | None], run: RunInfo) -> list[Outcome]:
        """Write partitions; `[None]` if there are none. Returns an outcome for each, in their order."""


@dataclass
class Extract(Operation):
    """Ask the source for each partition of the run, and keep each answer as a new attempt in the raw lake.

    full_refresh: an incremental source is asked for everything.
    """

    source: Source
    full_refresh: bool = False

    @property
    def asset(self) -> str:
        return f"raw/{self.source.name}"

    @property
    def calendar(self) -> TimePartitions | None:
        return self.source.partition

    def write(self, storage: Storage, partitions: Sequence[Partition | None], run: RunInfo) -> list[Outcome]:
        return extract(storage.staging, self.source, partitions, run, self.full_refresh, storage.source_client)


@dataclass
class Load(Operation):
    """Load the raw attempts of each partition of the run into the staged table."""

    table: StagedTable

    @property
    def asset(self) -> str:
        return self.table.asset

    @property
    def calendar(self) -> TimePartitions | None:
        return self.table.calendar

    def write(self, storage: Storage, partitions: Sequence[Partition | None], run: RunInfo) -> list[Outcome]:
        return load(storage.warehouse, storage.staging, self.table, partitions, run)


@dataclass
class Transform(Operation):
    """Build each partition of the run of a derived table."""

    table: DerivedTable
    inputs: Sequence[Input]

    @property
    def asset(self) -> str:
        return self.table.asset

    @property
    def calendar(self) -> TimePartitions | None:
        return self.table.calendar

    def write(self, storage: Storage, partitions: Sequence[Partition | None], run: RunInfo) -> list[Outcome]:
        outcomes = transform(storage.warehouse, storage.staging, self.table, self.inputs, partitions, run)
        return _with_copies(storage.staging, self.table, partitions, outcomes)


@dataclass
class Publish(Operation):
    """Copy each partition of the run to production, if it has a receipt."""

    table: DerivedTable

    @property
    def asset(self) -> str:
        return published(self.table)

    @property
    def calendar(self) -> TimePartitions | None:
        return self.table.calendar

    def write(self, storage: Storage, partitions: Sequence[Partition | None], run: RunInfo) -> list[Outcome]:
        outcomes = publish(storage.warehouse, storage.staging, storage.production, self.table, partitions, run)
        return _with_copies(storage.production, self.table, partitions, outcomes)


def _with_copies(
    store: Store, table: DerivedTable, partitions: Sequence[Partition | None], outcomes: Sequence[Outcome]
) -> list[Outcome]:
    """The outcomes, each with where its version lies in this lake."""
    return [
        replace(outcome, uri=store.uri(version_prefix(table.relation, partition, outcome.entry.version)))
        if outcome.entry.version
        else outcome
        for partition, outcome in zip(partitions, outcomes, strict=True)
    ]
