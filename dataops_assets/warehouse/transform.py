"""staged → transformed: compute a window, check the result against its contract, copy it to the lake, swap it in.

Partitions whose inputs are not fit are held back one by one; the others of the same write go through. What is computed
is checked before it replaces anything, and the receipt names the versions of the inputs it was made of. If an input
changes while the result is computed, it is computed again.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import commit_version
from dataops_assets.model.partitions import Partition, contiguous
from dataops_assets.warehouse import ledger
from dataops_assets.warehouse.audit import Audit, AuditPlan, audit, run_pandera_checks
from dataops_assets.warehouse.base import Session, Warehouse
from dataops_assets.warehouse.compute import TransformationError, compute, typed_columns
from dataops_assets.warehouse.fingerprint import fold
from dataops_assets.warehouse.inputs import Gate, Input, gate, input_states
from dataops_assets.warehouse.ledger import WHOLE, Entry, State
from dataops_assets.warehouse.outcome import CheckOutcome, Outcome, RunInfo, contract_check
from dataops_assets.warehouse.replace import replace_rows
from dataops_assets.warehouse.tables import DerivedTable

CHUNK_ROWS = 1_000_000
"""About how many input rows are transformed at a time: bounds the memory, whatever the range."""

_TRIES = 10


class InputsChanged(RuntimeError):
    """Other runs keep changing the inputs of a transformation while it runs."""


@dataclass
class _Result:
    """One partition of a computed chunk."""

    rows: int = 0
    version: str = ""
    audit: Audit = field(default_factory=Audit)
    repeated: int = 0
    failure: str = ""


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
    with warehouse.session() as session:
        with session.reading():
            states = input_states(session, warehouse.staging, inputs, partitions)
            own = ledger.states(session, warehouse.staging, table.asset, map(_key, partitions))
        gates = {_key(partition): gate(table, inputs, states, partition) for partition in partitions}
        held = [partition for partition in partitions if gates[_key(partition)].held]
        for partition in held:
            key = _key(partition)
            entry = _refused(table, own.get(key), key, "held", gates[key].held, run)
            outcomes[key] = Outcome(entry, [_held_check(gates[key])])
        if held:
            _record(warehouse, session, [outcomes[_key(partition)].entry for partition in held])
        for chunk in _chunks([p for p in partitions if p not in held], gates):
            for outcome in _transform_chunk(warehouse, session, store, table, inputs, chunk, run):
                outcomes[outcome.entry.partition] = outcome
    return [outcomes[_key(partition)] for partition in partitions]


def _transform_chunk(
    warehouse: Warehouse,
    session: Session,
    store: Store,
    table: DerivedTable,
    inputs: Sequence[Input],
    chunk: Sequence[Partition | None],
    run: RunInfo,
) -> list[Outcome]:
    keys = [_key(partition) for partition in chunk]
    for _ in range(_TRIES):
        failure = ""
        with session.reading():
            states = input_states(session, warehouse.staging, inputs, chunk)
            gates = {_key(partition): gate(table, inputs, states, partition) for partition in chunk}
            own = ledger.states(session, warehouse.staging, table.asset, keys)
            try:
                compute(session, warehouse.staging, table, inputs, chunk)
            except TransformationError as error:
                failure = str(error)
        results, plan = _check(session, table, chunk, failure)
        good = [p for p in chunk if not results[_key(p)].failure]
        changed = [p for p in good if _version(own.get(_key(p))) != results[_key(p)].version]
        _copy_to_lake(session, store, table, changed, results, gates, run)
        slices = table.slices([p for p in changed if p])
        entries = {
            key: _passed(table, key, results[key], gates[key], own.get(key), run)
            if not results[key].failure
            else _refused(table, own.get(key), key, "failed", results[key].failure, run)
            for key in keys
        }
        with session.swapping() as swap:
            now = input_states(session, warehouse.staging, inputs, chunk)
            if any(gate(table, inputs, now, p) != gates[_key(p)] for p in chunk):
                continue
            ledger.stage(session, list(entries.values()))
            swap.begin()
            ledger.create(session, warehouse.staging)
            if changed:
                rows = {_key(p): results[_key(p)].rows for p in changed}
                replace_rows(session, warehouse.staging, table.relation, table.spec, slices, "_audited", rows)
            ledger.append(session, warehouse.staging, list(entries.values()))
        session.drop("_result", "_audited")
        return [
            _outcome(table, plan, entries[key], results[key], gates[key], key in map(_key, changed)) for key in keys
        ]
    raise InputsChanged(f"{table.asset} {keys[0]}..{keys[-1]}: inputs changed {_TRIES} times while it was computed")


def _check(
    session: Session, table: DerivedTable, chunk: Sequence[Partition | None], failure: str
) -> tuple[dict[str, _Result], AuditPlan | None]:
    """Make the scratch table `_audited` of `_result` and judge each partition of the chunk."""
    results = {_key(partition): _Result() for partition in chunk}
    dialect, spec = session.dialect, table.spec
    plan = None
    if not failure:
        try:
            typed = typed_columns(session, table)
        except TransformationError as error:
            failure = str(error)
    if failure:
        for result in results.values():
            result.failure = failure
        return results, plan
    slices = table.slices([partition for partition in chunk if partition])
    slices.stage(session, "_parts")
    plan = AuditPlan.of(spec, dialect, (), {})
    session.scratch(
        "_audited",
        f"SELECT {dialect.columns(spec.names, 'r.')}, p.partition AS _partition, "
        f"{plan.column(dialect, '_rejected', {'stop'})}, {plan.column(dialect, '_flagged', {'warn', 'log'})} "
        f"FROM (SELECT {typed} FROM _result) AS r LEFT JOIN _parts AS p ON {slices.matches(session, 'r', 'p')}",
    )
    session.drop("_result")
    run_pandera_checks(session, plan, "_audited")
    outside = session.rows("SELECT COUNT(*) FROM _audited WHERE _partition IS NULL")[0][0]
    for key, found in audit(session, plan, "_audited", ["_partition"], dialect.columns(spec.names)).items():
        if key[0] in results:
            results[key[0]].audit = found
    one, two = dialect.fingerprint(spec.names)
    for result in results.values():
        result.version = fold(0, None, None)
    for key, rows, first, second in session.rows(
        f"SELECT _partition, COUNT(*), {one}, {two} FROM _audited WHERE _partition IS NOT NULL GROUP BY _partition"
    ):
        results[key].rows, results[key].version = rows, fold(rows, first, second)
    for columns in (spec.key, *spec.unique):
        _find_repeated(session, table, columns, results)
    for key, result in results.items():
        label = f"{table.asset} {key}".strip()
        stopped = [check for check in plan.checks if check.severity == "stop" and result.audit.failed.get(check.id)]
        if outside:
            result.failure = (
                f"{label}: the transformation gave {outside} rows outside the window "
                f"{_key(chunk[0])}..{_key(chunk[-1])}; filter by {table.by.column if table.by else ''} in it"
            )
        elif stopped and not result.failure:
            worst = stopped[0]
            result.failure = (
                f"{label}: {result.audit.failed[worst.id]} of {result.audit.rows} rows break the check {worst.id!r} "
                f"({worst.description}); mend the transformation or its inputs, or change the contract"
            )
    return results, plan


def _find_repeated(
    session: Session, table: DerivedTable, columns: Sequence[str], results: Mapping[str, _Result]
) -> None:
    names = session.dialect.columns(columns)
    present = " AND ".join(f"{session.dialect.quote(name)} IS NOT NULL" for name in columns)
    for key, repeated, *example in session.rows(
        f"SELECT _partition, SUM(n - 1), {', '.join(f'MIN({session.dialect.quote(name)})' for name in columns)} FROM "
        f"(SELECT _partition, {names}, COUNT(*) AS n FROM _audited WHERE {present} "
        f"GROUP BY _partition, {names} HAVING COUNT(*) > 1) AS k GROUP BY _partition"
    ):
        if key in results:
            values = ", ".join(f"{name}={value}" for name, value in zip(columns, example, strict=True))
            results[key].repeated += int(repeated)
            results[key].failure = (
                f"{table.asset} {key}: {repeated} rows repeat the key ({', '.join(columns)}), near {values}; "
                "a join that multiplies rows is the usual cause"
            )


def _copy_to_lake(
    session: Session,
    store: Store,
    table: DerivedTable,
    changed: Iterable[Partition | None],
    results: Mapping[str, _Result],
    gates: Mapping[str, Gate],
    run: RunInfo,
) -> None:
    """Put each changed partition into the lake, addressed by its version, before the warehouse shows it."""
    columns, key_columns = session.dialect.columns(table.spec.names), session.dialect.columns(table.spec.key)
    literal = session.dialect.literal
    with tempfile.TemporaryDirectory(prefix="dataops-") as folder:
        for partition in changed:
            key = _key(partition)
            file = Path(folder) / f"{key or 'all'}.parquet"
            session.export(
                f"SELECT {columns} FROM _audited WHERE _partition = {literal(key)} ORDER BY {key_columns}", file
            )
            commit_version(
                store,
                table.relation,
                partition,
                results[key].version,
                [file],
                rows=results[key].rows,
                provenance={
                    "inputs": gates[key].versions,
                    "contract": table.spec.fingerprint,
                    "code_version": run.code_version,
                    "run_id": run.run_id,
                },
            )
            file.unlink()


def _chunks(partitions: Sequence[Partition | None], gates: Mapping[str, Gate]) -> Iterable[Sequence[Partition | None]]:
    timed = [partition for partition in partitions if partition]
    if len(timed) < len(partitions):
        yield [None]
    for run in contiguous(timed):
        chunk: list[Partition | None] = []
        rows = 0
        for partition in run:
            chunk.append(partition)
            rows += gates[partition.key].rows
            if rows >= CHUNK_ROWS:
                yield chunk
                chunk, rows = [], 0
        if chunk:
            yield chunk


def _record(warehouse: Warehouse, session: Session, entries: Sequence[Entry]) -> None:
    with session.swapping() as swap:
        ledger.stage(session, entries)
        swap.begin()
        ledger.create(session, warehouse.staging)
        ledger.append(session, warehouse.staging, entries)


def _passed(table: DerivedTable, key: str, result: _Result, gate: Gate, before: State | None, run: RunInfo) -> Entry:
    return Entry(
        asset=table.asset,
        partition=key,
        verdict="passed",
        version=result.version,
        rows=result.rows,
        rows_read=result.rows,
        inputs=gate.versions,
        checks=[{"check": check, "failed": count} for check, count in result.audit.failed.items()]
        + [{"check": "history", "missing": list(gate.missing)}] * bool(gate.missing),
        contract=table.spec.fingerprint,
        code_version=run.code_version,
        run_id=run.run_id,
    )


def _refused(
    table: DerivedTable, before: State | None, key: str, verdict: ledger.Verdict, reason: str, run: RunInfo
) -> Entry:
    standing = before.passed if before else None
    return Entry(
        asset=table.asset,
        partition=key,
        verdict=verdict,
        version=standing.version if standing else "",
        rows=standing.rows if standing else 0,
        reason=reason,
        contract=table.spec.fingerprint,
        code_version=run.code_version,
        run_id=run.run_id,
    )


def _outcome(
    table: DerivedTable, plan: AuditPlan | None, entry: Entry, result: _Result, gate: Gate, changed: bool
) -> Outcome:
    checks = [
        contract_check(plan.checks if plan else (), result.audit, result.failure),
        CheckOutcome(
            "uniqueness",
            not result.repeated,
            True,
            f"{result.repeated} rows repeat a key" if result.repeated else "each key stands for one row",
            {"repeated": result.repeated},
        ),
    ]
    if table.derived.history:
        checks.append(_history_check(gate))
    return Outcome(entry, checks, changed)


def _history_check(gate: Gate) -> CheckOutcome:
    words = "all history that the calendar has is loaded"
    if gate.missing:
        words = f"history incomplete: {', '.join(gate.missing)} not loaded; build this partition again once they are"
    return CheckOutcome("history", not gate.missing, False, words, {"missing": len(gate.missing)})


def _held_check(gate: Gate) -> CheckOutcome:
    return CheckOutcome("contract", False, True, gate.held)


def _version(state: State | None) -> str | None:
    return state.passed.version if state and state.passed else None


def _key(partition: Partition | None) -> str:
    return partition.key if partition else WHOLE
