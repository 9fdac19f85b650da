"""What a run would read of the committed tables, asked of the warehouse without running anything.

The rows that a run brings along lie in scratch tables, which nobody can estimate before they are there; they
come on top.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dataops_assets.model.partitions import Partition, Window
from dataops_assets.transform.compute import frame_bounds, parameters_of, render
from dataops_assets.transform.inputs import Input
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


@dataclass(frozen=True)
class Estimate:
    """Bytes of each statement that reads committed tables. lacking: tables not there yet, and not counted."""

    statements: Sequence[int] = ()
    lacking: Sequence[str] = ()

    @property
    def total(self) -> int:
        return sum(self.statements)

    def __add__(self, other: "Estimate") -> "Estimate":
        lacking = dict.fromkeys((*self.lacking, *other.lacking))
        return Estimate((*self.statements, *other.statements), tuple(lacking))


def load_estimate(
    session: Session, schema: str, table: StagedTable, partitions: Sequence[Partition | None]
) -> Estimate | None:
    """What loading partitions reads of the table itself; None where reading costs nothing."""
    return _rewritten(session, schema, table, partitions, reads=[schema])


def transform_estimate(
    session: Session,
    schema: str,
    table: DerivedTable,
    inputs: Sequence[Input],
    partitions: Sequence[Partition | None],
) -> Estimate | None:
    """What building contiguous partitions reads of the inputs, and of the table itself; None where it costs nothing.

    Raises one of the session's `sql_errors` for a query that the warehouse refuses.
    """
    lacking = [n.table.asset for n in inputs if not session.exists(schema, n.table.relation)]
    if lacking:
        return Estimate((), lacking)
    first, last = partitions[0], partitions[-1]
    window = Window(first.start, last.end) if first and last else None
    read: list[int | None] = []
    if table.derived.sql is not None:
        sql = render(session, schema, table, inputs)
        read.append(session.estimate(sql, parameters_of(table, window, sql)))
    else:
        read += [_frame(session, schema, needed, first, window) for needed in inputs]
    return _sum(read, _rewritten(session, schema, table, partitions, reads=[]))


def publish_estimate(
    session: Session, staging: str, production: str, table: DerivedTable, partitions: Sequence[Partition | None]
) -> Estimate | None:
    """What publishing partitions reads of both tables; None where it costs nothing."""
    # The rows in staging are read twice: to see that they are those of the receipt, and to copy them.
    return _rewritten(session, production, table, partitions, reads=[staging, staging])


def _rewritten(
    session: Session,
    schema: str,
    table: StagedTable | DerivedTable,
    partitions: Sequence[Partition | None],
    reads: Sequence[str],
) -> Estimate | None:
    """The statements that replace partitions in `schema` (delete them, count them again), after reading them."""
    slices = table.slices([p for p in partitions if p])
    condition = slices.within(session, "t")
    found: list[int | None] = []
    lacking = []
    for place, sql in [
        *((place, f"SELECT {session.dialect.columns(table.spec.names, 't.')}") for place in reads),
        (schema, "DELETE"),
        (schema, f"SELECT {slices.start_of(session, 't')}"),
    ]:
        if not session.exists(place, table.relation):
            lacking.append(f"{place}.{table.relation}")
            continue
        found.append(session.estimate(f"{sql} FROM {session.relation(place, table.relation)} AS t WHERE {condition}"))
    return _sum(found, Estimate((), tuple(dict.fromkeys(lacking))))


def _frame(session: Session, schema: str, needed: Input, first: Partition | None, window: Window | None) -> int | None:
    """What the Storage Read API reads for a function: the columns and rows that it asks for."""
    columns, condition = session.dialect.columns(needed.columns), "TRUE"
    if between := frame_bounds(needed, first, window):
        name, start, after = between
        kind = needed.table.spec.column(name).type
        condition = session.dialect.between(session.dialect.quote(name), start, after, kind)
    return session.estimate(
        f"SELECT {columns} FROM {session.relation(schema, needed.table.relation)} WHERE {condition}"
    )


def _sum(read: Sequence[int | None], more: Estimate | None) -> Estimate | None:
    counted = [each for each in read if each is not None]
    if len(counted) < len(read) or more is None:
        return None
    return Estimate(counted) + more
