"""What the assets of the layers return: a description of work, which an IO manager carries out.

An asset's function builds one of these without touching any storage. The IO manager does the work and leaves what
became of it in `reports`, one for each partition.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dataops_assets.io.reporting import PartitionReport
from dataops_assets.model.tables import Source
from dataops_assets.transform.inputs import Input
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

FULL_REFRESH = "dataops/full_refresh"
"""Run tag: with "true", incremental sources are asked for everything."""


@dataclass
class Work:
    """Base: reports is empty until the IO manager has done the work."""

    reports: Sequence[PartitionReport] = field(default_factory=list, init=False)


@dataclass
class Extract(Work):
    """Ask the source for each partition of the run, and keep each answer as a new attempt in the raw lake.

    full_refresh: an incremental source is asked for everything.
    """

    source: Source
    full_refresh: bool = False


@dataclass
class Load(Work):
    """Load the raw attempts of each partition of the run into the staged table."""

    table: StagedTable


@dataclass
class Transform(Work):
    """Build each partition of the run of a derived table."""

    table: DerivedTable
    inputs: Sequence[Input]


@dataclass
class Publish(Work):
    """Copy each partition of the run to production, if its receipt vouches for it."""

    table: DerivedTable
