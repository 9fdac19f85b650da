"""The job `report`, and a schedule for it: draws the panel of each table, and shows it at the table's asset.

Not in the runs that write: the panel is drawn from the books of all partitions, which takes a tenth of a second each,
more than a few per cent of a day's run, and on BigQuery each question is a job. As an observation of the newest
partition, the panel is on that partition's page and among the asset's events, and costs those runs nothing.
"""

from collections.abc import Callable, Mapping, Sequence

import dagster as dg

from dataops_assets.layers.catalog import Catalog
from dataops_assets.nearest import suggestion
from dataops_assets.report.charts import said_of
from dataops_assets.report.facts import Facts, gather
from dataops_assets.report.panel import panel
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

NAME = "report"
_CRON = "0 7 * * *"
_DESCRIPTION = "Draws rows, checks and values of each table, by partition, and shows them at its asset."
_CONFIG = {
    "tables": dg.Field(
        [str], default_value=[], description="The assets, such as staged/flights; all, if none is named."
    )
}


def report_job(catalog: Catalog, storage: Callable[[], Storage]) -> list[dg.JobDefinition]:
    """The job, if there is a table. storage: opens the warehouse."""
    tables = {table.asset: table for table in (*catalog.staged.values(), *catalog.derived.values())}
    if not tables:
        return []

    @dg.op(name="draw_panels", description=_DESCRIPTION, config_schema=_CONFIG)
    def drawn(context: dg.OpExecutionContext) -> None:
        warehouse = storage().warehouse
        for asset, table in _chosen(tables, context.op_config["tables"]).items():
            with warehouse.session() as session, session.reading():
                facts = gather(session, warehouse.staging, table)
            if shown := panel(facts):
                # In this run, and not as an event without one: of these a partition has but the newest.
                context.log_event(_observation(facts, shown))
            else:
                context.log.info(f"{asset}: nothing was ever loaded")

    @dg.job(name=NAME, description=_DESCRIPTION, executor_def=dg.in_process_executor)
    def report() -> None:
        drawn()

    return [report]


def report_schedules(jobs: Sequence[dg.JobDefinition]) -> list[dg.ScheduleDefinition]:
    """Each morning, once somebody switches it on."""
    return [
        dg.ScheduleDefinition(name=f"{NAME}_daily", job=job, cron_schedule=_CRON, execution_timezone="UTC")
        for job in jobs
    ]


def _chosen(
    tables: Mapping[str, StagedTable | DerivedTable], named: Sequence[str]
) -> Mapping[str, StagedTable | DerivedTable]:
    for asset in named:
        if asset not in tables:
            raise dg.Failure(f"there is no table {asset!r}; {suggestion(asset, tables)}", allow_retries=False)
    return {asset: tables[asset] for asset in named} if named else tables


def _observation(facts: Facts, shown: str) -> dg.AssetObservation:
    """Of the newest partition that is there, or, where none is, of the last that was tried."""
    slot = next((each for each in reversed(facts.slots) if each.rows is not None), facts.slots[-1])
    return dg.AssetObservation(
        asset_key=dg.AssetKey(facts.asset.split("/")),
        partition=slot.key or None,
        description=said_of(slot),
        metadata={NAME: dg.MetadataValue.md(shown)},
    )
