"""An earlier published version put in the place of a later one, out of the production lake; and the end of that.

A rollback holds the partition: nothing else is published there until it is released. Both are entries of the ledger,
with who did it and why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.difference import Difference
from dataops_assets.ledger.entry import Decision, DecisionKind, Entry, State, is_rolled_back, key_of, sequences
from dataops_assets.ledger.history import history
from dataops_assets.ledger.integrity import drifted
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.difference import differences
from dataops_assets.publish.names import published, published_label
from dataops_assets.publish.pointers import point_to_what_is_shown
from dataops_assets.publish.restore import RESTORED, Restored, restore
from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.errors import SwapConflict
from dataops_assets.warehouse.replace import replace_rows
from dataops_assets.warehouse.schema import ensure_table
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable


class DecisionRefused(ValueError):
    """What was decided cannot be done; nothing was changed. The message says why, and of which partition."""


@dataclass(frozen=True)
class Who:
    """Who decides, and why."""

    by: str
    reason: str

    def decides(self, kind: DecisionKind, version: str) -> Decision:
        """The decision about this version, as of now."""
        return Decision(kind, version, self.by, self.reason, datetime.now(UTC).isoformat(timespec="seconds"))


def roll_back(
    storage: Storage,
    table: DerivedTable,
    partitions: Sequence[Partition | None],
    to: str | None,
    who: Who,
    run: RunInfo,
) -> dict[str, Entry]:
    """Restore an earlier version of each of these partitions, all or none, and hold them; by key, the entries.

    to: the version, or its beginning; without it the one before what stands, or, of a partition that is rolled back
    already, that same version: once more changes nothing, but for rows that somebody has changed since. Raises
    DecisionRefused, or LakeDamaged if the lake has not got the rows.
    """
    warehouse, asset = storage.warehouse, published(table)
    by_key = {key_of(partition): partition for partition in partitions}

    def swap_in(session: Session) -> dict[str, Entry]:
        with session.reading():
            known = history(session, warehouse.staging, asset, by_key)
            found = {key: _choose(table, key, known.get(key, ()), to) for key in by_key}
            again = {key: each.stands for key, each in found.items() if each.again}
            changed = drifted(session, warehouse.production, table, again, map(by_key.get, again))()
            todo = {key: each.target for key, each in found.items() if key not in again or key in changed}
            restored = restore(session, warehouse.production, storage.production, table, by_key, todo)
        with session.swapping(asset) as swap:
            before = ledger.states(session, warehouse.staging, asset, by_key)
            if any(before[key].passed != each.stands for key, each in found.items()):
                raise SwapConflict(f"{asset}: another run has published meanwhile")
            if not todo:
                return again
            differs = _differences(session, warehouse.production, table, by_key, before, todo)
            entries = {
                key: target.again(
                    run_id=run.run_id, decision=who.decides("rollback", target.version), difference=differs.get(key)
                )
                for key, target in todo.items()
            }
            ledger.stage(session, list(entries.values()), sequences(before))
            ledger.ensure(session, swap, warehouse.staging)
            ensure_table(session, swap, warehouse.production, table, published=True)
            _replace(session, swap, warehouse.production, table, by_key, restored, todo)
            ledger.append(session, swap, warehouse.staging, list(entries.values()))
        return again | entries

    with warehouse.session() as session:
        entries = retry_on_conflict(lambda: swap_in(session))
        point_to_what_is_shown(session, warehouse, storage.production, table, by_key, entries)
    return entries


class _Choice(NamedTuple):
    """The entry of what stands, and of what is to take its place. again: it was rolled back to just that already."""

    stands: Entry
    target: Entry
    again: bool


def _choose(table: DerivedTable, key: str, entries: Sequence[Entry], to: str | None) -> _Choice:
    label = published_label(table, key)
    passed = [entry for entry in entries if entry.verdict == "passed"]
    if not passed:
        raise DecisionRefused(f"{label}: nothing was ever published")
    stands = passed[0]
    held = is_rolled_back(State(entries[0], stands))
    if to is None and held:
        return _Choice(stands, stands, again=True)
    if to is None:
        earlier = next((entry for entry in passed if entry.version != stands.version), None)
        if earlier is None:
            raise DecisionRefused(f"{label}: no other version than {stands.version} was ever published")
        return _Choice(stands, earlier, again=False)
    versions = {entry.version: entry for entry in reversed(passed) if entry.version.startswith(to)}
    if len(versions) != 1:
        there = ", ".join(dict.fromkeys(entry.version for entry in passed))
        what = "is the beginning of several versions" if versions else "was never published"
        raise DecisionRefused(f"{label}: version {to} {what}; there are {there}")
    [target] = versions.values()
    return _Choice(stands, target, again=held and target.version == stands.version)


def _differences(
    session: Session,
    schema: str,
    table: DerivedTable,
    by_key: Mapping[str, Partition | None],
    before: Mapping[str, State],
    todo: Mapping[str, Entry],
) -> dict[str, Difference]:
    stands = {key: entry for key in todo if (entry := before[key].passed)}
    if not session.exists(schema, table.relation):  # somebody has dropped it
        return {key: Difference.first(entry.rows) for key, entry in todo.items()}
    slices = table.slices([p for key in todo if (p := by_key[key])])
    return differences(session, schema, table, slices, RESTORED, stands, todo)()


def _replace(
    session: Session,
    swap: Swap,
    schema: str,
    table: DerivedTable,
    by_key: Mapping[str, Partition | None],
    restored: Restored,
    todo: Mapping[str, Entry],
) -> None:
    slices = table.slices([p for key in todo if (p := by_key[key])])
    rows = {key: entry.rows for key, entry in todo.items()}
    relation = session.relation(schema, table.relation)
    replace_rows(session, swap, relation, restored.columns, slices, RESTORED, rows)


def release(
    storage: Storage, table: DerivedTable, partitions: Sequence[Partition | None], who: Who, run: RunInfo
) -> dict[str, Entry]:
    """Let the next publication of these partitions through, all or none; by key, the new entries.

    Raises DecisionRefused.
    """
    warehouse, asset = storage.warehouse, published(table)
    keys = [key_of(partition) for partition in partitions]

    def swap_in(session: Session) -> dict[str, Entry]:
        with session.swapping(asset) as swap:
            before = ledger.states(session, warehouse.staging, asset, keys)
            entries = {}
            for key in keys:
                state = before.get(key)
                if state is None or state.passed is None or not is_rolled_back(state):
                    raise DecisionRefused(f"{published_label(table, key)}: it is not rolled back")
                decision = who.decides("release", state.passed.version)
                entries[key] = state.passed.again(run_id=run.run_id, decision=decision, difference=None)
            ledger.stage(session, list(entries.values()), sequences(before))
            ledger.ensure(session, swap, warehouse.staging)
            ledger.append(session, swap, warehouse.staging, list(entries.values()))
        return entries

    with warehouse.session() as session:
        return retry_on_conflict(lambda: swap_in(session))
