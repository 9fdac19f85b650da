"""BigQuery's tables are what the datasets and settings say: described, labelled, filtered, kept; and stay so."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from google.cloud import bigquery

from dataops_assets.model import Contract, Daily, Date, Derived, Integer, Text, TimePartitions, column
from dataops_assets.settings import Settings
from dataops_assets.warehouse.bigquery.table_options import DatasetDiffers
from dataops_assets.warehouse.bigquery.warehouse import BigQueryWarehouse
from dataops_assets_tests.backends import cloud_storage
from dataops_assets_tests.place import DAY, Place, Scripted, csv, place, source
from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.support import succeed

NEXT = "2024-01-02"
KEY = "projects/p-12345/locations/us/keyRings/ring/cryptoKeys/key"


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")
    name: Text = column("Name.")


class RowsSaidBetter(Contract):
    """Rows of a shop."""

    day: Date = column("Day of the sale.")
    id: Integer = column("Number.")
    name: Text = column("Name.")


def daily(**more: Any) -> TimePartitions:
    return Daily(start="2024-01-01", end="2024-01-11", column="day", **more)


def scripted() -> Scripted:
    return Scripted({day: [csv("day,id,name", f"{day},1,a", f"{day},2,b")] for day in (DAY, NEXT)})


def on_cloud(cloud: Cloud, home: Path, *datasets: Any, made: list[Settings] | None = None, **more: Any) -> Place:
    """made: what an earlier call has made there."""
    at = place(home, *datasets)
    at.project.storage = cloud_storage(cloud.project, home, [] if made is None else made, **more)
    return at


def bigquery_of(at: Place) -> BigQueryWarehouse:
    assert isinstance(at.project.storage.warehouse, BigQueryWarehouse)
    return at.project.storage.warehouse


def table(at: Place, name: str) -> bigquery.Table:
    warehouse = bigquery_of(at)
    return warehouse.client.get_table(f"{warehouse.client.project}.{warehouse.staging}.{name}")


@pytest.mark.slow
def test_a_table_is_made_as_its_dataset_says_and_made_so_again(cloud: Cloud, tmp_path: Path) -> None:
    made: list[Settings] = []
    strict = daily(keep_days=36_500, require_filter=True)
    at = on_cloud(cloud, tmp_path, source(Rows, scripted(), partition=strict), made=made, labels={"team": "sky"})
    at.take("t", DAY)
    held = table(at, "raw_t")
    assert held.description == "Rows."
    assert [field.description for field in held.schema[:3]] == ["Day.", "Number.", "Name."]
    assert held.time_partitioning
    assert held.time_partitioning.field == "day"
    assert held.clustering_fields == ["id"]
    assert held.labels == {"team": "sky", "layer": "staged", "dataset": "t"}
    assert held.require_partition_filter

    held.labels = {"theirs": "stays", "team": "sea"}
    bigquery_of(at).client.update_table(held, ["labels"])
    changed = source(RowsSaidBetter, scripted(), partition=daily())
    at = on_cloud(cloud, tmp_path, changed, made=made, labels={"team": "sky"})
    at.take("t", NEXT)
    held = table(at, "raw_t")
    assert held.description == "Rows of a shop."
    assert [field.description for field in held.schema[:3]] == ["Day of the sale.", "Number.", "Name."]
    assert held.labels == {"theirs": "stays", "team": "sky", "layer": "staged", "dataset": "t"}
    assert not held.require_partition_filter
    assert held.time_partitioning
    assert not held.time_partitioning.expiration_ms
    assert len(at.staged("t")) == 4


@pytest.mark.slow
@pytest.mark.parametrize("write", ["replace", "merge"])
def test_every_statement_has_the_filter_that_a_table_requires(cloud: Cloud, tmp_path: Path, write: str) -> None:
    by, told_ = daily(require_filter=True), scripted()
    made = Derived(
        name="made",
        contract=Rows,
        key=["day", "id"],
        partition=by,
        publish=True,
        sql="select day, id, name from staged.t where day >= @window_start and day < @window_end",
    )
    read = Derived(
        name="read",
        contract=Rows,
        key=["day", "id"],
        partition=by,
        history={"t": 1},
        function=lambda t, window: t[t.day >= pd.Timestamp(window.start.date())],
    )
    at = on_cloud(cloud, tmp_path, source(Rows, told_, partition=by, write=write), made, read)
    at.take("t", DAY, NEXT)
    told_.answer(NEXT, csv("day,id,name", f"{NEXT},1,changed", f"{NEXT},3,new"))
    at.take("t", NEXT)
    for outcome in (*at.transform("made", DAY, NEXT), *at.transform("read", NEXT), *at.publish("made", DAY, NEXT)):
        assert not outcome.refusal
    assert table(at, "raw_t").require_partition_filter
    assert table(at, "made").require_partition_filter
    with pytest.raises(Exception, match="without a filter"):
        at.staged("t")
    at.verify()


@pytest.mark.slow
def test_jobs_say_what_they_are_for(cloud: Cloud, tmp_path: Path) -> None:
    at = on_cloud(cloud, tmp_path, source(Rows, scripted()), labels={"team": "sky"})
    begun = datetime.now(UTC)
    with dg.DagsterInstance.ephemeral() as instance:
        succeed(at.project, "+staged/t", DAY, NEXT, instance)
        [run] = instance.get_runs()
    jobs = list(bigquery_of(at).client.list_jobs(min_creation_time=begun))
    message = {"team": "sky", "layer": "staged", "dataset": "t", "partition": f"{DAY}--{NEXT}", "run": run.run_id}
    assert len(jobs) > 5
    assert [job.labels for job in jobs if job.labels != message] == []


@pytest.mark.slow
def test_datasets_have_the_key_of_the_settings(cloud: Cloud, tmp_path: Path) -> None:
    at = on_cloud(cloud, tmp_path, source(Rows, scripted()), kms_key=KEY)
    at.take("t", DAY)
    warehouse = bigquery_of(at)
    for name in (warehouse.staging, warehouse.production, warehouse.scratch):
        encryption = warehouse.client.get_dataset(name).default_encryption_configuration
        assert encryption
        assert encryption.kms_key_name == KEY
    jobs = [j for j in warehouse.client.list_jobs(max_results=50) if isinstance(j, bigquery.QueryJob)]
    asked = [(str(j.query), j.destination_encryption_configuration) for j in jobs]
    keys = {key.kms_key_name for sql, key in asked if sql.startswith("SELECT") and key and warehouse.staging in sql}
    assert keys == {KEY}


@pytest.mark.slow
def test_a_dataset_of_another_key_or_place_is_refused(cloud: Cloud, tmp_path: Path) -> None:
    client = cloud.bigquery()
    staging, production, scratch = (cloud.name("d") for _ in range(3))
    for name in (staging, production, scratch):
        client.create_dataset(name)

    def asked(**more: Any) -> None:
        warehouse = BigQueryWarehouse(client, cloud.bigquery_storage(), "US", staging, production, scratch)
        for attribute, value in more.items():
            setattr(warehouse, attribute, value)
        warehouse.prepare(warehouse.jobs())

    asked()
    with pytest.raises(DatasetDiffers, match=f"a key of Google, DATAOPS_KMS_KEY is {KEY}; run: bq update"):
        asked(kms_key=KEY)
    with pytest.raises(DatasetDiffers, match="is in US, DATAOPS_LOCATION is europe-west3"):
        asked(location="europe-west3")
