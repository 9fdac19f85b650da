"""The assets of the four layers. Each returns a description of work; the IO managers carry it out."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dagster as dg

from dataops_assets.io.reporting import report, show_cause
from dataops_assets.io.values import FULL_REFRESH, Extract, Load, Operation, Publish, Transform
from dataops_assets.layers.catalog import Catalog
from dataops_assets.layers.describe import (
    GROUPS,
    derived_lineage,
    described,
    published_lineage,
    staged_lineage,
    table_metadata,
)
from dataops_assets.layers.following import follows
from dataops_assets.layers.partitioning import partition_mapping, partitions_def
from dataops_assets.model.partitions import TimePartitions
from dataops_assets.model.severity import Severity
from dataops_assets.model.statistics import Freshness, Statistic
from dataops_assets.profiles.profile import dialect_of
from dataops_assets.settings import HELD_BY_LEDGER, Settings
from dataops_assets.transform.inputs import Input, reads_several
from dataops_assets.warehouse.tables import DerivedTable, StagedTable

EXTRACTION_RETRIES = dg.RetryPolicy(
    max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)

_CHECKS = {
    "extraction": (Severity.STOP, "The source answered, and its answer is kept."),
    "contract": (Severity.STOP, "The rows keep the contract; those that do not are in quarantine, and not too many."),
    "conservation": (Severity.STOP, "No row is lost without a trace: the figures of this partition add up."),
    "new_columns": (Severity.WARN, "The source sends no column that the contract does not name."),
    "uniqueness": (Severity.STOP, "Each key stands for one row."),
    "history": (Severity.WARN, "The history that this partition is built on is complete."),
    "one_code": (Severity.WARN, "All partitions that this is made of were made by the code in force."),
    "receipt": (Severity.STOP, "Both validations have passed for exactly the version that is published."),
}


def layer_assets(catalog: Catalog, settings: Settings) -> list[dg.AssetsDefinition]:
    """All assets of all datasets, in the order of the layers."""
    assets = []
    for staged in catalog.staged.values():
        assets += [_raw(staged, settings), _staged(staged, settings)]
    for name, derived in catalog.derived.items():
        assets.append(_transformed(derived, catalog.inputs[name], settings))
        if derived.derived.publish:
            assets.append(_production(derived, settings))
    return assets


def _raw(table: StagedTable, settings: Settings) -> dg.AssetsDefinition:
    source = table.source
    return _asset(
        ["raw", source.name],
        lambda context: Extract(source, _full_refresh(context)),
        settings,
        calendar=source.partition,
        checks=["extraction"],
        io_manager_key="lake",
        description=described(table.spec, "As the source said it: every extraction is kept, unchanged, for good."),
        owners=source.owners,
        tags=source.tags,
        kinds={"python"},
        metadata={"source": type(source.extract).__name__, "write": source.write},
        retry_policy=EXTRACTION_RETRIES,
    )


def _full_refresh(context: dg.AssetExecutionContext) -> bool:
    text = context.run.tags.get(FULL_REFRESH, "false")
    if text.lower() not in ("true", "false"):
        raise dg.Failure(f"the run tag {FULL_REFRESH} is true or false, not {text!r}", allow_retries=False)
    return text.lower() == "true"


def _staged(table: StagedTable, settings: Settings) -> dg.AssetsDefinition:
    source = table.source
    words = {
        "replace": "Holds the rows of the newest extraction",
        "merge": "Holds the newest version of each row",
        "append": "Holds every row that was ever extracted",
    }[source.write]
    return _asset(
        ["staged", source.name],
        lambda _: Load(table),
        settings,
        calendar=source.partition,
        deps=[dg.AssetDep(dg.AssetKey(["raw", source.name]))],
        checks=["contract", "uniqueness", "conservation", "new_columns"],
        statistics=table.statistics,
        automation_condition=follows() if source.automation else None,
        description=described(
            table.spec,
            f"{words}, typed and checked; rows that break the contract are in "
            f"{settings.staging_dataset}.{table.quarantine}.",
        ),
        owners=source.owners,
        tags=source.tags,
        kinds={dialect_of(settings).name, "table"},
        metadata=table_metadata(settings, settings.staging_dataset, table, staged_lineage(table), staged=True),
        code_version=table.code_version,
    )


def _transformed(table: DerivedTable, inputs: Sequence[Input], settings: Settings) -> dg.AssetsDefinition:
    derived = table.derived
    metadata = table_metadata(settings, settings.staging_dataset, table, derived_lineage(table, inputs))
    if derived.sql:
        metadata["sql"] = dg.MetadataValue.md(f"```sql\n{derived.sql.strip()}\n```")
    return _asset(
        ["transformed", derived.name],
        lambda _: Transform(table, inputs),
        settings,
        calendar=derived.partition,
        deps=[
            dg.AssetDep(
                dg.AssetKey(needed.table.asset.split("/")),
                partition_mapping=partition_mapping(derived.partition, needed),
            )
            for needed in inputs
        ],
        checks=[
            *("contract", "uniqueness"),
            *(["history"] if derived.history else []),
            *(["one_code"] if reads_several(table, inputs) else []),
        ],
        statistics=table.statistics,
        automation_condition=follows(derived.partition, inputs) if derived.automation else None,
        description=described(table.spec, "Validated against its contract before it replaces anything."),
        owners=derived.owners,
        tags=derived.tags,
        kinds={"sql" if derived.sql else "pandas", dialect_of(settings).name},
        metadata=metadata,
        code_version=table.code_version,
    )


def _production(table: DerivedTable, settings: Settings) -> dg.AssetsDefinition:
    derived = table.derived
    return _asset(
        ["production", derived.name],
        lambda _: Publish(table),
        settings,
        calendar=derived.partition,
        deps=[dg.AssetDep(dg.AssetKey(["transformed", derived.name]))],
        checks=["receipt", "conservation"],
        automation_condition=follows() if derived.automation else None,
        description=described(table.spec, "Published: exactly the rows that have passed both validations."),
        owners=derived.owners,
        tags=derived.tags,
        kinds={dialect_of(settings).name, "table"},
        metadata=table_metadata(settings, settings.production_dataset, table, published_lineage(table)),
        code_version=table.code_version,
        leaf=True,
    )


def _asset(
    key: list[str],
    work: Callable[[dg.AssetExecutionContext], Operation],
    settings: Settings,
    *,
    calendar: TimePartitions | None,
    checks: Sequence[str],
    statistics: Sequence[Statistic] = (),
    deps: Sequence[dg.AssetDep] = (),
    io_manager_key: str = "warehouse",
    leaf: bool = False,
    owners: Sequence[str] = (),
    **about: Any,
) -> dg.AssetsDefinition:
    partitions = partitions_def(calendar)

    decorate = dg.asset(
        key=key,
        deps=list(deps),
        group_name=GROUPS[key[0]],
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.multi_run(settings.partitions_per_run) if partitions else None,
        io_manager_key=io_manager_key,
        owners=list(owners),
        op_tags={HELD_BY_LEDGER: "true"},
        hooks={show_cause},
        check_specs=[
            dg.AssetCheckSpec(
                name,
                asset=dg.AssetKey(key),
                description=words,
                blocking=severity.stops,
                partitions_def=None if name == Freshness.name else partitions,  # that is of the table
            )
            for name, severity, words in (
                *((name, *_CHECKS[name]) for name in checks),
                *((each.check, Severity(each.severity), each.description) for each in statistics),
            )
        ],
        **about,
    )

    def materialize(context: dg.AssetExecutionContext) -> Iterator[Any]:
        todo = work(context)
        yield dg.MaterializeResult(value=todo)
        yield from report(context, todo.reports, leaf=leaf)

    return decorate(materialize)
