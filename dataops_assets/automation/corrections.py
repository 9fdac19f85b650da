"""Jobs to decide about rows in quarantine from the UI: `replay` and `discard`, as the commands of these names."""

from collections.abc import Callable, Mapping
from typing import Any

import dagster as dg

from dataops_assets.automation.by_people import job_of, refuse_unsaid
from dataops_assets.io.operation import to_report
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.load.correcting import CorrectionRefused, Deciding
from dataops_assets.load.load import load
from dataops_assets.model.partitions import Partition
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import StagedTable

_CONFIG = {
    "table": dg.Field(str, description="A source, such as flights."),
    "partition": dg.Field(str, is_required=False, description="Its key; left out for a table without."),
}
_REPLAY = {
    "rows": dg.Field(
        dg.Noneable([dg.Permissive()]),
        default_value=None,
        description="The corrected rows, as `dataops quarantine show --format json` writes them.",
    ),
    "sql": dg.Field(dg.Noneable(str), default_value=None, description="Or a query that gives them."),
}
_DISCARD = {
    "rows": dg.Field([str], default_value=[], description="The `_row` of each; all bad rows, without."),
    "check": dg.Field(str, default_value="", description="Those that fail this check, and no others."),
}


def correction_jobs(catalog: Catalog, storage: Callable[[], Storage], code_version: str) -> list[dg.JobDefinition]:
    """The two jobs, if there is a source. storage: opens lake and warehouse."""
    if not catalog.staged:
        return []

    def job(name: str, description: str, more: Mapping[str, Any]) -> dg.JobDefinition:
        def decided(context: dg.OpExecutionContext) -> None:
            opened, given, run = storage(), context.op_config, RunInfo(context.run_id, code_version)
            try:
                table, partition = _chosen(catalog, given)
                by, reason = given["by"].strip(), given["reason"].strip()
                deciding = Deciding(opened.warehouse, opened.staging, table, partition, by, reason, context.run_id)
                if name == "discard":
                    made = deciding.discard(given["rows"], given["check"])
                else:
                    made = deciding.replay(_rows(opened, given))
            except (CorrectionRefused, ValueError) as error:
                raise dg.Failure(str(error), allow_retries=False) from error
            context.log.info(f"{len(made.rows) if made else 0} rows: {name} by {by}")
            (outcome,) = load(opened.warehouse, opened.staging, table, [partition], run)
            key = partition.key if partition else None
            if outcome.refusal:
                raise dg.Failure(outcome.refusal, allow_retries=False)
            metadata = {**to_report(key, outcome).metadata, "decision": name, "by": by, "reason": reason}
            context.log_event(
                dg.AssetMaterialization(asset_key=dg.AssetKey(table.asset.split("/")), partition=key, metadata=metadata)
            )
            if made and (bad := deciding.still_bad(made)):
                said = "; ".join(f"{row.id}: {row.reasons}" for row in bad[:20])
                raise dg.Failure(f"{table.asset}: {len(bad)} rows are bad again: {said}", allow_retries=False)

        return job_of(name, "rows", description, {**_CONFIG, **more}, decided)

    return [
        job("replay", "Take corrected rows through the contract, in the place of those in quarantine.", _REPLAY),
        job("discard", "Give rows in quarantine up: they stay there, and are no problem any more.", _DISCARD),
    ]


def _chosen(catalog: Catalog, given: Mapping[str, Any]) -> tuple[StagedTable, Partition | None]:
    table = catalog.staged.get(given["table"].rpartition("/")[2])
    if table is None:
        raise ValueError(f"no source {given['table']!r}; there are {', '.join(sorted(catalog.staged))}")
    refuse_unsaid(given)
    return table, table.partition(given.get("partition"))


def _rows(storage: Storage, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if (given["rows"] is None) == (given["sql"] is None):
        raise ValueError("give the corrected rows as `rows`, or as a query with `sql`")
    return given["rows"] if given["sql"] is None else storage.warehouse.query(given["sql"]).to_pylist()
