"""Jobs: sets of assets to launch together, from a schedule, from a sensor or by hand in the UI."""

from collections.abc import Mapping, Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dataops_assets.automation.flows import Flow, source_keys
from dataops_assets.model.partitions import Partition
from dataops_assets.model.tables import Source

IN_ORDER = "dataops/in_order"
"""Tag of runs: of those with the same value, one is run at a time, in the order in which they were asked for."""

OF_ALL_ASSETS = "__ASSET_JOB"
"""The job that Dagster makes of all assets; one of our own cannot have tables of several calendars."""

AssetJob = UnresolvedAssetJobDefinition
"""What `dg.define_asset_job` returns; Dagster has no public name for it."""


def flow_job(flow: Flow) -> AssetJob:
    """The job of a schedule: from its sources, or from what other schedules have made of them, to production."""
    names = ", ".join(source.name for source in flow.scheduled)
    besides = [source.name for source in flow.sources if source not in flow.scheduled]
    words = (
        f"{names}, and all that is built on it" if flow.level == 0 else f"What is built on {names} by other partitions"
    )
    return _job(
        flow.name, flow.keys, f"{words}; refreshes {', '.join(besides)} on the way." if besides else f"{words}."
    )


def load_job(source: Source) -> AssetJob:
    """Extraction and load of one source, and nothing that is built on it."""
    return _job(f"{source.name}_load", source_keys([source]), f"{source.name}: extraction and load.")


def reference_job(sources: Sequence[Source]) -> AssetJob:
    """Extraction and load of all sources without partitions."""
    names = ", ".join(source.name for source in sources)
    return _job("reference_refresh", source_keys(sources), f"All tables that are refreshed as a whole: {names}.")


def run_request(
    run_key: str,
    partitions: Sequence[Partition] = (),
    assets: Sequence[str] = (),
    in_order: str = "",
    job: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> dg.RunRequest:
    """One run over adjacent partitions: over a range of them, it costs little more than over one.

    run_key: Dagster starts no second run with the same key from the same schedule or sensor. assets: of the job; none
    for all of them. in_order: of the runs with the same name here, one is run after the other, where Dagster's instance
    has the limit for it that the project's `dagster.yaml` has. job: of a sensor that has several. tags: of the run.
    """
    tags = {**(tags or {}), **({IN_ORDER: in_order} if in_order else {})}
    selection = [dg.AssetKey(asset.split("/")) for asset in assets] or None
    if len(partitions) == 1:
        key = partitions[0].key
        return dg.RunRequest(run_key, tags=tags, job_name=job, asset_selection=selection, partition_key=key)
    if partitions:
        tags |= {
            "dagster/asset_partition_range_start": partitions[0].key,
            "dagster/asset_partition_range_end": partitions[-1].key,
        }
    return dg.RunRequest(run_key, tags=tags, job_name=job, asset_selection=selection)


def _job(name: str, keys: Sequence[str], description: str) -> AssetJob:
    selection = dg.AssetSelection.assets(*(dg.AssetKey(key.split("/")) for key in keys))
    return dg.define_asset_job(name, selection, description=description)
