"""A backfill of the UI and `dataops run` write the same partitions and the same rows, whatever the partitions are."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from dataops_assets.build import Project
from dataops_assets.runs import runner
from dataops_assets_tests.delivery.test_ui import BACKFILL, START, Ui, started
from dataops_assets_tests.proofs import shop
from dataops_assets_tests.runs import backfilled
from dataops_assets_tests.runs.kinds import KINDS, SHOPS, THERE
from dataops_assets_tests.support import make_project, rows, succeed

ADD = """
mutation ($repository: RepositorySelector!, $name: String!, $key: String!) {
  addDynamicPartition(repositorySelector: $repository, partitionsDefName: $name, partitionKey: $key) { __typename }
}
"""
LOCATIONS = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"
MATERIALIZED = """
query ($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode { partitionStats { numMaterialized numFailed } } }
}
"""
NAMES = [*backfilled.POLICIES, "counted"]


def chosen(name: str, instance: dg.DagsterInstance) -> list[str]:
    """Three partitions that lie together, or two where each is a run of its own; of two dimensions those between the
    first and the sixth.
    """
    definition = KINDS.get(name, KINDS["days"])
    keys = list(definition.get_partition_keys(dynamic_partitions_store=instance))
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return list(definition.get_partition_keys_in_range(dg.PartitionKeyRange(keys[0], keys[5]), instance))
    return keys[: 3 if backfilled.POLICIES.get(name) else 2]


def backfill(ui: Ui, name: str, keys: list[str]) -> Any:
    params = {"assetSelection": [{"path": ["plain", name]}], "partitionNames": keys}
    return ui.ask(START, params=params)["launchPartitionBackfill"]["backfillId"]


def table(project: Project, name: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in rows(project, f"SELECT * FROM plain.{name}")), key=str)


def test_what_a_backfill_asks_for_after_the_chosen_days_is_said_to_be_that(tmp_path: Path) -> None:
    """Of a table with history the UI asks for the days after too; they fail, and with them the whole backfill."""
    first, after = shop.DAYS[:2]
    project = shop.stall(tmp_path)
    shop.offer(tmp_path, {first: "old"})
    shop.take(project, [first])
    with dg.DagsterInstance.ephemeral() as instance:
        names, tags = "transformed/trend,production/trend", {"dagster/backfill": "a-backfill"}
        [result] = runner.run(project.definitions(), instance, select=names, partitions=(first, after), tags=tags)
        [failed] = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    event = failed.get_dagster_event()
    assert "they read the chosen ones" in str(event.step_failure_data.user_failure_data)
    [problem] = result.problems
    assert problem.startswith(f"transformed/trend {after}: ")
    assert "production/trend" in problem.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_the_ui_and_the_command_line_write_the_same(tmp_path: Path) -> None:
    here = make_project(tmp_path / "here", *backfilled.ASSETS, backfilled.counted)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(SHOPS.name), THERE)
        asked = {name: chosen(name, instance) for name in NAMES}
        for name, keys in asked.items():
            succeed(here, f"plain/{name}", keys[0], keys[-1], instance=instance)
            assert instance.get_materialized_partitions(dg.AssetKey(["plain", name])) == {*keys}, name

    with started(tmp_path, DATAOPS_DATASETS=backfilled.__name__) as ui:
        [found] = ui.wait("the code location", lambda: ui.ask(LOCATIONS)["repositoriesOrError"]["nodes"], 120)
        repository = {"repositoryName": found["name"], "repositoryLocationName": found["location"]["name"]}
        for shop in THERE:
            ui.ask(ADD, repository=repository, name=SHOPS.name, key=shop)
        ids = {name: backfill(ui, name, keys) for name, keys in asked.items()}

        def over() -> Any:
            answers = {name: ui.ask(BACKFILL, id=each)["partitionBackfillOrError"] for name, each in ids.items()}
            assert not [each for each in answers.values() if each["error"]], answers
            states = {name: each["status"] for name, each in answers.items()}
            return all(state.startswith("COMPLETED") for state in states.values()) and states

        assert set(ui.wait("the end of the backfills", over, 1500).values()) == {"COMPLETED_SUCCESS"}
        for name, keys in asked.items():
            stats = ui.ask(MATERIALIZED, key={"path": ["plain", name]})["assetNodeOrError"]["partitionStats"]
            assert stats == {"numMaterialized": len(keys), "numFailed": 0}, name
    there = make_project(tmp_path / "home", *backfilled.ASSETS, backfilled.counted)
    for name in NAMES:
        assert table(there, name) == table(here, name), name
