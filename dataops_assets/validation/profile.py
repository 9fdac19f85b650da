"""Profiles: what is known of a partition's columns without its rows, and how those of several become one.

The distribution of numbers is kept as counts in buckets that are the same for all data: bucket k of the positive
numbers begins at exp(k / PER_E), and is 1.1 % wide, so profiles of any partitions add up, and a quantile is within half
of that of its value (as DDSketch does: https://www.vldb.org/pvldb/vol12/p2195-masson.pdf); integers up to 92 are exact.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Literal

import msgspec
import numpy as np

PER_E = 92.3325
"""Buckets for each factor of e: 64 an octave."""
ZERO_AT = 100_000
"""What is added to the number of a bucket, so that numbers below one have a positive one as well."""
MOST_VALUES = 256
"""How many values of a text in a partition are counted each; of one with more, none."""

Kind = Literal["number", "text", "time", "other"]


class _Counted(msgspec.Struct):
    v: str
    n: int


_COUNTED = msgspec.json.Decoder(list[_Counted])


class ColumnProfile(msgspec.Struct, frozen=True, dict=True):
    """One column of one or more partitions.

    distinct: values that differ, null not among them; distinct_most: the same, or an upper bound where profiles were
        merged whose values are not all known, of which `distinct` is then a lower bound. None: not counted.
    least, most: as text; of numbers, moments (UTC) and texts.
    mean, variance: of numbers, the variance of the values themselves (divided by n).
    counts: how the values are spread, as the warehouse says it, the inside of a JSON array: bucket, rows, bucket, rows,
        … of numbers, hour, rows, … of moments, objects {"v": value, "n": rows} of texts.
    complete: all values of a text are counted. whole: the numbers are integers.
    """

    kind: Kind
    rows: int
    nulls: int
    distinct: int | None = None
    distinct_most: int | None = None
    least: str | None = None
    most: str | None = None
    mean: float | None = None
    variance: float | None = None
    counts: str = ""
    complete: bool = True
    whole: bool = False

    @property
    def filled(self) -> int:
        """Rows that have a value."""
        return self.rows - self.nulls

    @property
    def null_share(self) -> float | None:
        return self.nulls / self.rows if self.rows else None

    @property
    def sd(self) -> float | None:
        """Standard deviation, divided by n."""
        return None if self.variance is None else math.sqrt(max(self.variance, 0.0))

    @cached_property
    def buckets(self) -> tuple[np.ndarray, np.ndarray]:
        """Of numbers: the buckets, in the order of the numbers, and the rows in each."""
        if self.kind != "number" or not self.counts:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        pairs = numbers(self.counts).reshape(-1, 2)
        pairs = pairs[pairs[:, 0].argsort()]
        return pairs[:, 0], pairs[:, 1]

    @cached_property
    def _cumulated(self) -> np.ndarray:
        return self.buckets[1].cumsum()

    @cached_property
    def values(self) -> Mapping[str, int]:
        """Rows by value, of texts, or by hour of the day, of moments."""
        if self.kind == "number" or not self.counts:
            return {}
        found: dict[str, int] = {}
        if self.kind == "time":
            pairs = numbers(self.counts).reshape(-1, 2).tolist()
            return {f"{hour:02}": rows for hour, rows in sorted(pairs)}
        for each in _COUNTED.decode(f"[{self.counts}]"):  # long texts may be the same by now
            found[each.v] = found.get(each.v, 0) + each.n
        return found

    def quantile(self, q: float) -> float | None:
        """The value that the share `q` of the rows does not exceed (numpy's "inverted_cdf"), to half a bucket."""
        buckets, _ = self.buckets
        if not len(buckets):
            return None
        cumulated = self._cumulated
        rank = max(math.ceil(q * int(cumulated[-1]) - 1e-9), 1)
        value = bucket_value(int(buckets[np.searchsorted(cumulated, rank)]), self.whole)
        return min(max(value, float(self.least or "-inf")), float(self.most or "inf"))


@dataclass(frozen=True)
class PairProfile:
    """Two columns, of the rows in which both have a value. Variances and covariance are divided by n."""

    rows: int
    mean_one: float = 0.0
    mean_two: float = 0.0
    variance_one: float = 0.0
    variance_two: float = 0.0
    covariance: float = 0.0

    @property
    def correlation(self) -> float | None:
        """Pearson's; None where a column does not vary."""
        spread = math.sqrt(max(self.variance_one, 0.0)) * math.sqrt(max(self.variance_two, 0.0))
        return max(-1.0, min(1.0, self.covariance / spread)) if self.rows > 1 and spread else None


@dataclass(frozen=True)
class Profile:
    """One or more partitions of a table. pairs: of declared pairs of columns. version: of the rows of a partition, as
    the ledger says it, if it is known.
    """

    rows: int
    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    pairs: Mapping[tuple[str, str], PairProfile] = field(default_factory=dict)
    version: str = ""


def numbers(text: str) -> np.ndarray:
    """The integers in a text, between commas."""
    return np.fromstring(text, np.int64, sep=",") if text else np.empty(0, np.int64)


def bucket_value(bucket: int, whole: bool) -> float:
    """The middle of a bucket; of integers, the one in it, if it is the only one."""
    if not bucket:
        return 0.0
    place = abs(bucket) - ZERO_AT
    below, middle, above = (math.exp(min((place + part) / PER_E, 709.0)) for part in (0.0, 0.5, 1.0))
    if whole and above < 1e6 and math.ceil(below - 1e-9) + 1 == math.ceil(above - 1e-9):
        middle = math.ceil(below - 1e-9)
    return math.copysign(middle, bucket)


def merged(profiles: Sequence[Profile]) -> Profile:
    """The profile of all these partitions' rows together, of their profiles alone."""
    columns: dict[str, list[ColumnProfile]] = {}
    pairs: dict[tuple[str, str], list[PairProfile]] = {}
    for profile in profiles:
        for name, column in profile.columns.items():
            columns.setdefault(name, []).append(column)
        for names, pair in profile.pairs.items():
            pairs.setdefault(names, []).append(pair)
    return Profile(
        sum(profile.rows for profile in profiles),
        {name: _merged_columns(found) for name, found in columns.items()},
        {names: reduce(_merged_pair, found) for names, found in pairs.items()},
    )


def _merged_columns(profiles: Sequence[ColumnProfile]) -> ColumnProfile:
    if len(profiles) == 1:
        return profiles[0]
    buckets, rows = spread(profiles)
    values: dict[str, int] = {}
    for profile in profiles:
        for value, count in profile.values.items():
            values[value] = values.get(value, 0) + count
    filled = [profile for profile in profiles if profile.filled]
    first, complete = profiles[0], all(profile.complete for profile in profiles)
    number = float if first.kind == "number" else str
    moments = [(p.filled, p.mean, p.variance or 0.0) for p in filled if p.mean is not None]
    mean, variance = reduce(_merged_moments, moments)[1:] if moments else (None, None)
    least = max((p.distinct for p in profiles if p.distinct is not None), default=None)
    most = sum(p.distinct_most or 0 for p in profiles)
    if first.kind == "text" and complete and values:
        least = most = len(values)
    return ColumnProfile(
        kind=first.kind,
        rows=sum(p.rows for p in profiles),
        nulls=sum(p.nulls for p in profiles),
        distinct=None if least is None else max(least, len(buckets), len(values) if first.kind == "text" else 0),
        distinct_most=None if least is None else most,
        least=min((p.least for p in filled if p.least is not None), key=number, default=None),
        most=max((p.most for p in filled if p.most is not None), key=number, default=None),
        mean=mean,
        variance=variance,
        counts=_counts(first.kind, buckets, rows.sum(axis=0), values),
        complete=complete,
        whole=all(p.whole for p in profiles),
    )


def spread(profiles: Sequence[ColumnProfile]) -> tuple[np.ndarray, np.ndarray]:
    """The buckets of all these columns of numbers, in order, and the rows of each column (a line) in each of them."""
    texts = [profile.counts if profile.kind == "number" else "" for profile in profiles]
    pairs = numbers(",".join(text for text in texts if text)).reshape(-1, 2)
    lines = np.repeat(np.arange(len(texts)), [(text.count(",") + 1) // 2 if text else 0 for text in texts])
    buckets, places = np.unique(pairs[:, 0], return_inverse=True)
    rows = np.zeros((len(texts), len(buckets)), np.int64)
    rows[lines, places] = pairs[:, 1]
    return buckets, rows


def _counts(kind: Kind, buckets: np.ndarray, rows: np.ndarray, values: Mapping[str, int]) -> str:
    if kind == "number":
        return ",".join(f"{bucket},{count}" for bucket, count in zip(buckets, rows, strict=True))
    if kind == "time":
        return ",".join(f"{int(hour)},{count}" for hour, count in values.items())
    return msgspec.json.encode([_Counted(value, count) for value, count in values.items()]).decode()[1:-1]


def _merged_moments(one: tuple[int, float, float], other: tuple[int, float, float]) -> tuple[int, float, float]:
    """Rows, mean, variance of both (Chan, Golub, LeVeque 1983)."""
    rows = one[0] + other[0]
    apart = other[1] - one[1]
    mean = one[1] + apart * other[0] / rows
    return rows, mean, (one[0] * one[2] + other[0] * other[2] + apart**2 * one[0] * other[0] / rows) / rows


def _merged_pair(one: PairProfile, other: PairProfile) -> PairProfile:
    if not one.rows or not other.rows:
        return one if one.rows else other
    rows, mean_one, variance_one = _merged_moments(
        (one.rows, one.mean_one, one.variance_one), (other.rows, other.mean_one, other.variance_one)
    )
    _, mean_two, variance_two = _merged_moments(
        (one.rows, one.mean_two, one.variance_two), (other.rows, other.mean_two, other.variance_two)
    )
    between = (other.mean_one - one.mean_one) * (other.mean_two - one.mean_two) * one.rows * other.rows / rows
    covariance = (one.rows * one.covariance + other.rows * other.covariance + between) / rows
    return PairProfile(rows, mean_one, mean_two, variance_one, variance_two, covariance)
