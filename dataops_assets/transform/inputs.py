"""What a derived table reads: its inputs, the partitions of each that a partition needs, and if they are fit to use.

An input is fit when the newest thing the ledger knows of it is that it passed. So one bad day holds back what is built
on that day, in this run or in another, and nothing else.
"""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlglot import exp

from dataops_assets.dialects import DIALECTS
from dataops_assets.dialects.portable import UnsupportedSql, parse
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entries import State, command, key_of
from dataops_assets.ledger.integrity import counted
from dataops_assets.model.partitions import UNPARTITIONED, Partition
from dataops_assets.model.tables import DatasetError, Derived
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

LAYERS = ("staged", "transformed")


@dataclass(frozen=True)
class Input:
    """One table that a derived table reads.

    history: how many partitions before its own window. columns: those that a function gets.
    """

    name: str
    table: StagedTable | DerivedTable
    history: int
    columns: Sequence[str]

    def own(self, partition: Partition | None) -> list[Partition] | None:
        """The input's partitions in the window of `partition`; None: all of it."""
        by = self.table.by
        if by is None or partition is None:
            return None
        first, last = by.at(partition.start), by.at(partition.end - timedelta(microseconds=1))
        return [p for p in _walk(by, first, last) if p.start >= by.start and (by.end is None or p.start < by.end)]

    def before(self, partition: Partition | None) -> list[Partition]:
        """The input's partitions that are read as history."""
        by = self.table.by
        if by is None or partition is None or not self.history:
            return []
        return by.history(by.at(partition.start), self.history)

    def keys(self, partitions: Sequence[Partition | None]) -> list[str] | None:
        """The input's partitions that are read for any of `partitions`; None: all that there are."""
        wanted: dict[str, None] = {}
        for partition in partitions:
            own = self.own(partition)
            if own is None:
                return None if self.table.by else [UNPARTITIONED]
            wanted |= {p.key: None for p in (*self.before(partition), *own)}
        return list(wanted)


def _walk(by, first: Partition, last: Partition) -> list[Partition]:
    found = [first]
    while found[-1].start < last.start:
        found.append(by.at(found[-1].end))
    return found


@dataclass(frozen=True)
class Gate:
    """May a partition be built? held: why not. missing: days of history that are on the calendar but not loaded.

    versions: of the inputs, by asset and partition. entries: the newest of the ledger that this was judged by, by
    asset and partition. rows: of its own window.
    """

    held: str = ""
    missing: Sequence[str] = ()
    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    entries: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rows: int = 0


def input_names(derived: Derived) -> list[tuple[str | None, str]]:
    """(layer or None, table) of everything a derived table reads; raises DatasetError for what cannot be one."""
    if derived.function is not None:
        names = [name for name in inspect.signature(derived.function).parameters if name != "window"]
        return [(None, name) for name in names]
    found: dict[tuple[str | None, str], None] = {}
    try:
        tree = parse(derived.sql or "")
        for dialect in DIALECTS:
            dialect.translate(tree.sql(dialect="bigquery"))
    except UnsupportedSql as error:
        raise DatasetError(f"derived table {derived.name!r}: {error}") from error
    ctes = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not table.db and table.name in ctes:
            continue
        if table.catalog or table.db not in LAYERS:
            raise DatasetError(
                f"derived table {derived.name!r} reads {table.sql(dialect='bigquery')}; its inputs are "
                "staged.{table} or transformed.{table}"
            )
        found[(table.db, table.name)] = None
    return list(found)


Wanted = Mapping[str, Sequence[str] | None]
"""Keys of input partitions by asset; None: all that there are."""


def wanted_by(inputs: Sequence[Input], partitions: Sequence[Partition | None]) -> Wanted:
    """All input partitions that these partitions need."""
    return {needed.table.asset: needed.keys(partitions) for needed in inputs}


InputStates = Mapping[str, Mapping[str, State]]
"""What the ledger knows, by asset and partition key."""


Counts = Mapping[str, Mapping[str, int]]
"""Rows that stand in tables, by asset and partition key."""


def inputs_seen(session: Session, schema: str, inputs: Sequence[Input], wanted: Wanted) -> tuple[InputStates, Counts]:
    """What the ledger knows of these, and how many rows there are. Inside `reading`."""
    while True:
        states = {asset: ledger.states(session, schema, asset, keys) for asset, keys in wanted.items()}
        counts = {needed.table.asset: _counted(session, schema, needed, states) for needed in inputs}
        entries = {(asset, key): state.latest.id for asset, known in states.items() for key, state in known.items()}
        # Where they differ, somebody may have written in between, which some warehouses let them do.
        if _agree(states, counts) or input_entries(session, schema, wanted) == entries:
            return states, counts


def _counted(session: Session, schema: str, needed: Input, states: InputStates) -> Mapping[str, int]:
    by = needed.table.by
    keys = [key for key in states[needed.table.asset] if by is None or by.keeps_key(key)]
    return counted(session, schema, needed.table, [by.of(key) if by else None for key in keys])


def _agree(states: InputStates, counts: Counts) -> bool:
    passed = ((asset, key, state.passed) for asset, known in states.items() for key, state in known.items())
    return all(entry is None or counts[asset].get(key, entry.rows) == entry.rows for asset, key, entry in passed)


def input_entries(session: Session, schema: str, wanted: Wanted) -> dict[tuple[str, str], str]:
    """The newest entries of these, as the `entries` of a gate. Inside `reading` or `swapping`."""
    return {
        (asset, key): entry.id
        for asset, keys in wanted.items()
        for key, entry in ledger.newest(session, schema, asset, keys).items()
    }


def gate(
    table: DerivedTable,
    inputs: Sequence[Input],
    states: InputStates,
    counts: Counts,
    partition: Partition | None,
) -> Gate:
    """Judge the inputs of one partition. states, counts: as `inputs_seen` gives them."""
    label = f"{table.asset} {partition.key}" if partition else table.asset
    if table.by and partition and not table.by.keeps(partition):
        return Gate(f"{label}: older than the {table.by.keep_days} days that the table keeps (keep_days); not built")
    missing: list[str] = []
    versions: dict[str, dict[str, str]] = {}
    entries: dict[tuple[str, str], str] = {}
    rows = 0
    for needed in inputs:
        asset = needed.table.asset
        known = states[asset]
        own = needed.own(partition)
        own_keys = [p.key for p in own] if own is not None else (list(known) if needed.table.by else [UNPARTITIONED])
        history = [p.key for p in needed.before(partition)]
        for key in (*history, *own_keys):
            where = f"{asset} {key}".strip()
            by, state = needed.table.by, known.get(key)
            if state:
                entries[asset, key] = state.latest.id
            gone = by is not None and not by.keeps_key(key)
            if gone and (own is None or key in history):
                continue  # the history begins where keeping begins
            if gone:
                return Gate(f"{label}: held back, because {where} is older than what {asset} keeps (keep_days)")
            if state is None and key in history:
                missing.append(where)
            elif state is None:
                return Gate(f"{label}: {where} is not loaded; {command(f'+{table.asset}', key_of(partition))}")
            elif state.latest.verdict != "passed" or state.passed is None:
                return Gate(f"{label}: held back, because {where} is {state.latest.verdict}: {state.latest.reason}")
            elif (there := counts[asset].get(key, 0)) != state.passed.rows:
                return Gate(
                    f"{label}: held back, because {where} has {there} rows, and {state.passed.rows} were validated: "
                    f"somebody changed them; {command(asset, key)}"
                )
            else:
                versions.setdefault(asset, {})[key] = state.passed.version
                rows += state.passed.rows if key in own_keys and needed.table.by else 0
    return Gate("", missing, versions, entries, rows)
