"""The ledger: what happened to each partition of each table, kept in the warehouse beside the data.

Every load, transformation and publication appends one entry per partition, in the same atomic swap as the rows it is
about; one that was refused appends an entry that says why. An entry with the verdict "passed" is the receipt of its
version: which checks ran, what they said, and which versions of which inputs it was made of.

The entries of a partition are numbered, each after the one before it, within the swap that excludes all others: so
which of them is the newest does not depend on anybody's clock.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import msgspec
import pyarrow as pa

from dataops_assets.dialects.base import Design
from dataops_assets.model.partitions import UNPARTITIONED, Partition
from dataops_assets.warehouse.base import Session, Swap

TABLE = "_ledger"


def key_of(partition: Partition | None) -> str:
    """The key under which the ledger knows a partition."""
    return partition.key if partition else UNPARTITIONED


def command(select: str, key: str) -> str:
    """What mends a partition, for the end of an error."""
    return f"run: dataops run --select {select}" + (f" --partitions {key}" if key != UNPARTITIONED else "")


UNREADABLE = "the entry of the ledger cannot be read"

Verdict = Literal["passed", "failed", "held"]

_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("recorded_at", pa.timestamp("us", tz="UTC")),
        ("asset", pa.string()),
        ("partition", pa.string()),
        ("verdict", pa.string()),
        ("version", pa.string()),
        ("rows", pa.int64()),
        ("rows_read", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("duplicates_dropped", pa.int64()),
        ("rows_inserted", pa.int64()),
        ("rows_updated", pa.int64()),
        ("rows_deleted", pa.int64()),
        ("reason", pa.string()),
        ("attempts", pa.string()),
        ("inputs", pa.string()),
        ("checks", pa.string()),
        ("contract", pa.string()),
        ("code_version", pa.string()),
        ("run_id", pa.string()),
        ("sequence", pa.int64()),
    ]
)
"""A ledger that was made before a column was has it added by the next write, null in all that is there."""
_DESIGN = Design(
    "What happened to each partition of each table, one row for each load, transformation and publication.",
    key=["asset", "partition"],
)
_JSON = ("attempts", "inputs", "checks")
_BY_CLOCK = "l.recorded_at DESC, l.id DESC"


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger.

    asset: "staged/flights". partition: its key, or UNPARTITIONED.
    verdict: "passed": the table holds `version`; "failed": a check stopped it; "held": an input is not fit to build on.
    version: fingerprint of the rows; of a refused write, the one that still stands, or "".
    rows: rows of the partition in the table afterwards. rows_read, rows_quarantined, duplicates_dropped: together with
        `rows` they add up (a staged table: of all its loads; a published one: rows_read is what the receipt promises).
    attempts: staged only, the raw attempts the rows come from: [{"attempt", "content", "rows"}].
    inputs: transformed and production, versions read: {asset: {partition: version}}.
    checks: [{"check", "severity", "failed"}] of those that found something.
    sequence: its place among the entries of the partition, from 1, given by `stage`; 0: older than all that have one,
        and ordered by recorded_at. recorded_at, in UTC, is what the clock said, and orders nothing else.
    """

    asset: str
    partition: str
    verdict: Verdict
    version: str = ""
    rows: int = 0
    rows_read: int = 0
    rows_quarantined: int = 0
    duplicates_dropped: int = 0
    rows_inserted: int = 0
    rows_updated: int = 0
    rows_deleted: int = 0
    reason: str = ""
    attempts: Sequence[Mapping[str, Any]] = ()
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    checks: Sequence[Mapping[str, Any]] = ()
    contract: str = ""
    code_version: str = ""
    run_id: str = ""
    sequence: int = 0
    recorded_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class State:
    """What the ledger knows of a partition: the newest entry, and the newest one that passed."""

    latest: Entry
    passed: Entry | None


def version_of(state: State | None) -> str | None:
    """The version that the table holds; None where none has passed."""
    return state.passed.version if state and state.passed else None


def sequences(states: Mapping[str, State]) -> dict[str, int]:
    """Of the newest entry of each partition, for `stage`."""
    return {key: state.latest.sequence for key, state in states.items()}


class Newest(NamedTuple):
    """Which entry of a partition is the newest."""

    id: str
    sequence: int


def ensure(session: Session, swap: Swap, schema: str) -> None:
    """Make the ledger if there is none, and add the columns that one of an older version lacks."""
    relation, known = session.relation(schema, TABLE), session.columns(schema, TABLE)
    if not known:
        columns = {field.name: field.type for field in _SCHEMA}
        swap.define_schema(schema)
        swap.define(session.dialect.create_table(relation, columns, _DESIGN))
        return
    for field_ in _SCHEMA:
        if field_.name not in known:
            name, kind = session.dialect.quote(field_.name), session.dialect.type_of(field_.type)
            swap.define(f"ALTER TABLE {relation} ADD COLUMN IF NOT EXISTS {name} {kind}")


def append(session: Session, swap: Swap, schema: str, entries: Sequence[Entry]) -> None:
    """Append entries; `stage` them before."""
    if entries:
        names = session.dialect.columns(_SCHEMA.names)
        swap.execute(f"INSERT INTO {session.relation(schema, TABLE)} ({names}) SELECT {names} FROM _ledger_entries")


def remove(session: Session, swap: Swap, schema: str, asset: str, partitions: Sequence[str]) -> None:
    """Take out entries about partitions of which there is nothing: neither rows nor anything in the lake."""
    if partitions and session.exists(schema, TABLE):
        keys = ", ".join(session.dialect.literal(key) for key in partitions)
        swap.execute(
            f"DELETE FROM {session.relation(schema, TABLE)} AS l "
            f"WHERE l.asset = {session.dialect.literal(asset)} AND l.partition IN ({keys})"
        )


def stage(session: Session, entries: Sequence[Entry], after: Mapping[str, int]) -> None:
    """Put entries of one asset into a scratch table, for `append`, each numbered after the one that it comes after.

    after: by partition, the sequence of its newest entry, as it was read within the swap; of those that have one.
    """
    numbered = [replace(entry, sequence=after.get(entry.partition, 0) + 1) for entry in entries]
    columns = {name: [getattr(entry, name) for entry in numbered] for name in _SCHEMA.names}
    columns |= {name: [msgspec.json.encode(value).decode() for value in columns[name]] for name in _JSON}
    session.scratch_arrow("_ledger_entries", pa.table(columns, schema=_SCHEMA))


def states(session: Session, schema: str, asset: str, partitions: Iterable[str] | None = None) -> dict[str, State]:
    """The state of each of these partitions (or of all) that the ledger knows, inside `reading` or `swapping`."""
    known = session.columns(schema, TABLE)
    if not known:
        return {}
    newest_first = _newest_first(known)
    found = session.arrow(
        f"""
        SELECT l.*, ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY {newest_first}) AS _age
        FROM {_entries_of(session, schema, partitions)}
        QUALIFY _age = 1
          OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY {newest_first}) = 1 AND verdict = 'passed'
        """,
        {"asset": asset},
    )
    latest: dict[str, Entry] = {}
    passed: dict[str, Entry] = {}
    for record in found.to_pylist():
        entry = _entry(record)
        if record["_age"] == 1:
            latest[entry.partition] = entry
        if entry.verdict == "passed":
            passed[entry.partition] = entry
    return {partition: State(entry, passed.get(partition)) for partition, entry in latest.items()}


def newest(session: Session, schema: str, asset: str, partitions: Iterable[str] | None = None) -> dict[str, Newest]:
    """Which entry of each of these partitions is the newest, as `states` gives it, for much less."""
    known = session.columns(schema, TABLE)
    if not known:
        return {}
    sequence = "COALESCE(l.sequence, 0)" if "sequence" in known else "0"
    rows = session.rows(
        f"SELECT l.partition, l.id, {sequence} FROM {_entries_of(session, schema, partitions)} "
        f"QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY {_newest_first(known)}) = 1",
        {"asset": asset},
    )
    return {partition: Newest(entry, number) for partition, entry, number in rows}


def _newest_first(known: Sequence[str]) -> str:
    """The order of entries `l` of one partition. known: the columns that the ledger has."""
    return f"COALESCE(l.sequence, 0) DESC, {_BY_CLOCK}" if "sequence" in known else _BY_CLOCK


def _entries_of(session: Session, schema: str, partitions: Iterable[str] | None) -> str:
    """FROM and WHERE: the entries AS l of the asset $asset; of these partitions, or of all."""
    entries = f"{session.relation(schema, TABLE)} AS l WHERE l.asset = $asset"
    if partitions is None:
        return entries
    keys = list(partitions)
    session.scratch_arrow("_ledger_keys", pa.table({"partition": pa.array(keys, pa.string())}))
    if keys:  # as constants too, by which BigQuery leaves out blocks of the clustered table
        first, last = (session.dialect.literal(key) for key in (min(keys), max(keys)))
        entries = f"{entries} AND l.partition BETWEEN {first} AND {last}"
    return f"{entries} AND l.partition IN (SELECT k.partition FROM _ledger_keys AS k)"


Receipt = tuple[str, str, str]
"""What a receipt vouches for: (asset, partition, version)."""


def receipts(session: Session, schema: str, wanted: Iterable[Receipt]) -> dict[Receipt, Entry]:
    """The newest receipt for each of these, where there is one."""
    wanted = list(wanted)
    if not wanted or not (known := session.columns(schema, TABLE)):
        return {}
    columns = zip(("asset", "partition", "version"), zip(*wanted, strict=True), strict=True)
    session.scratch_arrow("_ledger_wanted", pa.table({name: pa.array(values) for name, values in columns}))
    assets = ", ".join(session.dialect.literal(asset) for asset in sorted({asset for asset, _, _ in wanted}))
    found = session.arrow(
        f"SELECT l.* FROM {session.relation(schema, TABLE)} AS l JOIN _ledger_wanted AS w "
        "ON w.asset = l.asset AND w.partition = l.partition AND w.version = l.version "
        f"WHERE l.asset IN ({assets}) AND l.verdict = 'passed' "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, l.version "
        f"ORDER BY {_newest_first(known)}) = 1"
    )
    entries = [_entry(record) for record in found.to_pylist()]
    return {(entry.asset, entry.partition, entry.version): entry for entry in entries}


def _entry(record: dict[str, Any]) -> Entry:
    """One that somebody has made unreadable vouches for nothing: it is as one that failed."""
    # One of before the entries were numbered, or of a ledger without the column, is older than all that are.
    values = {name: record[name] for name in _SCHEMA.names if name != "sequence"}
    values["sequence"] = record.get("sequence") or 0
    try:
        return msgspec.convert(values | {name: msgspec.json.decode(values[name]) for name in _JSON}, Entry)
    except (msgspec.DecodeError, TypeError) as error:
        reason = f"{UNREADABLE}: {error}; id {record['id']}"
        return Entry(
            record["asset"],
            record["partition"],
            "failed",
            reason=reason,
            sequence=values["sequence"],
            id=str(record["id"]),
        )
