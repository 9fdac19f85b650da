"""Verdicts of the statistical checks: profiles in, figures out; no engine and no Dagster.

A score (`scores`) is much where it is twice the greatest of the 35 partitions before: fixed thresholds of textbooks
alarm on most days of ordinary data, because days differ more than chance alone would let them. What can be told exactly
is told exactly: a value that was always there, two columns that always lacked the same number of values.
"""

import math
from collections.abc import Collection, Iterable, Sequence

import msgspec
import numpy as np

from dataops_assets.model.statistics import (
    Categories,
    Completeness,
    Correlation,
    NullShare,
    OfColumns,
    Statistic,
    Volume,
)
from dataops_assets.validation import chance, scores
from dataops_assets.validation.chance import Chance
from dataops_assets.validation.kinds import CORRELATION, KINDS, Suits, is_category, may_be_missing
from dataops_assets.validation.measured import MOST_NAMED, Figure, Measured
from dataops_assets.validation.scores import LEAST_REFERENCE, SEASONS, WINDOW, Past, Score
from dataops_assets.validation.track import added_up

CALIBRATION = 35
LEAST_CALIBRATION = 20
"""Partitions whose own scores say what is much; with fewer there is not enough history."""
MARGIN = 2.0
"""By what the greatest of them has to be exceeded."""
SPECIAL_MARGIN = 2.0
"""The same once more near a holiday."""
SPECIAL_ROWS = 2.0
"""Near a holiday there may be half the rows, or twice as many."""


def depth(season: int) -> int:
    """How many partitions before one have a say in what is usual for it: those that calibrate, and what the first of
    them is compared with, eight seasons that are each compared with the two before.
    """
    return CALIBRATION + max(WINDOW, (SEASONS + 2) * season)


class Statistics:
    """The declared checks of one table.

    before: what each partition is compared with; now: what it is, the same if it is not said. gapless: keys of
    partitions before which none counts as missing.
    """

    def __init__(
        self, declared: Sequence[Statistic], before: Past, now: Past | None = None, gapless: Collection[str] = ()
    ) -> None:
        self._declared = declared
        self._gapless = gapless
        self._before = before
        self._now = now or before
        self._special = np.array(before.special, bool)
        self._depth = depth(before.season)
        self._scored: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
        self._suited: dict[Suits, list[list[str]]] = {}
        self._counted: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def measure(self, place: int) -> list[Measured]:
        """Each declared check of the partition in this place."""
        return [Measured(statistic, self._known(statistic, place)) for statistic in self._declared]

    def _known(self, statistic: Statistic, place: int) -> list[Figure]:
        """Its figures; a write does not fail for one that cannot be computed."""
        try:
            return list(self._figures(statistic, place))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            return [Figure("", "no history", reason=f"it cannot be computed: {error}")]

    def _figures(self, statistic: Statistic, place: int) -> Iterable[Figure]:
        if isinstance(statistic, Volume):
            yield self._volume(statistic, place)
        elif isinstance(statistic, Completeness):
            yield self._completeness(place)
        elif isinstance(statistic, Correlation):
            yield self._calibrated(
                statistic, scores.correlation, chance.correlation, statistic.least, place, statistic.pair, CORRELATION
            )
        elif isinstance(statistic, Categories):
            for column in self._columns(statistic, place, is_category):
                yield self._categories(statistic, place, column)
        elif isinstance(statistic, OfColumns):
            score, by_chance, suits, floor, words = KINDS[type(statistic)]
            for column in self._columns(statistic, place, suits):
                yield self._calibrated(statistic, score, by_chance, floor(statistic.least), place, column, words)
            if isinstance(statistic, NullShare):
                yield from self._twins(statistic, place)

    def _columns(self, statistic: OfColumns, place: int, suits: Suits) -> list[str]:
        """The columns that were named; or those that suit, by what they were before and are now."""
        if statistic.columns:
            return list(statistic.columns)
        if suits not in self._suited:
            each = [suits(self._before.track(column), self._now.track(column)) for column in self._before.columns]
            columns = np.array(self._before.columns)
            self._suited[suits] = [columns[there].tolist() for there in np.array(each).T]
        return self._suited[suits][place]

    def _judged(self, score: Score, by_chance: Chance, floor: float, column: str) -> tuple[list[float], list[float]]:
        """Of each partition: its score, and how much is too much, by the greatest that the partitions before had
        themselves, and by what chance does in so few rows; NaN where that is not known.
        """
        own = score(self._before, self._before, column)
        value = own if self._now is self._before else score(self._before, self._now, column)
        # Near a holiday the number of rows says nothing of other days.
        rows = score is scores.size
        usual = scores.greatest(np.where(self._special, np.nan, own) if rows else own, CALIBRATION, LEAST_CALIBRATION)
        threshold = np.maximum(floor, MARGIN * usual)
        near = np.maximum(threshold, math.log(SPECIAL_ROWS)) if rows else threshold * SPECIAL_MARGIN
        threshold = np.where(self._special, near, threshold)
        with np.errstate(divide="ignore", invalid="ignore"):  # a partition without rows has no score either
            threshold = np.maximum(threshold, np.nan_to_num(by_chance(self._before, self._now, column)))
        return value.tolist(), np.where(np.isnan(value), np.nan, threshold).tolist()

    def _calibrated(
        self,
        statistic: Statistic,
        score: Score,
        by_chance: Chance,
        floor: float,
        place: int,
        column: str,
        words: str,
    ) -> Figure:
        key = statistic.check, column
        if key not in self._scored:
            self._scored[key] = self._judged(score, by_chance, floor, column)
        values, thresholds = self._scored[key]
        value, threshold = values[place], thresholds[place]
        if value <= threshold:
            return Figure(column, "passed", value, threshold)
        if math.isnan(threshold):
            return _unknown(column)
        reason = words.format(column=column, value=value, threshold=threshold)
        return Figure(column, "failed", value, threshold, reason)

    def _volume(self, statistic: Volume, place: int) -> Figure:
        if empty := self._emptied(statistic, place):
            return empty
        found = self._calibrated(statistic, scores.size, chance.none, math.log1p(statistic.least), place, "", "")
        if found.verdict != "failed" or not found.threshold:
            return found
        profile, expected = self._now.profiles[place], math.exp(self._before.expected_sizes[place])
        rows = profile.rows if profile else 0
        reason = (
            f"{rows} rows where {expected:.0f} are usual ({rows / expected - 1:+.0%}; "
            f"{expected * math.exp(-found.threshold):.0f} to {expected * math.exp(found.threshold):.0f} would pass)"
        )
        return msgspec.structs.replace(found, reason=reason)

    def _emptied(self, statistic: Volume, place: int) -> Figure | None:
        """No row, where no partition before was without: for that nothing has to be calibrated."""
        now = self._now.profiles[place]
        before = [each.rows for each in self._before.profiles[max(place - WINDOW, 0) : place] if each]
        if now is None or now.rows or len(before) < LEAST_REFERENCE or not all(before):
            return None
        usual = float(np.median(before))
        reason = f"no row, where each of {len(before)} partitions before had some ({usual:.0f} in the median)"
        return Figure("", "failed", math.log1p(usual), math.log1p(statistic.least), reason)

    def _completeness(self, place: int) -> Figure:
        """Of the partitions since the first that there is: none is missing."""
        profiles, keys = self._now.profiles, self._now.keys
        begin = max(place - WINDOW, 0)
        begin = max((j for j in range(begin, place) if keys[j] in self._gapless), default=begin)
        first = next((j for j in range(begin, place) if profiles[j] is not None), place)
        if first == place:
            return Figure("", "no history", reason=f"none of the {WINDOW} partitions before has a profile")
        missing = [keys[j] for j in range(first, place) if profiles[j] is None]
        if not missing:
            return Figure("", "passed", 0.0, 0.0)
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        reason = f"partitions before it are missing: {', '.join(missing[:MOST_NAMED])}{more}"
        return Figure("", "failed", float(len(missing)), 0.0, reason)

    def _categories(self, statistic: Categories, place: int, column: str) -> Figure:
        old, new = self._before.track(column), self._now.track(column)
        current, first = new.columns[place], max(place - WINDOW, 0)
        if current is None or place - first < LEAST_REFERENCE:
            return _unknown(column)
        known, rows = old.values
        window = [j for j in range(first, place) if old.columns[j]]
        if len(window) < LEAST_REFERENCE:
            return _unknown(column)
        if column not in self._counted:
            there = added_up((rows > 0).astype(np.int64))
            self._counted[column] = np.array(list(known), object), new.rows_of(old), there
        values, mine, there = self._counted[column]
        ever = there[place] > there[max(place - self._depth, 0)]
        always = there[place] - there[first] == len(window)
        absent = np.flatnonzero(always & (mine[place] == 0))
        gone = [values[at] for at in absent if _missed(rows[window], int(at), current.filled) >= statistic.least]
        new_ones = [*values[(mine[place] >= statistic.least) & ~ever]]
        if new is not old:
            new_ones += [v for v, count in current.values.items() if count >= statistic.least and v not in known]
        if not gone and not new_ones:
            return Figure(column, "passed", 0.0, 0.0)
        reason = "; ".join(
            filter(
                None,
                [
                    f"{column}: gone: {_named(gone)}, in each of {len(window)} partitions before" if gone else "",
                    f"{column}: new: {_named(new_ones)}" if new_ones else "",
                ],
            )
        )
        return Figure(column, "failed", float(len(gone) + len(new_ones)), 0.0, reason)

    def _twins(self, statistic: NullShare, place: int) -> Iterable[Figure]:
        """Columns that lacked as many values as another one in each partition before, and now lack another number."""
        now = self._now.profiles[place]
        window = [j for j in range(max(place - WINDOW, 0), place) if (p := self._before.profiles[j]) and p.rows]
        if now is None or not now.rows or len(window) < LEAST_REFERENCE:
            return
        groups: dict[bytes, list[str]] = {}
        columns = [each for each in self._columns(statistic, place, may_be_missing) if each in now.columns]
        if not columns:
            return
        nulls = np.array([self._before.track(column).nulls for column in columns])[:, window]
        for at in np.flatnonzero(nulls.any(axis=1) & ~np.isnan(nulls).any(axis=1)):
            groups.setdefault(nulls[at].tobytes(), []).append(columns[at])
        for names in groups.values():
            counts = {name: now.columns[name].nulls for name in names}
            apart = max(counts.values()) - min(counts.values())
            if apart:
                lacking = ", ".join(f"{name} lacks {count}" for name, count in counts.items())
                reason = (
                    f"{lacking} of {now.rows} values; they lacked the same number in {len(window)} partitions before"
                )
                yield Figure(", ".join(names), "failed", apart / now.rows, 0.0, reason)


def _missed(rows: np.ndarray, value: int, there: int) -> float:
    """How many rows of a value would be usual beside so many others. rows: of the reference's partitions, by value."""
    usual, of = np.median(rows[:, value]), rows[:, value].sum() / max(rows.sum(), 1)
    return min(usual, there * of / (1 - of)) if of < 1 else usual


def _unknown(column: str) -> Figure:
    of = f"{column}: " if column else ""
    return Figure(column, "no history", reason=f"{of}not enough partitions before, or values, to know what is usual")


def _named(values: Sequence[str]) -> str:
    more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return ", ".join(repr(value) for value in sorted(values)[:MOST_NAMED]) + more
