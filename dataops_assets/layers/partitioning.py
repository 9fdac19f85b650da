"""Partitions of the model as partitions of Dagster; the keys are the same strings."""

import dagster as dg

from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.units import DAY, HOUR, MONTH
from dataops_assets.transform.inputs import Input

_DEFINITIONS = {
    DAY: dg.DailyPartitionsDefinition,
    HOUR: dg.HourlyPartitionsDefinition,
    MONTH: dg.MonthlyPartitionsDefinition,
}


def partitions_def(calendar: TimePartitions | None) -> dg.PartitionsDefinition | None:
    """Dagster's definition of the same calendar, in UTC."""
    if calendar is None:
        return None
    return _DEFINITIONS[calendar.unit](start_date=calendar.start, end_date=calendar.end, timezone="UTC")


def partition_mapping(calendar: TimePartitions | None, needed: Input) -> dg.PartitionMapping | None:
    """Which partitions of an input a partition reads: its own window, and the declared history before it."""
    if calendar is None or needed.table.calendar is None:
        return None if needed.table.calendar is None else dg.AllPartitionMapping()
    return dg.TimeWindowPartitionMapping(
        start_offset=-needed.history, end_offset=0, allow_nonexistent_upstream_partitions=True
    )
