"""Which rows of a table belong to which partition, in SQL.

`Slices` puts the partitions of one write into a scratch table and gives the conditions that find their rows, so that a
range of partitions is handled in one statement, whatever their number.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import pyarrow as pa

from dataops_assets.model.partitions import UNPARTITIONED, Partition, TimePartitions
from dataops_assets.warehouse.base import Session


@dataclass(frozen=True)
class Slices:
    """The partitions of one write; `partitions` is empty for a table that has none.

    kind: type of the partition column, a date or a timestamp.
    """

    calendar: TimePartitions | None
    kind: pa.DataType | None
    partitions: Sequence[Partition]

    @property
    def keys(self) -> list[str]:
        return [partition.key for partition in self.partitions] if self.calendar else [UNPARTITIONED]

    def only(self, keys: Collection[str]) -> "Slices":
        """Those of the partitions that have these keys."""
        return replace(self, partitions=[partition for partition in self.partitions if partition.key in keys])

    def stage(self, session: Session, name: str, expected: Mapping[str, int] | None = None) -> None:
        """Make the scratch table `name`: `partition`, and `first` and `after`, the bounds of its window.

        expected: a number for each key, as the column `expected`.
        """
        table = {"partition": pa.array(self.keys, pa.string())}
        if self.calendar is not None:
            table["first"] = pa.array([self.bound(p.start) for p in self.partitions], self.kind)
            table["after"] = pa.array([self.bound(p.end) for p in self.partitions], self.kind)
        if expected is not None:
            table["expected"] = pa.array([expected[key] for key in self.keys], pa.int64())
        session.scratch_arrow(name, pa.table(table))

    def bound(self, moment: datetime) -> object:
        """A bound of a window as a value of the partition column."""
        return moment.date() if self.kind is not None and pa.types.is_date(self.kind) else moment

    def within(self, session: Session, rows: str) -> str:
        """Condition: a row of the table `rows` lies between the first and the last of the partitions."""
        if self.calendar is None:
            return "TRUE"
        column = f"{rows}.{session.dialect.quote(self.calendar.column)}"
        first, after = min(p.start for p in self.partitions), max(p.end for p in self.partitions)
        return session.dialect.between(column, self.bound(first), self.bound(after), self.kind)

    def start_of(self, session: Session, rows: str) -> str:
        """Expression: where the partition of a row of the table `rows` starts."""
        if self.calendar is None:
            return "NULL"
        column = f"{rows}.{session.dialect.quote(self.calendar.column)}"
        return session.dialect.floor(column, self.kind, self.calendar.unit.granularity)

    def among(self, session: Session, rows: str, parts: str) -> str:
        """Condition: a row of `rows` belongs to a partition in the scratch table `parts`, made by `stage`."""
        if self.calendar is None:
            return "TRUE"
        return f"{self.within(session, rows)} AND {self.start_of(session, rows)} IN (SELECT p.first FROM {parts} AS p)"

    def kept(self, session: Session, rows: str) -> str:
        """Condition: a row of the table `rows` is not of a partition too old to be kept; for most tables, any row."""
        if self.calendar is None:
            return "TRUE"
        first = self.bound(self.calendar.kept_from()) if self.calendar.keep_days else date.min
        # Said even where it holds for all: a table may require a condition on its partition column.
        return f"{rows}.{session.dialect.quote(self.calendar.column)} >= {session.dialect.literal(first, self.kind)}"

    def join(self, session: Session, rows: str, parts: str) -> str:
        """A join of `rows` with the scratch table `parts` AS p, made by `stage`, and its WHERE: rows and partition."""
        if self.calendar is None:  # one partition, to which all belong
            return f"CROSS JOIN {parts} AS p"
        # In WHERE, not in ON: BigQuery reads only the partitions in between.
        return f"JOIN {parts} AS p ON {self.start_of(session, rows)} = p.first WHERE {self.within(session, rows)}"

    def left_join(self, session: Session, rows: str, parts: str) -> str:
        """The same for any rows: those of no partition stay, without one."""
        if self.calendar is None:
            return f"CROSS JOIN {parts} AS p"
        condition = f"{self.within(session, rows)} AND {self.start_of(session, rows)} = p.first"
        return f"LEFT JOIN {parts} AS p ON {condition}"
