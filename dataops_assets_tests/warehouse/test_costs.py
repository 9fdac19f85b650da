"""What BigQuery is paid for stands with the materialization that it was paid for."""

from pathlib import Path

import dagster as dg

from dataops_assets.model import Contract, Date, Integer, column
from dataops_assets_tests.load.conftest import cloud_storage
from dataops_assets_tests.load.place import DAY, Told, csv, place, source
from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.support import succeed


class Rows(Contract):
    """Rows."""

    day: Date = column("Day.")
    id: Integer = column("Number.")


def test_a_materialization_says_what_it_cost(cloud: Cloud, tmp_path: Path) -> None:
    at = place(tmp_path, source(Rows, Told({DAY: [csv("day,id", f"{DAY},1", f"{DAY},2")]})))
    at.project.storage = cloud_storage(cloud.project, tmp_path, [])  # type: ignore[misc]
    with dg.DagsterInstance.ephemeral() as instance:
        succeed(at.project, "+staged/t", DAY, DAY, instance)
        event = instance.get_latest_materialization_event(dg.AssetKey(["staged", "t"]))
    assert event
    assert event.asset_materialization
    found = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert found["bigquery/bytes_billed"] > 0
    assert found["bigquery/jobs"] > 10
    assert str(found["bigquery/costliest_job"]).startswith("https://console.cloud.google.com/bigquery?")


def test_cost_is_told_once(cloud: Cloud, tmp_path: Path) -> None:
    warehouse = cloud_storage(cloud.project, tmp_path, []).warehouse
    assert warehouse.query("SELECT 1 AS n").num_rows == 1
    assert warehouse.spent()["bigquery/jobs"] == 1
    assert warehouse.spent() == {}
