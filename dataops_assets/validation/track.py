"""One column of a table through all partitions, as arrays: what `scores` and `kinds` read of its profiles."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter

import numpy as np

from dataops_assets.validation.profile import PER_E, ColumnProfile, bucket_value, spread

QUARTERS = 4
"""Fewer values than these have no quartiles."""
NAN = float("nan")


class Track:
    """One column through the partitions of a calendar; NaN where a partition has no profile or no rows."""

    def __init__(self, columns: Sequence[ColumnProfile | None]) -> None:
        self.columns = [each if each and each.rows else None for each in columns]
        self.kind = next((each.kind for each in self.columns if each), "other")

    def _numbers(self, of: Callable[[ColumnProfile], float | None]) -> np.ndarray:
        return np.array([of(each) if each else None for each in self.columns], float)  # None becomes NaN

    @cached_property
    def nulls(self) -> np.ndarray:
        return self._numbers(attrgetter("nulls"))

    @cached_property
    def rows(self) -> np.ndarray:
        return self._numbers(attrgetter("rows"))

    @cached_property
    def null_share(self) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # a partition without rows has no share
            return self.nulls / self.rows

    @cached_property
    def filled(self) -> np.ndarray:
        return np.nan_to_num(self.rows - self.nulls)

    @cached_property
    def distinct(self) -> np.ndarray:
        return self._numbers(attrgetter("distinct"))

    @cached_property
    def incomplete(self) -> np.ndarray:
        """1 where not all values of a text are counted."""
        return self._numbers(lambda each: float(not each.complete))

    @cached_property
    def mean(self) -> np.ndarray:
        return self._numbers(attrgetter("mean"))

    @cached_property
    def sd(self) -> np.ndarray:
        """Standard deviations; NaN where the column does not vary."""
        variance = self._numbers(attrgetter("variance"))
        return np.sqrt(np.where(variance > 0, variance, NAN))

    @cached_property
    def middle_half(self) -> np.ndarray:
        """The interquartile range of numbers; NaN where there are too few to have one."""
        low, high = self._quarters
        return np.where(self.filled < QUARTERS, NAN, high - low)

    @cached_property
    def told_half(self) -> np.ndarray:
        """The interquartile range, or the least that can be told from none: a bucket, of integers at least 1."""
        farther = np.abs(self._quarters).max(axis=0)
        return np.maximum(self.middle_half, np.maximum(farther / PER_E, 1.0 if self.whole else 0.0))

    @cached_property
    def whole(self) -> bool:
        return all(each.whole for each in self.columns if each)

    @cached_property
    def _quarters(self) -> np.ndarray:
        """The first quartile and the third, as `ColumnProfile.quantile`, of all partitions at once."""
        buckets, added = self.cumulated
        if not len(buckets):
            return np.full((2, len(self.columns)), NAN)
        rows = np.diff(added, axis=0)
        values = np.array([bucket_value(bucket, self.whole) for bucket in buckets.tolist()])
        least = self._numbers(lambda each: float(each.least or "-inf"))
        most = self._numbers(lambda each: float(each.most or "inf"))
        found = []
        for q in (0.25, 0.75):
            rank = np.maximum(np.ceil(q * rows[:, -1] - 1e-9), 1)
            value = values[np.minimum((rows < rank[:, None]).sum(axis=1), len(buckets) - 1)]
            found.append(np.where(rows[:, -1] > 0, np.clip(value, least, most), NAN))
        return np.array(found)

    @cached_property
    def cumulated(self) -> tuple[np.ndarray, np.ndarray]:
        """Of numbers: the buckets; and the rows up to each partition (a line more than there are) and each bucket."""
        nothing = ColumnProfile("number", 0, 0)
        buckets, rows = spread([each or nothing for each in self.columns])
        return buckets, added_up(rows.cumsum(axis=1))

    @cached_property
    def values(self) -> tuple[Mapping[str, int], np.ndarray]:
        """Of others: the places of the values, and the rows of each partition (a line) with each of them."""
        known: dict[str, int] = {}
        for each in self.columns:
            for value in each.values if each else ():
                known.setdefault(value, len(known))
        rows = np.zeros((len(self.columns), len(known)), np.int64)
        for line, each in enumerate(self.columns):
            if each and each.values:
                rows[line, [known[value] for value in each.values]] = list(each.values.values())
        return known, rows

    @cached_property
    def added_values(self) -> np.ndarray:
        """Of others: the rows up to each partition (a line more than there are) with each of the values."""
        return added_up(self.values[1])

    def rows_of(self, other: "Track") -> np.ndarray:
        """The rows of each partition with each of another track's values."""
        own, rows = self.values
        if other is self:
            return rows
        places = np.array([own.get(value, len(own)) for value in other.values[0]], int)
        return np.pad(rows, ((0, 0), (0, 1)))[:, places]


def added_up(rows: np.ndarray) -> np.ndarray:
    """The sum of the lines before each, and of all."""
    added = np.zeros((len(rows) + 1, rows.shape[1]), rows.dtype)
    for line, each in enumerate(rows):  # numpy's `cumsum` goes down column by column, past all that is in the cache
        np.add(added[line], each, out=added[line + 1])
    return added
