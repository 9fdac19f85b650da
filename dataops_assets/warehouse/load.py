"""raw → staged: typed, checked, deduplicated and swapped in, with the bad rows in quarantine and the books balanced.

One load handles any number of partitions in the same few statements. Each raw attempt is judged on its own; a
partition whose newest attempt is refused keeps the rows it had. Everything a load changes (rows, quarantine, ledger)
becomes visible in one atomic swap.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby

from dataops_assets.lake.attempts import LakeDamaged, verify_files
from dataops_assets.lake.manifest import Manifest
from dataops_assets.lake.store import Store
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse import ledger
from dataops_assets.warehouse.audit import Audit, AuditPlan, audit
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.ledger import Entry, State
from dataops_assets.warehouse.merge import BooksDoNotBalance, Merged, deduplicate, merge_rows, repeated_keys, write_rows
from dataops_assets.warehouse.outcome import CheckOutcome, Outcome, RunInfo, contract_check
from dataops_assets.warehouse.quarantine import stage_quarantine
from dataops_assets.warehouse.raw_rows import Chosen, stage_rows
from dataops_assets.warehouse.tables import StagedTable


@dataclass
class _Work:
    """One partition on its way through a load."""

    key: str
    partition: Partition | None
    manifests: Sequence[Manifest]
    state: State | None
    chosen: list[Chosen] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    audits: dict[str, Audit] = field(default_factory=dict)
    rebuild: bool = True
    failure: str = ""
    repeated: str = ""

    @property
    def newest(self) -> Manifest | None:
        return self.manifests[-1] if self.manifests else None

    @property
    def standing(self) -> Entry | None:
        """The load whose rows are in the table."""
        return self.state.passed if self.state else None

    @property
    def loaded(self) -> list[Chosen]:
        return [choice for choice in self.chosen if choice.manifest.attempt not in self.refused]


Attempts = Callable[[Sequence[Partition | None]], Mapping[str, Sequence[Manifest]]]
"""Lists the committed attempts of partitions, by partition key, the newest last."""

CHUNK_ROWS = 1_000_000

_TRIES = 10


class ConcurrentLoad(RuntimeError):
    """Another process changed the same partition between the reading and the writing of this load."""


def load(
    warehouse: Warehouse,
    store: Store,
    table: StagedTable,
    partitions: Sequence[Partition | None],
    attempts: Attempts,
    run: RunInfo,
) -> list[Outcome]:
    """Load partitions from their raw attempts; `[None]` for a table without partitions.

    Returns an outcome for each partition, in the same order. Raises ConcurrentLoad if other runs keep changing the
    same partitions; nothing is written then.
    """
    outcomes: list[Outcome] = []
    for chunk in _chunks(partitions, attempts):
        for last_try in (*[False] * (_TRIES - 1), True):
            try:
                outcomes += _load(warehouse, store, table, chunk, attempts, run)
                break
            except ConcurrentLoad:
                if last_try:
                    raise
    return outcomes


def _chunks(partitions: Sequence[Partition | None], attempts: Attempts) -> Iterator[Sequence[Partition | None]]:
    """Partitions in groups of about a million rows, which bounds the memory of a load whatever its range."""
    chunk: list[Partition | None] = []
    rows = 0
    listed = attempts(partitions)
    for partition in partitions:
        found = listed.get(partition.key if partition else ledger.WHOLE)
        chunk.append(partition)
        rows += found[-1].rows if found else 0
        if rows >= CHUNK_ROWS:
            yield chunk
            chunk, rows = [], 0
    if chunk:
        yield chunk


def _load(
    warehouse: Warehouse,
    store: Store,
    table: StagedTable,
    partitions: Sequence[Partition | None],
    attempts: Attempts,
    run: RunInfo,
) -> list[Outcome]:
    keys = [partition.key if partition else ledger.WHOLE for partition in partitions]
    with warehouse.session() as session:
        with session.reading():
            states = ledger.states(session, warehouse.staging, table.asset, keys)
        # After the ledger: whoever loads an attempt that is missing here changes the ledger too, which the swap sees.
        listed = attempts(partitions)
        works = {
            key: _choose(table, key, partition, listed.get(key, ()), states.get(key))
            for key, partition in zip(keys, partitions, strict=True)
        }
        for work in works.values():
            _refuse_damaged(store, table, work)
        plan = None
        chosen = [choice for work in works.values() for choice in work.loaded]
        if chosen:
            plan = stage_rows(session, table, store, chosen, "_incoming")
            _judge(session, plan, table, works)
        good = [work for work in works.values() if not work.failure and work.chosen]
        if good and plan:
            _discard(session, works)
            deduplicate(session, table)
            stage_quarantine(session, plan, run.run_id)
        entries = _swap(warehouse, session, table, works, good, states, run)
    return [_outcome(table, plan, work, entries.get(key)) for key, work in works.items()]


def _choose(
    table: StagedTable, key: str, partition: Partition | None, manifests: Sequence[Manifest], state: State | None
) -> _Work:
    """Which attempts to load: the newest, or with "merge" and "append" all that have not been loaded yet."""
    work = _Work(key, partition, manifests, state)
    if work.newest is None:
        work.failure = (
            f"{table.asset} {key}: there is no raw attempt to load; "
            f"extract it first: dataops run --select raw/{table.source.name} --partitions {key}"
        )
        return work
    standing = work.standing
    same_contract = standing is not None and standing.contract == table.spec.fingerprint
    done = [attempt["content"] for attempt in standing.attempts] if standing and same_contract else []
    latest_failed = state is not None and state.latest.verdict != "passed"
    wanted: Sequence[Manifest]
    if table.source.write == "replace":
        again = not done or latest_failed or work.newest.content_sha256 != done[-1]
        wanted = [work.newest] if again else []
    else:
        told, held = _changes(manifests), [content for content, _ in groupby(done)]
        wanted = told[len(held) :]
        # An attempt can come to light that was committed before one that is loaded: then all again, in their order.
        in_order = [manifest.content_sha256 for manifest in told[: len(held)]] == held
        work.rebuild = not held or not in_order or (latest_failed and not wanted)
        wanted = told if work.rebuild else wanted
    work.chosen = [Chosen(partition, key, manifest, order) for order, manifest in enumerate(wanted)]
    return work


def _changes(manifests: Sequence[Manifest]) -> list[Manifest]:
    """The last of those that say the same one after the other: what a killed run kept counts once with its rerun."""
    following = (*manifests[1:], None)
    pairs = zip(manifests, following, strict=True)
    return [one for one, after in pairs if after is None or after.content_sha256 != one.content_sha256]


def _refuse_damaged(store: Store, table: StagedTable, work: _Work) -> None:
    """Refuse attempts whose files are not what their manifest says, or that lack a column of the contract."""
    for choice in work.chosen:
        manifest = choice.manifest
        try:
            verify_files(store, manifest)
        except LakeDamaged as damage:
            work.refused[manifest.attempt] = str(damage)
            work.failure = str(damage)
            continue
        lacking = [
            column.source
            for column in table.spec.read_columns
            if column.required and manifest.rows and column.source not in manifest.columns
        ]
        if lacking:
            work.refused[manifest.attempt] = (
                f"{table.asset} {work.key}: column {', '.join(map(repr, lacking))} of the contract "
                f"{table.spec.contract.__name__} is not in raw attempt {manifest.attempt}, which has "
                f"{sorted(manifest.columns)}; mend the source and extract again, or change the contract "
                "(required=False allows a column to be missing)"
            )
    _refuse_empty(table, work)
    _fail_if_newest_is_refused(work)


def _refuse_empty(table: StagedTable, work: _Work) -> None:
    """With "replace", refuse an answer without rows where an earlier one had some: a source may have lost its data."""
    newest = work.newest
    if table.source.write != "replace" or table.source.allow_empty or newest is None or newest.rows or not work.chosen:
        return
    # Asked of the lake, so that the answer does not depend on which of the attempts happened to be loaded.
    earlier = next((manifest for manifest in reversed(work.manifests) if manifest.rows), None)
    if earlier is not None:
        work.refused[newest.attempt] = (
            f"{table.asset} {work.key}: raw attempt {newest.attempt} has no rows, attempt {earlier.attempt} had "
            f"{earlier.rows}; if the source has lost them, mend it and extract again; if they are really gone, say "
            f"allow_empty=True in the source {table.source.name!r}"
        )


def _judge(session: Session, plan: AuditPlan, table: StagedTable, works: Mapping[str, _Work]) -> None:
    """Run the checks, and refuse the attempts that a `stop` check or too many bad rows speak against."""
    for (key, attempt), found in audit(session, plan, "_incoming", ["_partition", "_attempt"], "_raw").items():
        works[key].audits[attempt] = found
    retyped = _retyped(session, plan, table)
    for work in works.values():
        for choice in work.loaded:
            attempt = choice.manifest.attempt
            found = work.audits.get(attempt, Audit())
            reason = _reason(plan, table, work, found, retyped.get((work.key, attempt), ""))
            if found.rows != choice.manifest.rows:
                reason = (
                    f"{found.rows} rows could be read of the {choice.manifest.rows} that the manifest of raw attempt "
                    f"{attempt} counts; extract the partition again"
                )
            if reason:
                work.refused[attempt] = f"{table.asset} {work.key}: {reason}"
        _fail_if_newest_is_refused(work)


def _fail_if_newest_is_refused(work: _Work) -> None:
    if work.chosen and not work.failure:
        work.failure = work.refused.get(work.chosen[-1].manifest.attempt, "")


def _reason(plan: AuditPlan, table: StagedTable, work: _Work, found: Audit, retyped: str) -> str:
    if retyped:
        return retyped
    for check in plan.checks:
        if check.severity == "stop" and found.failed.get(check.id):
            return (
                f"{found.failed[check.id]} of {found.rows} rows break the check {check.id!r} ({check.description}), "
                "which stops the load; mend the source and extract again, or change the contract"
            )
    limit = table.spec.quarantine_above
    if found.rows and found.rejected / found.rows > limit:
        worst = max((c for c in plan.checks if found.failed.get(c.id)), key=lambda c: found.failed[c.id])
        return (
            f"{found.rejected} of {found.rows} rows would go to quarantine, more than the {limit:.1%} that the "
            f"contract allows; most of all {worst.id!r} ({worst.description}): {found.failed[worst.id]} rows; "
            "mend the source and extract again, or raise quarantine_above"
        )
    return ""


def _retyped(session: Session, plan: AuditPlan, table: StagedTable) -> dict[tuple[str, str], str]:
    """Columns of which not one value, of three or more, is of the contract's type: the source changed its type."""
    typed = [c for c in table.spec.read_columns if f"{c.name}.type" in {check.id for check in plan.checks}]
    if not typed:
        return {}
    counts = ", ".join(f"COUNT({session.dialect.quote(column.name)})" for column in typed)
    found: dict[tuple[str, str], str] = {}
    suspects = session.rows(
        f"SELECT _partition, _attempt, {counts} FROM _incoming GROUP BY ALL HAVING COUNT(_rejected) >= 3"
    )
    if not suspects:
        return {}
    failing = audit(session, plan, "_incoming", ["_partition", "_attempt"], "_raw")
    for key, attempt, *cast in suspects:
        for column, good in zip(typed, cast, strict=True):
            bad = failing[(key, attempt)].failed.get(f"{column.name}.type", 0)
            if bad >= 3 and not good:
                example = next(
                    (
                        str(row.get(column.source))
                        for row in failing[(key, attempt)].sample
                        if column.name in row["check"]
                    ),
                    "",
                )
                found[(key, attempt)] = (
                    f"column {column.source!r} changed its type: none of its {bad} values is {column.type} as the "
                    f"contract says, such as {example!r}; mend the source and extract again, or change the contract"
                )
    return found


def _discard(session: Session, works: Mapping[str, _Work]) -> None:
    """Take the rows of refused attempts, and of refused partitions, out of the scratch table."""
    refused = [(w.key, a) for w in works.values() for a in w.refused]
    refused += [(w.key, c.manifest.attempt) for w in works.values() if w.failure for c in w.chosen]
    for key, attempt in dict.fromkeys(refused):
        session.execute(
            "DELETE FROM _incoming WHERE _partition = $key AND _attempt = $attempt", {"key": key, "attempt": attempt}
        )


def _swap(
    warehouse: Warehouse,
    session: Session,
    table: StagedTable,
    works: Mapping[str, _Work],
    good: Sequence[_Work],
    states: Mapping[str, State],
    run: RunInfo,
) -> dict[str, Entry]:
    """Change table, quarantine and ledger in one swap. Returns the new entries by partition."""
    failed = [work for work in works.values() if work.failure]
    if not good and not failed:
        return {}
    slices = table.slices([work.partition for work in good if work.partition])
    with session.swapping() as swap:
        now = ledger.states(session, warehouse.staging, table.asset, works)
        moved = [key for key in works if _last(now.get(key)) != _last(states.get(key))]
        if moved:
            raise ConcurrentLoad(
                f"{table.asset} {', '.join(moved[:5])}: another run loaded it meanwhile; nothing was written"
            )
        keeping = {work.key for work in good if not work.rebuild}
        merged = merge_rows(session, warehouse.staging, table, slices, keeping, run) if good else Merged({})
        if good:
            for key, reason in repeated_keys(session, table).items():
                works[key].repeated = works[key].failure = reason
            merged = merged.without([work.key for work in good if work.failure])
            good, failed = [w for w in good if not w.failure], [w for w in works.values() if w.failure]
        entries = {work.key: _entry(table, work, merged, run) for work in good}
        entries |= {work.key: _failed_entry(table, work, run) for work in failed}
        ledger.stage(session, list(entries.values()))
        swap.begin()
        ledger.create(session, warehouse.staging)
        if good:
            write_rows(session, warehouse.staging, table, slices, merged, {w.key for w in good if w.rebuild})
        ledger.append(session, warehouse.staging, list(entries.values()))
    return entries


def _last(state: State | None) -> str:
    return state.latest.id if state else ""


def _entry(table: StagedTable, work: _Work, merged: Merged, run: RunInfo) -> Entry:
    before = None if work.rebuild else work.standing
    figures = merged.figures[work.key]
    read = sum(choice.manifest.rows for choice in work.loaded)
    quarantined = sum(work.audits.get(c.manifest.attempt, Audit()).rejected for c in work.loaded)
    entry = Entry(
        asset=table.asset,
        partition=work.key,
        verdict="passed",
        version=figures.version,
        rows=figures.rows,
        rows_read=read + (before.rows_read if before else 0),
        rows_quarantined=quarantined + (before.rows_quarantined if before else 0),
        duplicates_dropped=figures.duplicates + (before.duplicates_dropped if before else 0),
        rows_inserted=figures.inserted,
        rows_updated=figures.updated,
        rows_deleted=figures.deleted,
        reason="; ".join(work.refused.values()),
        attempts=[
            *(before.attempts if before else ()),
            *(
                {"attempt": c.manifest.attempt, "content": c.manifest.content_sha256, "rows": c.manifest.rows}
                | ({"refused": True} if c.manifest.attempt in work.refused else {})
                for c in work.chosen
            ),
        ],
        checks=_found(work),
        contract=table.spec.fingerprint,
        code_version=run.code_version,
        run_id=run.run_id,
        recorded_at=datetime.now(UTC),
    )
    if entry.rows_read != entry.rows + entry.rows_quarantined + entry.duplicates_dropped:
        raise BooksDoNotBalance(
            f"{table.asset} {work.key}: {entry.rows_read} rows read are not {entry.rows} staged + "
            f"{entry.rows_quarantined} quarantined + {entry.duplicates_dropped} duplicates; nothing was written. "
            "Run `dataops verify`, and report this: it is a fault of the load, not of the data"
        )
    return entry


def _failed_entry(table: StagedTable, work: _Work, run: RunInfo) -> Entry:
    standing = work.standing
    return Entry(
        asset=table.asset,
        partition=work.key,
        verdict="failed",
        version=standing.version if standing else "",
        rows=standing.rows if standing else 0,
        reason=work.failure,
        attempts=[
            {"attempt": c.manifest.attempt, "content": c.manifest.content_sha256, "rows": c.manifest.rows}
            for c in work.chosen
        ],
        checks=_found(work),
        contract=table.spec.fingerprint,
        code_version=run.code_version,
        run_id=run.run_id,
    )


def _found(work: _Work) -> list[dict[str, object]]:
    return [
        {"attempt": attempt, "check": check, "failed": count}
        for attempt, found in work.audits.items()
        for check, count in found.failed.items()
    ]


def _unique_words(table: StagedTable) -> str:
    if not table.spec.key:
        return "the table has no key; a row that was read before is not added again"
    return f"each ({', '.join(table.spec.key)}) stands for one row"


def _outcome(table: StagedTable, plan: AuditPlan | None, work: _Work, entry: Entry | None) -> Outcome:
    changed = entry is not None and entry.verdict == "passed"
    if entry is None:  # nothing new to load: what stands, stands
        assert work.standing is not None
        entry = work.standing
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
    even = entry.verdict != "passed" or entry.rows_read == sum(balance.values()) - entry.rows_read
    return Outcome(
        entry,
        changed=changed,
        checks=[
            contract_check(checks, found, work.failure),
            CheckOutcome("uniqueness", not work.repeated, True, work.repeated or _unique_words(table)),
            CheckOutcome(
                "conservation",
                even,
                True,
                "rows read = rows staged + rows quarantined + duplicates dropped",
                balance,
            ),
            CheckOutcome(
                "new_columns",
                not new,
                False,
                f"the source sends columns the contract does not name: {', '.join(new)}. They are kept in raw; "
                "add them to the contract to have them staged"
                if new
                else "the source sends no column that the contract does not name",
                {"columns": len(new)},
            ),
        ],
    )
