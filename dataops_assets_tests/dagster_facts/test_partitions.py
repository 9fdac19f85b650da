"""What Dagster takes a range of partitions for."""

import dagster as dg


def test_ranges_that_differ_by_an_hour_that_comes_twice_are_one_to_dagster():
    """Once this fails, Dagster tells them apart, and `runs/chunks.py` need not."""
    hours = dg.HourlyPartitionsDefinition("2024-11-02-23:00", end_date="2024-11-03-04:00", timezone="America/New_York")
    first, second, third, *_ = hours.get_partition_keys()
    assert list(hours.get_partition_keys_in_range(dg.PartitionKeyRange(first, second))) == [first, second]
    assert list(hours.get_partition_keys_in_range(dg.PartitionKeyRange(first, third))) == [first, second]
