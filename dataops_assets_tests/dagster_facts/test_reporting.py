"""Per-partition metadata, check states and held partitions, as Dagster records and shows them."""

import sys

import dagster as dg
import pytest
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionResolvedStatus as State
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceLoadTarget
from dagster_graphql.test.utils import execute_dagster_graphql

from dataops_assets.io.partition_report import NOT_WRITTEN, PartitionReport
from dataops_assets.io.reporting import report
from dataops_assets.ledger.outcome import CheckOutcome
from dataops_assets.model.severity import Severity
from dataops_assets_tests.dagster_facts.graphs import CHECKS, DAILY, FIRST, SECOND, WHOLE, build, run

DAYS = ["2013-01-01", "2013-01-02", "2013-01-03", "2013-01-04"]
BAD = "2013-01-02"
GOOD = [day for day in DAYS if day != BAD]


def states(instance: dg.DagsterInstance, key: dg.AssetKey, check: str, daily: bool = True) -> dict[str, set[str]]:
    """Return the partitions per state of a check, from where the UI's resolver reads them."""
    check_key, partitions = dg.AssetCheckKey(key, check), DAILY if daily else None
    state = instance.event_log_storage.get_asset_check_state([(check_key, partitions)])[check_key]
    if not daily:
        return {status.value: {"-"} for status, subset in state.subsets.items() if subset.value}
    return {
        status.value: set(subset.subset_value.get_partition_keys())
        for status, subset in state.subsets.items()
        if not subset.is_empty
    }


def partition_states(instance: dg.DagsterInstance, key: dg.AssetKey) -> tuple[set[str], set[str], set[str]]:
    """Return the partitions the UI shows as materialized, failed and in progress."""
    cache = get_and_update_asset_status_cache_value(instance, key, DAILY)
    assert cache is not None
    return (
        set(cache.deserialize_materialized_partition_subsets(DAILY).get_partition_keys()),
        set(cache.deserialize_failed_partition_subsets(DAILY).get_partition_keys()),
        set(cache.deserialize_in_progress_partition_subsets(DAILY).get_partition_keys()),
    )


class InThisProcess(WorkspaceLoadTarget):
    """Has the web server's workspace load the small graph without a code server of its own."""

    def create_origins(self) -> list[InProcessCodeLocationOrigin]:
        module = "dataops_assets_tests.dagster_facts.graphs"
        target = LoadableTargetOrigin(executable_path=sys.executable, module_name=module, attribute="definitions")
        return [InProcessCodeLocationOrigin(target, location_name="facts")]


def ask_ui(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict:
    """Return what the UI asks for to draw the checks of an asset: for each check, its ranges of partitions."""
    query = """query ($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
        assetChecksOrError { ... on AssetChecks { checks { name partitionStatuses {
            ... on AssetCheckTimePartitionStatuses { ranges { startKey endKey status } } } } } } } } }"""
    with WorkspaceProcessContext(instance, InThisProcess()) as workspace:
        answer = execute_dagster_graphql(workspace.create_request_context(), query, {"key": {"path": key.path}})
    assert not answer.errors, answer.errors
    return {
        check["name"]: [tuple(found.values()) for found in check["partitionStatuses"]["ranges"]]
        for check in answer.data["assetNodeOrError"]["assetChecksOrError"]["checks"]
    }


def row_counts(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str | None, object]:
    events = result.asset_materializations_for_node(key.to_python_identifier())
    return {event.partition: event.metadata["dagster/partition_row_count"].value for event in events}


def reason(result: dg.ExecuteInProcessResult) -> str:
    """What the one step that failed says."""
    [failure] = [event for event in result.all_events if event.is_step_failure]
    error = failure.step_failure_data.user_failure_data
    assert error
    assert error.description
    return error.description


def test_range_run_reports_each_partition(instance):
    result = run(instance, build(), DAYS[0], DAYS[-1])
    assert result.success
    assert row_counts(result, FIRST) == {day: number for number, day in enumerate(DAYS, start=1)}
    assert partition_states(instance, FIRST) == (set(DAYS), set(), set())
    for check in CHECKS:
        assert states(instance, FIRST, check) == {State.SUCCEEDED.value: set(DAYS)}
        assert states(instance, SECOND, check) == {State.SUCCEEDED.value: set(DAYS)}
        assert states(instance, WHOLE, check, daily=False) == {State.SUCCEEDED.value: {"-"}}


def test_unpartitioned_asset_in_a_range_run(instance):
    result = run(instance, build({"whole": [None]}), DAYS[0], DAYS[-1])
    assert not result.success
    assert instance.get_latest_materialization_event(WHOLE) is None
    assert states(instance, WHOLE, "contract", daily=False) == {State.FAILED.value: {"-"}}
    assert partition_states(instance, SECOND)[0] == set(DAYS)


def test_held_partition_of_a_range_stays_missing_and_red_and_the_rest_goes_on(instance):
    result = run(instance, build({"first": [BAD]}), DAYS[0], DAYS[-1])
    assert result.success, "one bad partition must not stop the others"
    assert partition_states(instance, FIRST) == (set(GOOD), set(), set())
    assert set(row_counts(result, FIRST)) == set(GOOD)
    assert partition_states(instance, SECOND)[0] == set(DAYS), "downstream runs, and judges by the verdicts itself"
    assert states(instance, FIRST, "contract") == {State.SUCCEEDED.value: set(GOOD), State.FAILED.value: {BAD}}
    errors = [e for e in instance.all_logs(result.run_id) if e.level == 40 and not e.is_dagster_event]
    assert [BAD in e.user_message and "do not cast" in e.user_message for e in errors] == [True]
    assert {step.step_key: step.status.value for step in instance.get_run_step_stats(result.run_id)} == {
        "a__first": "FAILURE",
        "a__second": "SUCCESS",
        "a__whole": "SUCCESS",
    }, "the step that has the cause is the red one"
    [observed] = [event.asset_observation_data.asset_observation for event in result.get_asset_observation_events()]
    assert (observed.asset_key, observed.partition) == (FIRST, BAD), "beside its materializations, of which it has none"
    assert observed.metadata[NOT_WRITTEN].value == "12 of 2 rows do not cast"


def test_ui_shows_each_partition_of_a_check(instance):
    run(instance, build({"first": [BAD]}), DAYS[0], DAYS[-1])
    assert ask_ui(instance, FIRST) == {
        "books": [(DAYS[0], DAYS[3], "SUCCEEDED")],
        "contract": [(DAYS[0], DAYS[0], "SUCCEEDED"), (BAD, BAD, "FAILED"), (DAYS[2], DAYS[3], "SUCCEEDED")],
    }


def test_held_partition_keeps_its_earlier_materialization(instance):
    run(instance, build(), DAYS[0], DAYS[-1])
    before = instance.get_latest_storage_id_by_partition(FIRST, dg.DagsterEventType.ASSET_MATERIALIZATION)
    run(instance, build({"first": [BAD]}), DAYS[0], DAYS[-1])
    after = instance.get_latest_storage_id_by_partition(FIRST, dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert before[BAD] == after[BAD]
    assert all(before[day] < after[day] for day in GOOD)
    assert partition_states(instance, FIRST) == (set(DAYS), set(), set())
    assert states(instance, FIRST, "contract") == {State.SUCCEEDED.value: set(GOOD), State.FAILED.value: {BAD}}


def test_single_bad_partition_fails_the_step_and_stops_downstream(instance):
    result = run(instance, build({"first": [BAD]}), BAD, BAD, only=[FIRST, SECOND])
    assert not result.success
    message = reason(result)
    assert "a/first" in message
    assert f"{BAD}: contract: 12 of 1 rows do not cast" in message
    assert [event.step_key for event in result.all_events if event.is_step_start] == ["a__first"]
    assert instance.get_materialized_partitions(FIRST) == set()
    assert partition_states(instance, FIRST) == (set(), {BAD}, set())
    assert states(instance, FIRST, "contract") == {State.FAILED.value: {BAD}}
    assert states(instance, FIRST, "books") == {State.SUCCEEDED.value: {BAD}}


def test_all_partitions_of_a_range_held_fail_the_step(instance):
    result = run(instance, build({"first": DAYS}), DAYS[0], DAYS[-1], only=[FIRST, SECOND])
    assert not result.success
    assert instance.get_materialized_partitions(FIRST) == set()
    assert partition_states(instance, FIRST) == (set(), set(DAYS), set())
    assert states(instance, FIRST, "contract") == {State.FAILED.value: set(DAYS)}


def test_leaf_ends_red_with_the_good_partitions_materialized(instance):
    result = run(instance, build({"second": [BAD]}, leaf=True), DAYS[0], DAYS[-1], only=[FIRST, SECOND])
    assert not result.success
    assert partition_states(instance, FIRST) == (set(DAYS), set(), set())
    assert partition_states(instance, SECOND) == (set(GOOD), {BAD}, set())
    assert states(instance, SECOND, "contract") == {State.SUCCEEDED.value: set(GOOD), State.FAILED.value: {BAD}}


def test_corrected_partition_turns_green(instance):
    run(instance, build({"first": [BAD]}), DAYS[0], DAYS[-1])
    result = run(instance, build(), BAD, BAD, only=[FIRST])
    assert result.success
    assert partition_states(instance, FIRST) == (set(DAYS), set(), set())
    assert states(instance, FIRST, "contract") == {State.SUCCEEDED.value: set(DAYS)}


def test_events_per_partition_are_minimal(instance):
    def count(end: str) -> int:
        result = run(instance, build(), DAYS[0], end, only=[FIRST])
        return len(instance.all_logs(result.run_id))

    assert count(DAYS[3]) - count(DAYS[1]) == 2 * (2 + len(CHECKS))


STATIC = dg.StaticPartitionsDefinition(["p", "q", "r"])
DYNAMIC = dg.DynamicPartitionsDefinition(name="regions")
MULTI = dg.MultiPartitionsDefinition({"day": DAILY, "region": STATIC})


@pytest.mark.parametrize(
    ("partitions", "keys"),
    [
        (STATIC, ["p", "q", "r"]),
        (DYNAMIC, ["k1", "k2", "k3"]),
        (MULTI, ["2013-01-01|p", "2013-01-02|p", "2013-01-03|p"]),
    ],
    ids=["static", "dynamic", "multi"],
)
def test_other_kinds_of_partitions(instance, partitions, keys):
    instance.add_dynamic_partitions("regions", ["k1", "k2", "k3"])
    result = run(instance, build({"first": [keys[1]]}, partitions=partitions), keys[0], keys[-1], only=[FIRST])
    assert not result.success, "nothing more is built in this run, so its last step may end red"
    assert instance.get_materialized_partitions(FIRST) == {keys[0], keys[2]}
    assert row_counts(result, FIRST) == {keys[0]: 1, keys[2]: 3}
    with partition_loading_context(dynamic_partitions_store=instance):
        check = [(dg.AssetCheckKey(FIRST, "contract"), partitions)]
        [state] = instance.event_log_storage.get_asset_check_state(check).values()
        found = {s.value: set(subset.subset_value.get_partition_keys()) for s, subset in state.subsets.items()}
    assert {name: keys for name, keys in found.items() if keys} == {
        "SUCCEEDED": {keys[0], keys[2]},
        "FAILED": {keys[1]},
    }


def test_undeclared_check_is_named(instance):
    @dg.asset(check_specs=[dg.AssetCheckSpec("declared", asset="lonely")])
    def lonely(context: dg.AssetExecutionContext):
        yield dg.MaterializeResult()
        yield from report(context, [PartitionReport(None, checks=[CheckOutcome("invented", True, Severity.STOP)])])

    with pytest.raises(ValueError, match=r"lonely reports checks it does not declare: invented.*declared: declared"):
        dg.materialize([lonely], instance=instance)


def test_partitioned_asset_run_without_a_partition(instance):
    job = build().resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, asset_selection=[FIRST], raise_on_error=False)
    assert not result.success
    assert "a/first is partitioned" in reason(result)
