"""Schedules: one for each flow. They are stopped until somebody starts them."""

from datetime import datetime

import dagster as dg

from dataops_assets.automation.flows import Flow
from dataops_assets.automation.jobs import AssetJob, run_request
from dataops_assets.automation.ticks import asked_for, due_partitions, loaded_through, stamp
from dataops_assets.model.partitions import contiguous


def flow_schedule(flow: Flow, job: AssetJob, partitions_per_run: int) -> dg.ScheduleDefinition:
    """Runs all partitions that closed since the last tick, and the declared lookback, in one run over the range.

    What earlier ticks would have asked for and did not, since nobody evaluated them, comes with it, in runs of
    `partitions_per_run` if they are many.
    """

    @dg.schedule(
        name=flow.name,
        job=job,
        cron_schedule=list(flow.crons) if len(flow.crons) > 1 else flow.crons[0],
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=_description(flow),
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | list[dg.RunRequest] | dg.SkipReason:
        tick = context.scheduled_execution_time
        # A tick that is evaluated again asks for the same run; another tick of the same day asks for another.
        if flow.partition is None:
            return run_request(stamp(tick))
        due = asked_for(context.instance, flow, tick)
        size = max(partitions_per_run, len(due_partitions(flow, tick)))
        chunks = [run[i : i + size] for run in contiguous(due) for i in range(0, len(run), size)]
        if not chunks:
            return dg.SkipReason(_nothing_due(flow, tick))
        return [run_request(f"{stamp(tick)} {chunk[0].key}..{chunk[-1].key}", chunk) for chunk in chunks]

    return schedule


def _nothing_due(flow: Flow, tick: datetime) -> str:
    calendar, moment = flow.partition, loaded_through(flow, tick)
    if calendar is None or calendar.before(moment).start < calendar.start:
        first = f"; the calendar begins with {calendar.at(calendar.start).key}" if calendar else ""
        return f"{flow.name}: no partition is over yet{first}"
    if calendar.end is None or moment < calendar.end:
        return (
            f"{flow.name}: no partition was over, and none was read again, at the tick before ({moment:%Y-%m-%d %H:%M})"
        )
    last = calendar.before(calendar.end)
    lookback = f" and the lookback of {flow.lookback}" if flow.lookback else ""
    return (
        f"{flow.name}: the calendar ended with {last.key}{lookback} is past; nothing is due any more. To run it "
        f"again: dataops run --partitions {last.start:%Y-%m-%d}"
    )


def _description(flow: Flow) -> str:
    if flow.partition is None:
        return "Refreshes the tables as a whole."
    if flow.level:
        names = ", ".join(source.name for source in flow.scheduled)
        ticks = "one tick" if flow.level == 1 else f"{flow.level} ticks"
        return (
            f"All partitions for which {names} have been loaded since the last tick, in one run, to production. It "
            f"comes {ticks} later, when the runs of the schedules of these are made. Times are UTC."
        )
    before = f" and {flow.lookback} before the newest, for late corrections," if flow.lookback else ""
    return (
        f"All partitions that closed since the last tick{before} in one run, from the source to production. "
        "Times are UTC."
    )
