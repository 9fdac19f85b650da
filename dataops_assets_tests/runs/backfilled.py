"""A project with an asset for every kind of partitions, and one that reads itself, for a backfill of the UI."""

import dagster as dg
import pandas as pd

from dataops_assets_tests.runs.kinds import KINDS, POLICIES, noting

ASSETS = [
    noting(definition, kind, backfill_policy=POLICIES[place % len(POLICIES)])
    for place, (kind, definition) in enumerate(KINDS.items())
]


@dg.asset(
    key_prefix="plain",
    partitions_def=KINDS["days"],
    metadata={"partition_expr": "day"},
    ins={
        "counted": dg.AssetIn(
            key=["plain", "counted"], partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
        )
    },
)
def counted(context: dg.AssetExecutionContext, counted: pd.DataFrame) -> pd.DataFrame:
    """Each day has one more row than the day before."""
    return pd.DataFrame({"day": pd.Timestamp(context.partition_key), "count": range(len(counted) + 1)})
