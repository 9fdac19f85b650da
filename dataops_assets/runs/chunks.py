"""How the partitions that are asked for are cut into runs of several."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import dagster as dg

from dataops_assets.runs.partition_keys import dimensions


def chunks(
    definition: dg.PartitionsDefinition, keys: Sequence[str], most: float, instance: dg.DagsterInstance
) -> Iterator[list[str]]:
    """The keys in order, at most so many at once, such that the first and the last of each mean all of them, and no
    other: Dagster takes a range of keys with dimensions for all that lie between in each dimension.
    """
    if most == 1:
        yield from ([key] for key in keys)
        return
    for line in _lines(definition, keys, instance):
        size = min(len(line), int(min(most, len(line))))
        for i in range(0, len(line), size):
            yield from _told_apart(definition, line[i : i + size])


def _told_apart(definition: dg.PartitionsDefinition, chunk: list[str]) -> Iterator[list[str]]:
    """The chunk without the keys at its ends that border on an hour which comes twice; these are runs of their own.

    Dagster keeps the keys of the ranges it was last asked for by their first and last moment, and Python takes the two
    passes of a clock over the same hour for the same moment: of two ranges that differ by that alone, the second would
    be given the keys of the first.
    """
    dimension, along = _along(definition)
    if not isinstance(along, dg.TimeWindowPartitionsDefinition) or along.timezone == "UTC":
        yield chunk
        return

    def window(place: int) -> dg.TimeWindow:
        key = chunk[place]
        if isinstance(definition, dg.MultiPartitionsDefinition):
            key = dimensions(definition, key)[dimension]
        return along.time_window_for_partition_key(key)

    first, last = 0, len(chunk)
    while first < last and _comes_twice(window(first).start):
        first += 1
    while first < last and _comes_twice(window(last - 1).end):
        last -= 1
    yield from ([key] for key in chunk[:first])
    if first < last:
        yield chunk[first:last]
    yield from ([key] for key in chunk[last:])


def _comes_twice(moment: datetime) -> bool:
    """Does the clock show this time twice, or leave it out?"""
    return moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset()


def _lines(
    definition: dg.PartitionsDefinition, keys: Sequence[str], instance: dg.DagsterInstance
) -> Iterable[list[str]]:
    """The keys split where one of the definition's own lies between them; with dimensions, all but one are fixed."""
    dimension, along = _along(definition)
    places = {key: place for place, key in enumerate(along.get_partition_keys(dynamic_partitions_store=instance))}
    if not isinstance(definition, dg.MultiPartitionsDefinition):
        return _adjacent(keys, places)
    lines: dict[tuple, list[str]] = {}
    at = {}
    for key in keys:
        parts = dimensions(definition, key)
        at[key] = places[parts.pop(dimension)]
        lines.setdefault(tuple(parts.items()), []).append(key)
    return [chunk for line in lines.values() for chunk in _adjacent(sorted(line, key=at.__getitem__), at)]


def _along(definition: dg.PartitionsDefinition) -> tuple[str, dg.PartitionsDefinition]:
    """Along what a run goes: of several dimensions that of time, or the first, with its name."""
    if not isinstance(definition, dg.MultiPartitionsDefinition):
        return "", definition
    by_name = {each.name: each.partitions_def for each in definition.partitions_defs}
    in_time = (name for name, each in by_name.items() if isinstance(each, dg.TimeWindowPartitionsDefinition))
    name = next(in_time, next(iter(by_name)))
    return name, by_name[name]


def _adjacent(keys: Sequence[str], places: dict[str, int]) -> list[list[str]]:
    found: list[list[str]] = []
    for key in keys:
        if found and places[found[-1][-1]] + 1 == places[key]:
            found[-1].append(key)
        else:
            found.append([key])
    return found
