"""Jobs, schedules and sensors of all datasets. Nothing that starts runs is on before somebody switches it on."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dagster as dg

from dataops_assets.automation.alert_sensor import alert_sensor
from dataops_assets.automation.alerts import check_failure_sensor, failed_run_sensor
from dataops_assets.automation.arrivals import file_sensor, watched
from dataops_assets.automation.corrections import correction_jobs
from dataops_assets.automation.decisions import decision_jobs
from dataops_assets.automation.flows import flows
from dataops_assets.automation.following import follow_sensors
from dataops_assets.automation.freshness import freshness_sensors
from dataops_assets.automation.jobs import AssetJob, flow_job, load_job, reference_job
from dataops_assets.automation.message_sensors import hear_sensor, tables_heard, tell_sensor
from dataops_assets.automation.pruning import prune_job, prune_schedules
from dataops_assets.automation.release_verification import release_verification_job
from dataops_assets.automation.reports import report_job, report_schedules
from dataops_assets.automation.rulings import ruling_jobs
from dataops_assets.automation.schedules import Plans, flow_schedule
from dataops_assets.layers.catalog import Catalog
from dataops_assets.settings import Settings
from dataops_assets.sources.folders import MakeClient
from dataops_assets.warehouse.storage import Storage


def automation_for(
    catalog: Catalog,
    settings: Settings,
    storage: Callable[[], Storage],
    storage_client: MakeClient | None = None,
    plain: Iterable[Any] = (),
) -> dg.Definitions:
    """A job and a schedule for each flow, a job for all reference tables, a job and a sensor for files, alerts, jobs by
    which somebody decides about production and about rows in quarantine, and one that draws.

    storage: opens lake and warehouse, which tell what was loaded and what is stale. storage_client: gives the client of
    Cloud Storage that files of buckets are looked for with. plain: plain assets, of which one hears as of the others.
    """
    sources = [table.source for table in catalog.staged.values()]
    every = flows(catalog)
    plans = Plans(catalog, every, storage, settings.partitions_per_run)
    jobs = {flow.name: flow_job(flow) for flow in every}
    loads = [(source, load_job(source)) for source in watched(sources)]
    messages = _messages(catalog, settings, storage, {source.name: job for source, job in loads})
    reference = [source for source in sources if source.partition is None]
    reports = report_job(catalog, storage)
    pruning = prune_job(catalog, settings, storage)
    own = dg.Definitions(
        jobs=[
            *jobs.values(),
            *(job for _, job in loads),
            *([reference_job(reference)] if reference else []),
            *decision_jobs(catalog, storage, settings.code_version),
            *ruling_jobs(catalog, storage),
            *correction_jobs(catalog, storage, settings.code_version),
            *reports,
            *pruning,
        ],
        schedules=[
            *(flow_schedule(flow, jobs[flow.name], plans) for flow in every if flow.level == 0),
            *report_schedules(reports),
            *prune_schedules(pruning),
        ],
        sensors=[
            *(
                file_sensor(source, job, settings.partitions_per_run, lambda: storage().staging, storage_client)
                for source, job in loads
            ),
            failed_run_sensor(),
            check_failure_sensor(),
            alert_sensor(catalog, settings, storage, plain),
            *freshness_sensors(catalog, storage),
            *follow_sensors(catalog),
        ],
    )
    return dg.Definitions.merge(own, messages)


def _messages(
    catalog: Catalog, settings: Settings, storage: Callable[[], Storage], loads: Mapping[str, AssetJob]
) -> dg.Definitions:
    """Where a topic or a subscription is named: sensors that tell it and hear it, and the jobs that these start.

    loads: the jobs that are there already, by source.
    """
    channels = settings.channels
    verify = release_verification_job(catalog, settings, storage)
    told = dg.Definitions(jobs=[verify], sensors=[tell_sensor(settings, storage)] if channels.topic else [])
    if not channels.subscription:
        return told if channels.topic else dg.Definitions()
    tables = tables_heard(catalog, channels)
    new = {source.name: load_job(source) for source in tables.values() if source.name not in loads}
    jobs = {source.name: {**loads, **new}[source.name] for source in tables.values()}
    heard = dg.Definitions(jobs=[*new.values()], sensors=[hear_sensor(tables, jobs, verify, settings)])
    return dg.Definitions.merge(told, heard)
