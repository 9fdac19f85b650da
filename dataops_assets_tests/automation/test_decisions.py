"""The jobs `approve`, `rollback` and `release` do what the commands do, and the asset's page shows it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from dataops_assets.build import Project
from dataops_assets_tests.proofs.shop import DAYS, ORDERS_ALONE, offer, sources, take
from dataops_assets_tests.support import make_project

ONE, TWO, *_ = DAYS


def decide(project: Project, instance: dg.DagsterInstance, job: str, **config: str) -> str:
    """Run the job; the reason why it failed, or nothing."""
    given = {"table": "sales", "partitions": ONE, "by": "anna", "reason": "as it has to be", **config}
    ran: Any = (
        project.definitions()
        .get_job_def(job)
        .execute_in_process(
            run_config={"ops": {f"{job}_partitions": {"config": given}}}, instance=instance, raise_on_error=False
        )
    )
    return "" if ran.success else ran.failure_data_for_node(f"{job}_partitions").user_failure_data.description


def test_a_version_is_approved_rolled_back_and_released_in_the_ui(tmp_path: Path) -> None:
    project = make_project(tmp_path, sources(tmp_path)[0], replace(ORDERS_ALONE, publish="approval"))
    asset = dg.AssetKey(["production", "sales"])
    with dg.DagsterInstance.ephemeral() as instance:
        for variant in ("old", "new"):
            offer(tmp_path, {ONE: variant})
            assert "waits for an approval" in take(project, [ONE])["production/sales"][0].refusal
            assert decide(project, instance, "approve") == ""
            assert take(project, [ONE], ["production/sales"])["production/sales"][0].refusal == ""
        assert "no other version waits for an approval" in decide(project, instance, "approve")
        assert "no published table 'sale'; there are sales" in decide(project, instance, "approve", table="sale")
        assert "nothing was ever published" in decide(project, instance, "rollback", partitions=f"{ONE}..{TWO}")
        assert decide(project, instance, "rollback") == ""
        assert decide(project, instance, "release") == ""
        [rolled_back] = instance.fetch_materializations(asset, limit=9).records
        observed = instance.fetch_observations(asset, limit=9).records
    assert rolled_back.asset_materialization
    assert "3 changed" in str(rolled_back.asset_materialization.metadata["difference"].value)
    decisions = [str(e.asset_observation.metadata["decision"].value) for e in observed if e.asset_observation]
    assert decisions == ["release", "approve", "approve"]
