"""A project with an asset for each kind of partitions, and one that reads itself, for a backfill of the UI.

Each run of a backfill is a process: where it does not matter, several partitions share one.
"""

import dagster as dg
import pandas as pd

from dataops_assets_tests.runs.kinds import KINDS, noting

TWO, THREE, ALL = dg.BackfillPolicy.multi_run(2), dg.BackfillPolicy.multi_run(3), dg.BackfillPolicy.single_run()
POLICIES: dict[str, dg.BackfillPolicy | None] = {
    "days": None,
    "spring": TWO,
    "autumn": ALL,
    "months": ALL,
    "workdays": ALL,
    "colours": TWO,
    "shops": ALL,
    "days_colours": ALL,
    "hours_shops": THREE,
}
ASSETS = [noting(KINDS[kind], kind, backfill_policy=policy) for kind, policy in POLICIES.items()]


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
