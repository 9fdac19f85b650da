"""The published tables of some days, or a month, against an independent recomputation with plain pandas.

On one of the days there is the observation with a wind of 1,048 mph.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
import pytest

from dataops_assets.build import Project
from dataops_assets.discovery import discover
from dataops_assets.settings import Settings
from dataops_assets_tests.oracle import Published, check_carrier_daily, check_delay_features, check_flight_performance
from dataops_assets_tests.standins.cloud import Cloud
from dataops_assets_tests.support import rows, succeed

SPANS: dict[str, tuple[Any, Any]] = {
    "days": (pd.Timestamp("2013-02-11"), pd.Timestamp("2013-02-13")),
    "month": (pd.Timestamp("2013-02-01"), pd.Timestamp("2013-02-28")),
}
HISTORY = pd.Timedelta(days=7)

Take = Callable[[str, str], Published]


# Once in a process, as it takes long; a module's fixture is made again whenever a worker comes back to the module.
@pytest.fixture(scope="session")
def take(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Take:
    """Takes a span, and the week before it, to production on a backend, unless it is there."""

    @cache
    def taken(backend: str, span: str) -> Published:
        home, (first, last) = tmp_path_factory.mktemp("oracle"), SPANS[span]
        with pytest.MonkeyPatch.context() as patch:
            settings = Settings(home=home)
            if backend == "cloud":
                servers: Cloud = request.getfixturevalue("cloud_servers")
                for variable, value in servers.environment.items():
                    patch.setenv(variable, value)
                settings = servers.settings(home, "oracle")
            patch.setenv("DATAOPS_HOME", str(home))
            succeed(Project(settings, discover()), None, str((first - HISTORY).date()), str(last.date()))
        return Published(settings, first, last)

    return taken


@pytest.fixture(
    params=[
        ("local", "days"),
        pytest.param(("cloud", "days"), marks=pytest.mark.slow),
        pytest.param(("local", "month"), marks=pytest.mark.slow),
        pytest.param(("cloud", "month"), marks=pytest.mark.cloud),
    ],
    ids="-".join,
)
def published(request: pytest.FixtureRequest, take: Take) -> Published:
    """Some days, or a month, on either backend."""
    if request.param[0] == "cloud":
        request.getfixturevalue("cloud")
    return take(*request.param)


def test_flight_performance(published: Published) -> None:
    check_flight_performance(published)


def test_carrier_daily(published: Published) -> None:
    check_carrier_daily(published)


def test_delay_features(published: Published) -> None:
    check_delay_features(published)


def test_the_impossible_wind_is_in_quarantine(published: Published) -> None:
    project, settings = published.project, published.settings
    [bad] = rows(project, f"select partition_key, checks, raw from {settings.staging_dataset}.quarantine_weather")
    assert bad["partition_key"] == "2013-02-12"
    assert bad["checks"] == "wind_speed.le"
    assert "1048" in bad["raw"]
    start, end = "'2013-02-12 08:00:00+00'", "'2013-02-12 09:00:00+00'"
    hour = f"origin = 'EWR' and scheduled_departure >= {start} and scheduled_departure < {end}"
    assert all(
        row["wind_speed_mph"] is None
        for row in rows(project, f"select * from {settings.production_dataset}.flight_performance where {hour}")
    )
