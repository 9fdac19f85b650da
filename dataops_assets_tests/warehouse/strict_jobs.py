"""The strict server for one test, and Jobs on it that wait for nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

from dataops_assets.warehouse.bigquery import runs as bigquery_runs
from dataops_assets.warehouse.bigquery.jobs import Jobs
from dataops_assets_tests.warehouse import strict_bigquery
from dataops_assets_tests.warehouse.strict_bigquery import LOCATION, PROJECT, StrictBigQuery

_IMPATIENT = 0.2


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StrictBigQuery]:
    """A test fails in the end if the server was asked for something it does not know, or in a wrong way."""
    monkeypatch.setattr(bigquery_runs, "_FIRST_POLL", 0.005)
    with strict_bigquery.running() as server:
        server.slow_seconds = 2 * _IMPATIENT
        yield server
        assert server.refusals == []


def jobs_of(server: StrictBigQuery, **settings: Any) -> Jobs:
    """As a new process would make it."""
    client = bigquery.Client(
        PROJECT, AnonymousCredentials(), location=LOCATION, client_options={"api_endpoint": server.url}
    )
    impatient = "slow after" in (server.after, *server.faults.values())
    given: dict[str, Any] = {
        "maximum_bytes_billed": 10**9,
        "labels": {"dataset": "d"},
        "backoff": 0.001,
        "timeout": _IMPATIENT if impatient else 20.0,
    }
    return Jobs(client, project=PROJECT, location=LOCATION, **(given | settings))
