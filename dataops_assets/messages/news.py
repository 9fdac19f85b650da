"""What the ledger has that was not told yet, and what there is to tell of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger import tables
from dataops_assets.ledger.entry import Entry
from dataops_assets.messages.message import FORM, PartitionEvent, PartitionMessage
from dataops_assets.warehouse.base import Session, Swap

SEEN = "_messages_seen"

_SCHEMA = pa.schema([("id", pa.string())])
_OPTIONS = TableOptions("Entries of the ledger about production of which there is nothing left to tell, by their id.")
_STANDS: Sequence[PartitionEvent] = ("published", "rolled_back", "released")


@dataclass(frozen=True)
class News:
    """messages: in the order in which it happened. seen: ids of the entries that were looked at, whether or not there
    was something to tell of them.
    """

    messages: list[PartitionMessage]
    seen: list[str]


def ensure(session: Session, swap: Swap, schema: str) -> None:
    """Make the table if there is none."""
    tables.ensure(session, swap, schema, SEEN, _SCHEMA, _OPTIONS)


def note(session: Session, swap: Swap, schema: str, seen: list[str]) -> None:
    """Write down that these entries were looked at; `ensure` before."""
    if seen:
        session.scratch_arrow("_messages_new_seen", pa.table({"id": seen}, schema=_SCHEMA))
        tables.append(session, swap, schema, SEEN, _SCHEMA, "_messages_new_seen")


def look(session: Session, schema: str) -> News:
    """What is not told yet, inside `reading` or `swapping`.

    By the ids of all entries, and not by their time: what a wrong clock or a slow commit wrote is told as well. The
    first time, of each partition what stands, and what was held since: not how that came about.
    """
    known = session.columns(schema, ledger.TABLE)
    if not known:
        return News([], [])
    entries, new = f"{session.relation(schema, ledger.TABLE)} AS l", "TRUE"
    noted = "0"
    if session.columns(schema, SEEN):
        seen = session.relation(schema, SEEN)
        entries, new = f"{entries} LEFT JOIN {seen} AS s ON s.id = l.id", "s.id IS NULL"
        noted = f"(SELECT COUNT(*) FROM {seen} AS n)"
    published = "l.asset LIKE 'production/%'"
    # By the ids alone, first: mostly there is nothing, and the other columns are most of what is read.
    [(count, before)] = session.rows(
        f"SELECT COUNT(*) AS entries, {noted} AS before FROM {entries} WHERE {published} AND {new}"
    )
    if not count:
        return News([], [])
    order = ledger.newest_first(known).replace(" DESC", "")
    records = session.arrow(
        f"""
        SELECT * FROM (
          SELECT e.*, LEAD(e._new, 1, FALSE) OVER (PARTITION BY e.asset, e.partition ORDER BY e._place) AS _before_new
          FROM (
            SELECT l.*, {new} AS _new,
              ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition ORDER BY {order}) AS _place
            FROM {entries} WHERE {published}
          ) AS e
        ) AS f
        WHERE f._new OR f._before_new
        ORDER BY f.asset, f.partition, f._place
        """
    ).to_pylist()
    messages: list[PartitionMessage] = []
    for _, group in groupby(records, lambda record: (record["asset"], record["partition"])):
        found = list(_of_partition(group))
        stands = [place for place, message in enumerate(found) if message.event in _STANDS]
        messages += found[stands[-1] :] if not before and stands else found
    # As the clocks say, but never against the order within a partition, which is the ledger's own.
    latest: dict[tuple[str, str], Any] = {}
    when = []
    for message in messages:
        key = (message.table, message.partition)
        latest[key] = max(message.at, latest.get(key, message.at))
        when.append(latest[key])
    placed = sorted(zip(when, range(len(messages)), messages, strict=True), key=lambda each: each[:2])
    return News([message for _, _, message in placed], [record["id"] for record in records if record["_new"]])


def _of_partition(records: Iterator[dict[str, Any]]) -> Iterator[PartitionMessage]:
    before, place = None, 0
    for record in records:
        entry = ledger.entry_of(record)
        earlier = before if record["_place"] == place + 1 else None
        if record["_new"] and (event := event_of(entry, earlier)):
            yield PartitionMessage(
                form=FORM,
                id=entry.id,
                event=event,
                table=entry.asset,
                partition=entry.partition,
                sequence=entry.sequence,
                data_version=entry.version,
                rows=entry.rows,
                at=entry.recorded_at,
                reason=_reason(entry),
                code_version=entry.code_version,
                run_id=entry.run_id,
            )
        before, place = entry, record["_place"]


def event_of(entry: Entry, before: Entry | None) -> PartitionEvent | None:
    """What there is to tell of an entry about production; None if it says what the entry before it said already."""
    decision = entry.decision
    if entry.verdict != "passed":
        if entry.cause and entry.cause.code == "approved":
            return None  # the run that publishes it comes next
        same = before is not None and before.verdict != "passed" and _waits(before) == _waits(entry)
        return None if same else "held"
    if decision and (before is None or before.decision != decision):
        match decision.kind:
            case "rollback":
                return "rolled_back"
            case "release":
                return "released"
            case _:
                pass
    stands = before is not None and before.verdict == "passed" and before.version == entry.version
    return None if stands and entry.difference is None else "published"


def _waits(entry: Entry) -> tuple[Any, ...]:
    """Which version was not published, and why not."""
    cause = entry.cause
    return entry.version, entry.inputs, (cause.code, cause.asset, cause.partition) if cause else None


def _reason(entry: Entry) -> str:
    decision = entry.decision
    if entry.verdict == "passed" and decision and decision.kind in ("rollback", "release"):
        return decision.reason
    return entry.reason if entry.verdict != "passed" else ""
