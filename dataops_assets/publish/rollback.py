"""An earlier published version put in the place of a later one, out of the production lake; and the end of that.

A rollback holds the partition: nothing else is published there until it is released. Both are entries of the ledger,
with who did it and why.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dataops_assets.lake.prunings import pruned_versions
from dataops_assets.lake.versions import Version, are_there, read_current, version_rows
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.difference import Difference
from dataops_assets.ledger.entry import Entry, State, is_rolled_back, key_of
from dataops_assets.ledger.history import history
from dataops_assets.ledger.integrity import counted, drifted
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.decisions import DecisionRefused, Who, note
from dataops_assets.publish.difference import differences
from dataops_assets.publish.names import published, published_label
from dataops_assets.publish.pointers import point_to_what_is_shown
from dataops_assets.publish.receipts import entry_of
from dataops_assets.publish.restore import RESTORED, Restored, restore
from dataops_assets.warehouse.base import Session, Swap
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.errors import SwapConflict
from dataops_assets.warehouse.replace import replace_rows
from dataops_assets.warehouse.schema import ensure_table
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable


def roll_back(
    storage: Storage,
    table: DerivedTable,
    partitions: Sequence[Partition | None],
    to: str | None,
    who: Who,
    run: RunInfo,
) -> dict[str, Entry]:
    """Restore an earlier version of each of these partitions, all or none, and hold them; by key, the entries.

    to: the version, or its beginning; without it the one before what stands, but for those that were rolled back; or,
    of a partition that is held by a rollback, that same version: once more changes nothing, but for rows that somebody
    has changed since. Raises DecisionRefused, or LakeDamaged if the lake has not got the rows.
    """
    warehouse, asset = storage.warehouse, published(table)
    by_key = {key_of(partition): partition for partition in partitions}

    def swap_in(session: Session) -> dict[str, Entry]:
        with session.reading():
            known = history(session, warehouse.staging, asset, by_key)
            found = {key: _choose(table, key, known.get(key, ()), to) for key in by_key}
            again = {key: each.stands for key, each in found.items() if each.again}
            changed = _changed(session, warehouse.production, table, by_key, again)
            todo = {key: each.target for key, each in found.items() if key not in again or key in changed}
            versions = {key: Version(table.relation, by_key[key], e.version, {}) for key, e in todo.items()}
            _refuse_pruned(storage, table, versions)
            restored = restore(session, warehouse.production, storage.production, table, by_key, todo)
        with session.swapping(asset) as swap:
            before = ledger.states(session, warehouse.staging, asset, by_key)
            if not are_there(storage.production, list(versions.values())):
                raise SwapConflict(f"{asset}: a version was deleted meanwhile that nothing had needed before")
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
            _replace(session, swap, warehouse.production, table, by_key, restored, todo)
            note(session, swap, warehouse.staging, entries, before)
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
        earlier = version_before(passed)
        if earlier is None:
            raise DecisionRefused(
                f"{label}: no other version than {stands.version} stood there before it; --to takes any that dataops "
                "history names"
            )
        return _Choice(stands, earlier, again=False)
    versions = {entry.version: entry for entry in reversed(passed) if entry.version.startswith(to)}
    if len(versions) != 1:
        there = ", ".join(dict.fromkeys(entry.version for entry in passed))
        what = "is the beginning of several versions" if versions else "was never published"
        raise DecisionRefused(f"{label}: version {to} {what}; there are {there}")
    [target] = versions.values()
    return _Choice(stands, target, again=held and target.version == stands.version)


def _refuse_pruned(storage: Storage, table: DerivedTable, versions: Mapping[str, Version]) -> None:
    gone = {key: each for key, each in versions.items() if not are_there(storage.production, [each])}
    pruned = pruned_versions(storage.production, table.relation) if gone else {}
    for key, each in gone.items():
        if by := pruned.get((key, each.version)):
            raise DecisionRefused(
                f"{published_label(table, key)}: version {each.version} was pruned on {by.name[:10]} by {by.by}, its "
                "rows are no longer kept; choose another one with --to, see dataops history"
            )


def version_before(passed: Sequence[Entry]) -> Entry | None:
    """What stood before what stands now, of the entries that passed, the newest first.

    What was rolled back since did not: nobody wants to come back to that.
    """
    line: list[Entry] = []
    for entry in reversed(passed):
        places = [place for place, each in enumerate(line) if each.version == entry.version]
        if places and (places[-1] == len(line) - 1 or (entry.decision and entry.decision.kind == "rollback")):
            del line[places[-1] :]
        line.append(entry)
    return line[-2] if len(line) > 1 else None


def _changed(
    session: Session,
    schema: str,
    table: DerivedTable,
    by_key: Mapping[str, Partition | None],
    stands: Mapping[str, Entry],
) -> set[str]:
    """The keys of those whose rows are not those of their entry; under another contract they are only counted."""
    older = {key: entry for key, entry in stands.items() if entry.contract != table.spec.fingerprint}
    rows = counted(session, schema, table, [by_key[key] for key in older])
    changed = drifted(session, schema, table, stands, map(by_key.get, stands))
    return changed() | {key for key, count in rows().items() if count != older[key].rows}


def _differences(
    session: Session,
    schema: str,
    table: DerivedTable,
    by_key: Mapping[str, Partition | None],
    before: Mapping[str, State],
    todo: Mapping[str, Entry],
) -> dict[str, Difference]:
    stands = {key: entry for key in todo if (entry := before[key].passed)}
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
    ensure_table(session, swap, schema, table, published=True)
    slices = table.slices([p for key in todo if (p := by_key[key])])
    rows = {key: entry.rows for key, entry in todo.items()}
    relation = session.relation(schema, table.relation)
    replace_rows(session, swap, relation, restored.columns, slices, RESTORED, rows)


def put_back(storage: Storage, table: DerivedTable, partitions: Sequence[Partition | None]) -> list[str]:
    """Restore what the lake shows of these partitions where the ledger knows of nothing; returns the keys of these.

    Raises LakeDamaged, or ValueError for a pointer that cannot be understood; then nothing is changed.
    """
    warehouse, store, asset = storage.warehouse, storage.production, published(table)
    by_key = {key_of(partition): partition for partition in partitions}
    shown = dict[str, Entry]()
    for key, partition in by_key.items():
        if said := read_current(store, table.relation, partition):
            rows = version_rows(store, Version(table.relation, partition, said["version"], {}))
            shown[key] = entry_of(asset, key, table.asset, said, rows)

    def swap_in(session: Session) -> list[str]:
        with session.reading():
            restored = restore(session, warehouse.production, store, table, by_key, shown)
        with session.swapping(asset) as swap:
            before = ledger.states(session, warehouse.staging, asset, shown)
            todo = {key: entry for key, entry in shown.items() if key not in before or not before[key].passed}
            if todo:
                _replace(session, swap, warehouse.production, table, by_key, restored, todo)
                note(session, swap, warehouse.staging, todo, before)
        return list(todo)

    with warehouse.session() as session:
        return retry_on_conflict(lambda: swap_in(session))


def release(
    storage: Storage, table: DerivedTable, partitions: Sequence[Partition | None], who: Who, run: RunInfo
) -> dict[str, Entry]:
    """Let the next publication of these partitions through, all or none; by key, the entries.

    Once more changes nothing. Raises DecisionRefused.
    """
    warehouse, asset = storage.warehouse, published(table)
    by_key = {key_of(partition): partition for partition in partitions}

    def swap_in(session: Session) -> dict[str, Entry]:
        with session.swapping(asset) as swap:
            before = ledger.states(session, warehouse.staging, asset, by_key)
            stands, entries = dict[str, Entry](), dict[str, Entry]()
            for key in by_key:
                passed = before[key].passed if key in before else None
                kind = passed.decision.kind if passed and passed.decision else None
                if passed is None or kind not in ("rollback", "release"):
                    raise DecisionRefused(f"{published_label(table, key)}: it is not rolled back")
                stands[key] = passed
                if kind == "rollback":
                    decision = who.decides("release", passed.version)
                    entries[key] = passed.again(run_id=run.run_id, decision=decision, difference=None)
            note(session, swap, warehouse.staging, entries, before)
        return stands | entries

    with warehouse.session() as session:
        entries = retry_on_conflict(lambda: swap_in(session))
        point_to_what_is_shown(session, warehouse, storage.production, table, by_key, entries)
    return entries
