"""Alerts: one clear line for each run that failed and for each check that failed, as an error or, of one that only
warns, as a warning.

The lines go to the log of the daemon and to the log of the sensor's tick in the UI; a log-based alert of the platform
takes them from there. They start no run, so they are on from the beginning.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from dataops_assets.failures import explanation, was_interrupted

_RUNS_A_TICK = 20  # the rest is read on the next tick
_EVENTS_AT_A_TIME = 1000
_LISTED = 5
_LONGEST = 500
_ENDED = (dg.DagsterEventType.RUN_SUCCESS, dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_CANCELED)


def failed_run_sensor() -> dg.SensorDefinition:
    """Logs a line for each run that failed: run, assets, partitions, first error, next step."""

    @dg.run_failure_sensor(
        name="failed_runs",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Logs one line for each run that failed: run, assets, partitions, first error, next step.",
    )
    def sensor(context: dg.RunFailureSensorContext) -> None:
        context.log.error(failure_line(context))

    return sensor


def failure_line(context: dg.RunFailureSensorContext) -> str:
    """The line for a failed run."""
    run, steps = context.dagster_run, context.get_step_failure_events()
    partitions = _partitions(run)
    where = f" [{partitions}]" if partitions else ""
    if not steps:  # lost, or never started
        reason = _short(context.failure_event.message or "no reason is on record")
        return (
            f"run {run.run_id} of {run.job_name}{where} failed outside of its steps: {reason} "
            "Next: see its log in the UI and launch it again"
        )
    failed = [str(event.step_key).replace("__", "/", 1) for event in steps]
    option = f" --partitions {partitions}" if partitions else ""
    first = "" if was_interrupted(steps[0].step_failure_data.error) else "correct that, then: "
    return (
        f"run {run.run_id} of {run.job_name}{where} failed at {_some(failed)}: {_cause(steps[0])} Next: "
        f"{first}dataops run --select {','.join(f'{name}+' for name in failed[:_LISTED])}{option}"
    )


def check_failure_sensor() -> dg.SensorDefinition:
    """Logs a line for each check that failed in a run that has ended, whether or not the run failed.

    A run over many partitions holds back the bad ones and succeeds with the others: that is told here. The cursor is
    the last end of a run that was read, of each kind; before the first tick it is the newest, history is not told.
    """

    @dg.sensor(
        name="failed_checks",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Logs one line for each check that failed or warns, with its partitions, in every run that ended.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        read: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        runs = reported = 0
        for kind in _ENDED:
            ascending = kind.value in read
            limit = _RUNS_A_TICK if ascending else 1
            found = context.instance.fetch_run_status_changes(
                dg.RunStatusChangeRecordsFilter(kind), limit, read.get(kind.value), ascending
            )
            for record in found.records if ascending else ():
                runs += 1
                errors, warnings = check_lines(context.instance, record.event_log_entry.run_id)
                for line in errors:
                    context.log.error(line)
                for line in warnings:
                    context.log.warning(line)
                reported += len(errors) + len(warnings)
            read[kind.value] = found.cursor
        context.update_cursor(json.dumps(read))
        return dg.SkipReason(f"{runs} runs ended, {reported} checks failed in them")

    return sensor


def check_lines(instance: dg.DagsterInstance, run_id: str) -> tuple[list[str], list[str]]:
    """A line for each check that failed in a run, with the partitions it failed for: errors, and warnings.

    What is only recorded (severity "log") is a passed check with figures, and in neither.
    """
    failed: dict[tuple[str, str, bool], list[Any]] = {}
    for found in _evaluations(instance, run_id):
        if not found.passed:
            warns = found.severity == dg.AssetCheckSeverity.WARN
            failed.setdefault((found.asset_key.to_user_string(), found.check_name, warns), []).append(found)
    errors, warnings = [], []
    for (asset, check, warns), evaluations in failed.items():
        partitions = [found.partition for found in evaluations if found.partition]
        where = f" [{_some(partitions)}]" if partitions else ""
        option = f" --partitions {partitions[0]}..{partitions[-1]}" if partitions else ""
        reason = _short(evaluations[0].description or "it gave no reason")
        rows = f"Next: what it found is on the Checks tab of {asset}; correct the source or the contract"
        if warns:
            warnings.append(
                f"check {check} of {asset}{where} warns in run {run_id}, and nothing is held back: {reason} {rows}"
            )
        else:
            errors.append(
                f"check {check} of {asset}{where} failed in run {run_id}: {reason} {rows}, then: "
                f"dataops run --select {asset}+{option}"
            )
    return errors, warnings


def _evaluations(instance: dg.DagsterInstance, run_id: str) -> Iterator[Any]:
    cursor, more = None, True
    while more:
        page = instance.get_records_for_run(
            run_id, cursor, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION, limit=_EVENTS_AT_A_TIME
        )
        for record in page.records:
            yield record.event_log_entry.get_dagster_event().asset_check_evaluation_data
        cursor, more = page.cursor, page.has_more


def _partitions(run: dg.DagsterRun) -> str:
    """As `--partitions` takes them; an empty text for a run without."""
    first = run.tags.get("dagster/asset_partition_range_start")
    return (
        f"{first}..{run.tags['dagster/asset_partition_range_end']}" if first else run.tags.get("dagster/partition", "")
    )


def _cause(event: dg.DagsterEvent) -> str:
    """The first error, without what it was wrapped in."""
    data = event.step_failure_data
    if data.user_failure_data is not None and data.user_failure_data.description:
        return _short(data.user_failure_data.description)
    return _short(explanation(data.error) or event.message or "no reason is on record")


def _short(text: str) -> str:
    """One line that ends as a sentence does."""
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"{', '.join(names[:_LISTED])}{more}"
