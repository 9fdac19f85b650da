"""What a derived table reads: its inputs, the partitions of each that a partition needs, and if they are fit to use.

An input is fit when the newest thing the ledger knows of it is that it passed. So one bad day holds back what is built
on that day, in this run or in another, and nothing else.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlglot import exp

from dataops_assets.dialects import DIALECTS
from dataops_assets.dialects.portable import UnsupportedSql, parse
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import HELD, Cause, CauseCode, State, command, is_current, key_of, root_reason
from dataops_assets.ledger.integrity import counted
from dataops_assets.ledger.severities import stops_now
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
        calendar = self.table.calendar
        if calendar is None or partition is None:
            return None
        first, last = calendar.at(partition.start), calendar.at(partition.end - timedelta(microseconds=1))
        return [
            p
            for p in _walk(calendar, first, last)
            if p.start >= calendar.start and (calendar.end is None or p.start < calendar.end)
        ]

    def before(self, partition: Partition | None) -> list[Partition]:
        """The input's partitions that are read as history."""
        calendar = self.table.calendar
        if calendar is None or partition is None or not self.history:
            return []
        return calendar.history(calendar.at(partition.start), self.history)

    def keys(self, partitions: Sequence[Partition | None]) -> list[str] | None:
        """The input's partitions that are read for any of `partitions`; None: all that there are."""
        wanted: dict[str, None] = {}
        for partition in partitions:
            own = self.own(partition)
            if own is None:
                return None if self.table.calendar else [UNPARTITIONED]
            wanted |= {p.key: None for p in (*self.before(partition), *own)}
        return list(wanted)


def _walk(calendar, first: Partition, last: Partition) -> list[Partition]:
    found = [first]
    while found[-1].start < last.start:
        found.append(calendar.at(found[-1].end))
    return found


@dataclass(frozen=True)
class Readiness:
    """May a partition be built? held: why not, with its cause. missing: days of history that are on the calendar but
    not loaded.

    versions: of the inputs, by asset and partition. made_by: of the same. entries: the newest of the ledger
    that this was judged by. rows: of its own window.
    """

    held: str = ""
    cause: Cause | None = None
    missing: Sequence[str] = ()
    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    entries: Mapping[tuple[str, str], str] = field(default_factory=dict)
    made_by: Mapping[tuple[str, str], Mapping[str, Sequence[str]]] = field(default_factory=dict)
    rows: int = 0


def reads_several(table: DerivedTable, inputs: Sequence[Input]) -> bool:
    """Can one partition of the table be made of several partitions of an input?"""
    unit = table.calendar.unit if table.calendar else None
    return any(needed.table.calendar and (needed.history or needed.table.calendar.unit != unit) for needed in inputs)


def made_by_other_code(inputs: Sequence[Input], read: Readiness) -> list[str]:
    """The partitions that were read and were not made by the contract and the code in force, back to the staged ones.

    What is in force further back is not known here: it is what has made the most of them, of several alike the last.
    """
    in_force = {needed.table.asset: needed.table.made_by for needed in inputs}
    known: dict[str, list[str]] = {}
    for found in read.made_by.values():
        for asset, codes in found.items():
            known.setdefault(asset, []).extend(codes)
    expected = {asset: in_force.get(asset) or max(codes, key=codes.count) for asset, codes in known.items()}
    return [
        f"{asset} {key}".strip()
        for (asset, key), found in read.made_by.items()
        if asset not in found or any(code != expected[upstream] for upstream, codes in found.items() for code in codes)
    ]


def input_names(derived: Derived) -> list[tuple[str | None, str]]:
    """(layer or None, table) of everything a derived table reads; raises DatasetError for what cannot be one."""
    if derived.function is not None:
        names = [name for name in inspect.signature(derived.function).parameters if name != "window"]
        return [(None, name) for name in names]
    found: dict[tuple[str | None, str], None] = {}
    try:
        tree = parse(derived.sql or "")
        for dialect in DIALECTS:
            dialect.translate(derived.sql or "")
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
        asked = {asset: ledger.states_later(session, schema, asset, keys) for asset, keys in wanted.items()}
        counting = {
            needed.table.asset: _counted(session, schema, needed, keys)
            for needed in inputs
            if (keys := wanted[needed.table.asset]) is not None
        }
        states = {asset: answer() for asset, answer in asked.items()}
        for needed in inputs:
            if needed.table.asset not in counting:
                known = states[needed.table.asset].items()
                keys = [key for key, state in known if is_current(needed.table, state)]
                counting[needed.table.asset] = _counted(session, schema, needed, keys)
        counts = {asset: answer() for asset, answer in counting.items()}
        entries = {(asset, key): state.latest.id for asset, known in states.items() for key, state in known.items()}
        # Where they differ, somebody may have written in between, which some warehouses let them do.
        if _agree(states, counts) or input_entries(session, schema, wanted)() == entries:
            return states, counts


def _counted(session: Session, schema: str, needed: Input, keys: Sequence[str]) -> Callable[[], Mapping[str, int]]:
    calendar = needed.table.calendar
    kept = [key for key in keys if calendar is None or calendar.keeps_key(key)]
    return counted(session, schema, needed.table, [calendar.of(key) if calendar else None for key in kept])


def _agree(states: InputStates, counts: Counts) -> bool:
    passed = ((asset, key, state.passed) for asset, known in states.items() for key, state in known.items())
    return all(entry is None or counts[asset].get(key, entry.rows) == entry.rows for asset, key, entry in passed)


def input_entries(session: Session, schema: str, wanted: Wanted) -> Callable[[], dict[tuple[str, str], str]]:
    """The newest entries of these, as the `entries` of a `Readiness`. Inside `reading` or `swapping`."""
    asked = {asset: ledger.newest(session, schema, asset, keys) for asset, keys in wanted.items()}
    return lambda: {(asset, key): entry.id for asset, answer in asked.items() for key, entry in answer().items()}


def readiness_of(
    table: DerivedTable,
    inputs: Sequence[Input],
    states: InputStates,
    counts: Counts | None,
    partition: Partition | None,
) -> Readiness:
    """Judge the inputs of one partition. states, counts: as `inputs_seen` gives them; without counts, by the ledger."""
    label, own_key = f"{table.asset} {partition.key}" if partition else table.asset, key_of(partition)
    versions: dict[str, dict[str, str]] = {}
    entries: dict[tuple[str, str], str] = {}
    made_by: dict[tuple[str, str], Mapping[str, Sequence[str]]] = {}

    def held(cause: Cause, words: str) -> Readiness:
        return Readiness(f"{label}: {words}", cause, versions=versions, entries=entries, made_by=made_by)

    if table.calendar and partition and not table.calendar.keeps(partition):
        words = f"older than the {table.calendar.keep_days} days that the table keeps (keep_days); not built"
        return held(Cause("not_kept", table.asset, own_key), words)
    missing: list[str] = []
    rows = 0
    for needed in inputs:
        asset = needed.table.asset
        known = states[asset]
        own = needed.own(partition)
        if own is None and needed.table.calendar:
            older = sorted(key for key, state in known.items() if not is_current(needed.table, state))
            if older:
                words = (
                    f"{HELD}{asset} has rows of another calendar beside those of the one in force "
                    f"({len(older)} partitions, {_span(older[0], older[-1]) or 'the whole table'}); have them removed: "
                    f"dataops drop {needed.name}"
                )
                return held(Cause("older_calendar", asset, older[0]), words)
        own_keys = (
            [p.key for p in own] if own is not None else (list(known) if needed.table.calendar else [UNPARTITIONED])
        )
        history = [p.key for p in needed.before(partition)]
        for key in (*history, *own_keys):
            where = f"{asset} {key}".strip()
            calendar, state = needed.table.calendar, known.get(key)
            entry = ""
            if state:
                entry = entries[asset, key] = state.latest.id
                state = state if _cut_alike(needed, state) else None

            def because(code: CauseCode, asset: str = asset, key: str = key, entry: str = entry) -> Cause:
                return Cause(code, asset, key, entry)

            gone = calendar is not None and not calendar.keeps_key(key)
            if gone and (own is None or key in history):
                continue  # the history begins where keeping begins
            if gone:
                words = f"{HELD}{where} is older than what {asset} keeps (keep_days)"
                return held(because("not_kept"), words)
            if state is None and key in history:
                missing.append(where)
            elif state is None:
                words = f"{where} is not loaded; {command(f'+{table.asset}', own_key)}"
                return held(because("not_loaded"), words)
            elif state.latest.verdict != "passed" or state.passed is None:
                began = state.latest.cause if state.latest.verdict == "held" else None
                cause = replace(began, entry=entry) if began else because("failed")
                return held(cause, f"{HELD}{root_reason(state.latest)}")
            elif _of_older_contract(needed, state):
                older = sorted(k for k in (*history, *own_keys) if _of_older_contract(needed, known.get(k)))
                other = state.passed.contract != needed.table.spec.fingerprint
                what = "an older contract" if other else "another severity of a check"
                words = (
                    f"{HELD}{where} was made under {what} than the one in force. Make it "
                    f"again, which asks no source; {command(asset, _span(older[0], older[-1]))}"
                )
                return held(because("older_contract"), words)
            elif counts is not None and (there := counts[asset].get(key, 0)) != state.passed.rows:
                words = (
                    f"{HELD}{where} has {there} rows, and {state.passed.rows} were validated: somebody "
                    f"changed them; {command(asset, key)}"
                )
                return held(because("changed_rows"), words)
            else:
                versions.setdefault(asset, {})[key] = state.passed.version
                made_by[asset, key] = state.passed.made_by
                rows += state.passed.rows if key in own_keys and needed.table.calendar else 0
    return Readiness("", None, missing, versions, entries, made_by, rows)


def _cut_alike(needed: Input, state: State) -> bool:
    """Keys of a calendar may be those of another one: the first of a month is one of its days."""
    return (state.passed or state.latest).calendar_id in (None, needed.table.calendar_id)


def _of_older_contract(needed: Input, state: State | None) -> bool:
    """Of what was made before the ledger noted by what, nobody can tell: that holds nothing back."""
    passed = state.passed if state else None
    if passed is None or not passed.made_by:
        return False
    return passed.contract != needed.table.spec.fingerprint or bool(stops_now(needed.table, passed))


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first}..{last}"
