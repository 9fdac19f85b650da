"""Which partitions a text names: keys that there are, or the days and months in which partitions lie."""

import calendar
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

_SHOWN = 20


class BadRequest(ValueError):
    """A selection or a range of partitions that means nothing; the message says what would."""


class NoneInRange(BadRequest):
    """Assets have no partition in the range that is asked for."""


def keys_in(
    definition: dg.PartitionsDefinition, partitions: tuple[str, str] | None, store: dg.DagsterInstance, names: str
) -> list[str]:
    """The keys from the first to the last of `partitions`, both included, in the order of the definition.

    An existing key means itself. Other texts are a month, a day or a minute, in the time zone of the definition, and
    take the partitions of time that overlap with it. Of partitions with dimensions they may also name the keys of one
    of them. partitions: None takes the newest closed partition of time, and all of any other kind. store: knows the
    keys of dynamic partitions. names: the assets, for messages. Raises NoneInRange, and BadRequest for a text that
    names nothing.
    """
    if isinstance(definition, dg.TimeWindowPartitionsDefinition):
        return _in_time(definition, partitions, names)
    keys = list(definition.get_partition_keys(dynamic_partitions_store=store))
    if not keys:
        raise NoneInRange(f"{names} have no partitions yet{_how_to_add(definition)}")
    if partitions is None:
        return keys
    first, last = partitions
    missing = [key for key in partitions if key not in keys]
    if isinstance(definition, dg.MultiPartitionsDefinition):
        if missing:
            return _of_one_dimension(definition, keys, partitions, store, names)
        found = _between(definition, keys, partitions, store)
    elif missing:
        shown = ", ".join(keys[:_SHOWN]) + (f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else "")
        error = BadRequest if first != last and len(missing) == 1 else NoneInRange
        raise error(f"--partitions: {names} have no partition {missing[0]!r}; they have {shown}")
    else:
        found = keys[keys.index(first) : keys.index(last) + 1]
    if not found:
        raise BadRequest(f"--partitions {first}..{last}: the first is after the last")
    return list(found)


def _in_time(
    definition: dg.TimeWindowPartitionsDefinition, partitions: tuple[str, str] | None, names: str
) -> list[str]:
    if partitions is None:
        newest = definition.get_last_partition_key()
        if newest is None:
            raise NoneInRange(f"{names} have no partition that is over yet; the first begins at {definition.start}")
        return [newest]
    first, last = partitions
    keys = list(definition.get_partition_keys())
    places = {key: place for place, key in enumerate(keys)}
    if first in places and last in places:
        found = keys[places[first] : places[last] + 1]
        if not found:
            raise BadRequest(f"--partitions {first}..{last}: the first is after the last")
        return found
    zone = ZoneInfo(definition.timezone)
    start, begin = (_span(definition, zone, text, text in places) for text in partitions)
    if start[0] > begin[0]:
        raise BadRequest(f"--partitions {first}..{last}: the first is after the last")
    found = []
    for key in keys:
        window = definition.time_window_for_partition_key(key)
        if window.start.astimezone(UTC) < begin[1] and window.end.astimezone(UTC) > start[0]:
            found.append(key)
    if not found:
        there = f"from {keys[0]} to {keys[-1]}" if keys else "of which none is over yet"
        raise NoneInRange(f"--partitions {first}..{last}: {names} have partitions {there}")
    return found


def _span(
    definition: dg.TimeWindowPartitionsDefinition, zone: ZoneInfo, text: str, is_key: bool
) -> tuple[datetime, datetime]:
    """Begin and end of what a text names, UTC: a partition, a month, a day, or a minute.

    A minute that a clock shows twice is both, one that it leaves out has no length.
    """
    if is_key:
        window = definition.time_window_for_partition_key(text)
        return window.start.astimezone(UTC), window.end.astimezone(UTC)
    for form in ("%Y-%m-%d", "%Y-%m-%d-%H:%M", "%Y-%m"):
        try:
            begin = datetime.strptime(text, form)  # without a zone, which follows
        except ValueError:
            continue
        days = calendar.monthrange(begin.year, begin.month)[1] if form == "%Y-%m" else 1
        end = begin if "%H" in form else begin + timedelta(days=days)
        earlier = begin.replace(tzinfo=zone).astimezone(UTC)
        if end > begin:
            return earlier, end.replace(tzinfo=zone).astimezone(UTC)
        shown = earlier.astimezone(zone).replace(tzinfo=None) == begin
        later = begin.replace(tzinfo=zone, fold=1).astimezone(UTC)
        return earlier, later + timedelta(microseconds=1) if shown else earlier
    raise BadRequest(f"--partitions: {text!r} is not a date such as 2013-01-05, nor a month such as 2013-01")


def _between(
    definition: dg.MultiPartitionsDefinition,
    keys: Sequence[str],
    partitions: tuple[str, str],
    store: dg.DagsterInstance,
) -> list[str]:
    """Those of the keys that lie between two of them in each dimension, which is what Dagster takes a range for."""
    first, last = (dimensions(definition, key) for key in partitions)
    wanted = {}
    for each in definition.partitions_defs:
        every = list(each.partitions_def.get_partition_keys(dynamic_partitions_store=store))
        wanted[each.name] = set(every[every.index(first[each.name]) : every.index(last[each.name]) + 1])
    parts = {key: dimensions(definition, key) for key in keys}
    return [key for key in keys if all(part in wanted[name] for name, part in parts[key].items())]


def _of_one_dimension(
    definition: dg.MultiPartitionsDefinition,
    keys: Sequence[str],
    partitions: tuple[str, str],
    store: dg.DagsterInstance,
    names: str,
) -> list[str]:
    for dimension in definition.partitions_defs:
        try:
            wanted = set(keys_in(dimension.partitions_def, partitions, store, names))
        except BadRequest:
            continue
        return [key for key in keys if dimensions(definition, key)[dimension.name] in wanted]
    first, last = partitions
    raise NoneInRange(
        f"--partitions {first}..{last}: {names} have partitions from {keys[0]} to {keys[-1]}; give such keys, or those "
        f"of one dimension ({', '.join(definition.partition_dimension_names)})"
    )


def dimensions(definition: dg.MultiPartitionsDefinition, key: str) -> dict[str, str]:
    """The key of each dimension, by its name."""
    return dict(definition.get_partition_key_from_str(key).keys_by_dimension)


def _how_to_add(definition: dg.PartitionsDefinition) -> str:
    if isinstance(definition, dg.DynamicPartitionsDefinition):
        return f"; add one in the UI, or by instance.add_dynamic_partitions({definition.name!r}, [KEY])"
    return ""
