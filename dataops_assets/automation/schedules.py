"""Schedules: one for each flow of sources. They are stopped until somebody starts them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from dataops_assets.automation.flows import Flow, source_keys
from dataops_assets.automation.jobs import OF_ALL_ASSETS, AssetJob, run_request
from dataops_assets.automation.plans import Run, TickPlan, own_runs, tick_plan
from dataops_assets.automation.ticks import asked_for, covered_before, due_partitions, stamp
from dataops_assets.automation.unfinished import unfinished
from dataops_assets.layers.catalog import Catalog
from dataops_assets.model.partitions import Partition
from dataops_assets.staleness.plan import calendars_of
from dataops_assets.staleness.snapshot import take
from dataops_assets.warehouse.storage import Storage


@dataclass(frozen=True)
class Plans:
    """What plans are made of. flows: all of them. per_run: how many partitions a run has at most."""

    catalog: Catalog
    flows: Sequence[Flow]
    storage: Callable[[], Storage]
    per_run: int

    def followers(self, flow: Flow) -> list[Flow]:
        """The flows of other calendars that are built on this one, each after what it reads."""
        own = {source.name for source in flow.scheduled}
        after = [other for other in self.flows if other.level and own & {source.name for source in other.scheduled}]
        return sorted(after, key=lambda other: other.level)

    def of(self, flow: Flow, context: dg.ScheduleEvaluationContext) -> TickPlan:
        """What a tick runs; without what is stale where the warehouse cannot be asked."""
        tick, instance = context.scheduled_execution_time, context.instance
        jobs = {each.name: each.keys for each in self.flows}
        jobs |= {f"{name}_load": source_keys([table.source]) for name, table in self.catalog.staged.items()}
        under_way = unfinished(instance, flow.name, jobs, calendars_of(self.catalog))
        due: list[Sequence[Partition]] = [[]]
        covered = None
        if flow.partition is not None:
            raw = [f"raw/{source.name}" for source in flow.sources if source.partition]
            due = [
                [p for p in asked_for(instance, flow, tick) if any((key, p.key) not in under_way.queued for key in raw)]
            ]
            covered = covered_before(instance, flow, tick)
        followers = self.followers(flow)
        due += [due_partitions(follower, tick, covered) for follower in followers]
        try:
            snapshot = take(self.storage(), self.catalog, {})
            return tick_plan(flow, followers, self.catalog, snapshot, tick, due, self.per_run, under_way)
        except Exception as error:  # what is due is run all the same
            context.log.warning(f"{flow.name}: what is stale could not be told, and is left to the next tick: {error}")
            return TickPlan(own_runs(flow, due[0], self.per_run))


def flow_schedule(flow: Flow, job: AssetJob, plans: Plans) -> dg.ScheduleDefinition:
    """Runs all partitions that closed since the last tick, and the declared lookback, in runs of at most so many
    partitions as plans say; and what a plan names besides of the tables of the flow and of those that follow it.

    What earlier ticks would have asked for and did not, since nobody evaluated them, comes with it.
    job: of the flow; with others that follow it, runs are of the job of all assets.
    """

    followers = plans.followers(flow)

    @dg.schedule(
        name=flow.name,
        job=None if followers else job,
        job_name=OF_ALL_ASSETS if followers else None,
        cron_schedule=flow.crons[0],
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description=_description(flow, followers),
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        tick = context.scheduled_execution_time
        plan = plans.of(flow, context)
        if plan.left:
            context.log.info(f"{flow.name}: {plan.left} more runs of what is stale wait for the next tick")
        if not plan.runs:
            return dg.SkipReason(_nothing_due(flow, tick))
        return [_request(flow, stamp(tick), run, whole=run.assets == flow.keys and not followers) for run in plan.runs]

    return schedule


def _request(flow: Flow, tick: str, run: Run, whole: bool) -> dg.RunRequest:
    """A tick that is evaluated again asks for the same runs; another tick of the same day asks for others.

    whole: is it all of the job?
    """
    span = f"{run.partitions[0].key}..{run.partitions[-1].key}" if run.partitions else ""
    names = "" if run.assets == flow.keys else ",".join(run.assets)
    run_key = " ".join(filter(None, [tick, span, names]))
    return run_request(run_key, run.partitions, () if whole else run.assets, in_order=flow.name)


def _nothing_due(flow: Flow, tick: datetime) -> str:
    calendar = flow.partition
    if calendar is None or calendar.before(tick).start < calendar.start:
        first = f"; the calendar begins with {calendar.at(calendar.start).key}" if calendar else ""
        return f"{flow.name}: no partition is over yet{first}"
    if calendar.end is None or tick < calendar.end:
        return f"{flow.name}: what is due waits in the queue already, and nothing else is stale"
    last = calendar.before(calendar.end)
    lookback = f" and the lookback of {flow.lookback}" if flow.lookback else ""
    return (
        f"{flow.name}: the calendar ended with {last.key}{lookback} is past; nothing is due any more. To run it "
        f"again: dataops run --partitions {last.start:%Y-%m-%d}"
    )


def _description(flow: Flow, followers: Sequence[Flow]) -> str:
    if flow.partition is None:
        return "Refreshes the tables as a whole."
    before = f" and {flow.lookback} before the newest, for late corrections," if flow.lookback else ""
    tables = ", ".join(table.name for follower in followers for table in follower.derived)
    roll_ups = f" Then {tables}, for which all is there." if tables else ""
    return (
        f"All partitions that closed since the last tick{before} from the source to production, and what a plan names "
        f"as stale or late.{roll_ups} Times are UTC."
    )
