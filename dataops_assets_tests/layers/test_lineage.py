"""What a materialization says of a partition in each layer, and where each column comes from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from dataops_assets.build import Project
from dataops_assets.layers.catalog import Catalog
from dataops_assets.layers.describe import derived_lineage
from dataops_assets.model import DatasetError, Derived
from dataops_assets_tests.proofs import shop as proofs
from dataops_assets_tests.proofs.shop import DAYS, ORDERS, offer, shop
from dataops_assets_tests.support import rows, succeed


@dataclass
class Shown:
    """Two days of the shop, taken through all layers by Dagster, and what it knows of them."""

    project: Project
    instance: dg.DagsterInstance

    def metadata_of(self, asset: str, day: str) -> dict[str, Any]:
        """The metadata of the day's newest materialization."""
        wanted = dg.AssetRecordsFilter(dg.AssetKey(asset.split("/")), [day])
        event = self.instance.fetch_materializations(wanted, 1).records[0].asset_materialization
        assert event
        return {name: value.value for name, value in event.metadata.items()}

    def lineage(self, asset: str) -> dict[str, list[str]]:
        """By column: asset and column of each that it comes from."""
        deps = self.spec(asset).metadata["dagster/column_lineage"].deps_by_column
        return {
            column: [f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in found]
            for column, found in deps.items()
        }

    def spec(self, asset: str) -> dg.AssetSpec:
        key = dg.AssetKey(asset.split("/"))
        [spec] = [spec for spec in self.project.definitions().resolve_all_asset_specs() if spec.key == key]
        return spec


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    home = tmp_path_factory.mktemp("shop")
    offer(home, {DAYS[0]: "old", DAYS[1]: "new"})
    project = shop(home)
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        succeed(project, None, DAYS[0], DAYS[1], instance)
        yield Shown(project, instance)


@pytest.mark.parametrize(("day", "orders"), [(DAYS[0], ORDERS), (DAYS[1], ORDERS + 1)])
def test_each_layer_counts_the_rows_of_a_partition(shown: Shown, day: str, orders: int) -> None:
    def counted(asset: str) -> int:
        return shown.metadata_of(asset, day)["dagster/partition_row_count"]

    assert counted("raw/orders") == orders + 1  # and the one that breaks the contract
    assert counted("staged/orders") == orders
    for asset, table in (
        ("staged/orders", "staging.raw_orders"),
        ("transformed/sales", "staging.sales"),
        ("transformed/trend", "staging.trend"),
        ("production/trend", "production.trend"),
    ):
        [there] = rows(shown.project, f"SELECT COUNT(*) AS n FROM {table} WHERE day = DATE '{day}'")
        assert counted(asset) == there["n"] > 0


@pytest.mark.parametrize("day", DAYS[:2])
def test_the_link_leads_to_the_partition_in_the_lake(shown: Shown, day: str) -> None:
    attempt = Path(shown.metadata_of("raw/orders", day)["dagster/uri"])
    assert (attempt / "manifest.json").exists()
    assert (attempt / f"orders-{day}.csv").exists()
    for layer, lake in (("transformed", "staging"), ("production", "production")):
        metadata_of = shown.metadata_of(f"{layer}/trend", day)
        version = Path(metadata_of["dagster/uri"])
        assert version.is_relative_to(shown.project.settings.home / "lake" / lake)
        assert (version / "manifest.json").exists()
        read = pd.read_parquet(next(version.glob("*.parquet")))
        assert len(read) == metadata_of["dagster/partition_row_count"]
        assert {str(value)[:10] for value in read["day"]} == {day}


def test_columns_are_followed_back_to_the_source(shown: Shown) -> None:
    assert shown.lineage("production/sales")["cents"] == ["transformed/sales.cents"]
    sales = shown.lineage("transformed/sales")
    assert sales["cents"] == ["staged/orders.cents"]
    assert sales["pieces"] == ["staged/stock.pieces"]
    assert shown.lineage("staged/orders")["cents"] == ["raw/orders.cents"]


def test_the_columns_of_a_function_are_followed_as_it_declares(shown: Shown) -> None:
    assert shown.lineage("transformed/trend")["cents_before"] == ["transformed/sales.cents", "transformed/sales.day"]
    columns = {c.name: c for c in shown.spec("transformed/trend").metadata["dagster/column_schema"].columns}
    assert columns["cents_before"].description == (
        "The same of the day before. [cents] ← transformed/sales.cents, transformed/sales.day"
    )


def test_columns_are_followed_through_parts_of_a_query(tmp_path: Path) -> None:
    query = """
        with priced as (select day, item, cents as Price from staged.orders), all_of as (select * from priced)
        select day, ITEM as item, count(*) as orders, sum(price) as Cents,
          (select max(pieces) from staged.stock) as pieces
        from all_of group by day, item
        union all select day, item, 0, 0, pieces from staged.stock
    """
    catalog = Catalog.of(proofs.sources(tmp_path), [replace(proofs.SALES, sql=query)])
    found = derived_lineage(catalog.derived["sales"], catalog.inputs["sales"])
    assert found
    assert {
        name: [f"{dep.asset_key.to_user_string()}.{dep.column_name}" for dep in deps]
        for name, deps in found.deps_by_column.items()
    } == {
        "day": ["staged/orders.day", "staged/stock.day"],
        "item": ["staged/orders.item", "staged/stock.item"],
        "orders": [],
        "cents": ["staged/orders.cents"],
        "pieces": ["staged/stock.pieces"],
    }


@pytest.mark.parametrize(
    ("lineage", "message"),
    [
        ({"profit": ["sales.cents"]}, r"'trend' declares lineage of \['profit'\], which its contract does not have"),
        ({"cents": ["sales.profit"]}, r"'trend' declares lineage from \['sales.profit'\], which it does not read"),
        ({"cents": ["orders.cents"]}, r"'trend' declares lineage from \['orders.cents'\], which it does not read"),
    ],
)
def test_a_lineage_of_what_is_not_there_is_refused(tmp_path: Path, lineage: dict[str, list[str]], message: str) -> None:
    wrong = replace(proofs.trend, history={}, lineage=lineage)
    with pytest.raises(DatasetError, match=message):
        Catalog.of(proofs.sources(tmp_path), [proofs.SALES, wrong])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"sql": "select 1", "lineage": {"cents": ["sales.cents"]}}, "lineage is for a function"),
        (
            {"function": len, "lineage": {"cents": "sales.cents"}},
            "lineage of 'cents' is a list of names",
        ),
    ],
)
def test_a_lineage_that_cannot_be_one_is_refused(how: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        Derived("trend", proofs.Trend, ["day", "item"], **how)
