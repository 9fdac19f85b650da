from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataops_assets.lake.paths import (
    AssetPartition,
    asset_table,
    attempt_name,
    attempt_prefix,
    checked,
    labels_of,
    object_name,
    partition_prefix,
    raw_prefix,
    version_prefix,
)
from dataops_assets.model.partitions import Partition


def test_the_layout_is_the_one_others_rely_on(day: Partition) -> None:
    attempt = attempt_name(datetime(2026, 11, 23, 6, 49, 13, 123456, timezone(timedelta(hours=1))))
    assert attempt == "2026-11-23T05:49:13.123456Z"
    assert raw_prefix("flights", day) == "raw_flights/date=2013-01-05/"
    assert attempt_prefix("flights", day, attempt) == f"raw_flights/date=2013-01-05/created_at={attempt}/"
    assert attempt_prefix("planes", None, attempt) == f"raw_planes/created_at={attempt}/"
    assert version_prefix("carrier_daily", day, "v1") == "carrier_daily/date=2013-01-05/version=v1/"
    assert version_prefix("airlines", None, "v1") == "airlines/version=v1/"
    orders = asset_table(["shop", "orders"])
    shop = AssetPartition.of("2024-01-05|a/b", {"shop": "a/b", "day": "2024-01-05"})
    assert version_prefix(orders, shop, "v1") == "assets/shop/orders/day=2024-01-05/shop=a%2Fb/version=v1/"
    assert partition_prefix(orders, AssetPartition.of("2024-01-05-10:00")) == (
        "assets/shop/orders/partition=2024-01-05-10%3A00/"
    )
    assert labels_of(f"{version_prefix(orders, shop, 'v1')}manifest.json") == {
        "dataset": "assets/shop/orders",
        "partition": "day=2024-01-05/shop=a%2Fb",
    }


def test_attempt_names_sort_as_their_moments() -> None:
    whole = datetime(2026, 1, 1, tzinfo=UTC)
    assert (
        attempt_name(whole) < attempt_name(whole + timedelta(microseconds=1)) < attempt_name(whole.replace(year=2027))
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["part-00000.jsonl.gz"], ["part-00000.jsonl.gz"]),
        (["a.csv", "a.csv"], ["a.csv", "00001-a.csv"]),
        (["00002-a", "a", "a"], ["00002-a", "a", "00002-1-a"]),
        (["A.csv", "a.csv"], ["A.csv", "00001-a.csv"]),
        (["Manifest.JSON"], ["00000-Manifest.JSON"]),
        (["w*[1]?.csv"], ["w__1__.csv"]),
        (["../x", "..", ""], [".._x", "00001-..", "00002-"]),
        (["x" * 300 + ".csv"], ["x" * 211 + ".csv"]),
    ],
)
def test_object_names(names: list[str], expected: list[str]) -> None:
    taken: set[str] = set()
    assert [object_name(name, taken, number) for number, name in enumerate(names)] == expected


@given(st.lists(st.text(st.characters(), max_size=80) | st.sampled_from(["a", "A", "00001-a", "00002-a", "é", "é"])))
def test_any_names_become_different_names_that_the_lake_takes(names: list[str]) -> None:
    taken: set[str] = set()
    found = [object_name(name, taken, number) for number, name in enumerate(names)]
    assert len({name.casefold() for name in found}) == len(names)
    for name in found:
        assert checked(f"raw_t/{name}") == f"raw_t/{name}"
        assert not set(name) & set("*?[]{}/")


WORDS = st.text(st.characters(), min_size=1, max_size=20) | st.sampled_from(
    ["current.json", "manifest.json", "version=v1", "partition=a", "..", ".", "a/b", "a%2Fb", "a", "b"]
)


@given(st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=3), st.none() | WORDS), min_size=2, unique_by=str))
def test_no_two_tables_or_partitions_of_assets_share_an_object(places: list[tuple[list[str], str | None]]) -> None:
    prefixes = [partition_prefix(asset_table(key), AssetPartition.of(p) if p else None) for key, p in places]
    pointers = {checked(f"{prefix}current.json") for prefix in prefixes}
    versions = {checked(f"{version_prefix(prefix[:-1], None, 'v1')}manifest.json") for prefix in prefixes}
    assert len(pointers | versions) == 2 * len(places)
    # None lies where another has a folder.
    assert not any(other.startswith(f"{pointer}/") for pointer in pointers | versions for other in prefixes)
