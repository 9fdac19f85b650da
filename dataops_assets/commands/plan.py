"""`dataops plan`: what is missing, stale, late, failed or held, and why; `dataops run --plan` makes what it names."""

import json
from argparse import Namespace
from collections.abc import Iterable, Mapping

from dataops_assets.build import Project, load_project
from dataops_assets.commands.layout import fits, say, say_command, say_line
from dataops_assets.commands.looking import look
from dataops_assets.commands.selection import scope_of, selected
from dataops_assets.commands.shared import bytes_text, out, show
from dataops_assets.commands.wording import because, orphan_lines
from dataops_assets.ledger.entry import CAUSES
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.spans import spans, spans_text
from dataops_assets.staleness.finding import Finding, Place
from dataops_assets.staleness.orphans import orphans
from dataops_assets.staleness.plan import Step, calendars_of, ranges, steps

COLUMNS = ["asset", "partitions", "is", "because", "rows"]


def plan(options: Namespace) -> int:
    """Returns 0."""
    loaded = load_project()
    within = scope_of(selected(loaded.catalog, options.select), options.partitions)
    snapshot, every = look(loaded, within)
    calendars = calendars_of(loaded.catalog)
    found = {place: each for place, each in every.items() if within(each.asset, calendars[each.asset], each.key)}
    planned = [each for each in found.values() if each.planned]
    todo = steps(loaded.catalog, planned, loaded.settings.partitions_per_run)
    read = _bytes(loaded, todo)
    if options.format == "json":
        print(json.dumps(_records(found, calendars, read), indent=1))  # noqa: T201
        return 0
    _show(found, calendars, read)
    for line in orphan_lines(orphans(loaded.storage, loaded.catalog, snapshot)):
        say_line(line)
    if not planned:
        say("nothing to do")
    else:
        out.print()
        say(f"{len(planned)} partitions of {len({each.asset for each in planned})} assets; make them:")
        say_command(" ".join(["dataops run --plan", *_same_options(options)]))
    return 0


def _same_options(options: Namespace) -> Iterable[str]:
    if options.select:
        yield f"--select '{options.select}'"
    if options.partitions:
        yield f"--partitions {options.partitions}"


def _show(
    found: Mapping[Place, Finding], calendars: Mapping[str, TimePartitions | None], read: Mapping[str, int]
) -> None:
    groups = [(each, keys) for each, keys in ranges(found) if each.planned or each.status != "current"]
    planned = [(each, keys) for each, keys in groups if each.planned]
    columns = [*COLUMNS, "reads"] if read else COLUMNS
    if planned:
        rows = []
        for each, keys in planned:
            rows.append(
                [
                    each.asset,
                    spans_text(keys, calendars[each.asset]),
                    _is(each),
                    because(each),
                    sum(found[each.asset, key].rows for key in keys),
                ]
            )
            if read:
                rows[-1].append(bytes_text(read.get(each.asset, 0)))
        _table(columns, rows)
    for word, heading in _NOT_PLANNED.items():
        others = [(each, keys) for each, keys in groups if not each.planned and _group(each) == word]
        if others:
            out.print()
            say(heading, style="bold")
        for each, keys in others:
            say(f"{each.asset}  {spans_text(keys, calendars[each.asset])}  {_why_not(each)}", 2)


def _table(columns: list[str], rows: list[list[object]]) -> None:
    """A table; where it is too wide, a text for each line of it."""
    if fits(columns, rows):
        show(columns, rows, right=["rows", "reads"])
        return
    for asset, partitions, status, why, count, *reads in rows:
        figures = [f"{count} rows", *(f"{each} to read" for each in reads)]
        say(f"{asset}  {partitions}  {', '.join(figures)}  {status}" + (f": {why}" if why else ""))


_NOT_PLANNED = {
    "failed": "failed, and nothing has changed since: correct the source, the contract or the code, then run it",
    "held": "held back, and not made",
    "out": "not asked for, and not made",
}


def _group(finding: Finding) -> str:
    if finding.status == "failed":
        return "failed"
    return "held" if finding.status == "held" or finding.cause else "out"


def _why_not(finding: Finding) -> str:
    if finding.words:
        return finding.words
    if finding.cause and finding.cause.asset != finding.asset:
        return f"{_is(finding)}, because {finding.cause.asset} {CAUSES[finding.cause.code]}"
    return " ".join([_is(finding), because(finding)]).strip()


def _is(finding: Finding) -> str:
    return "downstream" if finding.status == "current" else finding.status


def _records(
    found: Mapping[Place, Finding], calendars: Mapping[str, TimePartitions | None], read: Mapping[str, int]
) -> list[dict[str, object]]:
    records: list[dict[str, object]] = []
    for each, keys in ranges(found):
        if each.status == "current" and not each.planned:
            continue
        records.append(
            {
                "asset": each.asset,
                "partitions": [[first, last] for first, last, _ in spans(keys, calendars[each.asset])],
                "count": len(keys),
                "status": each.status,
                "planned": each.planned,
                "reasons": [{"changed": reason.changed, "asset": reason.asset} for reason in each.reasons],
                "cause": each.cause and {"code": each.cause.code, "asset": each.cause.asset},
                "words": each.words,
                "rows": sum(found[each.asset, key].rows for key in keys),
                **({"reads": read.get(each.asset, 0)} if read and each.planned else {}),
            }
        )
    return records


def _bytes(loaded: Project, todo: Iterable[Step]) -> dict[str, int]:
    """What BigQuery says that it would read of committed tables, by asset; nothing where nobody bills."""
    if not loaded.settings.cloud:
        return {}
    from dataops_assets.commands.dry_run import estimates

    return estimates(loaded, [(asset, step.keys) for step in todo for asset in step.assets])
