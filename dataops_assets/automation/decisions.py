"""Jobs to decide about production from the UI: `approve`, `rollback` and `release`, as the commands of these names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from dataops_assets.automation.by_people import job_of, refuse_unsaid
from dataops_assets.automation.following import let_through
from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.layers.catalog import Catalog
from dataops_assets.ledger.entry import Entry
from dataops_assets.ledger.outcome import RunInfo
from dataops_assets.model.partitions import Partition
from dataops_assets.publish.approve import approve
from dataops_assets.publish.decisions import Who
from dataops_assets.publish.names import published, published_label
from dataops_assets.publish.pages import markdown
from dataops_assets.publish.rollback import release, roll_back
from dataops_assets.staleness.scope import partitions_of
from dataops_assets.warehouse.storage import Storage
from dataops_assets.warehouse.tables import DerivedTable

_Decide = Callable[[Storage, DerivedTable, Sequence[Partition | None], str | None, Who, RunInfo], Mapping[str, Entry]]

_CONFIG = {
    "table": dg.Field(str, description="A published table, such as carrier_daily."),
    "partitions": dg.Field(str, is_required=False, description="A..B, or one; left out for a table without."),
}
_VERSION = {"version": dg.Field(str, is_required=False, description="The version, or its beginning.")}


def decision_jobs(catalog: Catalog, storage: Callable[[], Storage], code_version: str) -> list[dg.JobDefinition]:
    """The three jobs, if any table is published. storage: opens lake and warehouse."""
    tables = {name: table for name, table in catalog.derived.items() if table.derived.publish}
    if not tables:
        return []

    def job(name: str, description: str, decide: _Decide, version: bool = True) -> dg.JobDefinition:
        def decided(context: dg.OpExecutionContext) -> None:
            given = context.op_config
            run = RunInfo(context.run_id, code_version)
            try:
                table, partitions = _chosen(tables, given)
                who = Who(given["by"], given["reason"])
                entries = decide(storage(), table, partitions, given.get("version"), who, run)
            except (ValueError, LakeDamaged) as error:
                raise dg.Failure(str(error), allow_retries=False) from error
            for key, entry in entries.items():
                context.log.info(f"{published_label(table, key)}: {name} of version {entry.version}")
                context.log_event(_event(table, key, entry, changes=name == "rollback"))
                if table.derived.automation and name != "rollback":
                    context.log_event(let_through(published(table), key, entry))  # type: ignore[arg-type]

        return job_of(name, "partitions", description, _CONFIG | (_VERSION if version else {}), decided)

    return [
        job("approve", "Let the validated version of partitions into production; the next run publishes it.", approve),
        job("rollback", "Put an earlier published version in the place of what stands, and hold it there.", roll_back),
        job(
            "release",
            "Let the next publication of partitions that were rolled back through.",
            lambda storage, table, partitions, _, who, run: release(storage, table, partitions, who, run),
            version=False,
        ),
    ]


def _chosen(
    tables: Mapping[str, DerivedTable], given: Mapping[str, Any]
) -> tuple[DerivedTable, Sequence[Partition | None]]:
    table, text = tables.get(given["table"].rpartition("/")[2]), given.get("partitions")
    if table is None:
        raise ValueError(f"no published table {given['table']!r}; there are {', '.join(sorted(tables))}")
    refuse_unsaid(given)
    if bool(text) != bool(table.calendar):
        need = "say which partitions, A..B" if table.calendar else "it has no partitions; leave them out"
        raise ValueError(f"{table.derived.name}: {need}")
    return table, partitions_of(table.calendar, text) if table.calendar and text else [None]


def _event(table: DerivedTable, key: str, entry: Entry, changes: bool) -> dg.AssetMaterialization | dg.AssetObservation:
    """What the page of the asset shows of it."""
    decision = entry.decision
    metadata: dict[str, Any] = {"version": decision.version if decision else entry.version}
    if decision:
        metadata |= {"decision": decision.kind, "by": decision.by, "reason": decision.reason}
    if entry.difference:
        metadata["difference"] = dg.MetadataValue.md(markdown(entry.difference))
    kind = dg.AssetMaterialization if changes else dg.AssetObservation
    asset = dg.AssetKey(["production", table.derived.name])
    return kind(asset_key=asset, partition=key or None, metadata=metadata)
