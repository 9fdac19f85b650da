"""How far chance alone takes a score in so few rows: two standard errors, in the score's own units.

The partitions before say what is usual, as far as they are of the same size. In a partition with a tenth of their rows,
or where all have few, a share of missing values, a mean, or a distribution strays without any cause.
"""

from collections.abc import Callable

import numpy as np

from dataops_assets.validation.scores import BINS, Past, greatest, middle, reference_of

ERRORS = 2.0
"""Standard errors that are chance."""

Chance = Callable[[Past, Past, str], np.ndarray]
"""(before, now, column) → what the score of each partition has to exceed."""


def null_share(before: Past, now: Past, column: str) -> np.ndarray:
    """Of a share, if it was the greatest of the reference."""
    share, own = greatest(before.track(column).null_share), now.track(column)
    return ERRORS * np.sqrt(share * (1 - share) / own.rows)


def distinct(before: Past, now: Past, column: str) -> np.ndarray:
    """Of the logarithm of a number: of values that come by chance, it strays as their counts do (Poisson)."""
    values, count = before.track(column).distinct, now.track(column).distinct
    low, high = -greatest(-values), greatest(values)
    return ERRORS / np.sqrt(np.maximum(np.where(count > high, high, low), 1))


def mean(before: Past, now: Past, column: str) -> np.ndarray:
    """Of a mean: by the partition's own standard deviation too, so that one far value is no other mean."""
    own, usual = now.track(column), middle(before.track(column).sd)
    return ERRORS * np.fmax(own.sd / usual, 1) / np.sqrt(own.filled)


def drift(before: Past, now: Past, column: str) -> np.ndarray:
    """Of the stability index, which times the rows is chi-squared: of a degree of freedom less than there are bins."""
    old, own = before.track(column), now.track(column)
    degrees = np.full(len(own.columns), BINS - 1)
    if old.kind != "number":
        degrees = reference_of(old, np.arange(len(own.columns)))[2].sum(axis=1)
    return (degrees + ERRORS * np.sqrt(2 * degrees)) / own.filled


def correlation(before: Past, now: Past, column: str) -> np.ndarray:
    """Of Fisher's z."""
    one, _, other = column.partition(",")
    pairs = (profile.pairs.get((one, other)) if profile else None for profile in now.profiles)
    return ERRORS / np.sqrt(np.array([max(pair.rows - 3, 1) if pair else 1 for pair in pairs]))


def none(before: Past, now: Past, column: str) -> np.ndarray:
    """Of what is not by chance, or cannot stray as far as the smallest change that counts."""
    return np.zeros(len(now.profiles))
