"""Whatever the partitions and the policy are, runs are made for exactly those asked for, and leave their rows once."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dataops_assets.build import Project
from dataops_assets.runs import runner
from dataops_assets.runs.partition_keys import BadRequest
from dataops_assets.runs.planning import planned
from dataops_assets_tests.runs.kinds import KINDS, POLICIES, SHOPS, THERE, noting
from dataops_assets_tests.support import make_project, rows

RELAXED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        opened.add_dynamic_partitions(str(SHOPS.name), THERE)
        yield opened


def every(kind: str, instance: dg.DagsterInstance) -> list[str]:
    return list(KINDS[kind].get_partition_keys(dynamic_partitions_store=instance))


def between(kind: str, first: str, last: str, instance: dg.DagsterInstance) -> list[str]:
    """As Dagster reads a range."""
    definition = KINDS[kind]
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return list(definition.get_partition_keys_in_range(dg.PartitionKeyRange(first, last), instance))
    keys = every(kind, instance)
    return keys[keys.index(first) : keys.index(last) + 1]


bounds = st.tuples(st.floats(0, 1), st.floats(0, 1))


def at(keys: list[str], places: tuple[float, float]) -> tuple[str, str]:
    first, last = (keys[min(int(place * len(keys)), len(keys) - 1)] for place in sorted(places))
    return first, last


def _nothing(message: str) -> None:
    """Whatever is left out."""


@cache
def chain(kind: str, policies: tuple[dg.BackfillPolicy | None, ...]) -> dg.JobDefinition:
    """Assets that read one another, partition by partition."""
    assets = [
        noting(
            KINDS[kind], f"noted_{place}", backfill_policy=policy, deps=[["plain", f"noted_{place - 1}"]] * bool(place)
        )
        for place, policy in enumerate(policies)
    ]
    return dg.Definitions(assets).resolve_implicit_global_asset_job_def()


@settings(max_examples=50, **RELAXED)
@given(kind=st.sampled_from(list(KINDS)), policies=st.tuples(*[st.sampled_from(POLICIES)] * 3), asked=bounds)
def test_runs_are_made_for_exactly_what_is_asked(
    instance: dg.DagsterInstance,
    kind: str,
    policies: tuple[dg.BackfillPolicy | None, ...],
    asked: tuple[float, float],
) -> None:
    job = chain(kind, policies)
    first, last = at(every(kind, instance), asked)
    wanted = between(kind, first, last, instance)
    if not wanted:  # of keys with dimensions, one of the two may come after the other in one of them
        with pytest.raises(BadRequest, match="the first is after the last"):
            planned(job, instance, None, (first, last), _nothing)
        return
    written: list[tuple[str, str]] = []
    for run in planned(job, instance, None, (first, last), _nothing):
        one = run.tags.get("dagster/partition")
        start, end = (run.tags.get(f"dagster/asset_partition_range_{word}") for word in ("start", "end"))
        taken = [one] if one else between(kind, str(start), str(end), instance)
        assert sorted(taken) == sorted(run.partitions)
        for key in run.assets:
            place = int(key.path[-1][-1])
            policy = policies[place]
            assert policy or len(taken) == 1
            assert not policy or len(taken) <= (policy.max_partitions_per_run or len(wanted))
            if place:
                read = {(f"noted_{place - 1}", part) for part in taken}
                assert read <= {*written, *((other.path[-1], part) for other in run.assets for part in taken)}
        written += [(key.path[-1], part) for key in run.assets for part in taken]
    assert sorted(written) == sorted((f"noted_{place}", part) for place in range(3) for part in wanted)


@settings(max_examples=2, **RELAXED)
@given(kind=st.sampled_from(list(KINDS)), policy=st.sampled_from(POLICIES), asked=bounds)
@example(kind="days_colours", policy=POLICIES[1], asked=(0, 1))
@example(kind="hours_shops", policy=POLICIES[3], asked=(0, 1))
@example(kind="autumn", policy=POLICIES[2], asked=(0, 1))
@example(kind="shops", policy=POLICIES[1], asked=(0, 1))
def test_each_partition_has_its_rows_once(
    tmp_path_factory: pytest.TempPathFactory, kind: str, policy: dg.BackfillPolicy | None, asked: tuple[float, float]
) -> None:
    _each_has_its_rows(tmp_path_factory.mktemp("home"), kind, policy, asked)


@pytest.mark.slow
@settings(max_examples=20, **RELAXED)
@given(kind=st.sampled_from(list(KINDS)), policy=st.sampled_from(POLICIES), asked=bounds)
def test_each_partition_of_many_has_its_rows_once(
    tmp_path_factory: pytest.TempPathFactory, kind: str, policy: dg.BackfillPolicy | None, asked: tuple[float, float]
) -> None:
    _each_has_its_rows(tmp_path_factory.mktemp("home"), kind, policy, asked)


def test_ranges_that_differ_by_an_hour_that_comes_twice_are_told_apart(tmp_path: Path) -> None:
    project = make_project(tmp_path, noting(KINDS["autumn"], backfill_policy=dg.BackfillPolicy.single_run()))
    with dg.DagsterInstance.ephemeral() as instance:
        keys = every("autumn", instance)
        for ends in [(keys[0], keys[1]), (keys[0], keys[2]), (keys[3], keys[-1]), (keys[2], keys[-1])]:
            results = list(runner.run(project.definitions(), instance, partitions=ends))
            assert [problem for result in results for problem in result.problems] == []
        _stored(project, instance, keys)


def _each_has_its_rows(home: Path, kind: str, policy: dg.BackfillPolicy | None, asked: tuple[float, float]) -> None:
    """Run one part of the partitions as the command line does, and then all of them by a schedule."""
    asset = noting(KINDS[kind], backfill_policy=policy)
    requests: list[dg.RunRequest] = []
    job = dg.define_asset_job("noted_job", [asset])
    schedule = dg.schedule(name="noted", job=job, cron_schedule="0 0 * * *")(lambda: requests)
    project = make_project(home, asset, schedule)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(SHOPS.name), THERE)
        keys = every(kind, instance)
        quiet = project.definitions(logger=runner.progress_logger(lambda line: None))
        if wanted := between(kind, *(ends := at(keys, asked)), instance):
            results = list(runner.run(quiet, instance, partitions=ends))
            assert [problem for result in results for problem in result.problems] == []
            _stored(project, instance, wanted)
        repository = quiet.get_repository_def()
        made = planned(repository.get_job("noted_job"), instance, None, (keys[0], keys[-1]), _nothing)
        requests += [dg.RunRequest(run_key=" ".join(run.partitions), tags=run.tags) for run in made]
        with dg.build_schedule_context(instance, repository_def=repository) as context:
            ticked = repository.get_schedule_def("noted").evaluate_tick(context).run_requests or []
        for request in ticked:
            assert repository.get_job("noted_job").execute_in_process(instance=instance, tags=request.tags).success
        _stored(project, instance, between(kind, keys[0], keys[-1], instance))


def _stored(project: Project, instance: dg.DagsterInstance, wanted: list[str]) -> None:
    assert instance.get_materialized_partitions(dg.AssetKey(["plain", "noted"])) == {*wanted}
    stored = rows(project, "SELECT * FROM plain.noted")
    assert len(stored) == len({tuple(row.values()) for row in stored}) == len(wanted)
