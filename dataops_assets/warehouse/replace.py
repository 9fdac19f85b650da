"""The rows of some partitions of a table, replaced as a whole."""

from collections.abc import Mapping, Sequence

from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.slices import Slices


class RowCountMismatch(AssertionError):
    """The table would hold another number of rows than were to be written; the write is rolled back."""


def replace_rows(
    session: Session,
    swap: Swap,
    relation: str,
    columns: Sequence[str],
    slices: Slices,
    source: str,
    rows: Mapping[str, int],
) -> None:
    """Put the rows of `source`, which names each row's partition as `_slice`, in the place of what is there.

    relation: the table, quoted. source: a scratch table, or a query in brackets. rows: by partition, how many rows it
    will have; only these are replaced. Raises RowCountMismatch, at the latest with the end of the swap, if the table
    would hold another number.
    """
    if not rows:
        return
    slices = slices.only(rows)
    slices.stage(session, "_changed", rows)
    names = session.dialect.columns(columns)
    swap.execute(f"DELETE FROM {relation} AS t WHERE {slices.among(session, 't', '_changed')}")
    swap.execute(
        f"INSERT INTO {relation} ({names}) SELECT {names} FROM {source} AS s "
        f"WHERE s._slice IN (SELECT p.partition FROM _changed AS p){session.dialect.stored_by('s._slice')}"
    )
    start, total = slices.start_of(session, "t"), sum(rows.values())
    counted = f"SELECT {start} AS first, COUNT(*) AS n FROM {relation} AS t WHERE {slices.within(session, 't')}"
    by_start = f"LEFT JOIN ({counted} GROUP BY 1) AS c ON c.first = p.first"
    joined = by_start if slices.calendar else f"CROSS JOIN ({counted}) AS c"
    swap.expect_none(
        f"SELECT 1 FROM _changed AS p {joined} WHERE COALESCE(c.n, 0) <> p.expected",
        RowCountMismatch(
            f"{relation} {min(rows)}..{max(rows)}: {total} rows were to be written, and the table would hold another "
            "number in one of its partitions; nothing was changed. Run `dataops verify`, and report this: it is a "
            "fault of the write, not of the data"
        ),
    )
