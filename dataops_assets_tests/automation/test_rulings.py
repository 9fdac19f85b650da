"""The jobs `accept` and `confirm` do what the commands do, and the list of checks shows it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from dataops_assets.build import Project
from dataops_assets.model import Completeness
from dataops_assets_tests.proofs.shop import DAYS, ORDERS_ALONE, offer, sources, take
from dataops_assets_tests.support import make_project

ONE, TWO, THREE, *_ = DAYS


def say(project: Project, instance: dg.DagsterInstance, job: str, **config: Any) -> str:
    """Run the job; the reason why it failed, or nothing."""
    given = {"table": "staged/orders", "partition": THREE, "by": "anna", "reason": "so it is", **config}
    ran: Any = (
        project.definitions()
        .get_job_def(job)
        .execute_in_process(
            run_config={"ops": {f"{job}_partition": {"config": given}}}, instance=instance, raise_on_error=False
        )
    )
    return "" if ran.success else ran.failure_data_for_node(f"{job}_partition").user_failure_data.description


def test_a_partition_is_accepted_and_confirmed_in_the_ui(tmp_path: Path) -> None:
    orders = replace(sources(tmp_path)[0], statistics=[Completeness(severity="stop")])
    project = make_project(tmp_path, orders, ORDERS_ALONE)
    offer(tmp_path, {ONE: "old", THREE: "old"})
    take(project, [ONE])
    assert take(project, [THREE])["staged/orders"][0].refusal
    key = dg.AssetCheckKey(dg.AssetKey(["staged", "orders"]), "completeness")
    with dg.DagsterInstance.ephemeral() as instance:

        def shown() -> list[bool]:
            records = instance.event_log_storage.get_asset_check_execution_history(key, limit=9)
            found = [record.evaluation for record in records if record.evaluation]
            assert all(each.partition == THREE for each in found)
            return [each.passed for each in found]

        assert "says 'no history'" in say(project, instance, "accept", check="completeness", partition=ONE)
        assert "no table 'orders' with statistical checks" in say(project, instance, "confirm", table="orders")
        assert "until soon: a date" in say(project, instance, "accept", check="completeness", until="soon")
        assert say(project, instance, "confirm", check="completeness") == ""
        assert shown() == [False]
        assert say(project, instance, "accept", check="completeness") == ""
        assert shown() == [True, False]
        assert take(project, [THREE])["staged/orders"][0].refusal == ""
        assert say(project, instance, "accept", check="completeness", withdraw=True) == ""
        assert shown() == [False, True, False]
