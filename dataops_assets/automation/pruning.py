"""The job `prune`, and a schedule for it: deletes what a retention lets go, as `dataops prune --apply` does."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import dagster as dg

from dataops_assets.layers.catalog import Catalog
from dataops_assets.pruning.prune import Look, Place, look, prune
from dataops_assets.settings import Settings
from dataops_assets.warehouse.storage import Storage

NAME = "prune"
_CRON = "0 4 * * *"
_DESCRIPTION = "Deletes versions, raw attempts, runs and messages that nothing needs, by the retention of the settings."
_CONFIG = {
    "apply": dg.Field(bool, default_value=True, description="Delete it; otherwise it is said what would go."),
    "by": dg.Field(str, default_value="the job prune", description="Who; it is kept with what was deleted."),
}


def prune_job(catalog: Catalog, settings: Settings, storage: Callable[[], Storage]) -> list[dg.JobDefinition]:
    """The job, if a retention is declared. storage: opens lake and warehouse."""
    if not settings.retention.is_declared:
        return []

    @dg.op(name="delete", description=_DESCRIPTION, config_schema=_CONFIG)
    def deleted(context: dg.OpExecutionContext) -> None:
        place = Place(storage(), catalog, settings.retention, datetime.now(UTC), context.instance)
        if context.op_config["apply"]:
            by = context.op_config["by"]
            found, gone = prune(place, by, context.run_id, settings.code_version, context.log.info)
        else:
            found, gone = look(place), 0
        for note in found.lake.notes:
            context.log.info(note)
        context.add_output_metadata(_figures(found, gone))

    @dg.job(name=NAME, description=_DESCRIPTION, executor_def=dg.in_process_executor)
    def job() -> None:
        deleted()

    return [job]


def prune_schedules(jobs: Sequence[dg.JobDefinition]) -> list[dg.ScheduleDefinition]:
    """Each night, once somebody switches it on."""
    return [
        dg.ScheduleDefinition(name=f"{NAME}_daily", job=job, cron_schedule=_CRON, execution_timezone="UTC")
        for job in jobs
    ]


def _figures(found: Look, gone: int) -> dict[str, int]:
    return {
        "found_in_lake": len(found.lake.items),
        "bytes_in_lake": sum(item.bytes for item in found.lake.items),
        "gone_from_lake": gone,
        "runs": len(found.runs.going) if found.runs else 0,
        "messages": sum(found.messages.values()),
    }
