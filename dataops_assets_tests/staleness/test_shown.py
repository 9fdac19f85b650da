"""Dagster's UI shows as stale what a plan names for its own code or contract, with the reason, by partition."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from dataops_assets_tests.place import DAY, Place
from dataops_assets_tests.staleness.place import statuses
from dataops_assets_tests.staleness.test_plan import DOUBLED, SUMMED, shop
from dataops_assets_tests.support import succeed
from dataops_assets_tests.transform.test_made_by import Narrow

ASSETS = ("raw/t", "staged/t", "transformed/sums", "production/sums")
CHANGED = "has a new code version"


@pytest.fixture(scope="module")
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, instance: dg.DagsterInstance) -> Path:
    folder = tmp_path_factory.mktemp("home")
    succeed(shop(folder).project, "raw/t,staged/t,*/sums", DAY, instance=instance)
    return folder


def shown(at: Place, instance: dg.DagsterInstance) -> dict[str, list[str]]:
    """What the UI says of a day of each asset that it shows as stale; its GraphQL asks the same resolver."""
    graph = at.project.definitions().resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    keys = {asset: dg.AssetKey(asset.split("/")) for asset in ASSETS}
    return {
        asset: [cause.reason for cause in resolver.get_stale_causes(key, DAY)]
        for asset, key in keys.items()
        if resolver.get_status(key, DAY) == StaleStatus.STALE
    }


def named(at: Place) -> set[str]:
    """What a plan would make again of that day, though it is there."""
    return {asset for asset in ASSETS if statuses(at)[asset, DAY].planned}


def test_changed_sql_is_shown(home: Path, instance: dg.DagsterInstance) -> None:
    assert shown(shop(home), instance) == {}
    assert shown(shop(home, "-- the sums\n" + SUMMED.replace("select", "SELECT")), instance) == {}
    new = shop(home, DOUBLED)
    assert shown(new, instance) == {"transformed/sums": [CHANGED], "production/sums": [CHANGED]}
    assert named(new) == {"transformed/sums", "production/sums"}


def test_a_changed_contract_is_shown(home: Path, instance: dg.DagsterInstance) -> None:
    counted = SUMMED.replace("sum(amount)", "count(*)")
    new = shop(home, counted, Narrow)
    assert shown(new, instance)["staged/t"] == [CHANGED]
    assert {*shown(new, instance)} == named(new) == {"staged/t", "transformed/sums", "production/sums"}
    version = shop(home, code_version="2")
    assert {*shown(version, instance)} == named(version) == {"transformed/sums", "production/sums"}
