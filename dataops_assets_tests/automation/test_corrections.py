"""The jobs `replay` and `discard` do what the commands do, and the asset's page shows it."""

from pathlib import Path
from typing import Any

import dagster as dg

from dataops_assets.build import Project
from dataops_assets_tests.proofs.shop import DAYS, offer, problems, stall, take
from dataops_assets_tests.support import rows

ONE = DAYS[0]


def decide(project: Project, instance: dg.DagsterInstance, job: str, **config: Any) -> str:
    """Run the job; the reason why it failed, or nothing."""
    given = {"table": "orders", "partition": ONE, "by": "anna", "reason": "a typo", **config}
    ran: Any = (
        project.definitions()
        .get_job_def(job)
        .execute_in_process(
            run_config={"ops": {f"{job}_rows": {"config": given}}}, instance=instance, raise_on_error=False
        )
    )
    return "" if ran.success else ran.failure_data_for_node(f"{job}_rows").user_failure_data.description


def test_a_row_is_replayed_and_discarded_in_the_ui(tmp_path: Path) -> None:
    project = stall(tmp_path)
    offer(tmp_path, {ONE: "old"})
    take(project, [ONE], ["raw/orders", "staged/orders"])
    with dg.DagsterInstance.ephemeral() as instance:
        assert "no source 'order'; there are orders" in decide(project, instance, "discard", table="order")
        assert "as `rows`, or as a query with `sql`" in decide(project, instance, "replay")
        again = [{"day": ONE, "id": 900, "cents": "dear"}]
        assert "1 rows are bad again" in decide(project, instance, "replay", rows=again)
        sql = "select raw as _raw, '5' as cents from staging.quarantine_orders"
        assert decide(project, instance, "replay", sql=sql) == ""
        assert rows(project, "select cents from staging.raw_orders where id = 900") == [{"cents": 5}]
        assert decide(project, instance, "discard") == ""
        newest, *_ = instance.fetch_materializations(dg.AssetKey(["staged", "orders"]), limit=9).records
    assert newest.asset_materialization
    assert newest.asset_materialization.metadata["decision"].value == "discard"
    assert problems(project) == []
