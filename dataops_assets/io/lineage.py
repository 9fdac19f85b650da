"""What OpenLineage is told of a step: when it begins, and what came of it."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from dataops_assets.io.values import Extract, Load, Operation, Publish, Transform
from dataops_assets.ledger.outcome import Outcome
from dataops_assets.lineage import addresses, sending
from dataops_assets.lineage.step import Assertion, Dataset, Field, Made, State, Step
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

_NAMED = 20
"""Partitions that are named in an event where some are bad."""
_LISTED = 1000

_log = logging.getLogger(__name__)


@contextmanager
def telling(
    context: dg.OutputContext,
    work: Operation,
    storage: Storage,
    partitions: Sequence[Partition | None],
    tried_again: bool,
) -> Iterator[Callable[[Sequence[Outcome]], None]]:
    """Tell of the step that the block is; gives what is called with its outcomes. Fails nothing.

    tried_again: if it raises an error, the step is run once more, and is not told to have failed.
    """
    if not sending.is_on():
        yield lambda outcomes: None
        return
    begun = _told(work, lambda: _begun(context, work, storage, partitions))
    if begun is None:
        yield lambda outcomes: None
        return

    def tell(outcomes: Sequence[Outcome]) -> None:
        _told(work, lambda: _ended(begun, work, outcomes))

    try:
        yield tell
    except BaseException as error:
        if not (tried_again and getattr(error, "allow_retries", True)):
            # The words may have anything in them: they are in Dagster, and in the log.
            why = f"{type(error).__name__}; the run in Dagster says more"
            _told(work, lambda: replace(begun, state="FAIL", at=datetime.now(UTC), error=why))
        raise


def _told(work: Operation, make: Callable[[], Step]) -> Step | None:
    """Tell what this makes, and give it."""
    try:
        step = make()
    except Exception as error:
        _log.warning("OpenLineage is not told of %s: %s: %s", work.asset, type(error).__name__, error)
        return None
    sending.send(step)
    return step


def _begun(
    context: dg.OutputContext, work: Operation, storage: Storage, partitions: Sequence[Partition | None]
) -> Step:
    spec, sources = context.asset_spec, _reads(work, storage)
    times = [partition for partition in partitions if partition]
    table = None if isinstance(work, Extract) else work.table  # type: ignore[attr-defined]
    sql = table.derived.sql if isinstance(work, Transform) and isinstance(table, DerivedTable) else None
    again = context._step_context is not None and context.step_context.previous_attempt_count > 0
    return Step(
        run_id=context.run_id,
        job=context.job_name,
        asset=work.asset,
        state="RUNNING" if again else "START",
        at=datetime.now(UTC),
        description=spec.description or "",
        owners=list(spec.owners),
        sql=(sql or "").strip(),
        window=(times[0].start, times[-1].end) if times else None,
        reads=list(dict.fromkeys(sources.values())),
        makes=_makes(work, storage, _fields(spec, table, sources)),
    )


def _reads(work: Operation, storage: Storage) -> dict[str, Dataset]:
    """By asset."""
    match work:
        case Load():
            name = work.table.source.name
            return {f"raw/{name}": addresses.of_folder(storage.staging, f"raw_{name}")}
        case Transform():
            return {each.table.asset: _staging(storage, each.table) for each in work.inputs}
        case Publish():
            return {work.table.asset: _staging(storage, work.table)}
        case _:
            return {}  # what a source is called is known when it has answered


def _staging(storage: Storage, table: StagedTable | DerivedTable) -> Dataset:
    return Dataset(*storage.warehouse.address(storage.warehouse.staging, table.relation))


def _makes(work: Operation, storage: Storage, fields: Sequence[Field]) -> list[Made]:
    match work:
        case Extract():
            return [Made(addresses.of_folder(storage.staging, f"raw_{work.source.name}"))]
        case Publish():
            table = work.table.relation
            production = Dataset(*storage.warehouse.address(storage.warehouse.production, table))
            lake = addresses.of_folder(storage.production, table)
            return [Made(production, fields, same=True), Made(lake, fields, same=True)]
        case Load() | Transform():
            return [Made(_staging(storage, work.table), fields)]
        case _:
            return []


def _fields(spec: dg.AssetSpec, table: Any, sources: Mapping[str, Dataset]) -> list[Field]:
    """The columns as Dagster shows them."""
    schema, lineage = (spec.metadata.get(f"dagster/{name}") for name in ("column_schema", "column_lineage"))
    if not isinstance(schema, dg.TableSchema) or table is None:
        return []
    deps = lineage.deps_by_column if isinstance(lineage, dg.TableColumnLineage) else {}
    words = {column.name: column.description for column in table.spec.columns}
    return [
        Field(
            column.name,
            column.type,
            words.get(column.name, column.description or ""),
            list(column.tags),
            [
                (sources[key], dep.column_name)
                for dep in deps.get(column.name, ())
                if (key := dep.asset_key.to_user_string()) in sources
            ],
        )
        for column in schema.columns
    ]


def _ended(begun: Step, work: Operation, outcomes: Sequence[Outcome]) -> Step:
    written = [outcome for outcome in outcomes if not outcome.refusal]
    state: State = "COMPLETE" if written else "FAIL"
    assertions = [*_of_rows(work, outcomes), *_of_checks(outcomes)]
    rows = sum(outcome.entry.rows for outcome in written) if written else None
    size = sum(int(outcome.figures["bytes"]) for outcome in written) if isinstance(work, Extract) and written else None
    origins = [
        each
        for outcome in outcomes
        if outcome.origin
        for each in addresses.of_source(outcome.origin, work.calendar is not None)
    ]
    made = [
        replace(each, assertions=assertions if not place else (), version=_version(written), rows=rows, bytes=size)
        for place, each in enumerate(begun.makes)
    ]
    return replace(
        begun,
        state=state,
        at=datetime.now(UTC),
        reads=list(dict.fromkeys([*begun.reads, *origins])),
        makes=made,
        partitions=[_partition(outcome) for outcome in outcomes[:_LISTED]],
        error="" if written else "; ".join(dict.fromkeys(each.refusal for each in outcomes[:_NAMED])),
    )


def _version(written: Sequence[Outcome]) -> str:
    """Of one partition its own; of several a digest of theirs."""
    if len(written) == 1:
        return written[0].entry.version
    text = "\n".join(f"{outcome.entry.partition}={outcome.entry.version}" for outcome in written)
    return hashlib.sha256(text.encode()).hexdigest() if written else ""


def _partition(outcome: Outcome) -> Mapping[str, Any]:
    entry = outcome.entry
    about = {"partition": entry.partition, "verdict": entry.verdict, "version": entry.version, "rows": entry.rows}
    return {**about, "changed": outcome.changed, **({"reason": outcome.refusal} if outcome.refusal else {})}


def _of_rows(work: Operation, outcomes: Sequence[Outcome]) -> list[Assertion]:
    """The checks of the contract, where rows are checked. Of what was held back nothing was looked at."""
    looked = [outcome.entry for outcome in outcomes if outcome.entry.verdict != "held"]
    if not isinstance(work, Load | Transform) or not looked:
        return []
    failed: dict[str, dict[str, int]] = {}
    for entry in looked:
        for check in entry.checks:
            if count := check.get("failed"):
                keys = failed.setdefault(check["check"], {})
                keys[entry.partition] = keys.get(entry.partition, 0) + count
    return [
        Assertion(
            check.id,
            check.id not in failed,
            check.severity.stops,
            check.column,
            check.description,
            sum(failed.get(check.id, {}).values()),
            list(failed.get(check.id, {}))[:_NAMED],
        )
        for check in work.table.spec.checks
    ]


def _of_checks(outcomes: Sequence[Outcome]) -> list[Assertion]:
    """The checks of the asset, each over all partitions. What they say of values is not told."""
    found: dict[str, list[tuple[str, bool, bool]]] = {}
    for outcome in outcomes:
        for check in outcome.checks:
            said = (outcome.entry.partition, check.passed, check.severity.stops)
            found.setdefault(check.name, []).append(said)
    assertions = []
    for name, said in found.items():
        bad = [(key, stops) for key, passed, stops in said if not passed]
        stops = any(each for _, each in bad) if bad else any(each for _, _, each in said)
        assertions.append(Assertion(name, not bad, stops, failed=len(bad), partitions=[key for key, _ in bad][:_NAMED]))
    return assertions
