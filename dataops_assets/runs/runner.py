"""Runs from Python: which assets, which partitions, in which order, and what became of them.

The command line and the tests use it. It makes ordinary Dagster runs, one for each chunk of partitions, so that
everything they did is in the UI as if they had been launched there.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import dagster as dg

from dataops_assets.failures import SEE_CHECKS, explanation, was_interrupted
from dataops_assets.interrupts import deferred, noticed
from dataops_assets.runs.origin import say_origin
from dataops_assets.runs.orphans import TAG, end_orphans, this_process
from dataops_assets.runs.planning import BadRequest, PlannedRun, Say, one_by_one, planned, run_of
from dataops_assets.runs.problems import is_problem, problems_of, said_by_checks
from dataops_assets.runs.unwritten import Missing, Unwritten, named, not_written
from dataops_assets.settings import DAGSTER_YAML, Settings

# Without this, Dagster logs every event to the console beside the logger of the definitions.
_ONE_LOGGER = {"loggers": {"console": {"config": {}}}}


# Who runs a command repeats it; the daemon, which can start a run of a code location again, does not.
_NOT_STARTED_AGAIN = {"dagster/max_retries": "0"}

_ROWS_FAILING = "rows_failing"  # a figure of the check "contract"


@dataclass(frozen=True)
class RunResult:
    """One run. problems: each cause once, of blocking checks that failed with what it holds back, and of failed steps.

    notes: a line for each asset with rows in quarantine, and for each check of one that warns. missing: what it was to
    write and did not. run_id: empty if no run was made, since what it would read has failed.
    """

    run_id: str
    assets: Sequence[str]
    partitions: Sequence[str]
    seconds: float
    problems: Sequence[str] = field(default_factory=list)
    notes: Sequence[str] = field(default_factory=list)
    missing: Missing = field(default_factory=dict)

    @property
    def success(self) -> bool:
        return not self.problems


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """Dagster's instance below DATAOPS_HOME, or the one DAGSTER_HOME names; without the runs of killed processes."""
    settings.make_home("dagster")
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    if not os.environ.get("DAGSTER_HOME"):
        # Ours, and so always of this version of the project.
        shutil.copyfile(DAGSTER_YAML, home / "dagster.yaml")
        os.environ["DAGSTER_HOME"] = str(home)
    instance = dg.DagsterInstance.get()
    _let_helpers_be_deaf(instance.compute_log_manager)
    say_origin(instance)
    end_orphans(instance)
    return instance


def _let_helpers_be_deaf(logs: Any) -> None:
    """A terminal sends Ctrl-C to all that was started from it: the helpers that show what a step prints, which Dagster
    ends itself, would die of it with tracebacks.
    """
    capture = logs.capture_logs

    @contextmanager
    def capture_logs(log_key: Sequence[str]) -> Iterator[Any]:
        with ExitStack() as stack:
            with deferred():
                context = stack.enter_context(capture(log_key))
            yield context

    logs.capture_logs = capture_logs


@contextmanager
def instance_to_read(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance of `open_instance`; an empty one if nothing was ever run, since looking shall not make one."""
    if settings.dagster_home.exists():
        with open_instance(settings) as instance:
            yield instance
    else:
        with dg.DagsterInstance.ephemeral() as instance:
            yield instance


def run(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    *,
    select: str | None = None,
    partitions: tuple[str, str] | None = None,
    todo: Sequence[tuple[Sequence[str], Sequence[str]]] | None = None,
    tags: Mapping[str, str] | None = None,
    say: Say = lambda text: None,
    planned_partitions: Callable[[int], None] = lambda count: None,
) -> Iterator[RunResult]:
    """Materialize assets, one run for each chunk of partitions, as large as the assets' backfill policies allow.

    select: asset keys, with `*` as wildcard, separated by commas; `+key` with all that is upstream, `key+` with all
        that is downstream; or Dagster's selection syntax, such as `group:"1_raw"`. None for all assets.
    partitions: first and last partition key, date or month, both included; None: the newest closed partition of time,
        all of any other kind. Assets that have none in between are left out, unless that is all; `say` is told.
    todo: in the place of both, a run each: assets, and their partitions in order and without a gap.
    tags: of each run, beside those that name its partitions.
    planned_partitions: is told, before the first run, how many partitions all runs have, counted for each asset.
    Raises BadRequest before anything is run.
    """
    job = _job(definitions)
    runs = planned(job, instance, select, partitions, say) if todo is None else [run_of(*each) for each in todo]
    planned_partitions(sum(partition_count(each.assets, each.partitions) for each in runs))
    unwritten = Unwritten(job, instance)
    for each in runs:
        would_wait = unwritten.waiting(each)
        late = [key for key in each.assets if key in would_wait]
        parts = [replace(each, assets=[key for key in each.assets if key not in late])] if late else [each]
        if late:  # those of their partitions are run alone whose inputs are there
            parts += one_by_one(job, replace(each, assets=late))
        for part in parts:
            if waiting := unwritten.waiting(part):
                missing = dict.fromkeys(waiting, list(part.partitions) or [""])
                unwritten.add(missing)
                problems = [
                    f"{named(key, missing[key])}: not run, since {cause} was not written"
                    for key, cause in waiting.items()
                ]
                yield RunResult("", [key.to_user_string() for key in waiting], list(part.partitions), 0, problems)
            if assets := [key for key in part.assets if key not in waiting]:
                all_tags = {**_NOT_STARTED_AGAIN, **(tags or {}), **part.tags, TAG: this_process()}
                result = _run(job, instance, replace(part, assets=assets), all_tags)
                unwritten.add(result.missing)
                yield result


def partition_count(assets: Sequence[object], partitions: Sequence[str]) -> int:
    """How many partitions of assets a run has; an asset without partitions is one."""
    return len(assets) * max(1, len(partitions))


def plan(
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    *,
    select: str | None = None,
    partitions: tuple[str, str] | None = None,
    say: Say = lambda text: None,
) -> list[tuple[str, list[str]]]:
    """What `run` would do, in its order: each asset with the partitions of each of its runs. Raises BadRequest."""
    found = planned(_job(definitions), instance, select, partitions, say)
    return [(key.to_user_string(), list(each.partitions)) for each in found for key in each.assets]


def _job(definitions: dg.Definitions) -> dg.JobDefinition:
    """Of all assets; Dagster makes none where no asset can be run."""
    if not definitions.resolve_asset_graph().executable_asset_keys:
        raise BadRequest("there is no asset that can be run")
    return definitions.resolve_implicit_global_asset_job_def()


def _run(
    job: dg.JobDefinition,
    instance: dg.DagsterInstance,
    planned_run: PlannedRun,
    tags: Mapping[str, str],
) -> RunResult:
    started = time.monotonic()
    with noticed() as interrupted:
        result = job.execute_in_process(
            instance=instance,
            asset_selection=list(planned_run.assets),
            tags=dict(tags),
            raise_on_error=False,
            run_config=_ONE_LOGGER,
        )
        if interrupted():  # which Dagster may have taken for a fault of a resource, or not have come to before the end
            raise KeyboardInterrupt
    every = [event for event in result.all_events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    stopping = [event.asset_check_evaluation_data for event in every if is_problem(event.asset_check_evaluation_data)]
    problems = []
    failed_steps = set()
    for event in result.get_step_failure_events():
        if said_by_checks(event, stopping):
            continue
        failed_steps.add(event.step_key)
        error = event.step_failure_data.error
        if was_interrupted(error):  # in another thread than this
            raise KeyboardInterrupt
        problems.append(cause(event.step_key or "", error, event.step_failure_data.user_failure_data))
    checks = [event.asset_check_evaluation_data for event in every if event.step_key not in failed_steps]
    problems += problems_of(checks)
    if not result.success and not problems:
        problems.append(f"run {result.run_id} failed; see it in the UI")
    missing, left_out = not_written(job, result, planned_run)
    if result.success:
        explained = {(each.asset_key, each.partition or "") for each in checks if is_problem(each)}
        for key, partitions in missing.items():
            if silent := [part for part in partitions if (key, part) not in explained]:
                problems.append(f"{named(key, silent)}: not written, though run {result.run_id} succeeded")
    assets, seconds = [key.to_user_string() for key in planned_run.assets], time.monotonic() - started
    partitions, notes = list(planned_run.partitions), [*_notes(checks), *left_out]
    return RunResult(result.run_id, assets, partitions, seconds, problems, notes, missing)


def _notes(checks: Sequence[dg.AssetCheckEvaluation]) -> list[str]:
    """Of the checks that are no problem, those that somebody should look at: a line for all partitions of an asset."""
    quarantined: dict[str, list[tuple[str, int]]] = {}
    warned: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for check in checks:
        asset, partition = check.asset_key.to_user_string(), check.partition or ""
        count = check.metadata.get(_ROWS_FAILING)
        if not is_problem(check) and isinstance(count, dg.IntMetadataValue) and count.value:
            quarantined.setdefault(asset, []).append((partition, count.value))
        if not check.passed and check.severity == dg.AssetCheckSeverity.WARN:
            warned.setdefault((asset, check.check_name), []).append((partition, check.description or ""))
    notes = [
        f"{asset}: {sum(rows for _, rows in found)} rows in quarantine{_of(found)}; its check 'contract' says why"
        for asset, found in quarantined.items()
    ]
    return notes + [
        f"{asset}: check {name!r} warns{_of(found)}: {found[0][1]}" for (asset, name), found in warned.items()
    ]


def _of(found: Sequence[tuple[str, object]]) -> str:
    first = found[0][0]
    if not first:
        return ""
    return f" of {first}" if len(found) == 1 else f" of {len(found)} partitions, the first {first}"


def cause(step: str, error, user_failure) -> str:
    """What a failed step says, without the errors of Dagster around it."""
    name = step.replace("__", "/")
    if user_failure is not None and user_failure.description:
        words = user_failure.description
        return words if words.startswith(f"{name}: ") else f"{name}: {words}"
    words = explanation(error)
    return f"{name}: {words}" if words else f"{name} failed"


def progress_logger(
    say: Say, started: Say = lambda step: None, materialized: Callable[[], None] = lambda: None
) -> dg.LoggerDefinition:
    """A logger that says a line for each step that ends, and for each warning, instead of every event.

    started: is told the name of each step that begins. materialized: is called for each partition of an asset.
    """

    class Progress(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            event = getattr(record, "dagster_event", None)
            if event is None:
                if record.levelno >= logging.WARNING:
                    text = getattr(record, "dagster_meta", {}).get("orig_message", record.getMessage())
                    say(text.splitlines()[0].rstrip(":") if text.endswith(SEE_CHECKS) else text)
            elif event.event_type_value == "STEP_START":
                started(event.step_key.replace("__", "/"))
            elif event.event_type_value == "ASSET_MATERIALIZATION":
                materialized()
            elif event.event_type_value == "STEP_UP_FOR_RETRY":
                wait, error = event.event_specific_data.seconds_to_wait or 0, event.event_specific_data.error
                if was_interrupted(error):  # Dagster takes Ctrl-C for a failure that is worth another try
                    raise KeyboardInterrupt
                why = f": {explanation(error)}" if error else ""
                say(f"  {event.step_key.replace('__', '/')} is tried again in {wait:.0f} s{why}")
            elif event.event_type_value == "STEP_SUCCESS":
                seconds = event.event_specific_data.duration_ms / 1000
                say(f"  {event.step_key.replace('__', '/'):<40} {seconds:6.1f} s")

    @dg.logger
    def progress(_context: object) -> logging.Logger:
        logger = logging.Logger("dataops.progress", logging.DEBUG)
        logger.addHandler(Progress())
        return logger

    return progress
