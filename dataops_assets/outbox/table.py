"""The table of an outbox, in the schema of the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import tables
from dataops_assets.outbox.waiting import Waiting
from dataops_assets.warehouse.base import Session, Swap

MOMENT = pa.timestamp("us", tz="UTC")
_MARKS = {
    "tries": pa.int64(),
    "tried_at": MOMENT,
    "uncertain": pa.bool_(),
    "next_try": MOMENT,
    "error": pa.string(),
    "down": pa.bool_(),
    "sent_at": MOMENT,
}

Row = TypeVar("Row", bound=Waiting)


@dataclass(frozen=True)
class Outbox(Generic[Row]):
    """name: of the table. kind: what a row is. columns: those beside the ones of `Waiting`, with their types.
    options: of the table. order: columns of the order in which they are sent.
    """

    name: str
    kind: type[Row]
    columns: Sequence[tuple[str, pa.DataType]]
    options: TableOptions
    order: Sequence[str] = ("created_at", "id")

    @cached_property
    def schema(self) -> pa.Schema:
        return pa.schema([("id", pa.string()), ("created_at", MOMENT), *self.columns, *_MARKS.items()])

    def unsent(self, session: Session, schema: str) -> list[Row]:
        """What waits, in the order in which it is sent, inside `reading` or `swapping`."""
        return self._read(session, schema, f"a.sent_at IS NULL ORDER BY {session.dialect.columns(self.order, 'a.')}")

    def newest(self, session: Session, schema: str, count: int) -> list[Row]:
        """What was written last, sent or not, the newest first, inside `reading`."""
        last_first = ", ".join(f"{name} DESC" for name in session.dialect.columns(self.order, "a.").split(", "))
        return self._read(session, schema, f"TRUE ORDER BY {last_first} LIMIT {count}")

    def has(self, session: Session, schema: str, id: str) -> bool:
        """Is there a row of this id, sent or not? Inside `reading` or `swapping`."""
        if not session.columns(schema, self.name):
            return False
        relation = session.relation(schema, self.name)
        return bool(session.rows(f"SELECT a.id FROM {relation} AS a WHERE a.id = $id", {"id": id}))

    def highest(self, session: Session, schema: str, column: str) -> int:
        """The highest number that a row has in this column; 0 without a row. Inside `reading` or `swapping`."""
        if not session.columns(schema, self.name):
            return 0
        relation = session.relation(schema, self.name)
        [(highest,)] = session.rows(f"SELECT COALESCE(MAX(a.{column}), 0) AS highest FROM {relation} AS a")
        return highest

    def sent_before(self, session: Session, schema: str, moment: datetime) -> int:
        """How many were sent before a moment, UTC, inside `reading` or `swapping`; the newest is none of them."""
        if not session.columns(schema, self.name):
            return 0
        where = self._sent_before(session, schema)
        relation = session.relation(schema, self.name)
        return session.rows(f"SELECT COUNT(*) AS n FROM {relation} AS a WHERE {where}", {"moment": moment})[0][0]

    def forget(self, session: Session, swap: Swap, schema: str, moment: datetime) -> None:
        """Take out what `sent_before` counts."""
        if session.columns(schema, self.name):
            where = self._sent_before(session, schema)
            swap.execute(f"DELETE FROM {session.relation(schema, self.name)} AS a WHERE {where}", {"moment": moment})

    def _sent_before(self, session: Session, schema: str) -> str:
        # By the newest the next ones are numbered.
        newest = "".join(f" AND a.id <> {session.dialect.literal(row.id)}" for row in self.newest(session, schema, 1))
        return f"a.sent_at IS NOT NULL AND a.sent_at < $moment{newest}"

    def _read(self, session: Session, schema: str, where: str) -> list[Row]:
        if not session.columns(schema, self.name):
            return []
        names, relation = session.dialect.columns(self.schema.names, "a."), session.relation(schema, self.name)
        records: Iterable[dict[str, Any]] = session.arrow(
            f"SELECT {names} FROM {relation} AS a WHERE {where}"
        ).to_pylist()
        return [self.kind(**record) for record in records]

    def ensure(self, session: Session, swap: Swap, schema: str) -> None:
        """Make the table if there is none."""
        tables.ensure(session, swap, schema, self.name, self.schema, self.options)

    def append(self, session: Session, swap: Swap, schema: str, rows: Sequence[Row]) -> None:
        """Put rows into it; `ensure` before."""
        if rows:
            session.scratch_arrow(f"{self.name}_new", self._table(rows))
            tables.append(session, swap, schema, self.name, self.schema, f"{self.name}_new")

    def mark(self, session: Session, swap: Swap, schema: str, rows: Sequence[Row]) -> None:
        """Let rows that are there say this of how they were sent; one that was sent meanwhile stays so."""
        if rows:
            marks = f"{self.name}_marks"
            session.scratch_arrow(marks, self._table(rows))
            changes = ", ".join(f"{name} = m.{name}" for name in _MARKS)
            swap.execute(
                f"UPDATE {session.relation(schema, self.name)} AS a SET {changes} FROM {marks} AS m "
                "WHERE a.id = m.id AND a.sent_at IS NULL"
            )

    def _table(self, rows: Sequence[Row]) -> pa.Table:
        columns = {name: [getattr(row, name) for row in rows] for name in self.schema.names}
        return pa.table(columns, schema=self.schema)
