"""The warehouse, and the copies that the lake keeps of its own manifests, made again of what is in the lake.

No source is asked. What raw attempts, lake copies and pointers do not say is not made again: when a row was first
staged, and the ledger of what happened before; each partition gets an entry, and a receipt, of its own.
"""

import contextlib
from collections.abc import Callable, Container, Sequence
from typing import Any

from dataops_assets.io.values import Load, Publish, Transform
from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.copies import restore_copies
from dataops_assets.lake.history import attempts_of
from dataops_assets.lake.versions import read_current
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger.entry import decision_of, is_current, key_of
from dataops_assets.ledger.integrity import rows_and_versions
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.decisions import Who, waits_for_approvals
from dataops_assets.publish.rollback import put_back, roll_back
from dataops_assets.verification.copies import partitions_of, published
from dataops_assets.verification.raw import raw_partitions
from dataops_assets.verification.tables import rows_without_entry
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

Say = Callable[[str], None]


def rebuild(storage: Storage, catalog: Catalog, assets: Container[str], run: RunInfo, say: Say) -> list[str]:
    """Make assets again; what is sound stays as it is. Returns why a partition could not be made.

    A warehouse whose file is damaged is moved away, and an empty one takes its place. say: is told what was done.
    """
    if damage := storage.warehouse.damage():
        say(f"{damage.rpartition('; ')[0]}; it is moved to {storage.warehouse.set_aside()}")
    for name, table in catalog.staged.items():
        if f"raw/{name}" in assets:
            for partition in raw_partitions(storage.staging, table.calendar, name):
                for line in restore_copies(storage.staging, name, partition):
                    say(line)
    problems: list[str] = []
    for name, table in catalog.staged.items():
        if table.asset in assets:
            found = attempts_of(
                storage.staging, name, raw_partitions(storage.staging, table.calendar, name), recent=True
            )
            there = [partition for partition, attempts in found.items() if attempts]
            problems += _make(storage, Load(table), table.asset, storage.warehouse.staging, there, run, say)
    for name, table in catalog.derived.items():
        if table.asset in assets:
            there = [p for p in partitions_of(storage.staging, table) if _has_version(storage, table, p)]
            work = Transform(table, catalog.inputs[name])
            problems += _make(storage, work, table.asset, storage.warehouse.staging, there, run, say)
        if table.derived.publish and f"production/{name}" in assets:
            there, asset = published(storage.production, table), f"production/{name}"
            lost = _put_back(storage, table, asset, there, say)
            held = _rolled_back(storage, asset, there)
            apart = held.keys() | lost.keys()
            problems += lost.values()
            problems += _make(storage, Publish(table), asset, storage.warehouse.production, there, run, say, apart)
            for key, (partition, who) in held.items():
                roll_back(storage, table, [partition], None, who, run)
                say(f"{f'{asset} {key}'.rstrip()}: as it was rolled back")
    return problems


def _make(
    storage: Storage,
    work: Load | Transform | Publish,
    asset: str,
    schema: str,
    partitions: Sequence[Partition | None],
    run: RunInfo,
    say: Say,
    apart: Container[str] = (),
) -> list[str]:
    """apart: keys of partitions that are there, and are not made here."""
    removed = retry_on_conflict(lambda: _remove_strangers(storage, work.table, asset, schema, partitions))
    if removed:
        say(f"{asset}: {removed} rows removed that neither the ledger nor the lake accounts for")
    todo = [partition for partition in partitions if key_of(partition) not in apart]
    if not todo:
        return []
    outcomes = work.write(storage, todo, run)
    made = [outcome.entry for outcome in outcomes if not outcome.refusal]
    say(f"{asset}: {len(made)} partitions, {sum(entry.rows for entry in made)} rows")
    return [outcome.refusal for outcome in outcomes if outcome.refusal]


def _remove_strangers(
    storage: Storage,
    table: StagedTable | DerivedTable,
    asset: str,
    schema: str,
    partitions: Sequence[Partition | None],
) -> int:
    """Remove rows, and entries, of partitions that are not in the lake and not as their entry says.

    Nothing if there are entries of another calendar: these rows may be theirs.
    """
    warehouse = storage.warehouse
    with warehouse.session() as session, session.swapping(asset) as swap:
        states = ledger.states(session, warehouse.staging, asset)
        if table.calendar is None or not all(is_current(table, state) for state in states.values()):
            return 0
        passed = {key: state.passed for key, state in states.items() if state.passed}
        found = rows_and_versions(session, schema, table, [table.calendar.of(key) for key in passed])()
        sound = {key for key, entry in passed.items() if found[key][0] == entry.rows}
        known = sound | {key_of(partition) for partition in partitions}
        strangers = rows_without_entry(session, schema, table, known)
        if strangers:
            slices = table.slices([table.calendar.of(key) for key in sorted(known)])
            slices.stage(session, "_known")
            swap.execute(
                f"DELETE FROM {session.relation(schema, table.relation)} AS t WHERE {slices.kept(session, 't')} "
                f"AND {slices.start_of(session, 't')} NOT IN (SELECT p.first FROM _known AS p)"
            )
        false = sorted(passed.keys() - known)
        ledger.remove(session, swap, warehouse.staging, asset, false)
        if isinstance(table, StagedTable) and session.exists(schema, table.quarantine):
            literal = session.dialect.literal
            keys = ", ".join(literal(key) for key in sorted(known))
            rows = f"{session.relation(schema, table.quarantine)} WHERE " + (
                f"partition_key NOT IN ({keys})" if keys else "TRUE"
            )
            if session.rows(f"SELECT COUNT(*) FROM {rows}")[0][0]:
                swap.execute(f"DELETE FROM {rows}")
    return strangers


def _put_back(
    storage: Storage, table: DerivedTable, asset: str, partitions: Sequence[Partition | None], say: Say
) -> dict[str, str]:
    """Where the ledger is lost, put back what somebody has rolled back to, or let through: a publication would show
    what nobody has approved, or nothing. Returns, by key, why that could not be done.
    """
    warehouse, asks, problems = storage.warehouse, waits_for_approvals(table), dict[str, str]()
    with warehouse.session() as session, session.reading():
        known = ledger.states(session, warehouse.staging, asset, map(key_of, partitions))
    for partition in partitions:
        key = key_of(partition)
        if key in known and known[key].passed:
            continue
        where, said = f"{asset} {key}".rstrip(), dict[str, Any]()
        with contextlib.suppress(LakeDamaged):
            said = read_current(storage.production, table.relation, partition) or {}
        if not asks and said.get("decision", {}).get("kind") != "rollback":
            continue
        try:
            if put_back(storage, table, [partition]):
                say(f"{where}: as the lake shows it")
        except (LakeDamaged, ValueError) as error:
            problems[key] = f"{where}: what was published cannot be put back: {error}"
    return problems


def _rolled_back(
    storage: Storage, asset: str, partitions: Sequence[Partition | None]
) -> dict[str, tuple[Partition | None, Who]]:
    """By key, the partitions that are held by a rollback, with by whom."""
    warehouse, held = storage.warehouse, dict[str, tuple[Partition | None, Who]]()
    by_key = {key_of(partition): partition for partition in partitions}
    with warehouse.session() as session, session.reading():
        for key, state in ledger.states(session, warehouse.staging, asset, by_key).items():
            decision = decision_of(state)
            if decision and decision.kind == "rollback":
                held[key] = by_key[key], Who(decision.by, decision.reason)
    return held


def _has_version(storage: Storage, table: DerivedTable, partition: Partition | None) -> bool:
    folder = f"{table.relation}/{partition.folder}/" if partition else f"{table.relation}/"
    return any(name.startswith("version=") for name in storage.staging.folders(folder))
