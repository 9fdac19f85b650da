"""Runs from Python: which assets, which partitions, in which order, and what became of them.

The command line and the tests use it. It makes ordinary Dagster runs, one for each chunk of partitions, so that
everything they did is in the UI as if they had been launched there.
"""

import fnmatch
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from dataops_assets.settings import Settings

Say = Callable[[str], None]

# Without this, Dagster logs every event to the console beside the logger of the definitions.
_ONE_LOGGER = {"loggers": {"console": {"config": {}}}}

_OURS = f"{__name__.partition('.')[0]}."
_SELECTOR = re.compile(r"^(\+?)([A-Za-z0-9_/*?-]+?)(\+?)$")

DAGSTER_YAML = Path(__file__).resolve().parents[1] / "dagster.yaml"


class BadRequest(ValueError):
    """A selection or a range of partitions that means nothing; the message says what would."""


@dataclass(frozen=True)
class RunResult:
    """One run. problems: a line for each failed step, and for each blocking check that failed in one that did not."""

    run_id: str
    assets: Sequence[str]
    partitions: Sequence[str]
    seconds: float
    problems: Sequence[str] = field(default_factory=list)

    @property
    def success(self) -> bool:
        return not self.problems


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """Dagster's instance below DATAOPS_HOME, or the one DAGSTER_HOME names."""
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("DAGSTER_HOME"):
        # Ours, and so always of this version of the project.
        if DAGSTER_YAML.exists():
            shutil.copyfile(DAGSTER_YAML, home / "dagster.yaml")
        os.environ["DAGSTER_HOME"] = str(home)
    return dg.DagsterInstance.get()


def run(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    *,
    select: str | None = None,
    partitions: tuple[str, str] | None = None,
    per_run: int = 100,
    tags: Mapping[str, str] | None = None,
) -> Iterator[RunResult]:
    """Materialize assets, one run for each chunk of partitions.

    select: asset keys, with `*` as wildcard, separated by commas; `+key` with all that is upstream, `key+` with all
        that is downstream; or Dagster's selection syntax, such as `group:"1_raw"`. None for all assets.
    partitions: first and last date (or partition key), both included; None: the newest closed partition.
    tags: of each run, beside those that name its partitions.
    Raises BadRequest before anything is run.
    """
    job = definitions.resolve_implicit_global_asset_job_def()
    for keys, chunk in _plan(job, select, partitions, per_run):
        which = {}
        if len(chunk) == 1:
            which = {"dagster/partition": chunk[0]}
        elif chunk:
            which = {"dagster/asset_partition_range_start": chunk[0], "dagster/asset_partition_range_end": chunk[-1]}
        yield _run(job, instance, keys, chunk, {**(tags or {}), **which})


def plan(
    definitions: dg.Definitions,
    *,
    select: str | None = None,
    partitions: tuple[str, str] | None = None,
    per_run: int = 100,
) -> list[tuple[str, list[str]]]:
    """What `run` would do, in its order: each asset with the partitions of each of its runs. Raises BadRequest."""
    found = _plan(definitions.resolve_implicit_global_asset_job_def(), select, partitions, per_run)
    return [(key.to_user_string(), chunk) for keys, chunk in found for key in keys]


def _run(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    keys: Sequence[dg.AssetKey],
    chunk: Sequence[str],
    tags: dict[str, str],
) -> RunResult:
    started = time.monotonic()
    result = job.execute_in_process(
        instance=instance, asset_selection=list(keys), tags=tags, raise_on_error=False, run_config=_ONE_LOGGER
    )
    problems = []
    failed_steps = set()
    for event in result.get_step_failure_events():
        failed_steps.add(event.step_key)
        error = event.step_failure_data.error
        problems.append(cause(event.step_key or "", error, event.step_failure_data.user_failure_data))
    for event in result.all_events:
        if event.event_type_value == "ASSET_CHECK_EVALUATION" and event.step_key not in failed_steps:
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                where = f"{check.asset_key.to_user_string()} {check.partition or ''}".strip()
                problems.append(f"{where}: check {check.check_name!r} failed: {check.description or ''}")
    if not result.success and not problems:
        problems.append(f"run {result.run_id} failed; see it in the UI")
    return RunResult(
        result.run_id, [key.to_user_string() for key in keys], list(chunk), time.monotonic() - started, problems
    )


def cause(step: str, error, user_failure) -> str:
    """What a failed step says, without the errors of Dagster around it."""
    name = step.replace("__", "/")
    if user_failure is not None and user_failure.description:
        return f"{name}: {user_failure.description}"
    # Our own words say what to do next; what is below them, or where there are none, is what a library says.
    while error is not None and error.cause is not None and not error.message.startswith(_OURS):
        error = error.cause
    return f"{name}: {error.message.strip()}" if error is not None else f"{name} failed"


def _plan(
    job: dg.JobDefinition, select: str | None, partitions: tuple[str, str] | None, per_run: int
) -> list[tuple[list[dg.AssetKey], list[str]]]:
    """Sets of assets that share their partitions, each after what it reads, with the chunks of partitions to run."""
    layer = job.asset_layer
    graph = layer.asset_graph if hasattr(layer, "asset_graph") else layer
    chosen = _select(graph, select)
    plan = []
    done: set[dg.AssetKey] = set()
    todo = set(chosen)
    while todo:
        best: set[dg.AssetKey] = set()
        for definition in {graph.get(key).partitions_def for key in todo}:
            ready = {key for key in todo if graph.get(key).partitions_def == definition}
            while unready := {k for k in ready if (graph.get(k).parent_keys & chosen) - done - ready}:
                ready -= unready
            best = max(best, ready, key=len)
        keys = sorted(best)
        definition = graph.get(keys[0]).partitions_def
        partition_keys = _keys(definition, partitions, keys) if definition else []
        if definition is None:
            plan.append((keys, []))
        plan += [(keys, partition_keys[i : i + per_run]) for i in range(0, len(partition_keys), per_run)]
        done |= best
        todo -= best
    return plan


def _select(graph, select: str | None) -> set[dg.AssetKey]:
    executable = set(graph.executable_asset_keys)
    if not select:
        return executable
    chosen: set[dg.AssetKey] = set()
    for part in re.split(r"[,\s]+", select.strip()):
        match = _SELECTOR.match(part)
        try:
            # Dagster's own syntax reads a leading plus as one step upstream; here it means all of it.
            if match is None:
                found = set(dg.AssetSelection.from_string(part).resolve(graph))
            else:
                upstream, pattern, downstream = match.groups()
                found = {key for key in executable if fnmatch.fnmatchcase(key.to_user_string(), pattern)}
                selection = dg.AssetSelection.assets(*found)
                found |= set(selection.upstream().resolve(graph)) if upstream else set()
                found |= set(selection.downstream().resolve(graph)) if downstream else set()
        except (dg.DagsterError, ValueError) as error:
            raise BadRequest(f"--select {part!r}: {error}") from error
        if not found & executable:
            known = ", ".join(sorted(key.to_user_string() for key in executable))
            raise BadRequest(f"--select {part!r} matches no asset; there are {known}")
        chosen |= found & executable
    return chosen


def _keys(
    definition: dg.PartitionsDefinition, partitions: tuple[str, str] | None, assets: Sequence[dg.AssetKey]
) -> list[str]:
    names = ", ".join(key.to_user_string() for key in assets)
    if not isinstance(definition, dg.TimeWindowPartitionsDefinition):
        keys = list(definition.get_partition_keys())
        if partitions is None:
            return keys
        unknown = [key for key in partitions if key not in keys]
        if unknown:
            raise BadRequest(
                f"--partitions: {names} have no partition {unknown[0]!r}; they have {', '.join(keys[:20])}"
            )
        return keys[keys.index(partitions[0]) : keys.index(partitions[1]) + 1]
    if partitions is None:
        last = definition.get_last_partition_key()
        return [last] if last else []
    first, last = partitions
    start, end = _moment(first), _moment(last)
    if start > end:
        raise BadRequest(f"--partitions {first}..{last}: the first is after the last")
    if len(last) <= len("2013-01-01"):
        end += timedelta(days=1) - timedelta(microseconds=1)
    keys = []
    for key in definition.get_partition_keys():
        window = definition.time_window_for_partition_key(key)
        if window.start.astimezone(UTC) <= end and window.end.astimezone(UTC) > start:
            keys.append(key)
    if not keys:
        raise BadRequest(
            f"--partitions {first}..{last}: {names} have partitions from {definition.get_first_partition_key()} "
            f"to {definition.get_last_partition_key()}"
        )
    return keys


def _moment(text: str) -> datetime:
    for form in ("%Y-%m-%d", "%Y-%m-%d-%H:%M", "%Y-%m"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise BadRequest(f"--partitions: {text!r} is not a date such as 2013-01-05")


def progress_logger(say: Say) -> dg.LoggerDefinition:
    """A logger that says a line for each step that starts and ends, and for each warning, instead of every event."""

    class Progress(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            event = getattr(record, "dagster_event", None)
            if event is None:
                if record.levelno >= logging.WARNING:
                    say(getattr(record, "dagster_meta", {}).get("orig_message", record.getMessage()))
            elif event.event_type_value == "STEP_SUCCESS":
                seconds = event.event_specific_data.duration_ms / 1000
                say(f"  {event.step_key.replace('__', '/'):<40} {seconds:6.1f} s")

    @dg.logger
    def progress(_context: object) -> logging.Logger:
        logger = logging.Logger("dataops.progress", logging.DEBUG)
        logger.addHandler(Progress())
        return logger

    return progress
