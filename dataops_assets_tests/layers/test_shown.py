"""The UI shows an asset as one of the profile's warehouse, and its code version follows what makes the rows."""

from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from dataops_assets.model import Contract, Date, Derived, Float, Source, column, derived
from dataops_assets.settings import Cloud
from dataops_assets.sources import Files
from dataops_assets_tests.support import make_project


class Prices(Contract):
    """One row per day."""

    day: Date = column("Day.")
    price: Float = column("Price of the day.", unit="EUR")


prices = Source(name="prices", extract=Files("prices.csv"), contract=Prices, key=["day"])


def in_sql(sql: str) -> Derived:
    return Derived(name="kept", contract=Prices, key=["day"], sql=sql)


def spec_of(home: Path, dataset: Derived, layer: str, cloud: Cloud | None = None) -> dg.AssetSpec:
    definitions = make_project(home, prices, dataset, profile="gcp" if cloud else "local", cloud=cloud).definitions()
    key = dg.AssetKey([layer, "prices" if layer == "staged" else "kept"])
    [spec] = [spec for spec in definitions.resolve_all_asset_specs() if spec.key == key]
    return spec


@pytest.mark.parametrize("layer", ["staged", "transformed"])
def test_kinds_types_and_names_are_those_of_the_warehouse(tmp_path: Path, layer: str) -> None:
    cloud = Cloud("a-project", "a-staging-bucket", "a-production-bucket")
    dataset = in_sql("select day, price from staged.prices")
    relation = {"staged": "staging.raw_prices", "transformed": "staging.kept"}[layer]
    for where, kind, name, types in (
        (None, "duckdb", relation, ["DATE", "DOUBLE"]),
        (cloud, "bigquery", f"a-project.{relation}", ["DATE", "FLOAT64"]),
    ):
        spec = spec_of(tmp_path, dataset, layer, where)
        assert kind in spec.kinds
        assert spec.metadata["dagster/table_name"] == name
        assert [column.type for column in spec.metadata["dagster/column_schema"].columns][:2] == types


def test_the_code_version_follows_the_sql(tmp_path: Path) -> None:
    def version(sql: str) -> str | None:
        return spec_of(tmp_path, in_sql(sql), "transformed").code_version

    plain = version("select day, price from staged.prices")
    assert version("select day, price\n    from staged.prices") == plain
    assert version("select day, price * 2 as price from staged.prices") != plain


def test_the_code_version_follows_the_function(tmp_path: Path) -> None:
    @derived(contract=Prices, key=["day"])
    def kept(prices: pd.DataFrame) -> pd.DataFrame:  # pyright: ignore[reportRedeclaration]
        return prices

    once = spec_of(tmp_path, kept, "transformed").code_version

    @derived(contract=Prices, key=["day"])
    def kept(prices: pd.DataFrame) -> pd.DataFrame:
        return prices.loc[prices.price > 0]

    assert spec_of(tmp_path, kept, "transformed").code_version != once
