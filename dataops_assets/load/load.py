"""raw → staged: typed, checked, deduplicated and swapped in, with the bad rows in quarantine and the books balanced.

One load handles any number of partitions in the same few statements. Each raw attempt is judged on its own; a
partition keeps the rows it had if its newest attempt is refused, or one whose rows no later attempt has read again.
Everything a load changes (rows, quarantine, ledger) becomes visible in one atomic swap.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from dataops_assets.lake.parallel import parallel_map
from dataops_assets.lake.store import Store
from dataops_assets.ledger import entries as ledger
from dataops_assets.ledger import measuring, profiles
from dataops_assets.ledger.entry import Entry, key_of
from dataops_assets.ledger.integrity import balances, drifted
from dataops_assets.ledger.measuring import stopped
from dataops_assets.ledger.outcome import Outcome, RunInfo
from dataops_assets.ledger.reference import Reference
from dataops_assets.load.admission import PartitionLoad, choose, discard, refuse_damaged
from dataops_assets.load.committed import Committed, committed
from dataops_assets.load.merge import Clean, Merged, deduplicate, merge_rows, some_key_repeats, write_rows
from dataops_assets.load.outcomes import failed_entry, imbalance, loaded_entry, outcome_of
from dataops_assets.load.quarantine import (
    define_quarantine,
    missing_from_quarantine,
    stage_quarantine,
    stage_repeated,
    stage_stopped,
    write_stopped,
)
from dataops_assets.load.raw_rows import stage_rows
from dataops_assets.load.verdicts import refuse_attempts
from dataops_assets.model.partitions import Partition
from dataops_assets.validation.measured import Measured
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.conflicts import retry_on_conflict
from dataops_assets.warehouse.errors import QueryRefused
from dataops_assets.warehouse.tables import StagedTable

CHUNK_ROWS = 1_000_000

_TRIES = 10


class ConcurrentLoad(RuntimeError):
    """Another process changed the same partition between the reading and the writing of this load."""


def load(
    warehouse: Warehouse,
    store: Store,
    table: StagedTable,
    partitions: Sequence[Partition | None],
    run: RunInfo,
) -> list[Outcome]:
    """Load partitions from their raw attempts; `[None]` for a table without partitions.

    Returns an outcome for each partition, in the same order. Raises ConcurrentLoad if other runs keep changing the
    same partitions, SwapConflict if they keep changing others of the table; nothing is written then.
    """
    outcomes: list[Outcome] = []
    works, reference = _look(warehouse, store, table, partitions)
    for chunk in _chunks(works):
        for last_try in (*[False] * (_TRIES - 1), True):
            try:
                outcomes += _load(warehouse, store, table, chunk, reference, run)
                break
            except ConcurrentLoad:
                if last_try:
                    raise
                chunk, reference = _look(warehouse, store, table, [work.partition for work in chunk])
    return outcomes


def _look(
    warehouse: Warehouse, store: Store, table: StagedTable, partitions: Sequence[Partition | None]
) -> tuple[list[PartitionLoad], Reference]:
    """What there is to do for each partition, by what the ledger, the tables and the lake say now, and what the
    partitions are compared with.
    """
    with warehouse.session() as session, session.reading():
        asked = Reference.ask(session, warehouse.staging, table, partitions)
        goes_on = table.source.write != "replace"
        states = ledger.states(session, warehouse.staging, table.asset, map(key_of, partitions), whole=goes_on)
        passed = {key: state.passed for key, state in states.items() if state.passed}
        changed = drifted(session, warehouse.staging, table, passed, partitions)
        missing = missing_from_quarantine(session, warehouse.staging, table, passed)
        lost = changed() | missing() | {key for key, entry in passed.items() if not balances(entry)}
        reference = asked()
    # After the ledger: whoever loads an attempt that is missing here changes the ledger too, which the swap sees.
    listed = committed(store, table, partitions)
    keys = {key_of(partition): partition for partition in partitions}
    works = [
        choose(table, key, partition, listed.get(key, Committed()), states.get(key), key in lost)
        for key, partition in keys.items()
    ]
    return works, reference


def _chunks(works: Sequence[PartitionLoad]) -> Iterator[list[PartitionLoad]]:
    """Partitions in groups of about a million rows, which bounds the memory of a load whatever its range."""
    chunk: list[PartitionLoad] = []
    rows = 0
    for work in works:
        chunk.append(work)
        rows += work.newest.rows if work.newest else 0
        if rows >= CHUNK_ROWS:
            yield chunk
            chunk, rows = [], 0
    if chunk:
        yield chunk


@dataclass(frozen=True)
class _Staged:
    """What is ready to be swapped in: of which partitions, their new rows, and the scratch table of rejected ones."""

    partitions: Sequence[PartitionLoad]
    clean: Clean
    quarantined: str


def _load(
    warehouse: Warehouse,
    store: Store,
    table: StagedTable,
    chunk: Sequence[PartitionLoad],
    reference: Reference,
    run: RunInfo,
) -> list[Outcome]:
    works = {work.key: work for work in chunk}
    with warehouse.session() as session:
        parallel_map(lambda work: refuse_damaged(store, table, work), list(works.values()), store.threads)
        incoming, staged, stopped_rows = None, None, ""
        chosen = [choice for work in works.values() for choice in work.loaded]
        if chosen:
            with _computed_columns_named(table):
                incoming = stage_rows(session, table, store, chosen, {w.key: w.corrections for w in works.values()})
                repeated = some_key_repeats(session, table, incoming.rows)
                refuse_attempts(session, incoming, table, works)
            if bad := [work.key for work in works.values() if work.failure and work.rejected]:
                stopped_rows = stage_stopped(session, table, incoming, run.run_id, bad)
            if good := [work for work in works.values() if not work.failure and work.chosen]:
                discard(session, incoming.rows, works)
                clean = deduplicate(session, table, incoming.rows, repeated)
                staged = _Staged(good, clean, stage_quarantine(session, table, incoming, run.run_id))
        # The rows are staged: only the swap is made again where somebody else was first, on other partitions.
        entries, measured = retry_on_conflict(
            lambda: _swap(warehouse, session, table, works, staged, stopped_rows, reference, run)
        )
    # Of what was not loaded again, too, is said what is known of it.
    measured |= reference.measure(
        {key: reference.known[key] for key in works if key in reference.known and key not in entries}
    )
    plan = incoming.plan if incoming else None
    for key, found in measured.items():
        works[key].measured = found
    return [outcome_of(table, plan, work, entries.get(key)) for key, work in works.items()]


@contextmanager
def _computed_columns_named(table: StagedTable) -> Iterator[None]:
    """BigQuery ends a statement at a value for which SQL of the contract raises, and says neither row nor column."""
    computed = "; ".join(f"{column.name}: {column.sql}" for column in table.spec.columns if column.sql)
    try:
        yield
    except QueryRefused as error:
        if not computed or error.table:
            raise
        raise QueryRefused(
            f"{table.asset}: a computed column raises for some row ({computed}): {error}; have it give null there, "
            "with SAFE. or SAFE_CAST, or mend the source and extract again"
        ) from error


def _swap(
    warehouse: Warehouse,
    session: Session,
    table: StagedTable,
    works: Mapping[str, PartitionLoad],
    staged: _Staged | None,
    stopped_rows: str,
    reference: Reference,
    run: RunInfo,
) -> tuple[dict[str, Entry], dict[str, list[Measured]]]:
    """Change table, quarantine and ledger in one swap. Returns the new entries, and what the statistics measured, by
    partition. stopped_rows: of `stage_stopped`.
    """
    good = list(staged.partitions) if staged else []
    failed = [work for work in works.values() if work.failure]
    if not good and not failed:
        return {}, {}
    for work in good:  # what an earlier try has found of them
        work.repeated = work.unbalanced = work.failure = ""
    slices = table.slices([work.partition for work in good if work.partition])
    with session.swapping(table.asset) as swap:
        now = ledger.newest(session, warehouse.staging, table.asset, works)()
        seen = {key: work.state.latest.id for key, work in works.items() if work.state}
        moved = [key for key in works if (now[key].id if key in now else None) != seen.get(key)]
        if moved:
            raise ConcurrentLoad(
                f"{table.asset} {', '.join(moved[:5])}: another run loaded it meanwhile; nothing was written"
            )
        keeping = {work.key for work in good if not work.rebuild}
        measured: dict[str, list[Measured]] = {}
        merged = Merged({})
        if staged:
            lost = any(work.lost for work in good)
            merged = merge_rows(session, warehouse.staging, table, staged.clean, slices, keeping, run, lost)
            for key, reason in merged.repeated.items():
                works[key].repeated = works[key].failure = reason
            measured = reference.measure(merged.profiles, merged.compared)
            for work in good:
                work.unbalanced = imbalance(loaded_entry(table, work, merged, run))
                work.failure = work.failure or work.unbalanced
                work.measured = measured.get(work.key, ())
                work.failure = work.failure or stopped(work.measured, table.asset, work.key)
            merged = merged.without([work.key for work in good if work.failure])
            good, failed = [w for w in good if not w.failure], [w for w in works.values() if w.failure]
        entries = {work.key: loaded_entry(table, work, merged, run) for work in good}
        entries |= {work.key: failed_entry(table, work, run) for work in failed}
        after = {key: newest.sequence for key, newest in now.items()}
        ledger.stage(session, list(entries.values()), after)
        ledger.ensure(session, swap, warehouse.staging)
        rebuilt = {work.key for work in good if work.rebuild}
        offending = [stopped_rows] if stopped_rows else []
        if repeating := [work.key for work in failed if work.repeated]:
            offending.append(stage_repeated(session, table, merged.rows, run.run_id, repeating))
        was_stopped = {key for key in entries if (was := works[key].state) and was.latest.verdict != "passed"}
        if good or offending or was_stopped:
            define_quarantine(session, swap, warehouse.staging, table)
        if judged := {work.key for work in failed if offending} | (was_stopped - rebuilt):
            write_stopped(session, swap, warehouse.staging, table, offending, judged)
        if staged and good:
            write_rows(session, swap, warehouse.staging, table, slices, merged, staged.quarantined, rebuilt)
            profiles.append(session, swap, warehouse.staging, table.asset, merged.profiles, after, run.run_id)
        measuring.record(session, swap, warehouse.staging, table.asset, measured, run.run_id)
        ledger.append(session, swap, warehouse.staging, list(entries.values()))
    reference.learn(merged.profiles)
    return entries, measured
