"""Every kind of partitions, in UTC and in a zone where clocks change, with an asset that has a row for each of them."""

from datetime import UTC
from typing import Any

import dagster as dg
import pandas as pd

NEW_YORK = "America/New_York"
COLOURS = dg.StaticPartitionsDefinition(["red", "green", "blue"])
SHOPS = dg.DynamicPartitionsDefinition(name="shops")
THERE = ["kiel", "bonn", "köln"]
"""The shops that the instance knows, in its order."""

KINDS: dict[str, dg.PartitionsDefinition] = {
    "days": dg.DailyPartitionsDefinition("2024-03-07", end_date="2024-03-13"),
    "days_elsewhere": dg.DailyPartitionsDefinition("2024-03-07", end_date="2024-03-13", timezone=NEW_YORK),
    "spring": dg.HourlyPartitionsDefinition("2024-03-09-23:00", end_date="2024-03-10-06:00", timezone=NEW_YORK),
    "autumn": dg.HourlyPartitionsDefinition("2024-11-02-23:00", end_date="2024-11-03-04:00", timezone=NEW_YORK),
    "months": dg.MonthlyPartitionsDefinition("2024-01-01", end_date="2024-06-01", timezone=NEW_YORK),
    "workdays": dg.TimeWindowPartitionsDefinition(
        start="2024-03-07", end="2024-03-15", fmt="%Y-%m-%d", cron_schedule="0 0 * * 1-5"
    ),
    "colours": COLOURS,
    "shops": SHOPS,
    "days_colours": dg.MultiPartitionsDefinition(
        {"day": dg.DailyPartitionsDefinition("2024-03-08", end_date="2024-03-12"), "colour": COLOURS}
    ),
    "hours_shops": dg.MultiPartitionsDefinition(
        {
            "hour": dg.HourlyPartitionsDefinition("2024-03-10-00:00", end_date="2024-03-10-05:00", timezone=NEW_YORK),
            "shop": SHOPS,
        }
    ),
}
POLICIES = [None, dg.BackfillPolicy.multi_run(2), dg.BackfillPolicy.multi_run(3), dg.BackfillPolicy.single_run()]


def noting(definition: dg.PartitionsDefinition, name: str = "noted", **about: Any) -> Any:
    """An asset `plain/NAME` with a row for each partition that it is run for: where it begins, or its key."""
    parts = _dimensions(definition)
    columns = {dimension: dimension for dimension in parts}

    @dg.asset(
        name=name,
        key_prefix="plain",
        partitions_def=definition,
        metadata={"partition_expr": columns if len(parts) > 1 else next(iter(columns))},
        **about,
    )
    def asset(context: dg.AssetExecutionContext) -> pd.DataFrame:
        keys = [_split(definition, key) for key in context.partition_keys]
        return pd.DataFrame(
            {dimension: [_value(part, key[dimension]) for key in keys] for dimension, part in parts.items()}
        )

    return asset


def _dimensions(definition: dg.PartitionsDefinition) -> dict[str, dg.PartitionsDefinition]:
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return {each.name: each.partitions_def for each in definition.partitions_defs}
    return {"part": definition}


def _split(definition: dg.PartitionsDefinition, key: str) -> dict[str, str]:
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return dict(definition.get_partition_key_from_str(key).keys_by_dimension)
    return {"part": key}


def _value(definition: dg.PartitionsDefinition, key: str) -> Any:
    if isinstance(definition, dg.TimeWindowPartitionsDefinition):
        return pd.Timestamp(definition.time_window_for_partition_key(key).start.astimezone(UTC))
    return key
