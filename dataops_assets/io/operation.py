"""Carries out what an asset returned, and tells Dagster of each partition what became of it: metadata and checks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg

from dataops_assets.interrupts import WORDS, is_interrupt
from dataops_assets.io.lineage import telling
from dataops_assets.io.partition_report import DIFFERENCE, PartitionReport
from dataops_assets.io.reporting import attach, is_tried_again, partition_keys
from dataops_assets.io.taken import Taken
from dataops_assets.io.values import Operation
from dataops_assets.ledger.outcome import Outcome, RunInfo
from dataops_assets.logs import about, fields_of
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.pages import markdown
from dataops_assets.shortage import shortage
from dataops_assets.tracing import step
from dataops_assets.warehouse.errors import WarehouseError
from dataops_assets.warehouse.storage import Storage


class WriteFailed(RuntimeError):
    """The warehouse could not be asked, or refused: which partitions of which asset are to be written again."""


class Interrupted(dg.DagsterError, dg.DagsterExecutionInterruptedError):
    """A write that was interrupted. As an error of Dagster it is not tried again by a retry policy; it ends the run."""


def carry_out(context: dg.OutputContext, work: Operation, storage: Storage, code_version: str) -> None:
    """Write the partitions of the run. At the end of `handle_output`. Raises WriteFailed, or Interrupted."""
    try:
        _carry_out(context, work, storage, code_version)
    except BaseException as error:
        if is_interrupt(error):
            raise Interrupted(WORDS) from error
        if is_tried_again(context) and getattr(error, "allow_retries", True):
            context.log.info(f"It is tried again: {error}")  # Dagster says of it that it was asked to
        raise


def _carry_out(context: dg.OutputContext, work: Operation, storage: Storage, code_version: str) -> None:
    keys = partition_keys(context)
    partitions = [work.calendar.of(key) if work.calendar and key is not None else None for key in keys]
    run = RunInfo(context.run_id, code_version, is_tried_again(context))
    storage = for_run(storage, work.asset, keys, run.run_id)
    taken = Taken()
    fields = fields_of(run.run_id, work.asset, keys)
    with about(fields), step(fields), telling(context, work, storage, partitions, run.tried_again) as tell:
        outcomes = written(work, storage, partitions, run)
        tell(outcomes)
    reports = [to_report(key, outcome) for key, outcome in zip(keys, outcomes, strict=True)]
    work.reports = with_cost(reports, {**storage.warehouse.spent(), **taken.until_now()})
    attach(context, work.reports)


def for_run(storage: Storage, asset: str, keys: Sequence[str | None], run_id: str) -> Storage:
    """The storage as a run uses it: what is written and asked names the run, and what it costs is counted for it."""
    return Storage(
        storage.warehouse.for_work(asset, keys, run_id),
        storage.staging.for_run(run_id),
        storage.production.for_run(run_id),
        storage.source_client,
    )


def written(work: Operation, storage: Storage, partitions: Sequence[Partition | None], run: RunInfo) -> list[Outcome]:
    """The outcomes of the work. Raises WriteFailed, with what the warehouse raised as its cause.

    Where this machine is short of something, raises dg.Failure: the pause before another try would make no room.
    """
    try:
        return work.write(storage, partitions, run)
    except Exception as error:
        short = None if isinstance(error, WarehouseError) else shortage(error)
        if short is None and not isinstance(error, WarehouseError):
            raise
        keys = [partition.key for partition in partitions if partition]
        which = keys[0] if len(keys) == 1 else f"{keys[0]} to {keys[-1]}" if keys else ""
        if short:
            raise dg.Failure(f"{which}: {short}" if which else short, allow_retries=False) from error
        raise WriteFailed(f"{f'{work.asset} {which}'.strip()}: {error}") from error


def with_cost(reports: list[PartitionReport], spent: Mapping[str, int | float | str]) -> list[PartitionReport]:
    """The reports, with the cost of all at the first that is materialized: one that is held back shows nothing.

    The same jobs handle all partitions of a run, so it stands once.
    """
    shown = {name: dg.MetadataValue.url(value) if isinstance(value, str) else value for name, value in spent.items()}
    place = next((place for place, report in enumerate(reports) if not report.refusal), None)
    if shown and place is not None:
        reports[place] = replace(reports[place], metadata={**reports[place].metadata, **shown})
    return reports


def to_report(key: str | None, outcome: Outcome) -> PartitionReport:
    """The report of one partition; None is the key of an asset without partitions."""
    rows = "dagster/partition_row_count" if key is not None else "dagster/row_count"
    metadata: dict[str, Any] = {rows: outcome.entry.rows, **outcome.figures}
    difference = outcome.entry.difference
    if difference and (difference.before or outcome.refusal):  # of a first publication there is nothing to compare
        metadata[DIFFERENCE] = dg.MetadataValue.md(markdown(difference))
    if outcome.uri:
        metadata["dagster/uri"] = dg.MetadataValue.path(outcome.uri)
    cause = outcome.entry.cause
    lacking = bool(outcome.refusal and cause and cause.code == "not_loaded")
    return PartitionReport(
        key, metadata, outcome.checks, outcome.refusal or None, _held_by(outcome), lacking, outcome.no_history
    )


def _held_by(outcome: Outcome) -> str:
    cause = outcome.entry.cause if outcome.refusal else None
    if cause is None:
        return ""
    layer, _, name = cause.asset.partition("/")
    began = f"raw/{name}" if cause.code == "not_extracted" and layer == "staged" else cause.asset
    return f"{began} {cause.partition}".strip() if began != outcome.entry.asset else ""
