"""How much is measured: a week, the year, three years or thirty years of flights."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Size:
    """first, last: the partitions, both included. rows_a_day: take only so many flights of a day; None: all."""

    name: str
    first: str
    last: str
    rows_a_day: int | None = None

    @property
    def shifted(self) -> bool:
        """Are these years made of 2013, rather than 2013 itself?"""
        return self.first < "2013"

    @property
    def days(self) -> list[date]:
        first, last = date.fromisoformat(self.first), date.fromisoformat(self.last)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]


SIZES = {
    size.name: size
    for size in (
        Size("week", "2013-01-01", "2013-01-07"),
        Size("year", "2013-01-01", "2013-12-31"),
        Size("1m", "2010-01-01", "2012-12-31"),
        Size("10m", "1990-01-01", "2019-12-31"),
        Size("thin", "1990-01-01", "1998-12-31", rows_a_day=20),
    )
}
