"""What BigQuery is paid for stands with the materialization it was paid for, is summed up, and is said beforehand."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from dataops_assets.commands import costs, dry_run, status
from dataops_assets.commands.arguments import parser
from dataops_assets.commands.shared import bytes_text
from dataops_assets.model import Contract, Date, Derived, Integer, column
from dataops_assets.runs import runner
from dataops_assets.settings import Cloud as CloudSettings
from dataops_assets.transform.estimate import load_estimate, transform_estimate
from dataops_assets.warehouse.base import Session
from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse
from dataops_assets.warehouse.duckdb.warehouse import DuckDBWarehouse
from dataops_assets_tests.backends import cloud_storage
from dataops_assets_tests.place import DAY, Place, Scripted, csv, daily, place, source
from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.support import materialize, succeed

NEXT = "2024-01-02"
BOTH = f"{DAY}..{NEXT} (2)"


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


class Positive(Contract):
    """Rows; none of a day with another number."""

    day: Date = column("Day.")
    id: Integer = column("Number.", ge=1, severity="stop")


def at_cloud(cloud: Cloud, home: Path) -> Place:
    """A source, a table made of it in SQL, one made of that, and one by a function; two days of a row each."""
    sql = "select day, id from staged.t where day >= @window_start and day < @window_end"
    kind = {"contract": Rows, "key": ["day", "id"], "partition": daily(), "publish": True}
    scripted = Scripted({day: [csv("day,id", f"{day},1")] for day in (DAY, NEXT)})
    made = [Derived(name="made", sql=sql, **kind), Derived(name="called", function=lambda t: t, **kind)]
    made += [Derived(name="over", sql=sql.replace("staged.t", "transformed.made"), **kind)]
    at = place(home, source(Rows, scripted), *made)
    at.project.storage = cloud_storage(cloud.project, home, [])
    cloud_settings = CloudSettings(cloud.project, "staging", "production")
    at.project.settings = replace(at.project.settings, profile="gcp", cloud=cloud_settings)
    return at


def bigquery_of(at: Place) -> BigQueryWarehouse:
    assert isinstance(at.project.storage.warehouse, BigQueryWarehouse)
    return at.project.storage.warehouse


@pytest.mark.slow
def test_costs_stand_with_the_materialization_and_sum_up(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = at_cloud(cloud, tmp_path)
    asset = dg.AssetKey(["staged", "t"])
    with dg.DagsterInstance.ephemeral() as instance:
        for day in (DAY, NEXT):
            succeed(at.project, "+staged/t", day, day, instance)
        found = [record.asset_materialization for record in instance.fetch_materializations(asset, limit=9).records]
        metadata: list[dict[str, Any]] = [
            {name: value.value for name, value in each.metadata.items()} for each in found if each
        ]
        assert [each["bigquery/bytes_billed"] > 0 for each in metadata] == [True, True]
        assert [each["bigquery/jobs"] > 0 for each in metadata] == [True, True]
        assert str(metadata[0]["bigquery/costliest_job"]).startswith("https://console.cloud.google.com/bigquery?")

        total = sum(each["bigquery/bytes_billed"] for each in metadata)
        monkeypatch.setattr(costs, "_PAGE", 1)
        assert costs.costs(instance, ["staged/t"])["staged/t"].bytes_billed == total
        monkeypatch.setattr(status, "load_project", lambda: at.project)
        monkeypatch.setattr(runner, "instance_to_read", lambda settings: nullcontext(instance))
        assert status.status(parser().parse_args(["status"])) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[-3:] == ["billed", "slot", "time"]
    staged = next(line for line in lines if line.startswith("staged/t"))
    assert f" {bytes_text(total)} " in staged
    everything = next(line for line in lines if line.startswith("all "))
    assert f" {bytes_text(total)} " in everything


MOST_JOBS = {
    "staged/t": 7,
    "transformed/made": 6,
    "transformed/called": 6,
    "production/made": 5,
    "production/called": 5,
    "transformed/over": 6,
    "production/over": 5,
}
"""Of a day, where the tables are there: each is about a second, and bills 10 MiB of each table that it reads."""


@pytest.mark.slow
def test_how_many_jobs_a_day_takes(cloud: Cloud, tmp_path: Path) -> None:
    at, found = at_cloud(cloud, tmp_path), dict[str, int]()
    with dg.DagsterInstance.ephemeral() as instance:
        for day in (DAY, NEXT):
            succeed(at.project, "*", day, day, instance)
        for asset in MOST_JOBS:
            [record] = instance.fetch_materializations(dg.AssetKey(asset.split("/")), limit=1).records
            assert record.partition_key == NEXT
            assert record.asset_materialization
            found[asset] = int(str(record.asset_materialization.metadata["bigquery/jobs"].value))
    assert found == MOST_JOBS


PRICE = {"bigquery/bytes_billed": 7, "bigquery/slot_ms": 5, "bigquery/costliest_job": "https://console/job"}


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is written costs the same, on DuckDB as well."""
    monkeypatch.setattr(DuckDBWarehouse, "spent", lambda self: PRICE)


@pytest.mark.usefixtures("priced")
def test_the_cost_of_a_run_stands_with_the_first_partition_that_is_not_held(tmp_path: Path) -> None:
    scripted = Scripted(
        {day: [csv("day,id", f"{day},{number}")] for number, day in enumerate((DAY, NEXT, "2024-01-03"))}
    )
    at = place(tmp_path, source(Positive, scripted))
    with dg.DagsterInstance.ephemeral() as instance:
        materialize(at.project, "+staged/t", DAY, "2024-01-03", instance=instance)
        found = instance.fetch_materializations(dg.AssetKey(["staged", "t"]), limit=9).records
        metadata = {
            each.partition_key: each.asset_materialization.metadata for each in found if each.asset_materialization
        }
        assert {key: "bigquery/bytes_billed" in each for key, each in metadata.items()} == {
            NEXT: True,
            "2024-01-03": False,
        }
        cost = costs.costs(instance, ["staged/t"])["staged/t"]
        assert (cost.bytes_billed, cost.slot_ms) == (7, 5)
        materialize(at.project, "staged/t", DAY, instance=instance)
        assert costs.costs(instance, ["staged/t"])["staged/t"] == cost, "nothing is materialized"


@pytest.mark.usefixtures("priced")
def test_plain_assets_carry_their_cost(tmp_path: Path) -> None:
    days = dg.DailyPartitionsDefinition("2024-01-01", end_date="2024-01-04")
    policy = dg.BackfillPolicy.single_run()

    @dg.asset(io_manager_key="warehouse")
    def whole() -> pd.DataFrame:
        return pd.DataFrame({"n": [1]})

    @dg.asset(
        io_manager_key="warehouse", partitions_def=days, backfill_policy=policy, metadata={"partition_expr": "day"}
    )
    def by_day() -> pd.DataFrame:
        return pd.DataFrame({"day": pd.to_datetime([DAY, NEXT])})

    at = place(tmp_path, whole, by_day)
    with dg.DagsterInstance.ephemeral() as instance:
        succeed(at.project, "whole", instance=instance)
        succeed(at.project, "by_day", DAY, NEXT, instance)
        found = costs.costs(instance, ["whole", "by_day"])
        assert {name: cost.bytes_billed for name, cost in found.items()} == {"whole": 7, "by_day": 7}
        both = instance.fetch_materializations(dg.AssetKey("by_day"), limit=9).records
        rows = [record.asset_materialization.metadata for record in both if record.asset_materialization]
        assert [each["dagster/partition_row_count"].value for each in rows] == [1, 1]


@pytest.mark.slow
def test_cost_is_told_once_and_by_work(cloud: Cloud, tmp_path: Path) -> None:
    warehouse = cloud_storage(cloud.project, tmp_path, []).warehouse
    one, other = warehouse.for_work("staged/a", [None], "1"), warehouse.for_work("staged/b", [None], "1")
    assert one.query("SELECT 1 AS n").num_rows == 1
    assert other.spent() == {}
    assert one.spent()["bigquery/jobs"] == 1
    assert one.spent() == {}


@pytest.mark.slow
def test_a_dry_run_says_what_would_be_read(cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = at_cloud(cloud, tmp_path)

    def by_asset() -> dict[str, str]:
        lines = capsys.readouterr().out.splitlines()
        return {line.split()[0]: " ".join(line.split()[1:]) for line in lines if "/" in line.split(" ")[0]}

    assert dry_run.dry_run(at.project, None, (DAY, NEXT)) == 0
    schema = at.project.storage.warehouse.staging
    assert by_asset()["staged/t"] == f"{BOTH} 1 0 B without {schema}.raw_t: not there yet"
    datasets = bigquery_of(at).client.list_datasets()
    assert schema not in {dataset.dataset_id for dataset in datasets}, "nothing was made"

    at.take("t", DAY, NEXT)
    at.transform("made", DAY, NEXT)
    at.publish("made", DAY, NEXT)
    assert dry_run.dry_run(at.project, None, (DAY, NEXT)) == 0
    both = by_asset()
    assert dry_run.dry_run(at.project, None, (DAY, DAY)) == 0
    one = by_asset()
    assert both["raw/t"] == f"{BOTH} 1 asks the source"
    for asset in ("staged/t", "transformed/made", "production/made"):
        assert both[asset].startswith(f"{BOTH} 1 ")
        # Half of the partitions, half of the bytes: the estimate is of the partitions alone.
        assert int(both[asset].split()[-2]) == 2 * int(one[asset].split()[-2]) > 0, (both, one)
    assert both["transformed/called"].endswith("not there yet")

    assert at.project.settings.cloud
    limited = replace(at.project.settings.cloud, max_bytes_billed=1)
    at.project.settings = replace(at.project.settings, cloud=limited)
    assert dry_run.dry_run(at.project, "transformed/made", (DAY, NEXT)) == 1
    assert "transformed/made: a query would read" in capsys.readouterr().err


@pytest.mark.slow
def test_an_estimate_is_what_the_query_reads(cloud: Cloud, tmp_path: Path) -> None:
    at = at_cloud(cloud, tmp_path)
    at.take("t", DAY, NEXT)
    catalog, warehouse = at.project.catalog, bigquery_of(at)
    with warehouse.session() as session, session.reading():
        table = catalog.derived["made"]
        found = transform_estimate(
            session, warehouse.staging, table, catalog.inputs["made"], at.partitions(table, [DAY])
        )
        assert found
        assert found.lacking == (f"{warehouse.staging}.made",)
    at.transform("made", DAY)
    read = [
        statement.total_bytes_processed
        for jobs in warehouse._running
        for record in jobs.statistics
        if record.statement_type == "SCRIPT"
        for statement in warehouse.client.list_jobs(parent_job=record.job_id)
        if statement.statement_type == "CREATE_TABLE_AS_SELECT"
    ]
    assert found.total > 0
    assert found.total in read


def test_nobody_bills_locally(tmp_path: Path) -> None:
    at = place(tmp_path, source(Rows, Scripted({DAY: [csv("day,id", f"{DAY},1")]})))
    at.take("t", DAY)
    table, warehouse = at.project.catalog.staged["t"], at.project.storage.warehouse

    def asked(session: Session) -> object:
        return load_estimate(session, warehouse.staging, table, at.partitions(table, [DAY]))

    with warehouse.session() as session, session.reading():
        assert asked(session) is None
