"""`dataops run`: materialize assets, and say line by line how it goes."""

import time
from argparse import Namespace

from dataops_assets import runner
from dataops_assets.build import load_project
from dataops_assets.commands.dry_run import dry_run
from dataops_assets.commands.shared import Unusable, err, out


def run(options: Namespace) -> int:
    """Returns 0 if every run succeeded and every blocking check passed, else 1."""
    chosen = options.select, _range(options.partitions)
    return dry_run(*chosen) if options.dry_run else execute(*chosen)


def execute(select: str | None, partitions: tuple[str, str] | None) -> int:
    """Run, print, and return the exit code."""
    loaded = load_project()
    instance = runner.open_instance(loaded.settings)
    definitions = loaded.definitions(logger=runner.progress_logger(out.print))
    started = time.monotonic()
    problems: list[str] = []
    try:
        for result in runner.run(
            definitions, instance, select=select, partitions=partitions, per_run=loaded.settings.partitions_per_run
        ):
            span = ""
            if result.partitions:
                first, last = result.partitions[0], result.partitions[-1]
                span = f" {first}" if first == last else f" {first}..{last} ({len(result.partitions)} partitions)"
            word = "done" if result.success else "FAILED"
            out.print(f"run {result.run_id[:8]}{span}: {len(result.assets)} assets, {result.seconds:.1f} s, {word}")
            problems += result.problems
    except runner.BadRequest as error:
        raise Unusable(str(error)) from error
    finally:
        instance.dispose()
    for problem in problems:
        err.print(problem, style="red")
    out.print(f"{'done' if not problems else f'{len(problems)} problems'} in {time.monotonic() - started:.1f} s")
    return 1 if problems else 0


def _range(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, dots, last = text.partition("..")
    if not first or (dots and not last):
        raise Unusable(f"--partitions {text!r}: give one partition, or the first and the last as A..B")
    return first, last if dots else first
