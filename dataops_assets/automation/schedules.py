"""Schedules: one for each flow. They are stopped until somebody starts them."""

from datetime import datetime

import dagster as dg

from dataops_assets.automation.flows import Flow
from dataops_assets.automation.jobs import AssetJob, run_request
from dataops_assets.model.partitions import Partition


def flow_schedule(flow: Flow, job: AssetJob) -> dg.ScheduleDefinition:
    """Runs the newest closed partition and the declared lookback before it, in one run over the range."""

    @dg.schedule(
        name=flow.name,
        job=job,
        cron_schedule=flow.cron,
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=_description(flow),
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        tick = context.scheduled_execution_time
        # A tick that is evaluated again asks for the same run; another tick of the same day asks for another.
        if flow.partition is None:
            return run_request(f"{tick:%Y-%m-%dT%H:%M}")
        due = due_partitions(flow, tick)
        if not due:
            return dg.SkipReason(_nothing_due(flow, tick))
        return run_request(f"{tick:%Y-%m-%dT%H:%M} {due[0].key}..{due[-1].key}", due)

    return schedule


def due_partitions(flow: Flow, moment: datetime) -> list[Partition]:
    """The newest partition that is over at `moment` and the lookback before it, as far as they are on the calendar.

    After the end of a calendar the lookback still reaches back into it for a while; then nothing is due any more.
    """
    by = flow.partition
    if by is None:
        return []
    newest = by.before(moment)
    window = [*by.history(newest, flow.lookback), newest]
    return [p for p in window if p.start >= by.start and (by.end is None or p.start < by.end)]


def _nothing_due(flow: Flow, moment: datetime) -> str:
    by = flow.partition
    if by is None or by.end is None or by.before(moment).start < by.start:
        first = f"; the calendar begins with {by.at(by.start).key}" if by else ""
        return f"{flow.name}: no partition is over yet{first}"
    last = by.before(by.end)
    lookback = f" and the lookback of {flow.lookback}" if flow.lookback else ""
    return (
        f"{flow.name}: the calendar ended with {last.key}{lookback} is past; nothing is due any more. To run it "
        f"again: dataops run --partitions {last.start:%Y-%m-%d}"
    )


def _description(flow: Flow) -> str:
    if flow.partition is None:
        return "Refreshes the tables as a whole."
    before = f" and {flow.lookback} before it, for late corrections," if flow.lookback else ""
    return f"The newest closed partition{before} in one run, from the source to production. Times are UTC."
