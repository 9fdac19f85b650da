"""Which columns a statistical check chooses itself, how it scores them, and how it says that it found something."""

import math
from collections.abc import Callable

import numpy as np

from dataops_assets.model.statistics import Distinct, Drift, Mean, NullShare, Scale, Statistic
from dataops_assets.validation import chance, scores
from dataops_assets.validation.chance import Chance
from dataops_assets.validation.scores import WINDOW, Score
from dataops_assets.validation.track import QUARTERS, Track

Suits = Callable[[Track, Track], np.ndarray]
"""(the column before, now) → can the check be of it, for each partition?"""


def _varies(before: Track, now: Track) -> np.ndarray:
    """Has a partition usually several values? The number of the month has not, and changes with the month."""
    return np.nan_to_num(scores.middle(before.distinct), nan=2.0) > 1


def _is_number(before: Track, now: Track) -> np.ndarray:
    return _varies(before, now) & (now.kind == "number")


def _has_quarters(before: Track, now: Track) -> np.ndarray:
    return _is_number(before, now) & (now.filled >= QUARTERS)


def _is_text(before: Track, now: Track) -> np.ndarray:
    return np.full(len(now.columns), now.kind == "text")


def is_category(before: Track, now: Track) -> np.ndarray:
    """Are all values of the text counted, in the reference and now?"""
    incomplete = np.nan_to_num(scores.greatest(before.incomplete, WINDOW, 1)) + np.nan_to_num(now.incomplete)
    return (incomplete == 0) & (now.kind == "text")


def _is_spread(before: Track, now: Track) -> np.ndarray:
    if now.kind == "text":
        return is_category(before, now) & _varies(before, now)
    counted = np.array([bool(each and each.counts) for each in now.columns])
    return counted & _varies(before, now)


def may_be_missing(before: Track, now: Track) -> np.ndarray:
    """Is a value missing, in the reference or now?"""
    return np.nan_to_num(scores.greatest(before.nulls, WINDOW, 1)) + np.nan_to_num(now.nulls) > 0


CORRELATION = (
    "the correlation of {column} is another one (Fisher's z differs by {value:.2f}, {threshold:.2f} is passed)"
)
KINDS: dict[type[Statistic], tuple[Score, Chance, Suits, Callable[[float], float], str]] = {
    NullShare: (
        scores.null_share,
        chance.null_share,
        may_be_missing,
        lambda least: least,
        "{column}: missing in {value:.1%} of the rows more than ever before ({threshold:.1%} is passed)",
    ),
    Distinct: (
        scores.distinct,
        chance.distinct,
        _is_text,
        math.log1p,
        "{column}: another number of values differ than ever before (ln of the ratio {value:.2f}, {threshold:.2f} is "
        "passed)",
    ),
    Scale: (
        scores.scale,
        chance.none,
        _has_quarters,
        math.log,
        "{column}: spread otherwise than ever before, as if in another unit (ln of the ratio {value:.2f}, "
        "{threshold:.2f} is passed)",
    ),
    Drift: (
        scores.drift,
        chance.drift,
        _is_spread,
        lambda least: least,
        "{column}: spread otherwise than in the partitions before (PSI {value:.3f}, {threshold:.3f} is passed)",
    ),
    Mean: (
        scores.mean,
        chance.mean,
        _is_number,
        lambda least: least,
        "{column}: the mean is {value:.2f} standard deviations from the usual one ({threshold:.2f} is passed)",
    ),
}
