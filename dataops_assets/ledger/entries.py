"""The ledger: what happened to each partition of each table, kept in the warehouse beside the data.

Every load, transformation and publication appends one entry per partition, in the same atomic swap as the rows it is
about; one that was refused appends an entry that says why. An entry with the verdict "passed" is the receipt of its
version: which checks ran, what they said, and which versions of which inputs it was made of.

The entries of a partition are numbered, each after the one before it, within the swap that excludes all others: so
which of them is the newest does not depend on anybody's clock.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pyarrow as pa

from dataops_assets.dialects.base import TableOptions
from dataops_assets.ledger import chains, profiles, tables
from dataops_assets.ledger.entry import UNREADABLE, Entry, Newest, State
from dataops_assets.warehouse.base import Session, Swap

TABLE = "_ledger"

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
        ("follows", pa.string()),
        ("inputs", pa.string()),
        ("checks", pa.string()),
        ("contract", pa.string()),
        ("code_version", pa.string()),
        ("made_by", pa.string()),
        ("cause", pa.string()),
        ("provenance", pa.string()),
        ("difference", pa.string()),
        ("decision", pa.string()),
        ("run_id", pa.string()),
        ("sequence", pa.int64()),
    ]
)
"""A ledger that was made before a column was has it added by the next write, null in all that is there."""
_OPTIONS = TableOptions(
    "What happened to each partition of each table, one row for each load, transformation and publication.",
    key=["asset", "partition"],
)
_OPTIONAL = ("cause", "provenance", "difference", "decision")
_JSON = ("attempts", "inputs", "checks", "made_by", *_OPTIONAL)
_LATER = {"follows": "", "made_by": "{}"} | dict.fromkeys(_OPTIONAL, "null")
"""Columns that older ledgers lack, with what an entry from before says."""
_BY_CLOCK = "l.recorded_at DESC, l.id DESC"
_FEW = 100
"""Of so many partitions, entries fit into an answer that is shared with others."""
_LAYERS_AT_ONCE = 4

Receipt = tuple[str, str, str]
"""What a receipt is of: (asset, partition, version)."""


def ensure(session: Session, swap: Swap, schema: str) -> None:
    """Make the ledger if there is none, and add the columns that one of an older version lacks."""
    tables.ensure(session, swap, schema, TABLE, _SCHEMA, _OPTIONS)


def append(session: Session, swap: Swap, schema: str, entries: Sequence[Entry]) -> None:
    """Append entries; `stage` them before."""
    if entries:
        tables.append(session, swap, schema, TABLE, _SCHEMA, "_ledger_entries")


def remove(session: Session, swap: Swap, schema: str, asset: str, partitions: Sequence[str]) -> None:
    """Take out entries about partitions of which there is nothing: neither rows nor anything in the lake."""
    for table in (TABLE, profiles.TABLE):
        tables.remove(session, swap, schema, table, asset, partitions)


def stage(session: Session, entries: Sequence[Entry], after: Mapping[str, int]) -> None:
    """Put entries of one asset into a scratch table, for `append`, each numbered after the one that it comes after.

    after: by partition, the sequence of its newest entry, as it was read within the swap; of those that have one.
    """
    last, numbered = dict(after), []
    for entry in entries:
        last[entry.partition] = last.get(entry.partition, 0) + 1
        numbered.append(replace(entry, sequence=last[entry.partition]))
    columns = {name: [getattr(entry, name) for entry in numbered] for name in _SCHEMA.names}
    columns |= {name: [msgspec.json.encode(value).decode() for value in columns[name]] for name in _JSON}
    session.scratch_arrow("_ledger_entries", pa.table(columns, schema=_SCHEMA))


def states(
    session: Session, schema: str, asset: str, partitions: Iterable[str] | None = None, whole: bool = False
) -> dict[str, State]:
    """The state of each of these partitions (or of all) that the ledger knows, inside `reading` or `swapping`.

    whole: with all attempts that the rows come from, and not only those of the last load.
    """
    return states_later(session, schema, asset, partitions, whole)()


def states_later(
    session: Session, schema: str, asset: str, partitions: Iterable[str] | None = None, whole: bool = False
) -> Callable[[], dict[str, State]]:
    """The same, asked for now and fetched later (`Session.later`)."""
    known = session.columns(schema, TABLE)
    if not known:
        return dict
    keys = None if partitions is None else list(partitions)
    order = newest_first(known)
    columns = [name for name in _SCHEMA.names if name in known]
    entries = entries_of(session, schema, keys)
    chained = chains.links_query(entries, known) if whole and "follows" in known else ""
    sql = f"""
        SELECT {session.dialect.columns(columns, "l.")},
          ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY {order}) AS _age
        FROM {entries}
        QUALIFY _age = 1
          OR ROW_NUMBER() OVER (PARTITION BY l.partition, verdict ORDER BY {order}) = 1 AND verdict = 'passed'
        """
    if keys is None or len(keys) > _FEW:
        found = session.arrow(sql, {"asset": asset}).to_pylist()
        before = session.arrow(chained, {"asset": asset}).to_pylist() if chained else []
        return lambda: _gathered(found, chains.links(map(dict.values, before))).get(asset, {})
    answer = session.later(sql, {"asset": asset})
    linked = session.later(chained, {"asset": asset}) if chained else list

    def gathered() -> dict[str, State]:
        records = [dict(zip([*columns, "_age"], row, strict=True)) for row in answer()]
        return _gathered(records, chains.links(linked())).get(asset, {})

    return gathered


def all_states(session: Session, schema: str) -> dict[str, dict[str, State]]:
    """The state of each partition of each asset that the ledger knows, in whole, inside `reading`."""
    known = session.columns(schema, TABLE)
    if not known:
        return {}
    order = newest_first(known)
    found = session.arrow(
        f"""
        SELECT l.*, ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition ORDER BY {order}) AS _age
        FROM {session.relation(schema, TABLE)} AS l
        QUALIFY _age = 1 OR verdict = 'passed'
          AND ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, verdict ORDER BY {order}) = 1
        """
    ).to_pylist()
    links: chains.Links = {}
    if any(record.get("follows") for record in found):
        query = chains.links_query(f"{session.relation(schema, TABLE)} AS l WHERE TRUE", known)
        links = chains.links(map(dict.values, session.arrow(query).to_pylist()))
    return _gathered(found, links)


def _gathered(records: Iterable[dict[str, Any]], links: chains.Links) -> dict[str, dict[str, State]]:
    """By asset and partition. records: of each its newest entry, with the `_age` 1, and the newest that passed."""
    latest: dict[tuple[str, str], Entry] = {}
    passed: dict[tuple[str, str], Entry] = {}
    for record in records:
        entry = entry_of(record)
        if record["_age"] == 1:
            latest[entry.asset, entry.partition] = entry
        if entry.verdict == "passed":
            passed[entry.asset, entry.partition] = entry
    states: dict[str, dict[str, State]] = {}
    for (asset, key), entry in latest.items():
        state = State(entry, passed.get((asset, key)))
        states.setdefault(asset, {})[key] = chains.whole(state, links) if links else state
    return states


def newest(
    session: Session, schema: str, asset: str, partitions: Iterable[str] | None = None
) -> Callable[[], dict[str, Newest]]:
    """Which entry of each of these partitions is the newest, as `states_later` gives it, for much less."""
    known = session.columns(schema, TABLE)
    if not known:
        return dict
    sequence = "COALESCE(l.sequence, 0) AS sequence" if "sequence" in known else "0 AS sequence"
    rows = session.later(
        f"SELECT l.partition, l.id, {sequence} FROM {entries_of(session, schema, partitions)} "
        f"QUALIFY ROW_NUMBER() OVER (PARTITION BY l.partition ORDER BY {newest_first(known)}) = 1",
        {"asset": asset},
    )
    return lambda: {partition: Newest(entry, number) for partition, entry, number in rows()}


def newest_first(known: Sequence[str]) -> str:
    """The order of entries `l` of one partition. known: the columns that the ledger has."""
    return f"COALESCE(l.sequence, 0) DESC, {_BY_CLOCK}" if "sequence" in known else _BY_CLOCK


def entries_of(session: Session, schema: str, partitions: Iterable[str] | None) -> str:
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


def receipts(
    session: Session, schema: str, wanted: Iterable[Receipt], upstream: Iterable[str] = ()
) -> dict[Receipt, Entry]:
    """The newest receipt for each of these, where there is one.

    upstream: assets that these were made of; what there is of theirs is found with it, as deep as one answer goes.
    """
    wanted = list(wanted)
    if not wanted or not (known := session.columns(schema, TABLE)):
        return {}
    columns = zip(("asset", "partition", "version"), zip(*wanted, strict=True), strict=True)
    session.scratch_arrow("_ledger_wanted", pa.table({name: pa.array(values) for name, values in columns}))
    dialect, relation = session.dialect, session.relation(schema, TABLE)
    newest = (
        "l.verdict = 'passed' QUALIFY ROW_NUMBER() OVER (PARTITION BY l.asset, l.partition, l.version "
        f"ORDER BY {newest_first(known)}) = 1"
    )

    def among(assets: Iterable[str]) -> str:
        return f"l.asset IN ({', '.join(map(dialect.literal, sorted(set(assets))))})"

    sql = (
        f"SELECT l.* FROM {relation} AS l JOIN _ledger_wanted AS w "
        "ON w.asset = l.asset AND w.partition = l.partition AND w.version = l.version "
        f"WHERE {among(asset for asset, _, _ in wanted)} AND {newest}"
    )
    upstream = set(upstream)
    if deeper := min(sum(asset.startswith("transformed/") for asset in upstream), _LAYERS_AT_ONCE):
        # By the text of their inputs, {"asset":{"partition":"version"}}: whose partition it is, is looked at later.
        pairs = dialect.unnest_list("REPLACE(REPLACE(a.inputs, '{', ','), '}', ',')", "pair")
        layers = [f"layer0 AS ({sql})"] + [
            f"layer{number} AS (SELECT l.* FROM {relation} AS l JOIN (SELECT DISTINCT pair "
            f"FROM layer{number - 1} AS a, {pairs}) AS w "
            """ON w.pair = CONCAT('"', l.partition, '":"', l.version, '"') """
            f"WHERE {among(upstream)} AND {newest})"
            for number in range(1, deeper + 1)
        ]
        union = " UNION ALL ".join(f"SELECT * FROM layer{number}" for number in range(deeper + 1))
        sql = f"WITH {', '.join(layers)} {union}"
    entries = [entry_of(record) for record in session.arrow(sql).to_pylist()]
    return {(entry.asset, entry.partition, entry.version): entry for entry in entries}


def entry_of(record: dict[str, Any]) -> Entry:
    """The entry of a row. One that somebody has made unreadable is no receipt: it is as one that failed."""
    values: dict[str, Any] = {name: record.get(name) for name in _SCHEMA.names}
    # One of before the entries were numbered, or of a ledger without the column, is older than all that are.
    values["sequence"] = values["sequence"] or 0
    values |= {name: unknown for name, unknown in _LATER.items() if values[name] is None}
    try:
        decoded = values | {name: msgspec.json.decode(values[name]) for name in _JSON}
        _of_older_form(decoded)
        return msgspec.convert(decoded, Entry)
    except (msgspec.DecodeError, TypeError) as error:
        reason = f"{UNREADABLE}: {error}; id {record['id']}"
        known = {"sequence": values["sequence"], "id": str(record["id"])}
        return Entry(record["asset"], record["partition"], "failed", reason=reason, **known)


def _of_older_form(values: dict[str, Any]) -> None:
    """The provenance of a publication was once the first of its checks."""
    match values["checks"]:
        case [{"receipt": _, **_rest} as provenance, *others] if values["provenance"] is None:
            values |= {"provenance": {"contracts": {}, **provenance}, "checks": others}
