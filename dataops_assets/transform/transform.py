"""staged → transformed: compute a window, check the result against its contract, copy it to the lake, swap it in.

Partitions whose inputs are not fit are held back one by one; the others of the same write go through. What is computed
is checked before it replaces anything, and the receipt names the versions of the inputs it was made of. If an input
changes while the result is computed, it is computed again.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from dataops_assets.lake.parallel import batched, parallel_each, parallel_map
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import Copy, Version, are_there, commit_versions, is_sound
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger import profiles
from dataops_assets.ledger.entry import Entry, key_of, sequences, version_of
from dataops_assets.ledger.integrity import drifted
from dataops_assets.ledger.measuring import record, stopped
from dataops_assets.ledger.outcome import Outcome, RunInfo
from dataops_assets.ledger.reference import Reference
from dataops_assets.model.partitions import Partition, contiguous
from dataops_assets.transform.compute import TransformationError, WindowRefused
from dataops_assets.transform.inputs import (
    Input,
    Readiness,
    input_entries,
    inputs_seen,
    readiness_of,
    wanted_by,
)
from dataops_assets.transform.outcomes import held_back, outcome_of, passed, refused
from dataops_assets.transform.result import Result, stage_audited, validate
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.replace import replace_rows
from dataops_assets.warehouse.schema import ensure_table
from dataops_assets.warehouse.tables import DerivedTable

CHUNK_ROWS = 1_000_000
"""About how many input rows are transformed at a time: bounds the memory, whatever the range."""

_TRIES = 10
_REFUSALS = 16
"""How often one write may find that its window is refused before it no longer looks for the partitions at fault."""


class InputsChanged(RuntimeError):
    """Other runs keep changing the inputs of a transformation while it runs."""


def transform(
    warehouse: Warehouse,
    store: Store,
    table: DerivedTable,
    inputs: Sequence[Input],
    partitions: Sequence[Partition | None],
    run: RunInfo,
) -> list[Outcome]:
    """Build partitions of a derived table; `[None]` for one without partitions. Returns an outcome for each."""
    outcomes: dict[str, Outcome] = {}
    todo = list(partitions)
    with warehouse.session() as session:
        for _ in range(_TRIES):
            with session.reading():
                compared = Reference.ask(session, warehouse.staging, table, todo)
                asked = ledger.states_later(session, warehouse.staging, table.asset, map(key_of, todo))
                states, counts = inputs_seen(session, warehouse.staging, inputs, wanted_by(inputs, todo))
                own, reference = asked(), compared()
            readiness = {
                key_of(partition): readiness_of(table, inputs, states, counts, partition) for partition in todo
            }
            held = [key for key, found in readiness.items() if found.held]
            for key in held:
                entry = refused(table, own.get(key), key, Result(), readiness[key], run)
                outcomes[key] = Outcome.of_table(entry, [held_back(readiness[key])])
            if held:
                _record(warehouse, session, table.asset, [outcomes[key].entry for key in held])
            changed: list[Partition | None] = []
            refusals = 0
            waiting = deque(_chunks([p for p in todo if key_of(p) not in held], readiness))
            while waiting:
                chunk = waiting.popleft()
                final = len(chunk) == 1 or refusals >= _REFUSALS
                try:
                    built = _build(warehouse, session, store, table, inputs, chunk, readiness, reference, run, final)
                except WindowRefused:  # one half may be sound
                    refusals, half = refusals + 1, len(chunk) // 2
                    waiting.extendleft([chunk[half:], chunk[:half]])
                    continue
                if built is None:
                    changed += chunk
                else:
                    outcomes |= {outcome.entry.partition: outcome for outcome in built}
            todo = changed
            if not todo:
                return [outcomes[key_of(partition)] for partition in partitions]
    first, last = key_of(todo[0]), key_of(todo[-1])
    raise InputsChanged(f"{table.asset} {first}..{last}: inputs changed {_TRIES} times while it was computed")


def _build(
    warehouse: Warehouse,
    session: Session,
    store: Store,
    table: DerivedTable,
    inputs: Sequence[Input],
    chunk: Sequence[Partition | None],
    readiness: Mapping[str, Readiness],
    reference: Reference,
    run: RunInfo,
    final: bool,
) -> list[Outcome] | None:
    """The outcomes of contiguous partitions; None if an input changed meanwhile, which leaves all as it was.

    readiness: what the inputs of the partitions were judged to be. Raises WindowRefused, if it is not `final`: then it
    is what became of all of them.
    """
    keys = [key_of(partition) for partition in chunk]
    # By entry, not by version: an input may have been another one meanwhile, and be the same again.
    judged = {place: entry for key in keys for place, entry in readiness[key].entries.items()}
    wanted = wanted_by(inputs, chunk)
    staged = None
    try:
        with session.reading():
            staged = stage_audited(session, warehouse.staging, table, inputs, chunk)
            now = input_entries(session, warehouse.staging, wanted)
        results = validate(session, table, inputs, chunk, staged)
        if now() != judged:
            return None
    except TransformationError as error:
        if isinstance(error, WindowRefused) and not final:
            raise
        results = {key: Result(failure=str(error)) for key in keys}
    profiled = {key: each.profile for key, each in results.items() if each.profile and not each.failure}
    measured = reference.measure(profiled, {key: each.compared for key, each in results.items()})
    for key, found in measured.items():
        results[key].measured = found
        results[key].failure = stopped(found, table.asset, key)
    good = [p for p in chunk if not results[key_of(p)].failure]
    # A copy that was lost or damaged is made again, also where the rows are still the same.
    versions = [Version(table.relation, partition, results[key_of(partition)].version, {}) for partition in good]
    sound = parallel_map(lambda version: is_sound(store, version), versions, store.threads)
    lost = [partition for partition, found in zip(good, sound, strict=True) if not found]
    rows = staged.rows if staged else ""
    _copy_to_lake(session, store, table, rows, lost, results, readiness, run)
    relied_upon = {key_of(partition): version for partition, version in zip(good, versions, strict=True)}
    for partition in lost:
        del relied_upon[key_of(partition)]

    def swap_in() -> tuple[dict[str, Entry], list[str]] | None:
        with session.swapping(table.asset) as swap:
            entries_now = input_entries(session, warehouse.staging, wanted)
            states_now = ledger.states_later(session, warehouse.staging, table.asset, keys)
            if entries_now() != judged:
                return None
            own = states_now()
            entries = {
                key: passed(table, key, results[key], readiness[key], run)
                if not results[key].failure
                else refused(table, own.get(key), key, results[key], readiness[key], run)
                for key in keys
            }
            same = {k: p for p in good if version_of(own.get(k := key_of(p))) == results[k].version}
            if not are_there(store, [version for key, version in relied_upon.items() if key not in same]):
                return None
            lost = drifted(session, warehouse.staging, table, entries, same.values())()
            changed = [p for p in good if key_of(p) not in same or key_of(p) in lost]
            after = sequences(own)
            ledger.stage(session, list(entries.values()), after)
            ledger.ensure(session, swap, warehouse.staging)
            if changed:
                counts = {key_of(p): results[key_of(p)].rows for p in changed}
                slices = table.slices([p for p in changed if p])
                ensure_table(session, swap, warehouse.staging, table)
                target = session.relation(warehouse.staging, table.relation)
                replace_rows(session, swap, target, table.spec.names, slices, rows, counts)
            fresh = {key_of(p): profiled[key_of(p)] for p in good}
            profiles.append(session, swap, warehouse.staging, table.asset, fresh, after, run.run_id)
            record(session, swap, warehouse.staging, table.asset, measured, run.run_id)
            reference.learn(fresh)
            ledger.append(session, swap, warehouse.staging, list(entries.values()))
        return entries, [key_of(p) for p in changed]

    swapped = retry_on_conflict(swap_in)
    if swapped is None:
        return None
    if staged:
        session.drop(staged.rows)
    entries, changed = swapped
    plan = staged.plan if staged else None
    return [outcome_of(table, inputs, plan, entries[key], results[key], readiness[key], key in changed) for key in keys]


def _copy_to_lake(
    session: Session,
    store: Store,
    table: DerivedTable,
    rows: str,
    partitions: Iterable[Partition | None],
    results: Mapping[str, Result],
    readiness: Mapping[str, Readiness],
    run: RunInfo,
) -> None:
    """Put each of these partitions into the lake, addressed by its version, before the warehouse shows it.

    rows: the scratch table in which they are.
    """
    wanted = {key_of(partition): partition for partition in partitions}
    if not wanted:
        return
    columns = session.dialect.columns(table.spec.names)
    session.scratch_arrow("_wanted", pa.table({"value": pa.array(list(wanted), pa.string())}))

    def copy(key: str, content: bytes | Path) -> Copy:
        provenance = {
            "inputs": readiness[key].versions,
            "contract": table.spec.fingerprint,
            "code_version": run.code_version,
            "run_id": run.run_id,
        }
        return Copy(Version(table.relation, wanted[key], results[key].version, provenance), content, results[key].rows)

    def commit(copies: Sequence[Copy]) -> None:
        commit_versions(store, copies)
        for each in copies:
            if isinstance(each.content, Path):
                each.content.unlink()

    order = session.dialect.columns(["_slice", *table.spec.key])
    chosen = f"SELECT {columns}, _slice FROM {rows} WHERE _slice IN (SELECT value FROM _wanted)"
    with store.scratch.folder() as folder:
        ready = session.export(f"{chosen} ORDER BY {order}", folder, list(wanted))
        # One batch is written while the next one is made.
        parallel_each(commit, batched((copy(*each) for each in ready), lambda each: each.in_memory), 1)


def _chunks(
    partitions: Sequence[Partition | None], readiness: Mapping[str, Readiness]
) -> Iterable[Sequence[Partition | None]]:
    timed = [partition for partition in partitions if partition]
    if len(timed) < len(partitions):
        yield [None]
    for run in contiguous(timed):
        chunk: list[Partition | None] = []
        rows = 0
        for partition in run:
            chunk.append(partition)
            rows += readiness[partition.key].rows
            if rows >= CHUNK_ROWS:
                yield chunk
                chunk, rows = [], 0
        if chunk:
            yield chunk


def _record(warehouse: Warehouse, session: Session, asset: str, entries: Sequence[Entry]) -> None:
    def record() -> None:
        with session.swapping(asset) as swap:
            before = ledger.newest(session, warehouse.staging, asset, [entry.partition for entry in entries])()
            ledger.stage(session, entries, {key: newest.sequence for key, newest in before.items()})
            ledger.ensure(session, swap, warehouse.staging)
            ledger.append(session, swap, warehouse.staging, entries)

    retry_on_conflict(record)
