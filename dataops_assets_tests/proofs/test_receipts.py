"""Nothing unvalidated is published: refused with a reason, in any run; and one bad day holds back only itself."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from dataops_assets.build import Project
from dataops_assets.lake.history import current
from dataops_assets.lake.paths import version_prefix
from dataops_assets.lake.versions import read_current
from dataops_assets.ledger import entries as ledger
from dataops_assets_tests.proofs import state
from dataops_assets_tests.proofs.receipts import PUBLISH, STEPS, WAYS, prepare, published_unvalidated, tamper
from dataops_assets_tests.proofs.shop import CALENDAR, DAYS, offer, problems, shop, take
from dataops_assets_tests.support import materialize, succeed

SALES, TREND = dg.AssetKey(["production", "sales"]), dg.AssetKey(["production", "trend"])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("receipts")
    prepare(home)
    return home


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_refused_with_a_reason(prepared: Path, tmp_path: Path, way: Callable[[Path], Project]) -> None:
    wrong, reason = published_unvalidated(shutil.copytree(prepared, tmp_path / "home"), way)
    assert wrong == []
    assert re.search(WAYS[way], reason), reason
    assert reason.startswith(f"production/sales {DAYS[0]}: ")


def test_a_receipt_stands_in_another_run_on_another_day(tmp_path: Path) -> None:
    offer(tmp_path, {DAYS[0]: "old"})
    take(shop(tmp_path), DAYS[:1], STEPS[:-1])
    assert not any(state.rows(shop(tmp_path))["production.sales"].values())
    # What the source says since does not matter to what was validated.
    offer(tmp_path, {DAYS[0]: "bad"})
    take(shop(tmp_path), DAYS[:1], ["raw/stock"])
    succeed(shop(tmp_path), "production/sales", DAYS[0])
    found = state.rows(shop(tmp_path))
    assert found["production.sales"][DAYS[0]] == found["staging.sales"][DAYS[0]] != []
    assert problems(shop(tmp_path)) == []


def test_rows_that_are_gone_from_an_input_are_not_built_on(tmp_path: Path) -> None:
    offer(tmp_path, dict.fromkeys(DAYS[:2], "old"))
    take(shop(tmp_path), DAYS[:2], STEPS)
    before = state.rows(shop(tmp_path))
    tamper(shop(tmp_path), f"DELETE FROM staging.raw_orders WHERE day = '{DAYS[1]}' AND id = 3")
    good, bad = take(shop(tmp_path), DAYS[:2], ["transformed/sales"])["transformed/sales"]
    assert not good.refusal
    assert bad.refusal.endswith(
        f"because staged/orders {DAYS[1]} has 7 rows, and 8 were validated: somebody changed them; "
        f"run: dataops run --select staged/orders --partitions {DAYS[1]}"
    )
    take(shop(tmp_path), DAYS[:2], ["staged/orders", "transformed/sales", *PUBLISH])
    assert state.rows(shop(tmp_path)) == before
    assert problems(shop(tmp_path)) == []


def test_what_is_published_says_what_it_came_from(tmp_path: Path) -> None:
    offer(tmp_path, {DAYS[0]: "old"})
    project = shop(tmp_path)
    take(project, DAYS[:1], STEPS)
    lake, day = project.storage.production, CALENDAR.of(DAYS[0])
    pointer = read_current(lake, "sales", day)
    assert pointer
    manifest = json.loads(lake.read(f"{version_prefix('sales', day, pointer['version'])}manifest.json"))
    raw = {table: current(project.storage.staging, table, day) for table in ("orders", "stock")}
    tables = {**project.catalog.staged, **project.catalog.derived}
    for message in (pointer, manifest):
        assert message["raw"] == [
            {"raw": f"raw/{table} {day.key}", "attempts": [manifest.attempt if manifest else ""]}
            for table, manifest in raw.items()
        ]
        assert message["contracts"] == {tables[name].asset: tables[name].spec.fingerprint for name in (*raw, "sales")}
        assert message["code_version"] == "code"
    with project.storage.warehouse.session() as session, session.reading():
        [state_of_it] = ledger.states(session, "staging", "transformed/sales", [day.key]).values()
    assert pointer["receipt"]["receipt"] == state_of_it.latest.id


def test_one_bad_day_holds_back_what_is_built_on_it_and_nothing_else(tmp_path: Path) -> None:
    days, bad, follows = DAYS[:4], DAYS[1], DAYS[2]
    instance = dg.DagsterInstance.ephemeral()
    offer(tmp_path, dict.fromkeys(days, "old") | {bad: "bad"})
    results = materialize(shop(tmp_path), None, days[0], days[-1], instance)
    message = "\n".join(line for result in results for line in result.problems)
    assert f"staged/stock {bad}" in message
    rows = state.rows(shop(tmp_path))
    through = {table: {day for day in days if rows[f"production.{table}"][day]} for table in ("sales", "trend")}
    assert through == {"sales": {*days} - {bad}, "trend": {*days} - {bad, follows}}
    assert instance.get_materialized_partitions(SALES) == through["sales"]
    assert instance.get_materialized_partitions(TREND) == through["trend"]
    assert checked(instance, SALES) == {"FAILED": {bad}, "SUCCEEDED": {*days} - {bad}}
    assert checked(instance, TREND) == {"FAILED": {bad, follows}, "SUCCEEDED": {*days} - {bad, follows}}
    assert problems(shop(tmp_path)) == []

    offer(tmp_path, {bad: "old"})
    succeed(shop(tmp_path), None, days[0], days[-1], instance)
    assert checked(instance, SALES) == checked(instance, TREND) == {"SUCCEEDED": {*days}}
    assert instance.get_materialized_partitions(TREND) == {*days}
    assert problems(shop(tmp_path)) == []
    whole = shop(tmp_path / "whole")
    offer(tmp_path / "whole", dict.fromkeys(days, "old"))
    take(whole, days)
    assert state.rows(shop(tmp_path)) == state.rows(whole)


def checked(instance: dg.DagsterInstance, asset: dg.AssetKey) -> dict[str, set[str]]:
    """Partitions of the check `receipt` by what Dagster says of it."""
    check = dg.AssetCheckKey(asset, "receipt")
    partitions = shop(Path()).definitions().resolve_asset_graph().get(asset).partitions_def
    [found] = instance.event_log_storage.get_asset_check_state([(check, partitions)]).values()
    return {
        status.value: set(subset.subset_value.get_partition_keys())
        for status, subset in found.subsets.items()
        if not subset.is_empty
    }
