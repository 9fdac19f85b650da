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
from dataops_assets.ledger.entry import Cause, Entry, key_of, made_by
from dataops_assets.ledger.integrity import balances, drifted
from dataops_assets.ledger.outcome import CheckOutcome, Outcome, RunInfo, contract_check
from dataops_assets.load.admission import PartitionLoad, choose, committed, discard, refuse_damaged
from dataops_assets.load.merge import Clean, Merged, deduplicate, merge_rows, some_key_repeats, write_rows
from dataops_assets.load.quarantine import missing_from_quarantine, stage_quarantine
from dataops_assets.load.raw_rows import stage_rows
from dataops_assets.load.verdicts import refuse_attempts
from dataops_assets.model.partitions import Partition
from dataops_assets.model.severity import Severity
from dataops_assets.validation.audit import Audit, AuditPlan
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
    for chunk in _chunks(_look(warehouse, store, table, partitions)):
        for last_try in (*[False] * (_TRIES - 1), True):
            try:
                outcomes += _load(warehouse, store, table, chunk, run)
                break
            except ConcurrentLoad:
                if last_try:
                    raise
                chunk = _look(warehouse, store, table, [work.partition for work in chunk])
    return outcomes


def _look(
    warehouse: Warehouse, store: Store, table: StagedTable, partitions: Sequence[Partition | None]
) -> list[PartitionLoad]:
    """What there is to do for each partition, by what the ledger, the tables and the lake say now."""
    with warehouse.session() as session, session.reading():
        goes_on = table.source.write != "replace"
        states = ledger.states(session, warehouse.staging, table.asset, map(key_of, partitions), whole=goes_on)
        passed = {key: state.passed for key, state in states.items() if state.passed}
        changed = drifted(session, warehouse.staging, table, passed, partitions)
        missing = missing_from_quarantine(session, warehouse.staging, table.quarantine, passed)
        lost = changed() | missing() | {key for key, entry in passed.items() if not balances(entry)}
    # After the ledger: whoever loads an attempt that is missing here changes the ledger too, which the swap sees.
    listed = committed(store, table, partitions)
    keys = {key_of(partition): partition for partition in partitions}
    return [
        choose(table, key, partition, listed.get(key, ()), states.get(key), key in lost)
        for key, partition in keys.items()
    ]


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
    warehouse: Warehouse, store: Store, table: StagedTable, chunk: Sequence[PartitionLoad], run: RunInfo
) -> list[Outcome]:
    works = {work.key: work for work in chunk}
    with warehouse.session() as session:
        parallel_map(lambda work: refuse_damaged(store, table, work), list(works.values()), store.threads)
        incoming, staged = None, None
        chosen = [choice for work in works.values() for choice in work.loaded]
        if chosen:
            with _computed_columns_named(table):
                incoming = stage_rows(session, table, store, chosen)
                repeated = some_key_repeats(session, table, incoming.rows)
                refuse_attempts(session, incoming, table, works)
            if good := [work for work in works.values() if not work.failure and work.chosen]:
                discard(session, incoming.rows, works)
                clean = deduplicate(session, table, incoming.rows, repeated)
                staged = _Staged(good, clean, stage_quarantine(session, incoming, run.run_id))
        # The rows are staged: only the swap is made again where somebody else was first, on other partitions.
        entries = retry_on_conflict(lambda: _swap(warehouse, session, table, works, staged, run))
    plan = incoming.plan if incoming else None
    return [_outcome(table, plan, work, entries.get(key)) for key, work in works.items()]


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
    run: RunInfo,
) -> dict[str, Entry]:
    """Change table, quarantine and ledger in one swap. Returns the new entries by partition."""
    good = list(staged.partitions) if staged else []
    failed = [work for work in works.values() if work.failure]
    if not good and not failed:
        return {}
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
        merged = Merged({})
        if staged:
            lost = any(work.lost for work in good)
            merged = merge_rows(session, warehouse.staging, table, staged.clean, slices, keeping, run, lost)
            for key, reason in merged.repeated.items():
                works[key].repeated = works[key].failure = reason
            for work in good:
                work.unbalanced = _imbalance(_entry(table, work, merged, run))
                work.failure = work.failure or work.unbalanced
            merged = merged.without([work.key for work in good if work.failure])
            good, failed = [w for w in good if not w.failure], [w for w in works.values() if w.failure]
        entries = {work.key: _entry(table, work, merged, run) for work in good}
        entries |= {work.key: _failed_entry(table, work, run) for work in failed}
        ledger.stage(session, list(entries.values()), {key: newest.sequence for key, newest in now.items()})
        ledger.ensure(session, swap, warehouse.staging)
        if staged and good:
            rebuilt = {work.key for work in good if work.rebuild}
            write_rows(session, swap, warehouse.staging, table, slices, merged, staged.quarantined, rebuilt)
        ledger.append(session, swap, warehouse.staging, list(entries.values()))
    return entries


def _entry(table: StagedTable, work: PartitionLoad, merged: Merged, run: RunInfo) -> Entry:
    before = None if work.rebuild else work.passed
    figures = merged.figures[work.key]
    read = sum(choice.manifest.rows for choice in work.loaded)
    quarantined = sum(work.audits.get(c.manifest.attempt, Audit()).rejected for c in work.loaded)
    return Entry.passed(
        table.asset,
        work.key,
        figures.version,
        figures.rows,
        rows_read=read + (before.rows_read if before else 0),
        rows_quarantined=quarantined + (before.rows_quarantined if before else 0),
        duplicates_dropped=figures.duplicates + (before.duplicates_dropped if before else 0),
        rows_inserted=figures.inserted,
        rows_updated=figures.updated,
        rows_deleted=figures.deleted,
        reason="; ".join(work.refused.values()),
        attempts=[
            {"attempt": c.manifest.attempt, "content": c.manifest.content_sha256, "rows": c.manifest.rows}
            | ({"refused": True} if c.manifest.attempt in work.refused else {})
            for c in work.chosen
        ],
        follows=before.id if before else "",
        checks=_found(work),
        contract=table.spec.fingerprint,
        code_version=run.code_version,
        made_by=made_by(table),
        run_id=run.run_id,
    )


def _imbalance(entry: Entry) -> str:
    """Why rows are missing or too many in what is to be written, or an empty text."""
    if entry.rows_read == entry.rows + entry.rows_quarantined + entry.duplicates_dropped:
        return ""
    return (
        f"{entry.asset} {entry.partition}: {entry.rows_read} rows read are not {entry.rows} staged + "
        f"{entry.rows_quarantined} quarantined + {entry.duplicates_dropped} duplicates; nothing was written. "
        "Run `dataops verify`, and report this: it is a fault of the load, not of the data"
    )


def _failed_entry(table: StagedTable, work: PartitionLoad, run: RunInfo) -> Entry:
    return Entry.refused(
        table.asset,
        work.key,
        work.state,
        "failed",
        work.failure,
        Cause(work.code, table.asset, work.key),
        attempts=[
            {"attempt": c.manifest.attempt, "content": c.manifest.content_sha256, "rows": c.manifest.rows}
            for c in work.chosen
        ],
        checks=_found(work),
        contract=table.spec.fingerprint,
        code_version=run.code_version,
        made_by=made_by(table),
        run_id=run.run_id,
    )


def _found(work: PartitionLoad) -> list[dict[str, object]]:
    return [
        {"attempt": attempt, "check": check, "failed": count}
        for attempt, found in work.audits.items()
        for check, count in found.failed.items()
    ]


def _unique_words(table: StagedTable) -> str:
    if not table.spec.key:
        return "the table has no key; a row that was read before is not added again"
    return f"each ({', '.join(table.spec.key)}) stands for one row"


def _outcome(table: StagedTable, plan: AuditPlan | None, work: PartitionLoad, entry: Entry | None) -> Outcome:
    changed = entry is not None and entry.verdict == "passed"
    if entry is None:  # nothing new to load: what stands, stands
        assert work.passed is not None
        entry = work.passed
    newest = work.newest
    found = work.audits.get(newest.attempt, Audit(rows=newest.rows)) if newest else Audit()
    checks = plan.checks if plan else table.spec.checks
    new = sorted(set(newest.columns) - {c.source for c in table.spec.columns}) if newest else []
    balance = {
        "rows_read": entry.rows_read,
        "rows_staged": entry.rows,
        "rows_quarantined": entry.rows_quarantined,
        "duplicates_dropped": entry.duplicates_dropped,
    }
    return Outcome.of_table(
        entry,
        changed=changed,
        checks=[
            contract_check(checks, found, work.failure),
            CheckOutcome("uniqueness", not work.repeated, Severity.STOP, work.repeated or _unique_words(table)),
            CheckOutcome(
                "conservation",
                not work.unbalanced,
                Severity.STOP,
                work.unbalanced or "rows read = rows staged + rows quarantined + duplicates dropped",
                balance,
            ),
            CheckOutcome(
                "new_columns",
                not new,
                Severity.WARN,
                f"the source sends columns the contract does not name: {', '.join(new)}. They are kept in raw; "
                "add them to the contract to have them staged"
                if new
                else "the source sends no column that the contract does not name",
                {"columns": len(new)},
            ),
        ],
    )
