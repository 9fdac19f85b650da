import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dataops_assets.lake.attempts import LakeDamaged
from dataops_assets.lake.store import Store
from dataops_assets.lake.versions import commit_version, copy_version, point_to_version, read_current, verify_version
from dataops_assets.model.partitions import Partition
from dataops_assets_tests.lake.places import again, damage, objects

PREFIX = "delays/date=2013-01-05/version=v1/"


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    file = tmp_path / "rows.parquet"
    file.write_bytes(b"PAR1 rows PAR1")
    return file


def test_a_version_is_committed_once(store: Store, day: Partition, parquet: Path) -> None:
    made = commit_version(store, "delays", day, "v1", [parquet], rows=1, provenance={"contract": "c"})
    assert (made["version"], made["rows"], made["contract"]) == ("v1", 1, "c")
    before = objects(store)
    assert before.keys() == {f"{PREFIX}part-00000.parquet", f"{PREFIX}manifest.json"}
    assert commit_version(store, "delays", day, "v1", [parquet], rows=1, provenance={"contract": "other"}) == made
    assert objects(store) == before
    verify_version(store, "delays", day, "v1")


def test_leftovers_of_a_crash_are_used_or_left_aside(store: Store, day: Partition, parquet: Path) -> None:
    store.create(f"{PREFIX}part-00000.parquet", parquet)
    store.create(f"{PREFIX}part-00001.parquet", b"other bytes of the same rows")
    made = commit_version(store, "delays", day, "v1", [parquet, parquet], rows=1, provenance={})
    first, second = (file["name"] for file in made["files"])
    assert first == "part-00000.parquet"
    assert second not in (first, "part-00001.parquet")
    verify_version(store, "delays", day, "v1")


def test_threads_that_commit_the_same_version_agree(store: Store, day: Partition, parquet: Path) -> None:
    def commit(_: int) -> object:
        return commit_version(again(store), "delays", day, "v1", [parquet], rows=1, provenance={})

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(commit, range(8)))
    assert all(manifest == made[0] for manifest in made)
    verify_version(store, "delays", day, "v1")


def test_publishing_copies_and_then_points(store: Store, production: Store, day: Partition, parquet: Path) -> None:
    for version in ("v1", "v2"):
        parquet.write_bytes(version.encode())
        commit_version(store, "delays", day, version, [parquet], rows=1, provenance={})
        copy_version(store, production, "delays", day, version, {"receipt": version})
        copy_version(store, production, "delays", day, version, {"receipt": version})
        assert (read_current(production, "delays", day) or {}).get("version") == (None if version == "v1" else "v1")
        point_to_version(production, "delays", day, version, {"receipt": version})
        verify_version(production, "delays", day, version)
    pointer = read_current(production, "delays", day)
    assert pointer is not None
    assert (pointer["version"], pointer["manifest"], pointer["receipt"]) == ("v2", "version=v2/manifest.json", "v2")
    assert json.loads(production.read("delays/date=2013-01-05/version=v2/manifest.json"))["receipt"] == "v2"


def test_pointing_to_the_same_version_again_changes_nothing(production: Store, day: Partition) -> None:
    point_to_version(production, "delays", day, "v1", {"receipt": "r", "run_id": "one"})
    before = objects(production)
    point_to_version(production, "delays", day, "v1", {"receipt": "r", "run_id": "two"})
    assert objects(production) == before


def test_a_version_that_is_not_in_staging_is_not_published(store: Store, production: Store, day: Partition) -> None:
    with pytest.raises(LakeDamaged, match=r"dataops run --select transformed/delays --partitions 2013-01-05"):
        copy_version(store, production, "delays", day, "v1", {})
    assert objects(production) == {}


@pytest.mark.parametrize("content", [None, b"PAR1 rowz PAR1"])
def test_a_damaged_version_is_named(store: Store, day: Partition, parquet: Path, content: bytes | None) -> None:
    commit_version(store, "delays", day, "v1", [parquet], rows=1, provenance={})
    damage(store, f"{PREFIX}part-00000.parquet", content)
    with pytest.raises(LakeDamaged, match=r"version=v1/part-00000\.parquet"):
        verify_version(store, "delays", day, "v1")


def test_a_lost_file_is_put_back_by_committing_and_publishing_again(
    store: Store, production: Store, day: Partition, parquet: Path
) -> None:
    commit_version(store, "delays", day, "v1", [parquet], rows=1, provenance={})
    copy_version(store, production, "delays", day, "v1", {})
    for lake in (store, production):
        damage(lake, f"{PREFIX}part-00000.parquet", None)
    with pytest.raises(
        LakeDamaged, match=r"part-00000\.parquet is missing; run: dataops run --select transformed/delays"
    ):
        copy_version(store, production, "delays", day, "v1", {})
    commit_version(store, "delays", day, "v1", [parquet], rows=1, provenance={})
    copy_version(store, production, "delays", day, "v1", {})
    for lake in (store, production):
        verify_version(lake, "delays", day, "v1")


@pytest.mark.parametrize("content", [None, b"PAR1"])
def test_damage_that_committing_again_cannot_repair_is_named(
    store: Store, day: Partition, parquet: Path, content: bytes | None
) -> None:
    commit_version(store, "delays", day, "v1", [parquet], rows=1, provenance={})
    damage(store, f"{PREFIX}part-00000.parquet", content)
    if not content:
        parquet.write_bytes(b"PAR1 the same rows, other bytes PAR1")
    with pytest.raises(LakeDamaged, match=r"transformed/delays 2013-01-05: .*part-00000\.parquet is missing or of"):
        commit_version(store, "delays", day, "v1", [parquet], rows=1, provenance={})
