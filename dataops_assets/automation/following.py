"""The sensor `follow`: asks for what is built on partitions that were made. And what tells it of decisions."""

from collections.abc import Iterable

import dagster as dg

from dataops_assets.layers.catalog import Catalog
from dataops_assets.layers.following import FOLLOW
from dataops_assets.ledger.entry import Entry

_SECONDS = 30


def follow_sensors(catalog: Catalog) -> list[dg.AutomationConditionSensorDefinition]:
    """One, if any asset follows its inputs. It is stopped until somebody starts it."""
    keys = [dg.AssetKey(asset.split("/")) for asset in catalog.following]
    if not keys:
        return []
    return [
        dg.AutomationConditionSensorDefinition(
            FOLLOW,
            target=dg.AssetSelection.assets(*keys),
            minimum_interval_seconds=_SECONDS,
            default_status=dg.DefaultSensorStatus.STOPPED,
            description=(
                "Asks for the tables that follow their inputs, when these were made: by hand, by a schedule, by a "
                "backfill, by a correction. Several partitions are one backfill. What happened before it was switched "
                "on is left to dataops run --plan."
            ),
        )
    ]


def let_through(asset: str, key: str, entry: Entry) -> dg.AssetCheckEvaluation:
    """That somebody has let a publication through, which the sensor looks for. asset: "production/…"."""
    decision = entry.decision
    said = f"{decision.kind} by {decision.by}, because {decision.reason}" if decision else "let through"
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(asset.split("/")),
        check_name="receipt",
        passed=True,
        blocking=True,
        description=f"{said}; the next run publishes it",
        metadata={},
        partition=key or None,
    )


def tell(instance: dg.DagsterInstance, name: str, evaluations: Iterable[dg.AssetCheckEvaluation]) -> None:
    """Tell Dagster what was decided elsewhere than in one of its runs. name: of the decision, as the job has it.

    In a run, since of evaluations without one there can be but one for a check and partition.
    """

    @dg.op
    def say(context: dg.OpExecutionContext) -> None:
        for evaluation in evaluations:
            context.log_event(evaluation)  # type: ignore[arg-type]  # its annotation leaves it out

    @dg.job(name=f"{name}_by_command", description="What was decided on the command line.")
    def job() -> None:
        say()

    job.execute_in_process(instance=instance, run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}})
