"""All that the ledger knows of partitions in production: which versions stood there, and who decided what."""

from collections.abc import Iterable, Sequence

from dataops_assets.ledger.entries import TABLE, entries_of, entry_of, newest_first
from dataops_assets.ledger.entry import Entry
from dataops_assets.warehouse.base import Session


def history(
    session: Session, schema: str, asset: str, partitions: Iterable[str] | None = None
) -> dict[str, list[Entry]]:
    """The entries of each of these partitions, or of all, the newest first. Inside `reading` or `swapping`."""
    known = session.columns(schema, TABLE)
    if not known:
        return {}
    rows = session.arrow(
        f"SELECT l.*, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY {newest_first(known)}) AS _age "
        f"FROM {entries_of(session, schema, partitions)}",
        {"asset": asset},
    ).to_pylist()
    found: dict[str, list[Entry]] = {}
    for row in sorted(rows, key=lambda row: row["_age"]):
        found.setdefault(row["partition"], []).append(entry_of(row))
    return found


def turns(entries: Sequence[Entry]) -> list[Entry]:
    """Of the entries of a partition those with which something else stood there, or was decided; in the same order.

    Left out is what was refused, and what was published once more as it stood.
    """
    found: list[Entry] = []
    version, decision = "", None
    for entry in reversed(entries):
        decided = entry.decision is not None and entry.decision != decision
        passed = entry.verdict == "passed"
        if decided or (passed and (entry.version != version or entry.difference is not None)):
            found.append(entry)
        if passed:
            version = entry.version
        decision = entry.decision
    return found[::-1]
