"""What the runs that are not over yet make: no tick asks for it a second time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from dataops_assets.automation.jobs import IN_ORDER
from dataops_assets.model.partitions import UNPARTITIONED, TimePartitions
from dataops_assets.staleness.finding import Place


@dataclass(frozen=True)
class Unfinished:
    """Places that are made by runs. queued: by those that have not begun. ahead: by those that the runs of a schedule
    come after. elsewhere: by others.
    """

    queued: frozenset[Place] = frozenset()
    ahead: frozenset[Place] = frozenset()
    elsewhere: frozenset[Place] = frozenset()


def unfinished(
    instance: dg.DagsterInstance,
    schedule: str,
    jobs: Mapping[str, Sequence[str]],
    calendars: Mapping[str, TimePartitions | None],
) -> Unfinished:
    """Of the assets that have a calendar or none in `calendars`. jobs: the assets of jobs that are run as a whole.

    A run that was created and never submitted is not among them: the daemon submits it when it looks at its tick again.
    """
    status = dg.DagsterRunStatus
    queued: set[Place] = set()
    ahead: set[Place] = set()
    elsewhere: set[Place] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=[status.QUEUED, status.STARTING, status.STARTED])):
        selected = [key.to_user_string() for key in run.asset_selection or ()] or jobs.get(run.job_name, ())
        found = {(asset, key) for asset in selected if asset in calendars for key in _keys(run, calendars[asset])}
        queued |= found if run.status == status.QUEUED else set()
        (ahead if run.tags.get(IN_ORDER) == schedule else elsewhere).update(found)
    return Unfinished(frozenset(queued), frozenset(ahead), frozenset(elsewhere))


def _keys(run: dg.DagsterRun, calendar: TimePartitions | None) -> Iterable[str]:
    if calendar is None:
        return [UNPARTITIONED]
    one = run.tags.get("dagster/partition")
    first, last = (run.tags.get(f"dagster/asset_partition_range_{word}", one) for word in ("start", "end"))
    try:
        return [partition.key for partition in calendar.between(first, last)] if first and last else []
    except ValueError:
        return []  # the calendar was another one
