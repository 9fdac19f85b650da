"""When a sensor that asks the warehouse has to: where there may be news, and once in a while."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import dagster as dg


def ended(instance: dg.DagsterInstance) -> list[int]:
    """Where the events of runs that have ended end, for each kind of end."""
    found = (
        instance.fetch_run_status_changes(dg.RunStatusChangeRecordsFilter(kind), limit=1, ascending=False)
        for kind in (dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED)
    )
    return [page.records[0].storage_id if page.records else 0 for page in found]


def rests(cursor: str | None, known: Any, now: datetime, longest: timedelta) -> str:
    """When the next look is due, if nothing has happened since the last; empty if it is due now.

    cursor: as `cursor_of` made it. known: what was known then. longest: a clock that was ahead has written a time that
    may be far away; it counts for nothing beyond that.
    """
    before = json.loads(cursor or "{}")
    if before.get("known") != known:
        return ""
    return before["next"] if timedelta(0) < datetime.fromisoformat(before["next"]) - now <= longest else ""


def cursor_of(known: Any, later: datetime) -> str:
    """What a sensor keeps of a look. later: when the next one is due."""
    return json.dumps({"known": known, "next": later.isoformat()})


def log_of(context: dg.SensorEvaluationContext) -> Callable[[int, str], None]:
    """The log of a tick: takes a level of `logging`, and a line."""

    def say(level: int, line: str) -> None:
        log = {logging.ERROR: context.log.error, logging.WARNING: context.log.warning}.get(level, context.log.info)
        log(line)

    return say
