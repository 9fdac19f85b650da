"""What stands in a table: rows and version of partitions, read from the rows themselves and not from the ledger.

Each of these asks at once, and gives a function for the answer (`Session.later`): several share a job.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from dataops_assets.ledger.entry import Entry, key_of
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.fingerprint import rows_version
from dataops_assets.warehouse.tables import DerivedTable, StagedTable


def rows_and_versions(
    session: Session, schema: str, table: StagedTable | DerivedTable, partitions: Sequence[Partition | None]
) -> Callable[[], dict[str, tuple[int, str]]]:
    """Rows and version of these partitions by key. Inside `reading` or `swapping`; `_parts` has their windows then.

    A table that lacks a column of the contract has its rows counted, under a version that no entry has.
    """
    found = {key_of(partition): (0, rows_version(0, None, None)) for partition in partitions}
    if not found:
        return lambda: found
    slices = table.slices([partition for partition in partitions if partition])
    slices.stage(session, "_parts")
    if not session.exists(schema, table.relation):
        return lambda: found
    relation = session.relation(schema, table.relation)
    one, two, columns = "'0'", "'0'", "1 AS _row"
    if set(table.spec.names) <= set(session.schema(relation).names):
        one, two = session.dialect.fingerprint(table.spec.schema)
        columns = session.dialect.columns(table.spec.names, "t.")
    answer = session.later(
        f"SELECT _slice, COUNT(*) AS n, {one} AS one, {two} AS two FROM (SELECT {columns}, p.partition AS _slice "
        f"FROM {relation} AS t {slices.join(session, 't', '_parts')}) AS s GROUP BY _slice"
    )
    return lambda: found | {key: (rows, rows_version(rows, first, second)) for key, rows, first, second in answer()}


def counted(
    session: Session, schema: str, table: StagedTable | DerivedTable, partitions: Sequence[Partition | None]
) -> Callable[[], dict[str, int]]:
    """How many rows stand of these partitions, by key; for less than `rows_and_versions` takes."""
    found = {key_of(partition): 0 for partition in partitions}
    if not found or not session.exists(schema, table.relation):
        return lambda: found
    slices = table.slices([partition for partition in partitions if partition])
    slices.stage(session, "_parts")
    answer = session.later(
        f"SELECT p.partition, COUNT(*) AS n FROM {session.relation(schema, table.relation)} AS t "
        f"{slices.join(session, 't', '_parts')} GROUP BY p.partition"
    )
    return lambda: found | dict(answer())


def balances(entry: Entry) -> bool:
    """Does the entry of a load, in whole, account for each row that its attempts have?"""
    if entry.follows:
        return False
    read = sum(attempt.get("rows", 0) for attempt in entry.attempts if not attempt.get("refused"))
    return entry.rows_read == read == entry.rows + entry.rows_quarantined + entry.duplicates_dropped


def drifted(
    session: Session,
    schema: str,
    table: StagedTable | DerivedTable,
    validated: Mapping[str, Entry],
    partitions: Iterable[Partition | None],
) -> Callable[[], set[str]]:
    """The keys of those partitions whose rows are not those that their entry is of: somebody changed them since.

    Only where the entry is of the contract in force: under another one its version says nothing of these columns.
    """
    asked = [
        partition
        for partition in partitions
        if (entry := validated.get(key_of(partition))) and entry.contract == table.spec.fingerprint
    ]
    if not asked:
        return set
    found = rows_and_versions(session, schema, table, asked)
    return lambda: {
        key
        for key, (rows, version) in found().items()
        if (rows, version) != (validated[key].rows, validated[key].version)
    }
