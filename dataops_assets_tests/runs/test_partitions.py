"""`dataops run` writes exactly the partitions that were asked for, of plain assets of every kind of partitions."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from dataops_assets.build import load_project
from dataops_assets.discovery import Datasets
from dataops_assets.runs import runner
from dataops_assets.runs.planning import PlannedRun, planned
from dataops_assets_tests.commands.conftest import Dataops, dataops, home, use
from dataops_assets_tests.runs.kinds import noting

__all__ = ["dataops", "home"]

DAYS = dg.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-05")


@pytest.fixture
def project(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let these plain assets be the project."""
    return lambda *assets: use(monkeypatch, Datasets((), (), assets))


def materialized(*key: str) -> set[str]:
    with runner.open_instance(load_project().settings) as instance:
        return instance.get_materialized_partitions(dg.AssetKey(key))


def runs_of(*key: str) -> list[list[str]]:
    """The partitions of each run, sorted, in the order in which the runs were made."""
    with runner.open_instance(load_project().settings) as instance:
        records = instance.fetch_materializations(dg.AssetKey(key), limit=1000, ascending=True).records
    found: dict[str, list[str]] = {}
    for record in records:
        found.setdefault(record.run_id, []).append(record.partition_key or "")
    return [sorted(keys) for keys in found.values()]


def stored(table: str = "plain.noted", columns: str = "*") -> list[tuple[Any, ...]]:
    table_ = load_project().storage.warehouse.query(f"SELECT {columns} FROM {table} ORDER BY ALL")
    return [tuple(row.values()) for row in table_.to_pylist()]


MULTI = dg.MultiPartitionsDefinition(
    {
        "day": dg.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-01-04"),
        "colour": dg.StaticPartitionsDefinition(["red", "green", "blue"]),
    }
)


@pytest.mark.parametrize(
    ("policy", "runs"),
    [
        (None, 9),
        pytest.param(dg.BackfillPolicy.multi_run(2), 6, marks=pytest.mark.slow),  # 2 days and 1 of each colour
        (dg.BackfillPolicy.single_run(), 3),
    ],
    ids=str,
)
def test_all_partitions_of_two_dimensions(
    dataops: Dataops, project: Callable[..., None], policy: dg.BackfillPolicy | None, runs: int
) -> None:
    project(noting(MULTI, "multi", backfill_policy=policy))
    message = dataops("run", "--select", "plain/multi")
    assert (message.code, message.err) == (0, "")
    assert materialized("plain", "multi") == {*MULTI.get_partition_keys()}
    assert stored("plain.multi", "count(*), count(distinct (day, colour))") == [(9, 9)]
    assert len(runs_of("plain", "multi")) == runs


def test_success_is_what_was_written(
    dataops: Dataops, project: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever Dagster takes the tags of a run for."""
    project(noting(DAYS, backfill_policy=dg.BackfillPolicy.single_run()))

    def misread(*args: Any) -> list[PlannedRun]:
        return [replace(run, tags={"dagster/partition": run.partitions[0]}) for run in planned(*args)]

    monkeypatch.setattr(runner, "planned", misread)
    message = dataops("run", "--partitions", "2024-01")
    assert message.code == 1
    assert message.err.startswith("plain/noted 2024-01-02 and 2 more partitions: not written, though run ")
    assert ", FAILED" in message.out


def test_what_an_asset_leaves_out_by_itself_is_said(dataops: Dataops, project: Callable[..., None]) -> None:
    @dg.asset(key_prefix="plain", output_required=False)
    def quiet() -> Iterator[dg.Output]:
        yield from ()

    @dg.asset(key_prefix="plain", deps=[quiet])
    def after() -> None: ...

    project(quiet, after)
    message = dataops("run")
    assert (message.code, message.err) == (0, "")
    for name in ("quiet", "after"):
        assert f"plain/{name}: not written, its function or that of an asset it reads has left it out" in message.out


# As the UI's backfill does: policies, and the order of partitions that read each other.


def counting(**about: Any) -> Any:
    """Each day has one more row than the day before."""

    @dg.asset(
        key_prefix="plain",
        partitions_def=DAYS,
        metadata={"partition_expr": "day"},
        ins={
            "counted": dg.AssetIn(
                key=["plain", "counted"],
                partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1),
            )
        },
        **about,
    )
    def counted(context: dg.AssetExecutionContext, counted: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"day": pd.Timestamp(context.partition_key), "rows": range(len(counted) + 1)})

    return counted


def test_an_asset_that_reads_itself_is_run_partition_by_partition(
    dataops: Dataops, project: Callable[..., None]
) -> None:
    project(counting())
    message = dataops("run", "--partitions", "2024-01-01..2024-01-04")
    assert (message.code, message.err) == (0, "")
    assert [count for _, count in stored("plain.counted GROUP BY day", "day, count(*)")] == [1, 2, 3, 4]
    assert runs_of("plain", "counted") == [[day] for day in DAYS.get_partition_keys()]


def test_what_reads_itself_does_not_share_a_run(dataops: Dataops, project: Callable[..., None]) -> None:
    @dg.asset(key_prefix="plain", partitions_def=DAYS, deps=[["plain", "counted"]])
    def after() -> None: ...

    @dg.asset(key_prefix="plain", partitions_def=DAYS)
    def before() -> None: ...

    project(counting(deps=[before]), after, before)
    assert dataops("run", "--partitions", "2024-01-01..2024-01-02").code == 0
    with runner.open_instance(load_project().settings) as instance:
        order = [
            (step.step_key.removeprefix("plain__"), run.tags["dagster/partition"])
            for run in reversed(instance.get_runs())
            for step in instance.get_run_step_stats(run.run_id)
        ]
    assert order == [(name, day) for name in ("before", "counted", "after") for day in ("2024-01-01", "2024-01-02")]


def test_an_asset_that_reads_its_partition_key(dataops: Dataops, project: Callable[..., None]) -> None:
    @dg.asset(key_prefix="plain", partitions_def=DAYS, metadata={"partition_expr": "day"})
    def ordinary(context: dg.AssetExecutionContext) -> pd.DataFrame:
        return pd.DataFrame({"day": [pd.Timestamp(context.partition_key)]})

    project(ordinary)
    message = dataops("run", "--partitions", "2024-01")
    assert (message.code, message.err) == (0, "")
    assert len(stored("plain.ordinary")) == 4


@pytest.mark.parametrize(
    ("policy", "sizes"),
    [(None, [1, 1, 1, 1]), (dg.BackfillPolicy.multi_run(3), [3, 1]), (dg.BackfillPolicy.single_run(), [4])],
    ids=str,
)
def test_a_backfill_policy_says_how_many_partitions_a_run_has(
    dataops: Dataops, project: Callable[..., None], policy: dg.BackfillPolicy | None, sizes: list[int]
) -> None:
    project(noting(DAYS, backfill_policy=policy))
    assert dataops("run", "--partitions", "2024-01").code == 0
    assert [len(keys) for keys in runs_of("plain", "noted")] == sizes
    assert len(stored()) == 4


def test_a_partition_that_reads_later_ones_waits_for_them(dataops: Dataops, project: Callable[..., None]) -> None:
    """Also where both are made run by run, and would have the same partitions."""

    @dg.asset(
        key_prefix="plain",
        partitions_def=DAYS,
        metadata={"partition_expr": "day"},
        ins={
            "noted": dg.AssetIn(
                key=["plain", "noted"], partition_mapping=dg.TimeWindowPartitionMapping(start_offset=0, end_offset=1)
            )
        },
    )
    def ahead(context: dg.AssetExecutionContext, noted: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"day": [pd.Timestamp(context.partition_key)], "read": [len(noted)]})

    project(noting(DAYS), ahead)
    assert dataops("run", "--partitions", "2024-01").code == 0
    assert [read for _, read in stored("plain.ahead")] == [2, 2, 2, 1]


def test_partitions_apart_are_runs_of_their_own(dataops: Dataops, project: Callable[..., None]) -> None:
    """A key that a calendar leaves out is not taken into a range."""
    skipped = dg.TimeWindowPartitionsDefinition(
        start="2024-01-01", end="2024-01-08", cron_schedule="0 0 * * 1-5", fmt="%Y-%m-%d"
    )
    project(noting(skipped, backfill_policy=dg.BackfillPolicy.single_run()))
    assert dataops("run", "--partitions", "2024-01").code == 0
    assert materialized("plain", "noted") == {*skipped.get_partition_keys()}


def test_what_one_function_makes_is_run_as_a_whole(dataops: Dataops, project: Callable[..., None]) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec(["plain", "one"]), dg.AssetSpec(["plain", "other"], deps=[["plain", "one"]])])
    def both() -> Iterator[dg.MaterializeResult]:
        for name in ("one", "other"):
            yield dg.MaterializeResult(["plain", name])

    project(both)
    message = dataops("run", "--select", "plain/one")
    assert (message.code, message.err) == (0, "")
    assert "also run, since one function makes them: plain/other" in message.out


# Keys that are kept in the instance.


def test_dynamic_partitions(dataops: Dataops, project: Callable[..., None]) -> None:
    shops = dg.DynamicPartitionsDefinition(name="shops")

    @dg.asset(key_prefix="plain")
    def whole() -> None: ...

    project(noting(shops, backfill_policy=dg.BackfillPolicy.multi_run(2)), whole)
    message = dataops("run")
    assert (message.code, message.err) == (0, "")
    assert "left out: plain/noted have no partitions yet; add one in the UI, or by" in message.out
    with runner.open_instance(load_project().settings) as instance:
        instance.add_dynamic_partitions("shops", ["kiel", "bonn", "köln"])
    assert "kiel..köln (3)" in dataops("run", "--dry-run").out
    assert dataops("run").code == 0
    assert runs_of("plain", "noted") == [["bonn", "kiel"], ["köln"]]
    assert dataops("run", "--select", "plain/noted", "--partitions", "bonn").code == 0
    assert stored() == [("bonn",), ("kiel",), ("köln",)]
    message = dataops("run", "--select", "plain/noted", "--partitions", "ulm")
    assert (message.code, message.err.strip()) == (
        2,
        "dataops run: --partitions: plain/noted have no partition 'ulm'; they have kiel, bonn, köln",
    )


# In another time zone.


def test_a_daily_asset_elsewhere_is_run_for_its_own_day(dataops: Dataops, project: Callable[..., None]) -> None:
    project(noting(dg.DailyPartitionsDefinition("2024-03-01", end_date="2024-04-01", timezone="America/New_York")))
    assert dataops("run", "--partitions", "2024-03-10").code == 0
    assert materialized("plain", "noted") == {"2024-03-10"}


# What failed is not read by what comes after it.


def test_what_reads_a_partition_that_failed_is_not_run(dataops: Dataops, project: Callable[..., None]) -> None:
    broken = {"2024-01-02"}

    @dg.asset(key_prefix="plain", partitions_def=DAYS)
    def first(context: dg.AssetExecutionContext) -> None:
        if context.partition_key in broken:
            raise ValueError("no such day")

    @dg.asset(key_prefix="plain", partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.multi_run(2), deps=[first])
    def second() -> None: ...

    @dg.asset(key_prefix="plain", deps=[second])
    def whole() -> None: ...

    @dg.asset(key_prefix="plain")
    def apart() -> None: ...

    project(first, second, whole, apart)
    message = dataops("run", "--partitions", "2024-01")
    assert message.code == 1
    assert message.err.splitlines() == [
        "plain/first: ValueError: no such day",
        "plain/second 2024-01-02: not run, since plain/first 2024-01-02 was not written",
        "plain/whole: not run, since plain/second 2024-01-02 was not written",
    ]
    assert "not run 2024-01-02: plain/second" in message.out
    assert materialized("plain", "second") == {"2024-01-01", "2024-01-03", "2024-01-04"}
    assert runs_of("plain", "apart") == [[""]]
    broken.clear()
    assert dataops("run", "--partitions", "2024-01").code == 0
    assert runs_of("plain", "whole") == [[""]]


def test_an_asset_that_reads_itself_ends_where_it_failed(dataops: Dataops, project: Callable[..., None]) -> None:
    broken = {"2024-01-02"}

    @dg.asset(
        key=["plain", "counted"],
        partitions_def=DAYS,
        deps=[
            dg.AssetDep(
                ["plain", "counted"], partition_mapping=dg.TimeWindowPartitionMapping(start_offset=-1, end_offset=-1)
            )
        ],
    )
    def counted(context: dg.AssetExecutionContext) -> None:
        if context.partition_key in broken:
            raise ValueError("no such day")

    project(counted)
    message = dataops("run", "--partitions", "2024-01")
    assert message.code == 1
    assert message.err.splitlines() == [
        "plain/counted: ValueError: no such day",
        "plain/counted 2024-01-03: not run, since plain/counted 2024-01-02 was not written",
        "plain/counted 2024-01-04: not run, since plain/counted 2024-01-03 was not written",
    ]
    assert materialized("plain", "counted") == {"2024-01-01"}
