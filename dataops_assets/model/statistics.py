"""Statistical checks: what a partition is compared with the ones before it for, a line each in a dataset file.

Each is about columns that it chooses itself unless it is told them, and calibrates itself: a change is reported where
it is twice the greatest of the 35 partitions before, at least `least`, and more than chance gives in so few rows. Near
a holiday it has to be twice that. Until there are enough partitions the answer is "no history", which is neither a pass
nor a failure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from dataops_assets.model.severity import Severity, SeverityName


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """Base of all. severity: "warn" reports and goes on; with "stop" the partition is not written, "log" is for the
    record; there are no single rows to "quarantine".
    """

    name: ClassVar[str]
    description: ClassVar[str]
    severity: SeverityName = "warn"

    @property
    def check(self) -> str:
        """The name of the asset check."""
        return self.name


def under(declared: Sequence[Statistic], severities: Mapping[str, Severity]) -> Sequence[Statistic]:
    """These checks with the severities that are in force. severities: by check, where it is another one."""
    if not severities:
        return declared
    return [
        replace(each, severity=severities[each.check].value) if each.check in severities else each for each in declared
    ]


@dataclass(frozen=True, kw_only=True)
class OfColumns(Statistic):
    """Base of those that are about columns. columns: which; all that it can be of if none is named."""

    columns: Sequence[str] = ()
    least: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Volume(Statistic):
    """How many rows: against the level of the last season (7 days, 24 hours) and what is usual on this day of the week.

    least: share by which the rows have to differ.
    """

    name = "volume"
    description = "There are about as many rows as usual."
    least: float = 0.1


@dataclass(frozen=True, kw_only=True)
class NullShare(OfColumns):
    """Missing values: more than ever in the last 28 partitions, or in a column that has always lacked as many values as
    another one, another number. Of all columns that may be missing.

    least: share of the rows by which it has to be above the greatest.
    """

    name = "null_share"
    description = "No more values are missing than usual."
    least: float = 0.05


@dataclass(frozen=True, kw_only=True)
class Distinct(OfColumns):
    """How many values differ: more or fewer than ever in the last 28 partitions. Of all texts.

    least: share by which they have to be more than the most.
    """

    name = "distinct"
    description = "About as many values differ as usual."
    least: float = 0.3


@dataclass(frozen=True, kw_only=True)
class Categories(OfColumns):
    """Values that were there in each of the last 28 partitions and are gone, and values that are new. Of all texts with
    no more than 256 values a partition.

    least: rows that a value has in the median partition, or a new one has, to be missed or noticed: of seven that come
        by chance, all stay away once in a thousand partitions. With 1 a value is missed that comes once each time.
    """

    name = "categories"
    description = "No value is gone that was always there, and none is new."
    least: float = 7


@dataclass(frozen=True, kw_only=True)
class Scale(OfColumns):
    """A unit that changed: the interquartile range out of all of the last 28 partitions. Of all numbers.

    least: the factor that counts.
    """

    name = "scale"
    description = "The numbers are in the unit that they were in."
    least: float = 3.0


@dataclass(frozen=True, kw_only=True)
class Drift(OfColumns):
    """The distribution against that of the last 28 partitions: deciles of numbers, values of texts, hours of moments.

    least: population stability index.
    """

    name = "drift"
    description = "The values are spread as usual."
    least: float = 0.05


@dataclass(frozen=True, kw_only=True)
class Mean(OfColumns):
    """The mean against the median one of the last 28 partitions. Of all numbers.

    least: standard deviations of a row.
    """

    name = "mean"
    description = "The means are as usual."
    least: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Correlation(Statistic):
    """How two columns of numbers go together, against the last 28 partitions.

    least: difference of Fisher's z, the inverse hyperbolic tangent of the correlation.
    """

    name = "correlation"
    description = "The two columns go together as usual."
    one: str
    other: str
    least: float = 0.3

    @property
    def check(self) -> str:
        return f"{self.name}_{self.one}_{self.other}"

    @property
    def pair(self) -> str:
        """The two columns as one name."""
        return f"{self.one},{self.other}"


@dataclass(frozen=True, kw_only=True)
class Completeness(Statistic):
    """No partition is missing among the 28 before, as far as the calendar has them."""

    name = "completeness"
    description = "No partition before this one is missing."


@dataclass(frozen=True, kw_only=True)
class Freshness(Statistic):
    """The newest partition by the calendar is there: each one is, `within` this time after its end. What counts is
    what the table holds, whenever that was written; told by the clock, also where no run happens.
    """

    name = "freshness"
    description = "The newest partition is there in time."
    within: timedelta = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Against(Statistic):
    """Base of those that compare with another table. of: its asset, "staged/airlines" or "transformed/…"."""

    of: str

    @property
    def about(self) -> str:
        """What the figure is of."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class References(Against):
    """Each key is there in another table; one with a missing value is not looked for.

    columns: of the key; to: what they are called there, if otherwise. least: share of the rows that may lack theirs.
    """

    name = "references"
    description = "Each key is there in the other table."
    columns: Sequence[str]
    to: Sequence[str] = ()
    least: float = 0.0

    @property
    def check(self) -> str:
        return f"{self.name}_{'_'.join(self.columns)}"

    @property
    def about(self) -> str:
        return ", ".join(self.columns)


@dataclass(frozen=True, kw_only=True)
class Parity(Against):
    """A total of the partition is the same as one of the same partition in another table: of another layer, or of what
    the source says of itself.

    total: an aggregate in SQL, "SUM(distance)"; theirs: of the other table, if it is another one. by: the column of the
    other table that says to which partition a row belongs; that of its partitions if it is not said. least: share by
    which they may differ. label: tells two of one table apart.
    """

    name = "parity"
    description = "The totals agree with those of the other table."
    total: str = "COUNT(*)"
    theirs: str = ""
    by: str = ""
    least: float = 0.0
    label: str = ""

    @property
    def check(self) -> str:
        return "_".join(filter(None, [self.name, self.of.rpartition("/")[2], self.label]))

    @property
    def about(self) -> str:
        return ""
