"""After how many partitions things repeat, and of which of them the season says nothing: those around a holiday."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from dataops_assets.model.partitions import DAY, HOUR, Partition, TimePartitions, Unit
from dataops_assets.validation.statistics import depth

_SEASONS: dict[Unit, int] = {HOUR: 24, DAY: 7}
_DAY = timedelta(days=1)


def season_of(calendar: TimePartitions) -> int:
    """A week of days, a day of hours; months are compared with the month before."""
    return _SEASONS.get(calendar.unit, 1)


def depth_of(calendar: TimePartitions) -> int:
    """How many partitions before one have a say in what is usual for it."""
    return depth(season_of(calendar))


def special(partitions: Sequence[Partition], holidays: str | Sequence[date]) -> list[bool]:
    """Which of these days or hours are near a holiday: the day itself, the one before and after it, and the weekend
    that joins them.

    holidays: a country's code, with a subdivision ("US", "DE-BY"), as the package `holidays` knows it; or the days.
    """
    if not holidays or not partitions or partitions[0].unit not in _SEASONS:
        return [False] * len(partitions)
    years = range(partitions[0].start.year - 1, partitions[-1].end.year + 2)
    known = _of_country(holidays, years) if isinstance(holidays, str) else frozenset(holidays)
    days = {partition.start.date() for partition in partitions}
    close = {day for day in days if _is_close(day, known)}
    return [partition.start.date() in close for partition in partitions]


def _is_close(day: date, holidays: frozenset[date]) -> bool:
    def beside(one: date) -> bool:
        return any(one + step * _DAY in holidays for step in (-1, 0, 1))

    return beside(day) or (day.weekday() >= 5 and (beside(day - _DAY) or beside(day + _DAY)))


@lru_cache(maxsize=64)
def _of_country(code: str, years: range) -> frozenset[date]:
    import holidays  # a tenth of a second, and for those who name a country

    country, _, part = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))


def unknown_country(code: str) -> str:
    """Why the package `holidays` does not know this country or part of it; an empty text if it does."""
    try:
        _of_country(code, range(2024, 2025))
    except NotImplementedError as error:
        return str(error)
    return ""
