"""Dagster's instance on Google Cloud: its settings are Dagster's, reach what they are for, and agree with the local."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import process_config
from dagster._core.instance.config import dagster_instance_config
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.compute_log_manager import ComputeIOType
from dagster_gcp.gcs.compute_log_manager import GCSComputeLogManager
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config
from google.cloud import storage
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from dataops_assets.automation.jobs import IN_ORDER
from dataops_assets.settings import DAGSTER_YAML
from dataops_assets_tests.delivery.project import ROOT, text

PLACE = {
    "DAGSTER_PG_HOST": "127.0.0.1",
    "DAGSTER_PG_PORT": "1",  # where nobody listens
    "DAGSTER_PG_DB": "dagster",
    "DAGSTER_PG_USERNAME": "someone",
    "DAGSTER_PG_PASSWORD": "secret@:",
    "DAGSTER_COMPUTE_LOGS_BUCKET": "air-logs",
}

NAMES = {"hostname": "HOST", "port": "PORT", "db_name": "DB", "username": "USERNAME", "password": "PASSWORD"}


@pytest.fixture
def reference(monkeypatch: pytest.MonkeyPatch) -> InstanceRef:
    for variable, value in PLACE.items():
        monkeypatch.setenv(variable, value)
    folder = str(ROOT / "deploy" / "gcp")
    dagster_instance_config(folder)  # raises for what is not Dagster's
    return InstanceRef.from_dir(folder)


def settings(*path: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / Path(*path)).read_text())


def test_postgres_is_reached_with_what_the_environment_says(reference: InstanceRef) -> None:
    data = reference.storage_data
    assert data is not None
    taken = process_config(DagsterPostgresStorage.config_type(), data.config_dict)
    assert taken.success, taken.errors
    assert taken.value is not None
    url = pg_url_from_config(taken.value)
    assert url == "postgresql+psycopg2://someone:secret%40%3A@127.0.0.1:1/dagster"
    with pytest.raises(OperationalError, match="port 1 failed: Connection refused"):
        create_engine(url).connect()  # the driver is there
    for part in (reference.run_storage_data, reference.event_storage_data, reference.schedule_storage_data):
        assert part is not None
        assert "Postgres" in part.class_name or part.class_name.startswith("Legacy")


@pytest.mark.usefixtures("reference")
def test_what_steps_print_goes_to_the_bucket(gcs: Any, reference: InstanceRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", gcs.project)
    name = gcs.name("logs")
    monkeypatch.setenv("DAGSTER_COMPUTE_LOGS_BUCKET", name)
    bucket = storage.Client(project=gcs.project).create_bucket(name)
    manager = reference.compute_log_manager
    assert isinstance(manager, GCSComputeLogManager)
    with manager.open_log_stream(["runs", "r1", "step"], ComputeIOType.STDERR) as stream:
        assert stream is not None
        stream.write("printed")
    assert b"printed" in [blob.download_as_bytes() for blob in bucket.list_blobs(prefix="dagster/storage/runs/r1/")]


def test_it_agrees_with_the_local_instance() -> None:
    cloud, local = settings("deploy", "gcp", "dagster.yaml"), settings("dagster.yaml")
    for part in ("telemetry", "nux", "run_coordinator", "run_monitoring", "run_retries", "retention"):
        assert cloud[part] == local[part], part
    limits = [each["concurrency"]["runs"]["tag_concurrency_limits"] for each in (cloud, local)]
    assert limits[0] == limits[1] == [{"key": IN_ORDER, "value": {"applyLimitPerUniqueValue": True}, "limit": 1}]
    assert text("dagster.yaml") == DAGSTER_YAML.read_text(), "that of the command line and of new projects"


def test_no_secret_stands_in_it() -> None:
    database = settings("deploy", "gcp", "dagster.yaml")["storage"]["postgres"]["postgres_db"]
    assert [name for name, value in database.items() if value != {"env": f"DAGSTER_PG_{NAMES.get(name)}"}] == ["scheme"]


def test_the_extra_brings_what_it_needs() -> None:
    extras = tomllib.loads(text("pyproject.toml"))["project"]["optional-dependencies"]
    assert extras["gcp"] == ["dagster-postgres==0.29.27", "google-cloud-pubsub"]
