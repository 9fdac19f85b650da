"""What is to be run: which assets, for which partitions, in which order."""

import calendar
import fnmatch
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from dataops_assets.nearest import suggestion

_SELECTOR = re.compile(r"^(\+?)([A-Za-z0-9_/*?-]+?)(\+?)$")

Say = Callable[[str], None]


class BadRequest(ValueError):
    """A selection or a range of partitions that means nothing; the message says what would."""


class _NoneInRange(BadRequest):
    """Assets have no partition in the range that is asked for."""


def planned(
    job: dg.JobDefinition, select: str | None, partitions: tuple[str, str] | None, per_run: int, say: Say
) -> list[tuple[list[dg.AssetKey], list[str]]]:
    """Sets of assets that share their partitions, each after what it reads, with the chunks of partitions to run.

    say: is told which assets have no partition in the range and are left out. Raises BadRequest, also if all have none.
    """
    layer = job.asset_layer
    graph = layer.asset_graph if hasattr(layer, "asset_graph") else layer
    chosen = _select(graph, select)
    plan = []
    left_out: list[_NoneInRange] = []
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
        partition_keys = []
        if definition is None:
            plan.append((keys, []))
        else:
            try:
                partition_keys = _keys(definition, partitions, keys)
            except _NoneInRange as nothing:
                left_out.append(nothing)
        plan += [(keys, partition_keys[i : i + per_run]) for i in range(0, len(partition_keys), per_run)]
        done |= best
        todo -= best
    if left_out and not any(chunk for _, chunk in plan):
        raise left_out[0]
    for nothing in left_out:
        say(f"left out: {nothing}")
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
            known = suggestion(part, (key.to_user_string() for key in executable))
            raise BadRequest(f"--select {part!r} matches no asset; {known}")
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
    (start, _), (begin, after) = _span(first), _span(last)
    if start > begin:
        raise BadRequest(f"--partitions {first}..{last}: the first is after the last")
    keys = []
    for key in definition.get_partition_keys():
        window = definition.time_window_for_partition_key(key)
        if window.start.astimezone(UTC) < after and window.end.astimezone(UTC) > start:
            keys.append(key)
    if not keys:
        raise _NoneInRange(
            f"--partitions {first}..{last}: {names} have partitions from {definition.get_first_partition_key()} "
            f"to {definition.get_last_partition_key()}"
        )
    return keys


def _span(text: str) -> tuple[datetime, datetime]:
    """Begin and end of what a text names: a month, a day, or a minute."""
    for form in ("%Y-%m-%d", "%Y-%m-%d-%H:%M", "%Y-%m"):
        try:
            begin = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        days = calendar.monthrange(begin.year, begin.month)[1] if form == "%Y-%m" else 1
        return begin, begin + (timedelta(microseconds=1) if "%H" in form else timedelta(days=days))
    raise BadRequest(f"--partitions: {text!r} is not a date such as 2013-01-05, nor a month such as 2013-01")
