"""`dataops run`: materialize assets, and say line by line how it goes."""

import time
from argparse import Namespace
from collections.abc import Sequence

from dataops_assets.build import Project, load_project
from dataops_assets.commands.dry_run import dry_run
from dataops_assets.commands.live import Live, Logged
from dataops_assets.commands.looking import look
from dataops_assets.commands.selection import scope_of, selected
from dataops_assets.commands.shared import Unusable, counted, out
from dataops_assets.interrupts import terminable
from dataops_assets.io.values import FULL_REFRESH
from dataops_assets.logs import about, fields_of
from dataops_assets.runs import runner
from dataops_assets.runs.planning import BadRequest
from dataops_assets.staleness.plan import steps


def run(options: Namespace) -> int:
    """Returns 0 if every run succeeded and every blocking check passed, else 1."""
    select, partitions = options.select, _range(options.partitions)
    loaded = load_project()
    if loaded.emptiness:
        raise Unusable(loaded.emptiness)
    if options.full_refresh:
        _check_refreshed(loaded, select, partitions)
    if options.plan:
        if options.full_refresh or options.dry_run:
            raise Unusable("--plan: it says itself what is run; `dataops plan` shows it, without running anything")
        return _execute_plan(loaded, select, options.partitions)
    start = dry_run if options.dry_run else execute
    return start(loaded, select, partitions, options.full_refresh)


def _execute_plan(loaded: Project, select: str | None, partitions: str | None) -> int:
    _, found = look(loaded, scope_of(selected(loaded.catalog, select), partitions))
    todo = steps(loaded.catalog, found.values(), loaded.settings.partitions_per_run)
    if not todo:
        out.print("nothing to do")
        return 0
    return execute(loaded, None, None, todo=[(step.assets, step.keys) for step in todo])


def execute(
    loaded: Project,
    select: str | None,
    partitions: tuple[str, str] | None,
    full_refresh: bool = False,
    todo: Sequence[tuple[Sequence[str], Sequence[str]]] | None = None,
) -> int:
    """Run, print, and return the exit code. todo: in the place of a selection, as of `runner.run`."""
    instance = runner.open_instance(loaded.settings)
    started = time.monotonic()
    shown = Logged() if loaded.settings.log_format == "json" else Live()
    problems: list[str] = []
    try:
        with terminable(), shown as live:
            for result in runner.run(
                loaded.definitions(logger=live.logger()),
                instance,
                select=select,
                partitions=partitions,
                todo=todo,
                tags={FULL_REFRESH: "true"} if full_refresh else None,
                say=live.say,
                planned_partitions=live.planned,
            ):
                live.ended(runner.partition_count(result.assets, result.partitions))
                _say(result, live)
                problems += result.problems
    except BadRequest as error:
        raise Unusable(str(error)) from error
    finally:
        instance.dispose()
    shown.problems(problems)
    words = f"{counted(problems) or 'done'} in {time.monotonic() - started:.1f} s"
    shown.last(f"{words}; what each needs: dataops status" if problems else words)
    return 1 if problems else 0


def _say(result: runner.RunResult, live: Live | Logged) -> None:
    span = ""
    if result.partitions:
        first, last = result.partitions[0], result.partitions[-1]
        span = f" {first}" if first == last else f" {first}..{last} ({len(result.partitions)} partitions)"
    for note in result.notes:
        live.say(f"  {note}", style="yellow")
    word = "done" if result.success else "FAILED"
    if not result.run_id:
        live.say(f"not run{span}: {', '.join(result.assets)}")
        return
    with about(fields_of(result.run_id, "", result.partitions)):
        live.say(f"run {result.run_id[:8]}{span}: {len(result.assets)} assets, {result.seconds:.1f} s, {word}")


def _check_refreshed(loaded: Project, select: str | None, partitions: tuple[str, str] | None) -> None:
    """Refuse a full refresh of nothing: whoever leaves the raw asset out would take the load alone for one."""
    try:
        with runner.instance_to_read(loaded.settings) as instance:
            found = runner.plan(loaded.definitions(), instance, select=select, partitions=partitions)
    except BadRequest as error:
        raise Unusable(str(error)) from error
    known = [f"raw/{name}" for name, table in loaded.catalog.staged.items() if table.source.incremental]
    if not {asset for asset, _ in found} & set(known):
        there = f"select {' or '.join(known)}" if known else "this project has none"
        raise Unusable(
            f"--full-refresh: no incremental source is selected, and any other is read whole in every run; {there}"
        )


def _range(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, dots, last = text.partition("..")
    if not first or (dots and not last):
        raise Unusable(f"--partitions {text!r}: give one partition, or the first and the last as A..B")
    return first, last if dots else first
