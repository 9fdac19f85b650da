"""How far partitions are from the ones before them: a number for each, from profiles alone.

A score is 0 where nothing has changed and grows with the change, in units that mean the same for all data (logarithms
of ratios, shares, standard deviations, the population stability index). What is much depends on the column: its own
past scores say so (`statistics`). A score is NaN where it cannot be told.

All partitions of a calendar are scored at once. `before` says what each of them is compared with, and `now` what it is:
the same, unless it is asked what other rows would have given.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from dataops_assets.validation.profile import Profile
from dataops_assets.validation.track import NAN, Track

WINDOW = 28
"""Partitions of the reference, as far as they are there."""
LEAST_REFERENCE = 14
"""Fewer than these are no reference."""
SEASONS = 8
"""Seasons whose same place says how many rows there are in it."""
BINS = 10
RARE = 0.005
"""Share of the reference below which values are taken together."""
_NEARLY_NOTHING = 1e-12


@dataclass
class Past:
    """The profiles of a table in the order of its calendar; None where a partition has none. keys: of the partitions.

    season: after how many partitions things repeat, such as 7 days. special: partitions of which the season says
    nothing, such as holidays.
    """

    keys: Sequence[str]
    profiles: Sequence[Profile | None]
    season: int
    special: Sequence[bool]

    def __post_init__(self) -> None:
        self._tracks: dict[str, Track] = {}

    def track(self, column: str) -> Track:
        """The column through all partitions."""
        if column not in self._tracks:
            self._tracks[column] = Track([each.columns.get(column) if each else None for each in self.profiles])
        return self._tracks[column]

    @cached_property
    def columns(self) -> list[str]:
        """The names of all columns."""
        return list(dict.fromkeys(name for each in self.profiles if each for name in each.columns))

    @cached_property
    def sizes(self) -> np.ndarray:
        """ln(rows); a partition without rows counts as one with a row."""
        return np.array([math.log(max(each.rows, 1)) if each else NAN for each in self.profiles])

    @cached_property
    def expected_sizes(self) -> np.ndarray:
        """The ln(rows) to be expected: the median of the last season and, of the eight seasons before, what the same
        place in them had above or below its own; special partitions left out of both.
        """
        ordinary = np.where(self.special, NAN, self.sizes)
        level = _rolled(_median, ordinary, self.season, self.season // 2 + 1)
        longer = _rolled(_median, ordinary, 2 * self.season, self.season // 2 + 1)
        level = np.where(np.isnan(level), longer, level)  # after a week of holidays
        effect = ordinary - level
        places = np.arange(len(effect))[:, None] - self.season * np.arange(1, SEASONS + 1)[None, :]
        same = np.where(places >= 0, effect[np.maximum(places, 0)], NAN)
        return level + _reduced(_median, same, SEASONS // 2)


Score = Callable[[Past, Past, str], np.ndarray]
"""(before, now, column) → how far each partition is from what was before."""


def size(before: Past, now: Past, column: str = "") -> np.ndarray:
    """|ln(rows / expected rows)|."""
    return np.abs(now.sizes - before.expected_sizes)


def null_share(before: Past, now: Past, column: str) -> np.ndarray:
    """How much the share of missing values is above the greatest of the reference."""
    return np.maximum(now.track(column).null_share - greatest(before.track(column).null_share), 0.0)


def distinct(before: Past, now: Past, column: str) -> np.ndarray:
    """How far the number of values is out of the range of the reference, as a logarithm."""
    own = before.track(column).distinct
    return np.where(greatest(own) > 0, _beyond(now.track(column).distinct, own), NAN)


def scale(before: Past, now: Past, column: str) -> np.ndarray:
    """How far the interquartile range is out of those of the reference, as a logarithm: 4.1 for minutes in seconds."""
    own = before.track(column)
    return np.where(greatest(own.middle_half) > 0, _beyond(now.track(column).told_half, own.told_half), NAN)


def mean(before: Past, now: Past, column: str) -> np.ndarray:
    """How far the mean is from the median of the reference's means, in standard deviations of a row."""
    track = before.track(column)
    return np.abs(now.track(column).mean - middle(track.mean)) / middle(track.sd)


def drift(before: Past, now: Past, column: str) -> np.ndarray:
    """Population stability index against all rows of the reference: by deciles of numbers, values of texts, hours."""
    old, new = before.track(column), now.track(column)
    places = np.flatnonzero(~np.isnan(greatest(old.null_share)) & (new.filled > 0))
    found = np.full(len(new.columns), NAN)
    if len(places):
        found[places] = (_by_decile if old.kind == "number" else _by_value)(old, new, places)
    return found


def correlation(before: Past, now: Past, column: str) -> np.ndarray:
    """How far Fisher's z of the correlation is from the median of the reference. column: "one,other"."""
    old, new = (np.array([_fisher(profile, column) for profile in past.profiles]) for past in (before, now))
    return np.abs(new - middle(old))


def greatest(values: np.ndarray, count: int = WINDOW, least: int = LEAST_REFERENCE) -> np.ndarray:
    """Of each place: the greatest of the `count` values before it; NaN if fewer than `least` are known."""
    return _rolled(np.nanmax, values, count, least)


def middle(values: np.ndarray) -> np.ndarray:
    """Of each place: the median of the reference before it."""
    return _rolled(_median, values, WINDOW, LEAST_REFERENCE)


def _fisher(profile: Profile | None, column: str) -> float:
    one, _, other = column.partition(",")
    pair = profile.pairs.get((one, other)) if profile else None
    found = pair.correlation if pair and pair.rows > 3 else None
    return NAN if found is None else math.atanh(max(-0.9999, min(0.9999, found)))


def _rolled(reduce: Callable[..., np.ndarray], values: np.ndarray, count: int, least: int) -> np.ndarray:
    padded = np.concatenate([np.full(count, NAN), values])
    return _reduced(reduce, sliding_window_view(padded, count)[: len(values)], least)


def _reduced(reduce: Callable[..., np.ndarray], windows: np.ndarray, least: int) -> np.ndarray:
    known = (~np.isnan(windows)).sum(axis=1) >= max(least, 1)
    found = np.full(len(windows), NAN)
    if known.any():
        found[known] = reduce(windows[known], axis=1)
    return found


def _median(windows: np.ndarray, axis: int) -> np.ndarray:
    """As numpy's `nanmedian`, which takes twice as long, of lines with a value each."""
    ordered, count = np.sort(windows, axis=axis), (~np.isnan(windows)).sum(axis=axis, keepdims=True)
    low, high = (np.take_along_axis(ordered, place, axis) for place in ((count - 1) // 2, count // 2))
    return ((low + high) / 2).squeeze(axis)


def _beyond(now: np.ndarray, before: np.ndarray) -> np.ndarray:
    low, high = -greatest(-before), greatest(before)
    logs = [np.log(np.maximum(each, _NEARLY_NOTHING)) for each in (low, high, now)]
    return np.maximum(np.maximum(logs[2] - logs[1], logs[0] - logs[2]), 0.0)


def _by_decile(old: Track, new: Track, places: np.ndarray) -> np.ndarray:
    buckets, added = old.cumulated
    if not len(buckets):
        return np.full(len(places), NAN)
    before = added[places] - added[np.maximum(places - WINDOW, 0)]
    total = before[:, -1:]
    # A bin ends with the bucket in which a tenth more of the reference is reached.
    tenths = (total * np.arange(1, BINS) / BINS).T
    ends = np.stack([(before < tenth[:, None]).sum(axis=1) for tenth in tenths], axis=1)
    own, theirs = new.cumulated
    mine = np.pad(theirs[places + 1] - theirs[places], ((0, 0), (1, 0)))
    below = np.take_along_axis(mine, np.searchsorted(own, buckets[ends], side="right"), axis=1)
    one = np.diff(np.hstack([below, mine[:, -1:]]), axis=1, prepend=0)
    other = np.diff(np.hstack([np.take_along_axis(before, ends, axis=1), total]), axis=1, prepend=0)
    return _stability(one, other, np.pad(ends[:, 1:] != ends[:, :-1], ((0, 0), (1, 1)), constant_values=True))


def _by_value(old: Track, new: Track, places: np.ndarray) -> np.ndarray:
    """By value, the rare and the uncounted ones together."""
    before, total, common = reference_of(old, places)
    one, other = np.where(common, new.rows_of(old)[places], 0), np.where(common, before, 0)
    one = np.hstack([one, (new.filled[places] - one.sum(axis=1))[:, None]])
    other = np.hstack([other, (total - other.sum(axis=1))[:, None]])
    return _stability(one, other, np.pad(common, ((0, 0), (0, 1)), constant_values=True))


def reference_of(old: Track, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the reference of each place: the rows of each value, of all, and which values are not rare."""
    added = old.added_values
    filled = np.concatenate([[0.0], old.filled.cumsum()])
    first = np.maximum(places - WINDOW, 0)
    before, total = added[places] - added[first], filled[places] - filled[first]
    return before, total, before >= np.maximum(RARE * total, 1)[:, None]


def _stability(one: np.ndarray, other: np.ndarray, there: np.ndarray) -> np.ndarray:
    """The population stability index of each line. one, other: rows by bin. there: the bins that there are."""
    bins = there.sum(axis=1)
    p, q = ((rows + 0.5) / (rows.sum(axis=1) + 0.5 * bins)[:, None] for rows in (one, other))
    found = np.where(there, (p - q) * np.log(p / q), 0.0).sum(axis=1)
    return np.where((bins > 1) & other.any(axis=1), found, NAN)
