"""A small graph that writes and reports as the layers do: two daily assets in a row, and an unpartitioned one.

As a program, `python -m dataops_assets_tests.dagster_facts.graphs HOME STORAGE FIRST_DAY LAST_DAY`, it is a second
process that runs the graph on an instance.
"""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg

from dataops_assets.io.partition_report import PartitionReport
from dataops_assets.io.reporting import attach, partition_keys, report, show_cause
from dataops_assets.ledger.outcome import CheckOutcome
from dataops_assets.model.severity import Severity

DAILY = dg.DailyPartitionsDefinition("2013-01-01", end_date="2014-01-01")
FIRST, SECOND, WHOLE = dg.AssetKey(["a", "first"]), dg.AssetKey(["a", "second"]), dg.AssetKey(["a", "whole"])
CHECKS = ("contract", "books")


@dataclass
class Work:
    """What an asset hands its IO manager: the partitions to refuse, and where the reports go."""

    bad: Collection[str | None]
    reports: list[PartitionReport] = field(default_factory=list)


class Writer(dg.IOManager):
    """Writes nothing, and reports a row count and a passed `books` check for each partition."""

    def __init__(self) -> None:
        self.loaded: list[Any] = []

    def handle_output(self, context: dg.OutputContext, obj: Work) -> None:
        for number, key in enumerate(partition_keys(context), start=1):
            held = f"12 of {number} rows do not cast" if key in obj.bad else None
            contract = CheckOutcome("contract", not held, Severity.STOP, held or "", {"rows_failing": 12})
            obj.reports.append(
                PartitionReport(
                    partition=key,
                    metadata={"dagster/partition_row_count": number} if key else {"dagster/row_count": number},
                    checks=[contract, CheckOutcome("books", True, Severity.STOP, figures={"read": number})],
                    refusal=held,
                )
            )
        attach(context, obj.reports)

    def load_input(self, context: dg.InputContext) -> Any:
        self.loaded.append(context.asset_key)
        return None


def build(
    bad: Mapping[str, Collection[str | None]] | None = None,
    leaf: bool = False,
    partitions: dg.PartitionsDefinition = DAILY,
) -> dg.Definitions:
    """Return the graph; `bad` names the partitions whose write is refused, by the last part of the asset key."""
    refused = bad or {}

    def one(key: dg.AssetKey, deps: list[dg.AssetKey], partitions: dg.PartitionsDefinition | None) -> Any:
        name, is_leaf = key.path[-1], leaf and key == SECOND

        @dg.asset(
            key=key,
            ins={dep.path[-1]: dg.AssetIn(dep) for dep in deps},
            partitions_def=partitions,
            backfill_policy=dg.BackfillPolicy.single_run() if partitions else None,
            io_manager_key="writer",
            hooks={show_cause},
            check_specs=[
                dg.AssetCheckSpec(check, asset=key, blocking=True, partitions_def=partitions) for check in CHECKS
            ],
        )
        def written(context: dg.AssetExecutionContext, **_inputs: Any) -> Any:
            work = Work(refused.get(name, ()))
            yield dg.MaterializeResult(value=work)
            yield from report(context, work.reports, leaf=is_leaf)

        return written

    return dg.Definitions(
        assets=[one(FIRST, [], partitions), one(SECOND, [FIRST], partitions), one(WHOLE, [], None)],
        resources={"writer": Writer()},
    )


definitions = build()


def instance_at(home: str | Path, storage: str = "pooled") -> dg.DagsterInstance:
    """Open the instance in a folder, with the `pooled` or the `stock` event log."""
    overrides: dict[str, Any] = {"telemetry": {"enabled": False}}
    if storage == "pooled":
        overrides["event_log_storage"] = {
            "module": "dataops_assets.automation.event_log",
            "class": "PooledSqliteEventLogStorage",
            "config": {"base_dir": str(Path(home) / "history" / "runs")},
        }
    return dg.DagsterInstance.local_temp(str(home), overrides=overrides)


def run(
    instance: dg.DagsterInstance, defs: dg.Definitions, start: str, end: str, only: list[dg.AssetKey] | None = None
) -> dg.ExecuteInProcessResult:
    """Materialize the graph, or `only` some of its assets, for a range of days in one run."""
    if start == end:
        tags = {"dagster/partition": start}
    else:
        tags = {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}
    job = defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, tags=tags, asset_selection=only, raise_on_error=False)


if __name__ == "__main__":
    with instance_at(sys.argv[1], sys.argv[2]) as its_instance:
        sys.exit(not run(its_instance, definitions, sys.argv[3], sys.argv[4]).success)
