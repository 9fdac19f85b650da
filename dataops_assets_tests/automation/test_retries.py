"""Only the extraction is tried again: what is wrong with the data would be wrong again."""

import logging
from collections import Counter
from pathlib import Path

import dagster as dg
import pytest
import yaml

from dataops_assets.layers import assets
from dataops_assets.settings import DAGSTER_YAML
from dataops_assets.sources import Files, PermanentSourceError, TransientSourceError
from dataops_assets_tests.automation.place import make_place


class Flaky:
    """A source that fails a number of times before it reads the file."""

    def __init__(self, path: str, error: type[Exception], times: int) -> None:
        self._files, self._error, self._left = Files(path), error, times

    def extract(self, request):
        if self._left:
            self._left -= 1
            raise self._error(f"{request.label}: not now")
        return self._files.extract(request)


def run(tmp_path: Path, instance: dg.DagsterInstance, error: type[Exception], times: int, first: int = 1):
    path = f"{tmp_path}/incoming/visits-{{partition.start:%Y-%m-%d}}.csv"
    place = make_place(tmp_path, instance, visits={"extract": Flaky(path, error, times)})
    place.visits("2026-01-05", "A", first=first)
    selection = [dg.AssetKey([layer, "visits"]) for layer in ("raw", "staged")]
    result = place.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, partition_key="2026-01-05", asset_selection=selection, raise_on_error=False
    )
    return result, Counter((event.step_key, event.event_type_value) for event in result.all_events)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> dg.RetryPolicy:
    """The policy without its waiting."""
    policy = assets.EXTRACTION_RETRIES
    quick = dg.RetryPolicy(max_retries=policy.max_retries, delay=0)
    monkeypatch.setattr(assets, "EXTRACTION_RETRIES", quick)
    return quick


def test_the_policy_backs_off() -> None:
    policy = assets.EXTRACTION_RETRIES
    waits = [policy.calculate_delay(attempt) for attempt in (1, 2, 3)]
    assert policy.max_retries == 3
    assert policy.backoff == dg.Backoff.EXPONENTIAL
    assert policy.jitter is not None
    assert all(wait <= 10 * 2**n for n, wait in enumerate(waits, start=1))


@pytest.mark.usefixtures("hasty")
def test_a_source_that_comes_back(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    result, events = run(tmp_path, instance, TransientSourceError, 2)
    assert result.success
    assert events["raw__visits", "STEP_RESTARTED"] == 2
    said = [entry.user_message for entry in instance.all_logs(result.run_id) if entry.level == logging.INFO]
    assert said == ["It is tried again: visits [2026-01-05]: not now"] * 2, "from the first try on"
    assert events["staged__visits", "STEP_SUCCESS"] == 1


@pytest.mark.usefixtures("hasty")
def test_a_source_that_stays_away(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    result, events = run(tmp_path, instance, TransientSourceError, 9)
    assert not result.success
    assert events["raw__visits", "STEP_RESTARTED"] == 3
    assert events["raw__visits", "STEP_FAILURE"] == 1


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("times", "restarted", "kept"), [(3, 1, 2), (10, 3, 0)], ids=["comes back", "stays away"])
def test_a_source_that_answers_for_no_partition_of_a_range(
    tmp_path: Path, instance: dg.DagsterInstance, times: int, restarted: int, kept: int
) -> None:
    days = ["2026-01-05", "2026-01-06"]
    path = f"{tmp_path}/incoming/visits-{{partition.start:%Y-%m-%d}}.csv"
    place = make_place(tmp_path, instance, visits={"extract": Flaky(path, TransientSourceError, times)})
    for day in days:
        place.visits(day, "A")
    tags = {"dagster/asset_partition_range_start": days[0], "dagster/asset_partition_range_end": days[1]}
    result = place.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, tags=tags, asset_selection=[dg.AssetKey(["raw", "visits"])], raise_on_error=False
    )
    events = Counter(event.event_type_value for event in result.all_events)
    assert events["STEP_RESTARTED"] == restarted
    assert (result.success, events["ASSET_MATERIALIZATION"]) == (kept > 0, kept)
    # The last try says of each partition what became of it.
    assert events["ASSET_CHECK_EVALUATION"] == len(days)


@pytest.mark.usefixtures("hasty")
def test_a_permanent_error_is_not_tried_again(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    result, events = run(tmp_path, instance, PermanentSourceError, 1)
    assert not result.success
    assert events["raw__visits", "STEP_RESTARTED"] == 0


@pytest.mark.usefixtures("hasty")
def test_a_broken_contract_is_not_tried_again(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    result, events = run(tmp_path, instance, TransientSourceError, 0, first=-5)
    assert not result.success
    assert events["staged__visits", "STEP_FAILURE"] == 1
    assert not any(kind in ("STEP_RESTARTED", "STEP_UP_FOR_RETRY") for _, kind in events)


def test_the_instance_does_not_retry_a_run_that_failed_on_its_data() -> None:
    settings = yaml.safe_load(DAGSTER_YAML.read_text())["run_retries"]
    assert settings["retry_on_asset_or_op_failure"] is False


def test_only_the_raw_layer_has_a_policy(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    job = make_place(tmp_path, instance).definitions.resolve_implicit_global_asset_job_def()
    with_policy = set()
    for node in job.nodes:
        assert isinstance(node.definition, dg.OpDefinition)
        if node.definition.retry_policy:
            with_policy.add(node.name)
    assert with_policy == {"raw__visits", "raw__rain", "raw__shops"}
