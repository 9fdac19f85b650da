"""Jobs, schedules and sensors of all datasets. Nothing that starts runs is on before somebody switches it on."""

from collections.abc import Callable

import dagster as dg

from dataops_assets.automation.alerts import check_failure_sensor, failed_run_sensor
from dataops_assets.automation.arrivals import file_sensor, watched
from dataops_assets.automation.flows import flows
from dataops_assets.automation.jobs import flow_job, load_job, reference_job
from dataops_assets.automation.schedules import flow_schedule
from dataops_assets.lake.store import Store
from dataops_assets.layers.catalog import Catalog
from dataops_assets.settings import Settings
from dataops_assets.sources.folders import MakeClient


def automation_for(
    catalog: Catalog, settings: Settings, lake: Callable[[], Store], storage_client: MakeClient | None = None
) -> dg.Definitions:
    """A job and a schedule for each flow, a job for all reference tables, a job and a sensor for files, and alerts.

    lake: opens the raw lake, which tells what was loaded. storage_client: gives the client of Cloud Storage that files
    of buckets are looked for with.
    """
    sources = [table.source for table in catalog.staged.values()]
    scheduled = [(flow, flow_job(flow)) for flow in flows(catalog)]
    loads = [(source, load_job(source)) for source in watched(sources)]
    reference = [source for source in sources if source.partition is None]
    return dg.Definitions(
        jobs=[
            *(job for _, job in scheduled),
            *(job for _, job in loads),
            *([reference_job(reference)] if reference else []),
        ],
        schedules=[flow_schedule(flow, job, settings.partitions_per_run) for flow, job in scheduled],
        sensors=[
            *(file_sensor(source, job, settings.partitions_per_run, lake, storage_client) for source, job in loads),
            failed_run_sensor(),
            check_failure_sensor(),
        ],
    )
